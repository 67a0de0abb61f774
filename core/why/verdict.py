"""The verdict on two numbers in sentences: the same or not, by what, and because of what."""

from __future__ import annotations

from chainstep.core.quantities import Kind
from chainstep.core.text.counting import listed, small_number
from chainstep.core.why.causes import Reason
from chainstep.core.why.chain_text import column_of
from chainstep.core.why.comparison import Comparison
from chainstep.core.why.places import Place
from chainstep.core.why.reason_text import reason_text
from chainstep.core.why.wording import Words, number, ratio, rough, units_text

_NAMED = 4


def places_of(found: Comparison) -> tuple[Place, Place]:
    """The two entries that are compared."""
    one, other = (Place(each.quantity, each.entry.position) for each in (found.one, found.other))
    return one, other


def verdict(
    found: Comparison, words: Words, iteration: int, evened: tuple[float, float] | None = None
) -> list[str]:
    """The sentences at the end: the same or not, and why."""
    places = places_of(found)
    names = [words.name(place) for place in places]
    if names[0] == names[1]:  # the ones of a bias are all called 1
        names = [words.engine(place) for place in places]
    both = f"{names[0]} and {names[1]}"
    if found.one.entry == found.other.entry:
        return ["These are two names of one number."]
    if not found.finite:
        return ["One of them is not finite, so nothing is read from them."]
    if found.equal and found.structure:
        return _kept_equal(found, words, both, iteration)
    if found.apart_by_rounding:
        return _rounded_apart(found, both)
    if found.equal_now:
        apart = f"Here rounding has put them {rough(found.apart)} apart."
        return [f"In exact arithmetic {both} are equal at iteration {iteration}. {apart}"]
    if not found.of_one_kind:
        return [*_of_two_kinds(found, words, both), *_seen_later(found, both, iteration)]
    if found.equal:
        return [*_although(found, words), *_seen_later(found, both, iteration)]
    return [*_different(found, words, both), *_evened(found, words, evened)]


# ── equal ─────────────────────────────────────────────────────────────────────────────────


def _kept_equal(found: Comparison, words: Words, both: str, iteration: int) -> list[str]:
    if found.constant:
        return [f"{both} are equal to each other, and neither ever changes: {_still(found)}."]
    said = [f"{both} are equal to each other by structure: {_kept_by(found)}."]
    said.append("In exact arithmetic they are equal in every later iteration too.")
    if found.moves is not None and found.of_one_kind:
        parameter, *values = found.moves
        place = Place(words.program.quantities[parameter.quantity], parameter.position)
        said.append(
            f"They are equal to each other, but they do change: update {iteration} takes "
            f"{words.name(place)} from {number(values[0])} to {number(values[1])}."
        )
    return said


def _still(found: Comparison) -> str:
    """Why two numbers never change."""
    chains = found.one, found.other
    if all(each.quantity.kind is Kind.DATA for each in chains):
        return "both are given"
    if all(each.quantity.is_parameter or each.quantity.is_new_value for each in chains):
        return "no update changes them"
    if all(map(_is_one_of_bias, places_of(found))):
        return "both are the 1 that a bias is multiplied with"
    if found.one.value == 0:
        return "each is 0 in every iteration"
    return "what they are computed from never changes"


def _is_one_of_bias(place: Place) -> bool:
    """Whether it stands among the ones that biases are multiplied with."""
    quantity = place.quantity
    assert quantity is not None
    came_in = quantity.kind is Kind.FACTOR or (
        quantity.kind is Kind.VALUE and not quantity.parameter
    )
    return came_in and any(
        axis.kind in {"bias", "bias + unit"} and index == 0
        for axis, index in zip(quantity.axes, place.position, strict=True)
    )


def _kept_by(found: Comparison) -> str:
    """What keeps two numbers equal, as far as it can be named."""
    if found.units:
        layers = listed([units_text(layer, units) for layer, units in found.units])
        one = len(found.units) == 1
        return (
            f"{layers} are identical. The weights around them are the same, so they have "
            "the same activations and the same deltas, and every update changes "
            f"{'both' if one else 'them'} alike"
        )
    if not found.of_one_kind:
        return "worked out on this data, both formulas come to the same, whatever the weights are"
    exchanged = any(
        not line.same for block in found.blocks for line in block.lines
    ) or any(block.products[0] != block.products[1] for block in found.blocks)  # fmt: skip
    if exchanged:
        return (
            "they are computed in the same way from the same numbers, in another order, and "
            "every update keeps that so"
        )
    return (
        "they are computed in the same way from numbers that are equal, and every update keeps "
        "those equal"
    )


def _rounded_apart(found: Comparison, both: str) -> list[str]:
    since = f", since iteration {found.since}" if found.since else ""
    return [
        (
            f"{both} are equal by structure: in exact arithmetic they are one number. "
            f"Here rounding has put them {rough(found.apart)} apart{since}."
        )
    ]


def _although(found: Comparison, words: Words) -> list[str]:
    """What differs in two chains whose results are equal."""
    if not found.although:
        return []
    reasons = listed([reason_text(reason, words) for reason in found.although])
    return [f"Not every factor is the same ({reasons}), and yet the results are equal."]


def _seen_later(found: Comparison, both: str, iteration: int) -> list[str]:
    """What the next iterations showed of two numbers that are equal without a known structure."""
    later = found.later
    if not found.equal:
        return []
    if later is None or later.until <= iteration:
        return [f"{both} are equal at iteration {iteration}; nothing was found that keeps them so."]
    if later.parted:
        return [
            (
                f"{both} are equal at iteration {iteration} by chance: at iteration {later.parted} "
                f"they are {rough(later.apart)} apart."
            )
        ]
    stayed = f"they were equal up to iteration {later.until} too"
    if later.apart:
        stayed = (
            f"up to iteration {later.until} they were at most {rough(later.apart)} apart, which "
            "rounding alone can do"
        )
    return [
        (
            f"{both} are equal at iteration {iteration}. Nothing was found that keeps them equal, "
            f"but {stayed}."
        )
    ]


# ── different ─────────────────────────────────────────────────────────────────────────────


def _different(found: Comparison, words: Words, both: str) -> list[str]:
    reasons = [reason_text(reason, words) for reason in found.reasons]
    if not reasons:
        return [f"{both} differ, by {rough(found.apart)}: {_without_reason(found)}."]
    by = f" by {rough(found.apart)}" if ratio(found.ratio) in {"", "× 1"} else ""
    if len(reasons) == 1:
        return [f"{both} differ{by} because {reasons[0]}{_effect(found.reasons[0])}."]
    told = [f"{text}{_effect(reason)}" for text, reason in zip(reasons, found.reasons, strict=True)]
    count = small_number(len(told))
    return [f"{both} differ{by} for {count} reasons: {'; '.join(told[:-1])}; and {told[-1]}."]


def _without_reason(found: Comparison) -> str:
    """Why two numbers differ that are computed from no others, or from the same."""
    quantity = found.one.quantity
    if found.one.given and found.other.given:
        return "both are given"
    if any(map(_is_one_of_bias, places_of(found))):
        return "one of them is the 1 that the bias is multiplied with"
    if quantity.kind is Kind.CHANGE or quantity.is_new_value:
        return f"one entry of {quantity.name} is frozen"
    return "all their factors are the same, and the sums were rounded in different ways"


def _effect(reason: Reason) -> str:
    """What the factors of a reason do on their own."""
    if reason.share is None or ratio(reason.share) == "× 1":
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
    moved = dict.fromkeys(
        f"{words.name(cause.other)} set to {words.name(cause.one)} = {number(cause.values[0])}"
        for cause in causes
        if cause.one and cause.other and cause.values[0] is not None
    )
    return [f"Tried: with {listed(list(moved))}, both are {number(evened[0])}."]


def _of_two_kinds(found: Comparison, words: Words, both: str) -> list[str]:
    chains = found.one, found.other
    lengths = [len(each.terms[0].factors) if each.terms else 0 for each in chains]
    if all(lengths) and lengths[0] != lengths[1] and found.one.single and found.other.single:
        start = f"Their chains have {lengths[0]} and {lengths[1]} factors"
    else:
        start = "They are entries of two quantities, so their factors have no pairs"
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
    if found.equal:
        return said
    return [f"{both} differ. {' '.join(said)}"]
