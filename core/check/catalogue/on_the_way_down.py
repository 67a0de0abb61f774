"""Mistakes on the way down: what is sent from one layer to the one below."""
# ruff: noqa: D103  an equation stands under its name; the entry says the rest

from __future__ import annotations

from typing import Any

from chainstep.core.check.catalogue.shared import square_only, without_bias_row
from chainstep.core.check.catalogue.sources import NIELSEN, RUMELHART, SAME_WEIGHTS
from chainstep.core.check.mistakes_made import Mistake, Way
from chainstep.core.check.rule_changes import given, impossible, instead, on_top, spread, taken_as
from chainstep.core.expressions import Rows, ZeroRows
from chainstep.core.rules import bound


def weights_as_they_stand(W_above: Any, above_has_bias_row: Any) -> Any:
    weights = without_bias_row(W_above, above_has_bias_row)
    square_only(weights)
    return weights


def pre_activation_from_transposed(a_before: Any, W: Any, b: Any, above_has_bias_row: Any) -> Any:
    weights = without_bias_row(W, above_has_bias_row)
    square_only(weights)
    product = a_before @ weights.T
    if above_has_bias_row:
        return product + Rows(W, 0, 1)
    return product if b is None else product + b


WEIGHTS_NOT_TRANSPOSED = Mistake(
    "weights-not-transposed",
    "the weights are turned the wrong way",
    (
        Way("on the way down", {"factor_below": instead(weights_as_they_stand)}),
        Way(
            "in the forward phase",
            {"pre_activation": instead(pre_activation_from_transposed)},
            mend="z[k] = a[k-1] @ W[k], the weights as they stand, units before × units: the "
            "transposed belong on the way down.",
        ),
    ),
    looks="It runs only where two layers beside each other have as many units; every unit "
    "then answers for the weights of another.",
    mend="Send delta down through W[k+1] transposed: delta[k+1] @ W[k+1].T, so that each "
    "unit gets back what went out through its own weights.",
    source=f"{NIELSEN}, chapter 2, equation BP2",
)


def _frozen(change: Any, roles: Any, k: int) -> Any:
    setup = roles["setup"]
    if f"W{k}" in setup.frozen:
        raise impossible(f"W{k} is frozen: the new weights are the old")
    if setup.bias == "row" and f"b{k}" in setup.frozen:
        return ZeroRows(change, 0, 1)
    return change


def updated_weights(above: Any) -> Any:
    """W[k+1] as this iteration's update will leave it."""
    roles = above.copy()
    change = roles.builder.change(roles, "W", lambda _, law: law)
    roles["change"] = _frozen(change, roles, roles.layer)
    return bound(roles.builder.rules_of(roles.layer).new_value, roles)


UPDATED_WEIGHTS = Mistake(
    "updated-weights",
    "the new weights of the layer above are used in this backward phase",
    (Way("", {"factor_below": given("W_above", updated_weights)}),),
    looks="The last layer is right; from the one below it on, everything is off by about the "
    "learning rate.",
    mend="Compute all gradients first, from the weights that the forward phase used, and "
    "update afterwards.",
    source=f"{RUMELHART}, equations 6 and 8: the derivatives are at the weights of the pass",
)


def error_from_error(above: Any, dz_da: Any) -> Any:
    return above["dC_da"] @ dz_da


ERROR_NOT_DELTA = Mistake(
    "error-not-delta",
    "the error is sent down, not delta",
    (Way("", {"error_below": instead(error_from_error)}),),
    looks="The layer above is right; below it the slope of the layer above is missing.",
    mend="Send down delta[k+1] = dC/da[k+1] ⊙ da[k+1]/dz[k+1]: the weights act on z, so the "
    "derivative by z goes through them.",
    source=f"{NIELSEN}, chapter 2, equation BP2",
)


def _with_biases(above: Any, rows: int) -> Any:
    """The weights of the layer above with its biases as their top row, transposed."""
    W, b = above["W"], above["b"]
    if above["above_has_bias_row"]:
        return (W if rows == W.shape[0] else Rows(W, 0, rows)).T
    if b is None or b.shape[1] != W.shape[1]:
        raise impossible("there is no row of biases")
    return on_top(b, Rows(W, 0, rows)).T


def weights_without_last_row(above: Any) -> Any:
    return _with_biases(above, above["W"].shape[0] - 1)


def weights_with_bias_row(above: Any) -> Any:
    return _with_biases(above, above["W"].shape[0])


BIAS_ROW_KEPT = Mistake(
    "bias-row-kept",
    "the bias row of the weights is sent down with the others",
    (
        Way(
            "its row for the first unit's",
            {"factor_below": instead(weights_without_last_row)},
        ),
        Way(
            "one column too many",
            {"factor_below": instead(weights_with_bias_row)},
            odd=True,
        ),
    ),
    looks="dC/da has a column more than the layer has units, or its first column belongs to "
    "the bias and all others stand one too far right.",
    mend="The ones have no inputs: leave out the bias row before transposing, W[1:].T.",
    source=f"{SAME_WEIGHTS}: a column of ones is added to a, and n comes from it",
)


def own_weights(W: Any, W_above: Any, above_has_bias_row: Any) -> Any:
    weights = without_bias_row(W, above_has_bias_row)
    right = without_bias_row(W_above, above_has_bias_row)
    if weights.shape != right.shape:
        raise impossible("the layers have weights of other shapes")
    return taken_as(weights.T, right.T)


WEIGHTS_OF_WRONG_LAYER = Mistake(
    "weights-of-wrong-layer",
    "the weights of the layer itself are used for those of the layer above",
    (Way("", {"factor_below": instead(own_weights)}),),
    looks="It runs only where two layers have weights of one shape.",
    mend="delta[k] is made of delta[k+1] and W[k+1]: both of the layer above.",
    source=f"{NIELSEN}, chapter 2, equation BP2",
)


def gradient_above(above: Any, above_has_bias_row: Any) -> Any:
    return without_bias_row(above["dC_dW"], above_has_bias_row).T


GRADIENT_FOR_WEIGHTS = Mistake(
    "gradient-for-weights",
    "delta is sent down through the gradient, not through the weights",
    (Way("", {"factor_below": instead(gradient_above)}),),
    looks="The last layer is right; below it everything is far too small.",
    mend="delta[k] = (delta[k+1] @ W[k+1].T) ⊙ da[k]/dz[k]: W, not dW.",
    source=f"{NIELSEN}, chapter 2, equation BP2",
)


def delta_as_it_stands(delta_above: Any, a: Any) -> Any:
    if delta_above.shape != a.shape:
        raise impossible("the layers have other numbers of units")
    return taken_as(delta_above, a)


def delta_summed(delta_above: Any, a: Any) -> Any:
    return spread(delta_above.sum(axis=1), a, a.shape, a.axes)


DELTA_WITHOUT_WEIGHTS = Mistake(
    "delta-without-weights",
    "delta is sent down without the weights",
    (
        Way("as it stands", {"error_below": instead(delta_as_it_stands)}),
        Way("summed over the units above", {"error_below": instead(delta_summed)}),
    ),
    looks="All units of a hidden layer get the same dC/da, whatever their weights.",
    mend="Each unit answers for what went out through its own weights: delta[k+1] @ W[k+1].T.",
    source=f"{NIELSEN}, chapter 2, equation BP2",
)

CHAPTER = (
    WEIGHTS_NOT_TRANSPOSED,
    UPDATED_WEIGHTS,
    ERROR_NOT_DELTA,
    BIAS_ROW_KEPT,
    WEIGHTS_OF_WRONG_LAYER,
    GRADIENT_FOR_WEIGHTS,
    DELTA_WITHOUT_WEIGHTS,
)
