"""One number of an array's expression, as an expression of single numbers.

Everything that asks what an entry is made of reads this: which operands are lit, the products
of a chain, the line with numbers put in, the entry in letters, the source for a compiler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from chainstep.core.expression_parts import parts
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
    Position,
    Product,
    Reduce,
    Ref,
    Rows,
    Transpose,
    WithOnes,
    ZeroRows,
)

#: What ``entry`` made of the nodes and positions that it met, so that each is made once.
Made = dict[tuple[int, Position], Expression]


def entry(expression: Expression, position: Position, made: Made | None = None) -> Expression:
    """The number of an array at a position: cells of quantities, constants, ufuncs and folds.

    The position of a single number may be (). Entries of one expression may share ``made``:
    what they have in common is then one and the same object.
    """
    return _at(expression, position or (0,) * len(expression.shape), {} if made is None else made)


def cells(number: Expression) -> Iterator[Cell]:
    """The cells that a number is shown with, in the order of reading; some more than once."""
    pending = [number]
    while pending:
        part = pending.pop()
        if isinstance(part, Cell):
            yield part
        else:
            pending.extend(reversed(parts(part, shown=True)))


def mixed_axes(body: Expression) -> set[int]:
    """The axes along which a function makes each number of many, as softmax does of a row."""
    found = {body.axis} if isinstance(body, Reduce) else set()
    return found.union(*(mixed_axes(part) for part in parts(body, shown=False)))


def within(node: Expression, position: Position) -> Position:
    """The position in an operand that may be stretched: 0 along an axis of size 1."""
    return tuple(
        0 if size == 1 else index for size, index in zip(node.shape, position, strict=False)
    )


def _at(node: Expression, position: Position, made: Made) -> Expression:
    key = (id(node), position)
    if key not in made:
        made[key] = _entry(node, position, made)
    return made[key]


def _entry(node: Expression, position: Position, made: Made) -> Expression:
    match node:
        case Ref(quantity=quantity):
            return Cell(quantity, position)
        case Number():
            return node
        case Filled(value=value):
            return Number(value)
        case Apply(function=function, args=args) if source := getattr(function, "source", None):
            place = source(args, position)  # an arrangement of numbers, that only mistakes make
            return Number(1.0) if place is None else _at(args[place[0]], place[1], made)
        case Apply(function=function, args=args):
            return Apply(function, tuple(_at(a, within(a, position), made) for a in args), (), ())
        case Product(left=left, right=right):
            i, j = position
            return _sum_of_products(
                left.shape[1],
                lambda n: (_at(left, (i, n), made), _at(right, (n, j), made)),
            )
        case Reduce(function=function, of=of, axis=axis):
            before, after = position[:axis], position[axis + 1 :]
            return Fold(function, of.shape[axis], lambda n: _at(of, (*before, n, *after), made))
        case Named(symbol="·", args=(left, right), body=body):
            i, j = position
            shown = _sum_of_products(
                left.shape[1],
                lambda n: (_at(left, (i, n), made), _at(right, (i, n, j), made)),
            )
            return Named("", (shown,), _at(body, position, made))
        case Named():
            return _named(node, position, made)
        case Called(symbol=symbol, function=called, args=args):
            return Called(symbol, lambda *numbers: called(*numbers)[position], args, (), ())
        case LaidOut(function=function, of=of):
            row, i, j = position
            one, other = _at(of, (row, i), made), _at(of, (row, j), made)
            jacobian: Expression = function(one, other, Number(float(i == j)))
            return jacobian
    return _moved(node, position, made)


def _moved(node: Expression, position: Position, made: Made) -> Expression:
    """An entry of what only rearranges numbers."""
    match node:
        case Transpose(of=of):
            return _at(of, position[::-1], made)
        case Rows(of=of, start=start):
            return _at(of, (position[0] + start, *position[1:]), made)
        case WithOnes(of=of):
            row, column = position
            return _at(of, (row, column - 1), made) if column else Number(1.0)
        case ZeroRows(of=of, start=start, stop=stop):
            return Number(0.0) if start <= position[0] < stop else _at(of, position, made)
    raise TypeError(f"no such expression: {node!r}")


def _sum_of_products(count: int, factors: Callable[[int], tuple[Expression, ...]]) -> Fold:
    return Fold(np.add, count, lambda n: Apply(np.multiply, factors(n), (), ()))


def _named(node: Named, position: Position, made: Made) -> Named:
    """A number by a named function: of the numbers at its place, or of all that are mixed."""
    body = _at(node.body, position, made)
    axes = mixed_axes(node.body)
    if not axes:
        args = tuple(_at(arg, within(arg, position), made) for arg in node.args)
        return Named(node.symbol, args, body)
    of = node.args[0]
    ranges = [range(of.shape[n]) if n in axes else (at,) for n, at in enumerate(position)]
    places = list(product(*ranges))
    args = tuple(_at(of, place, made) for place in places)
    return Named(node.symbol, args, body, places.index(position))
