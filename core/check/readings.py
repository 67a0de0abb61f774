"""The ways to read a file of numbers: an arrangement, and the conventions that hold in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Literal

import numpy as np

from chainstep.core.check.arrangement import (
    Arrangement,
    Written,
    arranged,
    arrangements,
    cells_of,
    is_turned,
    usual,
    written_shape,
)
from chainstep.core.check.conventions import Convention, combinations, factors_of, shows
from chainstep.core.check.right_numbers import Bound, Truth
from chainstep.core.check.written_numbers import Bools, Given
from chainstep.core.program import Program
from chainstep.core.quantities import Kind, Quantity

_MOST = 0.6  # of the numbers that show a convention must be right
_READINGS = 4  # that are looked at when none makes all numbers right
_DOUBTED = 12  # of those with a convention that the numbers speak against


@dataclass(frozen=True)
class Reading:
    """One way to read a file: the numbers as the engine would have them.

    ``turned`` says that weights stand as nothing in the numbers shows that they do: the same
    may be a gradient that was turned by mistake. ``supposed`` are those of the conventions that
    nothing shows, because no number is given that would be wrong if it were a mistake;
    ``doubted`` those that numbers speak against, which a mistake may have made wrong.
    """

    arrangement: Arrangement
    conventions: tuple[Convention, ...]
    numbers: list[Given]
    cut: bool
    right: int
    turned: bool = False
    supposed: tuple[Convention, ...] = ()
    doubted: tuple[Convention, ...] = ()

    @property
    def proven(self) -> bool:
        """Whether the numbers show all that is assumed of how they are written."""
        return not (self.turned or self.supposed or self.doubted)

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return sum(one.count for one in self.numbers)

    def scales(self, program: Program) -> dict[str, float]:
        """By which factors its author has the quantities that are otherwise."""
        found = {
            name: prod(factors_of(quantity, program).get(one, 1.0) for one in self.conventions)
            for name, quantity in program.quantities.items()
        }
        return {name: factor for name, factor in found.items() if factor != 1.0}

    def told(self, program: Program) -> list[str]:
        """How the numbers are written, a line for each thing that is said."""
        own, its = usual(program), self.arrangement
        words = f"{its.observations} are observations"
        if its.weights != own.weights:
            words += f", weights are {its.weights}"
        if its.bias != own.bias:
            place = "apart" if its.bias == "apart" else f"at the {its.bias}"
            words += f", the biases {'last' if its.bias == 'bottom' else place}"
        return [words, *(one.says for one in self.conventions)]


def readings(written: Sequence[Written], truth: Truth) -> list[Reading]:
    """The ways in which most numbers fit and are right, the plainest first of equals."""
    return every_reading(written, truth)[0]


def every_reading(written: Sequence[Written], truth: Truth) -> tuple[list[Reading], list[Reading]]:
    """The likely ways to read the numbers, and those with a doubted convention."""
    program = truth.program
    cells = cells_of(written)
    found: list[tuple[tuple[float, ...], Reading]] = []
    seen: list[list[_Held]] = []
    for arrangement in arrangements(program):
        numbers = arranged(written, cells, program, arrangement)
        if any(_same(numbers, [one.given for one in other]) for other in seen):
            continue
        held = [_known(one, seen) or _Held(one, truth) for one in numbers]
        seen.append(held)
        turned = not _shown(arrangement, numbers, written, truth)
        for conventions in combinations(program):
            if not all(any(one in its.changed_by for its in held) for one in conventions):
                continue
            reading = _reading(arrangement, conventions, held, turned=turned)
            if reading is not None:
                read = [one.by(conventions) for one in held]
                found.append((_rank(reading, read, len(seen)), reading))
    found.sort(key=lambda one: one[0])
    fits = found[0][0][0]
    ranked = [reading for rank, reading in found if rank[0] == fits]
    likely = [one for one in ranked if not one.doubted]
    kept = likely[:_READINGS]
    if all(one.supposed for one in kept):  # mistakes are looked for where nothing is supposed
        kept += [one for one in likely if not one.supposed][:1]
    return kept, [one for one in ranked if one.doubted][:_DOUBTED]


def _known(given: Given, seen: Sequence[Sequence[_Held]]) -> _Held | None:
    """The same numbers as another arrangement has them."""
    return next((one for held in seen for one in held if _equal(given, one.given)), None)


def _same(numbers: Sequence[Given], others: Sequence[Given]) -> bool:
    return len(numbers) == len(others) and all(map(_equal, numbers, others))


def _equal(one: Given, other: Given) -> bool:
    return (
        one.at == other.at
        and one.odd == other.odd
        and one.values.shape == other.values.shape
        and np.array_equal(one.texts, other.texts)
    )


def _rank(reading: Reading, read: Sequence[_Held], order: int) -> tuple[float, ...]:
    """The smaller, the better a reading: more fits, more is right, less is assumed, nearer."""
    fits = sum(one.given.count for one in read if not one.given.odd)
    near = sum(one.near for one in read) / max(fits, 1)
    return (-fits, -reading.right, len(reading.conventions), -round(near, 1), order)


class _Held:
    """The numbers of one quantity as they are read, held against the right ones."""

    def __init__(self, given: Given, truth: Truth) -> None:
        self.given, self.truth = given, truth
        self.quantity = truth.program.quantities[given.quantity]
        self.changed_by = factors_of(self.quantity, truth.program)
        self._scaled: dict[float, _Held] = {1.0: self}

    def by(self, conventions: tuple[Convention, ...]) -> _Held:
        """The same where these conventions hold."""
        factor = prod(self.changed_by.get(one, 1.0) for one in conventions)
        if factor not in self._scaled:
            self._scaled[factor] = _Held(_scaled(self.given, factor), self.truth)
        return self._scaled[factor]

    @cached_property
    def _bound(self) -> Bound:
        return self.truth.bounds(self.given.iteration)[self.given.quantity]

    @cached_property
    def rounded(self) -> Bools:
        """Where they are the right numbers, rounded; nowhere if they are of another shape."""
        if self.given.odd:
            return np.zeros(self.given.here.shape, dtype=bool)
        return self.given.rounded(*self._bound)

    @cached_property
    def cut_off(self) -> Bools:
        """Where they are the right numbers, cut off."""
        if self.given.odd:
            return np.zeros(self.given.here.shape, dtype=bool)
        return self.given.cut_off(*self._bound)

    @cached_property
    def counts(self) -> tuple[int, int, int]:
        """How many are right as rounded, as cut off, and as either."""
        either = self.rounded | self.cut_off
        return int(self.rounded.sum()), int(self.cut_off.sum()), int(either.sum())

    def right(self, *, cut: bool) -> int:
        """How many are right in a file that rounds or that cuts off."""
        return self.counts[2 if cut else 0]

    @cached_property
    def near(self) -> float:
        """How near they are to the right ones: a digit for each digit, six at most."""
        if self.given.odd:
            return 0.0
        expected = self._bound.value
        with np.errstate(all="ignore"):
            away = np.abs(self.given.values - expected) / (np.abs(expected) + 1e-12)
            digits = np.clip(-np.log10(away + 1e-6), 0, 6)[self.given.here]
        return float(np.nansum(digits))

    @cached_property
    def telling(self) -> tuple[int, int, int]:
        """How many are not the same whether or not anything was learned, and right of these."""
        values = self.truth.values(self.given.iteration)
        value = values[self.quantity.name]
        new = self.quantity.is_new_value
        without = values[self.quantity.parameter] if new else np.zeros_like(value)
        telling = self.given.here & (np.abs(value - without) > 2 * self.given.half)
        either = telling & (self.rounded | self.cut_off)
        return int(telling.sum()), int((telling & self.rounded).sum()), int(either.sum())


def _scaled(given: Given, factor: float) -> Given:
    """The numbers as the engine has them, where their author's are ``factor`` times those."""
    size = abs(factor)
    return replace(
        given,
        values=given.values / factor,
        half=given.half / size,
        full=None if given.full is None else given.full / size,
        factor=given.factor * factor,
    )


def _reading(
    arrangement: Arrangement,
    conventions: tuple[Convention, ...],
    held: Sequence[_Held],
    *,
    turned: bool,
) -> Reading | None:
    """The numbers read so; None where nothing may show a convention, or where it is refuted."""
    read = [one.by(conventions) for one in held]
    cut = sum(one.counts[1] - one.counts[0] for one in read) > 0
    right = sum(one.right(cut=cut) for one in read)
    shown = {one: _shown_by(one, read, cut=cut) for one in conventions}
    if "nothing" in shown.values() or any(
        _refuted(one, conventions, held, cut=cut) for one in conventions
    ):
        return None
    supposed, doubted = (
        tuple(one for one in conventions if shown[one] == word) for word in ("supposed", "doubted")
    )
    numbers = [one.given for one in read]
    return Reading(arrangement, conventions, numbers, cut, right, turned, supposed, doubted)


def _refuted(
    convention: Convention,
    conventions: tuple[Convention, ...],
    held: Sequence[_Held],
    *,
    cut: bool,
) -> bool:
    """Whether more of the very numbers that a convention changes are right without it."""
    others = tuple(one for one in conventions if one is not convention)
    more = 0
    for one in held:
        if convention in one.changed_by:
            more += one.by(others).right(cut=cut) - one.by(conventions).right(cut=cut)
    return more > 0


def _shown_by(
    convention: Convention, read: Sequence[_Held], *, cut: bool
) -> Literal["shown", "supposed", "doubted", "nothing"]:
    """Whether numbers that would not be right if it were a mistake are, beside it.

    Supposed where there is none that would tell, and deltas are written so: it may be meant.
    """
    changed = False
    seen = right = 0
    deltas = False
    for one in read:
        quantity = one.quantity
        if one.given.odd:
            continue
        if convention in one.changed_by:
            changed = True
            deltas |= quantity.kind is Kind.DERIVATIVE and not quantity.parameter
        elif shows(quantity, convention):
            seen += one.telling[0]
            right += one.telling[2 if cut else 1]
    if not changed:
        return "nothing"
    if not seen:
        return "supposed" if deltas and convention.shown == "what is learned" else "nothing"
    return "shown" if right > 0 and right >= _MOST * seen else "doubted"


def _shown(
    arrangement: Arrangement,
    numbers: Sequence[Given],
    written: Sequence[Written],
    truth: Truth,
) -> bool:
    """Whether something shows that weights stand as they do, where that is not the usual way.

    A shape that fits no other way does, and so do weights that are right no other way, and
    observations in columns; a square gradient alone may have been turned by mistake.
    """
    if not arrangement.turned_weights:
        return True
    program = truth.program
    shapes = {one.quantity: one.texts.shape for one in written if one.entry is None}
    for given in numbers:
        quantity = program.quantities[given.quantity]
        if given.odd or len(quantity.shape) != 2 or not is_turned(quantity, arrangement):
            continue
        found = shapes.get(given.quantity, ())
        straight = written_shape(quantity, program, arrangement)
        lies = found == straight[::-1] != straight
        if lies and (1 not in found or not quantity.is_gradient):
            return True
        if not quantity.is_gradient and _only_turned(given, quantity, truth):
            return True
    return False


def _only_turned(given: Given, quantity: Quantity, truth: Truth) -> bool:
    """Whether the numbers are right as they are read now, and not as they stand in the file."""
    if given.values.shape[0] != given.values.shape[1] or quantity.kind is Kind.FACTOR:
        return False
    value, radius = truth.bounds(given.iteration)[given.quantity]
    now = given.rounded(value, radius).sum()
    as_they_stand = given.rounded(value.T, radius.T).sum()
    return bool(now > as_they_stand)
