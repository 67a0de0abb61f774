"""The formula of one entry: in letters, ``x₁(y₁ − t₁)``, or with the numbers put in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike

from chainstep.core.entries import entry as entry_of
from chainstep.core.expressions import Apply, Cell, Expression, Fold, Named, Number, Position, Ref
from chainstep.core.program import Program
from chainstep.core.quantities import Entry, Kind, Part, Quantity
from chainstep.core.setup import Array
from chainstep.core.text.formulas import scalar_formula
from chainstep.core.text.notation import Notation
from chainstep.core.text.notations import DEFAULT
from chainstep.core.text.numbers import Digits, number_texts

_DERIVATIVES = {
    *(Part.ERROR, Part.FACTOR_BELOW, Part.SLOPE, Part.DELTA, Part.FACTOR_TO_WEIGHTS),
    *(Part.FACTOR_TO_BIASES, Part.WEIGHT_GRADIENT, Part.BIAS_GRADIENT),
}
_MOST_TERMS = 5  # of one sum or list; of longer ones the first three and the last are written
#: A point that goes unwritten before a parenthesis: after an index, a digit or a lone letter.
_TIMES_BRACKET = re.compile(r"(?:(?<=[₀-₉⁰-⁹²³¹⁾\d])|(?<=\b\w))·(?=\()")

Leaf = Callable[[Expression], Expression | None]
Join = Callable[[np.ufunc, Sequence[Expression]], Expression]


def with_numbers(
    expression: Expression,
    entry: Entry,
    values: Mapping[str, Array],
    digits: int = 7,
    notation: Notation = DEFAULT,
) -> str:
    """The right-hand side of an entry, numbers in the place of letters.

    Long sums show their first terms and their last, and say how many there are.
    """

    def text(number: ArrayLike) -> Ref:
        written = number_texts(number, Digits(digits, None))[0]
        return named(f"(−{written[1:]})" if written.startswith("-") else written)

    def leaf(number: Expression) -> Expression | None:
        match number:
            case Cell(quantity=quantity, position=position):
                return text(values[quantity.name][position])
            case Number(value=value):
                return text(np.float64(value))
        return None

    number = entry_of(expression, entry.position)
    runs = notation.spelling == "code"
    return scalar_formula(written_out(number, leaf, plainly, runs=runs), notation)


def entry_formula(
    program: Program, entry: Entry, notation: Notation, leaf: Leaf = lambda _: None
) -> str:
    """The right-hand side of an entry in letters, those of what its step reads.

    ``leaf`` may have something else for a cell.
    """

    def letter(number: Expression) -> Expression | None:
        match number:
            case Cell(quantity=quantity, position=position):
                name = notation.entry(quantity, position, program)
                return leaf(number) or (Number(1) if name == "1" else named(name))
        return None

    number = entry_of(program.step(entry.quantity).expression, entry.position)
    runs = notation.spelling == "code"
    text = scalar_formula(written_out(number, letter, simplest, runs=runs), notation)
    return text if runs else _TIMES_BRACKET.sub("", text)


def written_out(number: Expression, leaf: Leaf, join: Join, *, runs: bool) -> Expression:
    """A number as it is written: ``leaf`` has names for some parts, long sums are abridged.

    What ``runs`` has no functions by name alone, but what they compute.
    """

    def written(part: Expression) -> Expression:
        found = leaf(part)
        if found is not None:
            return found
        match part:
            case Apply(function=function, args=args):
                return join(function, [written(arg) for arg in args])
            case Fold(function=function, count=count):
                terms = _abridged(count, lambda n: written(part.term(n)), "… {} more …")
                return reduce(lambda total, term: join(function, [total, term]), terms)
            case Named(body=body) if runs:
                return written(body)
            case Named(symbol="", args=(shown,)):
                return written(shown)
            case Named(args=args):
                listed = _abridged(len(args), lambda n: written(args[n]), "…")
                return Named(part.symbol, tuple(listed), Number(0), part.index)
        return part

    return written(number)


def _abridged(count: int, term: Callable[[int], Expression], gap: str) -> list[Expression]:
    if count <= _MOST_TERMS:
        return [term(n) for n in range(count)]
    first = [term(n) for n in range(3)]
    return [*first, named(gap.format(count - 4)), term(count - 1)]


def named(text: str) -> Ref:
    """A number that is written so."""
    return Ref(Quantity(text, (), ()))


def plainly(function: np.ufunc, parts: Sequence[Expression]) -> Expression:
    """An operation on single numbers, as it stands."""
    return Apply(function, tuple(parts), (), ())


def simplest(function: np.ufunc, parts: Sequence[Expression]) -> Expression:
    """An operation on single numbers, left out where it changes nothing."""
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
            return plainly(np.negative, parts[1:])
    return plainly(function, parts)


# ── in letters ──


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
    above = frozenset(range(quantity.layer + 1, 1 + program.depth))
    own = {quantity.layer} if quantity.is_gradient else set()
    for kept in (frozenset(), above, above | own):
        try:
            unfolded = _Unfolding(program, notation, most, kept).entry(quantity, entry.position)
        except _TooLong:
            continue
        text = scalar_formula(unfolded, notation)
        return text if notation.spelling == "code" else _TIMES_BRACKET.sub("", text)
    return None


@dataclass
class _Unfolding:
    """Puts the formulas of derivatives in until data, weights and activations are left."""

    program: Program
    notation: Notation
    most: int
    kept: frozenset[int]
    used: int = field(default=0)

    def entry(self, quantity: Quantity, position: Position) -> Expression:
        """What computes an entry, in letters."""
        step = self.program.step(quantity.name)
        expression = step.short.expression if step.short else step.expression
        runs = self.notation.spelling == "code"
        return written_out(entry_of(expression, position), self.leaf, simplest, runs=runs)

    def leaf(self, part: Expression) -> Expression | None:
        """A letter, what it stands for where it is a derivative, or 1 for all of the targets."""
        match part:
            case Cell(quantity=quantity, position=position):
                stays = quantity.part is Part.DELTA and quantity.layer in self.kept
                told = quantity.part in _DERIVATIVES and not stays
                change = quantity.kind is Kind.CHANGE and quantity.part is not Part.DECAY
                if quantity.part is Part.WITH_ONES or told or change:
                    return self.entry(quantity, position)
                return self.letter(quantity, position)
            case Fold(function=np.add) if self._are_targets_of_one(part.term(0)):
                return Number(1)
        return None

    def letter(self, quantity: Quantity, position: Position) -> Expression:
        """The name of one number, as a symbol."""
        self.used += 1
        if self.used > self.most:
            raise _TooLong
        return named(self.notation.entry(quantity, position, self.program))

    def _are_targets_of_one(self, first: Expression) -> bool:
        """Whether a sum is that of an observation's targets, and they add up to 1."""
        if not isinstance(first, Cell) or first.quantity.part is not Part.TARGETS:
            return False
        return bool(np.sum(self.program.setup.targets[first.position[0]]) == 1)
