"""One entry in letters: ``x₁(y₁ − t₁)`` for a gradient, with everything below it put in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

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
from chainstep.core.program import Program
from chainstep.core.quantities import Entry, Quantity
from chainstep.core.text.formulas import scalar_formula
from chainstep.core.text.notation import Notation

Position = tuple[int, ...]

_DERIVATIVES = {"dC/da", "dz/da", "da/dz", "delta", "dz/dW", "dz/db", "dC/dW", "dC/db"}
_MOST_TERMS = 4  # of one sum; of longer ones the first two and the last are written
#: A point that goes unwritten before a parenthesis: after an index, a digit or a lone letter.
_TIMES_BRACKET = re.compile(r"(?:(?<=[₀-₉⁰-⁹²³¹⁾\d])|(?<=\b\w))·(?=\()")
_MIXING = {entry.symbol for entry in ACTIVATIONS.values() if entry.slope is None}


class _TooLong(Exception):
    """More letters than anybody reads."""


def in_letters(program: Program, entry: Entry, notation: Notation, most: int = 24) -> str | None:
    """An entry's formula in the letters of a notation, derivatives put in as far as they fit.

    Where all of it takes more than ``most`` letters, the delta of the layer above stays one
    letter, then that of the layer itself; None where even that is too long, or where nothing
    computes it. A softmax with cross-entropy is written by its theorem, ``y₁ − t₁``.
    """
    quantity = program.quantities[entry.quantity]
    if quantity.name not in program.numbers:
        return None
    for kept in (set(), set(range(quantity.layer + 1, 1 + len(program.setup.layers)))):
        if text := _written(program, entry, notation, most, frozenset(kept)):
            return text
    kept = {quantity.layer} if quantity.role in {"dC/dW", "dC/db"} else set()
    above = range(quantity.layer + 1, 1 + len(program.setup.layers))
    return _written(program, entry, notation, most, frozenset(chain(kept, above)))


def _written(
    program: Program, entry: Entry, notation: Notation, most: int, kept: frozenset[int]
) -> str | None:
    unfolding = _Unfolding(program, notation, most, kept)
    try:
        expression = unfolding.entry(program.quantities[entry.quantity], entry.position)
    except _TooLong:
        return None
    text = scalar_formula(expression, notation)
    return text if notation.spelling == "code" else _TIMES_BRACKET.sub("", text)


@dataclass
class _Unfolding:
    """Puts the formulas of derivatives in until data, weights and activations are left."""

    program: Program
    notation: Notation
    most: int
    kept: frozenset[int]
    used: int = field(default=0)

    def entry(self, quantity: Quantity, position: Position) -> Expression:
        """What computes an entry, in scalars."""
        step = self.program.step(quantity.name)
        expression = step.short.expression if step.short else step.expression
        return self.at(expression, position or (0,) * len(expression.shape))

    def leaf(self, quantity: Quantity, position: Position) -> Expression:
        """A letter, or what it stands for where it is a derivative."""
        stays = quantity.role == "delta" and quantity.layer in self.kept
        if quantity.role in _DERIVATIVES and not stays:
            return self.entry(quantity, position)
        if quantity.role == "a+":
            return self.entry(quantity, position)
        return self.letter(quantity, position)

    def letter(self, quantity: Quantity, position: Position) -> Expression:
        """The name of one number, as a symbol."""
        self.used += 1
        if self.used > self.most:
            raise _TooLong
        size = len(quantity.shape)
        position = tuple(
            0 if length == 1 else at
            for length, at in zip(quantity.shape, position[-size:], strict=False)
        )
        return named(self.notation.entry(quantity, position, self.program))

    def at(self, node: Expression, position: Position) -> Expression:
        """One number of an expression."""
        match node:
            case Ref(quantity=quantity):
                return self.leaf(quantity, position)
            case Number():
                return node
            case Filled(value=value):
                return Number(value)
            case Apply(function=function, args=args):
                parts = [self.at(arg, self._stretched(arg, position)) for arg in args]
                return simplest(function, parts)
            case Product(left=left, right=right):
                i, j = position
                return self.sum(
                    left.shape[1],
                    lambda k: times(self.at(left, (i, k)), self.at(right, (k, j))),
                )
            case Named(symbol="·", args=(left, right)):
                i, j = position
                return self.sum(
                    left.shape[1],
                    lambda k: times(self.at(left, (i, k)), self.at(right, (i, k, j))),
                )
            case Named(symbol=symbol, args=(z, *_)) if symbol in _MIXING:
                row = self.sum(z.shape[1], lambda k: self.at(z, (position[0], k)), listed=True)
                return Named(f"{symbol}[{position[1] + self.notation.base}]", (row,), Number(0))
            case Named(symbol="", args=(of,)):
                return self.at(of, position)
            case Named(symbol=symbol, args=args):
                return Named(symbol, tuple(self.at(arg, position) for arg in args), Number(0))
            case Reduce(function=np.add, of=of, axis=axis):
                if self._adds_to_one(of, axis, position):
                    return Number(1)
                return self.sum(of.shape[axis], lambda k: self.at(of, _put(position, axis, k)))
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
            case LaidOut(of=of):
                observation, i, j = position
                here, other = Number(float(i == j)), self.at(of, (observation, j))
                return times(self.at(of, (observation, i)), simplest(np.subtract, [here, other]))
        raise TypeError(f"no such expression: {node!r}")

    def _stretched(self, node: Expression, position: Position) -> Position:
        """The position in an operand whose axis of size 1 stands for all."""
        count = len(node.shape)
        return tuple(
            0 if length == 1 else at
            for length, at in zip(node.shape, position[len(position) - count :], strict=True)
        )

    def _adds_to_one(self, of: Expression, axis: int, position: Position) -> bool:
        """Whether this is the sum of an observation's targets, and they add up to 1."""
        if axis != 1 or not isinstance(of, Ref) or of.quantity.role != "y":
            return False
        return bool(np.sum(self.program.setup.targets[position[0]]) == 1)

    def sum(
        self, count: int, term: Callable[[int], Expression], *, listed: bool = False
    ) -> Expression:
        """A sum of terms, or a list of them; the middle of a long one is told, not written."""
        shown: Sequence[int] = range(count)
        gap = count - _MOST_TERMS > 0
        if gap:
            shown = (0, 1, count - 1)
        terms = [term(k) for k in shown]
        if gap:
            terms.insert(2, named("…" if listed else f"… {count - 3} more …"))
        if listed:
            texts = [scalar_formula(part, self.notation) for part in terms]
            return named(", ".join(texts))
        total = terms[0]
        for part in terms[1:]:
            total = simplest(np.add, [total, part])
        return total


def named(text: str) -> Ref:
    """A scalar that is written so."""
    return Ref(Quantity(text, (), ()))


def _put(position: Position, axis: int, k: int) -> Position:
    """The position of a term in what is summed along an axis."""
    filled = list(position) if len(position) > axis else [*position, *[0] * (2 - len(position))]
    filled[axis] = k
    return tuple(filled)


def times(left: Expression, right: Expression) -> Expression:
    """A product of two scalars, without ones and noughts."""
    return simplest(np.multiply, [left, right])


def simplest(function: np.ufunc, parts: Sequence[Expression]) -> Expression:
    """An operation on scalars, left out where it changes nothing."""
    values = [part.value if isinstance(part, Number) and not part.name else None for part in parts]
    match function.__name__, values:
        case "multiply", [0, _] | [_, 0]:
            return Number(0)
        case "multiply", [1, _]:
            return parts[1]
        case (("multiply" | "divide"), [_, 1]):
            return parts[0]
        case "add", [0, _]:
            return parts[1]
        case (("add" | "subtract"), [_, 0]):
            return parts[0]
        case "subtract", [0, _]:
            return Apply(np.negative, (parts[1],), (), ())
    return Apply(function, tuple(parts), (), ())
