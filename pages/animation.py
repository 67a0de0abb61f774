"""The first steps of same-weights as one moving picture, drawn by the program."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chainstep.core import Entry, Stepper
from chainstep.scenarios import load
from chainstep.tui.view import Choices, Shown, view_of
from chainstep.tui.widgets.page import page_of
from chainstep.tui.widgets.spans import Line, Lines, Span
from chainstep.tui.widgets.svg import svg

SIZE = (100, 30)
SECONDS = 2.2  # that each frame stands
#: What is pressed, where that leads, and the number that is picked there.
PRESSED: tuple[tuple[str, str, tuple[int, int] | None], ...] = (
    ("chainstep open same-weights", "", None),
    ("→   one factor on", "a0+", None),
    ("→   one factor on", "z1", None),
    ("→   one factor on", "a1", None),
    ("]   to the end of the phase", "C", None),
    ("→   back from the cost, factor by factor", "dC/da3", None),
    ("→   one factor on", "da3/dz3", None),
    ("→   one factor on", "delta3", None),
    ("Enter, ↓   pick a number: how it is computed", "delta3", (1, 0)),
    ("←   one factor back: nothing is lost", "da3/dz3", None),
)


def picture() -> str:
    """The frames one after the other, as SVG that moves by its own style sheet."""
    return _animated([svg(lines, "dark", SIZE[0]) for lines in frames()])


def frames() -> list[Lines]:
    """What stands on the screen after each key, and below it the key."""
    scenario = load("same-weights")
    stepper = Stepper(scenario)
    found = []
    for pressed, after, picked in PRESSED:
        stepper.goto(1, after=after or None)
        entry = None if picked is None else Entry(after, picked)
        choices = Choices(picked=entry, picking=entry is not None, notation=scenario.notation)
        page = page_of(Shown(view_of(scenario, stepper), choices), SIZE)
        key: Line = (Span("  "), Span(pressed, "heading"))
        found.append([*page.lines, (), key])
    return found


# ── one picture of many ───────────────────────────────────────────────────────────────────


def _animated(pictures: Sequence[str]) -> str:
    """Pictures of one size as one that shows each in turn; what two share is written once.

    Where somebody wants no motion, the first one stands.
    """
    head, *_ = pictures[0].split("\n", 1)
    bodies = [picture.split("\n")[1:-2] for picture in pictures]
    shared = [line for line in bodies[0] if all(line in body for body in bodies)]
    names: dict[str, str] = {}
    groups = []
    for number, body in enumerate(bodies):
        own = [line for line in body if line not in shared]
        used = "".join(f'<use href="#{names.setdefault(line, f"l{len(names)}")}"/>' for line in own)
        groups.append(
            f'<g class="frame" style="animation-delay:{number * SECONDS:.1f}s">{used}</g>'
        )
    whole, share = len(pictures) * SECONDS, 100 / len(pictures)
    style = (
        f".frame{{visibility:hidden;animation:show {whole:.1f}s infinite step-end}}"
        f"@keyframes show{{0%{{visibility:visible}}{share:.4f}%{{visibility:hidden}}}}"
        "@media (prefers-reduced-motion:reduce){.frame{animation:none}"
        ".frame:first-of-type{visibility:visible}}"
    )
    lines = (re.sub(r"^<(\w+)", rf'<\1 id="{name}"', line) for line, name in names.items())
    return "\n".join(
        [
            head,
            f"<style>{style}</style>",
            f"<defs>{''.join(lines)}</defs>",
            *shared,
            *groups,
            "</svg>",
            "",
        ]
    )
