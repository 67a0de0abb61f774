"""Somebody's numbers in; verdicts, the first wrong one and the mistake out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from chainstep.core.check.arrangement import Written
from chainstep.core.check.diagnosis import Budget, Diagnosis, Explanation, Search
from chainstep.core.check.guessed_programs import Guess, Plain
from chainstep.core.check.guesses_of_mistakes import guess_of, single_guesses
from chainstep.core.check.other_scenarios import meant
from chainstep.core.check.readings import Reading, every_reading, readings
from chainstep.core.check.right_numbers import Arithmetic, Truth
from chainstep.core.check.verdict import Verdict
from chainstep.core.check.verdicts import Marked, Marking, in_order, right_at_its_digits
from chainstep.core.check.written_numbers import Given, digits_of
from chainstep.core.in_notebooks import Told
from chainstep.core.program import Program
from chainstep.core.setup import Setup

_SINGLE, _DOUBLE = 7, 10  # digits from which on, and up to which, a number may be of float32
_DOUBTED = 2  # readings with a doubted convention that are marked whatever is found
_FAR = 200_000  # steps to the last number: no other scenario is run as far as that
_TELLING = 2.0  # digits that must speak for a mistake before it is preferred to rounding


class WrongNumber(NamedTuple):
    """A number that is wrong: where it stands, what it is, and what it should be."""

    iteration: int
    quantity: str
    name: str
    position: tuple[int, ...]
    yours: float
    expected: float

    @property
    def ratio(self) -> float:
        """Yours by the right one."""
        return self.yours / self.expected if self.expected else float("nan")


@dataclass(frozen=True, repr=False)
class Check(Told):
    """What there is to say of somebody's numbers.

    ``marked`` are the verdicts, in the order in which an iteration computes the quantities.
    ``arithmetic`` is the one that the numbers are held against. Where ``doubtful``, they are
    right as they are read, and something else gives them too. ``meant`` says how the
    scenario would have to be, where they are held against another than the one given.
    """

    setup: Setup
    truth: Truth
    reading: Reading
    marked: tuple[Marked, ...]
    diagnosis: Diagnosis
    name: str = "SCENARIO"
    doubtful: bool = False
    meant: str = ""

    @property
    def program(self) -> Program:
        """The right program."""
        return self.truth.program

    @property
    def arithmetic(self) -> Arithmetic:
        return self.truth.arithmetic

    @cached_property
    def verdict(self) -> Verdict:
        """The worst verdict on any of the numbers."""
        worst = max((one.worst for one in self.marked), default=Verdict.RIGHT)
        return max(worst, Verdict.CANNOT_TELL) if self.doubtful else worst

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.verdict.holds

    @property
    def verdicts(self) -> dict[tuple[int, str], Verdict]:
        """The worst verdict on each quantity, by iteration and name."""
        return {one.given.at: one.worst for one in self.marked}

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The names of the mistakes that give these numbers, the likeliest first."""
        return self.diagnosis.names

    @property
    def first_wrong(self) -> WrongNumber | None:
        """The first wrong number, in the order of computing."""
        first = self.diagnosis.first
        if first is None:
            return None
        given = first.given
        wrong = np.argwhere(first.codes == Verdict.WRONG).tolist()
        place = tuple(wrong[0]) if wrong and not given.odd else ()
        fits = not given.odd and bool(wrong)
        return WrongNumber(
            given.iteration,
            given.quantity,
            given.name or given.quantity,
            place,
            given.factor * float(given.values[place]) if fits else float("nan"),
            given.factor * float(first.expected[place]) if fits else float("nan"),
        )

    def text(self) -> str:
        """The answer as ``chainstep check`` prints it."""
        from chainstep.core.check.check_text import text  # wanted where it is printed

        return "\n".join(text(self.name, self))

    __str__ = text

    @property
    def equal_units(self) -> bool:
        """Whether units of a hidden layer are one, at the first iteration."""
        values = self.truth.values(1)
        for k in range(1, len(self.setup.layers)):
            columns = np.asarray(values[f"a{k}"]).T
            if len(columns) > len(np.unique(columns, axis=0)):
                return True
        return False

    def at(self, iteration: int, quantity: str) -> Marked | None:
        """The verdicts on one quantity at one iteration, where numbers of it were given."""
        return next((one for one in self.marked if one.given.at == (iteration, quantity)), None)


class _Looked(NamedTuple):
    """A reading with the verdicts that come of it, and the search for mistakes in it."""

    truth: Truth
    reading: Reading
    search: Search


def check(setup: Setup, written: Sequence[Written], name: str = "SCENARIO") -> Check:
    """Marks numbers as an examiner does, and looks for the mistake where some are wrong."""
    checkings = []
    for arithmetic in _arithmetics(setup, written):
        truth = Truth(setup, arithmetic)
        found, doubted = every_reading(written, truth)
        checkings.append(_Checking(setup, truth, found, doubted, name))
        right = next((one for one in found if one.proven and one.right == one.count), None)
        if right is not None:
            return _checked_right(setup, truth, right, name)
    checked = [checkings[0].check()]
    if checked[0].verdict > Verdict.CANNOT_TELL and not checked[0].mistakes:
        checked += [one.check(single=True) for one in checkings[1:]]
    best = next((one for one in checked if one.mistakes), checked[0])
    if best.verdict <= Verdict.CANNOT_TELL:
        return best
    return _as_meant(written, best) or best


def _as_meant(written: Sequence[Written], checked: Check) -> Check | None:
    """The numbers held against a scenario that their author may have meant; None if none fits.

    None too where the numbers are so far out that coming there anew would take long.
    """
    latest = max(one.iteration for one in written)
    if latest * len(checked.program.steps) > _FAR:
        return None
    for other in meant(checked.setup):
        truth = Truth(other.setup, checked.arithmetic)
        for reading in readings(written, truth):
            at_gradient = {"mean-at-the-gradient", "mean-at-the-update"}
            named = at_gradient & {one.name for one in reading.conventions}
            if reading.right < reading.count or not (other.certain or named):
                continue
            marked = right_at_its_digits(reading.numbers, truth, cut=reading.cut)
            explained = [
                one
                for one in checked.diagnosis.explanations
                if one.fit.whole.all() and len(one.guess.names) == 1
            ]
            return replace(
                checked,
                truth=truth,
                reading=reading,
                marked=tuple(in_order(marked, truth.program)),
                diagnosis=Diagnosis(None, tuple(explained)),
                doubtful=not other.certain or bool(explained),
                meant=other.says,
            )
    return None


def first_verdicts(setup: Setup, written: Sequence[Written]) -> tuple[Marked, ...]:
    """The verdicts alone, before any mistake is looked for: quick enough for every key."""
    truth = Truth(setup, setup.arithmetic)
    reading = readings(written, truth)[0]
    if reading.right == reading.count:
        marked = right_at_its_digits(reading.numbers, truth, cut=reading.cut)
    else:
        marked = Marking(truth, reading.numbers, cut=reading.cut).mark()
    return tuple(in_order(marked, truth.program))


def _arithmetics(setup: Setup, written: Sequence[Written]) -> list[Arithmetic]:
    """The scenario's own arithmetic, and the other where the numbers may be of it.

    Of single precision by their dtype, or by all their digits; never because of one number.
    """
    if setup.arithmetic == "float32":
        return ["float32", "float64"]
    arrays = [one.values for one in written if one.values is not None]
    if arrays:
        single = all(one.dtype.kind == "f" and one.dtype.itemsize < 8 for one in arrays)
        return ["float64", "float32"] if single else ["float64"]
    found = [digits_of(text) for one in written for text in one.texts.ravel().tolist()]
    most = [d.significant for d in found if d is not None]
    long = sum(count >= _SINGLE for count in most)
    if len(most) > 1 and max(most) < _DOUBLE and 2 * long >= len(most):
        return ["float64", "float32"]
    return ["float64"]


def _checked_right(setup: Setup, truth: Truth, reading: Reading, name: str) -> Check:
    marked = right_at_its_digits(reading.numbers, truth, cut=reading.cut)
    checked = Check(
        setup, truth, reading, tuple(in_order(marked, truth.program)), Diagnosis(None), name
    )
    strict = [
        replace(one, half=one.half if one.full is None else one.full) for one in reading.numbers
    ]
    if all(np.array_equal(a.half, b.half) for a, b in zip(strict, reading.numbers, strict=True)):
        return checked
    again = right_at_its_digits(strict, truth, cut=reading.cut)
    if all(one.worst is Verdict.RIGHT for one in again):
        return checked
    plain = Plain.of(truth.setup, truth.stepper)
    search = Search(truth, again, reading.cut, single_guesses(plain), Budget())
    explained = search.instead_of_rounding()
    if not explained:
        return checked
    return replace(checked, diagnosis=Diagnosis(None, tuple(explained)), doubtful=True)


class _Checking:
    """Marking numbers that are not all right, in each way to read them."""

    def __init__(
        self,
        setup: Setup,
        truth: Truth,
        found: Sequence[Reading],
        doubted: Sequence[Reading],
        name: str,
    ) -> None:
        self.setup, self.truth, self.name = setup, truth, name
        self.budget = Budget()
        self.found, self.doubted = found, doubted

    @cached_property
    def singles(self) -> list[Guess]:
        """Every single mistake."""
        return single_guesses(Plain.of(self.truth.setup, self.truth.stepper))

    @cached_property
    def looked(self) -> list[_Looked]:
        """Each likely reading marked."""
        return [self._look(reading) for reading in self.found]

    def _look(self, reading: Reading) -> _Looked:
        scales = reading.scales(self.truth.program)
        marking = Marking(self.truth, reading.numbers, cut=reading.cut, scales=scales)
        marked, roundings = marking.mark(), marking.roundings
        search = Search(self.truth, marked, reading.cut, self.singles, self.budget, roundings)
        return _Looked(self.truth, reading, search)

    @cached_property
    def searched(self) -> list[_Looked]:
        """The readings in which mistakes are looked for: those that suppose nothing."""
        return [one for one in self.looked if not one.reading.supposed]

    @cached_property
    def best(self) -> list[_Looked]:
        """The readings in which most is right, in which all is looked for."""
        first = self.searched[0].reading
        same = [one for one in self.searched if one.reading.right == first.right]
        plain = [one for one in same if len(one.reading.conventions) == len(first.conventions)]
        return plain[:2]

    def check(self, *, single: bool = False) -> Check:
        """The reading that nothing speaks against; else the mistake, ``single`` or several."""
        unproven = next((one for one in self.found if one.right == one.count), None)
        if unproven is not None:
            return self._supposed(
                unproven, right_at_its_digits(unproven.numbers, self.truth, cut=unproven.cut)
            )
        most = max(one.reading.right for one in self.searched)
        worst = [max(m.worst for m in one.search.marked) for one in self.looked]
        for limit in (Verdict.RIGHT_AS_ROUNDED, Verdict.CANNOT_TELL):
            for one, its in zip(self.looked, worst, strict=True):
                if its <= limit and one.reading.right == most and one.reading.proven:
                    return self._rounded(one, its)
        for doubted in self.likely_doubted:  # shown by numbers that are right as rounded
            its = max(m.worst for m in doubted.search.marked)
            if its <= Verdict.CANNOT_TELL:
                return self._rounded(doubted, its)
        for one, its in zip(self.looked, worst, strict=True):
            if its <= Verdict.CANNOT_TELL and not one.reading.proven:
                return self._supposed(one.reading, one.search.marked)
        explained = (
            self._alone(self.searched)
            or self._doubted_alone()
            or self._from_operands(self.best)
            or self._from_operands(self.likely_doubted)
        )
        if explained is None and single:
            explained = self.best[0], self.best[0].search.told(())
        one, diagnosis = explained or self._searched()
        return self._checked(one, one.search.marked, diagnosis)

    @cached_property
    def likely_doubted(self) -> list[_Looked]:
        """The likeliest readings with a convention that numbers speak against."""
        return [self._look(reading) for reading in self.doubted[:_DOUBTED]]

    def _doubted_alone(self) -> tuple[_Looked, Diagnosis] | None:
        """A single mistake that explains all beside a convention that it hides."""
        for reading in self.doubted:
            marked = right_at_its_digits(reading.numbers, self.truth, cut=reading.cut)
            quick = Search(self.truth, marked, reading.cut, self.singles, self.budget)
            explained = quick.alone()
            if explained is not None and explained.names:
                one = self._look(reading)
                diagnosis = one.search.alone()
                if diagnosis is not None and diagnosis.names:
                    return one, diagnosis
        return None

    def _supposed(self, reading: Reading, marked: Sequence[Marked]) -> Check:
        """Numbers that are right if they are written in a way that nothing shows."""
        proven = [one for one in self.looked if one.reading.proven]
        explained = self._alone(proven) or self._from_operands(proven[:1])
        diagnosis = Diagnosis(None, explained[1].explanations) if explained else Diagnosis(None)
        marked = in_order(marked, self.truth.program)
        return Check(
            self.setup, self.truth, reading, tuple(marked), diagnosis, self.name, doubtful=True
        )

    def _checked(self, one: _Looked, marked: Sequence[Marked], diagnosis: Diagnosis) -> Check:
        told = _same_mistake(marked, diagnosis)
        return Check(self.setup, one.truth, one.reading, tuple(told), diagnosis, self.name)

    def _rounded(self, one: _Looked, worst: Verdict) -> Check:
        """Numbers that rounding explains, or may; a mistake that gives all digits is told too."""
        found = one.search.instead_of_rounding()
        marked = list(one.search.marked)
        if not found:
            return self._checked(one, marked, Diagnosis(None))
        against = max(fit.fit.beyond_rounding(one.search.numbers) for fit in found)
        guesses = np.log10(max(2, len(self.singles)))
        code = Verdict.CANNOT_TELL
        if worst is Verdict.CANNOT_TELL and against >= guesses + _TELLING:
            code = Verdict.WRONG
        off = [m.with_codes(np.where(m.codes > Verdict.RIGHT, code, m.codes)) for m in marked]
        first = next((m for m in off if m.worst is Verdict.WRONG), None)
        return self._checked(one, off, Diagnosis(first, tuple(found), one.search.tried))

    @staticmethod
    def _alone(looked: Sequence[_Looked]) -> tuple[_Looked, Diagnosis] | None:
        """The first reading that a single mistake explains whole."""
        for one in looked:
            diagnosis = one.search.alone()
            if diagnosis is not None and diagnosis.names:
                return one, diagnosis
        return None

    @staticmethod
    def _from_operands(looked: Sequence[_Looked]) -> tuple[_Looked, Diagnosis] | None:
        """The first reading that a single mistake explains from its author's own operands."""
        for one in looked:
            diagnosis = None if one.search.odd else one.search.from_operands()
            if diagnosis is not None:
                return one, diagnosis
        return None

    def _searched(self) -> tuple[_Looked, Diagnosis]:
        """The first reading that is explained whole; the first of all, if none is."""
        found: list[tuple[_Looked, Diagnosis]] = []
        for one in self.best:
            found.append((one, one.search.diagnose()))
            if found[-1][1].complete:
                return found[-1]
        return found[0]


def _same_mistake(marked: Sequence[Marked], diagnosis: Diagnosis) -> list[Marked]:
    """Wrong numbers that a mistake found gives too, save where one first shows."""
    if diagnosis.first is None or not diagnosis.explanations:
        return list(marked)
    best: Explanation = diagnosis.explanations[0]
    hidden = [guess_of((one,), best.guess.plain) for one in best.guess.made]
    start, found = 0, []
    for one in marked:
        if one.given.odd:
            found.append(one)
            continue
        here = np.zeros(one.codes.shape, dtype=bool)
        here[one.given.here] = best.fit.here[start : start + one.given.count]
        start += one.given.count
        same = (one.codes == Verdict.WRONG) & here
        shows = [guess for guess in hidden if same.any() and guess.changes(*one.given.at)]
        hidden = [guess for guess in hidden if guess not in shows]
        if shows or one.given.at == diagnosis.first.given.at:
            found.append(one)
        else:
            found.append(one.with_codes(np.where(same, Verdict.SAME_MISTAKE, one.codes)))
    return found


__all__ = ["Check", "Given", "WrongNumber", "check"]
