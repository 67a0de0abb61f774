"""Somebody's numbers in; verdicts, the first wrong one and the mistake out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from chainstep.core.check.arrangement import Arrangement, Written, fitting
from chainstep.core.check.diagnosis import Diagnosis, Search
from chainstep.core.check.guesses import Runs, single_guesses
from chainstep.core.check.intervals import Interval
from chainstep.core.check.marking import VERDICTS, Marked, Verdict, mark
from chainstep.core.check.printed import Given, digits_of
from chainstep.core.check.truth import Arithmetic, Truth
from chainstep.core.program import Program
from chainstep.core.setup import Setup


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
        return max((one.worst for one in self.marked), key=VERDICTS.index, default="right")

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.verdict in {"right", "right-as-rounded"}

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
        for one in self.marked:
            if one.given.iteration == iteration and one.given.quantity == quantity:
                return one
        return None


_SINGLE = 7  # digits of single precision
_SECONDS = 0.9  # after which no other arrangement is looked at


def check(setup: Setup, written: Sequence[Written]) -> Check:
    """Marks numbers as an examiner does, and looks for the mistake where some are wrong."""
    began = time.monotonic()
    setup = replace(setup, mistakes=())
    truth, layouts = _read(setup, written)
    marks = [mark(truth, given) for _, given in layouts]
    for (arrangement, _), marked in zip(layouts, marks, strict=True):
        if not any(one.worst in {"wrong", "follows"} for one in marked):
            return Check(setup, truth, arrangement, tuple(marked), Diagnosis(None))
    singles = single_guesses(truth.setup, Runs())
    searches = [Search(truth, truth.setup, marked, singles, began) for marked in marks]
    diagnosis, chosen = None, 0
    for n, search in enumerate(searches):
        diagnosis = search.alone()
        if diagnosis is not None and diagnosis.names:
            chosen = n
            break
    else:
        diagnosis, chosen = _searched(searches, began)
    marked = _following(marks[chosen], diagnosis)
    return Check(setup, truth, layouts[chosen][0], tuple(marked), diagnosis)


def _searched(searches: Sequence[Search], began: float) -> tuple[Diagnosis, int]:
    """What the first arrangement that leads anywhere gives; that of the first, if none does."""
    first = searches[0].diagnose()
    for n, search in enumerate(searches):
        diagnosis = first if n == 0 else search.diagnose()
        if diagnosis.names:
            return diagnosis, n
        if time.monotonic() - began > _SECONDS:
            break
    return first, 0


Layouts = list[tuple[Arrangement, list[Given]]]


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
        codes = np.where((one.codes == VERDICTS.index("wrong")) & explained, 2, one.codes)
        found.append(one.with_codes(codes))
    return found


def _where_it_shows(marked: Sequence[Marked], diagnosis: Diagnosis) -> list[Marked]:
    """The first wrong quantity, and for a second mistake the first that the first leaves."""
    del marked
    return [diagnosis.first] if diagnosis.first is not None else []
