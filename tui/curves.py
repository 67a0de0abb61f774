"""What is known of a number over the iterations, in bounded memory."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field

from chainstep.core import Entry
from chainstep.core.setup import Array

_MOST = 2000


@dataclass
class Curve:
    """The values of one entry at some iterations, in their order."""

    entry: Entry
    points: list[tuple[int, float]] = field(default_factory=list)

    @property
    def iterations(self) -> list[int]:
        return [iteration for iteration, _ in self.points]

    def knows(self, iteration: int) -> bool:
        """Whether the value at an iteration is known."""
        at = bisect_left(self.points, iteration, key=lambda point: point[0])
        return at < len(self.points) and self.points[at][0] == iteration

    def note(self, iteration: int, value: Array) -> None:
        """Notes the value at an iteration; when there are too many, every other is let go."""
        if self.knows(iteration):
            return
        number = float(value[self.entry.position] if value.ndim else value)
        insort(self.points, (iteration, number))
        if len(self.points) > _MOST:
            self.points[1:-1:2] = []

    def at(self, iteration: int) -> float | None:
        """The value at an iteration, or None where it is not known."""
        at = bisect_left(self.points, iteration, key=lambda point: point[0])
        if at < len(self.points) and self.points[at][0] == iteration:
            return self.points[at][1]
        return None
