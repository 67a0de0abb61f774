"""What the probes of changes in place note: `W -= …`, `d[rows, y] -= 1`, `x[i] = …`."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainstep.scenarios.programs.seeing.expressions import BY_NAME, NUMERIC
from chainstep.scenarios.programs.seeing.names import named, note_name
from chainstep.scenarios.programs.seeing.tracing import VIEWS, Trace
from chainstep.scenarios.programs.seeing.values import Value


def changed(trace: Trace, place: int, kind: str, old: Any, by: Any) -> Any:
    """`x op= …` for a name: what x is afterwards."""
    op, _, function = BY_NAME[kind]
    if trace.silent:
        return function(old, by)
    trace.tick()
    before = trace.known(old) if isinstance(old, NUMERIC) else old
    added = trace.lifted(by)
    try:
        result = function(old, by)
    except BaseException as error:
        trace.failed(error, place, op + "=", (old, by), {})
        raise
    if isinstance(result, NUMERIC):
        value = trace.new(op, (before, added), {}, result, place, result)
        if result is old:
            _put_back(trace, value, before)
        if op in {"add", "subtract"}:
            trace.updated(value)
    return result


def _put_back(trace: Trace, value: Value, before: Value) -> None:
    """What was changed through a view is changed in the array behind it too."""
    while before.op in VIEWS and before.parts:
        parent = before.parts[0]
        behind = parent.thing
        if not (isinstance(behind, np.ndarray) and np.shares_memory(behind, value.thing)):
            return
        if before.op == "item":
            made: tuple[Any, ...] = (parent, before.arguments[1], value)
            value = trace.new("store", made, {}, behind, value.place, behind)
        else:
            value = trace.new("put_back", (parent, value, before), {}, behind, value.place, behind)
        if trace.updates.is_parameter(parent):
            value.chain = parent.chain
        before = parent


def attribute(trace: Trace, owner: Any, name: str) -> tuple[Any, str, Any]:
    """`x.a` of `x.a op= …`: what it is before."""
    return owner, name, getattr(owner, name)


def changed_attribute(
    trace: Trace, place: int, code: int, kind: str, pair: tuple[Any, str, Any], by: Any
) -> None:
    """`x.a op= …`."""
    owner, name, old = pair
    result = changed(trace, code, kind, old, by)
    setattr(owner, name, result)
    named(trace, place, result)


def cell(trace: Trace, owner: Any, index: Any) -> tuple[Any, Any, Any]:
    """`x[i]` of `x[i] op= …`: what it is before."""
    return owner, index, owner[index]


def changed_item(
    trace: Trace, place: int, code: int, kind: str, pair: tuple[Any, Any, Any], by: Any
) -> None:
    """`x[i] op= …`: the cell is read, changed and stored."""
    owner, index, old = pair
    if trace.silent or not isinstance(owner, np.ndarray):
        result = changed(trace, code, kind, old, by)
        owner[index] = result
        named(trace, place, result)
        return
    trace.tick()
    op, function, _ = BY_NAME[kind]
    before = trace.record("item", (owner, index), {}, old, code)
    added = trace.lifted(by)
    try:
        result = function(np.array(old), by) if isinstance(old, np.ndarray) else function(old, by)
        whole = trace.known(owner)
        owner[index] = result
    except BaseException as error:
        trace.failed(error, code, op + "=", (owner, by), {})
        raise
    value = trace.new(op, (before, added), {}, result, code, result)
    _stored_value(trace, place, whole, owner, index, value)


def store(trace: Trace, place: int, value: Any, thing: Any, index: Any) -> None:
    """`x[i] = …`."""
    if trace.silent or not isinstance(thing, np.ndarray):
        thing[index] = value
        if not trace.silent:
            note_name(trace, place, value)
        return
    trace.tick()
    whole, put = trace.known(thing), trace.lifted(value)
    try:
        thing[index] = value
    except BaseException as error:
        trace.failed(error, place, "store", (thing, index, value), {})
        raise
    _stored_value(trace, place, whole, thing, index, put)


def _stored_value(trace: Trace, place: int, whole: Value, thing: Any, index: Any, put: Any) -> None:
    made = (whole, trace.lifted(index), put)
    value = trace.new("store", made, {}, thing, place, thing)
    value.names.append((place, len(trace.values)))
    trace.updated(value, repr(index) if _short(index) else "…")
    _put_back(trace, value, whole)


def _short(index: Any) -> bool:
    return isinstance(index, int | slice | tuple | np.integer | type(...)) or index is None
