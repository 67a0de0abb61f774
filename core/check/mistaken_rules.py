"""The equations as they are got wrong: each takes the place of one in rules.py."""
# ruff: noqa: D103  an equation stands under its name; the catalogue says the rest

from __future__ import annotations

from typing import Any

import numpy as np

from chainstep.core.check.rule_changes import (
    NO_FACTOR,
    impossible,
    on_top,
    spread,
    stacked,
    taken_as,
    with_ones,
)
from chainstep.core.expressions import Expression, Named, Number, Rows, ZeroRows
from chainstep.core.quantities import OBSERVATION
from chainstep.core.rules import bound, slope

# ── whose weights, and which way round ────────────────────────────────────────────────────


def without_bias_row(W: Any, has_bias_row: Any) -> Any:
    return Rows(W, 1, W.shape[0]) if has_bias_row else W


def weights_as_they_stand(W_above: Any, above_has_bias_row: Any) -> Any:
    weights = without_bias_row(W_above, above_has_bias_row)
    _square(weights)
    return weights


def pre_activation_from_transposed(a_before: Any, W: Any, b: Any, above_has_bias_row: Any) -> Any:
    weights = without_bias_row(W, above_has_bias_row)
    _square(weights)
    product = a_before @ weights.T
    if above_has_bias_row:
        return product + Rows(W, 0, 1)
    return product if b is None else product + b


def _square(matrix: Any) -> None:
    if matrix.shape[0] != matrix.shape[1]:
        raise impossible("the matrix is not square: only one way round fits")


def weights_with_bias_row(above: Any) -> Any:
    return _with_biases(above, above["W"].shape[0])


def weights_without_last_row(above: Any) -> Any:
    return _with_biases(above, above["W"].shape[0] - 1)


def _with_biases(above: Any, rows: int) -> Any:
    """The weights of the layer above with its biases as their top row, transposed."""
    W, b = above["W"], above["b"]
    if above["above_has_bias_row"]:
        return (W if rows == W.shape[0] else Rows(W, 0, rows)).T
    if b is None or b.shape[1] != W.shape[1]:
        raise impossible("there is no row of biases")
    return on_top(b, Rows(W, 0, rows)).T


def updated_weights(above: Any) -> Any:
    """W[k+1] as this iteration's update will leave it."""
    roles = above.copy()
    change = roles.builder.change(roles, "W", lambda _, law: law)
    roles["change"] = _frozen(change, roles, roles.layer)
    return bound(roles.builder.rules_of(roles.layer).new_value, roles)


def _frozen(change: Any, roles: Any, k: int) -> Any:
    setup = roles["setup"]
    if f"W{k}" in setup.frozen:
        raise impossible(f"W{k} is frozen: the new weights are the old")
    if setup.bias == "row" and f"b{k}" in setup.frozen:
        return ZeroRows(change, 0, 1)
    return change


# ── what is sent down ─────────────────────────────────────────────────────────────────────


def entries_times_entries(delta_above: Any, dz_da: Any) -> Any:
    _same_shape(delta_above, dz_da)
    return delta_above * dz_da


def entries_times_weights(delta_above: Any, W_above: Any, above_has_bias_row: Any) -> Any:
    weights = without_bias_row(W_above, above_has_bias_row)
    _same_shape(delta_above, weights)
    return delta_above * weights


def inputs_times_weights(a_in: Any, W: Any, b: Any) -> Any:
    _same_shape(a_in, W)
    return a_in * W if b is None else a_in * W + b


def _same_shape(left: Any, right: Any) -> None:
    if left.shape != right.shape:
        raise impossible("an element-wise product takes two matrices of one shape")


def error_from_error(above: Any, dz_da: Any) -> Any:
    return above["dC_da"] @ dz_da


# ── slopes and deltas ─────────────────────────────────────────────────────────────────────


def slope_at_activation(a: Any, activation: Any) -> Any:
    _has_slope(activation)
    return activation.slope(a, Named(activation.symbol, (a,), activation.function(a)))


def slope_fed_preactivation(z: Any, activation: Any) -> Any:
    _has_slope(activation)
    return activation.slope(z, z)


def _has_slope(activation: Any) -> None:
    if activation.slope is None:
        raise impossible(f"{activation.name} has a Jacobian and no slope")


def error_as_delta(dC_da: Any) -> Any:
    return dC_da


def _short(a: Any, y: Any, loss: Any, divisor: Any, activation: Any) -> Any:
    shortcut = loss.shortcut
    if shortcut is None or shortcut.activation != activation.name:
        raise impossible("only softmax with cross-entropy and a sigmoid with binary have a − t")
    short = shortcut.delta(a, y)
    return short if divisor is None else short / divisor


def shortcut_times_slope(a: Any, y: Any, loss: Any, divisor: Any, activation: Any) -> Any:
    return _short(a, y, loss, divisor, activation) * (a * (1 - a))


def shortcut_through_jacobian(a: Any, y: Any, loss: Any, divisor: Any, activation: Any) -> Any:
    short = _short(a, y, loss, divisor, activation)
    if activation.through is None:
        raise impossible("a sigmoid has a slope, not a Jacobian")
    return Named("·", (short, a), activation.through(short, a))


def shortcut_as_error(a: Any, y: Any, loss: Any, divisor: Any, activation: Any) -> Any:
    return _short(a, y, loss, divisor, activation)


def own_slope(a: Any, y: Any, loss: Any, divisor: Any, activation: Any) -> Any:
    _short(a, y, loss, divisor, activation)
    return a * (1 - a)


def error_times_own_slope(dC_da: Any, da_dz: Any) -> Any:
    return dC_da * da_dz


def diagonal_slope(a: Any, activation: Any) -> Any:
    _softmax(activation)
    return a * (1 - a)


def delta_by_diagonal(dC_da: Any, a: Any, activation: Any) -> Any:
    _softmax(activation)
    return dC_da * (a * (1 - a))


def _softmax(activation: Any) -> None:
    if activation.jacobian is None:
        raise impossible(f"{activation.name} has no Jacobian")


def delta_from_preactivation(dC_da: Any, z: Any, activation: Any) -> Any:
    _softmax(activation)
    return Named("·", (dC_da, slope(z, z, activation)), activation.through(dC_da, z))


def shortcut_from_preactivation(z: Any, y: Any, loss: Any, divisor: Any, activation: Any) -> Any:
    return _short(z, y, loss, divisor, activation)


def preactivation_minus_targets(z: Any, y: Any, divisor: Any, activation: Any) -> Any:
    _softmax(activation)
    return z - y if divisor is None else (z - y) / divisor


def shortcut_from_z_as_error(z: Any, y: Any, loss: Any, divisor: Any, activation: Any) -> Any:
    return _short(z, y, loss, divisor, activation)


def softmax_left_out(z: Any, activation: Any) -> Any:
    _softmax(activation)
    return z * 1


def shortcut_minus_targets(a: Any, y: Any, loss: Any, divisor: Any, activation: Any) -> Any:
    _softmax(activation)
    _short(a, y, loss, divisor, activation)
    return a - y if divisor is None else (a - y) / divisor


def softmax_over_observations(z: Any, activation: Any) -> Any:
    _softmax(activation)
    powers = np.exp(z - z.max(axis=0))
    return powers / powers.sum(axis=0)


def delta_over_observations(dC_da: Any, a: Any, activation: Any) -> Any:
    _softmax(activation)
    return a * (dC_da - (dC_da * a).sum(axis=0))


# ── gradients ─────────────────────────────────────────────────────────────────────────────
# Where the bias is the top row of the weights, many programs keep it apart: the mistake is
# then made in the other rows alone.


def _below_bias(rows: Any, delta: Any, W: Any, has_bias_row: Any) -> Any:
    if not has_bias_row:
        return taken_as(rows, W) if rows.shape != W.shape else rows
    return stacked(delta.sum(axis=0), rows, W)


def gradient_from_columns(a_before: Any, delta: Any, W: Any, above_has_bias_row: Any) -> Any:
    return _below_bias(a_before @ delta, delta, W, above_has_bias_row)


def inputs_as_they_stand(a_in: Any, delta: Any) -> Any:
    if a_in.shape[1] != delta.shape[0]:
        raise impossible("only one way round fits")
    return a_in


def transposed_gradient(a_before: Any, delta: Any, W: Any, above_has_bias_row: Any) -> Any:
    product = (a_before.T @ delta).T
    _square(product)
    return _below_bias(product, delta, W, above_has_bias_row)


def transposed_whole_gradient(dz_dW: Any, delta: Any) -> Any:
    product = (dz_dW @ delta).T
    _square(product)
    return product


def entries_of_gradient(a_before: Any, delta: Any, W: Any, above_has_bias_row: Any) -> Any:
    _same_shape(a_before, delta)
    return _below_bias(a_before * delta, delta, W, above_has_bias_row)


def entries_of_transposed(a_before: Any, delta: Any, W: Any, above_has_bias_row: Any) -> Any:
    _same_shape(a_before.T, delta)
    return _below_bias(a_before.T * delta, delta, W, above_has_bias_row)


def own_activation(a: Any, a_in: Any, above_has_bias_row: Any) -> Any:
    return (with_ones(a, a_in) if above_has_bias_row else taken_as(a, a_in)).T


def gradient_of_each_weight(delta: Any, W: Any, above_has_bias_row: Any) -> Any:
    weights = without_bias_row(W, above_has_bias_row)
    return _below_bias(weights * _per_row(delta, weights), delta, W, above_has_bias_row)


def gradient_from_weights(delta: Any, W: Any, above_has_bias_row: Any) -> Any:
    weights = without_bias_row(W, above_has_bias_row)
    return _below_bias(weights @ delta, delta, W, above_has_bias_row)


def delta_as_gradient(delta: Any, W: Any) -> Any:
    return taken_as(delta, W)


def delta_below_bias(delta: Any, W: Any, above_has_bias_row: Any) -> Any:
    if not above_has_bias_row:
        raise impossible("the weights have no bias row")
    return _below_bias(delta, delta, W, above_has_bias_row)


def delta_for_each_weight(delta: Any, W: Any, above_has_bias_row: Any) -> Any:
    weights = without_bias_row(W, above_has_bias_row)
    return _below_bias(_per_row(delta, weights), delta, W, above_has_bias_row)


def _per_row(delta: Any, weights: Any) -> Any:
    return spread(delta.sum(axis=0), weights, weights.shape, weights.axes)


def accumulated_weights(result: Any, dC_dW_old: Any) -> Any:
    return dC_dW_old + result


def accumulated_biases(result: Any, dC_db_old: Any) -> Any:
    return dC_db_old + result


# ── biases ────────────────────────────────────────────────────────────────────────────────


def _with_top(top: Any, result: Any) -> Any:
    """The gradient with another bias row."""
    return stacked(top, Rows(result, 1, result.shape[0]), result)


def summed_over_units(delta: Any) -> Any:
    return delta.sum(axis=1).T


def summed_over_all(delta: Any) -> Any:
    per_unit = delta.sum(axis=0)
    total = per_unit.sum(axis=1)
    return spread(total, per_unit, per_unit.shape, per_unit.axes)


def first_observation(delta: Any) -> Any:
    return Rows(delta, 0, 1)


def last_observation(delta: Any) -> Any:
    return Rows(delta, delta.shape[0] - 1, delta.shape[0])


def mean_of_observations(delta: Any, observations: Any) -> Any:
    return delta.sum(axis=0) / observations


def bias_apart(rule: Any) -> tuple[Any, Any]:
    """A mistaken gradient of the biases: as the bias row's, and as that of ``b``."""
    asks = rule.__code__.co_varnames[: rule.__code__.co_argcount]

    def row(result: Any, delta: Any, observations: Any, above_has_bias_row: Any) -> Any:
        if not above_has_bias_row:
            return result
        args = [delta, observations][: len(asks)]
        return _with_top(rule(*args), result)

    def apart(delta: Any, observations: Any, b: Any) -> Any:
        if b.shape[1] != delta.shape[1]:
            raise impossible("a shared bias sums over everything")
        return taken_as(rule(*[delta, observations][: len(asks)]), b)

    return row, apart


def no_bias_change(result: Any, letter: Any, above_has_bias_row: Any) -> Any:
    if letter == "b":
        return result * 0
    return ZeroRows(result, 0, 1) if above_has_bias_row else result


def value_with_old_bias(value: Any, change: Any, letter: Any, above_has_bias_row: Any) -> Any:
    if letter == "b":
        return value - change * 0
    return value - (ZeroRows(change, 0, 1) if above_has_bias_row else change)


# ── (n,) against (n,1) ────────────────────────────────────────────────────────────────────


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


def delta_itself(delta: Any) -> Any:
    return delta


def delta_sums_over_units(delta: Any) -> Any:
    return delta.sum(axis=1)


# ── factors ───────────────────────────────────────────────────────────────────────────────


def negative(result: Any) -> Any:
    return -result


def doubled(result: Any) -> Any:
    return 2 * result


def halved(result: Any) -> Any:
    return result / 2


def _above_one(*counts: Any) -> Any:
    """The product of counts, as a number to divide or multiply by.

    Raises: ShapeError where it is 1, and so no mistake.
    """
    count = 1.0
    for one in counts:
        count *= one
    if count == 1:
        raise impossible("there is only one to count")
    return Number(count)


def by_observations(result: Any, observations: Any) -> Any:
    return result / _above_one(observations.value)


def _a_mean(setup: Any) -> None:
    if setup.reduction == "sum" and not setup.loss.startswith("mean"):
        raise impossible("nothing is a mean here")


def times_observations(result: Any, observations: Any, setup: Any) -> Any:
    _a_mean(setup)
    return _above_one(observations.value) * result


def by_outputs(result: Any, a: Any) -> Any:
    return result / _above_one(a.shape[1])


def times_outputs(result: Any, a: Any, setup: Any) -> Any:
    _a_mean(setup)
    return _above_one(a.shape[1]) * result


def by_both(result: Any, a: Any) -> Any:
    return result / _above_one(*a.shape)


def times_both(result: Any, a: Any, setup: Any) -> Any:
    _a_mean(setup)
    return _above_one(*a.shape) * result


def added(value: Any, change: Any) -> Any:
    return value + change


def truncated(result: Any) -> Any:
    return np.trunc(result)


def truncated_weights(W: Any) -> Any:
    return np.trunc(W)


def truncated_weights_above(W_above: Any) -> Any:
    return np.trunc(W_above)


def no_learning_rate() -> Any:
    return NO_FACTOR


def learning_rate_squared(learning_rate: Any) -> Any:
    return learning_rate * learning_rate
