"""Does an operation that was seen once more, with other numbers."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from chainstep.scenarios.programs.seeing.operators import BINARY, COMPARED, UNARY
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Value

_OPERATORS: dict[str, Callable[..., Any]] = {
    **{op: function for op, function, _ in BINARY.values()},
    **dict(UNARY.values()),
    **dict(COMPARED.values()),
}


class CannotRepeat(Exception):
    """An operation that cannot be done again: what it calls is not known, or has a state."""


#: What an operation raises that cannot be done with other numbers.
UNFIT = (
    CannotRepeat,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    KeyError,
    ZeroDivisionError,
    OverflowError,
    FloatingPointError,
)


def plain(thing: Any) -> Any:
    """An argument with numbers in the places of values."""
    if isinstance(thing, Value):
        return thing.value
    if type(thing) is list or type(thing) is tuple:
        return type(thing)(plain(one) for one in thing)
    return thing


def repeat(value: Value, arguments: tuple[Any, ...]) -> Any:
    """The result of the operation of a value, with these arguments in the places of its own.

    Raises: CannotRepeat; what numpy raises where the shapes do not fit.
    """
    op = value.op
    options = {name: plain(one) for name, one in value.options.items()}
    if op in _OPERATORS and value.function is None:
        return _OPERATORS[op](*arguments)
    if op == "part":
        return getattr(np.asarray(arguments[0]), arguments[1])
    if op == "item":
        return arguments[0][plain(arguments[1])]
    if op == "store":
        whole = np.array(arguments[0])
        whole[plain(arguments[1])] = arguments[2]
        return whole
    if op in {"add.at!", "subtract.at!"}:
        whole = np.array(arguments[0], dtype=float)
        at = np.add.at if op.startswith("add") else np.subtract.at
        at(whole, plain(arguments[1]), arguments[2])
        return whole
    if op.endswith("[]"):
        return _called(value, arguments, options)[value.literal]
    if value.function is None or op in {"unknown", "random"} or op.endswith("!"):
        raise CannotRepeat(op)
    return _called(value, arguments, options)


def _called(value: Value, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
    owner = getattr(value.function, "__self__", None)
    if isinstance(owner, np.ndarray | np.generic):
        method = getattr(np.asarray(arguments[0]), value.function.__name__)
        return method(*arguments[1:], **options)
    return value.function(*arguments, **options)


def is_builtin(value: Value, name: str) -> bool:
    """Whether a value is the result of this builtin of Python."""
    return value.function is getattr(builtins, name)


def as_it_is_in(new: dict[int, Any]) -> Callable[[Any], Any]:
    """What an argument is where these values are new; lists and tuples of values too."""

    def now(thing: Any) -> Any:
        if isinstance(thing, Value):
            return new.get(thing.index, thing.value)
        if isinstance(thing, list | tuple):
            return type(thing)(now(one) for one in thing)
        return thing

    return now


def replayed(trace: Trace, changed: dict[int, Any], order: Iterable[int]) -> dict[int, Any]:
    """The values that follow when some are changed, in this order; the user's own operations.

    Raises: CannotRepeat, or what numpy raises where the shapes no longer fit.
    """
    new = dict(changed)
    now = as_it_is_in(new)
    with np.errstate(all="ignore"):
        for index in order:
            value = trace.values[index]
            if index in changed or not any(p.index in new for p in value.parts):
                continue
            new[index] = repeat(value, tuple(now(one) for one in value.arguments))
    return new


def done_again(value: Value, arguments: tuple[Any, ...]) -> Any:
    """The operation of a value with other arguments, or None where it cannot be done."""
    try:
        with np.errstate(all="ignore"):
            return repeat(value, tuple(plain(a) for a in arguments))
    except UNFIT:
        return None
