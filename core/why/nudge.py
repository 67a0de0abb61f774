"""A derivative found without the chain: a weight moved a little, and the network run forward."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from chainstep.core.expression_parts import evaluate, parts
from chainstep.core.expressions import Product
from chainstep.core.quantities import Entry, InputError, Kind
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
    if not quantity.is_gradient:
        raise InputError(
            f"--nudge moves a weight or a bias, and {entry} is a derivative by neither: "
            "give an entry of W1 or of dC/dW1"
        )
    name = quantity.by
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
        program = frame.layout.program
        self.name, self.position = name, position
        self.program = program
        self.values: dict[str, Array] = {
            quantity.name: frame[quantity.name].astype(np.float64) for quantity in program.start
        }
        self.stepper = Stepper(program.standing(self.values)._replace(arithmetic="float64"))

    def slope(self, weight: float, step: float) -> tuple[float, tuple[float, float], bool]:
        """The central difference, the two costs, and whether a kink lies between them."""
        above, below = weight + step, weight - step
        ends = [self._run(moved) for moved in (above, below)]
        one, other = (float(end[self.stepper.program.cost]) for end in ends)
        kinked = any(
            bool(((ends[0][z] > kink) != (ends[1][z] > kink)).any()) for z, kink in self._kinks
        )
        return (one - other) / (above - below), (one, other), kinked

    @cached_property
    def _kinks(self) -> list[tuple[str, float]]:
        """The pre-activations, each with a place where the slope of its activation jumps."""
        layers = [(f"z{k}", self.program.activation(k)) for k in range(1, self.program.depth + 1)]
        return [
            (z, kink)
            for z, activation in layers
            if activation and z in self.program.quantities
            for kink in activation.kinks
        ]

    @cached_property
    def chain(self) -> dict[str, Array]:
        """All numbers of the iteration in double precision, with nothing moved."""
        values = self.values | self.stepper.alone("forward", self.values)
        return values | self.stepper.alone("backward", values)

    def sizes(self) -> float:
        """What the cost's own rounding is measured by: every sum on the way, by its weight in C.

        A pre-activation is rounded by its terms' sizes, and delta says how much the cost changes
        with it; for an output, which the loss may subtract from a target, dC/da does.
        """
        program, known = self.program, self.chain
        outputs, magnitudes = program.outputs, {name: np.abs(v) for name, v in known.items()}
        targets = magnitudes.get(program.targets, 0.0)
        found = float((magnitudes[f"dC/d{outputs}"] * (magnitudes[outputs] + targets)).sum())
        for one in program.quantities.values():
            of_unit = one.kind is Kind.DERIVATIVE and not one.parameter and one.by != outputs
            if of_unit and one.by in program.numbers:
                expression = program.step(one.by).expression
                summed = any(
                    isinstance(part, Product)
                    for part in (expression, *parts(expression, shown=False))
                )
                size = evaluate(expression, magnitudes) if summed else magnitudes[one.by]
                found += float((magnitudes[one.name] * size).sum())
        return found

    def _run(self, moved: float) -> dict[str, Any]:
        values = dict(self.values)
        values[self.name] = values[self.name].copy()
        values[self.name][self.position] = moved
        return self.stepper.alone("forward", values)
