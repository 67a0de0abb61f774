"""What the probe of a call notes: of numpy's functions the result, of the program's own nothing."""

from __future__ import annotations

import random
from types import GeneratorType
from typing import Any

import numpy as np

from chainstep.scenarios.programs.seeing.expressions import NUMERIC, show
from chainstep.scenarios.programs.seeing.names import noted_rows
from chainstep.scenarios.programs.seeing.tracing import Trace, same

#: Builtins that walk through their arguments: rows of an array are noted as they pass.
_WALKERS = {zip, enumerate, map, iter, filter}


_TAKERS = {sum, list, tuple, min, max, sorted, reversed}


def call(trace: Trace, place: int, function: Any, /, *given: Any, **options: Any) -> Any:
    """`f(…)`: the result, and what may have been changed in place."""
    if trace.silent:
        return function(*given, **options)
    trace.tick()
    given = _walked(trace, place, function, given)
    if function is print:
        for one in given:
            show(trace, one)
    trace.stack.append(place)
    try:
        result = function(*given, **options)
    except BaseException as error:
        trace.failed(error, place, "call", (function, *given), options)
        raise
    finally:
        if trace.stack:
            trace.stack.pop()
    if result is None:
        _perhaps_changed(trace, place, function, given, options)
    elif isinstance(result, NUMERIC):
        _made(trace, place, function, given, options, result)
    elif isinstance(result, list | tuple) and _is_library(function):
        _parts_made(trace, place, function, given, options, result)
    return result


def _walked(trace: Trace, place: int, function: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
    try:
        walks, takes = function in _WALKERS, function in _TAKERS
    except TypeError:  # something that cannot be hashed
        return given
    if not (walks or takes) or not given:
        return given
    made = []
    for one in given:
        if type(one) is np.ndarray and one.ndim:
            rows = noted_rows(trace, place, one)
            made.append(list(rows) if takes else rows)
        elif function is sum and isinstance(one, GeneratorType | map | zip | filter):
            made.append(list(one))
        else:
            made.append(one)
    return tuple(made)


def _made(
    trace: Trace,
    place: int,
    function: Any,
    given: tuple[Any, ...],
    options: dict[str, Any],
    result: Any,
) -> None:
    """Notes the result of a call that is a number, unless it went through untouched."""
    before = trace.seen(result)
    if before is not None:
        if type(result) is not np.ndarray or same(result, before.value):
            return
    elif is_own(trace, function):
        trace.known(result)
        return
    op, arguments = _operation(function, given)
    value = trace.record(op, arguments, options, result, place, function)
    if op in {"add", "subtract"}:
        trace.updated(value)


def _parts_made(
    trace: Trace,
    place: int,
    function: Any,
    given: tuple[Any, ...],
    options: dict[str, Any],
    result: Any,
) -> None:
    op, arguments = _operation(function, given)
    if op in {"list", "tuple", "sorted", "reversed"}:
        return
    for number, one in enumerate(result[:1000]):
        seen = trace.seen(one)
        if isinstance(one, NUMERIC) and not (seen is not None):
            value = trace.record(op, arguments, options, one, place, function)
            value.op, value.literal = f"{op}[]", number


def _perhaps_changed(
    trace: Trace, place: int, function: Any, given: tuple[Any, ...], options: dict[str, Any]
) -> None:
    """A call that gives nothing may have changed an array in place."""
    owner = getattr(function, "__self__", None)
    if is_own(trace, function):
        return
    for thing in (owner, *given):
        before = trace.seen(thing)
        if type(thing) is not np.ndarray or before is None:
            continue
        if same(thing, before.value):
            continue
        op, arguments = _operation(function, given)
        lifted = tuple(before if a is thing else trace.lifted(a) for a in arguments)
        value = trace.new(f"{op}!", lifted, dict(options), thing, place, thing, function)
        trace.updated(value)


def is_own(trace: Trace, function: Any) -> bool:
    """Whether a function is the program's own: then its inside was seen."""
    function = getattr(function, "func", function)
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is None and not isinstance(function, type):
        code = getattr(vars(type(function)).get("__call__"), "__code__", None)
    return code is not None and code.co_filename in trace.files


_RANDOM = (np.random.RandomState, np.random.Generator, random.Random)


def _operation(function: Any, given: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The name of what a call does, and all that it is done to: the array of a method first."""
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", type(function).__name__)
    if isinstance(owner, np.ndarray | np.generic):
        return name, (owner, *given)
    if isinstance(owner, np.ufunc):
        return f"{owner.__name__}.{name}", given
    if isinstance(owner, _RANDOM):
        orders = name in {"permutation", "permuted", "shuffle"}
        return "random", given[:1] if orders and np.ndim(given[0]) else ()
    if isinstance(function, np.ufunc):
        return name, given
    if not _is_library(function):
        return "unknown", (*given,)
    return name, given


def _is_library(function: Any) -> bool:
    """Whether a function is Python's or numpy's, and known by its name."""
    module = getattr(function, "__module__", None) or type(function).__module__
    owner = getattr(function, "__self__", None)
    return (
        isinstance(function, np.ufunc)
        or module.split(".")[0] in {"numpy", "math", "builtins", "scipy"}
        or isinstance(owner, (np.ndarray | np.generic | np.ufunc, _RANDOM))
    )
