"""Differentiates a cost by every value that it was made from: reverse mode over what was seen.

The rules of numpy's functions are autograd's; what is only moved about is found by moving indices.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import is_builtin, plain
from chainstep.scenarios.programs.deriving.differences import by_differences
from chainstep.scenarios.programs.deriving.kinks import SCALAR, SPECIAL, larger, of_numbers, of_sum
from chainstep.scenarios.programs.deriving.moves import STORES, moved
from chainstep.scenarios.programs.deriving.operations import FLAT, MOVES
from chainstep.scenarios.programs.deriving.spreading import NoRule, Pull, spread, values_in
from chainstep.scenarios.programs.seeing.values import Value

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


def pull(value: Value, given: Any, wanted: Callable[[Value], bool], tie: float) -> Pull:
    """What a derivative by a value gives to each of the values that it was made from.

    Raises: NoRule.
    """
    op = value.op
    parts = [part for part in value.parts if wanted(part)]
    if not parts or op in FLAT:
        return []
    if op in SCALAR and type(value.value) is float:
        return of_numbers(value, given)
    op = op.removesuffix("=")
    name = op.removesuffix("[]").removesuffix("!")
    if op in MOVES or (op.endswith("[]") and name in MOVES):
        return moved(value, given, wanted)
    if op in {"astype", "nan_to_num", "real"}:
        return [(value.arguments[0], given)]
    if op in STORES:
        return STORES[op](value, given)
    if name in {"maximum", "minimum", "fmax", "fmin"} and not op.endswith("!"):
        return larger(value, given, name, tie)
    if is_builtin(value, "sum") or (name == "sum" and value.function is math.fsum):
        return of_sum(value, given)
    if name in SPECIAL:
        return [(value.arguments[0], SPECIAL[name](value, given))]
    rule = _rules().get(_SAME.get(name, name))
    if rule is None or op.endswith(("!", "[]")):
        return by_differences(value, given, wanted)
    return _by_rule(value, given, wanted, rule)


@cache
def _rules() -> dict[str, Callable[..., Any]]:
    """autograd's rules by the name of the function; it is imported when first wanted."""
    import autograd.numpy  # noqa: F401 - it is what fills the table
    from autograd.core import primitive_vjps

    rules = {}
    for primitive, maker in primitive_vjps.items():
        name = getattr(primitive, "__name__", "")
        if hasattr(np, name) or hasattr(np.linalg, name):
            rules[name] = maker
    return rules


def _by_rule(
    value: Value, given: Any, wanted: Callable[[Value], bool], rule: Callable[..., Any]
) -> Pull:
    arguments = tuple(_number(one) for one in value.arguments)
    options = {name: plain(one) for name, one in value.options.items() if name != "out"}
    numbers = tuple(n for n, one in enumerate(value.arguments) if any(map(wanted, values_in(one))))
    if not numbers:
        return []
    ans = np.asarray(value.value)
    given = np.asarray(given, dtype=float)
    try:
        pulled = rule(numbers, ans, arguments, options)(given)
    except (TypeError, NotImplementedError, KeyError, ValueError, IndexError):
        return by_differences(value, given, wanted)
    made: Pull = []
    for number, part in zip(numbers, pulled, strict=True):
        made.extend(spread(value.arguments[number], np.asarray(part)))
    return made


def _number(thing: Any) -> Any:
    made = plain(thing)
    if isinstance(thing, list | tuple) and any(True for _ in values_in(thing)):
        return np.array(made, dtype=float)
    if isinstance(made, np.ndarray | np.generic) and made.dtype.kind in "bui":
        return np.asarray(made, dtype=float) if made.dtype.kind in "ui" else made
    return made


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
