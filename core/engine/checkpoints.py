"""Weights and rule state of some iterations, in bounded memory, evenly spread over a run."""

from __future__ import annotations

from chainstep.core.engine.spill import FILE_BYTES, Spill
from chainstep.core.expression_parts import parts
from chainstep.core.expressions import Expression, Product
from chainstep.core.program import Program
from chainstep.core.setup import Array

DEFAULT_BYTES = 8 * 2**20
_OVERHEAD = 200  # bytes of a small array's own bookkeeping, measured with sys.getsizeof and dict


class Checkpoints:
    """Copies of what is carried into iterations 1, 1 + spacing, 1 + 2·spacing and so on.

    ``spacing`` is what it begins with, a power of two. When the store is full the spacing
    doubles and every other copy goes, so that it holds at most ``limit`` bytes of memory (and
    always two copies) however long the run. Past ``coarsest``, where computing from one copy to
    the next would take too long, copies go to a temporary file instead, up to ``file_limit``
    bytes of it; where that is full too, the spacing doubles after all.
    """

    def __init__(
        self,
        start: Array,
        limit: int = DEFAULT_BYTES,
        spacing: int = 1,
        *,
        coarsest: int | None = None,
        file_limit: int = FILE_BYTES,
    ) -> None:
        self.capacity = max(2, limit // (start.nbytes + _OVERHEAD))
        self.spacing = spacing
        self.coarsest = coarsest
        self._kept: dict[int, Array] = {1: start.copy()}
        self._spill = Spill(start, file_limit)

    def next_after(self, iteration: int) -> int:
        """The first iteration after this one that would be kept."""
        return iteration + self.spacing - (iteration - 1) % self.spacing

    def offer(self, iteration: int, carried: Array) -> None:
        """Keeps a copy where the iteration is one to keep and not known yet."""
        if (iteration - 1) % self.spacing or iteration in self._kept or iteration in self._spill:
            return
        full = len(self._kept) >= self.capacity
        if full and self._is_coarse and self._spill.put(iteration, carried):
            return
        self._kept[iteration] = carried.copy()
        while len(self._kept) > self.capacity:
            self._thin()

    @property
    def _is_coarse(self) -> bool:
        return self.coarsest is not None and 2 * self.spacing > self.coarsest

    def _thin(self) -> None:
        self.spacing *= 2
        self._kept = {n: copy for n, copy in self._kept.items() if not (n - 1) % self.spacing}
        self._spill.keep_only(lambda n: not (n - 1) % self.spacing)

    def before(self, iteration: int) -> tuple[int, Array]:
        """The latest kept iteration that is not after this one, and what it began with."""
        candidate = iteration - (iteration - 1) % self.spacing
        while candidate not in self._kept and candidate not in self._spill:
            candidate -= self.spacing
        if candidate in self._kept:
            return candidate, self._kept[candidate]
        return candidate, self._spill.read(candidate)

    @property
    def nbytes(self) -> int:
        """How much memory the copies take."""
        return sum(copy.nbytes + _OVERHEAD for copy in self._kept.values())

    @property
    def file_nbytes(self) -> int:
        """How much of a temporary file the copies take that are not in memory."""
        return self._spill.nbytes


def spacings(program: Program) -> tuple[int, int]:
    """How far apart checkpoints may lie: some 2 ms of computing at first, 10 ms at most."""
    microseconds = 30 + sum(_multiplications(step.expression) for step in program.steps) / 10_000
    return _power_of_two(2000 / microseconds), max(2, _power_of_two(10_000 / microseconds))


def _multiplications(expression: Expression) -> int:
    """How many the matrix products in an expression take; what comes with them takes less."""
    own = 0
    if isinstance(expression, Product):
        own = expression.left.shape[0] * expression.left.shape[1] * expression.right.shape[1]
    return own + sum(map(_multiplications, parts(expression, shown=False)))


def _power_of_two(most: float) -> int:
    """The largest power of two that is no more; 1 at least."""
    return 1 << max(0, int(most).bit_length() - 1)
