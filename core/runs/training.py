"""How far a training is, looked at in one iteration: gradients, silent units, predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainstep.core.network import build
from chainstep.core.program import Program
from chainstep.core.setup import Array
from chainstep.core.stepper import Stepper
from chainstep.core.why.dead_units import dead_units

_GRID = (40, 20)  # points of a region across and down
_AROUND = 0.15  # of the data's extent, seen beyond it at each side


@dataclass(frozen=True)
class LayerSeen:
    """A layer in an iteration: how large its gradient is, and which of its units are silent.

    ``gradient`` is the root of the mean of its squares.
    """

    number: int
    units: int
    gradient: float
    dead: int
    saturated: int


@dataclass(frozen=True)
class Seen:
    """One iteration of a training: its cost, its layers, the outputs and what they should be.

    ``agrees`` says of each observation whether the output is nearer to its target than to any
    other target of the data.
    """

    iteration: int
    cost: float
    layers: tuple[LayerSeen, ...]
    predictions: Array
    targets: Array
    agrees: NDArray[np.bool_]
    regions: Regions | None = None


@dataclass(frozen=True)
class Regions:
    """What a network of two inputs answers over the plane: of one output its value, else a class.

    Row 0 is the top. ``points`` are the data as (row, column, class).
    """

    answers: Array
    classes: int
    points: tuple[tuple[int, int, int], ...]


class Watcher:
    """Looks at iterations of one program, from its parameters at any moment."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._whole = _over_all(program)
        self._plane = _Plane(program) if _is_flat(program) else None

    def see(self, iteration: int, parameters: Mapping[str, Array]) -> Seen:
        """The whole of an iteration, from the parameters and the state that it begins with."""
        known = self._whole.starting
        starting = {**known, **{name: parameters[name] for name in parameters if name in known}}
        stepper = Stepper(self._whole._replace(starting=starting))
        frame = stepper.iterate()[-1].frame
        return seen(frame, self._whole, iteration, self._regions(parameters))

    def _regions(self, parameters: Mapping[str, Array]) -> Regions | None:
        return self._plane.regions(parameters) if self._plane else None


def _over_all(program: Program) -> Program:
    """The program over all observations, where its updates work on some of them."""
    network = program.network
    if network is None or network.batches is None or program.mistakes:
        return program
    return build(network._replace(batches=None))


def seen(
    frame: Mapping[str, Array], program: Program, iteration: int, regions: Regions | None = None
) -> Seen:
    """What there is to see in the numbers of an iteration."""
    silent = dead_units(frame, program)
    layers = []
    for k in range(1, program.depth + 1):
        gradients = [
            frame[quantity.name]
            for quantity in program.quantities.values()
            if quantity.is_gradient and quantity.layer == k
        ]
        if not gradients:  # a layer without parameters
            continue
        of_layer = [each for each in silent if each.layer == k]
        saturated = sum(len(each.units) for each in of_layer if each.cause == "saturated")
        layers.append(
            LayerSeen(
                k,
                program.widths[k],
                _size(gradients),
                sum(len(each.units) for each in of_layer) - saturated,
                saturated,
            )
        )
    predictions, targets = frame[program.outputs], frame[program.targets]
    agrees = _nearest(predictions, targets)
    cost = float(frame[program.cost])
    return Seen(iteration, cost, tuple(layers), predictions, targets, agrees, regions)


def _size(gradients: list[Array]) -> float:
    every = np.concatenate([np.ravel(each) for each in gradients]).astype(np.float64)
    with np.errstate(all="ignore"):
        return float(np.sqrt(np.mean(np.square(every))))


def _nearest(predictions: Array, targets: Array) -> NDArray[np.bool_]:
    """Whether each output is nearer to its own target than to the others."""
    different = np.unique(targets, axis=0)
    own: NDArray[np.bool_] = _class_of(predictions, different) == _class_of(targets, different)
    return own


def _class_of(outputs: Array, different: Array) -> NDArray[np.int64]:
    with np.errstate(all="ignore"):
        apart = np.square(outputs[:, None, :].astype(np.float64) - different[None, :, :]).sum(2)
    found: NDArray[np.int64] = apart.argmin(axis=1)
    return found


# ── two inputs ────────────────────────────────────────────────────────────────────────────


def _is_flat(program: Program) -> bool:
    """Whether there are two inputs, and every layer takes any number of observations."""
    layers = program.network.layers if program.network else ()
    return program.widths[:1] == (2,) and all(layer.kind == "dense" for layer in layers)


class _Plane:
    """The network of a program, over a grid of points in place of its data."""

    def __init__(self, program: Program) -> None:
        setup = program.setup
        inputs = np.asarray(setup.inputs, dtype=np.float64)
        self.low, self.high = _extent(inputs)
        wide, high = _GRID
        across = np.linspace(self.low[0], self.high[0], wide)
        down = np.linspace(self.high[1], self.low[1], high)
        grid = np.array([[x, y] for y in down for x in across])
        targets = np.zeros((len(grid), program.widths[-1]))
        whole = setup._replace(inputs=grid, targets=targets, state={}, batches=None)
        self.stepper = Stepper(build(whole))
        self.outputs = program.outputs
        self.different = _answers_of(np.asarray(setup.targets))
        self.points = self._points(inputs, np.asarray(setup.targets))

    def _points(self, inputs: Array, targets: Array) -> tuple[tuple[int, int, int], ...]:
        wide, high = _GRID
        share = (inputs - self.low) / (self.high - self.low)
        columns = np.rint(share[:, 0] * (wide - 1)).astype(int).tolist()
        rows = np.rint((1 - share[:, 1]) * (high - 1)).astype(int).tolist()
        classes = _class_of(targets, self.different).tolist()
        return tuple(zip(rows, columns, classes, strict=True))

    def regions(self, parameters: Mapping[str, Array]) -> Regions:
        """The answers over the grid, for these parameters."""
        wide, high = _GRID
        named = {
            quantity.name: parameters[quantity.name] for quantity in self.stepper.program.parameters
        }
        found = self.stepper.alone("forward", named)[self.outputs]
        if found.shape[1] == 1:
            return Regions(found.reshape(high, wide), 1, self.points)
        classes = _class_of(found, self.different)
        answers = classes.astype(np.float64).reshape(high, wide)
        return Regions(answers, found.shape[1], self.points)


def _answers_of(targets: Array) -> Array:
    """What an answer may be: one of the targets of one output, or one output of several."""
    return np.unique(targets, axis=0) if targets.shape[1] == 1 else np.eye(targets.shape[1])


def _extent(inputs: Array) -> tuple[Array, Array]:
    """The corners of the plane: the data's, and a little around them."""
    low, high = inputs.min(axis=0), inputs.max(axis=0)
    width = np.where(high > low, high - low, 1.0)
    return low - _AROUND * width, high + _AROUND * width
