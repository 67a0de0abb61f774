"""What the engine is given: a network, its data, and how it learns."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[np.floating]]  # an NDArray, without numpy.typing to be read
BiasKind = Literal["row", "separate", "shared", "none"]


class Layer(NamedTuple):
    """One layer: how many units it has and the name of their activation.

    ``kind`` is a row of core/layers.py, ``settings`` the numbers of its own that it takes, and
    ``masks`` those of a dropout that are given, in turn.
    """

    units: int
    activation: str
    kind: str = "dense"
    settings: Mapping[str, float] = MappingProxyType({})
    masks: tuple[Array, ...] = ()


class Batches(NamedTuple):
    """How the observations are parted: so many an update, in which order, the rest of an epoch.

    ``order`` is that of the data, or one drawn from ``seed`` anew in every epoch; ``last`` says
    whether fewer than ``size`` at the end of an epoch make a smaller batch or are dropped.
    """

    size: int
    order: Literal["given", "shuffled"] = "given"
    seed: int = 0
    last: Literal["smaller", "dropped"] = "smaller"


class Penalty(NamedTuple):
    """What large weights cost: ``strength`` times the sum of their squares.

    Halved where ``half`` is set, over the number of observations where ``per_observation`` is,
    and of the biases too where ``biases`` is.
    """

    strength: float
    half: bool = True
    per_observation: bool = False
    biases: bool = False


class Setup(NamedTuple):
    """A network, its data and its update rule, checked and whole, as arrays and names.

    Shapes: inputs (observations, units of layer 0), targets (observations, units of the last
    layer); one matrix of weights per layer, (units before, units), with the biases as an
    additional row 0 where ``bias`` is ``row``; one bias per layer, (1, units) where it is
    ``separate``, (1, 1) where it is ``shared``, none otherwise.
    ``settings`` are the numbers of the update rule, ``learning_rate`` among them.
    ``frozen`` names parameters that do not learn: ``W2``, ``b1``.
    Layers without weights have an empty matrix.
    ``state`` is what else there is at the start, by name: what the update rule remembers
    (``m.W1_old``), 0 where it is not given, and scales and shifts (``gamma2``). ``batches`` part
    the observations, ``penalty`` is a term of the cost, ``input_gradient`` asks for dC/da0.
    A loss that needs no targets is given a matrix of no columns. ``updates_before`` is how many
    updates were counted before the start.
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
    settings: Mapping[str, float] = MappingProxyType({"learning_rate": 0.1})
    arithmetic: Literal["float64", "float32"] = "float64"
    products: Literal["blas", "ordered"] = "blas"
    batches: Batches | None = None
    penalty: Penalty | None = None
    input_gradient: bool = False
    state: Mapping[str, Array] = MappingProxyType({})
    updates_before: int = 0

    @property
    def widths(self) -> tuple[int, ...]:
        """Units per layer, the inputs first: (2, 3, 3, 2)."""
        return (self.inputs.shape[1], *(layer.units for layer in self.layers))

    @property
    def observations(self) -> int:
        """How many rows of data there are."""
        return int(self.inputs.shape[0])
