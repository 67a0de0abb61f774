"""The tables of a step in large signs, beside each other, for a room that looks on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chainstep.core.text.numbers import Digits, number_texts
from chainstep.tui.view import Choices, View
from chainstep.tui.widgets.large import HIGH, large_rows, large_width
from chainstep.tui.widgets.matrices import Marks, Matrix, Space
from chainstep.tui.widgets.operation import matrices_of, operation_lines, signs_of
from chainstep.tui.widgets.spans import EMPTY, Line, Lines, Span, columns, line

_MOST = 24  # numbers of the tables together that a room can read
_GAP = 3  # cells between two columns
_DIGITS = (4, 3)
#: The roles of numbers that are underlined where they are small.
_WITHOUT_LINES = {"at": "result", "pick": "result", "lit": "equal"}


def large_tables(view: View, choices: Choices, room: Space) -> Lines:
    """The tables as they stand in the step's equation, or the result alone, as there is room.

    None where there is none, or where the tables hold more numbers than a room can read.
    """
    blocks = matrices_of(view, choices)
    if view.step is None or sum(each.rows * each.columns for each in blocks) > _MOST:
        return []
    signs = [each.strip() for each in signs_of(view.step, blocks)]
    whole = _fitting(blocks, signs, room)
    if whole:
        return whole
    small = operation_lines(view, choices, room)
    left = replace(room, height=room.height - len(small) - 1)
    result = _fitting(blocks[-1:], ["="], left)
    return [*_centred(small, room.width), EMPTY, *_centred(result, room.width)] if result else []


def _fitting(blocks: Sequence[Matrix], signs: Sequence[str], room: Space) -> Lines:
    """Tables and the signs before them with the most digits that fit; none where none do."""
    high = max(each.rows for each in blocks) * (HIGH + 1)
    if high + 1 > room.height:
        return []
    for digits in _DIGITS:
        parts = [_block(each, digits, high, room.marks) for each in blocks]
        if not all(parts):
            return []
        between = [_between(each, high) for each in signs]
        rows = _beside([part for pair in zip(between, parts, strict=True) for part in pair])
        if max(map(_wide, rows)) <= room.width:
            return rows
    return []


def _centred(lines: Lines, width: int) -> Lines:
    left = Span(" " * max(0, (width - max(map(_wide, lines), default=0)) // 2))
    return [(left, *one) for one in lines]


def _wide(one: Line) -> int:
    return sum(columns(span.text) for span in one)


def _block(block: Matrix, digits: int, high: int, marks: Marks) -> Lines:
    """One table in brackets, its name above; nothing where a number has other signs."""
    texts = [
        [text.replace("-", "−") for text in number_texts(row, Digits(digits, None))]
        for row in block.values
    ]
    wide = [
        max((large_width(row[at]) or 0 for row in texts), default=0) for at in range(block.columns)
    ]
    if any(large_width(text) is None for row in texts for text in row):
        return []
    inside = sum(wide) + _GAP * (block.columns - 1)
    name = block.title if len(block.title) <= inside else block.name
    lines: Lines = [line(Span(f" {name}".center(inside + 4)[: inside + 4], "name"))]
    above = (high - block.rows * (HIGH + 1)) // 2
    blank = line(" " * (inside + 4))
    lines += [blank] * above
    for at, row in enumerate(texts):
        lines += _row(block, at, row, wide, marks)
    return [*lines, *[blank] * (high + 1 - len(lines))]


def _row(block: Matrix, at: int, texts: Sequence[str], wide: Sequence[int], marks: Marks) -> Lines:
    """One row of a table, as high as a large sign and one line more."""
    drawn = [large_rows(text) for text in texts]
    lines: Lines = []
    for height in range(HIGH + 1):
        spans = [Span("│ ", "rule")]
        for column, (rows, room) in enumerate(zip(drawn, wide, strict=True)):
            entry = block.entry(at, column)
            text = rows[height] if height < HIGH else ""
            gap = _GAP if column else 0
            role = marks.role(entry)
            role = _WITHOUT_LINES.get(role, role)
            spans.append(Span(" " * gap + text.rjust(room), role, ("entry", entry)))
        lines.append((*spans, Span(" │", "rule")))
    return lines


def _between(sign: str, high: int) -> Lines:
    """A sign between two tables, in the middle of their numbers."""
    if not sign:
        return [line("")] * (high + 1)
    rows = large_rows(sign) if large_width(sign) is not None else ["", "", sign, "", ""]
    wide = max(map(len, rows))
    top = 1 + (high - HIGH) // 2
    blank = line(" " * (wide + 2))
    middle = [line(Span(f" {row.ljust(wide)} ", "sign")) for row in rows]
    return [*[blank] * top, *middle, *[blank] * (high + 1 - top - HIGH)]


def _beside(parts: Sequence[Lines]) -> Lines:
    return [tuple(span for one in row for span in one) for row in zip(*parts, strict=True)]
