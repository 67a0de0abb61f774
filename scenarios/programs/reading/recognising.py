"""Finds which derivative a number of the program is: up to sign, a constant and a transpose."""

from __future__ import annotations

import math
from collections.abc import Iterator
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
        self._rows: dict[tuple[int, ...], list[tuple[int, Truth, Array]]] = {}
        self._tables: dict[tuple[int, ...], tuple[Array, Array]] = {}
        self.zeros: list[Truth] = []
        self._whole: dict[int, Truth] = {}
        numbers: list[tuple[float, Truth]] = []
        for place, truth in enumerate(truths):
            if truth.way is None:
                self._whole.setdefault(truth.of.index, truth)
            array = np.asarray(truth.value, dtype=float)
            if not np.all(np.isfinite(array)):
                continue
            if float(np.linalg.norm(array)) < NOTHING:
                self.zeros.append(truth)
            elif array.size == 1:
                numbers.append((float(array.reshape(())), truth))
            else:
                self._rows.setdefault(_bare(array.shape), []).append((place, truth, array))
        self._numbers = np.array([number for number, _ in numbers])
        self._truths = [truth for _, truth in numbers]
        self._sizes = -np.log(np.abs(self._numbers))
        logs = sorted(math.log(abs(c)) for c in constants if c)
        self._logs = np.array([-math.inf, *logs, math.inf])

    def matches(self, given: Any) -> list[Match]:
        """Everything that a value is, the simplest first."""
        if type(given) is float:
            return self._number(given) if math.isfinite(given) else []
        value = np.asarray(given, dtype=float)
        if not np.all(np.isfinite(value)):
            return []
        if value.size == 1:
            return self._number(float(value.reshape(())))
        shape, norm = _bare(value.shape), float(np.linalg.norm(value))
        if norm < NOTHING:
            return [Match(t, 0.0) for t in self.zeros if shape == _bare(np.shape(t.value))]
        found = {
            place: Match(truth, factor) for place, truth, factor in self._along(shape, value, norm)
        }
        if value.ndim == 2 and len(shape) == 2:
            for place, truth, factor in self._along(shape[::-1], value.T, norm):
                found.setdefault(place, Match(truth, factor, transposed=True))
        return [found[place] for place in sorted(found)]

    def _along(
        self, shape: tuple[int, ...], value: Array, norm: float
    ) -> Iterator[tuple[int, Truth, float]]:
        """The derivatives of this shape that a value is a multiple of, and the factor."""
        rows = self._rows.get(shape)
        if rows is None:
            return
        if shape not in self._tables:
            table = np.stack([array.ravel() for _, _, array in rows])
            self._tables[shape] = table, np.einsum("ij,ij->i", table, table)
        table, squares = self._tables[shape]
        flat = value.ravel()
        factors = (table @ flat) / squares
        left = norm**2 - factors**2 * squares  # by cancellation: what is near is looked at again
        for row in np.flatnonzero(left <= max(self.close**2, 1e-12) * 4 * norm**2):
            factor = float(factors[row])
            if np.linalg.norm(flat - factor * table[row]) <= self.close * norm:
                yield rows[row][0], rows[row][1], factor

    def _number(self, value: float) -> list[Match]:
        if abs(value) < NOTHING:
            return [Match(t, 0.0) for t in self.zeros if np.size(t.value) == 1]
        if not len(self._numbers):
            return []
        ratios = value / self._numbers
        logs = self._sizes + math.log(abs(value))
        place = np.searchsorted(self._logs, logs)  # between two: its ends are infinite
        near = np.minimum(logs - self._logs[place - 1], self._logs[place] - logs)
        found = np.flatnonzero(near <= self.close)
        matches = [Match(self._truths[n], float(ratios[n])) for n in found[:200]]
        return sorted(matches, key=lambda m: abs(math.log(abs(m.factor))))

    def is_of(self, given: Any, wanted: Value) -> Match | None:
        """The match of a value with the derivative by this one, where it is that."""
        truth = self._whole.get(wanted.index)
        if truth is None:
            return None
        value, array = np.asarray(given, dtype=float), np.asarray(truth.value, dtype=float)
        if value.size != array.size or not (np.isfinite(value).all() and np.isfinite(array).all()):
            return None
        if value.size == 1:
            return self._single(float(value.reshape(())), float(array.reshape(())), truth)
        norm, size = float(np.linalg.norm(value)), float(np.linalg.norm(array))
        if norm < NOTHING or size < NOTHING:
            both = norm < NOTHING and size < NOTHING and _bare(value.shape) == _bare(array.shape)
            return Match(truth, 0.0) if both else None
        for transposed, other in ((False, array), (True, array.T)):
            if _bare(value.shape) == _bare(other.shape):
                factor = float(np.vdot(value, other)) / size**2
                left = np.linalg.norm(value.ravel() - factor * other.ravel())
                if left <= self.close * norm:
                    return Match(truth, factor, transposed)
        return None

    def _single(self, value: float, truth: float, of: Truth) -> Match | None:
        """The same for numbers: the factor is one that the program could mean."""
        if abs(value) < NOTHING or abs(truth) < NOTHING:
            return Match(of, 0.0) if abs(value) < NOTHING and abs(truth) < NOTHING else None
        log = math.log(abs(value / truth))
        place = int(np.searchsorted(self._logs, log))
        near = min(log - self._logs[place - 1], self._logs[place] - log)
        return Match(of, value / truth) if near <= self.close else None


def _bare(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without its axes of length 1."""
    return tuple(n for n in shape if n != 1)


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
