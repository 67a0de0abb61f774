"""Whether a guess gives somebody's numbers: from the start on, or from their own operands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainstep.core.check.calculations import (
    Calculations,
    Seen,
    explained,
    run,
)
from chainstep.core.check.guessed_programs import Guess
from chainstep.core.check.right_numbers import Truth
from chainstep.core.check.rounded_ways import Way, pushed_ways, ways_of
from chainstep.core.check.verdict import Verdict
from chainstep.core.check.verdicts import Marked
from chainstep.core.check.written_numbers import (
    Bools,
    Floats,
    Given,
    Rounding,
    agreeing_digits,
)

_WIDE = 0.1  # of a number: what is left as open as that says nothing
_SAME = 1e-13  # of a number: so near, it has no more digits than are written
_COPIED = 1e-4  # of what such a number, a weight that was kept, would leave open otherwise
_NOT_A_NUMBER = 3.0  # digits that nan is worth: few mistakes give it
_KEPT = 4_000  # numbers that a guess gives; more are computed anew each time
_MANY, _EARLY = 12, 8  # iterations of which the first wrong ones are looked at first; and those
_PUSHED = 6  # calculations pushed at every step
#: Of the largest number of a quantity: the least and the most that rounding may come to.
_MACHINE = {"float64": (4e-15, 1e-9), "float32": (4e-7, 1e-4)}


@dataclass(frozen=True)
class Numbers:
    """All numbers that somebody gave, one behind the other, with the verdicts on them.

    ``place`` is the index in ``marked`` of each; ``wrong`` and ``good`` are what the right
    rules leave unexplained, and what they explain.
    """

    marked: tuple[Marked, ...]
    cut: bool
    found: Floats
    half: Floats
    expected: Floats
    reach: Floats
    digits: NDArray[np.int64]
    place: NDArray[np.int64]
    codes: NDArray[np.int64]

    @classmethod
    def of(cls, marked: Sequence[Marked], *, cut: bool) -> Numbers:
        """The numbers that have the shapes of the network."""
        kept = tuple(one for one in marked if not one.given.odd)

        def flat(pick: Any, kind: Any = np.float64) -> Any:
            parts = [np.asarray(pick(one))[one.given.here] for one in kept]
            return np.concatenate(parts).astype(kind) if parts else np.zeros(0, dtype=kind)

        return cls(
            kept,
            cut,
            flat(lambda one: one.given.values),
            flat(lambda one: one.given.half),
            flat(lambda one: one.expected),
            flat(_reach),
            flat(lambda one: one.given.digits, np.int64),
            np.repeat(np.arange(len(kept)), [one.given.count for one in kept]).astype(np.int64),
            flat(lambda one: one.codes, np.int64),
        )

    @cached_property
    def wrong(self) -> Bools:
        """What is off and needs a mistake to explain it."""
        return np.asarray(self.codes == Verdict.WRONG)

    @cached_property
    def off(self) -> Bools:
        """What is not right at its digits."""
        return np.asarray(self.codes > Verdict.RIGHT)

    @cached_property
    def good(self) -> Bools:
        """What the right rules explain, or may."""
        return np.asarray((self.codes >= 0) & (self.codes <= Verdict.CANNOT_TELL))

    @cached_property
    def layout(self) -> tuple[Any, ...]:
        """Which numbers of which quantities there are: the same for other readings of them."""
        return tuple((one.given.at, one.given.here.tobytes()) for one in self.marked)

    @cached_property
    def early(self) -> tuple[list[int], list[int]]:
        """The quantities of the first iterations that have something wrong, and the others."""
        of = [one.given.iteration for one in self.marked]
        off = sorted({of[n] for n in self.place[self.wrong].tolist()})[:_EARLY]
        if len(self.iterations) <= _MANY:
            return list(range(len(of))), []
        return (
            [n for n, iteration in enumerate(of) if iteration in off],
            [n for n, iteration in enumerate(of) if iteration not in off],
        )

    @cached_property
    def iterations(self) -> tuple[int, ...]:
        return tuple(sorted({one.given.iteration for one in self.marked}))

    @cached_property
    def parts(self) -> list[slice]:
        """Where the numbers of each quantity stand."""
        ends = np.cumsum([one.given.count for one in self.marked]).tolist()
        return [slice(a, b) for a, b in zip([0, *ends], ends, strict=False)]

    def slack(self, truth: Truth) -> Floats:
        """How far a machine may lie from the right numbers."""
        if "_slack" not in self.__dict__:
            found = [_slack(one.expected, one.given, truth)[one.given.here] for one in self.marked]
            self.__dict__["_slack"] = np.concatenate(found) if found else np.zeros(0)
        kept: Floats = self.__dict__["_slack"]
        return kept

    def given(self, index: int) -> Given:
        """What the number at an index was given with."""
        return self.marked[int(self.place[index])].given


def _reach(one: Marked) -> Floats:
    """Half of what rounding alone may make of a number."""
    if one.low is None or one.high is None:
        return one.given.half
    with np.errstate(all="ignore"):
        return np.asarray(np.nan_to_num((one.high - one.low) / 2) + one.given.half)


@dataclass(frozen=True)
class Fit:
    """What a guess makes of the numbers: where it gives them, and how surely.

    ``whole`` where it gives them from the start on, ``local`` where from the author's own
    operands; ``predicted`` is the nearer of the two, ``room`` how far off it might be.
    ``spared`` are the good numbers that it leaves as they are, ``vague`` those of which the
    operands leave so much open that they say nothing.
    """

    guess: Guess
    whole: Bools
    local: Bools
    predicted: Floats
    room: Floats
    spared: Bools
    vague: Bools

    @property
    def here(self) -> Bools:
        return self.whole | self.local

    @property
    def allowed(self) -> Bools:
        """Where nothing speaks against it."""
        return self.here | self.vague | self.spared

    def evidence(self, numbers: Numbers, which: Bools) -> float:
        """How many digits speak for it: what it gives that chance, or the right rules, would not.

        Numbers that are equal count once.
        """
        chosen = which & self.here
        if not chosen.any():
            return 0.0
        with np.errstate(all="ignore"):
            away = np.abs(numbers.found - numbers.expected)[chosen]
            miss = 2 * np.abs(numbers.found - self.predicted)[chosen]
            half = numbers.half[chosen]
            size = np.abs(numbers.found[chosen])
            same = (miss <= _SAME * size) & (half > 10 * _SAME * size)  # and 0 is no such number
            same &= size > 0
            near = np.where(same, _COPIED * half, np.maximum(miss, half))
            near = np.maximum(near, 1e-15 * np.abs(numbers.found[chosen]))
            room = np.maximum(np.minimum(near, self.room[chosen]), 1e-300)
            digits = np.log10(np.maximum(away / room, 1.0))
        lost = np.isnan(numbers.found[chosen]) & np.isnan(self.predicted[chosen])
        digits = np.where(lost, _NOT_A_NUMBER, digits)
        return _counted_once(numbers.found[chosen], digits)

    def beyond_rounding(self, numbers: Numbers) -> float:
        """How many digits speak for it against rounding alone."""
        chosen = numbers.off & self.here
        with np.errstate(all="ignore"):
            half = np.maximum(numbers.half[chosen], 1e-15 * np.abs(numbers.found[chosen]))
            digits = np.log10(np.maximum(numbers.reach[chosen] / np.maximum(half, 1e-300), 1.0))
        return _counted_once(numbers.found[chosen], digits)

    def digits(self, numbers: Numbers, which: Bools) -> int:
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


def _counted_once(found: Floats, digits: Floats) -> float:
    if not found.size:
        return 0.0
    digits = np.nan_to_num(np.minimum(digits, 16.0))
    _, first = np.unique(np.abs(found).astype(np.float32), return_index=True)
    return float(digits[first].sum())


class _Laid(NamedTuple):
    """What a guess makes of numbers that stand so, and where that is as by the right rules."""

    predicted: Floats
    slack: Floats
    same: Bools


def _laid(guess: Guess, numbers: Numbers, truth: Truth) -> _Laid:
    """The guess's own numbers; they are kept for other readings of the same numbers.

    Of numbers of many iterations, those behind early wrong ones that it does not give are left
    out.
    """
    found: _Laid | None = guess.laid.get(numbers.layout)
    if found is not None:
        return found
    predicted, slack = numbers.expected.copy(), numbers.slack(truth).copy()

    def lay(which: Sequence[int]) -> None:
        for given, part in ((numbers.marked[n].given, numbers.parts[n]) for n in which):
            if guess.changes(*given.at):
                value = np.asarray(guess.value(*given.at), dtype=np.float64)
                value = value.reshape(given.values.shape)
                predicted[part] = value[given.here]
                slack[part] = _slack(value, given, truth)[given.here]

    early, late = numbers.early
    lay(early)
    at = np.isin(numbers.place, early) & numbers.wrong
    if not late or _matches(numbers, predicted, slack)[at].all():
        lay(late)
    else:
        predicted[np.isin(numbers.place, late)] = np.nan
    with np.errstate(all="ignore"):
        away = np.abs(predicted - numbers.expected)
        same = away <= slack + 1e-15 * np.abs(numbers.expected)
    found = _Laid(predicted, slack, np.asarray(same))
    if len(predicted) <= _KEPT and not late:
        guess.laid[numbers.layout] = found
    return found


def whole_fit(guess: Guess, numbers: Numbers, truth: Truth) -> Fit:
    """Where a guess gives the numbers from the start on."""
    predicted, slack, same = _laid(guess, numbers, truth)
    fits = _matches(numbers, predicted, slack)
    nowhere = np.zeros(len(fits), dtype=bool)
    room = numbers.half * (1 + 1e-9) + slack
    return Fit(guess, fits, nowhere, predicted, room, same & numbers.good, nowhere)


def exact_fit(guess: Guess, numbers: Numbers, truth: Truth) -> Fit | None:
    """The same where a guess gives all numbers; None, as soon as it is seen, where not."""
    for given in (one.given for one in numbers.marked):
        if guess.changes(*given.at):
            value = np.asarray(guess.value(*given.at), dtype=np.float64)
            value = value.reshape(given.values.shape)
            room = _slack(value, given, truth)
            if not given.matches(value, room, cut=numbers.cut)[given.here].all():
                return None
    fit = whole_fit(guess, numbers, truth)
    return fit if (fit.whole | fit.spared).all() else None


def _matches(numbers: Numbers, predicted: Floats, slack: Floats) -> Bools:
    """Where the predicted numbers are those that were found, at their digits."""
    with np.errstate(all="ignore"):
        away = np.abs(predicted - numbers.found)
        fits = away <= numbers.half * (1 + 1e-9) + slack
        if numbers.cut:
            sign = np.where(numbers.found == 0, np.sign(predicted), np.sign(numbers.found))
            left = (predicted - numbers.found) * sign
            fits |= (left >= -slack) & (left <= 2 * numbers.half + slack) & (numbers.half > 0)
    return np.asarray(fits | (np.isnan(predicted) & np.isnan(numbers.found)))


def _slack(value: Floats, given: Given, truth: Truth) -> Floats:
    """How far a machine's numbers may lie from what the guess makes of a quantity."""
    least, most = _MACHINE[truth.arithmetic]
    radius, unknown = truth.relative(*given.at)
    with np.errstate(all="ignore"):
        size = np.abs(value)
        largest = float(size.max(initial=0.0))
        if not isfinite(largest):
            largest = float(size[np.isfinite(size)].max(initial=0.0))
        return np.asarray(np.minimum(radius, most) * largest + (least * largest + unknown))


def local_fit(fit: Fit, numbers: Numbers, truth: Truth, roundings: Sequence[Rounding]) -> Fit:
    """Where a guess gives the numbers from the author's own earlier ones, as written, too."""
    local = _Local(fit, numbers, truth, roundings)
    local.walk(local.ways())
    return replace(
        fit,
        local=local.fits,
        predicted=np.where(fit.whole, fit.predicted, local.predicted),
        room=np.where(fit.whole, fit.room, local.room),
        vague=local.vague,
    )


class _Local:
    """A guess calculated from the author's own numbers; each is compared, and then taken."""

    def __init__(
        self, fit: Fit, numbers: Numbers, truth: Truth, roundings: Sequence[Rounding]
    ) -> None:
        count = len(numbers.found)
        self.guess, self.numbers, self.truth = fit.guess, numbers, truth
        self.roundings = list(roundings)
        self.fits, self.vague = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
        self.predicted, self.room = np.full(count, np.nan), np.full(count, np.inf)

    def ways(self) -> list[Way]:
        """Calculations that round, and some that are pushed at every step."""
        iterations = len(self.numbers.iterations)
        pushed = pushed_ways(self.roundings, self.guess.program, iterations)
        return [*ways_of(self.roundings), *pushed[:_PUSHED]]

    def walk(self, ways: Sequence[Way]) -> None:
        """All iterations that have numbers."""
        program = self.guess.program
        calculations = Calculations(program, ways)
        before = 0
        for iteration in self.numbers.iterations:
            if before and before == iteration - 1:
                calculations.next_iteration(iteration)
            else:
                start = {n: np.asarray(v) for n, v in self.guess.start(iteration).items()}
                calculations.begin(start)
            now = [m.given for m in self.numbers.marked if m.given.iteration == iteration]
            run(calculations, now, iteration, self._compare)
            before = iteration

    def _compare(self, given: Given, seen: Seen | None) -> tuple[bool, bool]:
        index = next(n for n, m in enumerate(self.numbers.marked) if m.given is given)
        which = self.numbers.place == index
        exact = not given.half.any()
        if seen is None or seen.calculated.shape[1:] != given.values.shape:
            return False, exact
        here, values, half = given.here, given.values, given.half
        slack = _slack(seen.calculated[0], given, self.truth)
        sure = explained(given, seen, cut=self.numbers.cut, slack=slack).any(axis=0)
        runs = np.concatenate([seen.calculated, seen.pushed])
        with np.errstate(all="ignore"):
            low, high = runs.min(axis=0), runs.max(axis=0)
            radius = (high - low) / 2 + slack
            sharp = radius <= _WIDE * np.abs(values) + half
            inside = (low - radius / 2 <= values + half) & (values - half <= high + radius / 2)
        self.fits[which] = (sure | (inside & sharp))[here]
        self.vague[which] = (inside & ~sharp)[here]
        self.predicted[which] = seen.calculated[0][here]
        self.room[which] = (radius + half)[here]
        return False, exact
