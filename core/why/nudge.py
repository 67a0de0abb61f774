"""A derivative found without the chain: a weight moved a little, and the network run forward."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.quantities import Entry, InputError
from chainstep.core.records import Frame
from chainstep.core.setup import Array
from chainstep.core.stepper import Stepper
from chainstep.core.text.typed import resolved
from chainstep.core.why.chain import target
from chainstep.core.why.paths import sum_of_sizes


@dataclass(frozen=True)
class Nudge:
    """A central difference of the cost, in double precision, beside the chain's number.

    ``accuracy`` is what the difference itself may be off by: the rounding of the two costs over
    the step, and what the curve adds, told from a step twice as long. ``in_double`` is the
    chain's number in double precision, where the run has less. ``kinked`` says that a
    pre-activation crosses a kink of its activation between the two ends.
    """

    entry: Entry
    chain: float
    value: float
    step: float
    costs: tuple[float, float]
    accuracy: float
    in_double: float
    kinked: bool

    @property
    def agrees(self) -> bool:
        """Whether the two differ by no more than they may be off by."""
        return abs(self.value - self.in_double) <= self.accuracy


def nudge(frame: Frame, asked: Entry) -> Nudge:
    """The derivative of the cost by a weight or a bias, by moving it up and down.

    Raises: InputError where the entry is no derivative of the cost by a parameter.
    """
    program = frame.layout.program
    entry = target(program, resolved(program, asked))
    quantity = program.quantities[entry.quantity]
    if quantity.role not in {"dC/dW", "dC/db"}:
        raise InputError(
            f"--nudge moves a weight or a bias, and {entry} is a derivative by neither: "
            "give an entry of W1 or of dC/dW1"
        )
    name = entry.quantity.removeprefix("dC/d")
    run = _Forward(frame, name, entry.position)
    weight = float(run.values[name][entry.position])
    step = float(np.cbrt(np.finfo(np.float64).eps)) * max(1.0, abs(weight))
    with np.errstate(all="ignore"):  # where a run has left the range, so does this
        return _measured(frame, entry, run, weight, step)


def _measured(frame: Frame, entry: Entry, run: _Forward, weight: float, step: float) -> Nudge:
    value, costs, kinked = run.slope(weight, step)
    wider, _, _ = run.slope(weight, 2 * step)
    epsilon = float(np.finfo(np.float64).eps)
    rounding = 8 * epsilon * (max(map(abs, costs)) + run.sizes()) / step
    accuracy = rounding + abs(wider - value) + 64 * epsilon * sum_of_sizes(frame, entry)
    chained = float(frame[entry.quantity][entry.position])
    in_double = float(run.chain[entry.quantity][entry.position])
    return Nudge(entry, chained, value, step, costs, accuracy, in_double, kinked)


class _Forward:
    """Forward phases of the network of a frame, in double precision, with one number moved."""

    def __init__(self, frame: Frame, name: str, position: tuple[int, ...]) -> None:
        setup = frame.layout.program.setup
        self.name, self.position = name, position
        self.activations = [ACTIVATIONS[layer.activation] for layer in setup.layers]
        self.values: dict[str, Array] = {
            quantity.name: frame[quantity.name].astype(np.float64)
            for quantity in frame.layout.program.start
            if quantity.role in {"W", "b", "a", "y"}
        }
        program = frame.layout.program
        self.stepper = Stepper(replace(program, arithmetic="float64", starting=self.values))

    def slope(self, weight: float, step: float) -> tuple[float, tuple[float, float], bool]:
        """The central difference, the two costs, and whether a kink lies between them."""
        above, below = weight + step, weight - step
        ends = [self._run(moved) for moved in (above, below)]
        one, other = (float(end["C"]) for end in ends)
        kinked = any(
            bool(((ends[0][f"z{k}"] > kink) != (ends[1][f"z{k}"] > kink)).any())
            for k, activation in enumerate(self.activations, start=1)
            for kink in activation.kinks
        )
        return (one - other) / (above - below), (one, other), kinked

    @cached_property
    def chain(self) -> dict[str, Array]:
        """All numbers of the iteration in double precision, with nothing moved."""
        values = self.values | self.stepper.alone("forward", self.values)
        return values | self.stepper.alone("backward", values)

    def sizes(self) -> float:
        """What the cost's own rounding is measured by: every sum on the way, by its weight in C.

        A pre-activation is rounded by its terms' sizes, and the cost answers to it by delta; to
        an output, which the loss may subtract from a target, it answers by dC/da.
        """
        known, depth = self.chain, len(self.activations)
        total = np.abs(known[f"dC/da{depth}"] * (np.abs(known[f"a{depth}"]) + np.abs(known["y"])))
        found = float(total.sum())
        for k in range(1, depth + 1):
            came, weights = np.abs(known[f"dz{k}/dW{k}"].T), np.abs(known[f"W{k}"])
            biases = np.abs(known[f"b{k}"]) if f"b{k}" in known else 0.0
            found += float((np.abs(known[f"delta{k}"]) * (came @ weights + biases)).sum())
        return found

    def _run(self, moved: float) -> dict[str, Any]:
        values = dict(self.values)
        values[self.name] = values[self.name].copy()
        values[self.name][self.position] = moved
        return self.stepper.alone("forward", values)
