"""In what way numbers differ from the right ones: a factor, a transposition, some of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from chainstep.core.check.verdict import Verdict
from chainstep.core.check.verdicts import Marked
from chainstep.core.check.written_numbers import Bools, Floats
from chainstep.core.program import Program
from chainstep.core.quantities import Quantity
from chainstep.core.text.numbers import Digits, number_text

_VAGUE = 0.1  # of a ratio: what is left as open as that is no factor that one could name
_TELLING = 3  # half units: a number must be larger than so many for a factor to show in it
_MOST_PERMUTED = 6  # rows or columns of which all orders are tried
_NEAR = 1e-4  # of a number: as far from another it may be and still be called the same


def told(marked: Marked, program: Program) -> str:
    """What is known of a wrong quantity that nothing explains, as a sentence.

    Empty where it has no shape that can be compared.
    """
    given = marked.given
    if given.odd or not marked.where(Verdict.WRONG).any():
        return ""
    name = given.name or given.quantity
    quantity = program.quantities[given.quantity]
    expected = marked.expected
    words = next(_ways(marked, expected, quantity, program), None)
    if words is not None:
        return f"{name}: {words}."
    with np.errstate(all="ignore"):
        off = np.abs(given.values - expected)[marked.where(Verdict.WRONG)]
        part = off / np.abs(expected)[marked.where(Verdict.WRONG)]
    part = part[np.isfinite(part)]
    if not part.size:
        return ""
    least, most = (_percent(float(x)) for x in (part.min(), part.max()))
    amount = least if least == most else f"{least} to {most}"
    return f"{name}: off by {amount}."


def _percent(part: float) -> str:
    return f"{100 * part:.0f} %" if part >= 0.1 else f"{number_text(100 * part, Digits(2))} %"


def _ways(marked: Marked, expected: Floats, quantity: Quantity, program: Program) -> Iterator[str]:
    yield from _factor(marked, program)
    if marked.given.here.all() and expected.ndim == 2 and expected.size > 1:
        yield from _moved(marked, quantity)
    yield from _only(marked, quantity)


def ratio_of(marked: Marked) -> float | None:
    """The one number that all of yours are times the right ones; None where there is none."""
    found = _ratio(marked)
    return None if found is None else found[0]


def _ratio(marked: Marked) -> tuple[float, float] | None:
    """That number, and what part of it the digits leave open."""
    given, expected = marked.given, marked.expected
    if given.odd or expected.shape != given.values.shape:
        return None
    with np.errstate(all="ignore"):
        telling = given.here & (np.abs(expected) > 0)
        telling &= np.abs(given.values) > _TELLING * given.half
        if not telling.any():
            return None
        at = np.unravel_index(int(np.argmax(np.where(telling, np.abs(expected), 0))), telling.shape)
        ratio = float(given.values[at] / expected[at])
        unsure = float(given.half[at] / np.abs(given.values[at])) + 1e-9
        fits = given.rounded(ratio * expected, given.half + unsure * np.abs(given.values))
    fits_all = np.isfinite(ratio) and bool(fits[given.here].all())
    return (ratio, unsure) if fits_all else None


def named_factors(program: Program) -> list[tuple[float, str]]:
    """The factors that people put in or leave out, each as it is said."""
    observations, outputs = program.observations, program.widths[-1]
    rate = program.settings.get("learning_rate")
    found = [
        (-1.0, "−1"),
        (2.0, "2"),
        (0.5, "½"),
        (-2.0, "−2"),
        (-0.5, "−½"),
        (float(observations), f"{observations}, the number of observations"),
        (1 / observations, f"1/{observations}, one by the number of observations"),
        (float(outputs), f"{outputs}, the number of outputs"),
        (1 / outputs, f"1/{outputs}, one by the number of outputs"),
    ]
    if rate:
        shown = number_text(rate)
        found += [
            (rate, f"{shown}, the learning rate"),
            (-rate, f"−{shown}, minus the learning rate"),
            (1 / rate, f"1/{shown}, one by the learning rate"),
        ]
    return [(value, words) for value, words in found if value != 1.0]


def _factor(marked: Marked, program: Program) -> Iterator[str]:
    found = _ratio(marked)
    if found is None:
        return
    ratio, unsure = found
    room = max(1e-3, unsure)
    if abs(ratio - 1) <= room:
        return
    several = "all of them are the right ones" if marked.given.count > 1 else "it is the right one"
    if room < _VAGUE:
        for value, words in named_factors(program):
            if abs(ratio - value) <= room * abs(value):
                yield f"{several} times {words}"
                return
    if marked.given.count > 1:
        digits = int(np.clip(np.ceil(-np.log10(unsure)), 1, 4))
        about = "" if digits == 4 else "about "
        yield f"{several} times {about}{number_text(ratio, Digits(digits))}"


def _moved(marked: Marked, quantity: Quantity) -> Iterator[str]:
    """The right numbers in other places."""
    given, expected = marked.given, marked.expected
    if np.allclose(given.values, expected, rtol=_NEAR, atol=0):
        return

    def right(values: Floats) -> bool:
        return bool(given.rounded(values).all())

    if expected.shape[0] == expected.shape[1] and right(expected.T):
        yield "the right numbers, with rows and columns exchanged"
        return
    for axis in (0, 1):
        if 1 < expected.shape[axis] <= _MOST_PERMUTED:
            kind = quantity.axes[axis].plural
            for order in permutations(range(expected.shape[axis])):
                if right(np.take(expected, order, axis=axis)):
                    yield f"the right numbers, with {kind} in another order: {_listed(order)}"
                    return
    flat = expected.ravel()
    if right(expected.T.reshape(expected.shape)) or right(flat[::-1].reshape(expected.shape)):
        yield "the right numbers, read in another order: reshape is no transpose"
    elif np.allclose(np.sort(flat), np.sort(given.values.ravel()), rtol=_NEAR, atol=0):
        yield "the right numbers, in other places"


def _listed(order: tuple[int, ...]) -> str:
    return ", ".join(map(str, order))


def _only(marked: Marked, quantity: Quantity) -> Iterator[str]:
    """Which rows or columns are off, where others are not."""
    wrong = marked.where(Verdict.WRONG)
    if wrong.ndim != 2 or wrong.all() or not wrong.any():
        return
    for axis, across in ((0, 1), (1, 0)):
        off: Bools = np.asarray(wrong.any(axis=across))
        if off.all() or not wrong[off].all() if axis == 0 else off.all():
            continue
        labels = [quantity.axes[axis].label(int(n)) for n in np.flatnonzero(off)]
        if len(labels) <= 4:
            yield f"only {', '.join(labels)} {'is' if len(labels) == 1 else 'are'} off"
            return
