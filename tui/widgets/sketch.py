"""A network as its layers alone, before there are any numbers: columns of units, joined."""

from __future__ import annotations

from collections.abc import Sequence

from chainstep.tui.widgets.dots import Cell, Dots, joined_cells
from chainstep.tui.widgets.spans import Lines

_MOST_UNITS = 5  # of a layer that are drawn


def sketch(widths: Sequence[int], width: int) -> Lines:
    """The layers as columns of units, joined."""
    height = 2 * min(max(widths), _MOST_UNITS) - 1
    counts = [min(units, _MOST_UNITS) for units in widths]
    dots = Dots(width, height)
    gap = (width - 1) // max(1, len(counts) - 1)
    lefts = [n * gap for n in range(len(counts))]
    rows = [[(height - 1) // 2 - (n - 1) + 2 * unit for unit in range(n)] for n in counts]
    for layer in range(1, len(counts)):
        for start in rows[layer - 1]:
            for end in rows[layer]:
                dots.line((lefts[layer - 1] + 1, start), (lefts[layer] - 1, end), "rule", 2)
    cells: list[list[Cell]] = dots.cells()
    for left, layer_rows, units in zip(lefts, rows, widths, strict=True):
        for row in layer_rows:
            if row < height and left < width:
                cells[row][left] = ("●", "curve", None)
        if units > _MOST_UNITS and left < width:
            cells[layer_rows[-2]][left] = ("⋮", "dim", None)
    return [joined_cells(row) for row in cells]
