"""Mistakes in the gradients of weights."""
# ruff: noqa: D103  an equation stands under its name; the entry says the rest

from __future__ import annotations

from typing import Any

from chainstep.core.check.catalogue.shared import below_bias, without_bias_row
from chainstep.core.check.catalogue.sources import GOODFELLOW, NIELSEN, RUMELHART, TWO_LAYERS
from chainstep.core.check.mistakes_made import Mistake, Way
from chainstep.core.check.rule_changes import (
    Alteration,
    after,
    impossible,
    instead,
    spread,
    taken_as,
    with_ones,
)
from chainstep.core.expressions import Rows


def own_activation(a: Any, a_in: Any, above_has_bias_row: Any) -> Any:
    return (with_ones(a, a_in) if above_has_bias_row else taken_as(a, a_in)).T


OWN_ACTIVATION = Mistake(
    "own-activation",
    "the layer's own activation is used for the one before it",
    (Way("", {"factor_to_weights": instead(own_activation)}),),
    looks="It runs only where two layers beside each other have as many units.",
    mend="∂z[k]/∂W[k] is a[k-1], what the weights multiply: a[k-1].T @ delta[k].",
    source=f"{NIELSEN}, chapter 2, equation BP4",
)


def _per_row(delta: Any, weights: Any) -> Any:
    return spread(delta.sum(axis=0), weights, weights.shape, weights.axes)


def gradient_of_each_weight(delta: Any, W: Any, above_has_bias_row: Any) -> Any:
    weights = without_bias_row(W, above_has_bias_row)
    return below_bias(weights * _per_row(delta, weights), delta, W, above_has_bias_row)


def gradient_from_weights(delta: Any, W: Any, above_has_bias_row: Any) -> Any:
    weights = without_bias_row(W, above_has_bias_row)
    return below_bias(weights @ delta, delta, W, above_has_bias_row)


WEIGHT_FOR_ACTIVATION = Mistake(
    "weight-for-activation",
    "the weight is used where the activation before it belongs",
    (
        Way("each weight", {"weight_gradient": instead(gradient_of_each_weight)}),
        Way("the whole matrix", {"weight_gradient": instead(gradient_from_weights)}),
    ),
    looks="A weight of 0 never changes, and the gradient does not depend on the inputs.",
    mend="z = a·W, so ∂z/∂W is a and ∂z/∂a is W: the first for the gradient, the second for "
    "the way down.",
    source=f"{GOODFELLOW}, section 6.5.6",
)


def delta_as_gradient(delta: Any, W: Any) -> Any:
    return taken_as(delta, W)


def delta_below_bias(delta: Any, W: Any, above_has_bias_row: Any) -> Any:
    if not above_has_bias_row:
        raise impossible("the weights have no bias row")
    return below_bias(delta, delta, W, above_has_bias_row)


def delta_for_each_weight(delta: Any, W: Any, above_has_bias_row: Any) -> Any:
    weights = without_bias_row(W, above_has_bias_row)
    return below_bias(_per_row(delta, weights), delta, W, above_has_bias_row)


MISSING_ACTIVATION = Mistake(
    "missing-activation",
    "the update takes delta alone, without the activation before it",
    (
        Way("", {"weight_gradient": instead(delta_as_gradient)}),
        Way("the bias kept apart", {"weight_gradient": instead(delta_below_bias)}),
        Way(
            "summed over the observations",
            {"weight_gradient": instead(delta_for_each_weight)},
        ),
    ),
    looks="Where it runs as matrices, there are as many observations as units before: "
    "observations are subtracted from units.",
    mend="delta is ∂C/∂z. The factor ∂z/∂W = a[k-1].T is missing, and the product with it "
    "sums over the observations.",
    source=f"{TWO_LAYERS}: weight2 - learningRate*dC_dw2",
)


def accumulated_weights(result: Any, dC_dW_old: Any) -> Any:
    return dC_dW_old + result


def accumulated_biases(result: Any, dC_db_old: Any) -> Any:
    return dC_db_old + result


GRADIENT_ACCUMULATED = Mistake(
    "gradient-accumulated",
    "gradients are added to those of the iterations before",
    (
        Way(
            "",
            {
                "weight_gradient": after(accumulated_weights),
                "bias_gradient": after(accumulated_biases),
            },
        ),
    ),
    looks="Iteration 1 is right; from iteration 2 on the steps grow.",
    mend="Set the gradients to zero before every backward phase: optimizer.zero_grad().",
    source="PyTorch, torch.optim.Optimizer.zero_grad",
)


def error_to_weights(a_before: Any, dC_da: Any, W: Any, above_has_bias_row: Any) -> Any:
    return below_bias(a_before.T @ dC_da, dC_da, W, above_has_bias_row)


def error_to_biases(result: Any, dC_da: Any) -> Any:
    per_unit = dC_da.sum(axis=0)
    return taken_as(per_unit, result)


ERROR_IN_GRADIENT = Mistake(
    "error-in-gradient",
    "the gradient is made of dC/da, without the slope, while delta has it",
    (
        Way("of the weights", {"weight_gradient": instead(error_to_weights)}),
        Way(
            "of weights and biases",
            {
                "weight_gradient": instead(error_to_weights),
                "bias_gradient": after(error_to_biases),
            },
        ),
    ),
    looks="delta is right, and so is what is sent down; the gradients lack the slope.",
    mend="The gradient is a[k-1].T @ delta[k], with delta = dC/da ⊙ da/dz.",
    source=f"{NIELSEN}, chapter 2, equation BP4",
)


def _of_one(observation: int, *fields: str) -> dict[str, Alteration]:
    """The gradients of one observation alone; −1 is the last. Of some fields, where given."""

    def weights(a_before: Any, delta: Any, W: Any, above_has_bias_row: Any) -> Any:
        at = _row(delta, observation)
        one = Rows(delta, at, at + 1)
        return below_bias(Rows(a_before, at, at + 1).T @ one, one, W, above_has_bias_row)

    def biases(result: Any, delta: Any) -> Any:
        at = _row(delta, observation)
        return taken_as(Rows(delta, at, at + 1), result)

    both = {"weight_gradient": instead(weights), "bias_gradient": after(biases)}
    return {name: both[name] for name in fields or both}


def _row(delta: Any, observation: int) -> int:
    count: int = delta.shape[0]
    if count == 1:
        raise impossible("there is one observation")
    return observation % count


LAST_OBSERVATION_ONLY = Mistake(
    "last-observation-only",
    "the gradient is that of one observation, and not the sum over all",
    (
        Way("of the last", _of_one(-1)),
        Way("of the first", _of_one(0)),
        Way("of the last, in the weights alone", _of_one(-1, "weight_gradient")),
        Way("of the first, in the weights alone", _of_one(0, "weight_gradient")),
    ),
    looks="dW = … inside a loop over the observations: each one overwrites the one before.",
    mend="Add up: dW += …, starting from zeros; or take all observations at once, "
    "a[k-1].T @ delta[k].",
    source=f"{RUMELHART}: the derivatives are summed over all cases before the weights change",
)

CHAPTER = (
    OWN_ACTIVATION,
    WEIGHT_FOR_ACTIVATION,
    MISSING_ACTIVATION,
    GRADIENT_ACCUMULATED,
    ERROR_IN_GRADIENT,
    LAST_OBSERVATION_ONLY,
)
