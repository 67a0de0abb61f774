"""Mistakes in the biases."""
# ruff: noqa: D103  an equation stands under its name; the entry says the rest

from __future__ import annotations

from typing import Any

from chainstep.core.check.catalogue.shared import bias_apart
from chainstep.core.check.catalogue.sources import GOODFELLOW, NIELSEN, SAME_WEIGHTS
from chainstep.core.check.mistakes_made import Mistake, Way
from chainstep.core.check.rule_changes import Alteration, after, instead, spread
from chainstep.core.expressions import Rows, ZeroRows
from chainstep.core.rules import Rule


def summed_over_units(delta: Any) -> Any:
    return delta.sum(axis=1).T


def summed_over_all(delta: Any) -> Any:
    per_unit = delta.sum(axis=0)
    total = per_unit.sum(axis=1)
    return spread(total, per_unit, per_unit.shape, per_unit.axes)


def delta_sums_over_units(delta: Any) -> Any:
    return delta.sum(axis=1)


def _bias(rule: Rule) -> dict[str, Alteration]:
    row, apart = bias_apart(rule)
    return {"weight_gradient": after(row), "bias_gradient": instead(apart)}


BIAS_WRONG_AXIS = Mistake(
    "bias-wrong-axis",
    "the gradient of the biases is summed along the wrong axis",
    (
        Way("over the units", _bias(summed_over_units)),
        Way("over everything", _bias(summed_over_all)),
        Way(
            "over the units, a number per observation",
            {"bias_gradient": instead(delta_sums_over_units)},
            odd=True,
        ),
    ),
    looks="Over the units it has a number per observation, and runs only where there are as "
    "many units; over everything, all biases of a layer get the same.",
    mend="A bias belongs to a unit and acts on every observation: delta.sum(axis=0), rows "
    "being observations.",
    source=f"{GOODFELLOW}, algorithm 6.4, for one observation: a batch sums its rows",
)


def delta_itself(delta: Any) -> Any:
    return delta


def first_observation(delta: Any) -> Any:
    return Rows(delta, 0, 1)


def last_observation(delta: Any) -> Any:
    return Rows(delta, delta.shape[0] - 1, delta.shape[0])


BIAS_NOT_SUMMED = Mistake(
    "bias-not-summed",
    "the gradient of the biases is not summed over the observations",
    (
        Way(
            "a row for each observation",
            {"bias_gradient": instead(delta_itself)},
            odd=True,
        ),
        Way("the first observation's alone", _bias(first_observation)),
        Way("the last observation's alone", _bias(last_observation)),
    ),
    looks="The gradient of the biases has a row for each observation, or takes one of them; "
    "the weights are right.",
    mend="∂z/∂b is 1 for every observation, so sum: delta.sum(axis=0, keepdims=True).",
    source=f"{SAME_WEIGHTS}: a column of ones, so that the product sums the biases too",
)


def no_bias_change(result: Any, letter: Any, above_has_bias_row: Any) -> Any:
    if letter == "b":
        return result * 0
    return ZeroRows(result, 0, 1) if above_has_bias_row else result


def value_with_old_bias(value: Any, change: Any, letter: Any, above_has_bias_row: Any) -> Any:
    if letter == "b":
        return value - change * 0
    return value - (ZeroRows(change, 0, 1) if above_has_bias_row else change)


BIAS_NOT_UPDATED = Mistake(
    "bias-not-updated",
    "the biases keep their start",
    (
        Way("no change", {"change": after(no_bias_change)}),
        Way("the change not subtracted", {"new_value": instead(value_with_old_bias)}),
    ),
    looks="The weights learn, the biases stay as they were.",
    mend=lambda setup: (
        "Biases are parameters: b_new = b − learning rate · dC/db, or freeze them in the "
        f"scenario: `frozen: [{', '.join(f'b{k}' for k in range(1, len(setup.layers) + 1))}]`."
    ),
    source=f"{NIELSEN}, chapter 2, equation BP3",
)

CHAPTER = (
    BIAS_WRONG_AXIS,
    BIAS_NOT_SUMMED,
    BIAS_NOT_UPDATED,
)
