"""What the engine is given: a network, its data, and how it learns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
BiasKind = Literal["row", "separate", "shared", "none"]


class Layer(NamedTuple):
    """One layer: how many units it has and the name of their activation."""

    units: int
    activation: str


@dataclass(frozen=True)
class Setup:
    """A network, its data and its update rule, checked and whole, as arrays and names.

    Shapes: inputs (observations, units of layer 0), targets (observations, units of the last
    layer); one matrix of weights per layer, (units before, units), with the biases as an
    additional row 0 where ``bias`` is ``row``; one bias per layer, (1, units) where it is
    ``separate``, (1, 1) where it is ``shared``, none otherwise.
    ``settings`` are the numbers of the update rule, ``learning_rate`` among them.
    ``frozen`` names parameters that do not learn: ``W2``, ``b1``.
    ``state`` is what the update rule remembers at the start, by name (``m.W1_old``), 0 where it
    is not given; ``updates_before`` how many updates it has counted by then.
    ``products`` is ``blas``, or ``ordered``: every sum of a product in the same order, whatever
    the column, so that equal units stay equal bit for bit.
    """

    inputs: Array
    targets: Array
    layers: tuple[Layer, ...]
    weights: tuple[Array, ...]
    biases: tuple[Array, ...] = ()
    bias: BiasKind = "none"
    frozen: frozenset[str] = frozenset()
    loss: str = "squared-error"
    reduction: Literal["sum", "mean"] = "sum"
    rule: str = "gradient-descent"
    settings: Mapping[str, float] = field(default_factory=lambda: {"learning_rate": 0.1})
    arithmetic: Literal["float64", "float32"] = "float64"
    products: Literal["blas", "ordered"] = "blas"
    state: Mapping[str, Array] = field(default_factory=dict)
    updates_before: int = 0

    @property
    def widths(self) -> tuple[int, ...]:
        """Units per layer, the inputs first: (2, 3, 3, 2)."""
        return (self.inputs.shape[1], *(layer.units for layer in self.layers))

    @property
    def observations(self) -> int:
        """How many rows of data there are."""
        return int(self.inputs.shape[0])
