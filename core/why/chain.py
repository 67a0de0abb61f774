"""The chain of one number: the products that it is the sum of, factor by factor.

Everything is read from the program's expressions and from a frame of the run: the factors are
the engine's own numbers, and only their products are formed here, in double precision.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

import numpy as np

from chainstep.core.expression_parts import operands_of
from chainstep.core.expressions import Expression, Position, Ref, Rows, Transpose, WithOnes
from chainstep.core.in_notebooks import InNotebooks
from chainstep.core.program import Program, Step
from chainstep.core.quantities import Entry, Kind, Quantity
from chainstep.core.records import Frame, Record
from chainstep.core.text.typed import resolved
from chainstep.core.why.places import Place, Products, operand_places, products

#: The kinds of quantities that are taken apart where they are sums of products.
_SUMS = {Kind.VALUE, Kind.DERIVATIVE, Kind.CHANGE}


@dataclass(frozen=True, slots=True)
class Factor:
    """One number of a product, and where it stands."""

    place: Place
    value: float

    @property
    def quantity(self) -> str:
        return self.place.name

    @property
    def position(self) -> Position:
        return self.place.position


@dataclass(frozen=True, slots=True)
class Term:
    """A product of factors, one of the terms of a sum; from the cost to the weight."""

    factors: tuple[Factor, ...]

    @property
    def product(self) -> float:
        return prod(factor.value for factor in self.factors)

    @property
    def observation(self) -> int | None:
        """The observation that all of it belongs to."""
        found = (factor.place.observation for factor in self.factors)
        return next((index for index in found if index is not None), None)


@dataclass(frozen=True)
class Chain(InNotebooks):
    """One number as a sum of products.

    ``asked`` is what was typed, ``entry`` the number that it names: a weight's chain is that
    of its gradient. ``terms`` is the collapsed form, one term per observation for a gradient;
    where there is a ``single`` path it is that path. It is empty where the number is no
    sum of products, but a formula of ``operands``.
    ``short`` says that the engine took the short way to delta, so that a chain ends there.
    """

    asked: Entry
    entry: Entry
    quantity: Quantity
    value: float
    terms: tuple[Term, ...]
    paths: int
    single: bool
    short: bool
    operands: tuple[Factor, ...] = ()

    @property
    def given(self) -> bool:
        """Whether it is not computed from anything: data, or where an iteration starts."""
        ones = self.quantity.kind is Kind.VALUE and self.quantity.of and not self.quantity.parameter
        return not self.terms and not self.operands and not ones

    @property
    def place(self) -> Place:
        """Where the number stands."""
        return Place(self.quantity, self.entry.position)

    @property
    def sum_of_sizes(self) -> float:
        """The sum of the absolute products: what an error of the sum is measured by."""
        return sum(abs(term.product) for term in self.terms)


def chain(frame: Frame, asked: Entry) -> Chain:
    """The chain of an entry in the numbers of one iteration.

    Raises: InputError where the network has no such entry.
    """
    program = frame.layout.program
    entry = target(program, resolved(program, asked))
    quantity = program.quantities[entry.quantity]
    place = Place(quantity, entry.position)
    unfolding = Unfolding(frame)
    terms = unfolding.terms(place) or ()
    paths = unfolding.count(place)
    single = paths == len(terms) == 1
    if single:
        terms = tuple(unfolding.unfolded(term) for term in terms)
    operands = () if terms else unfolding.operands(place)
    return Chain(
        asked, entry, quantity, unfolding.value(place), terms, paths, single,
        unfolding.took_short_way, operands,
    )  # fmt: skip


# ── which entry is meant ──────────────────────────────────────────────────────────────────


def target(program: Program, entry: Entry) -> Entry:
    """The entry whose chain is meant: of a weight or a bias, its gradient's."""
    if not program.quantities[entry.quantity].is_parameter:
        return entry
    gradient = next(
        (q for q in program.quantities.values() if q.is_gradient and q.by == entry.quantity), None
    )
    return Entry(gradient.name, entry.position) if gradient else entry


# ── a frame taken apart ───────────────────────────────────────────────────────────────────


class Unfolding:
    """The numbers of one iteration, each as a sum of products of others."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.program = frame.layout.program
        self._number = np.dtype(self.program.arithmetic).type
        self._counts: dict[str, int] = {}
        self._short_step = next((step for step in self.program.steps if step.short), None)
        self._short: bool | None = None
        self._sums: dict[str, bool] = {}

    @property
    def took_short_way(self) -> bool:
        """Whether delta of the last layer came by the theorem, without its two factors."""
        if self._short_step is None:
            return False
        if self._short is None:
            self._short = Record(self.program, self._short_step, 0, self.frame).took_short_way
        return self._short

    def step(self, quantity: Quantity) -> Step | None:
        """The step that computes a quantity, if one does."""
        number = self.program.numbers.get(quantity.name)
        return None if number is None else self.program.steps[number - 1]

    def expression(self, quantity: Quantity) -> Expression | None:
        """What a quantity was computed by, the short way where that was taken."""
        step = self.step(quantity)
        if step is None:
            return None
        if step.short and self.took_short_way:
            return step.short.expression
        return step.expression

    def value(self, place: Place) -> float:
        """The engine's number."""
        if place.quantity is None:
            return float(self._number(place.constant))
        return float(self.frame[place.quantity.name][place.position])

    def factor(self, place: Place) -> Factor:
        return Factor(place, self.value(place))

    def is_sum(self, quantity: Quantity | None) -> bool:
        """Whether the quantity is taken apart: a sum of products, not a formula."""
        if quantity is None or quantity.kind not in _SUMS:
            return False
        if quantity.name not in self._sums:
            self._sums[quantity.name] = self._is_sum(quantity)
        return self._sums[quantity.name]

    def _is_sum(self, quantity: Quantity) -> bool:
        step = self.step(quantity)
        if step is None or (step.short and self.took_short_way):
            return False
        if isinstance(step.expression, Ref | WithOnes | Rows | Transpose):
            return False  # the same numbers, standing elsewhere
        if quantity.kind is Kind.DERIVATIVE and not any(
            operand.kind is Kind.DERIVATIVE for operand in operands_of(step.expression)
        ):
            return False  # it comes from the loss
        return products(step.expression, (0,) * len(step.expression.shape)) is not None

    def places(self, place: Place) -> Products:
        """The products of places that an entry is the sum of; none where it is no sum."""
        quantity = place.quantity
        if quantity is None or not self.is_sum(quantity):
            return []
        expression = self.expression(quantity)
        assert expression is not None, f"{quantity.name} is computed by a step"
        return products(expression, place.position) or []

    def terms(self, place: Place) -> tuple[Term, ...]:
        """The products that an entry is the sum of; none where it is a formula."""
        return tuple(self.term(term) for term in self.places(place))

    def term(self, places: Iterable[Place]) -> Term:
        """A product, its factors from the cost to the weight."""
        ordered = sorted(places, key=self._rank)
        return Term(tuple(self.factor(place) for place in ordered))

    def _rank(self, place: Place) -> int:
        return self.program.numbers.get(place.name, 0)

    def goes_on(self, place: Place) -> bool:
        """Whether a path leads on through the place, towards the cost."""
        return (
            place.quantity is not None
            and place.quantity.kind is Kind.DERIVATIVE
            and self.is_sum(place.quantity)
        )

    def unfolded(self, term: Term) -> Term:
        """The product with every factor that is itself a single product taken apart."""
        factors: list[Factor] = []
        for factor in term.factors:
            inner = self.terms(factor.place) if self.goes_on(factor.place) else ()
            factors += self.unfolded(inner[0]).factors if len(inner) == 1 else (factor,)
        return Term(tuple(sorted(factors, key=lambda factor: self._rank(factor.place))))

    def count(self, place: Place) -> int:
        """How many paths lead from an entry to the cost, by multiplication."""
        if not self.is_sum(place.quantity):
            return 0
        return sum(prod(map(self._count_on, term)) for term in self.places(place))

    def _count_on(self, place: Place) -> int:
        if not self.goes_on(place):
            return 1
        if place.name not in self._counts:  # the same for every unit of a layer
            self._counts[place.name] = self.count(place)
        return self._counts[place.name]

    def operands(self, place: Place) -> tuple[Factor, ...]:
        """The numbers that a formula is computed from."""
        expression = self.expression(place.quantity) if place.quantity else None
        if expression is None:
            return ()
        found = dict.fromkeys(operand_places(expression, place.position))
        return tuple(map(self.factor, found))
