"""The line of one entry: its formula with the numbers put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from chainstep.core import Entry
from chainstep.core.activations import ACTIVATIONS
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
)
from chainstep.core.quantities import Quantity
from chainstep.core.setup import Array
from chainstep.core.text.formulas import formula
from chainstep.core.text.numbers import Digits, number_texts

_SHOWN_TERMS = 3
Position = tuple[int, ...]

_MIXING = {entry.symbol for entry in ACTIVATIONS.values() if entry.slope is None}


def with_numbers(
    expression: Expression, entry: Entry, values: Mapping[str, Array], digits: int = 7
) -> str:
    """The right-hand side of an entry, numbers in the place of letters.

    Long sums show their first terms and their last, and say how many there are.
    """
    return formula(_Writer(values, digits).at(expression, entry.position))


class _Writer:
    """Turns an expression into that of one entry, whose letters are numbers as text."""

    def __init__(self, values: Mapping[str, Array], digits: int) -> None:
        self.values = values
        self.digits = Digits(digits, None)

    def text(self, number: ArrayLike) -> str:
        text = number_texts(number, self.digits)[0].replace("-", "−", 1)
        return f"({text})" if text.startswith("−") else text

    def at(self, node: Expression, position: Position) -> Expression:
        match node:
            case Ref(quantity=quantity):
                return self._number(self.values[quantity.name], position)
            case Number(value=value):
                return _letter(self.text(np.float64(value)))
            case Named(symbol="", args=(of,)):
                return self.at(of, position)
            case Apply(function=function, args=args):
                return Apply(function, tuple(self.at(arg, position) for arg in args), (), ())
            case Product(left=left, right=right):
                return self._product(left, right, position)
            case Reduce(function=np.add, of=of, axis=axis):
                terms = [_replaced(position, axis, k) for k in range(of.shape[axis])]
                return _summed(terms, lambda where: self.at(of, where))
            case Named(symbol="·", args=(left, right)):
                return self._through(left, right, position)
            case Named(symbol=symbol, args=(z, *_)) if symbol in _MIXING:
                return self._mixed(symbol, z, position)
            case Named(symbol=symbol, args=args):
                return Named(symbol, tuple(self.at(arg, position) for arg in args), Number(0))
            case _:
                return self._rearranged(node, position)

    def _rearranged(self, node: Expression, position: Position) -> Expression:
        match node:
            case Transpose(of=of):
                return self.at(of, position[::-1])
            case Rows(of=of, start=start):
                return self.at(of, (position[0] + start, *position[1:]))
            case WithOnes(of=of):
                if position[1] == 0:
                    return Number(1)
                return self.at(of, (position[0], position[1] - 1))
            case ZeroRows(of=of, start=start, stop=stop):
                return Number(0) if start <= position[0] < stop else self.at(of, position)
            case Filled(value=value):
                return Number(value)
            case LaidOut(of=of):
                return self._jacobian(of, position)
        return node

    def _number(self, value: Array, position: Position) -> Ref:
        broadcast = tuple(
            0 if size == 1 else at
            for size, at in zip(value.shape, position[-value.ndim :], strict=False)
        )
        return _letter(self.text(value[broadcast] if value.ndim else value[()]))

    def _product(self, left: Expression, right: Expression, position: Position) -> Expression:
        i, j = position
        return _summed(
            list(range(left.shape[1])),
            lambda k: _times(self.at(left, (i, k)), self.at(right, (k, j))),
        )

    def _through(self, left: Expression, right: Expression, position: Position) -> Expression:
        i, j = position
        return _summed(
            list(range(left.shape[1])),
            lambda k: _times(self.at(left, (i, k)), self.at(right, (i, k, j))),
        )

    def _mixed(self, symbol: str, z: Expression, position: Position) -> Expression:
        row = [self.at(z, (position[0], k)) for k in range(min(z.shape[1], _SHOWN_TERMS + 1))]
        texts = [formula(part) for part in row]
        if z.shape[1] > len(texts):
            texts[-1] = f"… {z.shape[1]} in all"
        return _letter(f"{symbol}({', '.join(texts)}) at {position[1]}")

    def _jacobian(self, of: Expression, position: Position) -> Expression:
        observation, i, j = position
        here = Number(1 if i == j else 0)
        other = self.at(of, (observation, j))
        return _times(self.at(of, (observation, i)), Apply(np.subtract, (here, other), (), ()))


def _letter(text: str) -> Ref:
    return Ref(Quantity(text, (), ()))


def _times(left: Expression, right: Expression) -> Expression:
    return Apply(np.multiply, (left, right), (), ())


def _replaced(position: Position, axis: int, k: int) -> Position:
    """The position in what is summed; the sum itself may have lost that axis."""
    if len(position) > axis:
        return (*position[:axis], k, *position[axis + 1 :])
    return (k, 0)


def _summed(terms: Sequence[Any], at: Callable[[Any], Expression]) -> Expression:
    if len(terms) > _SHOWN_TERMS + 2:
        shown = [at(term) for term in terms[:_SHOWN_TERMS]]
        shown.append(_letter(f"… {len(terms) - _SHOWN_TERMS - 1} more …"))
        shown.append(at(terms[-1]))
    else:
        shown = [at(term) for term in terms]
    total = shown[0]
    for term in shown[1:]:
        total = Apply(np.add, (total, term), (), ())
    return total
