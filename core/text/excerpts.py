"""What of a matrix is shown as text: which rows and columns, and how wide they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import numpy as np

from chainstep.core.text.numbers import Digits, number_texts
from chainstep.core.text.wrapping import wrap

if TYPE_CHECKING:
    from numpy.typing import NDArray

Column = list[str]
Label = Callable[[int], str]  # the name of a position along an axis, as Axis.label gives it

ColumnsAt = Callable[[list[int]], list[Column]]  # columns at chosen positions, as text
Style = Literal["boxed", "open", "list"]
T = TypeVar("T")

GAP = "..."


class Labels(NamedTuple):
    """What stands beside the numbers on a screen: names of rows, columns, terms of a sum."""

    rows: Label | None = None
    columns: Label | None = None
    terms: Label | None = None


NO_LABELS = Labels()


class TableForm(NamedTuple):
    """How a table is asked for; without a width, or most lines, nothing is left out."""

    style: Style
    digits: int | Digits
    width: int | None = None
    max_rows: int | None = None
    max_columns: int | None = None  # so that matrices one below the other show the same ones

    def narrower(self, by: int) -> TableForm:
        """The same form with less room."""
        return self if self.width is None else self._replace(width=self.width - by)


class Shown(NamedTuple):
    """The positions of an axis that are shown: some at its start and some at its end."""

    size: int
    head: int
    tail: int = 0

    @property
    def positions(self) -> list[int]:
        """The shown positions, in order."""
        return [*range(self.head), *range(self.size - self.tail, self.size)]

    @property
    def left_out(self) -> int:
        """How many positions are not shown."""
        return self.size - self.head - self.tail

    def with_gap(self, items: Iterable[T], gap: T) -> list[T]:
        """The items of the shown positions, the gap among them where some are left out."""
        items = list(items)
        return [*items[: self.head], gap, *items[self.head :]] if self.left_out else items

    def names(self, label: Label | None) -> list[str]:
        """The names of the shown positions; the gap has none."""
        return self.with_gap(map(label, self.positions), "") if label else []

    def note(self, what: str) -> list[str]:
        """The line that says what is left out; none where all is shown."""
        if not self.left_out:
            return []
        first, last = self.head, self.size - self.tail - 1
        which = f"{first}" if first == last else f"{first} to {last}"
        return [f"… {self.left_out} of {self.size} {what} left out: {which} …"]


class Columns(NamedTuple):
    """Columns of text with one place for the sign, if any of their numbers has one."""

    columns: list[Column]
    widths: list[int]

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The rows, each number set to the right of its column."""
        columns = zip(self.columns, self.widths, strict=True)
        return list(zip(*([text.rjust(width) for text in c] for c, width in columns), strict=True))

    def width(self, spacing: int) -> int:
        """How wide it stands where each column brings so many characters of its own."""
        return sum(self.widths) + spacing * len(self.widths)


def lay_out(columns: list[Column], heads: Sequence[str] = ()) -> Columns:
    """Columns as wide as their longest number, and as their heading where they have one."""
    sign = any(text.startswith("-") for text in chain.from_iterable(columns))
    widths = [max(len(text.lstrip("-")) for text in column) + sign for column in columns]
    if heads:
        widths = [max(width, len(head)) for width, head in zip(widths, heads, strict=True)]
    return Columns(columns, widths)


def shown_rows(count: int, most: int | None) -> Shown:
    """All, or so many of the first and last that they and the gap are ``most``, 3 at least."""
    if most is None or count <= max(3, most):
        return Shown(count, count)
    kept = max(3, most) - 1
    return Shown(count, kept - kept // 2, kept // 2)


def columns_of(matrix: NDArray[Any], rows: Shown, digits: int | Digits) -> ColumnsAt:
    """A function that turns chosen columns into text, of their shown rows alone."""

    def columns_at(positions: list[int]) -> list[Column]:
        whole = not rows.left_out and len(positions) == matrix.shape[1]
        part = matrix if whole else matrix[np.ix_(rows.positions, positions)]
        texts, height = number_texts(part.T, digits), len(part)
        starts = range(0, len(texts), height)
        return [rows.with_gap(texts[start : start + height], GAP) for start in starts]

    return columns_at


def fitting_columns(
    count: int,
    columns_at: ColumnsAt,
    spacing: int,
    label: Label | None,
    room: int | None,
    *,
    most: int | None = None,
) -> tuple[Shown, Columns]:
    """As many columns as the room holds, taken from both ends in turn; all, where it is None.

    Each takes its width and the spacing, and ``most`` are shown. The first is in any room.
    """
    whole = Shown(count, count)
    if room is None or (count * (1 + spacing) <= room and (most is None or count <= most)):
        block = lay_out(columns_at(whole.positions), whole.names(label))
        if room is None or block.width(spacing) <= room:
            return whole, block
    head, tail = columns_at([0]), list[Column]()
    best = None
    while True:
        shown = Shown(count, len(head), len(tail))
        columns = shown.with_gap(head + tail, [GAP] * len(head[0]))
        block = lay_out(columns, shown.names(label))
        if best and block.width(spacing) > room:
            return best
        best = shown, block
        if not shown.left_out or (most is not None and len(shown.positions) >= most):
            return best
        if len(head) > len(tail):
            tail = [*columns_at([count - len(tail) - 1]), *tail]
        else:
            head = [*head, *columns_at([len(head)])]


def margin_of(names: Sequence[str]) -> int:
    """How wide the longest name stands with a blank after it; without names, nothing."""
    longest = max(map(len, names), default=0)
    return longest + 1 if longest else 0


def notes(lines: Iterable[str], form: TableForm) -> list[str]:
    """What was left out, each line once and folded at the width."""
    once = dict.fromkeys(lines)
    return [
        part
        for line in once
        for part in ([line] if form.width is None else wrap(line, max(20, form.width)))
    ]
