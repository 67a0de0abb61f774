"""An iteration calculated in several ways at once, each from its author's own numbers.

People round. Whether a number that is off is right as rounded is asked of calculations, and
not of bounds: of some that round every step as the numbers given are rounded, and of some in
which every step is pushed up or down by as much as rounding can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import matmul
from typing import Any, NamedTuple

import numpy as np

from chainstep.core.check.right_numbers import fed_values, step_value
from chainstep.core.check.rounded_ways import Way
from chainstep.core.check.written_numbers import Bools, Floats, Given
from chainstep.core.expression_parts import Inside, evaluate, needs
from chainstep.core.expressions import Expression, Filled, Ref, Rows, Transpose, WithOnes
from chainstep.core.program import Program, Step
from chainstep.core.quantities import Quantity

BEFORE = " of the iteration before"  # what is said of a number that was wrong then
_STORE = 1024  # signs that are drawn at once
_TERMS = 20_000  # of all the sums of a product; of a larger one they are not looked at


def is_copy(expression: Expression) -> bool:
    """Whether nothing is calculated: the numbers stand elsewhere already."""
    match expression:
        case Ref() | Filled():
            return True
        case Transpose(of=of) | Rows(of=of) | WithOnes(of=of):
            return is_copy(of)
    return False


def _as_it_is(value: Any) -> Any:
    return value


@dataclass
class _One:
    """One calculation under way."""

    way: Way
    values: dict[str, Any]
    generator: np.random.Generator | None
    scales: Mapping[str, float]
    store: Floats = field(default_factory=lambda: np.zeros(0))
    used: int = 0

    def compute(self, step: Step) -> Floats:
        """What a step gives of this calculation's own numbers, in the shape of its quantity.

        Where its author has what it is made of as larger, the sum comes before its last factor.
        """
        scale = self._scale_inside(step)
        if self.way.inner and self.way.where(step.quantity) and step.short is None:
            value = evaluate(step.expression, self.values, inside=self._inside(scale))
        else:
            value = step_value(step, self.values)
        value = np.asarray(value, dtype=np.float64).reshape(step.quantity.shape)
        if scale == self.scales.get(step.quantity.name, 1.0):
            return value
        inside = self.way.inner and self.way.where(step.quantity)
        return self._rounded(value, scale) if inside or self.generator is not None else value

    def _scale_inside(self, step: Step) -> float:
        """How many times as large its author has the numbers that a step is made of."""
        of = (self.scales[name] for name in needs(step.expression) if name in self.scales)
        return next(of, 1.0)

    def _inside(self, scale: float) -> Inside:
        """What becomes of numbers inside a step, which are as large as what it is made of."""
        products = self.way.inner in {"products", "both"}
        return Inside(
            _as_it_is if self.way.inner == "products" else partial(self._rounded, scale=scale),
            partial(self._product, scale=scale) if products else matmul,
        )

    def take(self, quantity: Quantity, value: Floats) -> None:
        """Notes what a step gave, rounded as this calculation rounds."""
        if self.generator is not None or self.way.where(quantity):
            value = self._rounded(value, self.scales.get(quantity.name, 1.0))
        self.values[quantity.name] = value

    def _rounded(self, value: Floats, scale: float) -> Floats:
        """Numbers rounded, or pushed by as much as rounding can, as their author has them."""
        rounding = self.way.rounding
        if self.generator is None:
            return (
                rounding.rounded(value) if scale == 1.0 else rounding.rounded(value * scale) / scale
            )
        own = value * scale
        half = np.where(own == np.rint(own), 0.0, rounding.half(own) / abs(scale))
        return np.asarray(value + half * self._signs(value))  # a whole number has none to round

    def _product(self, left: Floats, right: Floats, scale: float) -> Floats:
        """A matrix product of which each product is rounded, where it is not too large."""
        if right.shape[0] == 1 or left.shape[0] * left.shape[1] * right.shape[1] > _TERMS:
            return np.asarray(left @ right)
        return np.asarray(self._rounded(left[:, :, None] * right[None], scale).sum(axis=1))

    def put(self, given: Given, *, exact: bool) -> None:
        """Puts its author's numbers where they are given.

        Who rounds goes on with a number of his own where it is the one given.
        """
        value: Any = given.values
        if self.generator is not None and not exact:
            value = value + given.half * self._signs(value)
        before = self.values.get(given.quantity)
        if before is not None and before.shape == value.shape:
            taken = given.here
            if self.way.rounds:
                taken = taken & ~given.matches(before, 0.0, cut=self.way.rounding.cut)
            value = np.where(taken, value, before)
        self.values[given.quantity] = value

    def _signs(self, value: Floats) -> Floats:
        """As many signs as there are numbers, at random, out of a store of them."""
        assert self.generator is not None
        count = value.size
        if count > len(self.store) - self.used:
            drawn = self.generator.integers(0, 2, max(_STORE, count), dtype=np.int8)
            self.store, self.used = (2.0 * drawn - 1.0).astype(np.float64), 0
        signs = self.store[self.used : self.used + count]
        self.used += count
        return signs.reshape(value.shape)


class Seen(NamedTuple):
    """What the calculations make of one quantity: one row for each."""

    calculated: Floats
    pushed: Floats


@dataclass
class Calculations:
    """Somebody's iterations as far as they are given; the rest calculated from that.

    ``tainted`` are the quantities that are made of a wrong number, each with what was wrong;
    ``touched`` those that are made of any number given. ``scales`` says of which quantities
    its author has another number, and how many times as large: that one is rounded.
    """

    program: Program
    ways: Sequence[Way]
    scales: Mapping[str, float] = field(default_factory=dict)
    every: list[_One] = field(default_factory=list)
    tainted: dict[str, str] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    def begin(
        self, start: Mapping[str, Floats], radius: Mapping[str, Floats] | None = None
    ) -> None:
        """Starts all of them from the same numbers; the pushed ones within a radius of them."""
        self.every = []
        for way in self.ways:
            generator = None if way.pushed is None else np.random.default_rng(way.pushed)
            one = _One(way, dict(start), generator, self.scales)
            if generator is not None and radius is not None:
                for name, value in start.items():
                    one.values[name] = value + radius[name] * generator.uniform(
                        -1, 1, np.shape(value)
                    )
            self.every.append(one)
        self.tainted, self.touched, self.failed = {}, set(), set()

    def _number(self, name: str) -> int:
        return self.program.numbers.get(name, 0)

    def compute(self, step: Step) -> None:
        """One step of each, from its own operands."""
        name = step.quantity.name
        read = needs(step.expression)
        for marks in (self.touched, self.failed):
            if read & marks:
                marks.add(name)
        wrong = [self.tainted[other] for other in read if other in self.tainted]
        if wrong:
            self.tainted[name] = max(wrong, key=self._number)
        if name in self.failed:
            return
        copied = is_copy(step.expression)
        with np.errstate(all="ignore"):
            for one in self.every:
                try:
                    value = one.compute(step)
                except (ValueError, IndexError):  # numbers of another shape, as they were given
                    self.failed.add(name)
                    return
                if copied:
                    one.values[name] = value
                else:
                    one.take(step.quantity, value)

    def seen(self, name: str, step: Step | None) -> Seen | None:
        """What the quantity is in each of them, before it is rounded or replaced."""
        if name in self.failed:
            return None
        with np.errstate(all="ignore"):
            values = [
                one.values[name] if step is None or one.generator is not None else one.compute(step)
                for one in self.every
            ]
        plain = [v for v, one in zip(values, self.every, strict=True) if one.generator is None]
        pushed = [v for v, one in zip(values, self.every, strict=True) if one.generator is not None]
        return Seen(np.array(plain), np.array(pushed) if pushed else np.array(plain))

    def put(self, given: Given, *, wrong: bool, exact: bool) -> None:
        """Takes its author's own numbers from here on."""
        self.failed.discard(given.quantity)
        if given.odd:
            self.failed.add(given.quantity)
            self.tainted[given.quantity] = given.quantity
            return
        for one in self.every:
            one.put(given, exact=exact)
        self.touched.add(given.quantity)
        if wrong:
            self.tainted[given.quantity] = given.quantity
        elif given.here.all():
            self.tainted.pop(given.quantity, None)

    def next_iteration(self, iteration: int) -> None:
        """Makes the new weights the weights."""
        pairs = self.program.carried
        for marks in (self.touched, self.failed):
            moved = {pair.old.name for pair in pairs if pair.new.name in marks}
            marks.clear()
            marks.update(moved)
        was = self.tainted
        self.tainted = {
            p.old.name: was[p.new.name].removesuffix(BEFORE) + BEFORE
            for p in pairs
            if p.new.name in was
        }
        for one in self.every:
            kept = {q.name: one.values[q.name] for q in self.program.start if q.name in one.values}
            kept |= {p.old.name: one.values[p.new.name] for p in pairs if p.new.name in one.values}
            one.values = kept | fed_values(self.program, iteration)


def run(
    calculations: Calculations,
    numbers: Iterable[Given],
    iteration: int,
    judge: Callable[[Given, Seen | None], tuple[bool, bool] | None],
) -> bool:
    """Walks one iteration; each number given is judged, and then taken as its author's.

    ``judge`` says whether any of a quantity is wrong, and whether it is exact as it stands;
    None ends the walk. Whether it came to its end.
    """
    at = {given.quantity: given for given in numbers}
    program = calculations.program
    for quantity in program.start:
        if quantity.name in at:
            given = at[quantity.name]
            verdict = judge(given, calculations.seen(quantity.name, None))
            if verdict is None:
                return False
            wrong, exact = verdict
            if wrong or iteration > 1:
                calculations.put(given, wrong=wrong, exact=exact)
    for step in program.steps:
        calculations.compute(step)
        if step.quantity.name in at:
            given = at[step.quantity.name]
            verdict = judge(given, calculations.seen(step.quantity.name, step))
            if verdict is None:
                return False
            wrong, exact = verdict
            calculations.put(given, wrong=wrong, exact=exact)
    return True


def explained(given: Given, seen: Seen | None, *, cut: bool, slack: Floats | float) -> Bools:
    """Where each calculation gives the numbers, at their digits: one row for each."""
    if seen is None or seen.calculated.shape[1:] != given.values.shape:
        return np.zeros((1, *given.values.shape), dtype=bool)
    return np.array([given.matches(value, slack, cut=cut) for value in seen.calculated])
