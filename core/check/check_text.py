"""What there is to say of somebody's numbers, as text of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from chainstep.core.check.calculations import BEFORE
from chainstep.core.check.check_numbers import Check
from chainstep.core.check.conclusion import NAMELESS, conclusion
from chainstep.core.check.verdict import Verdict
from chainstep.core.check.verdicts import Marked
from chainstep.core.text.commands import Commands
from chainstep.core.text.notations import NOTATIONS
from chainstep.core.text.numbers import Digits, number_text
from chainstep.core.text.wrapping import wrap

_WIDTH = 80
_SHOWN = 4  # wrong numbers of one quantity that are told one by one
_COLUMN = 16  # of the verdict
_LONG = 10  # digits from which on a number is cut short to be shown


def text(
    name: str, check: Check, notation: str | None = None, typed: Commands | None = None
) -> Iterator[str]:
    """The answer of ``chainstep check SCENARIO NUMBERS``, line by line.

    ``typed`` writes the commands that it advises, as the scenario was typed.
    """
    yield from _head(name, check)
    yield ""
    width = max(len(_title(one)) for one in check.marked)
    several = len({one.given.iteration for one in check.marked}) > 1
    iteration = 0
    for one in check.marked:
        if several and one.given.iteration != iteration:
            iteration = one.given.iteration
            yield f" iteration {iteration}"
        yield from _lines(one, check, width)
    yield ""
    commands = typed or Commands(name)
    known = name != NAMELESS and commands.runs_again
    yield from conclusion(check, commands if known else None)
    yield from _about_names(check, notation)


def _about_names(check: Check, notation: str | None) -> Iterator[str]:
    """What a page's name stands for where the sign is in it: ``dC_dw2`` is −delta2."""
    negative = {
        one.given.quantity: one.given.name for one in check.marked if one.given.factor == -1.0
    }
    if notation is None or not negative:
        return
    names, program = NOTATIONS[notation], check.program
    for k in range(program.depth, 0, -1):
        name = negative.get(f"delta{k}")
        if name is None:
            continue
        W = names.unsigned(program.quantities[f"W{k}"], program)
        step = names.setting("learning_rate")
        delta, weights = program.quantities[f"delta{k}"], program.quantities[f"W{k}"]
        sizes = f"({_size(weights.shape)}) − ({_size(delta.shape)})"
        yield ""
        runs = (
            f"It runs only because there are {delta.shape[0]} of each."
            if delta.shape == weights.shape
            else "It cannot run."
        )
        yield from wrap(
            f"{name} is −delta{k}: the derivative by z{k}, not by {W}, and the sign is in it, so "
            f"that {W} + {step}·(…) goes down. What is missing in it is ∂z{k}/∂{W}, the "
            f"activations before, transposed; the product sums over the observations. "
            f"{W} − {step}·{name}, as in the textbook, would subtract observations from units, "
            f"{sizes}. {runs}",
            _WIDTH,
        )


def _size(shape: tuple[int, ...]) -> str:
    return ",".join(map(str, shape))


def _title(one: Marked) -> str:
    if one.given.name and one.given.name != one.given.quantity:
        minus = "−" if one.given.factor == -1.0 else ""
        return f"{one.given.name} ({minus}{one.given.quantity})"
    return one.given.quantity


def _head(name: str, check: Check) -> Iterator[str]:
    iterations = sorted({one.given.iteration for one in check.marked})
    when = f"iteration{'s' if len(iterations) > 1 else ''} {_listed(iterations)}"
    count = sum(one.given.count for one in check.marked)
    layout, *conventions = check.reading.told(check.program)
    line = f"{name}, {when}: {count} number{'s' if count != 1 else ''}, {layout} (found by trying)"
    yield from wrap(line, _WIDTH)
    for says in conventions:
        yield from wrap(f"Also found by trying: {says}.", _WIDTH)
    if check.meant:
        yield from wrap(f"Also found by trying: {check.meant}.", _WIDTH)
    if check.reading.cut:
        yield "Your numbers are cut off, not rounded."
    if check.arithmetic != check.setup.arithmetic:
        words = {"float32": "single", "float64": "double"}
        yield from wrap(
            f"Your numbers are of {words[check.arithmetic]} precision ({check.arithmetic}), and "
            f"the scenario of {check.setup.arithmetic}; they are compared with their own.",
            _WIDTH,
        )


def _listed(numbers: Sequence[int]) -> str:
    if len(numbers) > 6:
        return f"{numbers[0]}, {numbers[1]} … {numbers[-1]}"
    return ", ".join(map(str, numbers))


def _lines(one: Marked, check: Check, width: int) -> Iterator[str]:
    title = f"  {_title(one):<{width}}  "
    here = check.diagnosis.first is not None and check.diagnosis.first.given.at == one.given.at
    if one.given.odd:
        yield f"{title}{'WRONG HERE' if here else 'wrong':<{_COLUMN}}  {_sizes(one, check)}"
        return
    match one.worst:
        case Verdict.RIGHT:
            yield f"{title}{'right':<{_COLUMN}}  {one.given.count} of {one.given.count}"
        case Verdict.RIGHT_AS_ROUNDED:
            yield f"{title}{'right as rounded':<{_COLUMN}}  {_rounded(one, check)}"
        case Verdict.CANNOT_TELL:
            yield f"{title}{'cannot tell':<{_COLUMN}}  {_range(one)}"
        case Verdict.FOLLOWS:
            had = _name_of(check, one.given.iteration, one.made_of)
            yield f"{title}{'follows':<{_COLUMN}}  right for the {had} you had"
        case Verdict.SAME_MISTAKE:
            yield f"{title}{'wrong':<{_COLUMN}}  the same mistake"
        case Verdict.WRONG:
            verdict = "WRONG HERE" if here else "wrong"
            yield from _wrong(one, f"{title}{verdict:<{_COLUMN}}  ", here=here)


def _name_of(check: Check, iteration: int, quantity: str) -> str:
    """What its author calls a quantity."""
    name = quantity.removesuffix(BEFORE)
    before = BEFORE if name != quantity else ""
    found = check.at(iteration - bool(before), name)
    return f"{(found.given.name if found is not None else '') or name or 'numbers'}{before}"


def _rounded(one: Marked, check: Check) -> str:
    if one.from_given:
        return "from your own earlier numbers, as written"
    del check
    return "if every step is rounded as these are"


def _range(one: Marked) -> str:
    """What rounding alone makes of the first number that it may explain."""
    place = tuple(np.argwhere(one.where(Verdict.CANNOT_TELL))[0].tolist())
    at = f"[{','.join(map(str, place))}] " if place else ""
    found = f"{at}you {_own(one, place)}"
    if one.low is None or one.high is None:
        return found
    low, high = _ends(one, place)
    return f"{found}, rounding alone gives {low} to {high}"


def _ends(one: Marked, place: tuple[int, ...]) -> tuple[str, str]:
    """The least and the most that rounding alone gives, in its author's digits."""
    assert one.low is not None
    assert one.high is not None
    half = float(one.given.half[place])
    ends = sorted(
        (float(bound[place]) + side * half) * one.given.factor
        for bound, side in ((one.low, -1), (one.high, 1))
    )
    digits = Digits(max(2, int(one.given.digits[place]) + 1))
    return number_text(ends[0], digits), number_text(ends[1], digits)


def _wrong(one: Marked, title: str, *, here: bool) -> Iterator[str]:
    places = [tuple(place) for place in np.argwhere(one.where(Verdict.WRONG)).tolist()]
    shown = places[: _SHOWN if here else 1]
    for n, place in enumerate(shown):
        found = _own(one, place)
        at = f"[{','.join(map(str, place))}]" if place else ""
        lead = title if n == 0 else " " * len(title)
        yield f"{lead}{at:<6} you {found:<12} expected {_expected(one, place, found)}"
    if len(places) > len(shown):
        yield f"{' ' * len(title)}and {len(places) - len(shown)} more of {one.given.count}"


def _expected(one: Marked, place: tuple[int, ...], found: str) -> str:
    """The right number, in so many digits that it reads differently."""
    value = float(one.expected[place]) * one.given.factor
    known = int(one.given.digits[place])
    count = max(4, known + 1) if known <= _LONG else _LONG - 1
    for digits in range(count, 18):
        shown = number_text(value, Digits(digits))
        if shown != found:
            return shown
    return number_text(value, Digits(17))


def _own(one: Marked, place: tuple[int, ...]) -> str:
    """A number as its author has it, short enough for a line."""
    written = str(one.given.texts[place])
    if one.given.factor == 1.0 and len(written) <= 12 and written != "0":
        return written
    return number_text(float(one.given.values[place]) * one.given.factor, Digits(9, 12))


def _sizes(one: Marked, check: Check) -> str:
    quantity = check.program.quantities[one.given.quantity]
    found = "×".join(map(str, one.given.values.shape)) or "one number"
    wanted = "×".join(map(str, quantity.shape)) or "one number"
    return f"you {found}, it is {wanted}"
