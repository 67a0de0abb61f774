"""Derivatives that are written out: plain numbers, max and min, softmax and such."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import plain
from chainstep.scenarios.programs.deriving.spreading import Pull, fitted
from chainstep.scenarios.programs.seeing.values import Value

SCALAR = {"add", "subtract", "multiply", "divide", "negative"}


def of_numbers(value: Value, given: Any) -> Pull:
    """Sums, products and quotients of plain numbers, without numpy."""
    left = value.arguments[0]
    a = plain(left)
    if value.op == "negative":
        return [(left, -given)]
    right = value.arguments[1]
    b = plain(right)
    first = {"add": 1.0, "subtract": 1.0, "multiply": b, "divide": 1 / b if b else math.nan}
    second = {"add": 1.0, "subtract": -1.0, "multiply": a}
    made: Pull = []
    if isinstance(left, Value):
        made.append((left, given * first[value.op]))
    if isinstance(right, Value):
        slope = second[value.op] if value.op in second else -a / (b * b) if b else math.nan
        made.append((right, given * slope))
    return made


def of_sum(value: Value, given: Any) -> Pull:
    """Python's own `sum`: each part gets all of it."""
    return [
        (part, fitted(given * np.ones(np.shape(value.value)), np.shape(part.value)))
        if np.shape(part.value)
        else (part, float(np.sum(given)))
        for part in value.parts
    ]


def larger(value: Value, given: Any, name: str, tie: float) -> Pull:
    """max(x, y): the larger one takes all; where they are equal the first takes `tie` of it."""
    one, other = value.arguments[:2]
    a, b = np.asarray(plain(one), dtype=float), np.asarray(plain(other), dtype=float)
    first = (a > b if "max" in name else a < b) * 1.0
    own = tie if isinstance(one, Value) else 1.0 - tie
    share = np.where(a == b, own, first)
    made: Pull = []
    if isinstance(one, Value):
        made.append((one, fitted(given * share, np.shape(one.value))))
    if isinstance(other, Value):
        made.append((other, fitted(given * (1 - share), np.shape(other.value))))
    return made


def _softmax(value: Value, given: Any) -> Any:
    a = np.asarray(value.value)
    axis = plain(value.options.get("axis"))
    return a * (given - (given * a).sum(axis=axis, keepdims=True))


def _log_softmax(value: Value, given: Any) -> Any:
    axis = plain(value.options.get("axis"))
    return given - np.exp(value.value) * np.sum(given, axis=axis, keepdims=True)


def _clipped(value: Value, given: Any) -> Any:
    """`x.clip(low, high)`: what was not cut off goes through."""
    x = np.asarray(plain(value.arguments[0]), dtype=float)
    bounds = [
        *(plain(a) for a in value.arguments[1:3]),
        *(plain(value.options.get(name)) for name in ("min", "max", "a_min", "a_max")),
    ]
    inside = np.asarray(value.value) == x
    for bound in bounds:
        if bound is not None:
            inside &= x != bound
    return given * inside


SPECIAL: dict[str, Callable[[Value, Any], Any]] = {
    "clip": _clipped,
    "expit": lambda value, g: g * value.value * (1 - value.value),
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "log_expit": lambda value, g: g * (1 - np.exp(value.value)),
    "erf": lambda value, g: g * 2 / math.sqrt(math.pi) * np.exp(-(plain(value.arguments[0]) ** 2)),
}
