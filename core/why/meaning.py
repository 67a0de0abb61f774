"""What a step computes, in a few words, and why it is done now."""

from __future__ import annotations

from chainstep.core.network import build
from chainstep.core.program import Program, Step
from chainstep.core.quantities import Kind, Part, Quantity
from chainstep.core.roles import role, said
from chainstep.core.text.formulas import formula
from chainstep.core.text.notation import Notation
from chainstep.core.text.notations import DEFAULT

# ── what ──────────────────────────────────────────────────────────────────────────────────


def meaning(step: Step, program: Program, notation: Notation = DEFAULT) -> str:
    """What the quantity of a step is, in a few words, with a page's names of quantities."""
    right = right_formulas(program).get(step.quantity.name)
    if right is not None and right != formula(step.expression):
        return f"a mistake on purpose: right is {step.quantity.name} = {right}"
    return notation.said(_meaning(step, program), program)


def _meaning(step: Step, program: Program) -> str:
    key, k = step.quantity.role, step.quantity.layer
    part, update = step.quantity.part, program.update
    if not key:
        return _by_facts(step.quantity)
    match part:
        case Part.ERROR if k == program.depth:
            return f"how much the cost changes when {program.outputs} changes, the outputs"
        case Part.ERROR:
            return f"how much the cost changes when a{k} changes, through the layer after it"
        case Part.SLOPE:
            activation = program.activation(k)
            if activation is None:
                return said(role(key).meaning, k)
            if activation.slope is None:
                return f"the Jacobian of {activation.name}, one matrix per observation"
            return f"the slope of {activation.name}, entry by entry"
        case Part.COST_OF_OBSERVATIONS if program.loss:
            return f"what each observation costs: {program.loss.title}"
        case Part.COST if "C_data" in program.quantities:
            return "the cost: that of the data, and what the size of the weights costs"
        case Part.COST | Part.COST_OF_DATA:
            over = "summed" if program.reduction == "sum" else "averaged"
            whose = "the cost" if part is Part.COST else "the cost of the data"
            return f"{whose}, {over} over the observations"
    if step.quantity.is_new_value:
        down = update is not None and update.name == "gradient-descent"
        way = "less its change, since the cost rises along the gradient" if down else ""
        return f"{step.quantity.of} for the next iteration{': ' if way else ''}{way}"
    if part is Part.CHANGE and update:
        return f"what {update.title} takes off {step.quantity.of}"
    if step.quantity.kind is Kind.STATE and update:
        return f"what {update.title} remembers of the gradients of {step.quantity.parameter}"
    return said(role(key).meaning, k)


def _by_facts(quantity: Quantity) -> str:
    """What somebody's own quantity is, as far as its facts tell."""
    of, by, kind = quantity.of, quantity.by, quantity.kind
    if kind in {Kind.DERIVATIVE, Kind.FACTOR}:
        return f"how much {of} changes when {by} changes" if of and by else f"a {kind.value}"
    if kind is Kind.CHANGE and of:
        return f"what the update takes off {of}"
    if quantity.is_new_value:
        return f"{quantity.parameter} for the next iteration"
    return "" if kind is Kind.VALUE else f"a {kind.value}"


def right_formulas(program: Program) -> dict[str, str]:
    """The formulas of the steps without the mistakes that a program makes; none without any."""
    if not program.mistakes or program.network is None:
        return {}
    return {step.quantity.name: formula(step.expression) for step in build(program.network).steps}


# ── why now ───────────────────────────────────────────────────────────────────────────────


def why_now(step: Step, program: Program, notation: Notation = DEFAULT) -> str:
    """Why a step is done now: what is known before it, or what needs it after."""
    key, k = step.quantity.role, step.quantity.layer
    penalised = step.quantity.part is Part.COST and "C_data" in program.quantities
    reasons = (
        ()
        if penalised
        else _REASONS.get(key) or (_OF_STATE if step.quantity.kind is Kind.STATE else ())
    )
    if not reasons or not program.depth:
        return ""
    first, *later = reasons
    order = {"forward": 1, "update": 1, "backward": program.depth}
    text = first if k == order[step.phase] or not later else later[0]
    total = "the sum" if program.reduction == "sum" else "the mean"
    text = text.format(
        k=k, n=k + 1, before=k - 1, parameter=step.quantity.parameter or step.quantity.of,
        targets=program.targets, total=total,
    )  # fmt: skip
    return notation.said(text, program)


#: For each role why it is done now: in the first layer that a phase comes to, and in the others.
_REASONS: dict[str, tuple[str, ...]] = {
    "a+": ("With the ones, one matrix product adds the biases too.",),
    "z": (
        "The forward phase starts here: the inputs are given.",
        "Layer {before} is done, so layer {k} can take its activations in.",
    ),
    "a": ("z{k} is known, so the activation function can be applied.",),
    "C_obs": ("The outputs are known, so they are compared with the targets {targets}.",),
    "C": ("To learn, one number is needed: {total} over the observations.",),
    "dC/da": (
        "The backward phase starts at the cost. The targets {targets} enter here alone.",
        "Both factors are known. Layer {k} needs no target: its share comes from delta{n}.",
    ),
    "da/dz": ("The next factor of the chain: one step back, from a{k} to z{k}.",),
    "delta": (
        "Both factors are known. From here on, delta{k} stands for all that comes after z{k}.",
    ),
    "dz/da": (
        "",
        "Back one layer: layer {k} has no target of its own, so it must go through layer {n}.",
    ),
    "dz/dW": ("The last factor of the chain: from z{k} to the weights.",),
    "dC/dW": ("All factors are known. The update of {parameter} needs this gradient.",),
    "dz/db": ("The last factor of the chain: from z{k} to the biases.",),
    "dC/db": ("All factors are known. The update of {parameter} needs this gradient.",),
    "changeW": (
        "All gradients are known now, so weights may change.",
        "The same for layer {k}: its gradient is known.",
    ),
    "changeb": ("The same for the biases of layer {k}.",),
    "W_new": ("Up to here the old {parameter} was used; the next iteration starts from this.",),
    "b_new": ("Up to here the old {parameter} was used; the next iteration starts from this.",),
}
_OF_STATE = (
    "The rule remembers the gradients so far: it takes in the new one before it makes a change.",
)
