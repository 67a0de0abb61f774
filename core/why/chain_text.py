"""The chain of one number as text: in symbols, with the numbers put in, factor by factor."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.expressions import Expression, operands_of
from chainstep.core.losses import LOSSES
from chainstep.core.quantities import Axis, Quantity
from chainstep.core.records import Frame
from chainstep.core.text.formulas import formula
from chainstep.core.why.chain import Chain, Factor, Unfolding
from chainstep.core.why.places import Place
from chainstep.core.why.sum_text import sum_lines
from chainstep.core.why.wording import (
    Words,
    counted,
    equation,
    filled,
    number,
    product,
    rough,
)


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
    role = chain.quantity.role
    if role not in {"dC/dW", "dC/db"}:
        return f"{name}: {_plain_meaning(chain.quantity)}"
    parameter = parameter_of(words, place)
    return (
        f"{name}: how the cost answers to {words.both(parameter)}, {leads(parameter)}"
    )  # fmt: skip


def parameter_of(words: Words, gradient: Place) -> Place:
    """The weight or bias that a gradient is the derivative by."""
    quantity = words.program.quantities[gradient.name.removeprefix("dC/d")]
    return Place(quantity, gradient.position)


def leads(parameter: Place) -> str:
    """What a weight joins, or whose bias it is."""
    assert parameter.quantity is not None
    before, after = parameter.quantity.axes
    row, column = parameter.position
    to = f"{after.label(column)} of layer {parameter.quantity.layer}"
    if after.is_single:
        return f"the bias of all units of layer {parameter.quantity.layer}"
    if before.is_single or (before.kind == "bias + unit" and row == 0):
        return f"the bias of {to}"
    return f"the weight from {source(before, row)} to {to}"


def source(axis: Axis, index: int) -> str:
    """One position of what comes in: ``input 0``, ``unit 2 of layer 1``."""
    text = axis.label(index)
    return text if axis.layer == 0 else f"{text} of layer {axis.layer}"


def _plain_meaning(quantity: Quantity) -> str:
    k = quantity.layer
    words = {
        "z": f"what a unit of layer {k} sums up",
        "a": "an input, which is given" if k == 0 else f"what a unit of layer {k} sends on",
        "C_obs": "what one observation costs",
        "C": "the cost",
        "y": "a target, which is given",
        "dC/da": f"how the cost answers to an activation of layer {k}",
        "da/dz": f"the slope of an activation of layer {k}",
        "delta": f"how the cost answers to a pre-activation of layer {k}",
        "dz/da": f"how a pre-activation of layer {k + 1} answers to an activation of layer {k}",
        "dz/dW": f"how a pre-activation of layer {k} answers to a weight",
        "dz/db": f"how a pre-activation of layer {k} answers to a bias",
        "changeW": f"what the update takes off a weight of layer {k}",
        "changeb": f"what the update takes off a bias of layer {k}",
        "W_new": f"a weight of layer {k} for the next iteration",
        "b_new": f"a bias of layer {k} for the next iteration",
        "a+": f"an activation of layer {k}, or the 1 for the bias",
    }
    return words.get(quantity.role, f"an entry of {quantity.name}")


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
    weights = {"dC/dW", "dC/db", "changeW", "changeb"}
    return chain.entry.position[1] if chain.quantity.role in weights else None


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
    role, k = quantity.role, quantity.layer
    setup = words.program.setup
    inside = unfolding.operands(place)
    if role == "dC/da" and k == len(setup.layers) and not unfolding.is_sum(quantity):
        return f"{LOSSES[setup.loss].title}, at {_values(inside, words)}"
    if role == "dC/da":
        return f"summed over the {words.program.widths[k + 1]} units of layer {k + 1}"
    if role == "da/dz":
        activation = setup.layers[k - 1].activation
        if ACTIVATIONS[activation].slope is None:
            return f"of the Jacobian of {activation}"
        if words.program.mistakes:  # it may not be the slope, nor at z
            return f"what this run takes for the slope of {activation}"
        z = unfolding.factor(Place(words.program.quantities[f"z{k}"], place.position))
        return f"the slope of {activation} at {words.name(z.place)} = {number(z.value)}"
    if role == "dz/da":
        return f"the weight {_values(inside, words)}"
    if role == "dz/dW":
        return f"what came in: {_values(inside, words)}"
    if role == "dz/db":
        return "a bias counts once"
    if role == "delta":
        return _delta_text(unfolding, quantity)
    if role in {"W", "a", "a+", "C_obs"}:
        return ""
    return ""


def _delta_text(unfolding: Unfolding, quantity: Quantity) -> str:
    if unfolding.took_short_way and not unfolding.is_sum(quantity):
        return "the short way: the two factors cannot be multiplied here"
    return f"how the cost answers to z{quantity.layer}"


def _values(factors: Sequence[Factor], words: Words) -> str:
    return ", ".join(f"{words.name(each.place)} = {number(each.value)}" for each in factors)


# ── a sum of products ─────────────────────────────────────────────────────────────────────


def _parts_explained(chain: Chain, words: Words, width: int) -> list[str]:
    """What the factors of a gradient's products are, and what is summed over."""
    if chain.quantity.role not in {"dC/dW", "dC/db"}:
        return []
    k = chain.quantity.layer
    observations = words.program.observations
    said = []
    if chain.quantity.role == "dC/dW":
        said.append(_factor_to_weights(chain, words))
    else:
        said.append(f"dz{k}/db{k} is 1 for every observation: a bias counts once in each.")
    if observations > 1:
        said.append(
            f"The product with it sums over the {observations} observations: each row of delta{k} "
            "is one observation, and every one pulls at the same parameter."
        )
    if not chain.single:
        per = f", {chain.paths // len(chain.terms)} to a row" if len(chain.terms) > 1 else ""
        said.append(
            f"delta{k} stands for all ways from there to the cost: "
            f"{counted(chain.paths, 'path')}{per} (--paths)."
        )
    delta = words.program.quantities[f"delta{k}"]
    if words.notation.sign(delta, words.program) < 0:
        said.append(f"The page's {words.notation.unsigned(delta, words.program)} is −delta{k}.")
    return ["", *(line for one in said for line in filled(one, width))]


def _factor_to_weights(chain: Chain, words: Words) -> str:
    k, row = chain.quantity.layer, chain.entry.position[0]
    before = chain.quantity.axes[0]
    came = f"a{k - 1}+" if before.kind == "bias + unit" else f"a{k - 1}"
    if before.kind == "bias + unit" and row == 0:
        sent = "the ones that the bias is multiplied with"
    elif before.layer == 0:
        sent = f"{before.label(row)}"
    else:
        sent = f"what {before.label(row)} of layer {before.layer} sent on"
    factor = f"dz{k}/dW{k}"
    page = words.notation.quantity(words.program.quantities[factor], words.program)
    named = f"{factor} ({page})" if page != factor else factor
    return (
        f"{named} is {came}ᵀ, what came in, transposed; row {row} of it is {sent}. It is the "
        f"factor that leads from z{k} on to W{k}: delta{k} alone is the derivative by z{k}."
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
    said = []
    if mistakes := words.program.mistakes:
        made = ", ".join(mistakes)
        said.append(f"This run makes a mistake on purpose ({made}): the factors are its own.")
    if not isfinite(chain.value):
        said.append(_first_not_finite(frame, words))
    if chain.short and chain.quantity.role in {"dC/dW", "dC/db", "dC/da", "delta"}:
        depth = words.program.depth
        said.append(
            f"1/a is not finite here, so the engine went the short way to delta{depth}; "
            "the chain ends there."
        )
    frozen = words.program.frozen
    name = chain.entry.quantity.removeprefix("dC/d")
    if _is_frozen(chain, words):
        said.append(f"{name} does not learn (frozen: {', '.join(sorted(frozen))}): its step is 0.")
    total = chain.sum_of_sizes
    if isfinite(total) and len(chain.terms) > 1 and total and abs(chain.value) < 1e-6 * total:
        sizes = f"their sizes add up to {rough(total)}, they themselves to {rough(chain.value)}"
        said.append(f"The products cancel: {sizes}.")
    return ["", *(line for one in said for line in filled(one, width))] if said else []


def _is_frozen(chain: Chain, words: Words) -> bool:
    setup = words.program.setup
    if chain.quantity.role not in {"dC/dW", "dC/db"}:
        return False
    letter, k = chain.quantity.role[-1], chain.quantity.layer
    if setup.bias == "row" and chain.entry.position[0] == 0:
        letter = "b"
    return f"{letter}{k}" in setup.frozen


def _first_not_finite(frame: Frame, words: Words) -> str:
    for step in words.program.steps:
        if not all(map(isfinite, frame[step.quantity.name].ravel().tolist())):
            return f"It is not finite; {step.quantity.name}, step {step.number}, is the first."
    return "It is not finite."
