"""One number over a whole run, in bounded memory, with every extreme kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf, isfinite

from chainstep.core.quantities import Entry
from chainstep.core.stepper import Stepper

MOST = 1024  # spans; a wide screen has fewer columns


@dataclass(frozen=True, slots=True)
class Span:
    """The least and the greatest value that were seen from one iteration to another."""

    first: int
    last: int
    low: float
    high: float


@dataclass
class Curve:
    """The values of one entry over a run: a span of iterations for each of ``most`` points.

    A value may be seen again, and in any order: nothing but its extremes is kept. When there
    are more spans than ``most``, neighbours become one, and ``spacing`` doubles.
    ``not_finite_from`` is the first iteration whose value was seen to be not finite.
    """

    entry: Entry
    most: int = MOST
    spacing: int = 1
    not_finite_from: int | None = None
    furthest: int = 0
    _low: list[float] = field(default_factory=list, repr=False)
    _high: list[float] = field(default_factory=list, repr=False)

    def see(self, iteration: int, value: float) -> None:
        """Takes in the value that an iteration computed."""
        if not isfinite(value):
            self.not_finite_from = min(iteration, self.not_finite_from or iteration)
            return
        n = (iteration - 1) // self.spacing
        while n >= self.most:
            self._halve()
            n = (iteration - 1) // self.spacing
        missing = n + 1 - len(self._low)
        if missing > 0:
            self._low += [inf] * missing
            self._high += [-inf] * missing
        self._low[n] = min(self._low[n], value)
        self._high[n] = max(self._high[n], value)
        self.furthest = max(self.furthest, iteration)

    def _halve(self) -> None:
        self.spacing *= 2
        self._low = [min(self._low[n : n + 2]) for n in range(0, len(self._low), 2)]
        self._high = [max(self._high[n : n + 2]) for n in range(0, len(self._high), 2)]

    def see_moment(self, stepper: Stepper) -> None:
        """Takes in what a stepper shows, where it has computed this entry at its moment."""
        if self.entry.quantity in stepper:
            value = stepper[self.entry.quantity]
            self.see(stepper.moment.iteration, float(value[self.entry.position]))

    def span(self, iteration: int) -> Span | None:
        """What is known around an iteration; None where nothing is."""
        n = (iteration - 1) // self.spacing
        if not 0 <= n < len(self._low) or self._low[n] > self._high[n]:
            return None
        first = 1 + n * self.spacing
        last = min(self.furthest, first + self.spacing - 1)
        return Span(first, last, self._low[n], self._high[n])

    def __iter__(self) -> Iterator[Span]:
        """The spans of which something is known, in order."""
        for n in range(len(self._low)):
            span = self.span(1 + n * self.spacing)
            if span is not None:
                yield span

    def __len__(self) -> int:
        return sum(1 for _ in self)
