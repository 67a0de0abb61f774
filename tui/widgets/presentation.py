"""One step for a room that looks on: its formula, its table, one number in large signs."""

from __future__ import annotations

from chainstep.core.text.entry_formulas import with_numbers
from chainstep.core.text.formulas import equation
from chainstep.core.text.notations import notation
from chainstep.tui.view import Shown
from chainstep.tui.widgets.entry_line import number_at
from chainstep.tui.widgets.large import large, large_width
from chainstep.tui.widgets.matrices import Marks, Space
from chainstep.tui.widgets.operation import lit_by, operation_lines
from chainstep.tui.widgets.sentences import remarks_of
from chainstep.tui.widgets.spans import (
    EMPTY,
    Line,
    Lines,
    Span,
    cut,
    filled,
    folded,
    line,
    width_of,
)

DIGITS = 4  # that are read from the last row of a room
_NOTES = 0.25  # of the height, for what the speaker says


def terms_of(shown: Shown) -> list[str]:
    """The terms of the picked number with its numbers put in, to appear one by one."""
    view, entry = shown.view, shown.choices.picked
    number = view.program.numbers.get(entry.quantity) if entry else None
    if entry is None or number is None or not view.has(entry.quantity):
        return []
    step = view.program.steps[number - 1]
    return with_numbers(step.expression, entry, view.values, DIGITS).split(" + ")


def presentation_lines(shown: Shown, width: int, height: int) -> Lines:
    """The whole screen of a step, with so many of its terms as have appeared."""
    view = shown.view
    if view.step is None or view.record is None:
        title = large_title(view.scenario.title, width)
        body = [EMPTY, *title, EMPTY, *_centred([line(Span("→ begins", "dim"))], width)]
        return filled([*body, EMPTY, *folded(view.scenario.story, width, "dim")], height)
    step = view.step
    written = notation(shown.choices.notation)
    phase = f"{step.phase}, layer {step.layer}" if step.layer else step.phase
    short = view.record.took_short_way
    head: Lines = [
        EMPTY,
        *_centred([line(Span(phase, "phase"))], width),
        *_centred([line(Span(equation(step, written, view.program, short=short), "name"))], width),
        EMPTY,
    ]
    notes = _notes(shown, width)[: max(2, int(height * _NOTES))]
    worked = _worked(shown, width)
    room = height - len(head) - len(worked) - len(notes) - 1
    lit = lit_by(step, shown.choices.picked)
    marks = Marks(shown.choices.picked, lit=lit, fresh=step.quantity.name)
    tables: Lines = []
    if room >= 3:
        tables = operation_lines(view, shown.choices, Space(width, room, DIGITS, marks))
        tables = _centred(tables, width)[:room]
    body = [*head, *tables, EMPTY, *worked]
    return [*filled(body, height - len(notes)), *notes]


def large_title(text: str, width: int) -> Lines:
    """A title in the middle."""
    return _centred([cut(line(Span(text, "title")), width)], width)


def _worked(shown: Shown, width: int) -> Lines:
    """The terms that have appeared, and the result in large signs once all have."""
    entry, terms = shown.choices.picked, terms_of(shown)
    if entry is None or not terms:
        return []
    count = min(shown.choices.terms, len(terms))
    more = " + …" if 0 < count < len(terms) else "…" if not count else ""
    told = f"{entry} = {' + '.join(terms[:count])}{more}"
    lines = _centred(folded(told, width - 2, "name"), width)
    if count < len(terms):
        return [*lines, *[EMPTY] * 6]
    result = number_at(shown.view, entry, DIGITS)
    wide = large_width(result)
    if wide is None or wide > width - 2:
        return [*lines, *_centred([line(Span(f"= {result}", "result"))], width)]
    return [*lines, EMPTY, *large(result, "result", width)]


def _notes(shown: Shown, width: int) -> Lines:
    """What the speaker says: what the page says here, and what there is to see."""
    view = shown.view
    assert view.record is not None
    said: list[str] = [
        note.text
        for note in view.scenario.notes
        if (note.iteration, note.quantity) == (view.moment.iteration, view.record.quantity)
    ]
    said += remarks_of(view, shown.choices.notation)
    return [line(Span("─" * width, "rule")), *folded(" ".join(said), width, "dim")] if said else []


def _centred(lines: Lines, width: int) -> Lines:
    wide = max(map(width_of, lines), default=0)
    left = " " * max(0, (width - wide) // 2)
    return [_after(left, one) for one in lines]


def _after(left: str, one: Line) -> Line:
    return (Span(left), *one) if one else one
