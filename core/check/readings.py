"""The ways to read a file of numbers: an arrangement, and the conventions that hold in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from chainstep.core.check.conventions import Convention, combinations, factor_of, shows
from chainstep.core.check.right_numbers import Bound, Truth
from chainstep.core.check.verdicts import is_cut_off
from chainstep.core.check.written_numbers import Bools, Given
from chainstep.core.program import Program
from chainstep.core.quantities import Kind, Quantity

_MOST = 0.6  # of the numbers that show a convention must be right
_READINGS = 4  # that are looked at when none makes all numbers right
_DOUBTED = 6  # of those with a convention that the numbers speak against


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
    bounds = {one.iteration: truth.bounds(one.iteration) for one in written}
    found: list[tuple[tuple[float, ...], Reading]] = []
    seen: list[list[Given]] = []
    for arrangement in arrangements(program):
        numbers = arranged(written, cells, program, arrangement)
        if any(_same(numbers, other) for other in seen):
            continue
        seen.append(numbers)
        turned = not _shown(arrangement, numbers, written, program, bounds)
        for conventions in combinations(program):
            reading = _reading(arrangement, conventions, numbers, truth, bounds, turned=turned)
            if reading is not None:
                found.append((_rank(reading, bounds, len(seen)), reading))
    found.sort(key=lambda one: one[0])
    fits = found[0][0][0]
    ranked = [reading for rank, reading in found if rank[0] == fits]
    likely = [one for one in ranked if not one.doubted]
    kept = likely[:_READINGS]
    if all(one.supposed for one in kept):  # mistakes are looked for where nothing is supposed
        kept += [one for one in likely if not one.supposed][:1]
    plain = next(one.arrangement for one in kept if not one.supposed)
    doubted = [one for one in ranked if one.doubted and one.arrangement == plain]
    return kept, doubted[:_DOUBTED]


def _rank(
    reading: Reading, bounds: Mapping[int, Mapping[str, Bound]], order: int
) -> tuple[float, ...]:
    """The smaller, the better a reading: more fits, more is right, less is assumed, nearer."""
    fits = sum(one.count for one in reading.numbers if not one.odd)
    near = sum(_nearness(one, bounds) for one in reading.numbers if not one.odd) / max(fits, 1)
    return (-fits, -reading.right, len(reading.conventions), -round(near, 1), order)


def _same(numbers: Sequence[Given], others: Sequence[Given]) -> bool:
    return len(numbers) == len(others) and all(
        a.at == b.at
        and a.odd == b.odd
        and a.values.shape == b.values.shape
        and np.array_equal(a.texts, b.texts)
        for a, b in zip(numbers, others, strict=True)
    )


def scaled(given: Given, factor: float) -> Given:
    """The numbers as the engine has them, where their author's are ``factor`` times those."""
    if factor == 1.0:
        return given
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
    numbers: Sequence[Given],
    truth: Truth,
    bounds: Mapping[int, Mapping[str, Bound]],
    *,
    turned: bool,
) -> Reading | None:
    """The numbers read so; None where no number can show a convention."""
    program = truth.program
    if any(
        all(one.factor(program.quantities[g.quantity], program) == 1.0 for g in numbers)
        for one in conventions
    ):
        return None
    factors = [factor_of(conventions, program.quantities[one.quantity], program) for one in numbers]
    read = [scaled(one, factor) for one, factor in zip(numbers, factors, strict=True)]
    cut = is_cut_off(read, bounds)
    counts = [_right(one, bounds, cut=cut) for one in read]
    shown = {one: _shown_by(one, read, truth, cut=cut) for one in conventions}
    if "nothing" in shown.values():
        return None
    supposed, doubted = (
        tuple(one for one in conventions if shown[one] == word) for word in ("supposed", "doubted")
    )
    return Reading(arrangement, conventions, read, cut, sum(counts), turned, supposed, doubted)


def _shown_by(
    convention: Convention, read: Sequence[Given], truth: Truth, *, cut: bool
) -> Literal["shown", "supposed", "doubted", "nothing"]:
    """Whether numbers that would not be right if it were a mistake are, beside it.

    Supposed where there is none that would tell, and deltas are written so: it may be meant.
    """
    program = truth.program
    first = 0
    seen = right = 0
    deltas = False
    for given in read:
        quantity = program.quantities[given.quantity]
        if given.odd:
            continue
        if convention.factor(quantity, program) != 1.0:
            first = min(first or given.iteration, given.iteration)
            deltas |= quantity.kind is Kind.DERIVATIVE and not quantity.parameter
        elif shows(quantity, convention):
            telling = _telling(given, quantity, truth)
            value, radius = truth.bounds(given.iteration)[given.quantity]
            seen += int(telling.sum())
            right += int((telling & given.matches(value, radius, cut=cut)).sum())
    if not first:
        return "nothing"
    if not seen:
        return "supposed" if deltas and convention.shown == "what is learned" else "nothing"
    return "shown" if right > 0 and right >= _MOST * seen else "doubted"


def _telling(given: Given, quantity: Quantity, truth: Truth) -> Bools:
    """The numbers that are not the same whether or not anything was learned."""
    values = truth.values(given.iteration)
    value = values[quantity.name]
    without = values[quantity.parameter] if quantity.is_new_value else np.zeros_like(value)
    return np.asarray(given.here & (np.abs(value - without) > 2 * given.half))


def _right(given: Given, bounds: Mapping[int, Mapping[str, Bound]], *, cut: bool) -> int:
    if given.odd:
        return 0
    value, radius = bounds[given.iteration][given.quantity]
    return int(given.matches(value, radius, cut=cut).sum())


def _nearness(given: Given, bounds: Mapping[int, Mapping[str, Bound]]) -> float:
    """How near the numbers are to the right ones: a digit for each digit, six at most."""
    expected = bounds[given.iteration][given.quantity].value
    with np.errstate(all="ignore"):
        away = np.abs(given.values - expected) / (np.abs(expected) + 1e-12)
        digits = np.clip(-np.log10(away + 1e-6), 0, 6)
    return float(np.nan_to_num(digits)[given.here].sum())


def _shown(
    arrangement: Arrangement,
    numbers: Sequence[Given],
    written: Sequence[Written],
    program: Program,
    bounds: Mapping[int, Mapping[str, Bound]],
) -> bool:
    """Whether something shows that weights stand as they do, where that is not the usual way.

    A shape that fits no other way does, and so do weights that are right no other way, and
    observations in columns; a square gradient alone may have been turned by mistake.
    """
    if not arrangement.turned_weights:
        return True
    shapes = {one.quantity: one.texts.shape for one in written if one.entry is None}
    for given in numbers:
        quantity = program.quantities[given.quantity]
        if given.odd or len(quantity.shape) != 2 or not is_turned(quantity, arrangement):
            continue
        found = shapes.get(given.quantity, ())
        straight = written_shape(quantity, program, arrangement)
        lies = found == straight[::-1] != straight
        if lies and (1 not in found or not quantity.parameter):
            return True
        if not quantity.is_gradient and _only_turned(given, quantity, bounds):
            return True
    return False


def _only_turned(
    given: Given, quantity: Quantity, bounds: Mapping[int, Mapping[str, Bound]]
) -> bool:
    """Whether the numbers are right as they are read now, and not as they stand in the file."""
    if given.values.shape[0] != given.values.shape[1] or quantity.kind is Kind.FACTOR:
        return False
    value, radius = bounds[given.iteration][given.quantity]
    now = given.rounded(value, radius).sum()
    as_they_stand = given.rounded(value.T, radius.T).sum()
    return bool(now > as_they_stand)
