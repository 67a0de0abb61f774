"""The paths of a number and its central difference as text."""

from __future__ import annotations

from math import isfinite

from chainstep.core.quantities import OBSERVATION, Kind, Part, Quantity
from chainstep.core.text.counting import counted
from chainstep.core.why.chain import Term
from chainstep.core.why.nudge import Nudge
from chainstep.core.why.paths import Paths
from chainstep.core.why.places import Place
from chainstep.core.why.wording import Words, equation, filled, number, product, rough


def path_lines(found: Paths, words: Words, width: int) -> list[str]:
    """The paths, the largest first, and what the others come to."""
    if found.count == 1:
        return ["There is one path to the cost: the one above."]
    if not found.count:
        return ["It has no paths: it is a formula, and not a sum of products."]
    all_of = "all of them" if not found.left_out else f"the {len(found.shown)} largest"
    head = f"{counted(found.count, 'path')}, {all_of}. The share is of the sum of their sizes, "
    lines = filled(f"{head}{number(found.sizes)}.", width)
    if found.shown:
        names = product([factor.quantity or number(factor.value)
                         for factor in words.order(found.shown[0].factors)])  # fmt: skip
        lines += [*equation("each", [names], width), ""]
    values = [number(term.product) for term in found.shown]
    wide = max([12, *map(len, values)])
    for n, (term, value) in enumerate(zip(found.shown, values, strict=True), start=1):
        share = abs(term.product) / found.sizes if found.sizes else 0.0
        head = f"{n:>4}. {value:>{wide}} {share:>7.2%}  "
        lines += filled(_route(term, words), width, head, " " * len(head))
        numbers = product([number(factor.value) for factor in words.order(term.factors)])
        lines += equation(" " * 5, [numbers], width, "")
    if found.left_out:
        rest = counted(found.left_out, "other path")
        lines.append(f"      {number(found.rest):>{wide}}          the {rest} together")
    return lines


def _route(term: Term, words: Words) -> str:
    """Through which units a path leads, from the cost back."""
    places = []
    for factor in term.factors:
        quantity = factor.place.quantity
        if quantity is None:
            continue
        names = [
            words.label(axis, index)
            for axis, index in zip(quantity.axes, factor.position, strict=True)
        ]
        if quantity.kind is Kind.FACTOR and len(factor.position) == 3:
            places.append(f"{names[1]} by z of {names[2]}")
        elif _is_of_unit(quantity):
            places.append(f"{names[1]} of layer {quantity.layer}" if quantity.layer else names[1])
    at = term.observation
    start = "" if at is None else f"{words.label(OBSERVATION, at)}: "
    return start + (" ← ".join(reversed(places)) or "directly")


def _is_of_unit(quantity: Quantity) -> bool:
    """Whether a number of it belongs to one unit and one observation on the way back."""
    if quantity.role:
        return quantity.part in {Part.SLOPE, Part.DELTA}
    return quantity.kind is Kind.DERIVATIVE and len(quantity.shape) == 2 and not quantity.parameter


def nudge_lines(found: Nudge, words: Words, width: int) -> list[str]:
    """The central difference beside the chain."""
    name = words.program.quantities[found.entry.quantity].by
    moved = words.both(Place(words.program.quantities[name], found.entry.position))
    lines = filled(
        f"Nudged: {moved} is moved up and down by {rough(found.step)}, and the forward phase is "
        "done again each time, in float64; then (C₊ − C₋) / (w₊ − w₋):", width,
    )  # fmt: skip
    lines += [
        f"  by the chain  {found.chain!r}",
        f"  by nudging    {found.value!r}   good to ±{rough(found.accuracy)}",
    ]
    if found.in_double != found.chain:
        lines.insert(-1, f"  in float64    {found.in_double!r}")
    apart = abs(found.in_double - found.value)
    if not isfinite(apart):
        end = "They cannot be compared: not both are finite."
    elif found.agrees:
        end = f"They agree: {rough(apart)} apart."
    elif found.kinked:
        end = f"They are {rough(apart)} apart: the activation has a kink within the step."
    else:
        end = f"They are {rough(apart)} apart, more than rounding and the step explain."
    return [*lines, f"  {end}"]
