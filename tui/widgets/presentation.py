"""One step for a room that looks on: its formula, its table, one number in large signs."""

from __future__ import annotations

from chainstep.core.text.entry_formulas import with_numbers
from chainstep.core.text.formulas import equation
from chainstep.core.text.notations import notation
from chainstep.tui.view import Shown
from chainstep.tui.widgets.entry_line import number_at
from chainstep.tui.widgets.frame import titled
from chainstep.tui.widgets.large import large, large_width
from chainstep.tui.widgets.large_tables import large_tables
from chainstep.tui.widgets.matrices import Marks, Space
from chainstep.tui.widgets.operation import lit_by, operation_lines
from chainstep.tui.widgets.sentences import ended, remarks_of
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
_HIGH = 5  # lines of large signs


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
        begins = _centred([line(Span("→", "key"), Span(" begins", "dim"))], width)
        notes = _notes(shown, width, max(3, height // 2))
        above = [EMPTY] * max(1, (height - len(notes)) // 2 - 2)
        body = [*above, *large_title(view.scenario.title, width), EMPTY, *begins]
        return [*filled(body, height - len(notes)), *notes]
    step = view.step
    written = notation(shown.choices.notation)
    phase = f"{step.phase}, layer {step.layer}" if step.layer else step.phase
    short = view.record.took_short_way
    formula = equation(step, written, view.program, short=short)
    head: Lines = [
        EMPTY,
        *_centred([line(Span(f" {phase} ", "chip"))], width),
        EMPTY,
        *_centred(folded(formula, width - 2, "name"), width),
        EMPTY,
    ]
    notes = _notes(shown, width, max(2, int(height * _NOTES)))
    worked = _worked(shown, width)
    room = height - len(head) - len(worked) - len(notes) - 1
    lit = lit_by(step, shown.choices.picked)
    marks = Marks(shown.choices.picked, lit=lit, fresh=step.quantity.name)
    tables: Lines = []
    if room >= 3:
        space = Space(width, room, DIGITS, marks)
        tables = large_tables(view, shown.choices, space)
        tables = tables or operation_lines(view, shown.choices, space)
        tables = _centred(tables, width)[:room]
    gap = max(0, (room - len(tables)) // 3)  # a step in the middle of the screen
    body = [*[EMPTY] * gap, *head, *tables, *[EMPTY] * (1 + gap), *worked]
    return [*filled(body, height - len(notes)), *notes]


def large_title(text: str, width: int) -> Lines:
    """A title in the middle."""
    return _centred([cut(line(Span(text, "title")), width)], width)


def _worked(shown: Shown, width: int) -> Lines:
    """The terms that have appeared, and the result once all have, in large signs where they fit."""
    entry, terms = shown.choices.picked, terms_of(shown)
    if entry is None or not terms:
        return []
    count = min(shown.choices.terms, len(terms))
    result = number_at(shown.view, entry, DIGITS)
    seen = " + ".join(terms[:count])
    more = " + …" if 0 < count < len(terms) else "…" if not count else ""
    if _fits(f"{' + '.join(terms)} = {result}", width):
        whole = f"{seen} = {result}" if count == len(terms) else seen
        named = _centred([line(Span(f"{entry} ={more if not count else ''}", "name"))], width)
        return [*named, EMPTY, *(large(whole, "result", width) if count else [EMPTY] * _HIGH)]
    lines = _centred(folded(f"{entry} = {seen}{more}", width - 2, "name"), width)
    if count < len(terms):
        return [*lines, *[EMPTY] * (_HIGH + 1)]
    if not _fits(result, width):
        return [*lines, *_centred([line(Span(f"= {result}", "result"))], width)]
    return [*lines, EMPTY, *large(result, "result", width)]


def _fits(text: str, width: int) -> bool:
    """Whether a text can be written in large signs."""
    wide = large_width(text)
    return wide is not None and wide <= width - 2


def _notes(shown: Shown, width: int, most: int) -> Lines:
    """What the speaker says: of this step what the page and the program say, then the story."""
    view = shown.view
    here: list[str] = []
    if view.record is not None:
        here = [
            note.sentence
            for note in view.scenario.notes
            if (note.iteration, note.quantity) == (view.moment.iteration, view.record.quantity)
        ]
        here += remarks_of(view, shown.choices.notation)
    said = folded(" ".join(here), width) if here else []
    story = folded(" ".join(view.scenario.story.replace("`", "").split()), width, "dim")
    room = most - 1 - len(said)
    if story and room > 1 and not said:
        said = ended(story[:room], story, width)
    if not said or most < 2:
        return []
    return [titled(width, "Speaker's notes"), *said[: most - 1]]


def _centred(lines: Lines, width: int) -> Lines:
    wide = max(map(width_of, lines), default=0)
    left = " " * max(0, (width - wide) // 2)
    return [_after(left, one) for one in lines]


def _after(left: str, one: Line) -> Line:
    return (Span(left), *one) if one else one
