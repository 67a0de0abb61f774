"""The source of a watched program beside its steps: the line that runs, verdicts in the margin."""

from __future__ import annotations

from chainstep.core.text.harmless import harmless
from chainstep.scenarios.programs.opening.opening import Listing, WatchedScenario
from chainstep.tui.view import View
from chainstep.tui.widgets.spans import EMPTY, Line, Lines, Span, cut

_MARKS = {"WRONG": ("✗", "bad"), "follows": ("↳", "warn"), "right": ("✓", "good")}


def listing_of(view: View) -> Listing | None:
    """The source that stands beside the steps; None where a scenario is no program."""
    scenario = view.scenario
    return scenario.listing if isinstance(scenario, WatchedScenario) else None


def source_lines(view: View, width: int, height: int) -> Lines:
    """The lines around the one that has just run, that one lit."""
    listing = listing_of(view)
    if listing is None or height < 1:
        return []
    step = view.step
    now = listing.at.get(step.quantity.name, 0) if step is not None else 0
    first = _first(now, height, len(listing.lines), listing)
    shown = range(first, min(first + height, len(listing.lines) + 1))
    digits = len(str(len(listing.lines)))
    texts = [listing.lines[number - 1].replace("\t", "    ").rstrip() for number in shown]
    margin = min((len(t) - len(t.lstrip()) for t in texts if t), default=0)  # all of them have
    lines = [
        _line(listing, number, text[margin:], (now, digits, width))
        for number, text in zip(shown, texts, strict=True)
    ]
    return [*lines, *[EMPTY] * (height - len(lines))]


def _first(now: int, height: int, count: int, listing: Listing) -> int:
    """The first line shown: the lit one stands in the middle, if it can."""
    at = now or min(listing.at.values(), default=1)
    return max(1, min(at - height // 2, count - height + 1))


def _line(listing: Listing, number: int, text: str, about: tuple[int, int, int]) -> Line:
    now, digits, width = about
    mark, role = _MARKS.get(listing.verdicts.get(number, ""), (" ", "dim"))
    lit = number == now
    made: Line = (
        Span(mark, role),
        Span(f" {number:>{digits}} ", "title" if lit else "dim"),
        Span(("▸ " if lit else "  ") + harmless(text), "title" if lit else ""),
    )
    return cut(made, width)
