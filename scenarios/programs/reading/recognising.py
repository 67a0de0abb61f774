"""Finds which derivative a number of the program is: up to sign, a constant and a transpose."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainstep.scenarios.programs.seeing.values import Array, Value

#: How far, of its own size, a value may be from what it is taken for.
CLOSE = 1e-7


#: What is as good as 0: the rounding of sums that cancel.
NOTHING = 1e-14


#: The same where the program computes in float32.
CLOSE_SINGLE = 3e-4


@dataclass(frozen=True)
class Truth:
    """The derivative of the cost by a value; by way of one of its uses where ``way`` is set."""

    of: Value
    value: Any
    way: Value | None = None


@dataclass(frozen=True)
class Match:
    """A value is ``factor`` times the derivative, or its transpose; 0 where both are 0."""

    truth: Truth
    factor: float
    transposed: bool = False
    decay: float = 0.0

    @property
    def of(self) -> Value:
        return self.truth.of


class Known:
    """All derivatives of a cost, to find values among them."""

    def __init__(self, truths: list[Truth], constants: set[float], close: float) -> None:
        self.close = close
        self._arrays: dict[int, list[tuple[Truth, Array, Array, float]]] = {}
        self.zeros: list[Truth] = []
        numbers: list[tuple[float, Truth]] = []
        for truth in truths:
            array = np.asarray(truth.value, dtype=float)
            if not np.all(np.isfinite(array)):
                continue
            norm = float(np.linalg.norm(array))
            if norm < NOTHING:
                self.zeros.append(truth)
            elif array.size == 1:
                numbers.append((float(array.reshape(())), truth))
            else:
                row = (truth, array, array.ravel(), norm)
                self._arrays.setdefault(array.size, []).append(row)
        self._numbers = np.array([number for number, _ in numbers])
        self._truths = [truth for _, truth in numbers]
        self._logs = np.array(sorted(math.log(abs(c)) for c in constants if c))

    def matches(self, given: Any) -> list[Match]:
        """Everything that a value is, the simplest first."""
        value = np.asarray(given, dtype=float)
        if not np.all(np.isfinite(value)):
            return []
        if value.size == 1:
            return self._number(float(value.reshape(())))
        norm = float(np.linalg.norm(value))
        if norm < NOTHING:
            return [Match(t, 0.0) for t in self.zeros if _alike(value.shape, np.shape(t.value))]
        found: list[Match] = []
        flat = value.ravel()
        for truth, array, entries, size in self._arrays.get(value.size, ()):
            if _alike(value.shape, array.shape):
                factor = float(flat @ entries) / size**2
                if np.linalg.norm(flat - factor * entries) <= self.close * norm:
                    found.append(Match(truth, factor))
                    continue
            if _alike(value.shape, array.shape[::-1]) and array.ndim == 2:
                turned = array.T.ravel()
                factor = float(flat @ turned) / size**2
                if np.linalg.norm(flat - factor * turned) <= self.close * norm:
                    found.append(Match(truth, factor, transposed=True))
        return found

    def _number(self, value: float) -> list[Match]:
        if abs(value) < NOTHING:
            return [Match(t, 0.0) for t in self.zeros if np.size(t.value) == 1]
        if not len(self._numbers):
            return []
        with np.errstate(all="ignore"):
            ratios = value / self._numbers
            logs = np.log(np.abs(ratios))
        place = np.searchsorted(self._logs, logs)
        near = np.full(len(logs), np.inf)
        for shift in (-1, 0):
            at = np.clip(place + shift, 0, len(self._logs) - 1)
            near = np.minimum(near, np.abs(logs - self._logs[at]))
        found = np.flatnonzero(near <= self.close)
        matches = [Match(self._truths[n], float(ratios[n])) for n in found[:200]]
        return sorted(matches, key=lambda m: abs(math.log(abs(m.factor))))

    def is_of(self, given: Any, wanted: Value) -> Match | None:
        """The match of a value with the derivative by this one, where it is that."""
        for match in self.matches(given):
            if match.of is wanted and match.truth.way is None:
                return match
        return None


def _alike(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two shapes are one, but for axes of length 1."""
    return tuple(n for n in one if n != 1) == tuple(n for n in other if n != 1)


def constants_of(numbers: set[float]) -> set[float]:
    """Factors that a derivative of one number may have: products of two of these and of 2."""
    basic = {abs(n) for n in numbers if n and math.isfinite(n)}
    basic = set(sorted(basic)[:12]) | {1.0, 2.0}
    ratios = basic | {1 / n for n in basic}
    return (
        ratios
        | {a * b for a in ratios for b in ratios}
        | {2 * a * b for a in ratios for b in ratios}
        | {a * b / 2 for a in ratios for b in ratios}
    )
