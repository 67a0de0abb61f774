"""Weights and rule state of some iterations, in bounded memory, evenly spread over a run."""

from __future__ import annotations

from chainstep.core.setup import Array

DEFAULT_BYTES = 8 * 2**20
_OVERHEAD = 200  # bytes of a small array's own bookkeeping, measured with sys.getsizeof and dict


class Checkpoints:
    """Copies of what is carried into iterations 1, 1 + spacing, 1 + 2·spacing and so on.

    ``spacing`` is what it begins with, a power of two.

    When the store is full the spacing doubles and every other copy goes, so that it holds at
    most ``limit`` bytes (and always the start) however long the run.
    """

    def __init__(self, start: Array, limit: int = DEFAULT_BYTES, spacing: int = 1) -> None:
        self.capacity = max(2, limit // (start.nbytes + _OVERHEAD))
        self.spacing = spacing
        self._kept: dict[int, Array] = {1: start.copy()}

    def next_after(self, iteration: int) -> int:
        """The first iteration after this one that would be kept."""
        return iteration + self.spacing - (iteration - 1) % self.spacing

    def offer(self, iteration: int, carried: Array) -> None:
        """Keeps a copy where the iteration is one to keep and not known yet."""
        if (iteration - 1) % self.spacing or iteration in self._kept:
            return
        self._kept[iteration] = carried.copy()
        while len(self._kept) > self.capacity:
            self.spacing *= 2
            self._kept = {
                kept: copy for kept, copy in self._kept.items() if (kept - 1) % self.spacing == 0
            }

    def before(self, iteration: int) -> tuple[int, Array]:
        """The latest kept iteration that is not after this one, and what it began with."""
        candidate = iteration - (iteration - 1) % self.spacing
        while candidate not in self._kept:
            candidate -= self.spacing
        return candidate, self._kept[candidate]

    @property
    def nbytes(self) -> int:
        """How much memory the copies take."""
        return sum(copy.nbytes + _OVERHEAD for copy in self._kept.values())
