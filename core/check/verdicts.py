"""Marking as an examiner does: what is right, what follows from a slip, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chainstep.core.check.calculations import (
    Calculations,
    Seen,
    explained,
    run,
)
from chainstep.core.check.right_numbers import Bound, Truth
from chainstep.core.check.rounded_ways import Way, further_ways, inner_ways, pushed_ways, ways_of
from chainstep.core.check.verdict import Verdict
from chainstep.core.check.written_numbers import Bools, Floats, Given, Rounding, roundings_of
from chainstep.core.program import Program

#: So many iterations without numbers are calculated through; after more, the right ones serve.
_GAP = 40
_WIDER = 1.15  # how much wider than what was seen rounding may reach
_MACHINES = 6.0  # the same for numbers of a machine, of which few runs are looked at
_FEW = 6  # numbers that a calculation gives by chance, if it may be any of several
_UNLIKELY = 1.6  # how many times as far off as the farthest run all numbers together may be

#: What is said of the numbers of one quantity: whether any is wrong, and whether all are exact.
Judge = Callable[[Given, Seen | None], tuple[bool, bool] | None]


@dataclass(frozen=True)
class Marked:
    """The numbers given for one quantity at one iteration, each with its verdict.

    ``codes`` are verdicts, −1 where nothing was given. ``expected`` are the right numbers;
    ``low`` and ``high`` how far rounding alone reaches, from its author's own earlier numbers,
    as far as that was looked at. ``made_of`` is the
    wrong quantity that they are made of, ``from_given`` whether they are made of any given.
    """

    given: Given
    codes: NDArray[np.int64]
    expected: Floats
    low: Floats | None = None
    high: Floats | None = None
    from_given: bool = False
    made_of: str = ""

    @property
    def worst(self) -> Verdict:
        """The verdict on all of them together."""
        return Verdict(int(self.codes.max(initial=0)))

    def verdict(self, position: tuple[int, ...]) -> Verdict:
        """The verdict on one number."""
        return Verdict(int(self.codes[position]))

    def where(self, verdict: Verdict) -> Bools:
        """The numbers with this verdict."""
        return np.asarray(self.codes == verdict)

    def with_codes(self, codes: NDArray[np.int64]) -> Marked:
        """The same numbers with other verdicts."""
        return replace(self, codes=codes)


def right_at_its_digits(
    numbers: Sequence[Given], truth: Truth, *, cut: bool, exactly: bool = False
) -> list[Marked]:
    """Each number right or wrong, by nothing but the digits written down.

    ``exactly`` allows no other machine's rounding.
    """
    found = []
    for given in numbers:
        codes = np.where(given.here, Verdict.WRONG, -1).astype(np.int64)
        bound = truth.bounds(given.iteration)[given.quantity]
        if not given.odd:
            slack = 0.0 if exactly else bound.radius
            codes[given.matches(bound.value, slack, cut=cut)] = Verdict.RIGHT
        found.append(Marked(given, codes, bound.value))
    return found


def in_order(numbers: Sequence[Marked], program: Program) -> list[Marked]:
    """As the iterations compute them: what an iteration starts with first."""

    def place(one: Marked) -> tuple[int, int, bool]:
        number = program.numbers.get(one.given.quantity, 0)
        return one.given.iteration, number, one.given.odd

    return sorted(numbers, key=place)


class Marking:
    """The verdicts on numbers that are not all right at their digits.

    ``exactly`` calls nothing right that only another machine's rounding would make so;
    ``scales`` are the factors by which their author has some quantities, given or not.
    """

    def __init__(
        self,
        truth: Truth,
        numbers: Sequence[Given],
        *,
        cut: bool,
        exactly: bool = False,
        scales: Mapping[str, float] | None = None,
    ) -> None:
        self.truth = truth
        self.scales = scales or {}
        self.cut, self.exactly = cut, exactly
        self.numbers = numbers
        self.roundings = file_roundings(numbers, cut=cut)
        self.marked: list[Marked] = []
        self._explained: list[tuple[int, Bools, Bools]] = []

    def mark(self) -> list[Marked]:
        """The verdict on every number, in the order in which an iteration computes them."""
        calculations = Calculations(self.truth.program, self._ways(), self.scales)
        self._walk(calculations, lambda given, seen: self._judge(calculations, given, seen))
        found = self._by_one_calculation()
        worst = max((one.worst for one in found), default=Verdict.RIGHT)
        if worst is Verdict.CANNOT_TELL:
            found = self._by_another(found, further_ways(self.roundings))
        if worst >= Verdict.CANNOT_TELL and not any(one.odd for one in self.numbers):
            found = self._by_another(found, inner_ways(self.roundings))
        return in_order(found, self.truth.program)

    def _walk(self, calculations: Calculations, judge: Judge) -> bool:
        """All iterations that have numbers, one after the other; whether it came to the end."""
        before = 0
        for iteration in self._iterations:
            self._reach(calculations, before, iteration)
            now = [one for one in self.numbers if one.iteration == iteration]
            if not run(calculations, now, iteration, judge):
                return False
            before = iteration
        return True

    @cached_property
    def _iterations(self) -> list[int]:
        return sorted({given.iteration for given in self.numbers})

    def _ways(self) -> list[Way]:
        its = self._iterations
        walked = sum(min(b - a, _GAP) for a, b in zip([0, *its], its, strict=False))
        pushed = pushed_ways(self.roundings, self.truth.program, walked)
        return [*ways_of(self.roundings), *pushed]

    def _by_another(self, found: Sequence[Marked], ways: Iterator[Way]) -> list[Marked]:
        """The verdicts where one more calculation that rounds gives all that is off.

        Where it lies farther off than rounding at the steps comes to, few numbers do not tell.
        """
        if not any(self._is_given_by(way) for way in ways):
            return list(found)
        code = Verdict.RIGHT_AS_ROUNDED
        if max(one.worst for one in found) > Verdict.CANNOT_TELL:
            off = [one.given.values[one.codes > Verdict.RIGHT] for one in found]
            code = Verdict.CANNOT_TELL if len(np.unique(np.concatenate(off))) < _FEW else code
        return [
            one.with_codes(np.where(one.codes >= Verdict.CANNOT_TELL, code, one.codes))
            for one in found
        ]

    def _is_given_by(self, way: Way) -> bool:
        """Whether one calculation gives every number that does not follow from those given."""
        calculations = Calculations(self.truth.program, [Way(Rounding()), way], self.scales)

        def judge(given: Given, seen: Seen | None) -> tuple[bool, bool] | None:
            bound = self.truth.bounds(given.iteration)[given.quantity]
            fits = given.matches(bound.value, bound.radius, cut=self.cut)
            exact, rounded = explained(given, seen, cut=self.cut, slack=self._slack(bound, seen))
            fits |= rounded
            if given.quantity in calculations.touched:
                fits |= exact
            return (False, False) if fits[given.here].all() else None

        return self._walk(calculations, judge)

    def _reach(self, calculations: Calculations, before: int, iteration: int) -> None:
        """Brings the calculations to the beginning of an iteration."""
        first = iteration if iteration - before > _GAP else before + 1
        if first > before + 1 or not before:
            start = self.truth.start(first)
            exact = {name: bound.value for name, bound in start.items()}
            calculations.begin(exact, {name: bound.radius for name, bound in start.items()})
        else:
            calculations.next_iteration(first)
        for between in range(first, iteration):
            run(calculations, (), between, lambda _, __: (False, False))
            calculations.next_iteration(between + 1)

    def _judge(
        self, calculations: Calculations, given: Given, seen: Seen | None
    ) -> tuple[bool, bool]:
        """The verdict on the numbers of one quantity; whether one is wrong, whether all exact."""
        name = given.quantity
        bound = self.truth.bounds(given.iteration)[name]
        codes = np.where(given.here, Verdict.WRONG, -1).astype(np.int64)
        if given.odd:
            self.marked.append(Marked(given, codes, bound.value))
            self._explained.append((len(self.marked) - 1, np.zeros((1, 1), bool), codes > 9))
            return True, False
        room = 0.0 if self.exactly else bound.radius
        right = given.matches(bound.value, room, cut=self.cut)
        tainted = name in calculations.tainted
        slack = self._slack(bound, seen)
        follows = explained(given, seen, cut=self.cut, slack=slack)
        low, high, within = self._reached(given, seen)
        code = Verdict.FOLLOWS if tainted else Verdict.CANNOT_TELL
        codes[given.here & (within | follows.any(axis=0))] = code
        if not tainted and not self.roundings:
            codes[given.here & within] = Verdict.RIGHT_AS_ROUNDED
        codes[right] = Verdict.RIGHT
        from_given = name in calculations.touched
        made_of = calculations.tainted.get(name, "")
        self.marked.append(Marked(given, codes, bound.value, low, high, from_given, made_of))
        self._explained.append((len(self.marked) - 1, follows, given.here & ~right))
        wrong = bool((codes >= Verdict.FOLLOWS).any())
        return wrong, not given.half.any()

    def _slack(self, bound: Bound, seen: Seen | None) -> Floats | float:
        """How far a machine may lie from a calculation: as far as from the right numbers."""
        if seen is None:
            return 0.0
        scale = np.max(np.abs(bound.value), initial=0.0)
        largest = np.max(np.abs(seen.calculated[0]), initial=0.0)
        if not scale or not np.isfinite(largest) or seen.calculated[0].shape != bound.radius.shape:
            return 0.0
        return np.asarray(bound.radius * max(1.0, min(largest / scale, 1e6)))

    def _reached(
        self, given: Given, seen: Seen | None
    ) -> tuple[Floats | None, Floats | None, Bools]:
        """How far rounding alone reaches, and where the numbers lie within."""
        nowhere = np.zeros(given.values.shape, dtype=bool)
        if seen is None or seen.pushed.shape[1:] != given.values.shape:
            return None, None, nowhere
        runs = np.concatenate([seen.calculated, seen.pushed])
        with np.errstate(all="ignore"):
            low, high = runs.min(axis=0), runs.max(axis=0)
            middle, radius = (low + high) / 2, (high - low) / 2
            radius = radius * (_WIDER if self.roundings else _MACHINES)
            low, high = middle - radius, middle + radius
            within = (given.values >= low - given.half) & (given.values <= high + given.half)
            if within.any() and self.roundings and not _together(given, runs):
                within = nowhere
        return low, high, np.asarray(within)

    def _by_one_calculation(self) -> list[Marked]:
        """What follows from numbers given, or from the one calculation that explains most."""
        every = max((len(ways) for _, ways, _ in self._explained), default=1)
        counts = np.zeros(every, dtype=int)
        for _, ways, off in self._explained:
            for n, way in enumerate(ways):
                counts[n] += int((way & off).sum()) if way.shape == off.shape else 0
        best = int(np.argmax(counts))
        found = list(self.marked)
        for index, ways, off in self._explained:
            one = found[index]
            if one.given.odd:
                continue
            chosen = ways[0] if one.from_given else np.zeros_like(off)
            if best < len(ways) and best:
                chosen = chosen | ways[best]
            codes = one.codes.copy()
            codes[chosen & off & (codes == Verdict.CANNOT_TELL)] = Verdict.RIGHT_AS_ROUNDED
            found[index] = one.with_codes(codes)
        return found


def file_roundings(numbers: Sequence[Given], *, cut: bool) -> list[Rounding]:
    """How the author of these numbers rounds; none where they are a machine's own."""
    if any(one.count and not one.half[one.here].any() for one in numbers if one.count > 1):
        return []
    texts = [text for one in numbers for text in one.texts[one.here].tolist()]
    return [replace(one, cut=cut) for one in roundings_of(texts)]


def _together(given: Given, runs: Floats) -> bool:
    """Whether all numbers together lie no farther off than calculations that only round do."""
    here = given.here
    flat = runs[:, here]
    with np.errstate(all="ignore"):
        middle = flat.mean(axis=0)
        spread = np.sqrt(flat.var(axis=0) + given.half[here] ** 2 / 3) + 1e-300
        off = (np.maximum(np.abs(given.values[here] - middle) - given.half[here], 0) / spread) ** 2
        usual = (((flat - middle) / spread) ** 2).sum(axis=1)
    return bool(off.sum() <= _UNLIKELY * usual.max())
