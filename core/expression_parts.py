"""What an expression is made of, and what it comes to on numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import itemgetter, matmul
from typing import Any, NamedTuple

import numpy as np

from chainstep.core.expressions import (
    Apply,
    Called,
    Cell,
    Expression,
    Filled,
    Fold,
    LaidOut,
    Named,
    Number,
    Product,
    Reduce,
    Ref,
    Rows,
    Transpose,
    WithOnes,
    ZeroRows,
    laid_out,
)
from chainstep.core.quantities import Quantity

#: What computes an expression from the values of quantities, by their names.
Call = Callable[[Mapping[str, Any]], Any]


def operands_of(expression: Expression) -> tuple[Quantity, ...]:
    """The quantities that an expression is shown with, each once, in the order of reading."""
    found: dict[str, Quantity] = {}
    pending = [expression]
    while pending:
        node = pending.pop()
        if isinstance(node, Ref | Cell):
            found.setdefault(node.quantity.name, node.quantity)
        else:
            pending.extend(reversed(parts(node, shown=True)))
    return tuple(found.values())


def parts(node: Expression, *, shown: bool) -> tuple[Expression, ...]:
    """What an expression is made of: as it is shown, or as it is computed."""
    match node:
        case Apply(args=args) | Called(args=args):
            return args
        case Named(args=args, body=body):
            return args if shown else (body,)
        case Product(left=left, right=right):
            return (left, right)
        case Reduce() | Transpose() | WithOnes() | Rows() | ZeroRows() | LaidOut():
            return (node.of,)
        case Fold():
            return node.terms
        case _:
            return ()


def needs(expression: Expression) -> set[str]:
    """The names of the quantities that computing the expression reads."""
    if isinstance(expression, Ref | Cell):
        return {expression.quantity.name}
    return {name for part in parts(expression, shown=False) for name in needs(part)}


class Inside(NamedTuple):
    """What becomes of numbers on the way to what an expression comes to, as of rounded ones.

    ``result`` takes what an operation gave that is not the last, ``product`` two matrices. What
    a page writes by a name, ``σ(z)``, has nothing inside.
    """

    result: Callable[[Any], Any]
    product: Callable[[Any, Any], Any] = matmul


def evaluate(
    expression: Expression,
    values: Mapping[str, Any],
    number: Any = None,
    inside: Inside | None = None,
) -> Any:
    """Computes the expression on whatever kind of numbers ``values`` holds.

    ``number`` makes a constant of that kind; as it comes where it is None.
    """
    if number is not None or inside is not None:
        return _call(expression, number, inside)(values)
    kept = expression.__dict__.get("call")
    if kept is None:
        kept = expression.__dict__["call"] = _call(expression, None, None)
    return kept(values)


def _call(expression: Expression, number: Any, inside: Inside | None) -> Call:
    """The expression as calls of its functions one in the other, walked once."""

    def done(node: Expression, call: Call) -> Call:
        if inside is None or node is expression:
            return call
        result = inside.result
        return lambda values: result(call(values))

    def constant(value: float) -> Any:
        return value if number is None else number(value)

    def call(node: Expression) -> Call:
        match node:
            case Ref(quantity=quantity):
                return itemgetter(quantity.name)
            case Number(value=value):
                made = constant(value)
                return lambda _: made
            case Filled(value=value, shape=shape):
                return lambda _: np.full(shape, constant(value))
            case Apply(function=function, args=args):
                return done(node, _applied(function, list(map(call, args))))
            case Called(function=function, args=args):
                return _applied(function, list(map(call, args)))
            case Reduce(function=fold, axis=axis):
                of = call(node.of)
                return done(node, lambda values: fold.reduce(of(values), axis=axis, keepdims=True))
            case Product(left=left, right=right):
                product = matmul if inside is None else inside.product
                return done(node, _applied(product, [call(left), call(right)]))
            case Named(body=body):
                return call(body) if inside is None else _call(body, number, None)
            case Cell(quantity=quantity, position=position):
                name = quantity.name
                return lambda values: values[name][position]
            case Fold(function=function):
                return lambda values: reduce(function, (call(t)(values) for t in node.terms))
            case Transpose() | WithOnes() | Rows() | ZeroRows() | LaidOut():
                of = call(node.of)
                return lambda values: _placed(node, of(values))
        raise TypeError(f"no such expression: {node!r}")

    return call(expression)


def _applied(function: Callable[..., Any], calls: list[Call]) -> Call:
    if len(calls) == 1:
        only = calls[0]
        return lambda values: function(only(values))
    if len(calls) == 2:
        left, right = calls
        return lambda values: function(left(values), right(values))
    return lambda values: function(*(one(values) for one in calls))


def _placed(node: Transpose | WithOnes | Rows | ZeroRows | LaidOut, array: Any) -> Any:
    """The numbers of an array in other places; nothing is computed."""
    match node:
        case Transpose():
            return array.T
        case WithOnes():
            return np.concatenate([np.ones((len(array), 1), dtype=array.dtype), array], axis=1)
        case Rows(start=start, stop=stop):
            return array[start:stop]
        case ZeroRows(start=start, stop=stop):
            zeroed = array.copy()
            zeroed[start:stop] = 0
            return zeroed
        case LaidOut(function=function):
            return laid_out(function, array)
