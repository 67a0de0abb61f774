"""What a network's numbers are at any iteration, and how far a machine may lie from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from chainstep.core.check.intervals import EPSILON, Interval, as_interval
from chainstep.core.expressions import evaluate
from chainstep.core.network import build
from chainstep.core.program import Program, Step
from chainstep.core.quantities import Quantity
from chainstep.core.setup import Array, Setup
from chainstep.core.stepper import Stepper

Arithmetic = Literal["float64", "float32"]

#: How many times the distance of two runs a third one may lie away.
_SAFETY = 16.0
_UNKNOWN = {"float64": 1e-9, "float32": 1e-4}  # of the largest number, where no bound is found


def step_value(step: Step, values: Mapping[str, Any]) -> Any:
    """What a step makes of given quantities, numbers or intervals; the short way where it must."""
    value = evaluate(step.expression, values)
    if step.short is None:
        return value
    if isinstance(value, Interval):
        known = bool(np.isfinite(value.low).all() and np.isfinite(value.high).all())
    else:
        known = all(np.isfinite(1 / evaluate(d, values)).all() for d in step.short.divisors)
    return value if known else evaluate(step.short.expression, values)


def start_values(program: Program) -> dict[str, Array]:
    """What iteration 1 starts from: data, parameters, and states of 0."""
    setup = program.setup
    given: dict[str, Any] = {"a0": setup.inputs, "y": setup.targets, "t": 1.0}
    given |= {f"W{k}": matrix for k, matrix in enumerate(setup.weights, start=1)}
    given |= {f"b{k}": bias for k, bias in enumerate(setup.biases, start=1)}
    return {
        quantity.name: np.asarray(
            given.get(quantity.name, np.zeros(quantity.shape)), dtype=np.float64
        ).reshape(quantity.shape)
        for quantity in program.start
    }


def all_values(program: Program, start: Mapping[str, Any]) -> dict[str, Any]:
    """All quantities of an iteration, from what it starts with."""
    values = dict(start)
    with np.errstate(all="ignore"):
        for step in program.steps:
            values[step.quantity.name] = step_value(step, values)
    return values


def in_arithmetic(setup: Setup, arithmetic: Arithmetic) -> Setup:
    """The network in another arithmetic; data in single precision become the decimals meant."""
    if setup.arithmetic == arithmetic:
        return setup

    def cast(array: Array) -> Array:
        if array.dtype == np.float32:
            return np.array([float(str(x)) for x in array.ravel()]).reshape(array.shape)
        return array

    return replace(
        setup,
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
    return replace(
        setup,
        weights=tuple(w * (1 + 2 * eps * generator.uniform(-1, 1, w.shape)) for w in setup.weights),
    )


class Truth:
    """The engine's numbers of one network, iteration by iteration, and bounds around them."""

    def __init__(self, setup: Setup, arithmetic: Arithmetic | None = None) -> None:
        self.arithmetic: Arithmetic = arithmetic or setup.arithmetic
        self.setup = in_arithmetic(setup, self.arithmetic)
        self.program = build(self.setup)
        self.eps = EPSILON[self.arithmetic]
        self._values: dict[int, dict[str, Array]] = {}
        self._bounds: dict[int, dict[str, Interval]] = {}

    @cached_property
    def _stepper(self) -> Stepper:
        return Stepper(self.program)

    @cached_property
    def _others(self) -> tuple[Stepper, ...]:
        """Runs that differ from this one by rounding alone."""
        other: Arithmetic = "float32" if self.arithmetic == "float64" else "float64"
        setups = (in_arithmetic(self.setup, other), nudged(self.setup))
        return tuple(map(Stepper, setups))

    def values(self, iteration: int) -> dict[str, Array]:
        """All quantities of an iteration, as the engine computes them."""
        if iteration not in self._values:
            self._stepper.goto(iteration)
            self._stepper.iterate()
            self._values[iteration] = {q: self._stepper[q] for q in self._stepper.present}
        return self._values[iteration]

    def start(self, iteration: int) -> dict[str, Interval]:
        """What an iteration starts from, as far as any machine's rounding leaves it certain."""
        values = self.values(iteration)
        found = {}
        for quantity in self.program.start:
            value = np.asarray(values[quantity.name], dtype=np.float64)
            radius = self.eps * np.abs(value)
            if iteration > 1:
                radius = 8 * radius + self._drift(quantity, iteration, value)
            found[quantity.name] = Interval.around(value, radius, self.eps)
        return found

    def _drift(self, quantity: Quantity, iteration: int, value: Any) -> float:
        """How far runs of other rounding have come away from this one."""
        if quantity.name in {"a0", "y", "t"}:
            return 0.0
        distances = []
        for other in self._others:
            other.goto(iteration)
            distances.append(float(np.max(np.abs(other[quantity.name] - value), initial=0.0)))
        scale = 2.0**-29 if self.arithmetic == "float64" else 1.0
        largest = float(np.max(np.abs(value), initial=0.0))
        drift = _SAFETY * max(scale * distances[0], distances[1])
        return drift if np.isfinite(drift) else _UNKNOWN[self.arithmetic] * largest

    def bounds(self, iteration: int) -> dict[str, Interval]:
        """All quantities of an iteration, with all that rounding may make of them."""
        if iteration not in self._bounds:
            values = self.values(iteration)
            spread: dict[str, Any] = dict(self.start(iteration))
            for step in self.program.steps:
                spread[step.quantity.name] = as_interval(step_value(step, spread))
            self._bounds[iteration] = {
                name: self._around(values[name], spread[name]) for name in spread
            }
        return self._bounds[iteration]

    def _around(self, value: Array, spread: Interval) -> Interval:
        """The engine's own number, as uncertain as the interval is wide."""
        exact = np.asarray(value, dtype=np.float64)
        radius = 2 * spread.radius.reshape(exact.shape)
        if not np.isfinite(radius).all():
            finite = np.abs(exact[np.isfinite(exact)])
            largest = float(finite.max()) if finite.size else 0.0
            radius = np.where(np.isfinite(radius), radius, _UNKNOWN[self.arithmetic] * largest)
        return Interval.around(exact, radius, self.eps)
