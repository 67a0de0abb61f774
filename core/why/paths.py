"""The paths of a gradient, one by one: counted, the largest found, the rest summed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count, islice

import numpy as np

from chainstep.core.expression_parts import evaluate
from chainstep.core.expressions import Apply, Expression, Named, Product, Ref
from chainstep.core.quantities import Entry, Kind
from chainstep.core.records import Frame
from chainstep.core.setup import Array
from chainstep.core.text.typed import resolved
from chainstep.core.why.chain import Term, Unfolding, target
from chainstep.core.why.places import Place


@dataclass(frozen=True)
class Paths:
    """The largest paths of an entry and what the others come to.

    ``sizes`` is the sum of the absolute products of all paths: what a difference between two
    sums of them is to be measured by.
    """

    count: int
    shown: tuple[Term, ...]
    rest: float
    sizes: float

    @property
    def left_out(self) -> int:
        return self.count - len(self.shown)


def paths(frame: Frame, asked: Entry, most: int = 10) -> Paths:
    """The largest paths of an entry, at most so many, in the order of their size."""
    unfolding = Unfolding(frame)
    entry = target(unfolding.program, resolved(unfolding.program, asked))
    place = Place(unfolding.program.quantities[entry.quantity], entry.position)
    shown = tuple(islice(largest(unfolding, place), most))
    total = unfolding.count(place)
    rest = unfolding.value(place) - sum(term.product for term in shown)
    sizes = Sizes(unfolding, _summed).of(place) if total else 0.0
    return Paths(total, shown, rest if total > len(shown) else 0.0, sizes)


def sum_of_sizes(frame: Frame, entry: Entry) -> float:
    """The sum of the absolute products of all paths of an entry; 0 where it has none."""
    unfolding = Unfolding(frame)
    place = Place(unfolding.program.quantities[entry.quantity], entry.position)
    return Sizes(unfolding, _summed).of(place) if unfolding.is_sum(place.quantity) else 0.0


def largest(unfolding: Unfolding, start: Place) -> Iterator[Term]:
    """The paths of an entry, the largest product first, each found without the others.

    A product that is begun is worth what it has times the largest way on, which is known for
    every unit beforehand; the most valuable is always continued first.
    """
    best = Sizes(unfolding, _largest)
    order = count()
    begun: list[tuple[float, int, tuple[Place, ...], tuple[Place, ...]]] = []

    def push(done: tuple[Place, ...], places: tuple[Place, ...]) -> None:
        ahead = [place for place in places if unfolding.goes_on(place)]
        done += tuple(place for place in places if place not in ahead)
        bound = 1.0
        for place in done:
            bound *= abs(unfolding.value(place))
        for place in ahead:
            bound *= float(best.of(place))
        worth = np.inf if np.isnan(bound) else bound
        heappush(begun, (-worth, next(order), done, tuple(ahead)))

    for term in unfolding.places(start):
        push((), term)
    while begun:
        _, _, done, ahead = heappop(begun)
        if not ahead:
            yield unfolding.term(done)
            continue
        for term in unfolding.places(ahead[0]):
            push(done + ahead[1:], term)


Combine = Callable[[Array, Array], Array]


def _largest(left: Array, right: Array) -> Array:
    """The largest product in place of the sum of products."""
    found = left[:, :1] * right[:1]
    for n in range(1, left.shape[1]):
        np.maximum(found, left[:, n : n + 1] * right[n : n + 1], out=found)
    return found


def _summed(left: Array, right: Array) -> Array:
    return left @ right


class Sizes:
    """For every place of a path, the sizes of the products that lead on from it, combined."""

    def __init__(self, unfolding: Unfolding, combine: Combine) -> None:
        self.unfolding = unfolding
        self.combine = combine
        self._known: dict[str, Array] = {}

    def of(self, place: Place) -> float:
        if place.quantity is not None and (
            place.quantity.kind is not Kind.DERIVATIVE or place.quantity.is_gradient
        ):
            return self._of_terms(place)
        return float(self._array(place.name)[place.position])

    def _of_terms(self, place: Place) -> float:
        products = np.array([
            np.prod([self._of_factor(factor) for factor in term])
            for term in self.unfolding.places(place)
        ])  # fmt: skip
        return float(products.max() if self.combine is _largest else products.sum())

    def _of_factor(self, place: Place) -> float:
        return self.of(place) if self.unfolding.goes_on(place) else abs(self.unfolding.value(place))

    def _array(self, name: str) -> Array:
        if name not in self._known:
            quantity = self.unfolding.program.quantities[name]
            expression = self.unfolding.expression(quantity)
            if expression is None or not self.unfolding.is_sum(quantity):
                self._known[name] = np.abs(self.unfolding.frame[name].astype(np.float64))
            else:
                with np.errstate(all="ignore"):
                    self._known[name] = self._evaluated(expression)
        return self._known[name]

    def _evaluated(self, node: Expression) -> Array:
        match node:
            case Ref(quantity=quantity):
                return self._array(quantity.name)
            case Product(left=left, right=right):
                return self.combine(self._evaluated(left), self._evaluated(right))
            case Apply(function=np.multiply, args=(left, right)):
                return self._evaluated(left) * self._evaluated(right)
            case Named(symbol="·", args=(left, right)):
                rows, matrices = self._evaluated(left), self._evaluated(right)
                return np.concatenate([
                    self.combine(row[None], matrix)
                    for row, matrix in zip(rows, matrices, strict=True)
                ])  # fmt: skip
        return np.abs(np.asarray(evaluate(node, self.unfolding.frame), dtype=np.float64))
