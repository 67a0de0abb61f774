"""Why two entries of a quantity differ: the factors that do, and what those hang on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from typing import TypeVar

from chainstep.core.entries import mixed_axes
from chainstep.core.expressions import Named, Ref, Rows, Transpose, WithOnes
from chainstep.core.quantities import Kind, Quantity
from chainstep.core.why.chain import Unfolding
from chainstep.core.why.places import Place, Products, operand_places, products

Item = TypeVar("Item")

#: How many numbers are looked at for the causes of one reason, before it is said that not all are.
_LOOKED_AT = 20_000


@dataclass(frozen=True, slots=True)
class Difference:
    """Two numbers that differ; None where one of two chains has no such factor."""

    one: Place | None
    other: Place | None
    values: tuple[float | None, float | None]

    @property
    def quantity(self) -> Quantity:
        place = self.one or self.other
        assert place is not None
        assert place.quantity is not None
        return place.quantity


@dataclass(frozen=True)
class Reason:
    """Factors of one quantity that differ between two chains, and what they hang on.

    ``causes`` are weights, biases, data and rule state. ``share`` is what the second chain
    would be, as a multiple of the first, if nothing but these factors differed.
    ``traced`` is how many of the differences were followed to their causes.
    """

    quantity: Quantity
    differences: tuple[Difference, ...]
    causes: tuple[Difference, ...]
    traced: int
    share: float | None = None


class Causes:
    """Follows a difference of two entries down through what they are computed from.

    Entries of one quantity are computed alike, so that what they are computed from stands in
    pairs. A pair counts where it differs and what it is multiplied with is not 0 on both sides.
    """

    def __init__(self, unfolding: Unfolding) -> None:
        self.unfolding = unfolding

    def reasons(self, one: Place, other: Place) -> tuple[Reason, ...]:
        """The factors in which two chains of a quantity differ, from the cost to the weight."""
        found: dict[str, dict[tuple[Place, Place], Difference]] = {}
        for pair in self._factors(one, other, set()):
            assert pair[0].quantity is not None
            found.setdefault(pair[0].name, {})[pair] = self.difference(*pair)
        return tuple(
            self._reason(tuple(found[name].values())) for name in sorted(found, key=self._rank)
        )

    def _rank(self, name: str) -> int:
        return self.unfolding.program.numbers.get(name, 0)

    def _reason(self, differences: tuple[Difference, ...]) -> Reason:
        traced = differences[: self._affordable(differences[0].quantity)]
        roots: dict[tuple[Place, Place], Difference] = {}
        seen: set[tuple[Place, Place]] = set()
        for each in traced:
            assert each.one is not None
            assert each.other is not None
            roots |= {
                pair: self.difference(*pair) for pair in self._roots(each.one, each.other, seen)
            }
        return Reason(differences[0].quantity, differences, tuple(roots.values()), len(traced))

    def _affordable(self, quantity: Quantity) -> int:
        """How many differences of a quantity can be followed: each through a layer's weights."""
        k = quantity.layer
        direct = quantity.kind is Kind.FACTOR and k <= 1
        widths = self.unfolding.program.widths
        return _LOOKED_AT if direct else max(1, _LOOKED_AT // max(1, sum(widths[:k])))

    def difference(self, one: Place, other: Place) -> Difference:
        return Difference(one, other, (self.unfolding.value(one), self.unfolding.value(other)))

    def differ(self, one: Place, other: Place) -> bool:
        """Whether two numbers differ; what is not a number equals what is not one."""
        values = self.unfolding.value(one), self.unfolding.value(other)
        return values[0] != values[1] and not all(map(isnan, values))

    def _factors(
        self, one: Place, other: Place, seen: set[tuple[Place, Place]]
    ) -> Iterator[tuple[Place, Place]]:
        """The factors of two chains that differ, each pair once."""
        for pair in self.counting(one, other):
            if pair in seen or pair[::-1] in seen:
                continue
            seen.add(pair)
            if self.unfolding.goes_on(pair[0]) and self.unfolding.goes_on(pair[1]):
                yield from self._factors(*pair, seen)
            elif pair[0].quantity and pair[1].quantity:
                yield pair

    def _roots(
        self, one: Place, other: Place, seen: set[tuple[Place, Place]]
    ) -> Iterator[tuple[Place, Place]]:
        """What an iteration starts from, where it makes two entries differ."""
        if (one, other) in seen or (other, one) in seen:
            return
        seen.add((one, other))
        pairs = list(self.counting(one, other))
        strange = any(a.quantity is None or b.quantity is None for a, b in pairs)
        if not pairs or strange:  # a start, or the bias's 1 beside a unit
            yield one, other
            return
        for pair in pairs:
            yield from self._roots(*pair, seen)

    def counting(self, one: Place, other: Place) -> Iterator[tuple[Place, Place]]:
        """The pairs of places that make two entries of a quantity differ."""
        expression = self.unfolding.expression(one.quantity) if one.quantity else None
        if expression is None or one.name != other.name:
            return
        if one.quantity and self._is_linear(one.quantity):
            left = products(expression, one.position) or []
            right = self.aligned(one, other, products(expression, other.position) or [])
            if [len(term) for term in left] == [len(term) for term in right]:
                yield from self._of_products(left, right)
            return
        ours, theirs = (operand_places(expression, place.position) for place in (one, other))
        theirs = self.beside(one, other, theirs)
        if len(ours) == len(theirs):
            yield from (pair for pair in zip(ours, theirs, strict=True) if self.differ(*pair))

    def _is_linear(self, quantity: Quantity) -> bool:
        """Whether it is a sum of products, or a copy: a factor that is a weight or an input."""
        step = self.unfolding.step(quantity)
        copied = step and isinstance(step.expression, Ref | WithOnes | Rows | Transpose)
        return bool(copied) or self.unfolding.is_sum(quantity)

    def aligned(self, one: Place, other: Place, terms: Products) -> Products:
        """The terms of the other entry beside those of the one that play the same part.

        Through a softmax an output's own z comes first for each, and so the two change places.
        """
        expression = self.unfolding.expression(one.quantity) if one.quantity else None
        if not isinstance(expression, Named) or expression.symbol != "·" or len(terms) < 2:
            return terms
        return _swapped(terms, one.position[1], other.position[1])

    def beside(self, one: Place, other: Place, operands: Sequence[Item]) -> list[Item]:
        """The operands of the other entry beside those of the one that play the same part.

        A softmax reads the whole row, and an output's own z comes first for each.
        """
        expression = self.unfolding.expression(one.quantity) if one.quantity else None
        if isinstance(expression, Named) and mixed_axes(expression.body):
            return _swapped(operands, one.position[1], other.position[1])
        return list(operands)

    def _of_products(self, left: Products, right: Products) -> Iterator[tuple[Place, Place]]:
        for one, other in zip(left, right, strict=True):
            values = [self.unfolding.value(place) for place in (*one, *other)]
            half = len(one)
            for n, pair in enumerate(zip(one, other, strict=True)):
                others = [values[m + side] for m in range(half) if m != n for side in (0, half)]
                ones, rest = others[::2], others[1::2]
                matters = all(ones) or all(rest)
                if matters and self.differ(*pair):
                    yield pair


def _swapped(items: Sequence[Item], i: int, j: int) -> list[Item]:
    """The items with two of them in each other's place."""
    swapped = list(items)
    swapped[i], swapped[j] = items[j], items[i]
    return swapped
