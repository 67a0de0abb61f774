"""The whole screen of a moment: its parts in the room that there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chainstep.core.runs.curves import Curve
from chainstep.core.text.numbers import Digits, number_text
from chainstep.tui.view import Choices, Said, Shown
from chainstep.tui.widgets.body import body_lines
from chainstep.tui.widgets.footer import busy_line, footer_lines, said_lines
from chainstep.tui.widgets.header import header_lines
from chainstep.tui.widgets.inspector import inspector_lines
from chainstep.tui.widgets.network import network_lines
from chainstep.tui.widgets.plots import Trace, curves_lines, plots_of
from chainstep.tui.widgets.source import listing_of, source_lines
from chainstep.tui.widgets.spans import EMPTY, Lines, Span, cut, ends, filled, line, padded, rule
from chainstep.tui.widgets.timeline import timeline_line
from chainstep.tui.widgets.versus import titles, versus_lines

if TYPE_CHECKING:
    from chainstep.core.runs.training import Seen

SIDE_BY_SIDE = 110  # cells from which on the matrices stand beside the step
_LEFT = 77
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
    matrices: Lines = []
    wide = choices.side != "none" and width >= SIDE_BY_SIDE and choices.main != "network"
    left = min(max(_LEFT, width * 16 // 25), 110) if wide else width
    rules = room >= (12 if wide else 14)
    inner = room - 2 * rules
    body = _main(shown, left, inner) if wide else _with_source(shown, left, inner)
    if wide:
        matrices, right = _side(shown, width - left - 1, inner)
        joined = _beside(body, right, left)
        lines += [rule(width, left, "┬"), *joined, rule(width, left, "┴")] if rules else joined
    else:
        lines += [rule(width), *body, rule(width)] if rules else body
        matrices = body if choices.main == "matrices" else []
    whole = [cut(one, width) for one in [*lines[: height - len(foot)], *foot]]
    return Picture(whole, matrices)


def _side(shown: Shown, width: int, height: int) -> tuple[Lines, Lines]:
    """What stands beside the step; of a program its lines first, the one that has run lit."""
    listing = listing_of(shown.view)
    room = min(height // 2, len(listing.lines) + 1) if listing is not None else 0
    matrices, right = SIDES[shown.choices.side](shown, width, height - room)
    if not room:
        return matrices, right
    return matrices, [*source_lines(shown.view, width, room - 1), rule(width), *right]


def _main(shown: Shown, width: int, height: int) -> Lines:
    """What stands in the middle: the step, or what was asked for in its place."""
    view, choices = shown.view, shown.choices
    if choices.main == "curves":
        now, size = view.moment.iteration, (width, height)
        if view.program.depth and shown.other is None:
            from chainstep.tui.widgets.training import training_lines  # wanted in this view alone

            seen = [each for each in shown.seen if each.iteration <= now] or list(shown.seen)
            return training_lines(seen, _plots(shown), size, logarithmic=choices.logarithmic)
        return curves_lines(_plots(shown), now, size, logarithmic=choices.logarithmic)
    if choices.main == "matrices":
        return filled(inspector_lines(view, width, height, shown.before, choices.picked), height)
    if choices.main == "network":
        return network_lines(view, choices, width, height)
    if choices.main == "before" and shown.was is not None:
        return versus_lines(shown, shown.was, width, height)
    if shown.other is not None:
        return versus_lines(shown, shown.other, width, height)
    return body_lines(shown, width, height)


def _plots(shown: Shown) -> list[list[Trace]]:
    """The curves, those before the last change in the same scale."""
    shift = shown.view.moment.iteration - shown.was.moment.iteration if shown.was else 0
    return plots_of(shown.curves, shown.runs, shown.shadows, shift)


def _with_source(shown: Shown, width: int, height: int) -> Lines:
    """The middle with the lines of a program below it, where they have no room beside it."""
    listed = listing_of(shown.view) is not None and shown.choices.main == "step"
    room = min(_SOURCE, height // 3) if listed and shown.choices.side != "none" else 0
    if not room:
        return _main(shown, width, height)
    above = height - room - 1
    body = filled(_main(shown, width, above), above)
    return [*body, rule(width), *source_lines(shown.view, width, room)]


def _matrices_beside(shown: Shown, width: int, height: int) -> tuple[Lines, Lines]:
    """The matrices, and below them the cost so far where there is room."""
    view = shown.view
    drawn: Lines = []
    if shown.other is not None:
        named, _ = titles(view, shown.other)
        drawn = [cut(line(Span(f" of {named}:", "dim")), width), *drawn]
    room = height - len(drawn)
    matrices = inspector_lines(view, width, room, shown.before, shown.choices.picked)
    return matrices, [*drawn, *_with_curve(matrices, shown, width, room)]


def _network_beside(shown: Shown, width: int, height: int) -> tuple[Lines, Lines]:
    """The network drawn."""
    drawn = network_lines(shown.view, shown.choices, width, min(_DRAWN, height))
    return [], _with_curve([*drawn, EMPTY], shown, width, height)


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
    gap = height - len(matrices) - len(plot)
    return [*matrices, *[EMPTY] * gap, *plot]


def _beside(body: Lines, matrices: Lines, left: int) -> Lines:
    right = [*matrices, *[EMPTY] * (len(body) - len(matrices))]
    return [
        (*padded(one, left), Span("│", "rule"), *other)
        for one, other in zip(body, right, strict=False)
    ]


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
    head = ends(
        [Span(" TRAINING", "phase"), Span(f"  iteration {last.iteration}")],
        [Span(f"cost {cost} ", "title")],
        width,
    )
    body = training_lines(seen, plots_of(curves), (width, height - 4), logarithmic=logarithmic)
    return [head, rule(width), *body]


def plain_choices(choices: Choices) -> Choices:
    """The choices with nothing open: the step alone, nothing picked to be moved."""
    return replace(choices, picking=False, derivation=False, main="step", first_of_two=None)
