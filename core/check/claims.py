"""Published numbers held against the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from chainstep.core.check.right_numbers import Truth, step_value
from chainstep.core.check.verdict import Verdict
from chainstep.core.check.verdicts import Marked, Marking
from chainstep.core.check.written_numbers import Given, digits_of, merged, value_of
from chainstep.core.program import Program
from chainstep.core.setup import Array, Setup


class Claim(Protocol):
    """Numbers that a page prints: what a scenario's claim holds."""

    @property
    def iteration(self) -> int: ...
    @property
    def quantity(self) -> str: ...
    @property
    def entry(self) -> tuple[int, ...] | None: ...
    @property
    def printed(self) -> str | tuple[tuple[str, ...], ...]: ...
    @property
    def within(self) -> int: ...
    @property
    def right(self) -> str | tuple[tuple[str, ...], ...] | None: ...
    @property
    def why(self) -> str | None: ...


@dataclass(frozen=True)
class HeldNumber:
    """One number of a claim: its verdict, and whether the claim is right about it.

    ``known`` where the claim itself says that the page has it wrong. ``by_hand`` is then what
    the page's own numbers make of it, where it should have followed from them and does not.
    """

    position: tuple[int, ...]
    printed: str
    expected: float
    verdict: Verdict
    holds: bool
    known: bool = False
    by_hand: float | None = None


@dataclass(frozen=True)
class Held:
    """A claim and the verdicts on its numbers."""

    claim: Claim
    numbers: tuple[HeldNumber, ...]

    @property
    def holds(self) -> bool:
        """Whether all is as the claim says."""
        return all(number.holds for number in self.numbers)

    @property
    def verdict(self) -> Verdict:
        """The worst verdict on its numbers."""
        return max(number.verdict for number in self.numbers)


def hold(setup: Setup, claims: Sequence[Claim]) -> list[Held]:
    """Every claim with its verdicts: at its printed digits, and no further.

    A number that is not right at its digits is ``wrong``, unless the claim says so itself. What
    follows from the page's own earlier numbers is then held against these, at its digits too.
    """
    truth = Truth(setup)
    known = {claim.iteration for claim in claims if claim.right is not None}
    given = merged([given_of(claim, truth.program) for claim in claims if claim.iteration in known])
    marking = Marking(truth, given, cut=False, exactly=True)
    marked = {one.given.at: one for one in marking.mark()}
    return [_held(claim, truth, marked) for claim in claims]


def _held(claim: Claim, truth: Truth, marked: Mapping[tuple[int, str], Marked]) -> Held:
    given = given_of(claim, truth.program)
    right = None if claim.right is None else given_of(claim, truth.program, claim.right)
    expected = truth.values(claim.iteration)[claim.quantity]
    its = marked.get(given.at)
    made = None  # where one number of the claim follows from rounded ones, all have to
    if right is not None and its is not None and (its.codes == Verdict.RIGHT_AS_ROUNDED).any():
        made = _by_hand(claim, truth, [one.given for one in marked.values()])
    numbers = []
    for position in map(tuple, np.argwhere(given.here).tolist()):
        value = float(expected[position])
        as_printed = _is(given, position, value)
        verdict = Verdict.RIGHT if as_printed else Verdict.WRONG
        known = right is not None and str(right.texts[position]) != str(given.texts[position])
        holds = as_printed
        if known and right is not None and its is not None:
            verdict = Verdict.RIGHT if as_printed else its.verdict(position)
            holds = not as_printed and _is(right, position, value)
        by_hand = None
        if holds and known and made is not None:
            by_hand = float(made[position])
            holds = _is(given, position, by_hand)
        text = str(given.texts[position])
        off = None if holds else by_hand
        numbers.append(HeldNumber(position, text, value, verdict, holds, known, off))
    return Held(claim, tuple(numbers))


def _by_hand(claim: Claim, truth: Truth, printed: Sequence[Given]) -> Array:
    """What a quantity is by the numbers that the page prints before it, taken as they stand."""
    step = truth.program.step(claim.quantity)
    values = {
        name: np.asarray(value, dtype=np.float64)
        for name, value in truth.values(claim.iteration).items()
    }
    for given in printed:
        if given.iteration != claim.iteration:
            continue
        known = values[given.quantity]
        values[given.quantity] = np.where(given.here, given.values, known).reshape(known.shape)
    with np.errstate(all="ignore"):
        made: Array = np.asarray(step_value(step, values), dtype=np.float64)
    return made.reshape(step.quantity.shape)


def _is(given: Given, position: tuple[int, ...], value: float) -> bool:
    """Whether a number, written with as many digits, is what is given."""
    room = float(given.half[position]) * (1 + 1e-9) + 4e-16 * abs(value)
    return bool(abs(float(given.values[position]) - value) <= room)


def given_of(
    claim: Claim, program: Program, printed: str | tuple[tuple[str, ...], ...] | None = None
) -> Given:
    """The numbers of a claim, each open by half its last place and by the places it allows."""
    quantity = program.quantities[claim.quantity]
    printed = claim.printed if printed is None else printed
    texts = np.full(quantity.shape, "", dtype="U40")
    if claim.entry is not None:
        texts[tuple(claim.entry)] = printed
    else:
        texts[...] = np.array(printed, dtype="U40").reshape(quantity.shape)
    here = texts != ""
    values, half = np.full(quantity.shape, np.nan), np.zeros(quantity.shape)
    digits = np.zeros(quantity.shape, dtype=np.int64)
    for position in map(tuple, np.argwhere(here).tolist()):
        text = str(texts[position])
        written = digits_of(text)
        values[position] = value_of(text)
        if written:
            half[position] = written.half_unit * (1 + 2 * claim.within)
            digits[position] = written.significant
    return Given(claim.iteration, claim.quantity, values, half, np.asarray(here), digits, texts)
