"""Mistakes in the update and in what a run starts from."""
# ruff: noqa: D103  an equation stands under its name; the entry says the rest

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np

from chainstep.core.check.catalogue.sources import RUMELHART
from chainstep.core.check.mistakes_made import Mistake, Way
from chainstep.core.check.rule_changes import (
    NO_FACTOR,
    Alteration,
    after,
    given,
    hidden,
    instead,
    outputs,
)
from chainstep.core.expressions import ZeroRows
from chainstep.core.rules import Rule
from chainstep.core.setup import Array, Batches, Setup


def truncated(result: Any) -> Any:
    return np.trunc(result)


def truncated_weights(W: Any) -> Any:
    return np.trunc(W)


def truncated_weights_above(W_above: Any) -> Any:
    return np.trunc(W_above)


def truncated_start(setup: Setup) -> Setup:
    biases = tuple(np.trunc(bias) for bias in setup.biases)
    return truncated_weights_at_start(setup)._replace(biases=biases)


def truncated_weights_at_start(setup: Setup) -> Setup:
    return setup._replace(weights=tuple(np.trunc(matrix) for matrix in setup.weights))


INTEGER_WEIGHTS = Mistake(
    "integer-weights",
    "the weights are whole numbers: everything behind the point is cut off",
    (
        Way("at every update", {"new_value": after(truncated)}),
        Way("at the start", {}, start=truncated_start, starts="trunc({})"),
        Way(
            "at the start, the biases as they are",
            {},
            start=truncated_weights_at_start,
            starts="trunc({})",
        ),
        Way(
            "at the start and at every update",
            {"new_value": after(truncated)},
            start=truncated_start,
        ),
        Way(
            "only when used",
            {
                "pre_activation": given("W", truncated_weights),
                "factor_below": given("W_above", truncated_weights_above),
            },
        ),
    ),
    looks="Weights stay at 0, 1, −1 …; small steps change nothing at all.",
    mend="An array that starts as [[1, 1]] holds integers: write 1.0, or dtype=float.",
    source="NumPy user guide, Data types: assignment to an integer array truncates",
)


def no_learning_rate() -> Any:
    return NO_FACTOR


def _learning_rate(other: Rule) -> dict[str, Alteration]:
    return {"change": given("learning_rate", other)}


LEARNING_RATE_OMITTED = Mistake(
    "learning-rate-omitted",
    "the update leaves out the learning rate",
    (Way("", _learning_rate(no_learning_rate)),),
    looks="The gradients are right, and the weights change by all of them.",
    mend="W_new = W − learning rate · dC/dW.",
    source=f"{RUMELHART}, equation 8",
)


def learning_rate_squared(learning_rate: Any) -> Any:
    return learning_rate * learning_rate


def times_rate(result: Any, learning_rate: Any) -> Any:
    return learning_rate * result


LEARNING_RATE_TWICE = Mistake(
    "learning-rate-twice",
    "the learning rate is multiplied in twice",
    (
        Way("", _learning_rate(learning_rate_squared)),
        Way("in delta of the outputs, and in the update", {"delta": outputs(after(times_rate))}),
        Way(
            "in the gradients, and in the update",
            {"weight_gradient": after(times_rate), "bias_gradient": after(times_rate)},
        ),
    ),
    looks="The gradients are right, and the weights change too little by the learning rate "
    "again: once in the gradient, once in the update.",
    mend="Multiply by the learning rate in one place only.",
    source=f"{RUMELHART}, equation 8",
)


def kept(value: Any, change: Any) -> Any:
    return value + change * 0


def kept_weights(value: Any, change: Any, letter: Any) -> Any:
    if letter != "W":
        return value - change
    return value + change * 0


WEIGHTS_NOT_UPDATED = Mistake(
    "weights-not-updated",
    "the weights keep their start",
    (
        Way("", {"new_value": instead(kept_weights)}),
        Way("the biases too", {"new_value": instead(kept)}),
        Way("in all layers but the last", {"new_value": hidden(instead(kept_weights))}),
        Way("in all layers but the last, the biases too", {"new_value": hidden(instead(kept))}),
    ),
    looks="The weights of one layer, or of all, are the same before and after.",
    mend="Every layer learns: W[k] = W[k] − learning rate · dC/dW[k], for each k; or freeze "
    "them in the scenario with `frozen: [W1]`.",
    source=f"{RUMELHART}, equation 8",
)


def zero_bias(value: Any, change: Any, letter: Any, above_has_bias_row: Any) -> Any:
    if letter == "b":
        return (value - change) * 0
    return ZeroRows(value - change, 0, 1) if above_has_bias_row else value - change


BIAS_ZEROED = Mistake(
    "bias-zeroed",
    "the biases are set to 0 at the update",
    (Way("", {"new_value": instead(zero_bias)}),),
    looks="The biases are 0 from iteration 2 on.",
    mend="b_new = b − learning rate · dC/db; what is set to zero before a backward phase are "
    "the gradients, not the biases.",
    source=f"{RUMELHART}, equation 8",
)


_ALL_ORDERS = 4  # observations of which every order of the targets is tried


def _shuffled(order: Callable[[Array], Array]) -> Callable[[Setup], Setup]:
    return lambda setup: setup._replace(targets=order(setup.targets))


def _in_order(order: tuple[int, ...]) -> Way:
    """The rows of the targets in another order, where there are so many."""

    def start(setup: Setup) -> Setup:
        if setup.observations != len(order):
            return setup
        return setup._replace(targets=setup.targets[list(order)])

    listed = ", ".join(map(str, order))
    says = f"in the order {listed}"
    return Way(says, {}, start=start, starts=f"{{}}, its rows in the order {listed}", rank=2)


def _orders() -> tuple[Way, ...]:
    several = range(2, _ALL_ORDERS + 1)
    return tuple(_in_order(order) for m in several for order in [*permutations(range(m))][1:])


TARGETS_SHUFFLED = Mistake(
    "targets-shuffled",
    "the targets stand in another order than the inputs",
    (
        Way("in reverse", {}, start=_shuffled(lambda y: y[::-1]), starts="{}, its rows in reverse"),
        Way(
            "moved on by one",
            {},
            start=_shuffled(lambda y: np.roll(y, 1, axis=0)),
            starts="{}, its rows moved on by one",
        ),
        Way(
            "moved back by one",
            {},
            start=_shuffled(lambda y: np.roll(y, -1, axis=0)),
            starts="{}, its rows moved back by one",
        ),
        Way(
            "the columns in reverse",
            {},
            start=_shuffled(lambda y: y[:, ::-1]),
            starts="{}, its columns in reverse",
        ),
        *_orders(),
    ),
    looks="The forward phase is right up to the outputs, and the cost belongs to other targets.",
    mend="Shuffle inputs and targets with one permutation: X[p], y[p].",
    source="scikit-learn, sklearn.utils.shuffle: arrays are shuffled in a consistent way",
)

_MOST_EACH = 64  # observations that an iteration takes one by one


def one_by_one(setup: Setup) -> Setup:
    if setup.batches is not None or not 1 < setup.observations <= _MOST_EACH:
        return setup
    return setup._replace(batches=Batches(1))


UPDATED_AFTER_EACH = Mistake(
    "updated-after-each-observation",
    "the weights change after each observation, and the next one sees the new ones",
    (Way("", {}, start=one_by_one, starts="{} of each observation in turn"),),
    looks="The first observation is right, the others are off by about the learning rate; "
    "gradients are those of one observation.",
    mend="Add up the gradients of all observations, and update once. If each observation is "
    "meant to have an update of its own, say so in the scenario: `update: {batch: 1}`.",
    source=f"{RUMELHART}: weights may change after every case, or after all of them",
)

CHAPTER = (
    INTEGER_WEIGHTS,
    LEARNING_RATE_OMITTED,
    LEARNING_RATE_TWICE,
    WEIGHTS_NOT_UPDATED,
    BIAS_ZEROED,
    TARGETS_SHUFFLED,
    UPDATED_AFTER_EACH,
)
