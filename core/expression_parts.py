"""What an expression is made of, and what it comes to on numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

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


def evaluate(expression: Expression, values: Mapping[str, Any], number: Any = None) -> Any:
    """Computes the expression on whatever kind of numbers ``values`` holds.

    ``number`` makes a constant of that kind; as it comes where it is None.
    """

    def value(node: Expression) -> Any:
        match node:
            case Ref(quantity=quantity):
                return values[quantity.name]
            case Number(value=constant):
                return constant if number is None else number(constant)
            case Filled(value=constant, shape=shape):
                return np.full(shape, constant if number is None else number(constant))
            case Apply(function=function, args=args):
                return function(*map(value, args))
            case Called(function=function, args=args):
                return function(*map(value, args))
            case Reduce(function=function, of=of, axis=axis):
                return function.reduce(value(of), axis=axis, keepdims=True)
            case Product(left=left, right=right):
                return value(left) @ value(right)
            case Transpose(of=of):
                return value(of).T
            case WithOnes(of=of):
                inner = value(of)
                return np.concatenate([np.ones((len(inner), 1), dtype=inner.dtype), inner], axis=1)
            case Rows(of=of, start=start, stop=stop):
                return value(of)[start:stop]
            case ZeroRows(of=of, start=start, stop=stop):
                zeroed = value(of).copy()
                zeroed[start:stop] = 0
                return zeroed
            case Named(body=body):
                return value(body)
            case LaidOut(function=function, of=of):
                return laid_out(function, value(of))
            case Cell(quantity=quantity, position=position):
                return values[quantity.name][position]
            case Fold(function=function):
                return reduce(function, map(value, node.terms))
        raise TypeError(f"no such expression: {node!r}")

    return value(expression)
