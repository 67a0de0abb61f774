"""Single entries of expressions: the places that they are computed from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from chainstep.core.expressions import (
    Apply,
    Expression,
    Filled,
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
    parts,
)
from chainstep.core.quantities import Entry, Quantity

Position = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of a quantity, or a constant: that has no quantity, and a ``label`` if a setting."""

    quantity: Quantity | None
    position: Position
    constant: float = 1.0
    label: str = ""

    @property
    def name(self) -> str:
        """The engine's name of its quantity; of a constant that of the setting, or nothing."""
        return self.quantity.name if self.quantity else self.label

    @property
    def entry(self) -> Entry:
        return Entry(self.name, self.position)

    @property
    def observation(self) -> int | None:
        """The observation that it belongs to, if it belongs to one."""
        if self.quantity:
            for axis, index in zip(self.quantity.axes, self.position, strict=False):
                if axis.kind == "observation":
                    return index
        return None


#: A sum of products of places.
Products = list[tuple[Place, ...]]


def products(node: Expression, position: Position) -> Products | None:
    """The entry of an expression as a sum of products of places; None where it is no such sum."""
    match node:
        case Ref(quantity=quantity):
            return [(Place(quantity, position),)]
        case Number(value=value, name=label):
            return [(Place(None, (), value, label),)]
        case Filled(value=value):
            return [(Place(None, (), value),)]
        case Transpose(of=of):
            return products(of, position[::-1])
        case Rows(of=of, start=start):
            return products(of, (position[0] + start, *position[1:]))
        case WithOnes(of=of):
            if position[1] == 0:
                return [(Place(None, (), 1.0),)]
            return products(of, (position[0], position[1] - 1))
        case ZeroRows(of=of, start=start, stop=stop):
            return (
                [(Place(None, (), 0.0),)] if start <= position[0] < stop else products(of, position)
            )
        case Product(left=left, right=right):
            inner = range(left.shape[1])
            pairs = (
                _crossed(products(left, (position[0], n)), products(right, (n, position[1])))
                for n in inner
            )
            return _joined(pairs)
        case Reduce(function=np.add, of=of, axis=axis):
            return _joined(products(of, _at(position, axis, n)) for n in range(of.shape[axis]))
        case Named(symbol="·", args=(left, right)):
            pairs = (
                _crossed(
                    products(left, (position[0], i)), products(right, (position[0], i, position[1]))
                )
                for i in range(left.shape[1])
            )
            return _joined(pairs)
        case Apply(function=function, args=args):
            return _applied(function, [products(arg, within(arg, position)) for arg in args])
    return None


def _applied(function: np.ufunc, args: list[Products | None]) -> Products | None:
    if any(arg is None for arg in args):
        return None
    if function is np.multiply and all(arg and len(arg) == 1 for arg in args):
        return _crossed(args[0], args[1])
    if function is np.add:
        return _joined(args)
    if function in {np.subtract, np.negative}:
        minus: Products = [(Place(None, (), -1.0),)]
        return _joined([*args[:-1], _crossed(minus, args[-1])])
    if function is np.divide and args[1] and args[1][0][0].quantity is None:
        inverse: Products = [(Place(None, (), 1 / args[1][0][0].constant),)]
        return _crossed(args[0], inverse)
    return None


def _crossed(left: Products | None, right: Products | None) -> Products | None:
    if left is None or right is None:
        return None
    return [one + other for one in left for other in right]


def _joined(sums: Iterable[Products | None]) -> Products | None:
    joined: Products = []
    for each in sums:
        if each is None:
            return None
        joined += each
    return joined


def _at(position: Position, axis: int, n: int) -> Position:
    """The position with one axis replaced; a sum that lost its axes has none to replace."""
    if not position:
        return (n, 0)
    return (*position[:axis], n, *position[axis + 1 :])


def within(node: Expression, position: Position) -> Position:
    """The position in an operand that may be stretched: 0 along an axis of size 1."""
    return tuple(
        0 if size == 1 else index for size, index in zip(node.shape, position, strict=False)
    )


def operand_places(node: Expression, position: Position) -> list[Place]:
    """The entries that an entry is computed from, in the order of its formula.

    A softmax's Jacobian reads two entries of a; a softmax the whole row of z.
    """
    match node:
        case Ref(quantity=quantity):
            return [Place(quantity, position)]
        case LaidOut(of=of):
            observation, i, j = position
            return [
                place
                for n in (i, j)
                for place in operand_places(of, (observation, n))
            ]  # fmt: skip
        case Product() | Transpose() | Rows() | WithOnes() | ZeroRows() | Named(symbol="·"):
            return [place for term in products(node, position) or () for place in term]
        case Named(args=(of,)) if mixes(node):
            return [
                place for n in range(of.shape[1]) for place in operand_places(of, (position[0], n))
            ]
        case Reduce(of=of, axis=axis):
            return [
                place
                for n in range(of.shape[axis])
                for place in operand_places(of, _at(position, axis, n))
            ]
        case Apply(args=args) | Named(args=args):
            return [place for arg in args for place in operand_places(arg, within(arg, position))]
    return []


def mixes(node: Named) -> bool:
    """Whether a named function makes an entry of the whole row, as softmax does."""
    pending: list[Expression] = [node.body]
    while pending:
        inner = pending.pop()
        if isinstance(inner, Reduce):
            return True
        pending.extend(parts(inner, shown=False))
    return False
