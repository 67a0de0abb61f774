"""A matrix product on the screen, in the Falk scheme, as much of it as fits."""

from __future__ import annotations

from dataclasses import dataclass

from chainstep.core.text.numbers import Digits
from chainstep.tui.widgets.matrices import (
    Marks,
    Matrix,
    Space,
    candidates,
    cell,
    equal_marks,
    label,
    texts_of,
    widths_of,
    window,
)
from chainstep.tui.widgets.spans import Lines, Span, line


@dataclass(frozen=True)
class Factors:
    """A product with its factors; ``added`` is a row that is added to every row of it."""

    left: Matrix
    right: Matrix
    result: Matrix
    added: Matrix | None = None


@dataclass(frozen=True)
class _Windows:
    rows: range
    columns: range
    terms: range


@dataclass(frozen=True)
class _Cells:
    """The numbers of the windows as text, and the widths of their columns."""

    left: list[list[str]]
    upper: list[list[str]]
    lower: list[list[str]]
    left_widths: list[int]
    right_widths: list[int]
    margin: int

    @property
    def left_width(self) -> int:
        return sum(self.left_widths) + 3 * len(self.left_widths) + 1

    @property
    def width(self) -> int:
        right = sum(self.right_widths) + 3 * len(self.right_widths) + 1
        return self.margin + self.left_width + right


def product_lines(factors: Factors, space: Space) -> Lines:
    """The right factor above, the left one beside, the product in their corner."""
    width, height, marks = space.width, space.height, space.marks
    row, column = factors.result.place(marks.picked)
    term = _picked_term(factors, marks)
    if marks.picked and marks.picked.quantity == factors.left.name:
        row = factors.left.place(marks.picked)[0]
    if marks.picked and marks.picked.quantity == factors.right.name:
        column = factors.right.place(marks.picked)[1]
    extra = 1 if factors.added else 0
    boxed = factors.right.rows + factors.left.rows + extra + 4 <= height
    room = max(2, height - (4 if boxed else 2) - extra)
    upper = min(factors.right.rows, max(1, room - factors.left.rows, room // 2))
    lower = min(factors.left.rows, max(1, room - upper))
    rows = window(factors.left.rows, lower, row)
    windows = _Windows(rows, range(factors.right.columns), window(factors.right.rows, upper, term))
    values = (factors.left.values, factors.right.values, factors.result.values)
    for chosen in candidates(values, space.digits):
        if 4 * (factors.right.columns + len(windows.terms)) > width:
            break
        cells = _cells(factors, windows, chosen)
        if cells.width + 2 <= width:
            return _drawn(factors, windows, cells, width, marks, boxed=boxed)
    windows, cells = _narrowed(factors, windows, width, (column, term))
    lines = _drawn(factors, windows, cells, width, marks, boxed=boxed)
    note = _note(factors, windows)
    return [*lines, line(Span(f" {note}", "dim"))] if note and len(lines) < space.height else lines


def _note(factors: Factors, windows: _Windows) -> str:
    """What of the rows, columns and terms is seen, where that is not all."""
    axes = (
        ("rows", windows.rows, factors.left.rows),
        ("columns", windows.columns, factors.right.columns),
        ("terms", windows.terms, factors.right.rows),
    )
    parts = [
        f"{name} {seen.start}–{seen.stop - 1} of {count}"
        for name, seen, count in axes
        if len(seen) < count
    ]
    return f"{', '.join(parts)}; Enter and arrows move" if parts else ""


def _picked_term(factors: Factors, marks: Marks) -> int:
    if marks.picked is None:
        return 0
    if marks.picked.quantity == factors.left.name:
        return factors.left.place(marks.picked)[1]
    if marks.picked.quantity == factors.right.name:
        return factors.right.place(marks.picked)[0]
    return 0


def _narrowed(
    factors: Factors, windows: _Windows, width: int, at: tuple[int, int]
) -> tuple[_Windows, _Cells]:
    """Fewer columns and terms, until they fit."""
    column, term = at
    columns = min(factors.right.columns, max(1, width // 10))
    terms = min(len(windows.terms), max(1, width // 24))
    for fewer in (Digits(5, None), Digits(4, None)):
        while True:
            tried = _Windows(
                windows.rows,
                window(factors.right.columns, columns, column),
                window(factors.right.rows, terms, term),
            )
            cells = _cells(factors, tried, fewer)
            if cells.width <= width or columns == 1:
                break
            over = cells.width - width
            columns = max(1, columns - max(1, over // (max(cells.right_widths) + 3)))
        if cells.width <= width:
            break
    return tried, cells


def _cells(factors: Factors, windows: _Windows, digits: Digits) -> _Cells:
    rows, columns, terms = windows.rows, windows.columns, windows.terms
    left = texts_of(factors.left, rows, terms, digits)
    upper = texts_of(factors.right, terms, columns, digits)
    if factors.added:
        wide = factors.added.columns
        shown = columns if wide > 1 else range(1)
        upper.append(
            (texts_of(factors.added, range(1), shown, digits)[0] * len(columns))[: len(columns)]
        )
    lower = texts_of(factors.result, rows, columns, digits)
    term_heads = [label(factors.left.axes[1], k) for k in terms]
    heads = [label(factors.right.axes[1], c) for c in columns]
    margin = max((len(label(factors.left.axes[0], r)) for r in rows), default=0)
    return _Cells(
        left,
        upper,
        lower,
        widths_of(left, term_heads),
        widths_of([*upper, *lower], heads),
        margin + 1 if margin else 0,
    )


def _drawn(
    factors: Factors, windows: _Windows, cells: _Cells, width: int, marks: Marks, *, boxed: bool
) -> Lines:
    lines: Lines = [_heads(factors, windows, cells)]
    indent = " " * (cells.margin + cells.left_width)
    bars = ["─" * (wide + 2) for wide in cells.right_widths]
    side = "─" * (cells.left_width - 1)
    if boxed:
        lines.append(line(indent, Span(f"┌{'┬'.join(bars)}┐", "rule")))
    after = width - cells.width
    lines += _upper(factors, windows, cells, marks, after)
    if boxed:
        middle = f"┌{side}┼{'┼'.join(bars)}┤"
        lines.append(line(" " * cells.margin, Span(middle, "rule")))
    lines += _lower(factors, windows, cells, marks, after)
    if boxed:
        lines.append(line(" " * cells.margin, Span(f"└{side}┴{'┴'.join(bars)}┘", "rule")))
    return lines


def _upper(factors: Factors, windows: _Windows, cells: _Cells, marks: Marks, after: int) -> Lines:
    """The right factor, and what is added below it; its name and shape beside it."""
    indent, terms = cells.margin + cells.left_width, windows.terms
    lines: Lines = []
    for index, texts in enumerate(cells.upper):
        added = factors.added if index == len(terms) else None
        term = terms[min(index, len(terms) - 1)]
        name = f"+ {added.title}" if added else label(factors.right.axes[0], term)
        spans = [Span(f"{name} ".rjust(indent)[-indent:], "label")]
        for column, text, wide in zip(windows.columns, texts, cells.right_widths, strict=True):
            block, row, at = factors.right, term, column
            if added:
                block, row, at = added, 0, min(column, added.columns - 1)
            numbers = cell(block, row, at, text.rjust(wide), marks)
            spans += [Span("│ ", "rule"), *numbers, Span(" ")]
        spans.append(Span("│", "rule"))
        about = (factors.right.title, _shape(factors.right)) if index < 2 else ()
        if index < len(about) and len(about[index]) + 1 <= after:
            spans.append(Span(f" {about[index]}", "name" if index == 0 else "label"))
        lines.append(tuple(spans))
    return lines


def _lower(factors: Factors, windows: _Windows, cells: _Cells, marks: Marks, after: int) -> Lines:
    """The left factor and the product, row by row; beside rows that are equal it is said."""
    terms = windows.terms
    more = Span("…" if len(terms) < factors.right.rows else " ", "dim")
    equal = equal_marks(factors.result, windows.rows)
    lines: Lines = []
    for index, row in enumerate(windows.rows):
        name = f"{label(factors.left.axes[0], row):>{max(0, cells.margin - 1)}}"
        spans = [Span(name + " " * bool(cells.margin), "label")]
        for term, text, wide in zip(terms, cells.left[index], cells.left_widths, strict=True):
            sign = "│ " if term == terms.start else "  "
            numbers = cell(factors.left, row, term, text.rjust(wide), marks)
            spans += [Span(sign, "rule"), *numbers, Span(" ")]
        spans.append(more)
        for column, text, wide in zip(
            windows.columns, cells.lower[index], cells.right_widths, strict=True
        ):
            numbers = cell(factors.result, row, column, text.rjust(wide), marks)
            spans += [Span("│ ", "rule"), *numbers, Span(" ")]
        spans.append(Span("│", "rule"))
        if after >= 2 and equal[index].strip():
            said = " equal rows" if equal[index] == "┐" and after >= 13 else ""
            spans.append(Span(f" {equal[index]}{said}", "equal"))
        lines.append(tuple(spans))
    return lines


def _heads(factors: Factors, windows: _Windows, cells: _Cells) -> tuple[Span, ...]:
    spans = [Span(" " * cells.margin)]
    for term, wide in zip(windows.terms, cells.left_widths, strict=True):
        spans.append(Span(label(factors.left.axes[1], term).rjust(wide + 2) + " ", "label"))
    spans.append(Span(" "))
    for column, wide in zip(windows.columns, cells.right_widths, strict=True):
        spans.append(Span(label(factors.right.axes[1], column).rjust(wide + 2) + " ", "label"))
    return tuple(spans)


def _shape(block: Matrix) -> str:
    return f"({','.join(map(str, block.shape))})"
