"""Differentiates a cost by every value that it was made from: reverse mode over what was seen.

The rules of numpy's functions are autograd's; what is only moved about is found by moving indices.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np

from chainstep.scenarios.programs.again import is_builtin, plain, repeat
from chainstep.scenarios.programs.values import Array, Value

#: Functions that move entries about and compute nothing.
MOVES = {
    "concatenate",
    "hstack",
    "vstack",
    "dstack",
    "row_stack",
    "append",
    "array",
    "asarray",
    "asanyarray",
    "ascontiguousarray",
    "stack",
    "column_stack",
    "insert",
    "tile",
    "repeat",
    "pad",
    "roll",
    "flip",
    "fliplr",
    "flipud",
    "rot90",
    "transpose",
    "part",
    "item",
    "reshape",
    "ravel",
    "flatten",
    "squeeze",
    "expand_dims",
    "swapaxes",
    "moveaxis",
    "copy",
    "broadcast_to",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "split",
    "array_split",
    "hsplit",
    "vsplit",
    "take",
    "delete",
    "diag",
    "diagonal",
    "float",
    "float64",
    "float32",
    "asmatrix",
    "asfarray",
    "broadcast_arrays",
    "view",
    "getA",
    "getA1",
    "toarray",
    "compress",
    "choose",
    "triu",
    "tril",
    "take_along_axis",
}
#: Functions that are flat almost everywhere, and those that make numbers from shapes alone.
FLAT = {
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "equal",
    "not_equal",
    "sign",
    "round",
    "floor",
    "ceil",
    "rint",
    "trunc",
    "argmax",
    "argmin",
    "argsort",
    "isnan",
    "isfinite",
    "zeros_like",
    "ones_like",
    "empty_like",
    "zeros",
    "ones",
    "full",
    "eye",
    "arange",
    "random",
    "heaviside",
    "logical_not",
    "logical_and",
    "logical_or",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "invert",
    "floor_divide",
    "unique",
    "int",
    "bool",
    "len",
    "any",
    "all",
    "array_equal",
    "allclose",
    "isclose",
    "count_nonzero",
    "nonzero",
    "flatnonzero",
    "leaf",
    "unseen",
    "searchsorted",
    "bincount",
    "fill!",
    "signbit",
    "isinf",
    "where?",
}
_SAME = {
    "pow": "power",
    "abs": "absolute",
    "fabs": "absolute",
    "amax": "max",
    "amin": "min",
    "float_power": "power",
    "true_divide": "divide",
    "fsum": "sum",
    "vdot": "dot",
}
#: How far a number is moved to see how a function without a rule follows it.
STEP = 1e-3
#: Entries of what a function without a rule is differentiated by.
MOST_NUMERIC = 400


class NoRule(Exception):
    """A function that cannot be differentiated here; its name is the message."""


Pull = list[tuple[Value, Any]]


def pull(value: Value, given: Any, wanted: Callable[[Value], bool], tie: float) -> Pull:
    """What a derivative by a value gives to each of the values that it was made from.

    Raises: NoRule.
    """
    op = value.op
    parts = [part for part in value.parts if wanted(part)]
    if not parts or op in FLAT:
        return []
    if op in _SCALAR and type(value.value) is float:
        return _scalar(value, given)
    op = op.removesuffix("=")
    name = op.removesuffix("[]").removesuffix("!")
    if op in MOVES or (op.endswith("[]") and name in MOVES):
        return _moved(value, given, wanted)
    if op in {"astype", "nan_to_num", "real"}:
        return [(value.arguments[0], given)]
    if op in _STORES:
        return _STORES[op](value, given)
    if name in {"maximum", "minimum", "fmax", "fmin"} and not op.endswith("!"):
        return _larger(value, given, name, tie)
    if is_builtin(value, "sum") or (name == "sum" and value.function is math.fsum):
        return _summed(value, given)
    if name in _SPECIAL:
        return [(value.arguments[0], _SPECIAL[name](value, given))]
    rule = _rules().get(_SAME.get(name, name))
    if rule is None or op.endswith(("!", "[]")):
        return _numeric(value, given, wanted)
    return _by_rule(value, given, wanted, rule)


@cache
def _rules() -> dict[str, Callable[..., Any]]:
    """autograd's rules by the name of the function; it is imported when first wanted."""
    import autograd.numpy as anp
    from autograd.core import primitive_vjps

    rules = {}
    for primitive, maker in primitive_vjps.items():
        name = getattr(primitive, "__name__", "")
        if getattr(anp, name, None) is primitive or name in {"norm", "inv", "det", "outer"}:
            rules[name] = maker
    return rules


def _by_rule(
    value: Value, given: Any, wanted: Callable[[Value], bool], rule: Callable[..., Any]
) -> Pull:
    arguments = tuple(_number(one) for one in value.arguments)
    options = {name: plain(one) for name, one in value.options.items() if name != "out"}
    numbers = tuple(n for n, one in enumerate(value.arguments) if any(map(wanted, _values_in(one))))
    if not numbers:
        return []
    ans = np.asarray(value.value)
    given = np.asarray(given, dtype=float)
    try:
        pulled = rule(numbers, ans, arguments, options)(given)
    except (TypeError, NotImplementedError, KeyError, ValueError, IndexError):
        return _numeric(value, given, wanted)
    made: Pull = []
    for number, part in zip(numbers, pulled, strict=True):
        made.extend(_spread(value.arguments[number], np.asarray(part)))
    return made


def _number(thing: Any) -> Any:
    made = plain(thing)
    if isinstance(thing, list | tuple) and any(True for _ in _values_in(thing)):
        return np.array(made, dtype=float)
    if isinstance(made, np.ndarray | np.generic) and made.dtype.kind in "bui":
        return np.asarray(made, dtype=float) if made.dtype.kind in "ui" else made
    return made


def _values_in(thing: Any) -> Iterable[Value]:
    if isinstance(thing, Value):
        yield thing
    elif isinstance(thing, list | tuple):
        for one in thing:
            yield from _values_in(one)


def _spread(thing: Any, given: Array) -> Pull:
    """A derivative by a list of values, to each of them."""
    if isinstance(thing, Value):
        return [(thing, _fitted(given, np.shape(thing.value)))]
    if isinstance(thing, list | tuple):
        return [pair for one, g in zip(thing, given, strict=True) for pair in _spread(one, g)]
    return []


def _fitted(given: Any, shape: tuple[int, ...]) -> Any:
    """A derivative, summed over the axes along which numpy repeated the value."""
    given = np.asarray(given)
    if given.shape == shape:
        return given
    while given.ndim > len(shape):
        given = given.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1 and given.shape[axis] != 1:
            given = given.sum(axis=axis, keepdims=True)
    return given.reshape(shape) if given.size == math.prod(shape) else np.broadcast_to(given, shape)


# ── numbers of plain Python ───────────────────────────────────────────────────────────────

_SCALAR = {"add", "subtract", "multiply", "divide", "negative"}


def _scalar(value: Value, given: Any) -> Pull:
    left = value.arguments[0]
    a = plain(left)
    if value.op == "negative":
        return [(left, -given)]
    right = value.arguments[1]
    b = plain(right)
    first = {"add": 1.0, "subtract": 1.0, "multiply": b, "divide": 1 / b if b else math.nan}
    second = {"add": 1.0, "subtract": -1.0, "multiply": a}
    made: Pull = []
    if isinstance(left, Value):
        made.append((left, given * first[value.op]))
    if isinstance(right, Value):
        slope = second[value.op] if value.op in second else -a / (b * b) if b else math.nan
        made.append((right, given * slope))
    return made


def _summed(value: Value, given: Any) -> Pull:
    return [
        (part, _fitted(given * np.ones(np.shape(value.value)), np.shape(part.value)))
        if np.shape(part.value)
        else (part, float(np.sum(given)))
        for part in value.parts
    ]


# ── entries that are moved, and arrays that are written into ──────────────────────────────


def _moved(value: Value, given: Any, wanted: Callable[[Value], bool]) -> Pull:
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
        fitted = _fitted(part, np.shape(put.value))
        made.append((put, fitted if np.shape(put.value) else float(fitted)))
    elif isinstance(put, list | tuple):
        made.extend(_spread(put, np.asarray(given)[index]))
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
        made.append((put, _fitted(sign * np.asarray(given)[plain(index)], np.shape(put.value))))
    return made


def _copied(value: Value, given: Any) -> Pull:
    source = value.arguments[1]
    return [(source, _fitted(given, np.shape(source.value)))] if isinstance(source, Value) else []


_STORES: dict[str, Callable[[Value, Any], Pull]] = {
    "store": _stored,
    "put_back": _put_back,
    "add.at!": _added_at,
    "subtract.at!": _added_at,
    "copyto!": _copied,
}


# ── what has a kink, and what has no rule ─────────────────────────────────────────────────


def _larger(value: Value, given: Any, name: str, tie: float) -> Pull:
    """max(x, y): the larger one takes all; where they are equal the first takes `tie` of it."""
    one, other = value.arguments[:2]
    a, b = np.asarray(plain(one), dtype=float), np.asarray(plain(other), dtype=float)
    first = (a > b if "max" in name else a < b) * 1.0
    own = tie if isinstance(one, Value) else 1.0 - tie
    share = np.where(a == b, own, first)
    made: Pull = []
    if isinstance(one, Value):
        made.append((one, _fitted(given * share, np.shape(one.value))))
    if isinstance(other, Value):
        made.append((other, _fitted(given * (1 - share), np.shape(other.value))))
    return made


def _softmax(value: Value, given: Any) -> Any:
    a = np.asarray(value.value)
    axis = plain(value.options.get("axis"))
    return a * (given - (given * a).sum(axis=axis, keepdims=True))


def _log_softmax(value: Value, given: Any) -> Any:
    axis = plain(value.options.get("axis"))
    return given - np.exp(value.value) * np.sum(given, axis=axis, keepdims=True)


_SPECIAL: dict[str, Callable[[Value, Any], Any]] = {
    "expit": lambda value, g: g * value.value * (1 - value.value),
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "log_expit": lambda value, g: g * (1 - np.exp(value.value)),
    "erf": lambda value, g: g * 2 / math.sqrt(math.pi) * np.exp(-(plain(value.arguments[0]) ** 2)),
}


def _numeric(value: Value, given: Any, wanted: Callable[[Value], bool]) -> Pull:
    """Differences of the fourth order, for a function that there is no rule for."""
    if value.function is None or value.op in {"unknown!", "random"} or value.op.endswith("!"):
        raise NoRule(value.op)
    module = getattr(value.function, "__module__", None) or type(value.function).__module__
    if module.split(".")[0] not in {"numpy", "scipy", "math", "builtins", "numba"}:
        raise NoRule(getattr(value.function, "__name__", value.op))
    made: Pull = []
    for number, part in enumerate(value.arguments):
        if not isinstance(part, Value) or not wanted(part):
            continue
        if np.size(part.value) > MOST_NUMERIC:
            raise NoRule(value.op)
        made.append((part, _followed(value, number, given)))
    return made


def _followed(value: Value, number: int, given: Any) -> Any:
    arguments = [plain(one) for one in value.arguments]
    start = np.array(arguments[number], dtype=float)
    slopes = np.zeros(start.shape)
    for entry in np.ndindex(start.shape):
        total = np.zeros(np.shape(value.value))
        for steps, weight in ((1, 8), (-1, -8), (2, -1), (-2, 1)):
            moved = start.copy()
            moved[entry] += steps * STEP
            arguments[number] = moved if start.ndim else float(moved)
            try:
                total = total + weight * np.asarray(repeat(value, tuple(arguments)), dtype=float)
            except Exception as error:
                raise NoRule(value.op) from error
        slopes[entry] = float(np.sum(given * total / (12 * STEP)))
    return slopes if start.ndim else float(slopes)


# ── the whole way back ────────────────────────────────────────────────────────────────────


class Derivatives:
    """The derivatives of a cost by every value before it, and by each way to it."""

    def __init__(self) -> None:
        self.by: dict[int, Any] = {}
        self.ways: list[tuple[Value, Value, Any]] = []
        self.missing: set[str] = set()


def differentiate(
    seeds: list[tuple[Value, Any]],
    wanted: Callable[[Value], bool],
    inside: Callable[[Value], bool],
    tie: float = 0.0,
) -> Derivatives:
    """Reverse mode from these derivatives of the cost, through every value that is wanted."""
    import heapq

    found = Derivatives()
    gathered: dict[int, list[tuple[Value | None, Any]]] = {}
    values: dict[int, Value] = {}
    heap: list[int] = []

    def give(part: Value, consumer: Value | None, amount: Any) -> None:
        if part.index not in gathered:
            gathered[part.index] = []
            values[part.index] = part
            heapq.heappush(heap, -part.index)
        gathered[part.index].append((consumer, amount))

    for value, amount in seeds:
        give(value, None, amount)
    with np.errstate(all="ignore"):
        while heap:
            index = -heapq.heappop(heap)
            value, amounts = values[index], gathered.pop(index)
            total = amounts[0][1]
            for _, more in amounts[1:]:
                total = total + more
            found.by[index] = total
            if len(amounts) > 1:
                found.ways.extend((value, c, a) for c, a in amounts if c is not None)
            try:
                if not inside(value):
                    continue
                for part, amount in pull(value, total, wanted, tie):
                    if wanted(part):
                        give(part, value, amount)
            except NoRule as error:
                found.missing.add(str(error))
    return found
