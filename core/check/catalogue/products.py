"""Mistakes in products: which matrix, which way round, entry by entry or not."""
# ruff: noqa: D103  an equation stands under its name; the entry says the rest

from __future__ import annotations

from typing import Any

from chainstep.core.check.catalogue.shared import below_bias, square_only, without_bias_row
from chainstep.core.check.catalogue.sources import NIELSEN, NUMPY, SAME_WEIGHTS, TWO_LAYERS
from chainstep.core.check.mistakes_made import Mistake, Way
from chainstep.core.check.rule_changes import (
    after,
    impossible,
    instead,
    outputs,
    reshaped,
    spread,
    taken_as,
)
from chainstep.core.expressions import Expression
from chainstep.core.quantities import OBSERVATION


def inputs_as_they_stand(a_in: Any, delta: Any) -> Any:
    if a_in.shape[1] != delta.shape[0]:
        raise impossible("only one way round fits")
    return a_in


def gradient_from_columns(a_before: Any, delta: Any, W: Any, above_has_bias_row: Any) -> Any:
    return below_bias(a_before @ delta, delta, W, above_has_bias_row)


ACTIVATIONS_NOT_TRANSPOSED = Mistake(
    "activations-not-transposed",
    "the activations are not transposed in the gradient",
    (
        Way("", {"factor_to_weights": instead(inputs_as_they_stand)}),
        Way("the bias kept apart", {"weight_gradient": instead(gradient_from_columns)}),
    ),
    looks="It runs only where there are as many observations as units before; observations "
    "and units change places, and nothing is summed over the observations.",
    mend="The gradient is a[k-1].T @ delta[k]: one row for each unit before, summed over the "
    "observations.",
    source=f"{TWO_LAYERS}, where a1.T is the factor asked about",
)


def transposed_gradient(a_before: Any, delta: Any, W: Any, above_has_bias_row: Any) -> Any:
    product = (a_before.T @ delta).T
    square_only(product)
    return below_bias(product, delta, W, above_has_bias_row)


def transposed_whole_gradient(dz_dW: Any, delta: Any) -> Any:
    product = (dz_dW @ delta).T
    square_only(product)
    return product


GRADIENT_TRANSPOSED = Mistake(
    "gradient-transposed",
    "the gradient is the transpose of the right one",
    (
        Way("", {"weight_gradient": instead(transposed_gradient)}),
        Way(
            "the bias row with it",
            {"weight_gradient": instead(transposed_whole_gradient)},
        ),
    ),
    looks="Every number is right and stands in the wrong place: what is right for the weight "
    "from i to j changes the weight from j to i.",
    mend="Give the gradient the shape of its weights, units before × units: "
    "a[k-1].T @ delta[k], not delta[k].T @ a[k-1].",
    source=f"{SAME_WEIGHTS}: the shape of the result must be that of the weights",
)


def _same_shape(left: Any, right: Any) -> None:
    if left.shape != right.shape:
        raise impossible("an element-wise product takes two matrices of one shape")


def entries_times_entries(delta_above: Any, dz_da: Any) -> Any:
    _same_shape(delta_above, dz_da)
    return delta_above * dz_da


def entries_times_weights(delta_above: Any, W_above: Any, above_has_bias_row: Any) -> Any:
    weights = without_bias_row(W_above, above_has_bias_row)
    _same_shape(delta_above, weights)
    return delta_above * weights


def entries_of_gradient(a_before: Any, delta: Any, W: Any, above_has_bias_row: Any) -> Any:
    _same_shape(a_before, delta)
    return below_bias(a_before * delta, delta, W, above_has_bias_row)


def entries_of_transposed(a_before: Any, delta: Any, W: Any, above_has_bias_row: Any) -> Any:
    _same_shape(a_before.T, delta)
    return below_bias(a_before.T * delta, delta, W, above_has_bias_row)


def inputs_times_weights(a_in: Any, W: Any, b: Any) -> Any:
    _same_shape(a_in, W)
    return a_in * W if b is None else a_in * W + b


ELEMENTWISE_PRODUCT = Mistake(
    "elementwise-product",
    "entry times entry where a matrix product belongs",
    (
        Way("on the way down", {"error_below": instead(entries_times_entries)}),
        Way(
            "on the way down, the weights as they stand",
            {"error_below": instead(entries_times_weights)},
        ),
        Way("in the gradient", {"weight_gradient": instead(entries_of_gradient)}),
        Way(
            "in the gradient, transposed",
            {"weight_gradient": instead(entries_of_transposed)},
        ),
        Way("in the forward phase", {"pre_activation": instead(inputs_times_weights)}),
    ),
    looks="It runs only where both matrices have the same shape. Nothing is summed, so the "
    "numbers are too small, and each depends on one pair only.",
    mend="Use @ (np.dot, matmul) between matrices; * is for da/dz alone, which stands entry "
    "by entry.",
    source=f"{TWO_LAYERS}: the product becomes Hadamard's",
)


def _each_against_each(a: Any, y: Any) -> tuple[Expression, Expression]:
    if a.shape[1] != 1 or a.shape[0] == 1:
        raise impossible("one output and several observations make (n,1) and (n,)")
    shape, axes = (a.shape[0], a.shape[0]), (OBSERVATION, OBSERVATION)
    return spread(a, y.T, shape, axes), spread(y.T, a, shape, axes)


def broadcast_cost(a: Any, y: Any, loss: Any) -> Any:
    return loss.function(*_each_against_each(a, y))


def broadcast_error(a: Any, y: Any, loss: Any, divisor: Any) -> Any:
    slope = loss.slope(*_each_against_each(a, y)).sum(axis=1)
    return slope if divisor is None else slope / divisor


def broadcast_difference(a: Any, y: Any, loss: Any, divisor: Any) -> Any:
    slope = loss.slope(*_each_against_each(a, y))
    return slope if divisor is None else slope / divisor


def broadcast_delta(dC_da: Any, da_dz: Any) -> Any:
    if dC_da.shape[1] != 1 or dC_da.shape[0] == 1:
        raise impossible("one output and several observations make (n,1) and (n,)")
    shape, axes = (dC_da.shape[0], dC_da.shape[0]), (OBSERVATION, OBSERVATION)
    return spread(dC_da, da_dz.T, shape, axes) * spread(da_dz.T, dC_da, shape, axes)


BROADCAST_VECTOR = Mistake(
    "broadcast-vector",
    "(n,) against (n,1): numpy makes n×n of them",
    (
        Way(
            "each output against each target",
            {
                "cost_of_observations": instead(broadcast_cost),
                "output_error": outputs(instead(broadcast_error)),
            },
        ),
        Way("in the cost alone", {"cost_of_observations": instead(broadcast_cost)}),
        Way(
            "n×n differences",
            {"output_error": outputs(instead(broadcast_difference))},
            odd=True,
        ),
        Way("n×n deltas", {"delta": outputs(instead(broadcast_delta))}, odd=True),
    ),
    looks="Every output is compared with every target: the cost is about n times too large, "
    "and a matrix n×n turns up where a column belongs.",
    mend="Give both one shape, y.reshape(-1, 1), and look at (a - y).shape.",
    source=NUMPY,
)


def reshaped_weights(W_above: Any, above_has_bias_row: Any) -> Any:
    weights = without_bias_row(W_above, above_has_bias_row)
    return reshaped(weights, weights.T)


def reshaped_inputs(a_in: Any) -> Any:
    return reshaped(a_in, a_in.T)


def reshaped_gradient(result: Any, W: Any, above_has_bias_row: Any) -> Any:
    if above_has_bias_row or result.shape[0] == 1 or result.shape[1] == 1:
        raise impossible("the same numbers in the same order")
    return reshaped(result.T, W)


RESHAPE_FOR_TRANSPOSE = Mistake(
    "reshape-for-transpose",
    "reshape stands where a transposition belongs",
    (
        Way("of the weights, on the way down", {"factor_below": instead(reshaped_weights)}),
        Way("of the activations, in the gradient", {"factor_to_weights": instead(reshaped_inputs)}),
        Way("of the gradient", {"weight_gradient": after(reshaped_gradient)}),
    ),
    looks="The shapes fit and the numbers stand in the wrong places.",
    mend="Write .T: reshape keeps the order of the numbers and only breaks the rows elsewhere.",
    source="NumPy user guide, numpy.reshape and numpy.transpose",
)


def product_with_slopes(dC_da: Any, da_dz: Any) -> Any:
    if dC_da.shape[0] != da_dz.shape[1] or dC_da.shape == (1, 1) or len(da_dz.shape) != 2:
        raise impossible("only as many observations as units make a matrix product")
    return taken_as(dC_da @ da_dz.T.T, dC_da)


def summed_slopes(dC_da: Any, da_dz: Any) -> Any:
    if dC_da.shape[0] != 1 or dC_da.shape[1] == 1 or len(da_dz.shape) != 2:
        raise impossible("one observation and several units make np.dot a number")
    return spread((dC_da * da_dz).sum(axis=1), dC_da, dC_da.shape, dC_da.axes)


PRODUCT_FOR_ELEMENTWISE = Mistake(
    "product-for-elementwise",
    "a matrix product stands where entry times entry belongs",
    (
        Way("dC/da @ da/dz", {"delta": instead(product_with_slopes)}),
        Way("np.dot of two vectors, one number", {"delta": instead(summed_slopes)}),
    ),
    looks="It runs only where there are as many observations as units, or a single observation; "
    "slopes of one unit get into another's delta.",
    mend="delta = dC/da * da/dz: the slope of each unit acts on that unit alone.",
    source=f"{NIELSEN}, chapter 2, equation BP1, with Hadamard's product",
)

CHAPTER = (
    ACTIVATIONS_NOT_TRANSPOSED,
    GRADIENT_TRANSPOSED,
    ELEMENTWISE_PRODUCT,
    BROADCAST_VECTOR,
    RESHAPE_FOR_TRANSPOSE,
    PRODUCT_FOR_ELEMENTWISE,
)
