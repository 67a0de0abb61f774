"""Differentiates what moves entries about, and what writes into arrays: by moving their numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import plain, repeat
from chainstep.scenarios.programs.deriving.spreading import Pull, fitted, spread
from chainstep.scenarios.programs.seeing.values import Value


def moved(value: Value, given: Any, wanted: Callable[[Value], bool]) -> Pull:
    """Follows each entry by its number: the function is done again with numbers for entries."""
    starts: list[tuple[Value, int]] = []
    count = 1

    def numbered(thing: Any) -> Any:
        nonlocal count
        if isinstance(thing, Value):
            size = int(np.size(thing.value))
            starts.append((thing, count))
            numbers = np.arange(count, count + size, dtype=float).reshape(np.shape(thing.value))
            count += size
            return numbers if numbers.ndim else float(numbers)
        if isinstance(thing, list | tuple):
            return type(thing)(numbered(one) for one in thing)
        if isinstance(thing, float | int | np.ndarray | np.generic):
            return np.zeros(np.shape(thing)) if np.ndim(thing) else 0.0
        return thing

    first = 2 if value.op in {"append", "insert"} else 1
    if value.op == "insert":
        arguments = (
            numbered(value.arguments[0]),
            plain(value.arguments[1]),
            numbered(value.arguments[2]),
            *plain(value.arguments[3:]),
        )
    else:
        head = value.arguments[:first]
        arguments = (*(numbered(one) for one in head), *plain(value.arguments[first:]))
    if value.op == "item" and not isinstance(value.arguments[0], Value):  # np.c_[a, b]
        arguments = (value.arguments[0], numbered(value.arguments[1]))
    where = np.asarray(repeat(_without_type(value), arguments))
    flat = np.zeros(count)
    np.add.at(flat, np.rint(where).astype(int), np.broadcast_to(given, where.shape))
    made: Pull = []
    for part, start in starts:
        if wanted(part):
            shape = np.shape(part.value)
            piece = flat[start : start + int(np.size(part.value))].reshape(shape)
            made.append((part, piece if shape else float(piece)))
    return made


def _without_type(value: Value) -> Value:
    """The operation without its dtype, which the numbers of entries would be cast to."""
    options = {
        n: o for n, o in value.options.items() if n not in {"dtype", "out", "constant_values"}
    }
    return Value(
        value.index,
        value.op,
        value.arguments,
        options,
        value.value,
        value.place,
        None,
        value.parts,
        value.function,
        literal=value.literal,
    )


def _stored(value: Value, given: Any) -> Pull:
    """`x[i] = v`: what was there before counts no more, what was put there does."""
    whole, index, put = value.arguments
    index = plain(index)
    kept = np.array(given, dtype=float)
    kept[index] = 0
    made: Pull = [(whole, kept)]
    if isinstance(put, Value):
        part = np.asarray(given)[index]
        there = fitted(part, np.shape(put.value))
        made.append((put, there if np.shape(put.value) else float(there)))
    elif isinstance(put, list | tuple):
        made.extend(spread(put, np.asarray(given)[index]))
    return made


def _put_back(value: Value, given: Any) -> Pull:
    parent, changed, before = value.arguments
    through = repeat(before, (np.asarray(given), *plain(before.arguments[1:])))
    return [(parent, np.zeros(np.shape(parent.value))), (changed, through)]


def _added_at(value: Value, given: Any) -> Pull:
    whole, index, put = value.arguments
    sign = -1.0 if value.op.startswith("subtract") else 1.0
    made: Pull = [(whole, given)]
    if isinstance(put, Value):
        made.append((put, fitted(sign * np.asarray(given)[plain(index)], np.shape(put.value))))
    return made


def _copied(value: Value, given: Any) -> Pull:
    source = value.arguments[1]
    return [(source, fitted(given, np.shape(source.value)))] if isinstance(source, Value) else []


STORES: dict[str, Callable[[Value, Any], Pull]] = {
    "store": _stored,
    "put_back": _put_back,
    "add.at!": _added_at,
    "subtract.at!": _added_at,
    "copyto!": _copied,
}
