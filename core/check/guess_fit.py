"""Whether a guess gives somebody's numbers: from the start on, or from their own operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainstep.core.check.guessed_programs import Guess
from chainstep.core.check.intervals import Interval
from chainstep.core.check.right_numbers import Truth
from chainstep.core.check.verdict import Verdict
from chainstep.core.check.verdicts import Calculation, Marked
from chainstep.core.check.written_numbers import Rounding, agreeing_digits

_ON_THE_WAY = 1.0  # half units more, for what somebody rounded between two numbers written down
_WIDE = 0.1  # of a number: bounds that are wider say nothing
#: Of the largest number of a quantity: the least and the most that rounding may come to.
_MACHINE = {"float64": (4e-15, 1e-9), "float32": (2e-6, 1e-3)}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Numbers:
    """All numbers that somebody gave, one behind the other, with the verdicts on them.

    ``place`` is the index in ``marked`` of each; ``wrong`` and ``good`` are what the right
    rules leave unexplained, and what they explain.
    """

    marked: tuple[Marked, ...]
    found: Floats
    half: Floats
    expected: Floats
    digits: NDArray[np.int64]
    place: NDArray[np.int64]
    codes: NDArray[np.int64]

    @classmethod
    def of(cls, marked: Sequence[Marked]) -> Numbers:
        """The numbers that have the shapes of the network."""
        kept = tuple(one for one in marked if not one.given.odd)

        def flat(pick: Any, kind: Any = np.float64) -> Any:
            parts = [np.asarray(pick(one))[one.given.here] for one in kept]
            return np.concatenate(parts).astype(kind) if parts else np.zeros(0, dtype=kind)

        return cls(
            kept,
            flat(lambda one: one.given.values),
            flat(lambda one: one.given.half),
            flat(lambda one: one.expected),
            flat(lambda one: one.given.digits, np.int64),
            np.repeat(np.arange(len(kept)), [one.given.count for one in kept]).astype(np.int64),
            flat(lambda one: one.codes, np.int64),
        )

    @cached_property
    def wrong(self) -> NDArray[np.bool_]:
        return np.asarray(self.codes == Verdict.WRONG)

    @cached_property
    def good(self) -> NDArray[np.bool_]:
        return np.asarray((self.codes >= 0) & (self.codes <= Verdict.RIGHT_AS_ROUNDED))

    @cached_property
    def iterations(self) -> tuple[int, ...]:
        return tuple(sorted({one.given.iteration for one in self.marked}))


@dataclass(frozen=True)
class Fit:
    """What a guess makes of the numbers: where it gives them, and how surely.

    ``whole`` where it gives them from the start on, ``local`` where from the author's own
    operands; ``predicted`` is the nearer of the two, ``room`` how far off it might be.
    ``vague`` where the operands leave so much open that the number says nothing.
    """

    guess: Guess
    whole: NDArray[np.bool_]
    local: NDArray[np.bool_]
    predicted: Floats
    room: Floats
    vague: NDArray[np.bool_]

    @property
    def here(self) -> NDArray[np.bool_]:
        return self.whole | self.local

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """Where nothing speaks against it."""
        return self.here | self.vague

    def evidence(self, numbers: Numbers, which: NDArray[np.bool_]) -> float:
        """How many digits speak for it: what it gives that chance, or the right rules, would not.

        Numbers that are equal count once.
        """
        chosen = which & self.here
        if not chosen.any():
            return 0.0
        with np.errstate(all="ignore"):
            away = np.abs(numbers.found - numbers.expected)[chosen]
            miss = 2 * np.abs(numbers.found - self.predicted)[chosen]
            near = np.maximum(miss, numbers.half[chosen])
            near = np.maximum(near, 1e-15 * np.abs(numbers.found[chosen]))
            room = np.maximum(np.minimum(near, self.room[chosen]), 1e-300)
            digits = np.log10(np.maximum(away / room, 1.0))
        digits = np.nan_to_num(np.minimum(digits, 16.0))
        keys = [f"{x:.6e}" for x in numbers.found[chosen]]
        return float(sum(dict(zip(keys, digits, strict=True)).values()))

    def digits(self, numbers: Numbers, which: NDArray[np.bool_]) -> int:
        """To how many digits it agrees: all of the longest number where it gives all digits."""
        chosen = np.flatnonzero(which & self.here)
        short = []
        for n in chosen:
            found, predicted = float(numbers.found[n]), float(self.predicted[n])
            most = int(numbers.digits[n])
            if abs(found - predicted) > numbers.half[n] * 1.001:
                agreeing = agreeing_digits(found, predicted, most)
                if agreeing < most:
                    short.append(agreeing)
        return min(short, default=int(numbers.digits[chosen].max(initial=0)))


def whole_fit(
    guess: Guess, numbers: Numbers, truth: Truth, *, all_of_it: bool = False
) -> Fit | None:
    """Where a guess gives the numbers from the start on.

    With ``all_of_it`` None where it does not give all of them, as soon as that is seen.
    """
    parts, slacks = [], []
    least, most = _MACHINE[truth.arithmetic]
    for one in numbers.marked:
        given = one.given
        value = np.asarray(guess.value(given.iteration, given.quantity), dtype=np.float64)
        value = value.reshape(given.values.shape)
        bound = truth.bounds(given.iteration)[given.quantity]
        slack = bound.radius * np.max(np.abs(value), initial=0.0)
        scale = np.max(np.abs(bound.middle), initial=0.0)
        slack = 4 * slack / scale if scale > 0 and np.isfinite(slack).all() else 0 * bound.radius
        largest = np.max(np.abs(value[np.isfinite(value)]), initial=0.0)
        slack = np.minimum(slack, most * largest) + least * largest
        slack = slack + np.where(bound.radius >= np.abs(bound.middle), bound.radius, 0.0)
        parts.append(value[given.here])
        slacks.append(np.broadcast_to(slack, value.shape)[given.here])
        if all_of_it:
            away = np.abs(parts[-1] - given.values[given.here])
            if not (away <= given.half[given.here] * (1 + 1e-9) + slacks[-1]).all():
                return None
    predicted, slack = np.concatenate(parts), np.concatenate(slacks)
    room = numbers.half * (1 + 1e-9) + slack
    with np.errstate(all="ignore"):
        fits = np.abs(predicted - numbers.found) <= room
    fits |= np.isnan(predicted) & np.isnan(numbers.found)
    nowhere = np.zeros(len(fits), dtype=bool)
    return Fit(guess, fits, nowhere, predicted, room, nowhere)


def local_fit(fit: Fit, numbers: Numbers, truth: Truth, rounding: Rounding | None = None) -> Fit:
    """Where a guess gives the numbers from the author's own earlier ones, as written, too.

    With a ``rounding`` what is not written was rounded on the way.
    """
    guess = fit.guess
    count = len(numbers.found)
    fits, vague = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    predicted = np.full(count, np.nan)
    room = np.full(count, np.inf)
    before: tuple[int, Calculation] | None = None
    for iteration in numbers.iterations:
        start = {
            name: Interval.around(value, truth.eps * np.abs(value), truth.eps)
            for name, value in guess.start(iteration).items()
        }
        if before is not None and before[0] == iteration - 1:
            for pair in guess.program.carried:
                own = before[1].own.get(pair.new.name)
                if pair.new.name in before[1].touched and own is not None:
                    start[pair.old.name] = own
        names = [one.given.quantity for one in numbers.marked if one.given.iteration == iteration]
        calculation = Calculation(guess.program, start, rounding, names)
        _fill(calculation, numbers, iteration, (fits, vague, predicted, room))
        before = (iteration, calculation)
    return Fit(
        guess,
        fit.whole,
        fits,
        np.where(fit.whole, fit.predicted, predicted),
        np.where(fit.whole, fit.room, room),
        vague,
    )


def _fill(
    calculation: Calculation,
    numbers: Numbers,
    iteration: int,
    into: tuple[Any, Any, Floats, Floats],
) -> None:
    """Walks one iteration; each number given is compared, and then taken as its author's."""
    at = {
        one.given.quantity: n
        for n, one in enumerate(numbers.marked)
        if one.given.iteration == iteration
    }
    for quantity in calculation.program.start:
        if quantity.name in at:
            _compare(calculation, numbers, at[quantity.name], into)
    for step in calculation.program.steps:
        calculation.compute(step.number)
        if step.quantity.name in at:
            _compare(calculation, numbers, at[step.quantity.name], into)


def _compare(
    calculation: Calculation, numbers: Numbers, index: int, into: tuple[Any, Any, Floats, Floats]
) -> None:
    fits, vague, predicted, room = into
    given = numbers.marked[index].given
    own = calculation.own.get(given.quantity)
    which = numbers.place == index
    if own is not None and own.low.shape == given.values.shape:
        low, high = own.low[given.here], own.high[given.here]
        values, half = given.values[given.here], given.half[given.here]
        with np.errstate(all="ignore"):
            radius = (high - low) / 2
            sharp = radius <= _WIDE * np.abs(values) + half
            near = half * (1 + _ON_THE_WAY)
            inside = (low <= values + near) & (values - near <= high)
            fits[which], vague[which] = inside & sharp, inside & ~sharp
            predicted[which] = (low + high) / 2
            room[which] = radius + near
    calculation.take(given, wrong=False, slack=0.0)


def values_at(marked: Sequence[Marked]) -> Mapping[tuple[int, str], Marked]:
    """The numbers by iteration and quantity."""
    return {(one.given.iteration, one.given.quantity): one for one in marked}
