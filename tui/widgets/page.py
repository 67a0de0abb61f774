"""The whole screen of a moment: its parts in the room that there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chainstep.core.runs.curves import Curve
from chainstep.core.text.numbers import Digits, number_text
from chainstep.tui.view import Choices, Said, Shown, View
from chainstep.tui.widgets.body import body_lines, body_title
from chainstep.tui.widgets.footer import busy_line, footer_lines, said_lines
from chainstep.tui.widgets.frame import band, framed, titled
from chainstep.tui.widgets.header import header_lines
from chainstep.tui.widgets.inspector import inspector_lines
from chainstep.tui.widgets.network import network_lines, network_said
from chainstep.tui.widgets.plots import Trace, curves_lines, plots_of
from chainstep.tui.widgets.source import listing_of, source_lines
from chainstep.tui.widgets.spans import EMPTY, Lines, Span, abreast, cut, filled
from chainstep.tui.widgets.timeline import timeline_line
from chainstep.tui.widgets.versus import (
    cost_of,
    pair_lines,
    pair_title,
    parting_lines,
    run_lines,
    shown_name,
    titles,
)

if TYPE_CHECKING:
    from chainstep.core.runs.training import Seen

SIDE_BY_SIDE = 110  # cells from which on the matrices stand beside the step
_LEFT, _WIDEST = 79, 112  # cells of the step's frame, at least and at most
_BESIDE_SOURCE = 60  # cells of it at least where the lines of a program stand beside it
_FRAMED = 12  # lines of the middle from which on it is framed
_RULED = 14  # lines of the middle from which on it has a rule above and below
_DRAWN = 18  # lines of the network drawn
_SOURCE = 7  # lines of the source below the step of a program, where it has no room beside it
_CURVE = 6  # lines that the cost needs below the matrices


@dataclass(frozen=True)
class Picture:
    """The lines of a screen, and those of the matrices among them."""

    lines: Lines
    matrices: Lines


def page_of(shown: Shown, size: tuple[int, int]) -> Picture:
    """The screen of a moment, as large as the terminal."""
    width, height = size
    view, choices = shown.view, shown.choices
    if choices.main == "present":
        from chainstep.tui.widgets.presentation import presentation_lines  # wanted there alone

        foot = footer_lines(choices, shown.said, width)
        room = max(0, height - len(foot))
        whole = [*presentation_lines(shown, width, room), *foot][:height]
        return Picture([cut(one, width) for one in whole], [])
    lines = header_lines(shown, width)[: 2 if height > 6 else 1]
    foot = [timeline_line(view, width)] if height > 2 else []
    if height > 7:
        foot += footer_lines(choices, shown.said, width)
    elif shown.said.text:
        foot[-1:] = said_lines(shown.said, width)[:1]
    foot = foot[-height + len(lines) :] if len(foot) > height - len(lines) else foot
    room = height - len(lines) - len(foot)
    middle = _framed_middle if width >= SIDE_BY_SIDE and room >= _FRAMED else _narrow_middle
    body, matrices = middle(shown, width, room)
    whole = [cut(one, width) for one in [*[*lines, *body][: height - len(foot)], *foot]]
    return Picture(whole, matrices)


def _narrow_middle(shown: Shown, width: int, room: int) -> tuple[Lines, Lines]:
    """One thing at a time, with a titled rule above it and a rule below."""
    rules = room >= _RULED
    body = _with_source(shown, width, room - 2 * rules)
    matrices = body if shown.choices.main == "matrices" else []
    if not rules:
        return body, matrices
    return [titled(width, *_title(shown, width)), *body, titled(width)], matrices


def _framed_middle(shown: Shown, width: int, room: int) -> tuple[Lines, Lines]:
    """Frames beside each other: the step and what stands beside it, or two runs."""
    beside = _compared(shown)
    if beside is not None and shown.choices.main in {"step", "before"}:
        return _two_runs(shown, beside, width, room), []
    lit, whole = shown.choices.picking, shown.choices.side == "none"
    if whole or shown.choices.main in {"network", "matrices", "curves"}:
        body = _with_source(shown, width - 2, room - 2)
        matrices = body if shown.choices.main == "matrices" else []
        return framed(body, width, *_title(shown, width - 2), lit=lit), matrices
    left = min(max(_LEFT, width * 16 // 25), _WIDEST)
    if listing_of(shown.view) is not None:
        left = max(_BESIDE_SOURCE, width * 11 // 20)
    right = width - left
    body = filled(_main(shown, left - 2, room - 2), room - 2)
    matrices, side = _side(shown, right - 2, room - 2)
    title = _title(shown, left - 2)
    joined = abreast(
        framed(body, left, *title, lit=lit),
        framed(filled(side, room - 2), right, *_side_title(shown, right - 2)),
        left,
        Span(""),
    )
    return joined, matrices


def _two_runs(shown: Shown, other: View, width: int, room: int) -> Lines:
    """Two runs in frames beside each other, and below them where they part and both curves."""
    left = width // 2
    plots = _plots(shown)[:1]
    said = parting_lines(shown.view, other, shown_name(shown, other), width - 2)
    curve = _CURVE + (room >= 30) * _CURVE if len(shown.curves) and room >= 22 else 0
    below = [*said, *([titled(width - 2, "Cost of both, in one scale")] if curve else [])]
    if curve:
        below += curves_lines(
            plots,
            shown.view.moment.iteration,
            (width - 2, curve),
            logarithmic=shown.choices.logarithmic,
        )
    high = room - len(below) - 2
    names, lit = titles(shown.view, other), shown.choices.picking
    columns = [
        framed(run_lines(shown, other, which, (wide - 2, high - 2)), wide, title, cost, lit=lit)
        for which, (wide, title, cost) in enumerate(
            zip(
                (left, width - left),
                names,
                (cost_of(shown.view), cost_of(other)),
                strict=True,
            )
        )
    ]
    return [
        *abreast(columns[0], columns[1], left, Span("")),
        *framed(below, width, "Where they part"),
    ]


def _compared(shown: Shown) -> View | None:
    """The run that stands beside this one, or the one from before the last change."""
    if shown.choices.main == "before" and shown.was is not None:
        name = shown_name(shown, shown.was)
        return shown.was if shown.was_value(name) is not None else None
    return shown.other


def _title(shown: Shown, width: int) -> tuple[str, str]:
    """What stands in the middle, and what is said at the other end of its title."""
    view, choices, beside = shown.view, shown.choices, _compared(shown)
    of = f" of {titles(view, shown.other)[0]}" if shown.other is not None else ""
    if choices.main == "curves":
        return "Training", ""
    if choices.main == "matrices":
        return f"All numbers{of}", _MATRICES_SAID
    if choices.main == "network":
        return f"Network{of}", network_said(view, choices, width)
    if beside is not None:
        return pair_title(shown, beside)
    return body_title(view), ""


_MATRICES_SAID = "×n= equal · not yet"


def _side_title(shown: Shown, width: int) -> tuple[str, str]:
    """What stands beside the step."""
    if listing_of(shown.view) is not None:
        return "The program", ""
    if shown.choices.side == "network":
        return "Network", network_said(shown.view, shown.choices, width)
    return "All numbers", _MATRICES_SAID


def _side(shown: Shown, width: int, height: int) -> tuple[Lines, Lines]:
    """What stands beside the step; of a program its lines first, the one that has run lit."""
    listing = listing_of(shown.view)
    room = min(height // 2, len(listing.lines) + 1) if listing is not None else 0
    matrices, right = SIDES[shown.choices.side](shown, width, height - room)
    if not room:
        return matrices, right
    below = titled(width, "All numbers", _MATRICES_SAID)
    return matrices, [*source_lines(shown.view, width, room - 1), below, *right]


def _main(shown: Shown, width: int, height: int) -> Lines:
    """What stands in the middle: the step, or what was asked for in its place."""
    view, choices = shown.view, shown.choices
    if choices.main == "curves":
        now, size = view.moment.iteration, (width, height)
        if view.program.depth and shown.other is None:
            from chainstep.tui.widgets.training import training_lines  # wanted in this view alone

            seen = [each for each in shown.seen if each.iteration <= now] or list(shown.seen)
            plots, scale = _plots(shown), choices.logarithmic
            return training_lines(seen, plots, now, size, logarithmic=scale)
        return curves_lines(_plots(shown), now, size, logarithmic=choices.logarithmic)
    if choices.main == "matrices":
        return filled(inspector_lines(view, width, height, shown.before, choices.picked), height)
    if choices.main == "network":
        return network_lines(view, choices, width, height)
    if (beside := _compared(shown)) is not None:
        return pair_lines(shown, beside, width, height)
    return body_lines(shown, width, height)


def _plots(shown: Shown) -> list[list[Trace]]:
    """The curves, those before the last change in the same scale."""
    return plots_of(shown.curves, shown.runs, shown.shadows)


def _with_source(shown: Shown, width: int, height: int) -> Lines:
    """The middle with the lines of a program below it, where they have no room beside it."""
    listed = listing_of(shown.view) is not None and shown.choices.main == "step"
    room = min(_SOURCE, height // 3) if listed and shown.choices.side != "none" else 0
    if not room:
        return _main(shown, width, height)
    above = height - room - 1
    body = filled(_main(shown, width, above), above)
    return [*body, titled(width, "The program"), *source_lines(shown.view, width, room)]


def _matrices_beside(shown: Shown, width: int, height: int) -> tuple[Lines, Lines]:
    """The matrices, and below them the cost so far where there is room."""
    matrices = inspector_lines(shown.view, width, height, shown.before, shown.choices.picked)
    return matrices, _with_curve(matrices, shown, width, height)


def _network_beside(shown: Shown, width: int, height: int) -> tuple[Lines, Lines]:
    """The network drawn."""
    drawn = network_lines(shown.view, shown.choices, width, min(_DRAWN, height))
    return [], _with_curve(drawn, shown, width, height)


#: What may stand beside the step: the matrices among its lines, and all of them.
SIDES: dict[str, Callable[[Shown, int, int], tuple[Lines, Lines]]] = {
    "matrices": _matrices_beside,
    "network": _network_beside,
}


def _with_curve(matrices: Lines, shown: Shown, width: int, height: int) -> Lines:
    """The matrices, and below them the cost so far where there is room."""
    spare = height - len(matrices) - 1
    if spare < _CURVE or shown.choices.main == "curves" or not shown.curves:
        return matrices
    now, size = shown.view.moment.iteration, (width, min(spare, 2 * _CURVE))
    plots = _plots(shown)[:1]
    plot = curves_lines(plots, now, size, logarithmic=shown.choices.logarithmic)
    gap = height - len(matrices) - len(plot) - 1
    return [*matrices, *[EMPTY] * gap, titled(width, "Cost"), *plot]


def busy_lines(before: Lines, told: str, size: tuple[int, int]) -> Lines:
    """What stood there, and at the foot how far the thing is that is on its way."""
    width, height = size
    foot = said_lines(Said(told or "running", "warn"), width)[:2]
    foot = [*foot, busy_line(width)] if height > 4 else foot[:1]
    above = [cut(one, width) for one in before[: height - len(foot)]]
    return [*filled(above, height - len(foot)), *foot][:height]


def running_lines(
    seen: Sequence[Seen], curves: Sequence[Curve], size: tuple[int, int], *, logarithmic: bool
) -> Lines:
    """A training while it runs."""
    from chainstep.tui.widgets.training import training_lines  # wanted in this view alone

    width, height = size
    last = seen[-1]
    cost = number_text(last.cost, Digits(7, None))
    head = band(
        [Span(" TRAINING ", "chip"), Span(f"  iteration {last.iteration}")],
        [Span(f"cost {cost} ", "title")],
        width,
    )
    frame = 2 if width >= SIDE_BY_SIDE else 0
    inner = (width - frame, height - 5)
    plots = plots_of(curves)
    body = training_lines(seen, plots, last.iteration, inner, logarithmic=logarithmic)
    if frame:
        return [head, *framed(body, width, "Training")]
    return [head, titled(width, "Training"), *body, titled(width)]


def plain_choices(choices: Choices) -> Choices:
    """The choices with nothing open: the step alone, nothing picked to be moved."""
    return replace(choices, picking=False, derivation=False, main="step", first_of_two=None)
