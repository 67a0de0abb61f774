"""Finds the first wrong place on the way to an update that does not go along its derivative."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainstep.scenarios.programs.again import CannotRepeat, plain, repeat
from chainstep.scenarios.programs.costs import Reading
from chainstep.scenarios.programs.iterations import Update
from chainstep.scenarios.programs.recognising import Match, Truth
from chainstep.scenarios.programs.tracing import Trace
from chainstep.scenarios.programs.values import Value

#: Corrections that are tried at all places of one update.
MOST_TRIALS = 4000


@dataclass(frozen=True)
class Wrong:
    """The first wrong value of an update: what it should be, where that can be told.

    ``parts`` are the right derivatives that it was made of; ``unexplained`` all that is wrong
    from there to the update.
    """

    update: Update
    value: Value
    expected: Any = None
    truth: Truth | None = None
    factor: float = 1.0
    parts: tuple[tuple[Value, Match], ...] = ()
    unexplained: tuple[int, ...] = ()


class Errors:
    """Which values on the way to the updates carry the error: derivatives, and what follows."""

    def __init__(self, trace: Trace, reading: Reading) -> None:
        self._reading = reading
        self.carry: set[int] = set()
        held = {v.index for v, _ in reading.cost.pairs}
        for index in sorted(reading.path):
            value = trace.values[index]
            starts = bool(self.right(value)) or (
                value.op == "subtract"
                and any(p.index in held for p in value.parts)
                and np.size(value.value) >= 1
                and index not in self._slopes(value, held)
            )
            if starts or any(p.index in self.carry for p in value.parts):
                self.carry.add(index)
        if not self.carry:
            full = max((reading.iteration.masks[i].bit_count() for i in reading.path), default=0)
            self.carry = {i for i in reading.path if reading.iteration.masks[i].bit_count() == full}

    @staticmethod
    def _slopes(value: Value, held: set[int]) -> set[int]:
        """`1 - a` is no error: a number of the source is held against the output."""
        return {value.index} if value.literal or not held else set()

    def right(self, value: Value) -> list[Match]:
        """The derivatives that a value is; numbers that are flat or not finite are none."""
        return self._reading.matches.get(value.index, [])


def unexplained(errors: Errors, update: Update) -> list[Value]:
    """What is no derivative on the way to an update, up to the last values that are."""
    stack: list[Value] = list(update.events)
    found: dict[int, Value] = {}
    while stack:
        value = stack.pop()
        if value.index in found:
            continue
        found[value.index] = value
        stack.extend(p for p in value.parts if p.index in errors.carry and not errors.right(p))
    return [found[index] for index in sorted(found)]


def first_wrong(trace: Trace, reading: Reading, errors: Errors, update: Update) -> Wrong:
    """The earliest value which, were it a right derivative, would make the update right."""
    values = unexplained(errors, update)
    trials = 0
    for value in values:
        if value in update.events:
            continue
        factors = _factors(errors, value)
        truths = (
            _wanted(reading, update, value) if np.size(value.value) == 1 else _like(reading, value)
        )
        for truth in truths:
            for factor in factors:
                trials += 1
                if trials > MOST_TRIALS:
                    break
                expected = _shaped(truth.value, value.value, factor)
                if expected is not None and _mends(trace, reading, update, value, expected, values):
                    return _wrong(errors, update, value, values, expected, truth, factor)
    ahead = [v for v in values if v not in update.events]
    value = ahead[0] if ahead else values[-1]
    truth = _by(reading, update.old) if value in update.events else None
    return _wrong(errors, update, value, values, None, truth, 1.0)


def _wrong(
    errors: Errors,
    update: Update,
    value: Value,
    values: list[Value],
    expected: Any,
    truth: Truth | None,
    factor: float,
) -> Wrong:
    parts = tuple((p, errors.right(p)[0]) for p in value.parts if errors.right(p))
    later = tuple(v.index for v in values if v.index != value.index)
    return Wrong(update, value, expected, truth, factor, parts, later)


def _by(reading: Reading, value: Value) -> Truth | None:
    found = reading.derivatives.by.get(value.index)
    return None if found is None else Truth(value, found)


def _factors(errors: Errors, value: Value) -> list[float]:
    """The factors that the right value may have here: those of what it is made of."""
    found = [m.factor for p in value.parts for m in errors.right(p)[:1]]
    return list(dict.fromkeys([*found[:2], 1.0, -1.0]))[:3]


def _like(reading: Reading, value: Value) -> Iterable[Truth]:
    """The derivatives of the same shape, one for each that differs; single ways too."""
    shape = np.shape(value.value)
    seen: list[Any] = []
    rows = [(reading.values[i], a) for i, a in sorted(reading.derivatives.by.items(), reverse=True)]
    rows += [(v, a) for v, _, a in reading.derivatives.ways]
    for of, amount in rows:
        if np.size(amount) != np.size(value.value):
            continue
        if (
            np.shape(amount) not in {shape, shape[::-1]}
            and np.size(amount) > 1
            and _bare(np.shape(amount)) != _bare(shape)
        ):
            continue
        if any(np.array_equal(amount, other) for other in seen):
            continue
        seen.append(amount)
        yield Truth(of, amount)
        if len(seen) > 150:
            return


def _wanted(reading: Reading, update: Update, value: Value) -> list[Truth]:
    """The derivatives that a number should be, so that what follows by products comes out right."""
    factors = [m.factor for m in reading.updates.values() if m is not None]
    truth = np.ravel(reading.derivatives.by[update.old.index])
    change = np.ravel(update.change)
    if not factors or len(truth) != 1 or len(change) != 1 or not change[0]:
        return list(_like(reading, value))
    usual = max(set(factors), key=lambda f: sum(abs(f - g) <= 1e-6 * abs(f) for g in factors))
    wanted = float(np.reshape(value.value, ())) * usual * float(truth[0]) / float(change[0])
    matches = reading.known.matches(wanted)
    return [Truth(m.of, m.truth.value, m.truth.way) for m in matches[:20]]


def _bare(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)


def _shaped(amount: Any, like: Any, factor: float) -> Any:
    array = np.asarray(amount, dtype=float) * factor
    shape = np.shape(like)
    if array.shape == shape:
        return array if shape else float(array)
    if array.ndim == 2 and array.T.shape == shape:
        return array.T
    if array.size == np.size(like):
        return array.reshape(shape) if shape else float(array.reshape(()))
    return None


def replayed(trace: Trace, changed: dict[int, Any], order: Iterable[int]) -> dict[int, Any]:
    """The values that follow when some are changed, in this order; the user's own operations.

    Raises: CannotRepeat, or what numpy raises where the shapes no longer fit.
    """
    new = dict(changed)

    def now(thing: Any) -> Any:
        if isinstance(thing, Value):
            return new.get(thing.index, thing.value)
        if isinstance(thing, list | tuple):
            return type(thing)(now(one) for one in thing)
        return thing

    with np.errstate(all="ignore"):
        for index in order:
            value = trace.values[index]
            if index in changed or not any(p.index in new for p in value.parts):
                continue
            new[index] = repeat(value, tuple(now(one) for one in value.arguments))
    return new


def _mends(
    trace: Trace,
    reading: Reading,
    update: Update,
    value: Value,
    expected: Any,
    values: list[Value],
) -> bool:
    """Whether the update is right once this value is what is expected."""
    if np.array_equal(np.asarray(expected), np.asarray(value.value)):
        return False
    order = [v.index for v in values if v.index > value.index]
    try:
        new = replayed(trace, {value.index: expected}, order)
    except (
        CannotRepeat,
        ValueError,
        TypeError,
        IndexError,
        AttributeError,
        ZeroDivisionError,
        OverflowError,
    ):
        return False
    for index, made in new.items():
        amount = made
        if trace.values[index] in update.events:
            amount = np.asarray(made, dtype=float) - np.asarray(update.old.value, dtype=float)
            if np.shape(amount) != np.shape(update.old.value):
                continue
        if index == value.index and np.size(amount) > 1 and value not in update.events:
            last = max(order, default=-1)
            if index < last and not _is_gradient_of(reading, update, amount):
                continue
        if _is_gradient_of(reading, update, amount):
            return True
    return False


def _is_gradient_of(reading: Reading, update: Update, amount: Any) -> bool:
    for match in reading.known.matches(amount):
        if (
            match.of is update.old
            and match.truth.way is None
            and not (match.transposed and np.shape(amount)[0] == np.shape(amount)[-1])
        ):
            return True
    return False


def again(value: Value, arguments: tuple[Any, ...]) -> Any:
    """The operation of a value with other arguments, or None where it cannot be done."""
    try:
        with np.errstate(all="ignore"):
            return repeat(value, tuple(plain(a) for a in arguments))
    except (
        CannotRepeat,
        ValueError,
        TypeError,
        IndexError,
        AttributeError,
        ZeroDivisionError,
        OverflowError,
    ):
        return None
