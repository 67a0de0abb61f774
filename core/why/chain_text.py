"""The chain of one number as text: in symbols, with the numbers put in, factor by factor."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np

from chainstep.core.expression_parts import operands_of
from chainstep.core.expressions import Expression
from chainstep.core.quantities import Axis, Kind, Part, Quantity
from chainstep.core.records import Frame
from chainstep.core.roles import PARAMETERS, role, said
from chainstep.core.text.counting import counted
from chainstep.core.text.entry_formulas import in_letters
from chainstep.core.text.formulas import formula
from chainstep.core.why.chain import Chain, Factor, Unfolding
from chainstep.core.why.places import Place
from chainstep.core.why.sum_text import sum_lines
from chainstep.core.why.wording import Words, equation, filled, number, product, rough


def chain_lines(frame: Frame, chain: Chain, words: Words, iteration: int, width: int) -> list[str]:
    """The whole answer about one number."""
    place = Place(chain.quantity, chain.entry.position)
    lines = filled(f"{_headline(chain, place, words)} (iteration {iteration})", width)
    lines.append("")
    if len(chain.terms) == 1:
        lines += _product_lines(chain, place, words, width)
        factors = words.order(chain.terms[0].factors)
        lines += ["", *_factor_lines(frame, factors, words, width, column_of(chain))]
        lines += [] if chain.single else _parts_explained(chain, words, width)
    elif chain.terms:
        lines += sum_lines(chain, words, width, column_of(chain))
        lines += _parts_explained(chain, words, width)
    else:
        lines += _formula_lines(frame, chain, place, words, width)
    return lines + _remarks(frame, chain, words, width)


# ── the first line ────────────────────────────────────────────────────────────────────────


def _headline(chain: Chain, place: Place, words: Words) -> str:
    name = words.both(place)
    quantity = chain.quantity
    if not quantity.is_gradient:
        return f"{name}: {_plain_meaning(quantity)}"
    parameter = parameter_of(words, place)
    return (
        f"{name}: how much the cost changes when {words.both(parameter)} changes, "
        f"{leads(parameter, words)}"
    )


def parameter_of(words: Words, gradient: Place) -> Place:
    """The parameter that a gradient is the derivative by."""
    assert gradient.quantity is not None
    return Place(words.program.quantities[gradient.quantity.by], gradient.position)


def leads(parameter: Place, words: Words) -> str:
    """What a weight joins, or whose bias it is."""
    quantity = parameter.quantity
    assert quantity is not None
    if not quantity.role or len(quantity.axes) != 2:
        return f"a number of {quantity.name}"
    before, after = quantity.axes
    row, column = parameter.position
    layer = quantity.layer
    if after.is_single:
        return f"the bias of all units of layer {layer}"
    to = f"{words.label(after, column)} of layer {layer}"
    if quantity.part is None:
        return f"the {PARAMETERS[quantity.role]} of {to}"
    if before.is_single or (before.kind == "bias + unit" and row == 0):
        return f"the bias of {to}"
    return f"the weight from {source(before, row, words)} to {to}"


def source(axis: Axis, index: int, words: Words) -> str:
    """One position of what comes in: ``input 0``, ``unit 2 of layer 1``."""
    text = words.label(axis, index)
    return text if not axis.layer else f"{text} of layer {axis.layer}"


def _plain_meaning(quantity: Quantity) -> str:
    """What one number of a quantity is."""
    if quantity.part is Part.ACTIVATION and quantity.layer == 0:
        return "an input, which is given"
    if quantity.role:
        return said(role(quantity.role).entry, quantity.layer)
    match quantity.kind:
        case Kind.DATA:
            return f"a number of {quantity.name}, which is given"
        case Kind.DERIVATIVE if quantity.by:
            return f"how much {quantity.of} changes when a number of {quantity.by} changes"
        case Kind.FACTOR if quantity.by:
            return f"how much {quantity.of} changes when {quantity.by} changes, a factor"
        case Kind.CHANGE:
            return f"what the update takes off a number of {quantity.of}"
    return f"a number of {quantity.name}"


# ── one product ───────────────────────────────────────────────────────────────────────────


def _product_lines(chain: Chain, place: Place, words: Words, width: int) -> list[str]:
    factors = words.order(chain.terms[0].factors)
    column = column_of(chain)
    symbols = product([words.name(factor.place, column=column) for factor in factors])
    numbers = product([number(factor.value) for factor in factors])
    sides = [symbols, numbers]
    if len(factors) > 1:
        sides.append(number(chain.value))
    return equation(words.name(place), sides, width)


def column_of(chain: Chain) -> int | None:
    """The unit that a gradient's weight leads to."""
    quantity = chain.quantity
    weights = quantity.is_gradient or quantity.kind is Kind.CHANGE
    return chain.entry.position[1] if weights and len(chain.entry.position) == 2 else None


def _factor_lines(
    frame: Frame, factors: Sequence[Factor], words: Words, width: int, column: int | None = None
) -> list[str]:
    """Every factor with its number and what it is."""
    rows = []
    for factor in factors:
        names = [words.name(factor.place, column=column)]
        if words.own:
            names.append(words.engine(factor.place))
        rows.append([*names, number(factor.value), factor_text(frame, factor, words)])
    columns = list(zip(*rows, strict=True))
    sizes = [max(map(len, column)) for column in columns]
    lines = []
    for *names, value, text in rows:
        cells = [name.ljust(size) for name, size in zip(names, sizes, strict=False)]
        head = "  " + "  ".join([*cells, value.rjust(sizes[-2])]) + "  "
        lines += filled(text, max(width, len(head) + 20), head, " " * len(head)) or [head.rstrip()]
    return lines


def factor_text(frame: Frame, factor: Factor, words: Words) -> str:
    """What a factor is, in a few words with its own numbers."""
    place, quantity = factor.place, factor.place.quantity
    if quantity is None:
        return "a setting" if place.label else ""
    unfolding = Unfolding(frame)
    program, k = words.program, quantity.layer
    inside = unfolding.operands(place)
    match quantity.part:
        case Part.ERROR if k == program.depth and not unfolding.is_sum(quantity):
            loss = program.loss
            title = loss.title if loss else "the loss"
            return f"{title}{_letters(place, words)}, at {_values(inside, words)}"
        case Part.ERROR if unfolding.is_sum(quantity) and f"delta{k + 1}" in program.quantities:
            return f"summed over the {program.widths[k + 1]} units of layer {k + 1}"
        case Part.SLOPE:
            return _slope_text(unfolding, place, words)
        case Part.FACTOR_BELOW:
            return f"the weight {_values(inside, words)}"
        case Part.MASK_AS_FACTOR:
            return f"the mask {_values(inside, words)}"
        case Part.FACTOR_TO_WEIGHTS:
            return f"what came in: {_values(inside, words)}"
        case Part.FACTOR_TO_BIASES:
            return "a bias counts once"
        case Part.DELTA:
            return _delta_text(unfolding, quantity, words)
    return ""


def _slope_text(unfolding: Unfolding, place: Place, words: Words) -> str:
    quantity, program = place.quantity, words.program
    assert quantity is not None
    activation = program.activation(quantity.layer)
    if activation is None:
        return ""
    if activation.slope is None:
        return f"of the Jacobian of {activation.name}"
    if program.mistakes:  # it may not be the slope, nor at z
        return f"what this run takes for the slope of {activation.name}"
    z = unfolding.factor(Place(program.quantities[f"z{quantity.layer}"], place.position))
    at = f"{words.name(z.place)} = {number(z.value)}"
    return f"the slope of {activation.name}{_letters(place, words)}, at {at}"


def _letters(place: Place, words: Words) -> str:
    """The formula of a derivative in letters, where it has one: ``: a₃(1 − a₃)``."""
    program = words.program
    found = None if program.mistakes else in_letters(program, place.entry, words.notation)
    return f": {found}" if found else ""


def _delta_text(unfolding: Unfolding, quantity: Quantity, words: Words) -> str:
    if unfolding.took_short_way and not unfolding.is_sum(quantity):
        return "the short way: the two factors cannot be multiplied here"
    return f"how much the cost changes when {words.called(f'z{quantity.layer}')} changes"


def _values(factors: Sequence[Factor], words: Words) -> str:
    return ", ".join(f"{words.name(each.place)} = {number(each.value)}" for each in factors)


# ── a sum of products ─────────────────────────────────────────────────────────────────────


def _parts_explained(chain: Chain, words: Words, width: int) -> list[str]:
    """What the factors of a gradient's products are, and what is summed over."""
    if chain.quantity.part not in {Part.WEIGHT_GRADIENT, Part.BIAS_GRADIENT}:
        return []
    quantities, k = words.program.quantities, chain.quantity.layer
    delta = quantities[f"delta{k}"]
    observations = words.program.observations
    factors = {factor.quantity for term in chain.terms for factor in term.factors}
    told = []
    if chain.quantity.part is Part.WEIGHT_GRADIENT and f"dz{k}/dW{k}" in factors:
        told.append(_factor_to_weights(chain, words))
    elif f"dz{k}/db{k}" in factors:
        told.append(
            f"{words.called(f'dz{k}/db{k}')} is 1: a bias counts once for every observation."
        )
    if observations > 1 and delta.name in factors:
        told.append(
            f"The product sums over the {observations} observations: each row of "
            f"{words.called(delta.name)} is one observation, and all of them change this parameter."
        )
    if not chain.single and delta.name in factors:
        per = f", {chain.paths // len(chain.terms)} to a row" if len(chain.terms) > 1 else ""
        told.append(
            f"{words.called(delta.name)} stands for all ways from there to the cost: "
            f"{counted(chain.paths, 'path')}{per} (--paths)."
        )
    if words.notation.sign(delta, words.program) < 0:
        told.append(f"The page's {words.notation.unsigned(delta, words.program)} is −{delta.name}.")
    return ["", *(line for one in told for line in filled(one, width))]


def _factor_to_weights(chain: Chain, words: Words) -> str:
    k, row = chain.quantity.layer, chain.entry.position[0]
    before = chain.quantity.axes[0]
    came = f"a{k - 1}+" if before.kind == "bias + unit" else f"a{k - 1}"
    if before.kind == "bias + unit" and row == 0:
        sent = "the ones that the bias is multiplied with"
    elif before.layer == 0:
        sent = words.label(before, row)
    else:
        sent = f"what {words.label(before, row)} of layer {before.layer} sent on"
    factor = words.program.quantities[f"dz{k}/dW{k}"]
    z, weights, delta = (words.called(f"{letter}{k}") for letter in ("z", "W", "delta"))
    return (
        f"{words.notation.beside(factor, words.program)} is {words.called(came)}ᵀ, what came in, "
        f"transposed; row {row} of it is {sent}. It is the factor that leads from {z} on to "
        f"{weights}: {delta} alone is the derivative by {z}."
    )


# ── a formula ─────────────────────────────────────────────────────────────────────────────


def _formula_lines(frame: Frame, chain: Chain, place: Place, words: Words, width: int) -> list[str]:
    """A formula in symbols, the numbers put in where it is entry by entry, and its operands."""
    unfolding = Unfolding(frame)
    expression = unfolding.expression(chain.quantity)
    if expression is None:
        return equation(words.name(place), [f"{number(chain.value)}, given"], width)
    result = number(chain.value)
    places = {factor.quantity: factor for factor in chain.operands}
    if len(place.position) == 3:
        sides = _of_jacobian(chain, place, words)
    elif len(places) == len(chain.operands) and set(places) == _names(expression):
        sides = [
            formula(expression, lambda quantity: words.name(places[quantity.name].place)),
            formula(expression, lambda quantity: _put_in(places[quantity.name])),
        ]
    else:
        names = words.notation
        sides = [formula(expression, lambda quantity: names.quantity(quantity, words.program))]
    lines = equation(words.name(place), [*dict.fromkeys([*sides, result])], width)
    if chain.operands and (len(sides) == 1 or words.own):
        lines += ["", *_factor_lines(frame, chain.operands, words, width)]
    return lines


def _names(expression: Expression) -> set[str]:
    return {quantity.name for quantity in operands_of(expression)}


def _put_in(factor: Factor) -> str:
    text = number(factor.value)
    return f"({text})" if text.startswith("-") else text


def _of_jacobian(chain: Chain, place: Place, words: Words) -> list[str]:
    _, i, j = place.position
    if i == j:
        (a,) = chain.operands
        return [f"{form} · (1 − {form})" for form in (words.name(a.place), number(a.value))]
    ours, theirs = chain.operands
    return [
        f"−{words.name(ours.place)} · {words.name(theirs.place)}",
        f"−{number(ours.value)} · {number(theirs.value)}",
    ]


# ── what else is to be said ───────────────────────────────────────────────────────────────


def _remarks(frame: Frame, chain: Chain, words: Words, width: int) -> list[str]:
    told = []
    if not isfinite(chain.value):
        told.append(_first_not_finite(frame, words))
    if chain.short and (
        chain.quantity.is_gradient or chain.quantity.part in {Part.ERROR, Part.DELTA}
    ):
        delta = words.called(f"delta{words.program.depth}")
        told.append(
            f"1/a is not finite here, so the engine went the short way to {delta}; "
            "the chain ends there."
        )
    frozen = words.program.frozen
    if _is_frozen(chain, words):
        names = ", ".join(sorted(frozen))
        told.append(f"{chain.quantity.by} does not learn (frozen: {names}): its change is 0.")
    total = chain.sum_of_sizes
    if isfinite(total) and len(chain.terms) > 1 and total and abs(chain.value) < 1e-6 * total:
        sizes = f"their sizes add up to {rough(total)}, they themselves to {rough(chain.value)}"
        told.append(f"The products cancel: {sizes}.")
    return ["", *(line for one in told for line in filled(one, width))] if told else []


def _is_frozen(chain: Chain, words: Words) -> bool:
    gradient = chain.quantity
    if not gradient.is_gradient:
        return False
    in_bias_row = words.program.bias == "row" and gradient.part is Part.WEIGHT_GRADIENT
    in_bias_row = in_bias_row and chain.entry.position[0] == 0
    return (f"b{gradient.layer}" if in_bias_row else gradient.by) in words.program.frozen


def _first_not_finite(frame: Frame, words: Words) -> str:
    for step in words.program.steps:
        if not np.isfinite(frame[step.quantity.name]).all():
            first = words.notation.beside(step.quantity, words.program)
            return f"It is not finite; {first}, step {step.number}, is the first of this iteration."
    return "It is not finite."
