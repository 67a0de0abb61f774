"""What the probes of expressions note: operators, transposes, entries, what is printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainstep.scenarios.programs.seeing.operators import BINARY, COMPARED, UNARY
from chainstep.scenarios.programs.seeing.tracing import Trace

NUMERIC = (float, np.ndarray, np.floating, np.bool_)
#: What an array of whole numbers gives, entry by entry.
_WHOLE = (*NUMERIC, np.integer)


def const(trace: Trace, value: float) -> float:
    """A number of the source, as an object of its own each time."""
    return value * 1.0


def binary(trace: Trace, place: int, kind: str, literal: int, left: Any, right: Any) -> Any:
    """`a + b`, `a @ b` and such."""
    op, function, _ = BY_NAME[kind]
    if trace.silent:
        return function(left, right)
    trace.tick()
    try:
        result = function(left, right)
    except BaseException as error:
        trace.failed(error, place, op, (left, right), {})
        raise
    if isinstance(result, NUMERIC):
        if isinstance(left, np.matrix) and isinstance(right, np.ndarray) and op == "multiply":
            op = "matmul"
        value = trace.record(op, (left, right), {}, result, place)
        value.literal = literal
        if op in {"add", "subtract"}:
            trace.updated(value)
    elif kind == "Mult" and type(result) is list:
        _freshen(result)
    return result


def unary(trace: Trace, place: int, kind: str, operand: Any) -> Any:
    """`-a`, `~a`."""
    op, function = _UNARY[kind]
    return _plain(trace, place, op, function, operand)


def compare(trace: Trace, place: int, kind: str, left: Any, right: Any) -> Any:
    """`a > b` and such."""
    op, function = _COMPARED[kind]
    return _plain(trace, place, op, function, left, right)


def _plain(trace: Trace, place: int, op: str, function: Callable[..., Any], *given: Any) -> Any:
    if trace.silent:
        return function(*given)
    trace.tick()
    try:
        result = function(*given)
    except BaseException as error:
        trace.failed(error, place, op, given, {})
        raise
    if isinstance(result, NUMERIC):
        trace.record(op, given, {}, result, place)
    return result


def part(trace: Trace, place: int, thing: Any, name: str) -> Any:
    """`a.T`."""
    result = getattr(thing, name)
    if trace.silent or not isinstance(thing, np.ndarray) or name == "flat":
        return result
    trace.tick()
    trace.record("part", (thing, name), {}, result, place)
    return result


def item(trace: Trace, place: int, thing: Any, index: Any) -> Any:
    """`a[i]`."""
    if trace.silent:
        return thing[index]
    trace.tick()
    try:
        result = thing[index]
    except BaseException as error:
        trace.failed(error, place, "item", (thing, index), {})
        raise
    if isinstance(result, _WHOLE) and not isinstance(thing, list | dict | tuple):
        before = trace.seen(result)
        if before is None:
            trace.record("item", (thing, index), {}, result, place)
    return result


def sliced(trace: Trace, lower: Any, upper: Any, step: Any) -> Any:
    """`i:j` between brackets."""
    return slice(lower, upper, step)


def shown(trace: Trace, value: Any) -> Any:
    """`{a}` in a text: the program prints it."""
    if not trace.silent:
        show(trace, value)
    return value


def show(trace: Trace, value: Any) -> None:
    """Notes that a number is printed."""
    found = trace.seen(value)
    if found is not None:
        found.shown = True


BY_NAME = {kind.__name__: row for kind, row in BINARY.items()}


_UNARY = {kind.__name__: row for kind, row in UNARY.items()}


_COMPARED = {kind.__name__: row for kind, row in COMPARED.items()}


def _freshen(items: list[Any]) -> None:
    """`[0.0] * n` has the same object n times; each becomes one of its own."""
    for number, one in enumerate(items):
        if type(one) is float:
            items[number] = one * 1.0
