"""One matrix in brackets or as a list, and several in a line with their operators between."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np

from chainstep.core.text.excerpts import (
    NO_LABELS,
    Columns,
    Labels,
    Shown,
    TableForm,
    columns_of,
    fitting_columns,
    margin_of,
    shown_rows,
)
from chainstep.core.text.numbers import number_texts

Matrix = np.ndarray[Any, np.dtype[Any]]


ONE = Shown(1, 1)


class Picture(NamedTuple):
    """A matrix as lines; at ``centre`` stands its middle row, where operators belong."""

    lines: tuple[str, ...]
    centre: int = 0
    left_out: tuple[str, ...] = ()
    columns: Shown = ONE

    @property
    def width(self) -> int:
        """The length of its longest line."""
        return max(map(len, self.lines))

    def under(self, *heads: str) -> "Picture":
        """The picture with lines above it, where they say anything."""
        above = tuple(head for head in heads if head.strip())
        lines = (*above, *self.lines)
        return self._replace(lines=lines, centre=self.centre + len(above))


def picture(matrix: Matrix, form: TableForm, labels: Labels = NO_LABELS, name: str = "") -> Picture:
    """One matrix, row or number: as a list in the style of that name, in brackets otherwise."""
    if matrix.ndim == 0:
        drawn, headings = Picture(tuple(number_texts(matrix, form.digits))), ""
    elif form.style == "list":
        drawn, headings = _list(matrix, form), ""
    else:
        drawn, headings = _brackets(np.atleast_2d(matrix), form, labels)
    return drawn.under(name.center(drawn.width).rstrip(), headings)


def _brackets(matrix: Matrix, form: TableForm, labels: Labels) -> tuple[Picture, str]:
    rows = shown_rows(len(matrix), form.max_rows)
    names = rows.names(labels.rows)
    margin = max(map(len, names), default=0)
    columns, block = _fitted(matrix, rows, form.narrower(margin + 1), 1, labels)
    lines = [
        f"{name:>{margin}}[{' '.join(cells)}]"
        for name, cells in zip_longest(names, block.rows, fillvalue="")
    ]
    heads = zip(columns.names(labels.columns), block.widths, strict=False)
    headings = " " * (margin + 1) + " ".join(head.rjust(width) for head, width in heads)
    return _drawn(lines, rows, columns), headings


def _list(matrix: Matrix, form: TableForm) -> Picture:
    """The page's lists: short numbers filled up at their end, each row in brackets."""
    rows = shown_rows(len(np.atleast_2d(matrix)), form.max_rows)
    columns, block = _fitted(
        np.atleast_2d(matrix), rows, form.narrower(2 * matrix.ndim - 2), 2, NO_LABELS
    )
    sign = any(text.startswith("-") for column in block.columns for text in column)
    filled = [
        [(text if text.startswith("-") else " " * sign + text).ljust(width) for text in column]
        for column, width in zip(block.columns, block.widths, strict=True)
    ]
    lines = [f"[{', '.join(cells)}]" for cells in zip(*filled, strict=True)]
    if matrix.ndim == 2:
        lines = [f" {line}," for line in lines]
        lines[0] = f"[{lines[0][1:]}"
        lines[-1] = f"{lines[-1][:-1]}]"
    return _drawn(lines, rows, columns)


def _fitted(
    matrix: Matrix, rows: Shown, form: TableForm, spacing: int, labels: Labels
) -> tuple[Shown, Columns]:
    columns_at = columns_of(matrix, rows, form.digits)
    count, most = matrix.shape[1], form.max_columns
    return fitting_columns(count, columns_at, spacing, labels.columns, form.width, most=most)


def _drawn(lines: Sequence[str], rows: Shown, columns: Shown) -> Picture:
    left_out = (*rows.note("rows"), *columns.note("columns"))
    return Picture(tuple(lines), len(lines) // 2, left_out, columns)


def beside(parts: Sequence[str | Picture], width: int | None) -> list[str] | None:
    """Pictures in one line, operators at their middle rows; None where that is too wide."""
    if width is not None and any(isinstance(p, Picture) and p.columns.left_out for p in parts):
        return None
    for joint in (" {} ", "{}"):
        spaced = [joint.format(part) if isinstance(part, str) else part for part in parts]
        if isinstance(spaced[0], str):
            spaced[0] = spaced[0].lstrip()
        lines = _abreast(spaced)
        if width is None or max(map(len, lines)) <= width:
            return lines
    return None


def _abreast(parts: Sequence[str | Picture]) -> list[str]:
    pictures = [Picture((part,)) if isinstance(part, str) else part for part in parts]
    top = max(each.centre for each in pictures)
    height = top + max(len(each.lines) - each.centre for each in pictures)
    columns = []
    for each in pictures:
        above = top - each.centre
        below = height - above - len(each.lines)
        lines = ("",) * above + each.lines + ("",) * below
        width = each.width
        columns.append([line.ljust(width) for line in lines])
    return ["".join(cells).rstrip() for cells in zip(*columns, strict=True)]


def below(parts: Sequence[tuple[str, Picture]], after: str) -> list[str]:
    """Pictures one below the other, each with what stands before it at its left."""
    margin = margin_of([before for before, _ in parts])
    lines = []
    for before, drawn in parts:
        signs = {drawn.centre: before}
        lines += [
            f"{signs.get(position, ''):<{margin}}{line}".rstrip()
            for position, line in enumerate(drawn.lines)
        ]
    return [*lines[:-1], f"{lines[-1]} {after}".rstrip()]
