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
MOST_TRIALS = 6000


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
        self.lost = self._lost(reading)
        if not self.carry:
            full = max((reading.iteration.masks[i].bit_count() for i in reading.path), default=0)
            self.carry = {i for i in reading.path if reading.iteration.masks[i].bit_count() == full}

    def _lost(self, reading: Reading) -> set[int]:
        """What leads to an update without anything that carries the error: it was lost before."""
        lost: set[int] = set()
        for update in reading.iteration.updates:
            stack = [e for e in update.events if not any(p.index in self.carry for p in e.parts)]
            while stack:
                value = stack.pop()
                if value.index not in lost and (
                    value.index in reading.path or value in update.events
                ):
                    lost.add(value.index)
                    stack.extend(p for p in value.parts if p.index not in self.carry)
        return lost

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
        carrying = [p for p in value.parts if p.index in errors.carry]
        if not carrying and value.index in errors.lost:
            carrying = [p for p in value.parts if p.index in errors.lost]
        stack.extend(p for p in carrying if not errors.right(p))
    return [found[index] for index in sorted(found)]


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
            factors = _factors(errors, value)
            for truth in _candidates(reading, errors, update, value, names, near=near):
                for factor in factors:
                    trials += 1
                    expected = _shaped(truth.value, value.value, factor)
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
                made = again(
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


def _factors(errors: Errors, value: Value) -> list[float]:
    """The factors that the right value may have here: those of what it is made of."""
    found = [m.factor for p in value.parts for m in errors.right(p)[:1] if m.factor]
    return list(dict.fromkeys([*found[:2], 1.0, -1.0]))[:3]


#: Which role a derivative is taken for first, where several have the same.
_ROLES = {"z": 0, "a": 1, "W": 2, "b": 3}


def _candidates(
    reading: Reading,
    errors: Errors,
    update: Update,
    value: Value,
    names: dict[int, str],
    *,
    near: bool,
) -> Iterable[Truth]:
    """The derivatives that a value might be; near ones come before what its parts are by."""
    single = np.size(value.value) == 1
    wanted = _wanted(reading, update, value, names) if single else []
    parts = [m.of for p in value.parts for m in errors.right(p)]
    if not near or not parts:
        return wanted or _like(reading, value, names)
    before = reading.iteration.ancestors(parts)
    before |= {p.index for i in before for p in reading.values[i].parts}
    before |= {part.index for part in parts}
    return wanted + [
        t for t in _like(reading, value, names) if (t.way.index if t.way else t.of.index) in before
    ]


def _like(reading: Reading, value: Value, names: dict[int, str]) -> Iterable[Truth]:
    """The derivatives of the same shape, one for each that differs; single ways too."""
    shape = np.shape(value.value)
    seen: list[Any] = []
    rows = [Truth(reading.values[i], a) for i, a in sorted(reading.derivatives.by.items())[::-1]]
    rows += [Truth(v, a, way) for v, way, a in reading.derivatives.ways]
    shared = {v.index for v, _, _ in reading.derivatives.ways}
    rows.sort(key=lambda t: (t.of.index in shared and t.way is None, _role(names, t.of)))
    for truth in rows:
        amount = truth.value
        if np.size(amount) != np.size(value.value):
            continue
        alike = np.shape(amount) in {shape, shape[::-1]} or _bare(np.shape(amount)) == _bare(shape)
        if np.size(amount) > 1 and not alike:
            continue
        if any(np.array_equal(np.abs(amount), np.abs(other)) for other in seen):
            continue
        seen.append(amount)
        yield truth
        if len(seen) > 150:
            return


def _role(names: dict[int, str], value: Value) -> int:
    return _ROLES.get(names.get(value.index, "")[:1], 9)


def _wanted(reading: Reading, update: Update, value: Value, names: dict[int, str]) -> list[Truth]:
    """The derivatives that a number should be, so that what follows by products comes out right."""
    factors = [m.factor for m in reading.updates.values() if m is not None]
    truth = np.ravel(reading.derivatives.by[update.old.index])
    change = np.ravel(update.change)
    if not factors or len(truth) != 1 or len(change) != 1 or not change[0]:
        return list(_like(reading, value, names))
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
    *,
    itself: bool,
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
