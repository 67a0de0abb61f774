"""Where the formula of a step comes from: for one number in letters, then for whole matrices.

What is said here is asked for; nothing of it is needed to follow a run. Every formula is that of
the program, and every number is computed from this run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from chainstep.core.expression_parts import evaluate, parts
from chainstep.core.expressions import (
    Apply,
    Cell,
    Expression,
    Named,
    Number,
    Product,
    Ref,
    Transpose,
)
from chainstep.core.program import Program, Step
from chainstep.core.quantities import Entry, Kind, Part, Quantity
from chainstep.core.setup import Array
from chainstep.core.text.entry_formulas import entry_formula, in_letters, named
from chainstep.core.text.formulas import equation, formula_in
from chainstep.core.text.notation import Notation


class Line(NamedTuple):
    """A sentence or a formula, and the numbers that it comes to, where it has some."""

    text: str
    value: Array | None = None


def derivation(
    step: Step, program: Program, notation: Notation, values: Mapping[str, Array]
) -> Iterator[Line]:
    """How a step's formula is found, and what its parts come to in this run."""
    teller = _Teller(step, program, notation, values)
    match step.expression:
        case Product(left=Ref(quantity=left), right=Ref(quantity=right)):
            yield from teller.product(left, right)
        case Apply(function=np.add, args=(Product(left=Ref(quantity=left), right=Ref()), _)):
            yield Line(f"For one number: {teller.first()}.")
            yield from teller.sum_of_products(left)
        case Transpose() | Ref() if step.quantity.kind is Kind.FACTOR:
            yield from teller.factor()
        case Named(symbol="softmax"):
            yield from teller.softmax()
        case _ if step.quantity.is_new_value:
            yield from teller.new_value()
    yield from teller.pieces(step.expression)
    slope = notation.slopes.get(_activation(step, program))
    if slope is not None:
        other = slope(Ref(program.quantities[step.quantity.of]))
        yield Line(f"The page writes it as {teller.formula(other)}:")
        yield from teller.pieces(other, whole=True)


def _activation(step: Step, program: Program) -> str:
    """The name of the activation whose slope a step computes."""
    if step.quantity.part is not Part.SLOPE or not program.depth:
        return ""
    activation = program.activation(step.layer)
    return activation.name if activation else ""


class _Teller(NamedTuple):
    """Tells of one step in the letters of a notation."""

    step: Step
    program: Program
    notation: Notation
    values: Mapping[str, Array]

    def formula(self, expression: Expression) -> str:
        return formula_in(expression, self.notation, self.program)

    def name(self, quantity: Quantity) -> str:
        return self.notation.quantity(quantity, self.program)

    def first(self) -> str:
        """The first number of the quantity as a sum of products of letters."""
        quantity = self.step.quantity
        position = _first(quantity)
        written = entry_formula(self.program, Entry(quantity.name, position), self.notation)
        return f"{self.notation.entry(quantity, position, self.program)} = {written}"

    def whole(self) -> str:
        return equation(self.step, self.notation, self.program)

    # ── products ──

    def product(self, left: Quantity, right: Quantity) -> Iterator[Line]:
        """Why a sum of products of numbers is a product of matrices, in this order."""
        yield Line(f"For one number: {self.first()}.")
        if self.step.phase == "forward":
            yield from self.sum_of_products(left)
            return
        axis = left.axes[1].plural
        yield Line(
            f"The sum is over the {axis}. In a product of matrices the sum is over the columns of "
            f"the first factor, which are the rows of the second: there the {axis} must stand."
        )
        yield Line(f"All of them at once: {self.whole()}.")
        factors = [(self.name(left), left.shape), (self.name(right), right.shape)]
        if self.notation.orientation == "columns" or self.notation.is_turned(self.step.quantity):
            factors = [(name, shape[::-1]) for name, shape in reversed(factors)]
        (first, above), (second, below) = factors
        if below[1] == above[0]:
            said = f"it is a sum over {below[1]} units, which is something else"
        else:
            said = f"it does not fit: {_size(below)}·{_size(above)}"
        yield Line(
            f"For single numbers the order of two factors makes no difference. For matrices it "
            f"does: with {second} before {first}, {said}."
        )

    def summed(self, z: Quantity, came: Quantity) -> str:
        """A pre-activation as the sum that it is: ``z² = sum(w² ⊗ a¹)``."""
        weights = self.program.quantities.get(f"W{z.layer}")
        one = "w" if weights is None else self.name(weights)
        return f"{self.name(z)} = sum({one} ⊗ {self.name(came)})"

    def sum_of_products(self, came: Quantity) -> Iterator[Line]:
        """What a pre-activation is: the sum of what comes in, each times its weight."""
        yield Line(
            f"Each number that comes in is multiplied by the weight on its way, and a unit adds "
            f"these products up: {self.summed(self.step.quantity, came)}."
        )
        yield Line(f"For all units and observations at once: {self.whole()}.")

    def factor(self) -> Iterator[Line]:
        """The derivative of such a sum by its weights, or by what comes in."""
        quantity, quantities = self.step.quantity, self.program.quantities
        z = quantities.get(quantity.of)
        if z is None or z.part is not Part.PRE_ACTIVATION:
            return
        weights = bool(quantity.parameter)
        one, other = ("a weight", "the activation") if weights else ("an activation", "the weight")
        came = self.step.operands[0] if weights else quantities[quantity.by]
        yield Line(
            f"In {self.summed(z, came)}, {one} is multiplied by {other} beside it, and all other "
            f"products do not change with it. So the derivative by {one} is {other} beside it."
        )
        whole = self.whole()
        turned = "ᵀ" in whole or ".T" in whole
        how = ", with rows and columns exchanged, as the product with delta needs them" * turned
        yield Line(f"All of them{how}: {whole}.")

    # ── the rest ──

    def softmax(self) -> Iterator[Line]:
        """A softmax in letters."""
        quantity = self.step.quantity
        assert isinstance(self.step.expression, Named), "a softmax is named"
        (of,) = self.step.expression.args
        row = [
            self.notation.entry(of.quantity, (0, n), self.program)
            for n in range(of.shape[1])
            if isinstance(of, Ref)
        ]
        shown = row if len(row) <= 4 else [*row[:2], "…", row[-1]]
        powers = [part if part == "…" else f"exp({part})" for part in shown]
        name = self.notation.entry(quantity, (0, 0), self.program)
        yield Line(f"For one number: {name} = {powers[0]} / ({' + '.join(powers)}).")
        yield Line("The largest is taken off all of them first, which changes no quotient.")

    def new_value(self) -> Iterator[Line]:
        """A weight after the update, and what it does in the next iteration."""
        new, program = self.step.quantity, self.program
        position = _first(new)
        asked = Entry(new.name, position)
        name = self.notation.entry(program.quantities[new.of], position, program)
        if letters := in_letters(program, asked, self.notation):
            yield Line(f"For one number: new {name} = {letters}.")
        z = program.quantities.get(f"z{new.layer}")
        if z is None or not z.shape or new.parameter != new.of:
            return
        written = entry_formula(program, Entry(z.name, (0, 0)), self.notation, self._updated)
        if len(written) <= _LONGEST:
            first = self.notation.entry(z, (0, 0), program)
            yield Line(f"With the new weights: {first} = {written}.")

    def _updated(self, cell: Expression) -> Expression | None:
        """A parameter as the next iteration has it: less its change."""
        assert isinstance(cell, Cell), "a number is made of cells"
        quantity, program = cell.quantity, self.program
        change = program.quantities.get(f"change{quantity.name}")
        if change is None:
            return None
        written = entry_formula(program, Entry(change.name, cell.position), self.notation)
        own = named(self.notation.entry(quantity, cell.position, program))
        return Apply(np.subtract, (own, named(written)), (), ())

    def pieces(self, expression: Expression, *, whole: bool = False) -> Iterator[Line]:
        """The parts of a formula that are computed on the way, with what they come to."""
        for node in _steps(expression):
            if node is not expression or whole:
                with np.errstate(all="ignore"):
                    value = np.asarray(evaluate(node, self.values))
                turned = self.notation.orientation == "columns" and value.ndim == 2
                yield Line(self.formula(node), value.T if turned else value)


_LONGEST = 120  # letters of a formula that is still read


def _steps(node: Expression) -> list[Expression]:
    """The operations of a formula, in the order in which they are computed."""
    if isinstance(node, Product | Transpose | Ref | Number):
        return []
    found = [inner for part in parts(node, shown=True) for inner in _steps(part)]
    is_step = isinstance(node, Apply) and bool(node.shape)
    return [*found, node] if is_step else found


def _first(quantity: Quantity) -> tuple[int, ...]:
    """The place of its first number that is no bias among weights."""
    return tuple(
        int(axis.kind == "bias + unit" and size > 1)
        for axis, size in zip(quantity.axes, quantity.shape, strict=True)
    )


def _size(shape: tuple[int, ...]) -> str:
    return f"({','.join(map(str, shape))})"
