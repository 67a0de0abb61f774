"""Published numbers held against the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from chainstep.core.marking import VERDICTS, Marked, Verdict, mark
from chainstep.core.printed import Given, digits_of, value_of
from chainstep.core.program import Program
from chainstep.core.setup import Setup
from chainstep.core.truth import Truth


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

    ``known`` where the claim itself says that the page has it wrong.
    """

    position: tuple[int, ...]
    printed: str
    expected: float
    verdict: Verdict
    holds: bool
    known: bool = False


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
        return max((number.verdict for number in self.numbers), key=VERDICTS.index)


def hold(setup: Setup, claims: Sequence[Claim]) -> list[Held]:
    """Every claim with its verdicts: at its printed digits, and no further.

    A number that is not right at its digits is ``wrong``, unless the claim says so itself and
    it follows from the page's own earlier numbers.
    """
    truth = Truth(setup)
    marked = mark(truth, merged([given_of(claim, truth.program) for claim in claims]), strict=True)
    by_place = {(one.given.iteration, one.given.quantity): one for one in marked}
    return [_held(claim, truth, by_place[claim.iteration, claim.quantity]) for claim in claims]


def _held(claim: Claim, truth: Truth, marked: Marked) -> Held:
    given = given_of(claim, truth.program)
    right = None if claim.right is None else given_of(claim, truth.program, claim.right)
    expected = np.asarray(truth.values(claim.iteration)[claim.quantity], dtype=np.float64)
    numbers = []
    for position in map(tuple, np.argwhere(given.here).tolist()):
        value = float(expected[position])
        as_printed = _is(given, position, value)
        known = right is not None and str(right.texts[position]) != str(given.texts[position])
        verdict: Verdict = "right" if as_printed else "wrong"
        holds = as_printed
        if known and right is not None:
            follows = marked.verdict(position)
            verdict = "right" if as_printed else follows
            holds = not as_printed and _is(right, position, value)
        numbers.append(
            HeldNumber(position, str(given.texts[position]), value, verdict, holds, known)
        )
    return Held(claim, tuple(numbers))


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


def merged(numbers: Sequence[Given]) -> list[Given]:
    """Numbers of one quantity at one iteration put together; of two for one place, the last."""
    found: dict[tuple[int, str, bool], Given] = {}
    for one in numbers:
        key = (one.iteration, one.quantity, one.odd)
        if key not in found or one.values.shape != found[key].values.shape:
            found[key] = one
            continue
        old = found[key]
        found[key] = Given(
            one.iteration,
            one.quantity,
            np.where(one.here, one.values, old.values),
            np.where(one.here, one.half, old.half),
            one.here | old.here,
            np.where(one.here, one.digits, old.digits),
            np.where(one.here, one.texts, old.texts),
            one.name,
            one.sign,
            one.odd,
        )
    return list(found.values())
