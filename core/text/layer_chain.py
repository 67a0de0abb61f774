"""The chain rule of one layer, as a notation writes it: its factors, and what a step computes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import Literal, NamedTuple

import numpy as np

from chainstep.core.expressions import Apply, Named, Product, Reduce, Ref
from chainstep.core.in_notebooks import InNotebooks
from chainstep.core.program import Program, Step
from chainstep.core.quantities import Kind, Quantity
from chainstep.core.text.formula_writer import sum_along
from chainstep.core.text.markup import COMMANDS
from chainstep.core.text.notation import Notation

State = Literal["done", "now", "ahead"]


@dataclass(frozen=True)
class Factor:
    """One factor: what stands above and below its line, and whether it is computed yet.

    ``below`` is '' where the name is no fraction. ``from_above`` says that it is the delta of
    the layer above, a whole chain in one, and ``step`` is the number of the step that made it.
    """

    quantity: Quantity
    above: str
    below: str
    latex: str
    state: State
    step: int
    from_above: bool = False

    @property
    def text(self) -> str:
        """The factor in one line: ``∂n³/∂w²``."""
        return f"{self.above}/{self.below}" if self.below else self.above


@dataclass(frozen=True)
class Group:
    """Neighbouring factors, from ``start`` to before ``stop``, whose product is a quantity.

    ``name`` is the page's, ``derivative`` what it is of the cost: ``∂ΣC/∂n³`` for delta3.
    It stands ``transposed`` in the chain where only the weights are turned on the page.
    """

    start: int
    stop: int
    quantity: Quantity
    name: str
    derivative: str
    state: State
    step: int
    transposed: bool = False


@dataclass(frozen=True)
class LayerChain(InNotebooks):
    """∂C/∂W of a layer, or ∂C/∂b, as a product of matrices that fit in the order written.

    ``operators`` stand between the factors: ``·`` is a matrix product, ``⊙`` one entry by entry,
    ``+`` adds what a penalty costs. ``summed`` is the sum that the whole is, where it is one.
    ``now`` is what the step computes: the whole (``"total"``), a run of the factors as
    (start, stop), or None where the step is not one of the chain's. ``groups`` are the
    products on the way, the smallest first; delta is the last of them. ``letters`` are the
    quantities of its factors that the page writes in other letters: its name and the engine's.
    """

    total: Factor
    factors: tuple[Factor, ...]
    operators: tuple[str, ...]
    groups: tuple[Group, ...]
    now: tuple[int, int] | Literal["total"] | None
    weights: str
    typed: str
    summed: str = ""
    letters: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The equation in one line: ``∂ΣC/∂w² = ∂n³/∂w² · (∂a³/∂n³ ⊙ ∂ΣC/∂a³)``."""
        return f"{self.total.text} = {self.product([factor.text for factor in self.factors])}"

    @property
    def latex(self) -> str:
        """The equation in LaTeX's mathematics."""
        right = self.product([one.latex for one in self.factors], r"\left(", r"\right)")
        for letter in "·⊙":
            right = right.replace(f" {letter} ", f" {COMMANDS[letter]}")
        right = right.replace("ᵀ", COMMANDS["ᵀ"])
        right = re.sub(r"^Σ (\w+)", r"\\sum_{\\text{\1}}", right)
        return f"{self.total.latex} = {right}"

    def product(self, texts: list[str], left: str = "(", right: str = ")") -> str:
        """The product in one line; what is multiplied first stands in parentheses."""
        for group in self.groups:
            texts[group.start] = f"{left}{texts[group.start]}"
            texts[group.stop - 1] += f"{right}ᵀ" if group.transposed else right
        operators = (f" {operator} " for operator in (*self.operators, ""))
        written = "".join(chain(*zip(texts, operators, strict=True))).strip()
        return f"{self.summed} {left}{written}{right}" if self.summed else written


def chain_of(program: Program, step: Step, notation: Notation) -> LayerChain | None:
    """The chain of the layer that a step belongs to, as it stands when the step is done.

    It is that of the layer's weights, save at the steps that lead to another parameter alone;
    None where a layer has no parameters.
    """
    gradients = [q for q in program.quantities.values() if q.is_gradient and q.layer == step.layer]
    own = [q for q in gradients if q.parameter == step.quantity.parameter]
    found = next(iter(own or gradients), None)
    return None if found is None else _chain(program, found, notation, step.number)


def _chain(program: Program, total: Quantity, notation: Notation, done: int) -> LayerChain:
    quantities = program.quantities
    product = _product(program, total, total.layer, notation)
    names, operators, spans = _flat(product)
    factors = tuple(_factor(program, quantities[name], notation, done, total) for name in names)
    whole = _factor(program, total, notation, done, total)
    groups = tuple(
        _group(program, product, span, notation, done)
        for product, span in spans
        if product.name != total.name
    )
    parameter = quantities[total.parameter]
    weights = notation.quantity(parameter, program)
    now = _now(whole, factors, groups)
    expression = program.step(total.name).expression
    summed = sum_along(expression) if isinstance(expression, Reduce) else ""
    letters = _letters(program, [each.quantity for each in (whole, *factors)], notation)
    return LayerChain(
        whole, factors, operators, groups, now, weights, parameter.name, summed, letters
    )


def _letters(
    program: Program, derivatives: list[Quantity], notation: Notation
) -> tuple[tuple[str, str], ...]:
    """What the derivatives are of and by, where the page has other letters for it."""
    names = dict.fromkeys([*(each.by for each in derivatives), *(each.of for each in derivatives)])
    pairs = [
        (notation.quantity(program.quantities[name], program), name)
        for name in names
        if name in program.quantities and not program.quantities[name].is_parameter
    ]
    return tuple(pair for pair in pairs if _plain(pair[0]) != _plain(pair[1]))


def _plain(name: str) -> str:
    """The letters of a name alone."""
    return "".join(letter for letter in name if letter.isalpha()).casefold()


class _Product(NamedTuple):
    """Two parts, each a name or a product again, and the name of what they make.

    It is ``transposed`` where it stands in a product of transposes, not turned itself.
    """

    name: str
    left: str | _Product
    operator: str
    right: str | _Product
    transposed: bool = False

    @property
    def turned(self) -> _Product:
        """With its parts in the other order."""
        return self._replace(left=self.right, right=self.left)


def _product(
    program: Program, quantity: Quantity, layer: int, notation: Notation
) -> str | _Product:
    """A derivative as the products that make it in its layer, in an order that fits the layout.

    What is multiplied entry by entry stands in the notation's order; the rest has but one.
    """
    found = _operands(program, quantity)
    if found is None or quantity.layer != layer:
        return quantity.name
    operator, *operands = found
    left, right = (_product(program, each, layer, notation) for each in operands)
    turned = notation.orientation == "columns" or notation.is_turned(quantity)
    if operator == "·" and turned:
        left, right = (
            part._replace(transposed=not notation.is_turned(program.quantities[part.name]))
            if isinstance(part, _Product)
            else part
            for part in (left, right)
        )
    product = _Product(quantity.name, left, operator, right)
    if operator == "⊙":
        slope_first = notation.chain == "weights first" and notation.orientation == "rows"
        return product.turned if slope_first else product
    return product.turned if operator == "·" and turned else product


def _operands(program: Program, quantity: Quantity) -> tuple[str, Quantity, Quantity] | None:
    """The two quantities that another is the product or the sum of, and what stands between."""
    if quantity.name not in program.numbers or quantity.kind is Kind.DATA:
        return None
    expression = program.step(quantity.name).expression
    if isinstance(expression, Reduce) and quantity.is_gradient:
        expression = expression.of
    match expression:
        case Product(left=Ref() as left, right=Ref() as right):
            return "·", left.quantity, right.quantity
        case Named(symbol="·", args=(Ref() as left, Ref() as right)):
            return "·", left.quantity, right.quantity
        case Apply(function=np.multiply, args=(Ref() as left, Ref() as right)):
            return "⊙", left.quantity, right.quantity
        case Apply(function=np.add, args=(Ref() as left, Ref() as right)):
            return "+", left.quantity, right.quantity
    return None


Spans = list[tuple[_Product, tuple[int, int]]]


def _flat(product: str | _Product, start: int = 0) -> tuple[list[str], tuple[str, ...], Spans]:
    """The names in a row, what stands between them, and the products from the smallest on."""
    if isinstance(product, str):
        return [product], (), []
    names, operators, spans = _flat(product.left, start)
    more, further, others = _flat(product.right, start + len(names))
    own = (product, (start, start + len(names) + len(more)))
    return [*names, *more], (*operators, product.operator, *further), [*spans, *others, own]


def _state(program: Program, quantity: Quantity, done: int) -> State:
    number = program.numbers.get(quantity.name, 0)
    return "now" if number == done else "done" if number < done else "ahead"


def _factor(
    program: Program, quantity: Quantity, notation: Notation, done: int, total: Quantity
) -> Factor:
    above, below = notation.pieces(quantity, program)
    return Factor(
        quantity,
        above,
        below,
        notation.latex_unsigned(quantity, program),
        _state(program, quantity, done),
        program.numbers.get(quantity.name, 0),
        quantity.kind is Kind.DERIVATIVE and quantity.layer != total.layer,
    )


def _group(
    program: Program, product: _Product, span: tuple[int, int], notation: Notation, done: int
) -> Group:
    quantity = program.quantities[product.name]
    return Group(
        *span,
        quantity,
        notation.unsigned(quantity, program),
        notation.as_derivative(quantity, program),
        _state(program, quantity, done),
        program.numbers[quantity.name],
        product.transposed,
    )


def _now(
    whole: Factor, factors: tuple[Factor, ...], groups: tuple[Group, ...]
) -> tuple[int, int] | Literal["total"] | None:
    if whole.state == "now":
        return "total"
    for group in groups:
        if group.state == "now":
            return group.start, group.stop
    for at, factor in enumerate(factors):
        if factor.state == "now":
            return at, at + 1
    return None
