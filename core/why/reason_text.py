"""Why a factor of two numbers differs, down to weights and data."""

from __future__ import annotations

from collections.abc import Sequence

from chainstep.core.program import Program
from chainstep.core.quantities import Kind, Part, Quantity
from chainstep.core.text.counting import listed
from chainstep.core.why.causes import Difference, Reason
from chainstep.core.why.wording import Words

_NAMED = 4


def reason_text(reason: Reason, words: Words) -> str:
    """Why a factor differs, down to weights and data: ``w₅ ≠ w₆``."""
    quantity = reason.quantity
    causes = causes_text(reason.causes, words)
    if reason.traced < len(reason.differences):
        causes += f" (looked up in {reason.traced} of {len(reason.differences)} places)"
    direct = all(_is_start(cause.quantity, words.program) for cause in reason.causes)
    match quantity.part:
        case Part.FACTOR_BELOW if direct:
            return causes
        case Part.FACTOR_TO_WEIGHTS:
            return _what_came_in(reason, words, causes)
        case Part.SLOPE:
            return f"{_slopes(reason, words)}, because {causes}"
        case Part.ERROR:
            if all(cause.quantity.name == words.program.targets for cause in reason.causes):
                return f"their targets differ: {causes}"
            return f"{_errors(reason, words)}, because {causes}"
    if _is_start(quantity, words.program):
        return causes
    return f"their {words.called(quantity.name)} differ, because {causes}"


def _is_start(quantity: Quantity, program: Program) -> bool:
    """Whether it is data, a parameter, or what a rule remembers: what an iteration starts from."""
    return quantity.name not in program.numbers or quantity.part is Part.WITH_ONES


def _what_came_in(reason: Reason, words: Words, causes: str) -> str:
    one, other = _ends(reason, 0, words)
    if one != other and "bias" in (one, other):
        unit = one if other == "bias" else other
        return f"the bias is multiplied with 1, the weight with what {unit} sends"
    if all(cause.quantity.name.rstrip("+") == words.program.inputs for cause in reason.causes):
        return causes
    layer = reason.quantity.layer - 1
    senders = f"{one} of layer {layer}" if one == other else f"{one} and {other} of layer {layer}"
    return f"{senders} sent different activations, because {causes}"


def _ends(reason: Reason, axis: int, words: Words) -> list[str]:
    """The two positions along an axis that the differences of a reason stand at."""
    first = reason.differences[0]
    assert first.one is not None
    assert first.other is not None
    meaning = reason.quantity.axes[axis]
    return [words.label(meaning, place.position[axis]) for place in (first.one, first.other)]


def _slopes(reason: Reason, words: Words) -> str:
    k = reason.quantity.layer
    activation = words.program.activation(k)
    if len(reason.quantity.axes) == 3:
        return f"the Jacobian of {activation.name if activation else 'the layer'} has other entries"
    one, other = _ends(reason, 1, words)
    if one == other:
        first, second = _ends(reason, 0, words)
        return f"{one} of layer {k} has another slope at {first} than at {second}"
    return f"{one} of layer {k} has another slope than {other}"


def _errors(reason: Reason, words: Words) -> str:
    one, other = _ends(reason, 1, words)
    if one == other:
        first, second = _ends(reason, 0, words)
        return f"the cost changes differently with {one} at {first} and at {second}"
    return f"the cost changes differently with {one} and with {other}"


def causes_text(causes: Sequence[Difference], words: Words) -> str:
    """``w₅ ≠ w₆``, ``(w₁, w₂) ≠ (w₃, w₄)``, or how many of which differ."""
    groups: dict[Quantity, list[Difference]] = {}
    for cause in causes:
        groups.setdefault(cause.quantity, []).append(cause)
    return listed([_group_text(quantity, group, words) for quantity, group in groups.items()])


def _group_text(quantity: Quantity, group: Sequence[Difference], words: Words) -> str:
    if not _is_start(quantity, words.program) and quantity.kind is not Kind.STATE:
        if quantity.kind is Kind.CHANGE:
            return f"one entry of {words.called(quantity.name)} is frozen"
        return f"{words.called(quantity.name)} was rounded differently"
    sides = [
        [words.name(place) for cause in group if (place := (cause.one, cause.other)[side])]
        for side in (0, 1)
    ]
    if len(group) == 1:
        return f"{sides[0][0]} ≠ {sides[1][0]}"
    if len(group) <= _NAMED:
        return f"({', '.join(sides[0])}) ≠ ({', '.join(sides[1])})"
    return _many(quantity, group, words)


def _many(quantity: Quantity, group: Sequence[Difference], words: Words) -> str:
    """The rows or columns that differ, and in how many places."""
    for axis, meaning in enumerate(quantity.axes):
        ends = {
            (cause.one.position[axis], cause.other.position[axis])
            for cause in group
            if cause.one and cause.other
        }
        if len(ends) == 1:
            one, other = ends.pop()
            if one != other:
                turned = words.notation.is_turned(quantity)
                word = ("columns", "rows")[axis] if turned else ("rows", "columns")[axis]
                across = quantity.shape[1 - axis]
                return (
                    f"{word} {one} and {other} of {words.called(quantity.name)} differ "
                    f"({words.label(meaning, one)} and {words.label(meaning, other)}; "
                    f"{len(group)} of {across} numbers)"
                )
    return f"{len(group)} pairs of numbers of {words.called(quantity.name)} differ"
