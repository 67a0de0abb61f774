"""A matrix in a few cells: as many of its numbers as there is room for, equal ones collapsed."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from chainstep.core import Entry
from chainstep.core.quantities import Quantity
from chainstep.core.setup import Array
from chainstep.core.text.numbers import Digits, number_text, number_texts
from chainstep.tui.widgets.spans import Line, Lines, Span, line, width_of

MORE = " more"  # how a row says that columns of it are not in sight
_DIGITS = Digits(7, 7)
_SHORT = Digits(5, None)
_FEWEST = Digits(4, None)


def small_dots(quantity: Quantity, most: int) -> Lines:
    """What is not computed yet, in at most so many rows."""
    count, wide = _size(quantity)
    dots = " ".join("·" * min(wide, 6)) + (" …" if wide > 6 else "")
    lines: Lines = [line(Span(dots, "ahead"))] * min(count, most)
    if count > most:
        lines[-1] = line(Span(f"· … {count} rows", "ahead"))
    return list(lines)


def _size(quantity: Quantity) -> tuple[int, int]:
    if len(quantity.shape) < 2:
        return 1, 1
    return quantity.shape[0], quantity.shape[1]


class _Corner(NamedTuple):
    """All that is seen of a matrix: its first numbers, and what is so of the whole."""

    name: str
    rows: int
    columns: int
    kind: str
    data: bytes
    seen: tuple[int, int]
    is_constant: bool
    is_one_column: bool
    same: tuple[bool, ...]  # whether a row in sight is that below it


def small_rows(quantity: Quantity, value: Array, width: int, most: int) -> Lines:
    """The rows of a matrix, at most so many and so wide."""
    matrix = value.reshape(_size(quantity)) if value.ndim < 2 else value
    count, wide = matrix.shape
    seen = matrix[:most, : max(1, width // 2)]
    corner = _Corner(
        quantity.name,
        count,
        wide,
        seen.dtype.char,
        seen.tobytes(),
        (seen.shape[0], seen.shape[1]),
        matrix.size > 1 and _is_constant(matrix),
        wide > 1 and _is_one_column(matrix),
        tuple(_is_same(matrix[row], matrix[row + 1]) for row in range(min(count, most) - 1)),
    )
    return list(_made(corner, width, most))


def _is_constant(matrix: Array) -> bool:
    """Whether all numbers are one to the last bit; a corner tells it of most that are not."""
    first = matrix.flat[0]
    return bool((matrix[:4, :4] == first).all()) and bool((matrix == first).all())


def _is_one_column(matrix: Array) -> bool:
    """Whether all columns are equal to the last bit."""
    corner = matrix[:4, :4]
    return bool((corner == corner[:, :1]).all()) and bool((matrix == matrix[:, :1]).all())


def _is_same(row: Array, below: Array) -> bool:
    return bool((row[:4] == below[:4]).all()) and bool((row == below).all())


@lru_cache(maxsize=512)
def _made(corner: _Corner, width: int, most: int) -> tuple[Line, ...]:
    """The rows; most matrices are the same at the next moment, and so are these."""
    seen = np.frombuffer(corner.data, corner.kind).reshape(corner.seen)
    if corner.is_constant:
        number = _told(corner.name, 0, 0, number_text(seen[0, 0], _DIGITS))
        return (line(number, Span(f" ×{corner.rows * corner.columns}", "equal")),)
    count = corner.rows
    shown = count if count <= most else max(1, most - 1)
    row = _one_column if corner.is_one_column else _row
    lines: Lines = [row(corner, seen, at, width) for at in range(shown)]
    if count > shown:
        left = count - shown
        lines.append(line(Span(f"… {left} more row{'s' * (left > 1)}", "dim")))
    elif count > 1 and not corner.is_one_column:
        _mark_equal(corner.same, lines, width)
    return tuple(lines)


def _one_column(corner: _Corner, seen: Array, row: int, width: int) -> Line:
    """The one number of a row whose numbers are all equal."""
    times = f" ×{corner.columns}="
    text = number_text(seen[row, 0], _DIGITS)
    if len(text) + len(times) > width:
        text = number_text(seen[row, 0], _FEWEST)
    return line(_told(corner.name, row, 0, text), Span(times, "equal"))


def _row(corner: _Corner, seen: Array, row: int, width: int) -> Line:
    """As many numbers of a row as there is room for, with as many digits as let all be seen."""
    wide = corner.columns
    for digits in (_DIGITS, _SHORT, _FEWEST) if wide == seen.shape[1] else (_FEWEST,):
        texts = number_texts(seen[row], digits)
        if len(texts) == wide and sum(map(len, texts)) + wide - 1 <= width:
            break
    spans: list[Span] = []
    room = width
    for column, text in enumerate(texts):
        more = f" +{wide - column}{MORE}"
        if len(text) + (1 if column else 0) > room - (len(more) if column < wide - 1 else 0):
            spans.append(Span(more, "dim"))
            break
        if spans:
            spans.append(Span(" "))
        spans.append(_told(corner.name, row, column, text))
        room -= len(text) + 1
    return tuple(spans)


def _told(name: str, row: int, column: int, text: str) -> Span:
    """A number, to be picked."""
    return Span(text, "", ("cell", Entry(name, (row, column))))


def _mark_equal(same: tuple[bool, ...], lines: Lines, width: int) -> None:
    """Writes ``┐│┘`` beside rows that are equal to the last bit."""
    if not any(same) or max(map(width_of, lines)) + 3 > width:
        return
    longest = max(map(width_of, lines))
    for index, one in enumerate(lines):
        above = index > 0 and same[index - 1]
        below = index < len(same) and same[index]
        mark = "│=" if above and below else "┘" if above else "┐" if below else ""
        if mark:
            lines[index] = (*one, Span(" " * (longest - width_of(one) + 1)), Span(mark, "equal"))
