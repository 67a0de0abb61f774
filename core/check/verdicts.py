"""Marking as an examiner does: what is right, what follows from a slip, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainstep.core.check.intervals import EPSILON, Interval, as_interval
from chainstep.core.check.right_numbers import Truth, step_value
from chainstep.core.check.verdict import Verdict
from chainstep.core.check.written_numbers import Given, Rounding, rounding_of
from chainstep.core.expressions import needs
from chainstep.core.program import Program

_RIGHT, _ROUNDED = Verdict.RIGHT, Verdict.RIGHT_AS_ROUNDED
_FOLLOWS, _WRONG = Verdict.FOLLOWS, Verdict.WRONG
#: What half a unit in the last place is multiplied with where a number follows from rounded ones:
#: somebody who works with few digits rounds on the way too.
_ON_THE_WAY = 2.0
#: From so many digits on, a number is all that a machine of double or single precision had.
_ALL_DIGITS = (15, 9)
_NOT_WRITTEN = 5.0  # the same where much was rounded that was not written down,
_SEVERAL = 2  # which shows in several numbers that are off, not in one


@dataclass(frozen=True)
class Marked:
    """The numbers given for one quantity at one iteration, each with its verdict.

    ``codes`` are verdicts, −1 where nothing was given. ``expected`` are the right
    numbers; ``own`` what follows from the author's earlier ones, as far as that is known.
    """

    given: Given
    codes: NDArray[np.int64]
    expected: NDArray[np.float64]
    own: Interval | None

    @property
    def worst(self) -> Verdict:
        """The verdict on all of them together."""
        return Verdict(int(self.codes.max(initial=0)))

    def verdict(self, position: tuple[int, ...]) -> Verdict:
        """The verdict on one number."""
        return Verdict(int(self.codes[position]))

    def with_codes(self, codes: NDArray[np.int64]) -> Marked:
        """The same numbers with other verdicts."""
        return Marked(self.given, codes, self.expected, self.own)


class Calculation:
    """Somebody's iteration as far as it is given; the rest computed from that by right rules.

    ``own`` holds every quantity as its author has it, ``tainted`` the names of those that hang
    on a wrong number, ``touched`` of those that hang on any number given. With a ``rounding``
    whatever is not ``written`` was rounded on the way too.
    """

    def __init__(
        self,
        program: Program,
        start: Mapping[str, Interval],
        rounding: Rounding | None = None,
        written: Iterable[str] = (),
    ) -> None:
        self.program = program
        self.rounding, self.written = rounding, frozenset(written)
        self.own: dict[str, Any] = dict(start)
        self.tainted: set[str] = set()
        self.touched: set[str] = set()

    def compute(self, number: int) -> Interval | None:
        """A step from the author's own operands; None where their shapes do not fit."""
        step = self.program.steps[number - 1]
        name = step.quantity.name
        read = needs(step.expression)
        if read & self.tainted:
            self.tainted.add(name)
        if read & self.touched:
            self.touched.add(name)
        try:
            value = as_interval(step_value(step, self.own))
            if value.low.size == step.quantity.size:
                value = value.reshape(step.quantity.shape)
        except (ValueError, IndexError):
            self.own.pop(name, None)
            return None
        except KeyError:
            return None
        self.own[name] = value
        if self.rounding is not None and name not in self.written:
            self.touched.add(name)
            around = self.rounding.half(np.maximum(np.abs(value.low), np.abs(value.high)))
            self.own[name] = Interval(value.low - around, value.high + around, value.eps)
        return value

    def take(self, given: Given, *, wrong: bool, slack: Any) -> None:
        """Puts the author's own numbers where they are given."""
        name = given.quantity
        interval = given.interval(slack)
        if given.here.all() or given.odd or name not in self.own:
            self.own[name] = Interval(interval.low, interval.high, self._eps)
        else:
            before = self.own[name]
            self.own[name] = Interval(
                np.where(given.here, interval.low, before.low),
                np.where(given.here, interval.high, before.high),
                self._eps,
            )
        self.touched.add(name)
        if wrong:
            self.tainted.add(name)
        elif given.here.all():
            self.tainted.discard(name)

    @property
    def _eps(self) -> float:
        return max((value.eps for value in self.own.values()), default=0.0)


def mark(truth: Truth, numbers: Sequence[Given], *, strict: bool = False) -> list[Marked]:
    """The verdict on every number, in the order in which an iteration computes them.

    ``strict`` allows no more than the digits do: no other machine's rounding. Otherwise, where
    none is off by more than rounding of what was not written down may make of it, all are as
    rounded.
    """
    found = _mark(truth, numbers, strict=strict, room=_ON_THE_WAY)
    if strict or not any(one.worst is _WRONG for one in found):
        return found
    lenient = mark_as_rounded(truth, numbers, found)
    return found if any(one.worst is _WRONG for one in lenient) else lenient


def mark_as_rounded(
    truth: Truth, numbers: Sequence[Given], found: Sequence[Marked]
) -> list[Marked]:
    """The verdicts where what was not written down was rounded as the rest was.

    ``found`` are the verdicts where it was not.
    """
    off = {float(value) for one in found for value in one.given.values[one.codes == _WRONG]}
    room = _ON_THE_WAY if len(off) < _SEVERAL else _NOT_WRITTEN
    return _mark(truth, numbers, strict=False, room=room, rounding=rounding_of(numbers))


def _mark(
    truth: Truth,
    numbers: Sequence[Given],
    *,
    strict: bool,
    room: float,
    rounding: Rounding | None = None,
) -> list[Marked]:
    found: list[Marked] = []
    before: tuple[int, Calculation] | None = None
    for iteration in sorted({given.iteration for given in numbers}):
        now = [given for given in numbers if given.iteration == iteration]
        start = _start(truth, iteration, before)
        names = [given.quantity for given in now]
        calculation = Calculation(truth.program, start, rounding, names)
        if before is not None and before[0] == iteration - 1:
            _carry(truth.program, before[1], calculation)
        found += _marked(truth, calculation, now, strict=strict, room=room)
        before = (iteration, calculation)
    return found


def _start(
    truth: Truth, iteration: int, before: tuple[int, Calculation] | None
) -> dict[str, Interval]:
    start = truth.start(iteration)
    if before is None or before[0] != iteration - 1:
        return start
    calculation = before[1]
    for pair in truth.program.carried:
        if pair.new.name in calculation.touched and pair.new.name in calculation.own:
            start[pair.old.name] = calculation.own[pair.new.name]
    return start


def _carry(program: Program, before: Calculation, now: Calculation) -> None:
    for pair in program.carried:
        if pair.new.name in before.touched:
            now.touched.add(pair.old.name)
        if pair.new.name in before.tainted:
            now.tainted.add(pair.old.name)


def _marked(
    truth: Truth,
    calculation: Calculation,
    numbers: Iterable[Given],
    *,
    strict: bool,
    room: float,
) -> list[Marked]:
    at = {given.quantity: given for given in numbers}
    iteration = next(iter(at.values())).iteration
    bounds = truth.bounds(iteration)
    found = []
    for quantity in truth.program.start:
        if quantity.name in at:
            own = calculation.own[quantity.name] if quantity.name in calculation.touched else None
            given = at[quantity.name]
            found.append(_judge(given, bounds, own, calculation, strict=strict, room=room))
    for step in truth.program.steps:
        own = calculation.compute(step.number)
        if step.quantity.name in at:
            given = at[step.quantity.name]
            alone = calculation.rounding is None and room == _ON_THE_WAY
            if alone and step.quantity.name not in calculation.touched:
                own = None
            found.append(_judge(given, bounds, own, calculation, strict=strict, room=room))
    return found


def _judge(
    given: Given,
    bounds: Mapping[str, Interval],
    own: Interval | None,
    calculation: Calculation,
    *,
    strict: bool,
    room: float,
) -> Marked:
    """The verdict on the numbers of one quantity, which are then taken as their author's."""
    bound = bounds[given.quantity]
    slack = 0.0 if strict or given.odd else bound.radius.reshape(bound.shape)
    follows = _FOLLOWS if given.quantity in calculation.tainted else _ROUNDED
    codes = np.where(given.here, _WRONG, -1)
    if not given.odd:
        codes[given.here & close(given, bound.middle, slack)] = _RIGHT
    if own is not None and own.shape == given.values.shape:
        near = Interval.around(given.values, room * given.half + slack)
        meets = (own.low <= near.high) & (near.low <= own.high) & np.isfinite(given.values)
        short = given.digits < _ALL_DIGITS[bound.eps > EPSILON["float64"]]
        unsure = (codes == _WRONG) | ((codes == _RIGHT) & short & (follows == _ROUNDED))
        codes[given.here & meets & unsure] = follows
    if not given.odd:
        codes[given.here & close(given, bound.middle, 0.0)] = _RIGHT
    wrong = bool((codes >= _FOLLOWS).any())
    calculation.take(given, wrong=wrong, slack=0.0 if strict else slack)
    return Marked(given, codes, bound.middle, own)


def close(given: Given, expected: Any, slack: Any) -> NDArray[np.bool_]:
    """Where given numbers are the expected ones, to the digits written down."""
    with np.errstate(all="ignore"):
        room = given.half * (1 + 1e-9) + slack + 1e-15 * np.abs(expected)
        near = np.abs(given.values - expected) <= room
        same = (given.values == expected) | (np.isnan(given.values) & np.isnan(expected))
    return np.asarray(near | same)
