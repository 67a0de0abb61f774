"""What a network's numbers are at any iteration, and how far a machine may lie from them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np

from chainstep.core.check.written_numbers import Floats
from chainstep.core.expression_parts import evaluate
from chainstep.core.network import build
from chainstep.core.program import Program, Step
from chainstep.core.quantities import Kind, Quantity
from chainstep.core.setup import Array, Setup
from chainstep.core.stepper import Stepper

Arithmetic = Literal["float64", "float32"]

EPSILON = {"float64": 2.0**-52, "float32": 2.0**-23}
#: How many runs that round otherwise are looked at, and how many times as far a machine may lie.
_OTHERS, _SAFETY = 4, 3.0
_AMPLIFIED = 100.0  # how much of that uncertainty an iteration may add
_DRIFT = 16.0  # how many times the distance of two long runs a third one may lie away
_MOST = {"float64": 1e-9, "float32": 1e-4}  # of the largest number: rounding makes no more of it


class Bound(NamedTuple):
    """The engine's numbers of a quantity, and how far another machine's may lie from them."""

    value: Floats
    radius: Floats


def step_value(step: Step, values: Mapping[str, Any]) -> Any:
    """What a step makes of given quantities; the short way where it must."""
    value = evaluate(step.expression, values)
    if step.short is None:
        return value
    known = all(np.isfinite(1 / evaluate(d, values)).all() for d in step.short.divisors)
    return value if known else evaluate(step.short.expression, values)


def start_values(program: Program) -> dict[str, Floats]:
    """What iteration 1 starts from: data, parameters, and states of 0."""
    found = {
        quantity.name: np.asarray(
            program.starting.get(quantity.name, np.zeros(quantity.shape)), dtype=np.float64
        ).reshape(quantity.shape)
        for quantity in program.start
    }
    return found | fed_values(program, 1)


def fed_values(program: Program, iteration: int) -> dict[str, Floats]:
    """What follows from the number of the iteration: Adam's t, the rows of a batch."""
    return {
        feed.quantity.name: np.asarray(feed.at(iteration), dtype=np.float64).reshape(
            feed.quantity.shape
        )
        for feed in program.feeds
    }


def in_arithmetic(setup: Setup, arithmetic: Arithmetic) -> Setup:
    """The network in another arithmetic; data in single precision become the decimals meant."""
    if setup.arithmetic == arithmetic:
        return setup

    def cast(array: Array) -> Array:
        if array.dtype == np.float32:
            return np.array([float(str(x)) for x in array.ravel()]).reshape(array.shape)
        return array

    return setup._replace(
        arithmetic=arithmetic,
        inputs=cast(setup.inputs),
        targets=cast(setup.targets),
        weights=tuple(map(cast, setup.weights)),
        biases=tuple(map(cast, setup.biases)),
    )


def nudged(setup: Setup) -> Setup:
    """The network with its weights changed in their last bits, as other rounding would."""
    generator = np.random.default_rng(0)
    eps = EPSILON[setup.arithmetic]
    return setup._replace(
        weights=tuple(w * (1 + 2 * eps * generator.uniform(-1, 1, w.shape)) for w in setup.weights),
    )


class Truth:
    """The engine's numbers of one network, iteration by iteration, and bounds around them."""

    def __init__(self, setup: Setup, arithmetic: Arithmetic | None = None) -> None:
        self.arithmetic: Arithmetic = arithmetic or setup.arithmetic
        self.setup = in_arithmetic(setup, self.arithmetic)
        self.program = build(self.setup)
        self.eps = EPSILON[self.arithmetic]
        self._values: dict[int, dict[str, Floats]] = {}
        self._bounds: dict[int, dict[str, Bound]] = {}
        self._relative: dict[tuple[int, str], tuple[Floats, Floats]] = {}

    @cached_property
    def stepper(self) -> Stepper:
        """What steps through the right program."""
        return Stepper(self.program)

    @cached_property
    def _others(self) -> tuple[Stepper, ...]:
        """Runs that differ from this one by rounding alone."""
        other: Arithmetic = "float32" if self.arithmetic == "float64" else "float64"
        setups = (in_arithmetic(self.setup, other), nudged(self.setup))
        return tuple(map(Stepper, setups))

    def values(self, iteration: int) -> dict[str, Floats]:
        """All quantities of an iteration, as the engine computes them."""
        if iteration not in self._values:
            self.stepper.goto(iteration)
            self.stepper.iterate()
            self._values[iteration] = {
                q: np.asarray(self.stepper[q], dtype=np.float64) for q in self.stepper.present
            }
        return self._values[iteration]

    def start(self, iteration: int) -> dict[str, Bound]:
        """What an iteration starts from, as far as any machine's rounding leaves it certain."""
        values = self.values(iteration)
        found = {}
        for quantity in self.program.start:
            value = values[quantity.name]
            radius = self.eps * np.abs(value)
            if iteration > 1:
                radius = 4 * radius + self._drift(quantity, iteration, value)
            found[quantity.name] = Bound(value, radius)
        return found

    def _drift(self, quantity: Quantity, iteration: int, value: Floats) -> float:
        """How far runs of other rounding have come away from this one."""
        if quantity.kind is Kind.DATA or quantity.name in self.program.fed:
            return 0.0
        distances = []
        for other in self._others:
            other.goto(iteration)
            distances.append(float(np.max(np.abs(other[quantity.name] - value), initial=0.0)))
        scale = 2.0**-29 if self.arithmetic == "float64" else 1.0
        largest = float(np.max(np.abs(value), initial=0.0))
        drift = _DRIFT * max(scale * distances[0], distances[1])
        return drift if np.isfinite(drift) else _MOST[self.arithmetic] * largest

    def bounds(self, iteration: int) -> dict[str, Bound]:
        """All quantities of an iteration, with all that rounding may make of them."""
        if iteration not in self._bounds:
            values = self.values(iteration)
            runs = [self._shaken(iteration, seed) for seed in range(_OTHERS)]
            most = max(_MOST[self.arithmetic], self._uncertain(iteration))
            self._bounds[iteration] = {
                name: self._around(value, [run[name] for run in runs], most)
                for name, value in values.items()
            }
        return self._bounds[iteration]

    def relative(self, iteration: int, name: str) -> tuple[Floats, Floats]:
        """The radius by the largest number of a quantity, and where the number is not known."""
        if (iteration, name) not in self._relative:
            value, radius = self.bounds(iteration)[name]
            largest = float(np.max(np.abs(value), initial=0.0))
            unknown = np.where(radius >= np.abs(value), radius, 0.0)
            with np.errstate(all="ignore"):
                part = np.nan_to_num(radius / largest) if largest else np.zeros_like(radius)
            self._relative[iteration, name] = part, unknown
        return self._relative[iteration, name]

    def _uncertain(self, iteration: int) -> float:
        """The part of a number that runs of other rounding leave open at a late iteration."""
        if iteration == 1:
            return 0.0
        parts = [
            float(np.max(bound.radius, initial=0.0) / largest)
            for bound in self.start(iteration).values()
            if (largest := float(np.max(np.abs(bound.value), initial=0.0))) > 0
        ]
        return _AMPLIFIED * max(parts, default=0.0)

    def _shaken(self, iteration: int, seed: int) -> dict[str, Any]:
        """An iteration in which every number is off by about its last bit."""
        generator = np.random.default_rng(seed)
        found: dict[str, Any] = {}

        def off(value: Any, radius: Any) -> Any:
            return value + radius * generator.uniform(-1, 1, np.shape(value))

        for name, bound in self.start(iteration).items():
            found[name] = off(bound.value, bound.radius)
        with np.errstate(all="ignore"):
            for step in self.program.steps:
                value = np.asarray(step_value(step, found), dtype=np.float64)
                value = value.reshape(step.quantity.shape)
                found[step.quantity.name] = off(value, self.eps * np.abs(value))
        return found

    def _around(self, value: Floats, runs: list[Any], most: float) -> Bound:
        """The engine's number, as uncertain as the other runs lie away from it."""
        finite = np.abs(value[np.isfinite(value)])
        largest = float(finite.max()) if finite.size else 0.0
        most *= largest
        with np.errstate(all="ignore"):
            away = np.max([np.abs(run - value) for run in runs], axis=0)
            radius = _SAFETY * away + self.eps * np.abs(value) + self.eps * largest
        known = np.isfinite(radius)
        return Bound(value, np.where(known, np.minimum(radius, most), most))
