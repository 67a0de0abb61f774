"""Scenarios that somebody may have meant: the same network, written down otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from chainstep.core.setup import Array, Setup


class Meant(NamedTuple):
    """Another scenario under which numbers may be right, and what is said if they are.

    ``certain`` where nothing but this makes all numbers right, unless a mistake does too.
    """

    setup: Setup
    says: str
    certain: bool


def meant(setup: Setup) -> Iterator[Meant]:
    """The scenarios that are looked at where numbers are not right under the one given."""
    turned = _turned(setup)
    if turned is not None:
        yield Meant(
            turned,
            "your square weights stand as units × inputs: all of it is right if those of the "
            "scenario, which are read as inputs × units, are turned",
            certain=True,
        )
    if setup.reduction == "sum" and setup.observations > 1:
        yield Meant(
            setup._replace(reduction="mean"),
            f"all of it is right if the cost is a mean over the {setup.observations} "
            "observations: the scenario's is a sum (`reduction: mean` makes it one)",
            certain=False,
        )


def _turned(setup: Setup) -> Setup | None:
    """The network with every square matrix of weights transposed; None where that is the same."""
    rows = int(setup.bias == "row")

    def turn(matrix: Array) -> Array:
        below = matrix[rows:]
        if below.shape[0] != below.shape[1]:
            return matrix
        return np.concatenate([matrix[:rows], below.T])

    weights = tuple(turn(matrix) for matrix in setup.weights)
    if all(np.array_equal(a, b) for a, b in zip(weights, setup.weights, strict=True)):
        return None
    return setup._replace(weights=weights)
