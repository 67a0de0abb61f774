"""What there is to say of somebody's numbers, as text of 80 columns and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite, isnan
from typing import Any

import numpy as np

from chainstep.core.check.check_numbers import Check
from chainstep.core.check.diagnosis import Explanation
from chainstep.core.check.formula_pairs import FormulaPair, formula_pair
from chainstep.core.check.mistakes import MISTAKES
from chainstep.core.check.verdict import Verdict
from chainstep.core.check.verdicts import Marked
from chainstep.core.quantities import Entry
from chainstep.core.text.notations import NOTATIONS
from chainstep.core.text.numbers import Digits, number_text
from chainstep.core.text.wrapping import wrap

_WIDTH = 80
_SHOWN = 4  # wrong numbers of one quantity that are told one by one


def text(name: str, check: Check, notation: str | None = None) -> Iterator[str]:
    """The answer of ``chainstep check SCENARIO NUMBERS``, line by line."""
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
    yield from conclusion(name, check)
    yield from _about_names(check, notation)


def _about_names(check: Check, notation: str | None) -> Iterator[str]:
    """What a page's name stands for where the sign is in it: ``dC_dw2`` is −delta2."""
    negative = {one.given.quantity: one.given.name for one in check.marked if one.given.sign < 0}
    if notation is None or not negative:
        return
    names, program = NOTATIONS[notation], check.program
    for k in range(len(check.setup.layers), 0, -1):
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
        minus = "−" if one.given.sign < 0 else ""
        return f"{one.given.name} ({minus}{one.given.quantity})"
    return one.given.quantity


def _head(name: str, check: Check) -> Iterator[str]:
    iterations = sorted({one.given.iteration for one in check.marked})
    when = f"iteration{'s' if len(iterations) > 1 else ''} {_listed(iterations)}"
    count = sum(one.given.count for one in check.marked)
    layout = check.arrangement.told(check.program)
    line = f"{name}, {when}: {count} number{'s' if count != 1 else ''}, {layout} (found by trying)"
    yield from wrap(line, _WIDTH)
    if check.arithmetic != check.setup.arithmetic:
        words = {"float32": "single", "float64": "double"}
        yield from wrap(
            f"Your numbers are in {words[check.arithmetic]} precision ({check.arithmetic}), which "
            f"fits better than the scenario's {check.setup.arithmetic}; they are held against "
            "that.",
            _WIDTH,
        )


def _listed(numbers: Sequence[int]) -> str:
    if len(numbers) > 6:
        return f"{numbers[0]}, {numbers[1]} … {numbers[-1]}"
    return ", ".join(map(str, numbers))


def _lines(one: Marked, check: Check, width: int) -> Iterator[str]:
    title = f"  {_title(one):<{width}}  "
    count = one.given.count
    right = int((one.codes == 0).sum())
    first = check.diagnosis.first
    here = first is not None and (first.given.iteration, first.given.quantity) == (
        one.given.iteration,
        one.given.quantity,
    )
    if one.given.odd:
        yield f"{title}{'WRONG HERE' if here else 'wrong':<16}  {_sizes(one, check)}"
    elif one.worst is Verdict.RIGHT:
        yield f"{title}{'right':<16}  {right} of {count}"
    elif one.worst is Verdict.RIGHT_AS_ROUNDED:
        yield f"{title}{'right as rounded':<16}  from your own earlier numbers, as written"
    elif one.worst is Verdict.FOLLOWS:
        yield f"{title}{'follows':<16}  {_follows(one, check)}"
    else:
        verdict = "WRONG HERE" if here else "wrong"
        yield from _wrong(one, f"{title}{verdict:<16}  ", here=here)


def _follows(one: Marked, check: Check) -> str:
    first = check.diagnosis.first
    if first is None:
        return "right for the numbers you had"
    if one.given.iteration != first.given.iteration:
        return "right for the numbers you had"
    return f"right for the {first.given.name or first.given.quantity} you had"


def _wrong(one: Marked, title: str, *, here: bool) -> Iterator[str]:
    places = [tuple(place) for place in np.argwhere(one.codes == Verdict.WRONG).tolist()]
    shown = places[: _SHOWN if here else 1]
    for n, place in enumerate(shown):
        found = _own(one, place)
        expected = number_text(
            float(one.expected[place]) * one.given.sign, Digits(max(4, _digits(one, place) + 1))
        )
        at = f"[{','.join(map(str, place))}]" if place else ""
        lead = title if n == 0 else " " * len(title)
        yield f"{lead}{at:<6} you {found:<12} expected {expected}"
    if len(places) > len(shown):
        yield f"{' ' * len(title)}and {len(places) - len(shown)} more of {one.given.count}"


def _digits(one: Marked, place: tuple[int, ...]) -> int:
    return int(one.given.digits[place])


def _own(one: Marked, place: tuple[int, ...]) -> str:
    """A number as its author has it, short enough for a line."""
    written = str(one.given.texts[place])
    if one.given.sign > 0 and len(written) <= 12 and written != "0":
        return written
    return number_text(float(one.given.values[place]) * one.given.sign, Digits(min(9, 12)))


def _sizes(one: Marked, check: Check) -> str:
    quantity = check.program.quantities[one.given.quantity]
    found = "×".join(map(str, one.given.values.shape)) or "one number"
    wanted = "×".join(map(str, quantity.shape)) or "one number"
    return f"you {found}, it is {wanted}"


# ── what it comes to ──────────────────────────────────────────────────────────────────────


def conclusion(name: str, check: Check) -> Iterator[str]:
    """What the verdicts come to: the mistake, or that nothing is wrong."""
    if check.holds:
        yield "Nothing is wrong here."
        yield from _pointer(name, check)
        return
    explanations = check.diagnosis.explanations
    if not explanations and check.diagnosis.odd:
        yield from _odd(check)
    elif not explanations:
        yield from wrap(_unexplained(check), _WIDTH)
    else:
        yield from _explained(name, check, explanations)


def _pointer(name: str, check: Check) -> Iterator[str]:
    if check.equal_units:
        yield from wrap(
            f"Some of your weights are equal, for another reason: `chainstep why {name}`.", _WIDTH
        )


def _unexplained(check: Check) -> str:
    first = check.diagnosis.first
    assert first is not None
    name = first.given.name or first.given.quantity
    quantity = check.program.quantities[first.given.quantity]
    if first.given.odd:
        meant = " × ".join(axis.plural for axis in quantity.axes)
        return f"{name} has another shape than it can have: {first.given.quantity} is {meant}."
    text = (
        "No mistake of the catalogue gives these numbers, nor any two of them that were tried. "
        f"Look at {name}: what it is made of is right, as far as it was given."
    )
    if check.diagnosis.unfinished:
        text += " Not all pairs could be tried in the time there is."
    return text


def _odd(check: Check) -> Iterator[str]:
    mistake = MISTAKES[check.diagnosis.odd[0]]
    yield from wrap(f"Mistake: {mistake.name}: {mistake.title}.", _WIDTH)
    yield from wrap(mistake.looks, _WIDTH)
    yield from wrap(mistake.mend, _WIDTH)


def _explained(name: str, check: Check, explanations: Sequence[Explanation]) -> Iterator[str]:
    best = explanations[0]
    pairs = pairs_of(check, best)
    if len(best.guess.made) > 1:
        yield "Several mistakes, one after the other:"
    for made, pair in zip(best.guess.made, pairs, strict=True):
        mistake = made.mistake
        says = f" ({made.way.says})" if made.way.says else ""
        yield from wrap(f"Mistake: {mistake.name}: {mistake.title}{says}.", _WIDTH)
        yield from _formulas(pair, check, best)
        yield from wrap(mistake.mend, _WIDTH)
        yield from _only_in(made.layers, check)
    yield from wrap(_how_sure(best, check), _WIDTH)
    if len(explanations) > 1:
        yield from _confusable(check, explanations)
    elif best.complete:
        yield "No other mistake of the catalogue gives these digits."
    yield from _next(name, check, pairs)


def _formulas(pair: FormulaPair, check: Check, best: Explanation) -> Iterator[str]:
    first = check.diagnosis.first
    assert first is not None
    iteration = first.given.iteration
    own = np.asarray(best.guess.values(iteration).get(pair.quantity, np.nan))
    right = np.asarray(check.truth.values(iteration).get(pair.quantity, np.nan))
    place = (0,) * own.ndim
    at = str(Entry(pair.quantity, place))
    for word, line, value in (("you  ", pair.wrong, own), ("right", pair.right, right)):
        number = float(value[place]) if value.shape == own.shape and value.size else np.nan
        shown = f"   {at} = {number_text(number, Digits(7))}" if isfinite(number) else ""
        text = f"  {word}  {line}"
        if len(text) + len(shown) <= _WIDTH:
            yield f"{text}{shown}"
        else:
            yield from wrap(text, _WIDTH, initial_indent="  ", subsequent_indent=" " * 11)
            if shown:
                yield f"       {shown}"


def _only_in(layers: tuple[int, ...], check: Check) -> Iterator[str]:
    every = len(check.setup.layers)
    if layers and len(layers) < every and every > 1:
        words = f"layer {layers[0]}" if len(layers) == 1 else f"layers {_listed(layers)}"
        yield f"It is made in {words}."


def _how_sure(best: Explanation, check: Check) -> str:
    wrong = int(sum((one.codes >= Verdict.FOLLOWS).sum() for one in check.marked))
    numbers = "the wrong number comes" if wrong == 1 else f"all {wrong} numbers that are off come"
    if not best.complete:
        return (
            f"That gives the first wrong numbers, to {best.digits} digits, and not all of the "
            "others: something else is wrong too, which no mistake of the catalogue explains."
        )
    return f"With that {numbers} out as you have them, to {best.digits} digits at least."


def _confusable(check: Check, explanations: Sequence[Explanation]) -> Iterator[str]:
    from chainstep.core.check.telling_apart import what_would_tell

    others = explanations[1:]
    yield ""
    for one in others:
        names = " with ".join(
            f"{made.mistake.name} ({made.mistake.title})" for made in one.guess.made
        )
        yield from wrap(f"It may as well be {names}: the same numbers here.", _WIDTH)
    yield from wrap(what_would_tell(check.setup, explanations[0].guess, others[0].guess), _WIDTH)


def _next(name: str, check: Check, pairs: Sequence[FormulaPair]) -> Iterator[str]:
    first = check.diagnosis.first
    assert first is not None
    if pairs:
        yield f"See it: chainstep open {name} --at {first.given.iteration}:{pairs[0].quantity}"


def pairs_of(check: Check, explanation: Explanation) -> list[FormulaPair]:
    """The formulas of each mistake of an explanation."""
    first = check.diagnosis.first
    near = first.given.quantity if first is not None else None
    return [formula_pair(made, check.setup, near) for made in explanation.guess.made]


# ── as data ───────────────────────────────────────────────────────────────────────────────


def as_data(check: Check) -> dict[str, Any]:
    """The answer for ``--json``."""
    numbers = [number for one in check.marked for number in _numbers(one)]
    first = check.diagnosis.first
    data: dict[str, Any] = {"verdict": check.verdict.word, "numbers": numbers, "first": None}
    if first is not None:
        data["first"] = next(number for number in _numbers(first) if number["verdict"] == "wrong")
    data["mistakes"] = list(_mistakes(check))
    data["confusable"] = [list(group) for group in check.diagnosis.confusable]
    data["arithmetic"] = check.arithmetic
    data["layout"] = check.arrangement.told(check.program)
    return data


def _numbers(one: Marked) -> Iterator[dict[str, Any]]:
    for place in map(tuple, np.argwhere(one.given.here).tolist()):
        fits = one.expected.shape == one.given.values.shape
        yield {
            "quantity": one.given.quantity,
            "at": {"iteration": one.given.iteration},
            "entry": list(place),
            "verdict": one.verdict(place).word,
            "expected": _plain(one.expected[place]) if fits else None,
            "found": _plain(one.given.values[place]),
        }


def _plain(value: Any) -> float | str:
    number = float(value)
    if isfinite(number):
        return number
    return "NaN" if isnan(number) else "Infinity" if number > 0 else "-Infinity"


def _mistakes(check: Check) -> Iterator[dict[str, Any]]:
    told = set()
    for explanation in check.diagnosis.explanations:
        for made, pair in zip(explanation.guess.made, pairs_of(check, explanation), strict=True):
            if made.mistake.name not in told:
                told.add(made.mistake.name)
                yield {
                    "id": made.mistake.name,
                    "digits": explanation.digits,
                    "formula": pair.wrong,
                    "right": pair.right,
                    "layers": list(made.layers),
                }
    for name in check.diagnosis.odd:
        if name not in told:
            yield {"id": name, "digits": 0, "formula": MISTAKES[name].title, "right": ""}
