"""Matrices on the screen: the window of one that is seen, as spans that can be picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from chainstep.core import Entry
from chainstep.core.quantities import Axis, Quantity
from chainstep.core.setup import Array
from chainstep.core.text.numbers import Digits, number_texts
from chainstep.tui.widgets.spans import Line, Lines, Span, line

Position = tuple[int, ...]
_COVER = "▒▒▒▒▒▒"  # what stands where a number is not to be seen yet


@dataclass(frozen=True)
class Marks:
    """How single entries stand out: the picked one, those that it is made of, what is new.

    ``verdicts`` gives an entry's role where somebody's number was held against it; ``signs`` what
    is written before the numbers of such a role.
    """

    picked: Entry | None = None
    active: bool = False
    lit: frozenset[Entry] = frozenset()
    fresh: str = ""
    verdicts: dict[Entry, str] = field(default_factory=dict)
    signs: dict[str, str] = field(default_factory=dict)

    def role(self, entry: Entry) -> str:
        if entry == self.picked:
            return "pick" if self.active else "at"
        if entry in self.verdicts:
            return self.verdicts[entry]
        if entry in self.lit:
            return "lit"
        return "new" if entry.quantity == self.fresh else ""

    def sign(self, entry: Entry) -> str:
        return self.signs.get(self.verdicts.get(entry, ""), "")


@dataclass(frozen=True)
class Space:
    """The space that tables have, how many digits they show, and what stands out in them."""

    width: int
    height: int
    digits: int
    marks: Marks


@dataclass(frozen=True)
class Matrix:
    """A matrix to be drawn: the values in two axes, and where each stands in its quantity.

    ``sheet`` is the position along the first axis of a quantity that has three; ``title`` is
    what it is called above its numbers. A ``turned`` one has its rows and columns exchanged, a
    ``hidden`` one is covered.
    """

    name: str
    values: Array
    axes: tuple[Axis | None, Axis | None]
    shape: Position
    sheet: int | None = None
    title: str = ""
    turned: bool = False
    hidden: bool = False

    @property
    def rows(self) -> int:
        return int(self.values.shape[0])

    @property
    def columns(self) -> int:
        return int(self.values.shape[1])

    def entry(self, row: int, column: int) -> Entry:
        """The entry of the quantity at a place of the matrix."""
        if not self.shape:
            return Entry(self.name, ())
        if self.sheet is not None:
            return Entry(self.name, (self.sheet, row, column))
        return Entry(self.name, (column, row) if self.turned else (row, column))

    def place(self, entry: Entry | None) -> tuple[int, int]:
        """Where an entry stands in the matrix; the first place for another's."""
        if entry is None or entry.quantity != self.name or len(entry.position) < 2:
            return 0, 0
        row, column = entry.position[-2:][:: -1 if self.turned else 1]
        return min(row, self.rows - 1), min(column, self.columns - 1)


def matrix_of(quantity: Quantity, value: Array, sheet: int = 0, title: str = "") -> Matrix:
    """The matrix of a quantity; of one with three axes, the sheet at a position of the first."""
    title = title or quantity.name
    if value.ndim == 3:
        sheet = min(sheet, len(value) - 1)
        axes = quantity.axes[1:]
        return Matrix(quantity.name, value[sheet], (axes[0], axes[1]), value.shape, sheet, title)
    if value.ndim == 2:
        axes = quantity.axes
        return Matrix(quantity.name, value, (axes[0], axes[1]), value.shape, title=title)
    return Matrix(quantity.name, value.reshape(1, 1), (None, None), (), title=title)


def turned(matrix: Matrix) -> Matrix:
    """The matrix with its rows and columns exchanged."""
    axes = (matrix.axes[1], matrix.axes[0])
    return replace(matrix, values=matrix.values.T, axes=axes, turned=not matrix.turned)


def window(count: int, most: int, at: int) -> range:
    """So many positions of an axis that ``at`` is among them, in the middle where it can be."""
    shown = max(1, min(count, most))
    start = min(max(0, at - shown // 2), count - shown)
    return range(start, start + shown)


def texts_of(block: Matrix, rows: range, columns: range, digits: Digits) -> list[list[str]]:
    """The rows of a window as text; nothing outside of it is turned into text."""
    if block.hidden:
        return [[_COVER] * len(columns) for _ in rows]
    part = block.values[rows.start : rows.stop, columns.start : columns.stop]
    texts = number_texts(part, digits)
    wide = len(columns)
    return [texts[start : start + wide] for start in range(0, len(texts), wide)]


def widths_of(rows: Sequence[Sequence[str]], heads: Sequence[str] = ()) -> list[int]:
    """How wide each column stands: as its longest number, or its heading."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if heads:
        widths = [max(width, len(head)) for width, head in zip(widths, heads, strict=True)]
    return widths


def label(axis: Axis | None, position: int) -> str:
    """The name of a position: ``unit 2``; nothing where an axis has no names."""
    if axis is None or axis.is_single or axis.label(0) == axis.label(1):
        return ""
    return axis.label(position)


def candidates(block_values: Sequence[Array], digits: int) -> list[Digits]:
    """How many digits to try, the most first; decimals only where they keep what matters."""
    tries = [Digits(digits, None)]
    if all(_holds_decimals(values, digits) for values in block_values):
        tries.append(Digits(digits, digits))
    return [*tries, *(Digits(fewer, None) for fewer in (6, 5, 4) if fewer < digits)]


def _holds_decimals(values: Array, digits: int) -> bool:
    small = 10.0 ** (3 - digits)
    part = values[:60, :60] if values.ndim == 2 else values
    return not bool(((part != 0) & (abs(part) < small)).any())


@dataclass(frozen=True)
class Drawn:
    """A block as lines of one width, its numbers from line ``top`` on."""

    lines: Lines
    width: int
    top: int
    note: str = ""


class Measured(NamedTuple):
    """A window of a block as text, and the cells that it takes in brackets."""

    block: Matrix
    rows: range
    columns: range
    title: str
    texts: list[list[str]]
    widths: list[int]
    heads: list[str]
    names: list[str]
    margin: int
    width: int

    @property
    def top(self) -> int:
        """The lines above the numbers."""
        return bool(self.title) + any(self.heads)


def measured(
    block: Matrix,
    window: tuple[range, range],
    digits: Digits,
    marks: Marks,
    *,
    row_names: bool = True,
    title: str = "",
) -> Measured:
    """A window of a block before it is drawn."""
    rows, columns = window
    texts = texts_of(block, rows, columns, digits)
    if marks.signs:
        texts = [
            [marks.sign(block.entry(r, c)) + text for c, text in zip(columns, row, strict=True)]
            for r, row in zip(rows, texts, strict=True)
        ]
    heads = [label(block.axes[1], c) for c in columns]
    widths = widths_of(texts, heads)
    names = [label(block.axes[0], r) for r in rows] if row_names else [""] * len(rows)
    margin = max(map(len, names), default=0)
    width = margin + max(2 + sum(widths) + len(widths) - 1, len(title))
    return Measured(block, rows, columns, title, texts, widths, heads, names, margin, width)


def bracketed(one: Measured, marks: Marks) -> Drawn:
    """A block in brackets, with its name and those of its rows and columns."""
    block, margin, width = one.block, one.margin, one.width
    lines: Lines = []
    if one.title:
        lines.append(line(" " * margin, Span(one.title.center(width - margin), "name")))
    if any(one.heads):
        joined = " ".join(map(str.rjust, one.heads, one.widths))
        lines.append(line(" " * (margin + 1), Span(joined, "label")))
    for name, row, texts in zip(one.names, one.rows, one.texts, strict=True):
        cells = _row(block, row, one.columns, list(map(str.rjust, texts, one.widths)), marks)
        lines.append((Span(name.rjust(margin), "label"), *cells))
    note = window_note(block, one.rows, one.columns)
    return Drawn([_filled(each, width) for each in lines], width, one.top, note)


def _row(block: Matrix, row: int, columns: range, texts: Sequence[str], marks: Marks) -> Line:
    spans = [Span("[", "rule")]
    for column, text in zip(columns, texts, strict=True):
        if len(spans) > 1:
            spans.append(Span(" "))
        spans += cell(block, row, column, text, marks)
    return (*spans, Span("]", "rule"))


def cell(block: Matrix, row: int, column: int, text: str, marks: Marks) -> tuple[Span, Span]:
    """One number, to be picked: the blanks before it, and itself."""
    entry = block.entry(row, column)
    number = text.lstrip()
    target = ("entry", entry)
    blanks = " " * (len(text) - len(number))
    return Span(blanks, "", target), Span(number, marks.role(entry), target)


def window_note(block: Matrix, rows: range, columns: range) -> str:
    """What of a block is seen, where that is not all."""
    parts = [_part("row", rows, block.rows), _part("column", columns, block.columns)]
    return ", ".join(part for part in parts if part)


def _part(word: str, seen: range, count: int) -> str:
    if len(seen) == count:
        return ""
    if len(seen) == 1:
        return f"{word} {seen.start} of {count}"
    return f"{word}s {seen.start}–{seen.stop - 1} of {count}"


def _filled(one: Line, width: int) -> Line:
    missing = width - sum(len(span.text) for span in one)
    return (*one, Span(" " * missing)) if missing > 0 else one


def joined(parts: Sequence[str | Drawn]) -> Lines:
    """Blocks and operators in one row, the operators at the middle of the numbers."""
    drawn = [part for part in parts if isinstance(part, Drawn)]
    top = max(each.top for each in drawn)
    height = max(len(each.lines) - each.top for each in drawn)
    at = top + (height - 1) // 2
    columns: list[Lines] = []
    for part in parts:
        if isinstance(part, str):
            blank = line(" " * len(part))
            columns.append(
                [line(Span(part, "sign")) if r == at else blank for r in range(top + height)]
            )
        else:
            above = [line(" " * part.width)] * (top - part.top)
            below = top + height - len(above) - len(part.lines)
            columns.append([*above, *part.lines, *[line(" " * part.width)] * below])
    return [tuple(span for one in row for span in one) for row in zip(*columns, strict=True)]


def equal_marks(block: Matrix, rows: range) -> list[str]:
    """``┐ │ ┘`` beside rows that are equal to the last bit; blanks beside the others."""
    if block.hidden:
        return [" "] * len(rows)
    same = [bool((block.values[row] == block.values[row + 1]).all()) for row in rows[:-1]]
    marks = []
    for index in range(len(rows)):
        above = index > 0 and same[index - 1]
        below = index < len(same) and same[index]
        marks.append("│" if above and below else "┘" if above else "┐" if below else " ")
    return marks
