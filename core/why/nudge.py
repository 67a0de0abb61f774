"""A derivative found without the chain: a weight moved a little, and the network run forward."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from chainstep.core.expression_parts import evaluate, parts
from chainstep.core.expressions import Apply, Expression, Product
from chainstep.core.program import Program
from chainstep.core.quantities import Entry, InputError, Kind
from chainstep.core.records import Frame
from chainstep.core.setup import Array
from chainstep.core.stepper import Stepper
from chainstep.core.text.typed import resolved
from chainstep.core.why.chain import target
from chainstep.core.why.paths import sum_of_sizes

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KINKED = {np.maximum, np.minimum, np.absolute, np.heaviside}  # where a slope jumps


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
            f"--nudge moves a weight or a bias, and {entry} is a derivative by neither"
            f"{_mend(program)}"
        )
    name = quantity.by
    run = _Forward(frame, name, entry.position)
    weight = float(run.values[name][entry.position])
    step = float(np.cbrt(np.finfo(np.float64).eps)) * max(1.0, abs(weight))
    with np.errstate(all="ignore"):  # where a run has left the range, so does this
        return _measured(frame, entry, run, weight, step)


def _mend(program: Program) -> str:
    """The first parameter that has a gradient, to be asked about."""
    gradients = {q.by: q.name for q in program.quantities.values() if q.is_gradient}
    first = next((q.name for q in program.parameters if q.name in gradients), "")
    return f": give an entry of {first} or of {gradients[first]}" if first else ""


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
        one, other = (float(np.sum(end[self.program.cost])) for end in ends)
        kinked = any(
            bool((is_above(ends[0]) != is_above(ends[1])).any()) for is_above in self._kinks
        )
        return (one - other) / (above - below), (one, other), kinked

    @cached_property
    def _kinks(self) -> list[Callable[[Mapping[str, Array]], NDArray[np.bool_]]]:
        """Of everything forward that has a kink, on which side of it each number is."""
        return [
            partial(_is_above, part)
            for step in self.program.steps
            if step.phase == "forward"
            for part in _inside(step.expression)
            if isinstance(part, Apply) and part.function in _KINKED
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
        program, found = self.program, 0.0
        magnitudes = {name: np.abs(value) for name, value in self.chain.items()}
        for one in program.quantities.values():
            if one.kind is not Kind.DERIVATIVE or one.parameter or one.by not in program.numbers:
                continue
            size = magnitudes[one.by]
            if one.by == program.outputs:
                size = size + magnitudes.get(program.targets, 0.0)
            elif any(isinstance(p, Product) for p in _inside(program.step(one.by).expression)):
                size = evaluate(program.step(one.by).expression, magnitudes)
            found += float((magnitudes[one.name] * size).sum())
        return found

    def _run(self, moved: float) -> dict[str, Any]:
        values = dict(self.values)
        values[self.name] = values[self.name].copy()
        values[self.name][self.position] = moved
        return values | self.stepper.alone("forward", values)


def _inside(expression: Expression) -> Iterator[Expression]:
    """The expression, and all that it is made of."""
    yield expression
    for part in parts(expression, shown=False):
        yield from _inside(part)


def _is_above(part: Apply, values: Mapping[str, Array]) -> NDArray[np.bool_]:
    one, *others = (evaluate(each, values) for each in part.args)
    return np.asarray(one > (others[0] if others else 0))
