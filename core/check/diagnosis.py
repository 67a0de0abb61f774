"""Which mistake gives somebody's numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

import numpy as np

from chainstep.core.check.guess_fit import Fit, Numbers, exact_fit, local_fit, whole_fit
from chainstep.core.check.guessed_programs import Guess
from chainstep.core.check.guesses_of_mistakes import joined
from chainstep.core.check.odd_shapes import odd_mistakes
from chainstep.core.check.own_operands import Table
from chainstep.core.check.right_numbers import Truth
from chainstep.core.check.verdict import Verdict
from chainstep.core.check.verdicts import Marked
from chainstep.core.check.written_numbers import Bools, Rounding
from chainstep.core.program import Program

#: What all trials of a search may cost together, and what a step costs beside its numbers.
#: Counts, not seconds: the same numbers get the same answer on any machine.
_WORK = 500_000_000
_STEP = 8_000
_PER_NUMBER = 40  # what it costs to hold one number against what a guess makes of it
_LOCAL = 40  # times what a trial from the start on costs, one from the author's operands costs
_KEPT = 4  # explanations of the first wrong numbers that a second mistake is looked for beside
_NEEDED = 0.3  # digits that must speak for a guess, beyond what so many guesses give by chance
_AMONG_PAIRS = 3000
_AS_MUCH = 0.9  # of what the best guess gives: with less, a guess says something else
_ANY = 1e-3  # digits: with fewer, the right rules come as near
_PAIRS, _HIDDEN = 60, 800  # likely pairs that are tried, and those of which one hides the other


@dataclass(frozen=True)
class Explanation:
    """Mistakes that together give the numbers, and what they give.

    ``behind`` where that is all that is wrong but the first wrong numbers, a slip of their own.
    """

    fit: Fit
    evidence: float
    digits: int
    complete: bool
    behind: bool = False

    @property
    def guess(self) -> Guess:
        return self.fit.guess


@dataclass(frozen=True)
class Diagnosis:
    """What can be said of the wrong numbers.

    ``first`` is the first wrong quantity, in the order of computing. ``explanations`` are the
    mistakes that give the numbers, best first: each of them alone, so several can not be told
    apart on these numbers. ``unfinished`` where not everything could be tried, and
    ``singles_left`` where not even every mistake by itself was.
    """

    first: Marked | None
    explanations: tuple[Explanation, ...] = ()
    tried: int = 0
    unfinished: bool = False
    singles_left: bool = False
    odd: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The mistakes, the likeliest first; of a pair, the one made first."""
        found = [name for one in self.explanations for name in one.guess.names]
        return tuple(dict.fromkeys([*found, *self.odd]))

    @property
    def complete(self) -> bool:
        """Whether all wrong numbers are explained."""
        return bool(self.odd) or any(one.complete for one in self.explanations)

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


def first_wrong(marked: Sequence[Marked]) -> Marked | None:
    """The first wrong quantity, in the order of computing, which is that of ``marked``."""
    return next((one for one in marked if one.worst is Verdict.WRONG), None)


@dataclass
class Budget:
    """How much may still be tried; what costs nothing is never refused."""

    left: int = _WORK
    spent_out: bool = False

    def take(self, cost: int) -> bool:
        """Whether there is room for one more trial, which is then paid for."""
        if self.left < cost:
            self.spent_out = True
            return False
        self.left -= cost
        return True


def cost_of(program: Program, iterations: int = 1) -> int:
    """What computing so many iterations costs, in numbers that are multiplied."""
    cost = 0
    for step in program.steps:
        inner = max((q.shape[-1] for q in step.operands if q.shape), default=1)
        product = step.layout == "product"
        cost += _STEP + step.quantity.size * (inner if product else 8)
    return cost * iterations


@dataclass
class Search:
    """The search for the mistakes that give somebody's numbers, read in one way."""

    truth: Truth
    marked: Sequence[Marked]
    cut: bool
    singles: Sequence[Guess]
    budget: Budget
    roundings: Sequence[Rounding] = ()
    tried: int = 0
    numbers: Numbers = field(init=False)

    def __post_init__(self) -> None:
        self.numbers = Numbers.of(self.marked, cut=self.cut)

    @cached_property
    def _cost(self) -> int:
        """What one trial costs: late iterations have to be run to."""
        latest = max(self.numbers.iterations, default=1)
        computed = cost_of(self.truth.program, min(latest, 4)) // 4
        return self._held + computed + latest * self._per_iteration

    @property
    def _held(self) -> int:
        """What it costs to hold the numbers against what a guess makes of them."""
        return _PER_NUMBER * len(self.numbers.found)

    @cached_property
    def _per_iteration(self) -> int:
        """What an iteration costs that is only run through, to come to a late one."""
        if max(self.numbers.iterations, default=1) <= 12:
            return 0
        return cost_of(self.truth.program) // 8

    @cached_property
    def first(self) -> Marked | None:
        """The first wrong quantity."""
        return first_wrong(self.marked)

    @property
    def odd(self) -> bool:
        """Whether the first wrong quantity has a shape that the network has no room for."""
        return self.first is not None and self.first.given.odd

    @cached_property
    def fits(self) -> list[Fit]:
        """Every single mistake, held against the numbers from the start on."""
        return [fit for fit in map(self.whole, self.singles) if fit is not None]

    def whole(self, guess: Guess) -> Fit | None:
        """A guess held against the numbers from the start on; None where there is no room."""
        known = self.numbers.layout in guess.laid
        if not self.budget.take(self._held if known else self._cost):
            return None
        self.tried += 1
        with np.errstate(all="ignore"):
            return whole_fit(guess, self.numbers, self.truth)

    def exact(self, guess: Guess) -> Fit | None:
        """A guess that gives all numbers from the start on; None where it does not."""
        self.tried += 1
        with np.errstate(all="ignore"):
            return exact_fit(guess, self.numbers, self.truth)

    def told(self, explanations: Sequence[Explanation]) -> Diagnosis:
        """The diagnosis with these explanations."""
        return Diagnosis(
            self.first,
            tuple(explanations),
            self.tried,
            self.budget.spent_out,
            len(self.fits) < len(self.singles),
        )

    # ── one mistake ──

    def alone(self) -> Diagnosis | None:
        """The single mistakes that give all numbers from the start on; None where none does."""
        if self.first is None:
            return Diagnosis(None)
        if self.odd:
            names = odd_mistakes(self.first, list(self.marked), self.truth)
            return Diagnosis(self.first, odd=names)
        found = self._explaining(self.fits, self.numbers.wrong)
        return self.told(found) if found else None

    def instead_of_rounding(self) -> list[Explanation]:
        """The single mistakes that give all digits of numbers that rounding may explain."""
        off = self.numbers.off
        fits = [fit for fit in self.fits if fit.whole.all()]
        return self._best(fits, off, complete=True, needed=_ANY) if off.any() else []

    @cached_property
    def table(self) -> Table:
        """What each mistake makes of each number from its author's own operands."""
        fits = [
            fit for fit in self.fits if fit.guess.is_one_program and self.budget.take(self._cost)
        ]
        return Table(fits, self.singles[0].plain, self.numbers)

    @cached_property
    def local_fits(self) -> list[Fit]:
        """Every single mistake, held against the author's own operands too where that matters."""
        if not self.fits:
            return []
        near = dict(zip(self.table.guesses, self.table.near(self._at_first), strict=True))
        return [self.local(fit) if near.get(fit.guess) else fit for fit in self.fits]

    @cached_property
    def _at_first(self) -> Bools:
        """The first wrong numbers."""
        numbers = self.numbers
        return np.asarray(
            numbers.wrong & (numbers.place == numbers.place[int(np.argmax(numbers.wrong))])
        )

    def local(self, fit: Fit) -> Fit:
        """The same guess held against the author's own operands too."""
        if not fit.guess.is_one_program or not self.budget.take(_LOCAL * self._cost):
            return fit
        with np.errstate(all="ignore"):
            return local_fit(fit, self.numbers, self.truth, self.roundings)

    def from_operands(self) -> Diagnosis | None:
        """The single mistakes that give all numbers from the author's own operands."""
        found = self._explaining(self.local_fits, self.numbers.wrong)
        return self.told(found) if found else None

    def diagnose(self) -> Diagnosis:
        """The mistakes that give the numbers, if any do."""
        found = self.alone() or self.from_operands()
        if found is not None:
            return found
        explained = self._staged(self.local_fits)
        return self.told(explained)

    def _explaining(self, fits: Sequence[Fit], wrong: Bools) -> list[Explanation]:
        """The guesses that give all wrong numbers and spoil no good one, best first."""
        full = self._giving(fits, wrong, self.numbers.good)
        if not full:  # a slip of one page or table, beside a program that is right
            full = self._giving(fits, wrong, self._beside_wrong)
        whole = [fit for fit in full if fit.whole.all()]
        return self._best(whole or self._giving_most(full), wrong, complete=True)

    def _giving_most(self, fits: Sequence[Fit]) -> list[Fit]:
        """Those that give about as much as any of all that is off, of what follows too."""
        off = self.numbers.codes >= Verdict.FOLLOWS
        given = [int((fit.here & off).sum()) for fit in fits]
        return [
            fit for fit, count in zip(fits, given, strict=True) if count >= _AS_MUCH * max(given)
        ]

    @cached_property
    def _beside_wrong(self) -> Bools:
        """What is good in the iterations that have something wrong."""
        iterations = np.array([one.given.iteration for one in self.numbers.marked])
        at = iterations[self.numbers.place]
        return np.asarray(self.numbers.good & np.isin(at, at[self.numbers.wrong]))

    @staticmethod
    def _giving(fits: Sequence[Fit], wrong: Bools, good: Bools) -> list[Fit]:
        """The guesses that give all wrong numbers; if none, that most do and none excludes."""
        kept = [fit for fit in fits if fit.allowed[good].all() and fit.allowed[wrong].all()]
        surely = [fit for fit in kept if fit.here[wrong].all()]
        return surely or [fit for fit in kept if 2 * fit.here[wrong].sum() > wrong.sum()]

    def _best(
        self,
        fits: Sequence[Fit],
        which: Bools,
        *,
        complete: bool,
        among: int = 0,
        needed: float | None = None,
    ) -> list[Explanation]:
        """One explanation for each set of mistakes, the plainest, if enough digits speak for it."""
        found: dict[tuple[str, ...], Explanation] = {}
        if needed is None:
            needed = float(np.log10(max(2, among or self._different())) + _NEEDED)
        for fit in sorted(fits, key=lambda fit: fit.guess.plainness):
            key = tuple(sorted(fit.guess.names))
            evidence = fit.evidence(self.numbers, which)
            if key not in found and evidence >= needed:
                digits = fit.digits(self.numbers, which)
                found[key] = Explanation(fit, evidence, digits, complete)
        fewest = min((len(one.guess.names) for one in found.values()), default=0)
        return [one for one in found.values() if len(one.guess.names) == fewest]

    def _different(self) -> int:
        """How many different things the guesses say of the first wrong numbers."""
        at = self.numbers.given(int(np.argmax(self.numbers.off))).at
        return len({_sum_of(fit.guess, at) for fit in self.fits})

    # ── several mistakes ──

    def _staged(self, fits: Sequence[Fit]) -> list[Explanation]:
        """A mistake for the first wrong numbers and others for what it leaves."""
        numbers, at_first = self.numbers, self._at_first
        found = self._explaining(list(self._from_own_operands()), numbers.wrong)
        found = found or self._best(
            list(self._hidden()), numbers.wrong, complete=True, among=_AMONG_PAIRS
        )
        if found:
            return found
        part = [fit for fit in fits if fit.here[at_first].all() and fit.allowed[numbers.good].all()]
        found = self._explaining(list(self._beside(part)), numbers.wrong)
        if found:
            return found
        return self._partial(part, at_first) or self._behind(fits, at_first)

    def _from_own_operands(self) -> Iterator[Fit]:
        """Pairs of which one or the other gives each number from its author's own operands."""
        for one, other in islice(self.table.pairs(), _PAIRS):
            both = self._joined(one, other)
            whole = None if both is None else self.whole(both)
            if whole is not None:
                yield whole if whole.whole.all() else self.local(whole)

    def _hidden(self) -> Iterator[Fit]:
        """Pairs of which one hides the other, from the start on."""
        for one, other in islice(self.table.hidden_pairs(), _HIDDEN):
            both = self._joined(one, other)
            together = None if both is None else self.exact(both)
            if together is not None:
                yield together

    def _beside(self, part: Sequence[Fit]) -> Iterator[Fit]:
        """Each of the best explanations of the first wrong numbers with every other mistake."""
        wrong = self.numbers.wrong
        ranked = sorted(part, key=lambda fit: (-int(fit.here[wrong].sum()), fit.guess.plainness))
        for fit in _distinct(ranked)[:_KEPT]:
            left = wrong & ~fit.here
            for other in self.singles:
                if not self._changes(other, left):
                    continue
                both = self._joined(fit.guess, other)
                if both is None:
                    continue
                together = self.exact(both)
                if together is None:
                    whole = self.whole(both)
                    together = None if whole is None else self.local(whole)
                if together is not None:
                    yield together

    def _joined(self, first: Guess, second: Guess) -> Guess | None:
        if not self.budget.take(self._cost + 40 * _STEP):
            return None
        return joined(first, second)

    def _changes(self, guess: Guess, left: Bools) -> bool:
        """Whether a mistake could matter to the numbers that are left."""
        marked = self.numbers.marked
        return any(
            guess.changes(*marked[n].given.at) for n in np.unique(self.numbers.place[left]).tolist()
        )

    def _partial(self, fits: Sequence[Fit], at_first: Bools) -> list[Explanation]:
        """What gives the first wrong numbers at least, and as many of the others as may be."""
        numbers = self.numbers
        part = [fit for fit in fits if fit.here[at_first].all()]
        if not part:
            return []
        most = max(int(fit.here[numbers.wrong].sum()) for fit in part)
        best = [fit for fit in part if int(fit.here[numbers.wrong].sum()) == most]
        return self._best(best, numbers.wrong, complete=False)

    def _behind(self, fits: Sequence[Fit], at_first: Bools) -> list[Explanation]:
        """What gives all that is wrong behind first numbers that nothing gives: a slip there."""
        rest = self.numbers.wrong & ~at_first
        if not rest.any():
            return []
        part = [fit for fit in fits if fit.allowed[self.numbers.good].all()]
        part = self._giving_most([fit for fit in part if fit.here[rest].all()])
        found = self._best(part, rest, complete=False)
        return [replace(one, behind=True) for one in found]


def _sum_of(guess: Guess, at: tuple[int, str]) -> str:
    return f"{np.nansum(np.abs(np.asarray(guess.value(*at)))):.6e}"


def _distinct(fits: Sequence[Fit]) -> list[Fit]:
    """The first of all that say the same."""
    found: dict[bytes, Fit] = {}
    with np.errstate(over="ignore"):  # a guess may lead out of the range
        for fit in fits:
            found.setdefault(fit.predicted.astype(np.float32).tobytes(), fit)
    return list(found.values())
