"""The verdict on two numbers in sentences: the same or not, by what, and because of what."""

from __future__ import annotations

from collections.abc import Sequence

from chainstep.core.quantities import Quantity
from chainstep.core.why.causes import Difference, Reason
from chainstep.core.why.chain_text import column_of
from chainstep.core.why.comparison import Comparison
from chainstep.core.why.places import Place
from chainstep.core.why.wording import Words, listed, number, ratio, rough, small_number

_NAMED = 4
_STARTS = {"W", "b", "a", "a+", "y"}


def places_of(found: Comparison) -> tuple[Place, Place]:
    """The two entries that are compared."""
    one, other = (Place(each.quantity, each.entry.position) for each in (found.one, found.other))
    return one, other


def verdict(
    found: Comparison,
    words: Words,
    evened: tuple[float, float] | None = None,
    since: int | None = None,
) -> list[str]:
    """The sentences at the end: the same or not, and why."""
    names = [words.name(place) for place in places_of(found)]
    both = f"{names[0]} and {names[1]}"
    if not found.of_one_kind:
        return _of_two_kinds(found, words, both)
    if found.one.entry == found.other.entry:
        return ["These are two names of one number."]
    if found.equal:
        return _equal(found, words, both)
    if found.apart_by_rounding:
        when = f", since iteration {since}" if since else ""
        apart = f"apart by {rough(found.apart)}, by rounding alone{when}"
        return [f"{both} are equal by structure, and {apart}: in exact arithmetic they are one."]
    return [*_different(found, words, both), *_evened(found, words, evened)]


def _equal(found: Comparison, words: Words, both: str) -> list[str]:
    if found.by == "structure":
        return [_BY_STRUCTURE.format(both=both)]
    if found.although:
        reasons = listed([reason_text(reason, words) for reason in found.although])
        return [_BY_CHANCE_ALTHOUGH.format(both=both, reasons=reasons)]
    return [_BY_CHANCE.format(both=both)]


_BY_STRUCTURE = (
    "{both} are equal to each other by structure: the parameters around the one and around the "
    "other are the same, so every factor of the one has its equal in the other. Equal to each "
    "other is not unchanged over time: where an update moves them, it moves both alike."
)
_BY_CHANCE = (
    "{both} are equal to each other by chance at this moment: every factor of the one is the same "
    "number as that of the other, but the units around them are not one, so no structure keeps "
    "them equal."
)
_BY_CHANCE_ALTHOUGH = (
    "{both} are equal to each other by chance at this moment: not every factor is the same "
    "({reasons}), and yet the results are one number. No structure keeps them equal."
)


def _different(found: Comparison, words: Words, both: str) -> list[str]:
    reasons = [reason_text(reason, words) for reason in found.reasons]
    if not reasons:
        return [f"{both} differ, by {rough(found.apart)}: {_without_reason(found)}."]
    if len(reasons) == 1:
        return [f"{both} differ because {reasons[0]}{_effect(found.reasons[0])}."]
    told = [f"{text}{_effect(reason)}" for text, reason in zip(reasons, found.reasons, strict=True)]
    count = small_number(len(told))
    return [f"{both} differ for {count} reasons: {'; '.join(told[:-1])}; and {told[-1]}."]


def _without_reason(found: Comparison) -> str:
    """Why two numbers differ that are computed from no others, or from the same."""
    role, name = found.one.quantity.role, found.one.quantity.name
    if found.one.given and found.other.given:
        return "both are given"
    if role == "a+":
        return "one of them is the 1 that the bias is multiplied with"
    if role.startswith("change") or role.endswith("_new"):
        return f"one entry of {name} is frozen"
    return "no factor does, the sums were rounded"


def _effect(reason: Reason) -> str:
    """What the factors of a reason do on their own."""
    if reason.share is None:
        return ""
    if reason.share == 0:
        return " (this alone makes it 0)"
    flips = "flips the sign, " if reason.share < 0 else ""
    return f" ({flips}{ratio(reason.share)})"


def _evened(found: Comparison, words: Words, evened: tuple[float, float] | None) -> list[str]:
    if evened is None or evened[0] != evened[1]:
        return []
    causes = [cause for reason in found.reasons for cause in reason.causes]
    if len(causes) > 2 * _NAMED:
        return []
    pairs = dict.fromkeys(
        f"{words.name(cause.one)} = {words.name(cause.other)}"
        for cause in causes
        if cause.one and cause.other
    )
    return [f"Tried with {listed(list(pairs))}: then both are {number(evened[0])}."]


def _of_two_kinds(found: Comparison, words: Words, both: str) -> list[str]:
    chains = found.one, found.other
    lengths = [len(each.terms[0].factors) if each.terms else 0 for each in chains]
    if all(lengths) and lengths[0] != lengths[1] and found.one.single and found.other.single:
        start = f"Their chains have {lengths[0]} and {lengths[1]} factors"
    else:
        start = "They are of two kinds, so their factors do not stand in pairs"
    said = []
    if found.shared:
        common = listed([words.name(factor.place) for factor in found.shared[:_NAMED]])
        more = f" and {len(found.shared) - _NAMED} more" if len(found.shared) > _NAMED else ""
        said.append(f"{start}; both have {common}{more}.")
    else:
        said.append(f"{start}; they have none in common.")
    for name, chain, side in zip(both.split(" and ", 1), chains, (0, 1), strict=True):
        column = column_of(chain)
        own = [
            words.name(place, column=column)
            for reason in (*found.reasons, *found.although)
            for each in reason.differences
            if (place := (each.one, each.other)[side])
        ]
        if own:
            few = listed(own[:_NAMED]) + (
                f" and {len(own) - _NAMED} more" if len(own) > _NAMED else ""
            )
            said.append(f"Only {name} has {few}.")
    verb = "are equal, by chance at this moment" if found.equal else "differ"
    return [f"{both} {verb}. {' '.join(said)}"]


# ── one reason ────────────────────────────────────────────────────────────────────────────


def reason_text(reason: Reason, words: Words) -> str:
    """Why a factor differs, down to weights and data: ``w₅ ≠ w₆``."""
    role, k = reason.quantity.role, reason.quantity.layer
    causes = causes_text(reason.causes, words)
    if reason.traced < len(reason.differences):
        causes += f" (looked up in {reason.traced} of {len(reason.differences)} places)"
    direct = all(cause.quantity.role in _STARTS for cause in reason.causes)
    if role == "dz/da" and direct:
        return causes
    if role == "dz/dW" and "bias" in (ends := _ends(reason, 0)) and len(set(ends)) > 1:
        unit = ends[0] if ends[1] == "bias" else ends[1]
        return f"the bias is multiplied with 1, the weight with what {unit} gives"
    if role == "dz/dW":
        return causes if _are_inputs(reason) else f"{_sent(reason)}, because {causes}"
    if role == "da/dz":
        return f"{_slopes(reason, words)}, because {causes}"
    if role == "dC/da":
        if all(cause.quantity.role == "y" for cause in reason.causes):
            return f"their targets differ: {causes}"
        return f"{_errors(reason)}, because {causes}"
    if role == "z":
        return f"their z{k} differ, because {causes}"
    if role == "delta":
        return f"delta{k} differs, because {causes}"
    if role in _STARTS:
        return causes
    return f"{reason.quantity.name} differs, because {causes}"


def _are_inputs(reason: Reason) -> bool:
    return all(cause.quantity.role in {"a", "a+"} for cause in reason.causes)


def _ends(reason: Reason, axis: int) -> list[str]:
    """The two positions along an axis that the differences of a reason stand at."""
    first = reason.differences[0]
    assert first.one is not None
    assert first.other is not None
    meaning = reason.quantity.axes[axis]
    return [meaning.label(place.position[axis]) for place in (first.one, first.other)]


def _sent(reason: Reason) -> str:
    one, other = _ends(reason, 0)
    layer = reason.quantity.layer - 1
    if one == other:
        return f"{one} of layer {layer} sent different activations"
    return f"{one} and {other} of layer {layer} sent different activations"


def _slopes(reason: Reason, words: Words) -> str:
    k = reason.quantity.layer
    activation = words.program.setup.layers[k - 1].activation
    if len(reason.quantity.axes) == 3:
        return f"the Jacobian of {activation} has other entries"
    one, other = _ends(reason, 1)
    if one == other:
        first, second = _ends(reason, 0)
        return f"{one} of layer {k} has another slope at {first} than at {second}"
    return f"{one} of layer {k} has another slope than {other}"


def _errors(reason: Reason) -> str:
    one, other = _ends(reason, 1)
    if one == other:
        first, second = _ends(reason, 0)
        return f"the cost answers to {one} differently at {first} and {second}"
    return f"the cost answers to {one} and {other} differently"


def causes_text(causes: Sequence[Difference], words: Words) -> str:
    """``w₅ ≠ w₆``, ``(w₁, w₂) ≠ (w₃, w₄)``, or how many of which differ."""
    groups: dict[Quantity, list[Difference]] = {}
    for cause in causes:
        groups.setdefault(cause.quantity, []).append(cause)
    return listed([_group_text(quantity, group, words) for quantity, group in groups.items()])


def _group_text(quantity: Quantity, group: Sequence[Difference], words: Words) -> str:
    if quantity.role not in _STARTS and "." not in quantity.role:
        if quantity.role.startswith("change"):
            return f"one entry of {quantity.name} is frozen"
        return f"{quantity.name} was rounded differently"
    sides = [
        [words.name(place) for cause in group if (place := (cause.one, cause.other)[side])]
        for side in (0, 1)
    ]
    if len(group) == 1:
        return f"{sides[0][0]} ≠ {sides[1][0]}"
    if len(group) <= _NAMED:
        return f"({', '.join(sides[0])}) ≠ ({', '.join(sides[1])})"
    return _many(quantity, group)


def _many(quantity: Quantity, group: Sequence[Difference]) -> str:
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
                word = ("rows", "columns")[axis]
                across = quantity.shape[1 - axis]
                return (
                    f"{word} {one} and {other} of {quantity.name} differ "
                    f"({meaning.label(one)} and {meaning.label(other)}; "
                    f"{len(group)} of {across} numbers)"
                )
    return f"{len(group)} pairs of numbers of {quantity.name} differ"
