"""The source of a watched program beside its steps: the line that runs, verdicts in the margin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainstep.core.text.harmless import harmless
from chainstep.core.text.numbers import Digits, number_texts
from chainstep.tui.view import View
from chainstep.tui.widgets.spans import EMPTY, Line, Lines, Span, cut

if TYPE_CHECKING:  # what watches programs is not wanted where none is watched
    from chainstep.scenarios.programs.opening.opening import Listing
    from chainstep.scenarios.programs.telling.answers import Answer

_FEW = Digits(4, None)
_VERDICTS = {"right": "is right", "follows": "follows from the wrong one"}
_MARKS = {"WRONG": ("✗", "bad"), "follows": ("↳", "warn"), "right": ("✓", "good")}


def listing_of(view: View) -> Listing | None:
    """The source that stands beside the steps; None where a scenario is no program."""
    found: Listing | None = getattr(view.scenario, "listing", None)
    return found


def told_of_line(view: View) -> tuple[str, str]:
    """What watching found of the line that has just run, and the role that it is told in."""
    listing, step = listing_of(view), view.step
    if listing is None or step is None:
        return "", ""
    number = listing.at.get(step.quantity.name, 0)
    answer = listing.answer
    if answer.first is not None and answer.first.line == number:
        return _first_wrong(answer, step.quantity.name), "error"
    for line in answer.lines:
        if line.line == number:
            also = f": {line.quantity}" if line.quantity else ""
            note = f", {line.note}" if line.note else ""
            role = "good" if line.verdict == "right" else "warn"
            return (
                f"Line {line.place} {_VERDICTS.get(line.verdict, line.verdict)}{also}{note}.",
                role,
            )
    return "", ""


def _first_wrong(answer: Answer, name: str) -> str:
    """The first wrong line: its number, the mistake, and how to mend it."""
    first = answer.first
    assert first is not None
    said = [f"Line {first.place} is the first wrong one."]
    if first.you is not None and first.expected is not None:
        you, expected = number_texts([first.you, first.expected], _FEW)
        entry = f"{name}{first.entry}" if first.entry.startswith("[") else first.entry
        said.append(f"Here {entry or name} is {you}, and should be {expected}.")
    for mistake in answer.mistakes[:1]:
        said.append(f"{mistake.says.rstrip('.')}.")
        said += [f"Mend: {mistake.mend.rstrip('.')}."] if mistake.mend else []
    return harmless(" ".join(said))


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
