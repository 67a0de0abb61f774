"""The chain rule of one layer, as a notation writes it: its factors, and what a step computes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal, NamedTuple

from chainstep.core.program import Program, Step
from chainstep.core.quantities import InputError, Quantity
from chainstep.core.roles import name_of
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
class LayerChain:
    """∂C/∂W of a layer, or ∂C/∂b, as a product of matrices that fit in the order written.

    ``operators`` stand between the factors: ``·`` is a matrix product, ``⊙`` one entry by entry.
    ``now`` is what the step computes: the whole (``"total"``), a run of the factors as
    (start, stop), or None where the step is not one of the chain's. ``groups`` are the
    products on the way, the smallest first; delta is the last of them.
    """

    total: Factor
    factors: tuple[Factor, ...]
    operators: tuple[str, ...]
    groups: tuple[Group, ...]
    now: tuple[int, int] | Literal["total"] | None
    weights: str
    typed: str

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
        return f"{self.total.latex} = {right}"

    def product(self, texts: list[str], left: str = "(", right: str = ")") -> str:
        """The product in one line; what is multiplied first stands in parentheses."""
        for group in self.groups:
            texts[group.start] = f"{left}{texts[group.start]}"
            texts[group.stop - 1] += f"{right}ᵀ" if group.transposed else right
        operators = (f" {operator} " for operator in (*self.operators, ""))
        return "".join(chain(*zip(texts, operators, strict=True))).strip()

    def _repr_html_(self) -> str:
        from chainstep.core.formats.notebook import layer_chain_html  # wanted in notebooks

        return layer_chain_html(self)

    def _repr_latex_(self) -> str:
        from chainstep.core.formats.notebook import layer_chain_latex  # wanted in notebooks

        return layer_chain_latex(self)

    def _repr_markdown_(self) -> str:
        from chainstep.core.formats.notebook import layer_chain_markdown  # wanted in notebooks

        return layer_chain_markdown(self)


def chain_of(program: Program, step: Step, notation: Notation) -> LayerChain:
    """The chain of the layer that a step belongs to, as it stands when the step is done.

    It is that of the layer's own biases at the steps that lead to them alone.
    """
    biases = step.quantity.role in {"dz/db", "dC/db", "changeb", "b_new"}
    return chain_of_layer(
        program, step.layer, notation, done=step.number, parameter="b" if biases else "W"
    )


def chain_of_layer(
    program: Program,
    layer: int,
    notation: Notation,
    *,
    done: int = 0,
    parameter: Literal["W", "b"] = "W",
) -> LayerChain:
    """The chain of a layer's weights or biases; ``done`` is the number of the last step done.

    Raises: InputError where there is no such layer, or it has no biases of their own.
    """
    total = name_of(f"dC/d{parameter}", layer)
    if total not in program.numbers:
        raise InputError(f"this network has no {total}")
    quantities = program.quantities
    product = _product(program, layer, parameter, notation)
    names, operators, spans = _flat(product)
    factors = tuple(
        _factor(program, quantities[name], notation, done, from_above=name_of("delta", layer + 1))
        for name in names
    )
    delta = name_of("delta", layer)
    turned = notation.is_turned(quantities[total]) and not notation.is_turned(quantities[delta])
    groups = tuple(
        replace(
            _group(program, quantities[name], span, notation, done),
            transposed=turned and name == delta,
        )
        for name, span in spans
    )
    whole = _factor(program, quantities[total], notation, done)
    weights = notation.quantity(quantities[name_of(parameter, layer)], program)
    typed = name_of(parameter, layer)
    now = _now(whole, factors, groups)
    return LayerChain(whole, factors, operators, groups, now, weights, typed)


class _Product(NamedTuple):
    """Two parts, each a name or a product again, and the name of what they make."""

    name: str
    left: str | _Product
    operator: str
    right: str | _Product

    @property
    def turned(self) -> _Product:
        """With its parts in the other order."""
        return self._replace(left=self.right, right=self.left)


def _product(
    program: Program, layer: int, parameter: Literal["W", "b"], notation: Notation
) -> _Product:
    """The gradient as the products that make it, in an order that fits the layout.

    What is multiplied entry by entry stands in the notation's order; the rest has but one.
    """
    columns = notation.orientation == "columns"
    name = name_of("dC/da", layer)
    error: str | _Product = name
    if layer < program.depth:
        behind = _Product(name, name_of("delta", layer + 1), "·", name_of("dz/da", layer))
        error = behind.turned if columns else behind
    slope = name_of("da/dz", layer)
    mixes = len(program.quantities[slope].shape) == 3
    delta = _Product(name_of("delta", layer), error, "·" if mixes else "⊙", slope)
    if columns if mixes else notation.chain == "weights first":
        delta = delta.turned
    whole = _Product("", name_of(f"dz/d{parameter}", layer), "·", delta)
    gradient = program.quantities[name_of(f"dC/d{parameter}", layer)]
    return whole.turned if notation.is_turned(gradient) else whole


Spans = list[tuple[str, tuple[int, int]]]


def _flat(product: str | _Product, start: int = 0) -> tuple[list[str], tuple[str, ...], Spans]:
    """The names in a row, what stands between them, and the products from the smallest on."""
    if isinstance(product, str):
        return [product], (), []
    names, operators, spans = _flat(product.left, start)
    more, further, others = _flat(product.right, start + len(names))
    own = [(product.name, (start, start + len(names) + len(more)))] if product.name else []
    return [*names, *more], (*operators, product.operator, *further), [*spans, *others, *own]


def _state(program: Program, quantity: Quantity, done: int) -> State:
    number = program.numbers[quantity.name]
    return "now" if number == done else "done" if number < done else "ahead"


def _factor(
    program: Program, quantity: Quantity, notation: Notation, done: int, from_above: str = ""
) -> Factor:
    above, below = notation.pieces(quantity, program)
    return Factor(
        quantity,
        above,
        below,
        notation.latex_unsigned(quantity, program),
        _state(program, quantity, done),
        program.numbers[quantity.name],
        quantity.name == from_above,
    )


def _group(
    program: Program, quantity: Quantity, span: tuple[int, int], notation: Notation, done: int
) -> Group:
    return Group(
        *span,
        quantity,
        notation.unsigned(quantity, program),
        notation.as_derivative(quantity, program),
        _state(program, quantity, done),
        program.numbers[quantity.name],
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
