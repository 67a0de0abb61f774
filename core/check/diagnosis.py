"""Which mistake gives somebody's numbers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chainstep.core.check.guess_fit import Fit, Numbers, local_fit, whole_fit
from chainstep.core.check.guessed_programs import Guess, joined
from chainstep.core.check.odd_shapes import odd_mistakes
from chainstep.core.check.right_numbers import Truth
from chainstep.core.check.verdict import Verdict
from chainstep.core.check.verdicts import Marked
from chainstep.core.check.written_numbers import Rounding
from chainstep.core.expressions import needs
from chainstep.core.program import Program
from chainstep.core.setup import Setup

#: Seconds that looking for pairs, and running guesses to late iterations, may take.
_PAIRS_TAKE = 0.35
_ALL_TAKES = 1.2  # for everything at early iterations, so that an answer comes within 2 seconds
_RUNS_TAKE = 5.0
_LATE = 3000  # iterations from which on running every guess takes long
_KEPT = 4  # explanations of the first wrong numbers that a second mistake is looked for beside

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Explanation:
    """Mistakes that together give the numbers, and what they give."""

    fit: Fit
    evidence: float
    digits: int
    complete: bool

    @property
    def guess(self) -> Guess:
        return self.fit.guess


@dataclass(frozen=True)
class Diagnosis:
    """What can be said of the wrong numbers.

    ``first`` is the first wrong quantity, in the order in which one hangs on the other.
    ``explanations`` are the mistakes that give the numbers, best first: each of them alone,
    so several can not be told apart on these numbers. ``tried`` counts what was tried.
    """

    first: Marked | None
    explanations: tuple[Explanation, ...] = ()
    tried: int = 0
    unfinished: bool = False
    odd: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The mistakes, the likeliest first; of a pair, the one made first."""
        found = [name for one in self.explanations for name in one.guess.names]
        return tuple(dict.fromkeys([*found, *self.odd]))

    @property
    def confusable(self) -> tuple[tuple[str, ...], ...]:
        """Groups of mistakes that give the same numbers here."""
        if len(self.explanations) < 2:
            return (self.odd,) if len(self.odd) > 1 else ()
        best = self.explanations[0].guess.names
        groups = []
        for n, name in enumerate(best):
            others = [
                one.guess.names[n] for one in self.explanations if len(one.guess.names) == len(best)
            ]
            group = tuple(dict.fromkeys([name, *others]))
            if len(group) > 1:
                groups.append(group)
        return tuple(groups)


def first_wrong(marked: Sequence[Marked], program: Program) -> Marked | None:
    """The wrong quantity that hangs on the fewest others that nobody gave."""
    wrong = [one for one in marked if one.worst is Verdict.WRONG]
    if not wrong:
        return None
    given = {(one.given.iteration, one.given.quantity) for one in marked}
    return min(
        wrong,
        key=lambda one: (
            one.given.iteration,
            hidden_before(
                program, one.given.quantity, {q for i, q in given if i == one.given.iteration}
            ),
            program.numbers.get(one.given.quantity, 0),
        ),
    )


def hidden_before(program: Program, quantity: str, given: Iterable[str]) -> int:
    """How many steps that nobody gave lead to a quantity."""
    known, seen, pending = set(given), set(), [quantity]
    while pending:
        name = pending.pop()
        if name in program.numbers and name not in seen:
            seen.add(name)
            read = needs(program.steps[program.numbers[name] - 1].expression)
            pending += [other for other in read if other not in known]
    return len(seen)


@dataclass
class Search:
    """The search for the mistakes that give somebody's numbers."""

    truth: Truth
    setup: Setup
    marked: Sequence[Marked]
    singles: Sequence[Guess]
    began: float
    rounding: Rounding | None = None
    unfinished: bool = False
    tried: int = 0

    def __post_init__(self) -> None:
        self.numbers = Numbers.of(self.marked)

    @cached_property
    def late(self) -> bool:
        return max(self.numbers.iterations, default=1) > _LATE

    @cached_property
    def beside(self) -> Bools:
        """What is right in the iterations that have something wrong."""
        iterations = np.array([one.given.iteration for one in self.numbers.marked])
        at = iterations[self.numbers.place]
        return np.asarray(self.numbers.good & np.isin(at, at[self.numbers.wrong]))

    def seconds(self) -> float:
        """How long it has been looking."""
        return time.monotonic() - self.began

    def _too_long(self, begun: float) -> bool:
        """Whether pairs have been looked for long enough."""
        taken = time.monotonic() - begun
        return taken > _PAIRS_TAKE or (taken > _PAIRS_TAKE / 4 and self.seconds() > _ALL_TAKES)

    @cached_property
    def first(self) -> Marked | None:
        """The first wrong quantity."""
        return first_wrong(self.marked, self.truth.program)

    @property
    def odd(self) -> bool:
        """Whether the first wrong quantity has a shape that the network has no room for."""
        return self.first is not None and self.first.given.odd

    @cached_property
    def fits(self) -> list[Fit]:
        """Every single mistake, held against the numbers from the start on."""
        return [fit for fit in map(self.whole, self.singles) if fit is not None]

    def alone(self) -> Diagnosis | None:
        """The single mistakes that give all numbers from the start on; None where none does."""
        if self.first is None:
            return Diagnosis(None)
        if self.odd:
            return Diagnosis(
                self.first, odd=odd_mistakes(self.first, list(self.marked), self.truth)
            )
        found = self._explaining(self.fits, self.numbers.wrong)
        if not found:
            return None
        return Diagnosis(self.first, tuple(found), self.tried, self.unfinished)

    @cached_property
    def local_fits(self) -> list[Fit]:
        """Every single mistake, held against the author's own operands too."""
        return [self.local(fit) for fit in self.fits]

    def from_operands(self) -> Diagnosis | None:
        """The single mistakes that give all numbers from the author's own operands."""
        found = self._explaining(self.local_fits, self.numbers.wrong)
        if not found:
            return None
        return Diagnosis(self.first, tuple(found), self.tried, self.unfinished)

    def diagnose(self) -> Diagnosis:
        """The mistakes that give the numbers, if any do."""
        found = self.alone() or self.from_operands()
        if found is not None:
            return found
        assert self.first is not None
        explained = self._staged(self.local_fits, self.first)
        return Diagnosis(self.first, tuple(explained), self.tried, self.unfinished)

    def whole(self, guess: Guess) -> Fit | None:
        """A guess held against the numbers from the start on; None where time ran out."""
        if self.late and not guess.everywhere:
            return None
        if self.late and self.seconds() > _RUNS_TAKE:
            self.unfinished = True
            return None
        self.tried += 1
        with np.errstate(all="ignore"):
            return whole_fit(guess, self.numbers, self.truth)

    def exact(self, guess: Guess) -> Fit | None:
        """A guess that gives all numbers from the start on; None where it does not."""
        self.tried += 1
        with np.errstate(all="ignore"):
            return whole_fit(guess, self.numbers, self.truth, all_of_it=True)

    def local(self, fit: Fit) -> Fit:
        """The same guess held against the author's own operands too, where it could matter."""
        if not self._changes(fit.guess, self.numbers.wrong):
            return fit
        with np.errstate(all="ignore"):
            return local_fit(fit, self.numbers, self.truth, self.rounding)

    # ── one mistake ──

    def _explaining(self, fits: Sequence[Fit], wrong: Bools) -> list[Explanation]:
        """The guesses that give all wrong numbers and spoil no good one, best first."""
        full = self._giving(fits, wrong, self.numbers.good)
        if not full:  # a slip of one page or table, beside a program that is right
            full = self._giving(fits, wrong, self.beside)
        whole = [fit for fit in full if fit.whole.all()]
        return self._best(whole or full, wrong, complete=True)

    @staticmethod
    def _giving(fits: Sequence[Fit], wrong: Bools, good: Bools) -> list[Fit]:
        """The guesses that give all wrong numbers; if none, that most do and none excludes."""
        kept = [fit for fit in fits if fit.allowed[good].all() and fit.allowed[wrong].all()]
        surely = [fit for fit in kept if fit.here[wrong].all()]
        return surely or [fit for fit in kept if 2 * fit.here[wrong].sum() > wrong.sum()]

    def _best(
        self, fits: Sequence[Fit], wrong: Bools, *, complete: bool, among: int = 0
    ) -> list[Explanation]:
        """One explanation for each set of mistakes, the plainest, if enough digits speak for it."""
        found: dict[tuple[str, ...], Explanation] = {}
        needed = np.log10(max(2, among or self._different())) + 0.3
        for fit in sorted(fits, key=lambda fit: fit.guess.plainness):
            key = tuple(sorted(fit.guess.names))
            evidence = fit.evidence(self.numbers, wrong)
            if key not in found and evidence >= needed:
                digits = fit.digits(self.numbers, wrong)
                found[key] = Explanation(fit, evidence, digits, complete)
        fewest = min((len(one.guess.names) for one in found.values()), default=0)
        return [one for one in found.values() if len(one.guess.names) == fewest]

    def _different(self) -> int:
        """How many different things the guesses say of the first wrong numbers."""
        index = int(np.argmax(self.numbers.wrong))
        iteration, name = self._place(index)
        seen = set()
        for fit in self.fits:
            value = np.asarray(fit.guess.value(iteration, name))
            seen.add(f"{np.nansum(np.abs(value)):.6e}")
        return len(seen)

    def _place(self, index: int) -> tuple[int, str]:
        given = self.numbers.marked[int(self.numbers.place[index])].given
        return given.iteration, given.quantity

    # ── several mistakes ──

    def _staged(self, fits: Sequence[Fit], first: Marked) -> list[Explanation]:
        """A mistake for the first wrong numbers and others for what it leaves."""
        numbers = self.numbers
        index = next(n for n, one in enumerate(numbers.marked) if one is first)
        at_first = numbers.wrong & (numbers.place == index)
        part = [fit for fit in fits if fit.here[at_first].all() and fit.allowed[numbers.good].all()]
        begun = time.monotonic()
        pairs = self._beside(part, begun)
        found = self._explaining(pairs, numbers.wrong)
        if found:
            return found
        pairs = self._pairs(fits, time.monotonic())
        found = self._best(
            [fit for fit in pairs if fit.whole.all()], numbers.wrong, complete=True, among=3000
        )
        if found:
            return found
        return self._partial([*part, *pairs], at_first, index)

    def _beside(self, part: Sequence[Fit], begun: float) -> list[Fit]:
        """Each of the best explanations of the first wrong numbers with every other mistake."""
        ranked = sorted(
            part, key=lambda fit: (-int(fit.here[self.numbers.wrong].sum()), fit.guess.plainness)
        )
        found: list[Fit] = []
        if self.late:
            self.unfinished = True
            return found
        for fit in _distinct(ranked)[:_KEPT]:
            for other in self.singles:
                if self._too_long(begun):
                    self.unfinished = True
                    return found
                both = joined(fit.guess, other, self.setup)
                if both is None:
                    continue
                together = self.exact(both)
                if together is None and self._changes(other, self.numbers.wrong & ~fit.here):
                    together = self.whole(both)
                    together = None if together is None else self.local(together)
                if together is not None:
                    found.append(together)
        return found

    def _changes(self, guess: Guess, left: Bools) -> bool:
        """Whether a mistake could matter to the numbers that are left."""
        places = {self._place(int(index)) for index in np.flatnonzero(left)}
        return any(
            not np.allclose(
                guess.value(iteration, name),
                self.truth.values(iteration)[name],
                rtol=1e-9,
                atol=0,
                equal_nan=True,
            )
            for iteration, name in places
        )

    def _pairs(self, fits: Sequence[Fit], begun: float) -> list[Fit]:
        """All pairs of plain mistakes that change the first wrong numbers, from the start on."""
        wrong = self.numbers.wrong
        changing = [fit for fit in fits if self._changes(fit.guess, wrong)]
        plain = [fit for fit in _distinct(changing) if fit.guess.everywhere]
        found: list[Fit] = []
        if self.late:
            self.unfinished = True
            return found
        for n, one in enumerate(plain):
            for other in plain[n + 1 :]:
                if self._too_long(begun):
                    self.unfinished = True
                    return found
                both = joined(one.guess, other.guess, self.setup)
                if both is None:
                    continue
                together = self.exact(both)
                if together is not None:
                    found.append(together)
        return found

    def _partial(self, fits: Sequence[Fit], at_first: Bools, index: int) -> list[Explanation]:
        """What gives the first wrong numbers at least, and as many of the others as may be."""
        numbers = self.numbers
        del index
        part = [fit for fit in fits if fit.here[at_first].all() and fit.allowed[numbers.good].all()]
        if not part:
            return []
        most = max(int(fit.here[numbers.wrong].sum()) for fit in part)
        best = [fit for fit in part if int(fit.here[numbers.wrong].sum()) == most]
        return self._best(best, numbers.wrong, complete=False)


def _distinct(fits: Sequence[Fit]) -> list[Fit]:
    """The first of all that say the same."""
    found: dict[bytes, Fit] = {}
    for fit in fits:
        key = np.array([f"{x:.9e}" for x in fit.predicted]).tobytes()
        found.setdefault(key, fit)
    return list(found.values())
