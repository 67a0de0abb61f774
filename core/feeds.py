"""What follows from the number of an iteration: the rows of a batch, the mask of a dropout.

Everything drawn here is a function of a seed and that number, so that time stays one of the
moment alone; draws are made for some iterations at once, and kept until others are asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from chainstep.core.setup import Array, Batches, Layer

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AT_ONCE = 65_536  # numbers that are drawn in one go
_MOST = 256  # iterations, or epochs


def _several(numbers: int) -> int:
    """For how many iterations to draw at once."""
    return max(1, min(_MOST, _AT_ONCE // max(1, numbers)))


def updates_per_epoch(batches: Batches | None, observations: int) -> int:
    """How many updates it takes until every observation has had its turn."""
    if batches is None:
        return 1
    whole, rest = divmod(observations, batches.size)
    return whole + (rest > 0 and batches.last == "smaller")


def rows_of_update(batches: Batches, observations: int) -> Callable[[int], NDArray[np.intp]]:
    """Which rows of the data the update of an iteration works on, in its order."""
    per_epoch = updates_per_epoch(batches, observations)
    together = _several(observations)
    given = np.arange(observations)

    @lru_cache(maxsize=2)
    def orders(block: int) -> NDArray[np.intp]:
        generator = np.random.default_rng([batches.seed, block])
        return generator.permuted(np.tile(given, (together, 1)), axis=1)

    def rows(iteration: int) -> NDArray[np.intp]:
        epoch, update = divmod(iteration - 1, per_epoch)
        order = given
        if batches.order == "shuffled":
            order = orders(epoch // together)[epoch % together]
        return order[update * batches.size : (update + 1) * batches.size]

    return rows


def masks(layer: Layer, number: int, shape: tuple[int, int]) -> Callable[[int], Array]:
    """What a dropout layer multiplies by in an iteration: 0, or what keeps the mean as it was.

    Shapes: (observations, units) of the largest batch.
    """
    kept = 1 - layer.settings.get("rate", 0.0)
    if layer.masks:
        return lambda iteration: layer.masks[(iteration - 1) % len(layer.masks)] / kept
    together = _several(shape[0] * shape[1])
    seed = int(layer.settings["seed"])

    @lru_cache(maxsize=2)
    def drawn(block: int) -> Array:
        generator = np.random.default_rng([seed, number, block])
        found: Array = (generator.random((together, *shape)) < kept) / kept
        return found

    def at(iteration: int) -> Array:
        block, within = divmod(iteration - 1, together)
        mask: Array = drawn(block)[within]
        return mask

    return at
