"""What the verdicts come to, as text: the mistake, or that nothing is wrong, or what would tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

import numpy as np

from chainstep.core.check.check_numbers import Check
from chainstep.core.check.diagnosis import Explanation
from chainstep.core.check.differences import told
from chainstep.core.check.formula_pairs import FormulaPair, formula_pair
from chainstep.core.check.mistakes import MISTAKES
from chainstep.core.check.verdict import Verdict
from chainstep.core.quantities import Entry
from chainstep.core.text.commands import Commands
from chainstep.core.text.numbers import Digits, number_text
from chainstep.core.text.wrapping import wrap

_WIDTH = 80
_TOLD = 3  # mistakes that are told by name where rounding may explain the numbers too
_NOTHING = "Nothing is wrong here."


#: What a network is called that came as plain data or a model, so that no command can open it.
NAMELESS = "the network"


def conclusion(check: Check, typed: Commands | None) -> Iterator[str]:
    """What the verdicts come to; ``typed`` writes the commands that are advised, if any can be."""
    if check.verdict.holds:
        yield "Nothing is wrong here, if that is how it is meant." if check.meant else _NOTHING
        yield from _pointer(check, typed)
    elif check.verdict is Verdict.CANNOT_TELL:
        yield from _cannot_tell(check)
    elif check.diagnosis.explanations:
        yield from _explained(check, check.diagnosis.explanations, typed)
    elif check.diagnosis.odd:
        yield from _odd(check)
    else:
        yield from wrap(_unexplained(check), _WIDTH)


def _pointer(check: Check, typed: Commands | None) -> Iterator[str]:
    if check.equal_units and typed is not None:
        yield from wrap(
            f"Some of your weights are equal, for another reason: `{typed.about('why')}`.", _WIDTH
        )


# ── what the digits do not tell ───────────────────────────────────────────────────────────


def _cannot_tell(check: Check) -> Iterator[str]:
    found = check.diagnosis.explanations
    if check.reading.turned or check.reading.supposed:
        yield from wrap(_supposed(check), _WIDTH)
        return
    if check.meant:
        text = f"{check.meant[0].upper()}{check.meant[1:]}. Whether it is meant so, only you know."
    elif check.doubtful:
        text = "All of it is right at the digits that you give."
    else:
        text = "Rounding alone may explain what is off here, and so may other things."
    if found:
        names = " or ".join(_names(one) for one in found[:_TOLD])
        if len(found) > _TOLD:
            names += f" or {len(found) - _TOLD} others of the catalogue"
        text += f" It may as well be {names}: that gives every digit too."
    yield from wrap(text, _WIDTH)
    if not check.meant:
        yield from wrap(_what_would_tell(check), _WIDTH)


def _supposed(check: Check) -> str:
    """Numbers that are right if they are written in a way that nothing shows."""
    if check.reading.turned:
        return (
            "These are the right numbers, turned: right if your weights are units × inputs, and "
            "nothing here shows that they are. If they are not, it is the mistake "
            "gradient-transposed. What would tell: your W1_new, or any weights."
        )
    ifs = ", and if ".join(one.says for one in check.reading.supposed)
    right = "right" if all(one.worst is Verdict.RIGHT for one in check.marked) else "as it may be"
    text = f"All of it is {right} if {ifs}: nothing here shows whether it is so."
    names = " or ".join(_names(one) for one in check.diagnosis.explanations)
    if names:
        text += f" If it is not, it is the mistake {names}."
    proofs = " or ".join(dict.fromkeys(one.proof for one in check.reading.supposed))
    return f"{text} What would tell: your {proofs}."


def _names(explanation: Explanation) -> str:
    """The mistakes of an explanation, each with its title."""
    return " with ".join(
        f"{made.mistake.name} ({made.mistake.title})" for made in explanation.guess.made
    )


def _what_would_tell(check: Check) -> str:
    """The number to give, and with how many digits, so that it can be told."""
    off = next((one for one in check.marked if one.worst is Verdict.CANNOT_TELL), check.marked[0])
    most = max((int(one.given.digits.max(initial=1)) for one in check.marked), default=1)
    name = off.given.name or off.given.quantity
    return (
        f"What would tell: {name} with {most + 2} significant digits, and the numbers that it is "
        "made of."
    )


# ── what is wrong and not explained ───────────────────────────────────────────────────────


def _unexplained(check: Check) -> str:
    first = check.diagnosis.first
    assert first is not None
    name = first.given.name or first.given.quantity
    quantity = check.program.quantities[first.given.quantity]
    if first.given.odd:
        meant = " × ".join(axis.plural for axis in quantity.axes) or "one number"
        return f"{name} has another shape than it can have: {first.given.quantity} is {meant}."
    if check.diagnosis.unfinished:
        text = "No mistake of the catalogue gives these numbers"
        text += (
            ", as far as they could be tried: the network is too large for all of them."
            if check.diagnosis.singles_left
            else "; not every two of them together could be tried."
        )
    else:
        text = "No mistake of the catalogue gives these numbers, nor any two of them together."
    difference = told(first, check.program)
    return " ".join(
        part
        for part in (
            text,
            difference,
            f"Look at {name}: what it is made of is right, as far as it was given.",
        )
        if part
    )


def _odd(check: Check) -> Iterator[str]:
    mistake = MISTAKES[check.diagnosis.odd[0]]
    yield from wrap(f"Mistake: {mistake.name}: {mistake.title}.", _WIDTH)
    yield from wrap(mistake.looks, _WIDTH)
    yield from wrap(mistake.mend_for(check.setup), _WIDTH)


# ── the mistake ───────────────────────────────────────────────────────────────────────────


def _explained(
    check: Check, explanations: Sequence[Explanation], typed: Commands | None
) -> Iterator[str]:
    best = explanations[0]
    pairs = pairs_of(check, best)
    if best.behind:
        yield from wrap(f"{_slip(check)} Of what is wrong behind it:", _WIDTH)
    if len(best.guess.made) > 1:
        yield "Several mistakes, one after the other:"
    for made, pair in zip(best.guess.made, pairs, strict=True):
        mistake = made.mistake
        says = f" ({made.way.says})" if made.way.says else ""
        yield from wrap(f"Mistake: {mistake.name}: {mistake.title}{says}.", _WIDTH)
        yield from _formulas(pair, check, best)
        yield from wrap(mistake.mend_for(check.setup, made.way), _WIDTH)
        yield from _only_in(made.layers, check)
    yield from wrap(_how_sure(best, check), _WIDTH)
    if len(explanations) > 1:
        yield from _confusable(check, explanations)
    elif best.complete and not check.diagnosis.unfinished:
        yield "No other mistake of the catalogue gives these digits."
    yield from _next(check, pairs, typed)


def _slip(check: Check) -> str:
    """That no mistake gives the first wrong numbers, and in what way they differ."""
    first = check.diagnosis.first
    assert first is not None
    name = first.given.name or first.given.quantity
    difference = told(first, check.program).removeprefix(f"{name}: ")
    off = f" ({difference.rstrip('.')})" if difference else ""
    return f"No mistake of the catalogue gives {name}{off}: look there for a slip first."


def _formulas(pair: FormulaPair, check: Check, best: Explanation) -> Iterator[str]:
    """The formula that was run and the right one, with an entry in which they differ."""
    iteration = _iteration(check)
    own = np.asarray(best.guess.values(iteration).get(pair.quantity, np.nan), dtype=np.float64)
    right = np.asarray(check.truth.values(iteration).get(pair.quantity, np.nan), dtype=np.float64)
    place = None if best.behind else _differing(own, right)
    shown = ["", ""]
    if place is not None:
        at = str(Entry(pair.quantity, place))
        values = _apart(float(own[place]), float(right[place]))
        shown = [f"   {at} = {value}" if value else "" for value in values]
    for word, line, value in (("you  ", pair.wrong, shown[0]), ("right", pair.right, shown[1])):
        text = f"  {word}  {line}"
        if len(text) + len(value) <= _WIDTH:
            yield f"{text}{value}"
        else:
            yield from wrap(text, _WIDTH, initial_indent="  ", subsequent_indent=" " * 11)
            if value:
                yield f"       {value}"


def _iteration(check: Check) -> int:
    return check.diagnosis.first.given.iteration if check.diagnosis.first is not None else 1


def _differing(own: np.ndarray, right: np.ndarray) -> tuple[int, ...] | None:
    """The first entry in which two arrays visibly differ; the one that does most, if none."""
    if own.shape != right.shape or not own.size or own.ndim > 2:
        return None
    with np.errstate(all="ignore"):
        away = np.nan_to_num(np.abs(own - right) / (np.abs(right) + 1e-300), posinf=1e300)
    if not away.any():
        return None
    visible = np.argwhere(away > 1e-3)
    found = visible[0] if len(visible) else np.unravel_index(int(np.argmax(away)), away.shape)
    return tuple(int(n) for n in found)


def _apart(own: float, right: float) -> tuple[str, str]:
    """Two numbers in so many digits that they read differently."""
    if not (isfinite(own) and isfinite(right)):
        return (number_text(own, Digits(7)), number_text(right, Digits(7)))
    for digits in range(7, 18):
        shown = number_text(own, Digits(digits)), number_text(right, Digits(digits))
        if shown[0] != shown[1]:
            return shown
    return "", ""


def _only_in(layers: tuple[int, ...], check: Check) -> Iterator[str]:
    every = len(check.setup.layers)
    if layers and len(layers) < every and every > 1:
        listed = ", ".join(map(str, layers))
        yield f"It is made in {f'layer {layers[0]}' if len(layers) == 1 else f'layers {listed}'}."


def _how_sure(best: Explanation, check: Check) -> str:
    wrong = int(sum((one.codes >= Verdict.FOLLOWS).sum() for one in check.marked))
    digits = f"{best.digits} digit{'' if best.digits == 1 else 's'}"
    if best.behind:
        return f"That gives all that is wrong behind the slip, to {digits}."
    if not best.complete:
        return (
            f"That gives the first wrong numbers, to {digits}, and not all of the others: "
            "something else is wrong too."
        )
    if wrong == 1:
        return f"With that the wrong number comes out as you have it, to {digits}."
    every = "both" if wrong == 2 else f"all {wrong}"
    return (
        f"With that {every} numbers that are off come out as you have them, to {digits} at least."
    )


def _confusable(check: Check, explanations: Sequence[Explanation]) -> Iterator[str]:
    from chainstep.core.check.telling_apart import what_would_tell

    others = explanations[1:]
    yield ""
    for one in others[: _TOLD + 1]:
        yield from wrap(f"It may as well be {_names(one)}: the same numbers here.", _WIDTH)
    if len(others) > _TOLD + 1:
        yield f"And as well {len(others) - _TOLD - 1} others of the catalogue."
    known = {one.given.at for one in check.marked if one.given.here.all()}
    guesses = explanations[0].guess, others[0].guess
    yield from wrap(what_would_tell(check.setup, *guesses, known), _WIDTH)


def _next(check: Check, pairs: Sequence[FormulaPair], typed: Commands | None) -> Iterator[str]:
    if typed is not None and pairs and pairs[0].quantity in check.program.numbers:
        yield f"See it: {typed.about('open', at=f'{_iteration(check)}:{pairs[0].quantity}')}"


def pairs_of(check: Check, explanation: Explanation) -> list[FormulaPair]:
    """The formulas of each mistake of an explanation."""
    first = check.diagnosis.first
    near = first.given.quantity if first is not None else None
    return [formula_pair(made, check.setup, near) for made in explanation.guess.made]
