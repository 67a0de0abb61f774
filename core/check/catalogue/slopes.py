"""Mistakes in the slopes of activations."""
# ruff: noqa: D103  an equation stands under its name; the entry says the rest

from __future__ import annotations

from typing import Any

import numpy as np

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.check.catalogue.shared import below_bias, error_as_delta
from chainstep.core.check.catalogue.sources import GOODFELLOW, NIELSEN, TWO_LAYERS
from chainstep.core.check.mistakes_made import Mistake, Way
from chainstep.core.check.rule_changes import (
    after,
    anywhere,
    hidden,
    impossible,
    instead,
    outputs,
    taken_as,
)
from chainstep.core.expressions import Named
from chainstep.core.rules import Rule, bias_gradient
from chainstep.core.setup import Setup


def _has_slope(activation: Any) -> None:
    if activation.slope is None:
        raise impossible(f"{activation.name} has a Jacobian and no slope")


def slope_at_activation(a: Any, activation: Any) -> Any:
    _has_slope(activation)
    return activation.slope(a, Named(activation.symbol, (a,), activation.function(a)))


def _slope_wants_z(setup: Setup) -> str:
    """What to write where a is at hand, for each activation of the network."""
    said = {
        "sigmoid": "a * (1 - a)",
        "tanh": "1 - a ** 2",
        "relu": "(a > 0)",
        "leaky-relu": "np.where(a > 0, 1, 0.01)",
        "softplus": "1 - np.exp(-a)",
    }
    names = dict.fromkeys(layer.activation for layer in setup.layers)
    known = [f"{said[name]} for {name}" for name in names if name in said]
    formulas = ", ".join(known) or "a formula of a"
    return (
        "A function for the slope that applies the activation itself wants z. If you have a, "
        f"write {formulas}."
    )


SLOPE_OF_ACTIVATION = Mistake(
    "slope-of-activation",
    "the slope is taken at a, not at z",
    (Way("", {"slope": instead(slope_at_activation)}),),
    looks="The function was applied twice: slopes of a sigmoid crowd between 0.196 and 0.25, "
    "because a lies between 0 and 1.",
    mend=_slope_wants_z,
    source=f"{TWO_LAYERS}: sigmoid'(z2), and a function of a2",
)


def slope_fed_preactivation(z: Any, activation: Any) -> Any:
    _has_slope(activation)
    return activation.slope(z, z)


SLOPE_FED_PREACTIVATION = Mistake(
    "slope-fed-preactivation",
    "the slope's formula for a is given z: z(1 − z)",
    (Way("", {"slope": instead(slope_fed_preactivation)}),),
    looks="Slopes of a sigmoid that are negative or larger than 0.25, which none can be.",
    mend="x * (1 - x) wants the activation: give it a, or compute σ(z) first.",
    source=f"{TWO_LAYERS}: Eq (A) has derv_sigmoid(z2), the program derv_sigmoid(a2)",
)


def slope_at_error(dC_da: Any, activation: Any) -> Any:
    _has_slope(activation)
    value = Named(activation.symbol, (dC_da,), activation.function(dC_da))
    return activation.slope(dC_da, value)


def slope_formula_of_error(dC_da: Any, activation: Any) -> Any:
    _has_slope(activation)
    return activation.slope(dC_da, dC_da)


SLOPE_AT_THE_ERROR = Mistake(
    "slope-at-the-error",
    "the slope is taken at dC/da, not at z",
    (
        Way("f′(dC/da)", {"slope": instead(slope_at_error)}),
        Way("the formula for a, of dC/da", {"slope": instead(slope_formula_of_error)}),
    ),
    looks="error * f_prime(error): the slope depends on the target, which no slope does.",
    mend="The slope is that of the unit, at its own z: delta = dC/da ⊙ f′(z).",
    source=f"{NIELSEN}, chapter 2, equation BP1",
)


MISSING_OUTPUT_SLOPE = Mistake(
    "missing-output-slope",
    "delta of the outputs lacks the slope of their activation",
    (Way("", {"delta": outputs(instead(error_as_delta))}),),
    looks="delta of the last layer is dC/da itself; every gradient is too large.",
    mend="delta = dC/da ⊙ da/dz. Only softmax with cross-entropy, and a sigmoid with binary "
    "cross-entropy, come down to a − t.",
    source=f"{NIELSEN}, chapter 2, equation BP1",
)


MISSING_HIDDEN_SLOPE = Mistake(
    "missing-hidden-slope",
    "delta of a hidden layer lacks the slope of its activation",
    (Way("", {"delta": hidden(instead(error_as_delta))}),),
    looks="delta of a hidden layer is dC/da itself: what came down, and no more.",
    mend="Multiply by the slope in every layer: delta[k] = (delta[k+1] · W[k+1]ᵀ) ⊙ da[k]/dz[k].",
    source=f"{NIELSEN}, chapter 2, equation BP2",
)


def _slope_of(name: str) -> Rule:
    """The slope's formula of another activation, at this one's z and a."""

    def slope(z: Any, a: Any, activation: Any) -> Any:
        _has_slope(activation)
        if activation.name == name:
            raise impossible(f"it is {name}")
        other = ACTIVATIONS[name].slope
        assert other is not None, "none of them is a softmax"
        return other(z, a)

    return slope


def _slopes_of_others() -> tuple[Way, ...]:
    formulas = (("sigmoid", "a(1 − a)"), ("tanh", "1 − a²"), ("relu", "1 where z > 0"))
    return tuple(
        Way(f"{formula}, {name}'s{where}", {"slope": at(instead(_slope_of(name)))}, rank=rank)
        for rank, (where, at) in enumerate(
            (("", anywhere), (", in the hidden layers", hidden), (", in the outputs", outputs))
        )
        for name, formula in formulas
    )


def _right_slopes(setup: Any) -> str:
    said = {
        "sigmoid": "a(1 − a)",
        "tanh": "1 − a²",
        "relu": "1 where z > 0, 0 elsewhere",
        "leaky-relu": "1 where z > 0, 0.01 elsewhere",
        "softplus": "σ(z)",
        "identity": "1",
    }
    names = dict.fromkeys(layer.activation for layer in setup.layers)
    known = [f"{name}: {said[name]}" for name in names if name in said]
    return "Each activation has its own slope. Here: " + "; ".join(known) + "."


SLOPE_OF_ANOTHER_ACTIVATION = Mistake(
    "slope-of-another-activation",
    "the slope is that of another activation",
    _slopes_of_others(),
    looks="The forward phase is right; a(1 − a) stands under a tanh, or 1 − a² under a sigmoid.",
    mend=_right_slopes,
    source=f"{GOODFELLOW}, section 6.3.2: σ and tanh, and the slope of each",
)


def function_for_slope(a: Any, activation: Any) -> Any:
    _has_slope(activation)
    return a * 1


def plus_for_minus(a: Any, activation: Any) -> Any:
    if activation.name not in {"sigmoid", "tanh"}:
        raise impossible("only a sigmoid's and a tanh's slope have a minus")
    return 1 + a**2 if activation.name == "tanh" else a * (1 + a)


def one_minus_a(a: Any, activation: Any) -> Any:
    if activation.name not in {"sigmoid", "tanh"}:
        raise impossible("only a sigmoid's and a tanh's slope have 1 − a in them")
    return 1 - a


SLOPE_MISTYPED = Mistake(
    "slope-mistyped",
    "the formula of the slope is mistyped",
    (
        Way("the function itself", {"slope": instead(function_for_slope)}),
        Way("a plus for the minus", {"slope": instead(plus_for_minus)}),
        Way("1 − a", {"slope": instead(one_minus_a)}),
    ),
    looks="Slopes of a tanh above 1, or of a sigmoid above 0.25, which none can be.",
    mend=_right_slopes,
    source=f"{GOODFELLOW}, section 6.3.2",
)


def slope_again(result: Any, da_dz: Any, activation: Any) -> Any:
    _has_slope(activation)
    return result * da_dz


def slope_again_at_outputs(result: Any, da_dz: Any, activation: Any, loss: Any) -> Any:
    if loss.shortcut is not None and loss.shortcut.activation == activation.name:
        raise impossible("with this cost it is extra-output-slope")
    return slope_again(result, da_dz, activation)


def slope_again_in_gradient(
    a_before: Any, delta: Any, da_dz: Any, W: Any, above_has_bias_row: Any
) -> Any:
    if len(da_dz.shape) != 2:
        raise impossible("a Jacobian is no slope")
    return below_bias(a_before.T @ (delta * da_dz), delta * da_dz, W, above_has_bias_row)


def slope_again_in_bias_gradient(dz_db: Any, delta: Any, da_dz: Any, b: Any) -> Any:
    if len(da_dz.shape) != 2:
        raise impossible("a Jacobian is no slope")
    return bias_gradient(dz_db, delta * da_dz, b)


_AGAIN_IN_GRADIENT = instead(slope_again_in_gradient)

SLOPE_TWICE = Mistake(
    "slope-twice",
    "the slope is multiplied in twice",
    (
        Way("in delta of the outputs", {"delta": outputs(after(slope_again_at_outputs))}),
        Way("in delta of a hidden layer", {"delta": hidden(after(slope_again))}),
        Way("in every delta", {"delta": after(slope_again)}),
        Way("again in the gradient", {"weight_gradient": _AGAIN_IN_GRADIENT}),
        Way(
            "again in the gradients, of the biases too",
            {
                "weight_gradient": _AGAIN_IN_GRADIENT,
                "bias_gradient": instead(slope_again_in_bias_gradient),
            },
        ),
    ),
    looks="Everything from one delta on is too small by its slope.",
    mend="delta = dC/da ⊙ da/dz has the slope; the gradient is a[k-1].T @ delta, and no more.",
    source=f"{NIELSEN}, chapter 2, equations BP1 and BP4",
)


def slope_of_layer_above(da_dz_above: Any, a: Any) -> Any:
    if da_dz_above.shape != a.shape:
        raise impossible("the layers have other numbers of units")
    return taken_as(da_dz_above, a)


def slope_of_layer_below(a_before: Any, a: Any, activation: Any) -> Any:
    _has_slope(activation)
    if a_before.shape != a.shape:
        raise impossible("the layers have other numbers of units")
    return taken_as(activation.slope(a_before, a_before), a)


SLOPE_OF_WRONG_LAYER = Mistake(
    "slope-of-wrong-layer",
    "the slope is that of another layer",
    (
        Way("of the layer above", {"slope": instead(slope_of_layer_above)}),
        Way("of the layer below", {"slope": instead(slope_of_layer_below)}),
    ),
    looks="It runs only where two layers have as many units.",
    mend="delta[k] takes the slope at z[k]: the layer that it is the delta of.",
    source=f"{NIELSEN}, chapter 2, equation BP2",
)


def slope_from_zero_on(z: Any, activation: Any) -> Any:
    if activation.name != "relu":
        raise impossible(f"it is {activation.name}")
    return 1 - np.heaviside(-z, 0)


RELU_SLOPE_AT_ZERO = Mistake(
    "relu-slope-at-zero",
    "ReLU's slope at 0 is taken as 1: z >= 0",
    (Way("", {"slope": instead(slope_from_zero_on)}),),
    looks="Only units whose z is exactly 0 differ: dead inputs, weights of 0.",
    mend="At the kink both are allowed; PyTorch, and this engine, take 0: (z > 0).",
    source="PyTorch, torch.nn.ReLU: the gradient at 0 is 0",
)

CHAPTER = (
    SLOPE_OF_ACTIVATION,
    SLOPE_FED_PREACTIVATION,
    SLOPE_AT_THE_ERROR,
    MISSING_OUTPUT_SLOPE,
    MISSING_HIDDEN_SLOPE,
    SLOPE_OF_ANOTHER_ACTIVATION,
    SLOPE_MISTYPED,
    SLOPE_TWICE,
    SLOPE_OF_WRONG_LAYER,
    RELU_SLOPE_AT_ZERO,
)
