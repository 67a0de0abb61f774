"""Finds the first wrong place on the way to an update that does not go along its derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import UNFIT, done_again, replayed
from chainstep.scenarios.programs.judging.corrections import candidates, factors_for, shaped
from chainstep.scenarios.programs.mistakes.scene import Wrong
from chainstep.scenarios.programs.reading.errors import Errors, unexplained
from chainstep.scenarios.programs.reading.iterations import Update
from chainstep.scenarios.programs.reading.reading import Reading
from chainstep.scenarios.programs.reading.recognising import Truth
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Value

#: Corrections that are tried at all places of one update.
MOST_TRIALS = 6000


def first_wrong(
    trace: Trace, reading: Reading, errors: Errors, update: Update, names: dict[int, str]
) -> Wrong:
    """The earliest value which, were it a right derivative, would make the update right."""
    values = unexplained(errors, update)
    trials = 0
    for itself, near in ((False, True), (False, False), (True, True), (True, False)):
        for value in values:
            if value in update.events:
                continue
            factors = factors_for(errors, value)
            for truth in candidates(reading, errors, update, value, names, near=near):
                for factor in factors:
                    trials += 1
                    expected = shaped(truth.value, value.value, factor)
                    if trials > MOST_TRIALS or expected is None:
                        continue
                    if _mends(trace, reading, update, value, expected, values, itself=itself):
                        found = _wrong(errors, update, value, values, expected, truth, factor)
                        return _deeper(reading, errors, found, values)
    ahead = [v for v in values if v not in update.events]
    value = ahead[0] if ahead else values[-1]
    last = _by(reading, update.old) if value in update.events else None
    return _wrong(errors, update, value, values, None, last, 1.0)


def _wrong(
    errors: Errors,
    update: Update,
    value: Value,
    values: list[Value],
    expected: Any,
    truth: Truth | None,
    factor: float,
) -> Wrong:
    parts = tuple(
        (p, errors.right(p)[0])
        for p in value.parts
        if errors.right(p) and errors.right(p)[0].factor
    )
    later = tuple(v.index for v in values if v.index != value.index)
    return Wrong(update, value, expected, truth, factor, parts, later)


def _deeper(reading: Reading, errors: Errors, wrong: Wrong, values: list[Value]) -> Wrong:
    """The part that is wrong where all else in the expression is right, whatever its shape."""
    value = wrong.value
    inside = {v.index for v in values}
    for part in value.parts:
        if part.index not in inside or errors.right(part):
            continue
        for index, amount in reading.derivatives.by.items():
            for factor in (wrong.factor, 1.0):
                made = done_again(
                    value,
                    tuple(np.asarray(amount) * factor if a is part else a for a in value.arguments),
                )
                if (
                    made is not None
                    and np.shape(made) == np.shape(wrong.expected)
                    and np.allclose(made, wrong.expected, rtol=1e-6, atol=0)
                    and np.shape(amount) != np.shape(part.value)
                ):
                    truth = Truth(reading.values[index], amount)
                    expected = np.asarray(amount) * factor
                    return _wrong(errors, wrong.update, part, values, expected, truth, factor)
    return wrong


def _by(reading: Reading, value: Value) -> Truth | None:
    found = reading.derivatives.by.get(value.index)
    return None if found is None else Truth(value, found)


def _mends(
    trace: Trace,
    reading: Reading,
    update: Update,
    value: Value,
    expected: Any,
    values: list[Value],
    *,
    itself: bool,
) -> bool:
    """Whether the update is right once this value is what is expected."""
    if np.array_equal(np.asarray(expected), np.asarray(value.value)):
        return False
    order = [v.index for v in values if v.index > value.index]
    try:
        new = replayed(trace, {value.index: expected}, order)
    except UNFIT:
        return False
    for index, made in new.items():
        amount = made
        if trace.values[index] in update.events:
            amount = np.asarray(made, dtype=float) - np.asarray(update.old.value, dtype=float)
            if np.shape(amount) != np.shape(update.old.value):
                continue
        if index == value.index and not itself:
            continue
        if _is_gradient_of(reading, update, amount):
            return True
    return False


def _is_gradient_of(reading: Reading, update: Update, amount: Any) -> bool:
    """Whether a value is the derivative by the parameter, of one observation at least."""
    for match in reading.known.matches(amount):
        turned = match.transposed and np.shape(amount)[0] == np.shape(amount)[-1]
        if match.of is update.old and not turned:
            return True
    return False
