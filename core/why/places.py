"""Single entries of expressions: the places that they are computed from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from chainstep.core.entries import cells, entry
from chainstep.core.expressions import Apply, Cell, Expression, Fold, Named, Number, Position
from chainstep.core.quantities import Entry, Quantity


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


def products(expression: Expression, position: Position) -> Products | None:
    """The entry of an expression as a sum of products of places; None where it is no such sum."""
    return _products(entry(expression, position))


def _products(number: Expression) -> Products | None:
    match number:
        case Cell(quantity=quantity, position=position):
            return [(Place(quantity, position),)]
        case Number(value=value, name=label):
            return [(Place(None, (), value, label),)]
        case Fold(function=np.add):
            return _joined(map(_products, number.terms))
        case Named(symbol="", args=(shown,)):
            return _products(shown)
        case Apply(function=function, args=args):
            return _applied(function, [_products(arg) for arg in args])
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


def operand_places(expression: Expression, position: Position) -> list[Place]:
    """The entries that an entry is computed from, in the order of its formula.

    A softmax's Jacobian reads two entries of a; a softmax the whole row of z.
    """
    return [Place(cell.quantity, cell.position) for cell in cells(entry(expression, position))]
