"""Somebody's numbers in; verdicts, the first wrong one and the mistake out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from chainstep.core.check.arrangement import Arrangement, Written, fitting
from chainstep.core.check.diagnosis import Diagnosis, Search
from chainstep.core.check.guessed_programs import Runs, single_guesses
from chainstep.core.check.intervals import Interval
from chainstep.core.check.right_numbers import Arithmetic, Truth
from chainstep.core.check.verdict import Verdict
from chainstep.core.check.verdicts import Marked, mark, mark_as_rounded
from chainstep.core.check.written_numbers import Given, digits_of, rounding_of
from chainstep.core.program import Program
from chainstep.core.setup import Setup


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


@dataclass(frozen=True)
class Check:
    """What there is to say of somebody's numbers.

    ``marked`` are the verdicts, in the order in which an iteration computes the quantities;
    what the mistake that was found explains, beyond where it first shows, ``follows``.
    ``arithmetic`` is the one that the numbers fit best.
    """

    setup: Setup
    truth: Truth
    arrangement: Arrangement
    marked: tuple[Marked, ...]
    diagnosis: Diagnosis
    name: str = "SCENARIO"

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
        return max((one.worst for one in self.marked), default=Verdict.RIGHT)

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.verdict.holds

    @property
    def verdicts(self) -> dict[tuple[int, str], Verdict]:
        """The worst verdict on each quantity, by iteration and name."""
        return {(one.given.iteration, one.given.quantity): one.worst for one in self.marked}

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
        wrong = np.argwhere(first.codes == Verdict.WRONG).tolist()
        place = tuple(wrong[0]) if wrong else ()
        given = first.given
        expected = first.expected[place] if first.expected.shape == given.values.shape else np.nan
        sign = given.sign
        return WrongNumber(
            given.iteration,
            given.quantity,
            given.name or given.quantity,
            place,
            sign * float(given.values[place]) if not given.odd else float("nan"),
            sign * float(expected),
        )

    def text(self) -> str:
        """The answer as ``chainstep check`` prints it."""
        from chainstep.core.check.check_text import text  # wanted where it is printed

        return "\n".join(text(self.name, self))

    __str__ = text

    @property
    def equal_units(self) -> bool:
        """Whether units of a hidden layer are identical, at the first iteration."""
        values = self.truth.values(1)
        for k in range(1, len(self.setup.layers)):
            columns = np.asarray(values[f"a{k}"]).T
            if len(columns) > len(np.unique(columns, axis=0)):
                return True
        return False

    def at(self, iteration: int, quantity: str) -> Marked | None:
        """The verdicts on one quantity at one iteration, where numbers of it were given."""
        for one in self.marked:
            if one.given.iteration == iteration and one.given.quantity == quantity:
                return one
        return None


Layouts = list[tuple[Arrangement, list[Given]]]

_SINGLE = 7  # digits of single precision
_SECONDS = 0.9  # after which no other arrangement is looked at for several mistakes,
_LONGEST = 1.1  # and for one
_LATE_SECONDS = 6.0  # the same for one mistake at late iterations


class _Reading(NamedTuple):
    """One way to take a file: an arithmetic, an arrangement, and the verdicts that come of it."""

    truth: Truth
    arrangement: Arrangement
    marked: list[Marked]
    search: Search


def check(setup: Setup, written: Sequence[Written], name: str = "SCENARIO") -> Check:
    """Marks numbers as an examiner does, and looks for the mistake where some are wrong."""
    began = time.monotonic()
    truth, layouts = _read(setup, written)
    marks = [mark(truth, given) for _, given in layouts]
    for (arrangement, _), marked in zip(layouts, marks, strict=True):
        if not any(one.worst >= Verdict.FOLLOWS for one in marked):
            return Check(setup, truth, arrangement, tuple(marked), Diagnosis(None), name)
    readings = _readings(truth, layouts, marks, began)
    found = _alone(readings, began)
    if found is None and _machines(written):
        found = _alone(_in_other_arithmetic(setup, truth, written, began), began)
    reading, diagnosis = found or _from_operands(readings, began) or _searched(readings, began)
    marked = _following(reading.marked, diagnosis)
    return Check(setup, reading.truth, reading.arrangement, tuple(marked), diagnosis, name)


def _readings(
    truth: Truth, layouts: Layouts, marks: Sequence[list[Marked]], began: float
) -> list[_Reading]:
    """Each arrangement as its digits say, and with what is not written rounded on the way."""
    singles = single_guesses(truth.setup, Runs())
    found = []
    for (arrangement, given), marked in zip(layouts, marks, strict=True):
        lenient = mark_as_rounded(truth, given, marked)
        same = all(np.array_equal(a.codes, b.codes) for a, b in zip(marked, lenient, strict=True))
        for each in [marked] if same else [marked, lenient]:
            rounding = rounding_of(given) if each is lenient else None
            search = Search(truth, truth.setup, each, singles, began, rounding)
            found.append(_Reading(truth, arrangement, each, search))
    return found


def _in_other_arithmetic(
    setup: Setup, truth: Truth, written: Sequence[Written], began: float
) -> list[_Reading]:
    """The file as of a machine of the other width: where all is off, none of it tells which."""
    other = Truth(setup, "float32" if truth.arithmetic == "float64" else "float64")
    bounds = {one.iteration: other.bounds(one.iteration) for one in written}
    layouts = fitting(written, other.program, bounds)
    return _readings(other, layouts, [mark(other, given) for _, given in layouts], began)


def _alone(readings: Sequence[_Reading], began: float) -> tuple[_Reading, Diagnosis] | None:
    """The first reading that a single mistake explains whole."""
    for reading in readings:
        diagnosis = reading.search.alone()
        if diagnosis is not None and diagnosis.names:
            return reading, diagnosis
        if time.monotonic() - began > (_LATE_SECONDS if reading.search.late else _SECONDS):
            break
    return None


def _from_operands(readings: Sequence[_Reading], began: float) -> tuple[_Reading, Diagnosis] | None:
    """The first reading that a single mistake explains from its author's own operands."""
    for reading in readings:
        diagnosis = None if reading.search.odd else reading.search.from_operands()
        if diagnosis is not None:
            return reading, diagnosis
        if time.monotonic() - began > _LONGEST:
            break
    return None


def _searched(readings: Sequence[_Reading], began: float) -> tuple[_Reading, Diagnosis]:
    """The first reading that is explained whole; the first that leads anywhere, if none is."""
    found: list[tuple[_Reading, Diagnosis]] = []
    for reading in readings:
        diagnosis = reading.search.diagnose()
        found.append((reading, diagnosis))
        if diagnosis.odd or any(one.complete for one in diagnosis.explanations):
            return found[-1]
        if time.monotonic() - began > _SECONDS:
            break
    return next((one for one in found if one[1].names), found[0])


def _read(setup: Setup, written: Sequence[Written]) -> tuple[Truth, Layouts]:
    """The arithmetic in which most numbers are right, and the arrangements, the best first."""
    best: tuple[int, Truth, Layouts] | None = None
    other: Arithmetic = "float32" if setup.arithmetic == "float64" else "float64"
    for arithmetic in (setup.arithmetic, other):
        truth = Truth(setup, arithmetic)
        bounds = {one.iteration: truth.bounds(one.iteration) for one in written}
        layouts = fitting(written, truth.program, bounds)
        given = layouts[0][1]
        right = sum(_count_right(one, bounds[one.iteration]) for one in given)
        every = right == sum(one.count for one in given)
        if best is None or every or (right > best[0] and _machines(written)):
            best = (right, truth, layouts)
        if every:
            break
    assert best is not None
    return best[1], best[2]


def _machines(written: Sequence[Written]) -> bool:
    """Whether there are numbers of so many digits that single and double precision differ."""
    return any(
        one.values is not None
        or any(
            (digits := digits_of(text)) is not None and digits.significant >= _SINGLE
            for text in one.texts.ravel().tolist()
        )
        for one in written
    )


def _count_right(given: Given, bounds: dict[str, Interval]) -> int:
    if given.odd:
        return 0
    bound = bounds[given.quantity]
    with np.errstate(all="ignore"):
        near = np.abs(given.values - bound.middle) <= given.half + bound.radius
    return int((near & given.here).sum())


def _following(marked: Sequence[Marked], diagnosis: Diagnosis) -> list[Marked]:
    """Wrong numbers that the mistake found gives too follow from it, save where it first shows."""
    first = diagnosis.first
    if first is None or not diagnosis.explanations:
        return list(marked)
    best = diagnosis.explanations[0]
    places: dict[int, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]] = {}
    start = 0
    for one in marked:
        if one.given.odd:
            continue
        count = one.given.count
        places[id(one)] = best.fit.here[start : start + count]
        start += count
    kept = _where_it_shows(marked, diagnosis)
    found = []
    for one in marked:
        if one.given.odd or any(one is other for other in kept):
            found.append(one)
            continue
        explained = np.zeros(one.codes.shape, dtype=bool)
        explained[one.given.here] = places[id(one)]
        codes = np.where((one.codes == Verdict.WRONG) & explained, Verdict.FOLLOWS, one.codes)
        found.append(one.with_codes(codes))
    return found


def _where_it_shows(marked: Sequence[Marked], diagnosis: Diagnosis) -> list[Marked]:
    """The first wrong quantity, and for a second mistake the first that the first leaves."""
    del marked
    return [diagnosis.first] if diagnosis.first is not None else []
