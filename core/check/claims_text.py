"""Claims and their verdicts as text, and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chainstep.core.check.claims import Held, HeldNumber
from chainstep.core.check.verdict import Verdict
from chainstep.core.quantities import Entry
from chainstep.core.text.counting import counted
from chainstep.core.text.numbers import Digits, number_text
from chainstep.core.text.wrapping import wrap

_WIDTH = 80


def worst_of(held: Sequence[Held]) -> Verdict:
    """The worst verdict on any number that is not as its claim says; else on any at all."""
    failed = [n.verdict for one in held for n in one.numbers if not n.holds]
    every = [one.verdict for one in held]
    return max(failed or every or [Verdict.RIGHT])


def one_line(name: str, held: Sequence[Held]) -> str:
    """How a scenario stands: ``same-weights  16 claims, 76 numbers: all hold``."""
    failed = sum(not one.holds for one in held)
    numbers = sum(len(one.numbers) for one in held)
    if not held:
        return f"{name}  no claims"
    known = sum(number.known for one in held for number in one.numbers)
    aside = f", {known} of them known to be off" if known and not failed else ""
    standing = (
        f"{failed} do not hold" if failed > 1 else "1 does not hold" if failed else "all hold"
    )
    return f"{name}  {counted(len(held), 'claim')}, {counted(numbers, 'number')}: {standing}{aside}"


def lines(held: Sequence[Held]) -> Iterator[str]:
    """A line for each claim, with more where it does not hold or says what is wrong."""
    names = [_name(one) for one in held]
    width = max(map(len, names), default=0)
    for name, one in zip(names, held, strict=True):
        count = sum(number.verdict is Verdict.RIGHT for number in one.numbers)
        verdict = one.verdict.word if one.holds else "DOES NOT HOLD"
        within = f", within {one.claim.within} of the last place" if one.claim.within else ""
        yield (
            f"  {name:<{width}}  iteration {one.claim.iteration:<5}  {verdict:<16}  "
            f"{count} of {len(one.numbers)}{within}"
        )
        if one.holds and any(number.known for number in one.numbers) and one.claim.why:
            why = f"as the claim says: {' '.join(one.claim.why.split())}"
            yield from wrap(why, _WIDTH, initial_indent="      ", subsequent_indent="      ")
        for number in one.numbers:
            if not number.holds:
                yield f"      {_failing(number)}"


def _name(one: Held) -> str:
    entry = one.claim.entry
    return str(Entry(one.claim.quantity, tuple(entry))) if entry is not None else one.claim.quantity


def _failing(number: HeldNumber) -> str:
    place = f"[{','.join(map(str, number.position))}] " if number.position else ""
    expected = number_text(number.expected, Digits(max(8, len(number.printed.strip("-0.")) + 2)))
    if number.known and number.verdict is Verdict.RIGHT:
        return f"{place}printed {number.printed} is right, though the claim gives another as right"
    if number.by_hand is not None:
        made = number_text(number.by_hand, Digits(max(8, len(number.printed.strip("-0.")) + 2)))
        return f"{place}printed {number.printed}, but the page's own numbers make {made} of it"
    if number.known:
        return f"{place}`right` of the claim is not what the engine has: {expected}"
    rounded = ""
    if number.verdict is Verdict.RIGHT_AS_ROUNDED:
        rounded = ", though it follows from the page's own rounded numbers: say so with `right`"
    return f"{place}printed {number.printed}, engine {expected}{rounded}"


def as_data(name: str, held: Sequence[Held]) -> dict[str, Any]:
    """A scenario's claims for ``--json``."""
    return {
        "scenario": name,
        "verdict": worst_of(held).word,
        "holds": all(one.holds for one in held),
        "numbers": [
            {
                "quantity": one.claim.quantity,
                "at": {"iteration": one.claim.iteration},
                "entry": list(number.position),
                "verdict": number.verdict.word,
                "expected": number.expected,
                "found": float(number.printed),
                "printed": number.printed,
                "holds": number.holds,
            }
            for one in held
            for number in one.numbers
        ],
    }
