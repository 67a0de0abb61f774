"""Curves as text: one letter for each, over iterations, the extremes of every column kept."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, inf, log10

from chainstep.core.runs.curves import Curve
from chainstep.core.text.numbers import number_text

_SEVERAL = "+"
_LOG_FROM = 10  # a greatest so many times the least asks for powers of ten


def plot(curves: Mapping[str, Curve], title: str, width: int = 80, height: int = 16) -> list[str]:
    """Lines that show the curves under their letters; ``+`` where several meet.

    The vertical axis goes by powers of ten where all values are above 0 and far apart.
    """
    spans = {letter: list(curve) for letter, curve in curves.items()}
    values = [value for each in spans.values() for span in each for value in (span.low, span.high)]
    if not values:
        return [f"{title}: there is no finite value to plot"]
    low, high = min(values), max(values)
    by_powers = low > 0 and high > _LOG_FROM * low
    scale = _Scale(low, high, height, by_powers)
    last = max(span.last for each in spans.values() for span in each)
    labels = [number_text(scale.value(row), 3) for row in range(height)]
    margin = max(map(len, labels))
    columns = max(10, width - margin - 3)
    grid = [[" "] * columns for _ in range(height)]
    for letter, curve in curves.items():
        _draw(grid, letter, curve, scale, last)
    lines = [f"{title}{', by powers of ten' if by_powers else ''}"]
    for row in range(height):
        shown = labels[row] if row in {0, height - 1} or row % 5 == 0 else ""
        lines.append(f"{shown:>{margin}} │{''.join(grid[row])}".rstrip())
    lines.append(f"{'':>{margin}} └{'─' * columns}")
    lines.append(_foot(margin, columns, last))
    return lines


class _Scale:
    """Which row a value stands in, row 0 at the top."""

    def __init__(self, low: float, high: float, height: int, by_powers: bool) -> None:  # noqa: FBT001 - private
        self.by_powers = by_powers
        self.low, self.high = (log10(low), log10(high)) if by_powers else (low, high)
        self.height = height

    def row(self, value: float) -> int:
        share = (log10(value) if self.by_powers else value) - self.low
        if self.high == self.low:
            return self.height // 2
        return self.height - 1 - round(share / (self.high - self.low) * (self.height - 1))

    def value(self, row: int) -> float:
        share = (self.height - 1 - row) / max(1, self.height - 1)
        between = self.low + share * (self.high - self.low)
        return float(10**between) if self.by_powers else between


def _draw(grid: list[list[str]], letter: str, curve: Curve, scale: _Scale, last: int) -> None:
    """Draws from the least to the greatest value of every column, joined to the one before."""
    columns = len(grid[0])
    extremes = [(inf, -inf)] * columns
    for span in curve:
        first, after = (_column(n, last, columns) for n in (span.first, span.last + 1))
        for column in range(first, min(columns, max(after, first + 1))):
            low, high = extremes[column]
            extremes[column] = (min(low, span.low), max(high, span.high))
    before: tuple[int, int] | None = None
    for column, (low, high) in enumerate(extremes):
        if low > high:
            before = None
            continue
        top, bottom = scale.row(high), scale.row(low)
        rows = range(top, bottom + 1)
        if before is not None and before[1] < top - 1:
            rows = range(before[1] + 1, bottom + 1)
        elif before is not None and before[0] > bottom + 1:
            rows = range(top, before[0])
        for row in rows:
            grid[row][column] = letter if grid[row][column] in {" ", letter} else _SEVERAL
        before = (top, bottom)


def _column(iteration: int, last: int, columns: int) -> int:
    return floor((iteration - 1) / max(1, last - 1) * (columns - 1))


def _foot(margin: int, columns: int, last: int) -> str:
    """The iterations below the axis: the first, the middle, the last."""
    middle, end = f"{(last + 1) // 2}", f"{last}"
    line = f"{'1':<{columns // 2}}{middle}"
    line = f"{line:<{columns - len(end)}}{end}" if last > 2 else f"1{end:>{columns - 1}}"
    return f"{'':>{margin}}  {line}"
