"""Finds inputs and targets that were shuffled apart from each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import plain
from chainstep.scenarios.programs.deriving.operations import MOVES
from chainstep.scenarios.programs.judging.findings import Finding, Judged
from chainstep.scenarios.programs.mistakes.scene import Slip
from chainstep.scenarios.programs.reading.layers import inputs_of
from chainstep.scenarios.programs.reading.roles import own_name
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Array, Value


def targets_apart(trace: Trace, judged: Judged) -> list[Finding]:
    """Inputs and targets, each put into a random order of its own."""
    layers = judged.roles.layers
    inputs = inputs_of(layers[0]) if layers else None
    if inputs is None:
        return []
    first = _shuffled(inputs)
    for _, target in judged.reading.cost.pairs if first is not None else ():
        values = judged.reading.iteration.values
        given = [p for v in values for p in v.parts if p.value is target]
        second = _shuffled(given[0]) if given else None
        if first is None or second is None or not _apart(first, second):
            continue
        line = trace.places[first.place].line
        name = own_name(trace, given[0])
        slip = Slip(
            "targets-shuffled",
            f"`{own_name(trace, second)}` is put into another order than the inputs in line {line}",
            "draw one order, and index both with it",
        )
        return [Finding(slip, second.place, name, judged.reading.iteration.number)]
    return []


def _shuffled(value: Value) -> Value | None:
    """The last random order that a value was put into, seen through slices and such."""
    for _ in range(12):
        if _order(value) is not None:
            return value
        arrays = [p for p in value.parts if np.ndim(p.value)]
        if value.op not in {*MOVES, "item", "array", "asarray", "astype"} or not arrays:
            return None
        value = arrays[0]
    return None


def _order(value: Value) -> Array | None:
    """The places from which the rows were taken, where they are another order of all of them."""
    if not value.parts or not np.ndim(value.value):
        return None
    before, after = np.asarray(value.parts[0].value), np.asarray(value.value)
    if value.op == "item":
        index = plain(value.arguments[1])
        return index if _is_order(index, len(np.atleast_1d(before))) else None
    if value.op not in {"random", "random!"} or before.shape != after.shape or len(before) < 4:
        return None
    rows, own = (np.reshape(one, (len(one), -1)) for one in (before, after))
    found = np.array([_where(rows, row) for row in own])
    return None if np.any(found < 0) or np.array_equal(before, after) else found


def _is_order(index: Any, length: int) -> bool:
    array = np.asarray(index) if isinstance(index, np.ndarray | list) else np.zeros(0)
    return (
        array.ndim == 1
        and array.dtype.kind in "iu"
        and len(array) == length > 3
        and np.array_equal(np.sort(array), np.arange(length))
        and not np.array_equal(array, np.arange(length))
    )


def _where(rows: Array, row: Array) -> int:
    same = np.flatnonzero(np.all(rows == row, axis=1))
    return int(same[0]) if same.size else -1


def _apart(one: Value, other: Value) -> bool:
    """Whether two arrays of as many rows were put into different orders."""
    first, second = np.asarray(one.value), np.asarray(other.value)
    if len(first) != len(second) or one is other:
        return False
    return not (_follows(one, other) or _follows(other, one))


def _follows(one: Value, other: Value) -> bool:
    """Whether the order of one, taken for the other, gives what the other is."""
    order, before = _order(one), np.asarray(other.parts[0].value)
    distinct = order is not None and len(np.unique(order)) == len(order)
    return bool(distinct and np.array_equal(before[order], np.asarray(other.value)))
