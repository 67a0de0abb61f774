"""What an expression is made of, and what it comes to on numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import matmul
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

    def done(node: Expression, made: Any) -> Any:
        return made if inside is None or node is expression else inside.result(made)

    def value(node: Expression) -> Any:
        match node:
            case Ref(quantity=quantity):
                return values[quantity.name]
            case Number(value=constant):
                return constant if number is None else number(constant)
            case Filled(value=constant, shape=shape):
                return np.full(shape, constant if number is None else number(constant))
            case Apply(function=function, args=args):
                return done(node, function(*map(value, args)))
            case Called(function=function, args=args):
                return function(*map(value, args))
            case Reduce(function=function, of=of, axis=axis):
                return done(node, function.reduce(value(of), axis=axis, keepdims=True))
            case Product(left=left, right=right):
                product = matmul if inside is None else inside.product
                return done(node, product(value(left), value(right)))
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
                return value(body) if inside is None else evaluate(body, values, number)
            case LaidOut(function=function, of=of):
                return laid_out(function, value(of))
            case Cell(quantity=quantity, position=position):
                return values[quantity.name][position]
            case Fold(function=function):
                return reduce(function, map(value, node.terms))
        raise TypeError(f"no such expression: {node!r}")

    return value(expression)
