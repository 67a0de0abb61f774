"""Differentiates a function that there is no rule for, by differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import plain, repeat
from chainstep.scenarios.programs.deriving.spreading import NoRule, Pull
from chainstep.scenarios.programs.seeing.values import Value

#: How far a number is moved to see how a function without a rule follows it.
STEP = 1e-3


#: Entries of what a function without a rule is differentiated by.
MOST_NUMERIC = 400


def by_differences(value: Value, given: Any, wanted: Callable[[Value], bool]) -> Pull:
    """Differences of the fourth order, for a function that there is no rule for."""
    if value.function is None or value.op in {"unknown!", "random"} or value.op.endswith("!"):
        raise NoRule(value.op)
    module = getattr(value.function, "__module__", None) or type(value.function).__module__
    if module.split(".")[0] not in {"numpy", "scipy", "math", "builtins", "numba"}:
        raise NoRule(getattr(value.function, "__name__", value.op))
    made: Pull = []
    for number, part in enumerate(value.arguments):
        if not isinstance(part, Value) or not wanted(part):
            continue
        if np.size(part.value) > MOST_NUMERIC:
            raise NoRule(value.op)
        made.append((part, _followed(value, number, given)))
    return made


def _followed(value: Value, number: int, given: Any) -> Any:
    arguments = [plain(one) for one in value.arguments]
    start = np.array(arguments[number], dtype=float)
    slopes = np.zeros(start.shape)
    for entry in np.ndindex(start.shape):
        total = np.zeros(np.shape(value.value))
        for steps, weight in ((1, 8), (-1, -8), (2, -1), (-2, 1)):
            moved = start.copy()
            moved[entry] += steps * STEP
            arguments[number] = moved if start.ndim else float(moved)
            try:
                total = total + weight * np.asarray(repeat(value, tuple(arguments)), dtype=float)
            except Exception as error:
                raise NoRule(value.op) from error
        slopes[entry] = float(np.sum(given * total / (12 * STEP)))
    return slopes if start.ndim else float(slopes)
