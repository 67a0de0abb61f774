"""The derivatives that a value might have been meant to be, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from chainstep.scenarios.programs.reading.errors import Errors
from chainstep.scenarios.programs.reading.iterations import Update
from chainstep.scenarios.programs.reading.reading import Reading
from chainstep.scenarios.programs.reading.recognising import Truth
from chainstep.scenarios.programs.seeing.values import Value


def factors_for(errors: Errors, value: Value) -> list[float]:
    """The factors that the right value may have here: those of what it is made of."""
    found = [m.factor for p in value.parts for m in errors.right(p)[:1] if m.factor]
    return list(dict.fromkeys([*found[:2], 1.0, -1.0]))[:3]


#: Which role a derivative is taken for first, where several have the same.
_ROLES = {"z": 0, "a": 1, "W": 2, "b": 3}


def candidates(
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


def shaped(amount: Any, like: Any, factor: float) -> Any:
    """A derivative in the shape of a value of the program; None where it does not fit."""
    array = np.asarray(amount, dtype=float) * factor
    shape = np.shape(like)
    if array.shape == shape:
        return array if shape else float(array)
    if array.ndim == 2 and array.T.shape == shape:
        return array.T
    if array.size == np.size(like):
        return array.reshape(shape) if shape else float(array.reshape(()))
    return None
