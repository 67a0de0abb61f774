"""Lines drawn with the dots of Braille, eight to a cell, each cell in the role of its last line."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from chainstep.tui.widgets.spans import Line, Span, Target

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))

Place = tuple[int, int]
#: A character, its role, and what a click on it means.
Cell = tuple[str, str, Target | None]


class Dots:
    """A sheet of cells, two dots wide and four high."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._bits = [[0] * width for _ in range(height)]
        self._roles = [[""] * width for _ in range(height)]

    def line(self, start: Place, end: Place, role: str, step: int = 1, shift: int = 0) -> None:
        """A straight line from cell to cell; of its dots, every so many, and moved down by some."""
        for column, row, bits in _crossed(start, end, step, shift):
            if 0 <= column < self.width and 0 <= row < self.height:
                self._bits[row][column] |= bits
                self._roles[row][column] = role

    def dot(self, x: int, y: int, role: str) -> None:
        column, row = x // 2, y // 4
        if 0 <= column < self.width and 0 <= row < self.height:
            self._bits[row][column] |= _DOTS[y % 4][x % 2]
            self._roles[row][column] = role

    def cells(self) -> list[list[Cell]]:
        """A character and a role for each cell."""
        return [
            [
                (chr(0x2800 + b) if b else " ", role if b else "", None)
                for b, role in zip(*row, strict=True)
            ]
            for row in zip(self._bits, self._roles, strict=True)
        ]


@lru_cache(maxsize=1024)
def _crossed(start: Place, end: Place, step: int, shift: int) -> tuple[tuple[int, int, int], ...]:
    """The cells that a straight line crosses, and which of their dots are its own."""
    x0, y0 = 2 * start[0], 4 * start[1] + 2 + shift
    x1, y1 = 2 * end[0] + 1, 4 * end[1] + 2 + shift
    across, down = x1 - x0, y1 - y0
    count = max(abs(across), abs(down), 1)
    found: dict[Place, int] = {}
    for n in range(0, count + 1, step):
        x, y = x0 + across * n // count, y0 + down * n // count
        place = (x // 2, y // 4)
        found[place] = found.get(place, 0) | _DOTS[y % 4][x % 2]
    return tuple((*place, bits) for place, bits in found.items())


def joined_cells(row: list[Cell]) -> Line:
    """Cells as spans, neighbours of one look joined."""
    looks = groupby(row, key=itemgetter(1, 2))
    return tuple(Span("".join([cell[0] for cell in same]), *look) for look, same in looks)
