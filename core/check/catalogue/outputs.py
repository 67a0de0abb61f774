"""Mistakes at the outputs: shortcuts and losses."""
# ruff: noqa: D103  an equation stands under its name; the entry says the rest

from __future__ import annotations

from typing import Any

import numpy as np

from chainstep.core.check.catalogue.shared import short_delta, softmax_only
from chainstep.core.check.catalogue.sources import BISHOP
from chainstep.core.check.mistakes_made import Mistake, Way
from chainstep.core.check.rule_changes import after, anywhere, impossible, instead, outputs
from chainstep.core.expressions import Named
from chainstep.core.losses import LOSSES, times_log
from chainstep.core.rules import Rule


def shortcut_times_slope(a: Any, y: Any, loss: Any, divisor: Any, activation: Any) -> Any:
    return short_delta(a, y, loss, divisor, activation) * (a * (1 - a))


def shortcut_as_error(a: Any, y: Any, loss: Any, divisor: Any, activation: Any) -> Any:
    return short_delta(a, y, loss, divisor, activation)


def error_times_own_slope(dC_da: Any, da_dz: Any) -> Any:
    return dC_da * da_dz


def own_slope(a: Any, y: Any, loss: Any, divisor: Any, activation: Any) -> Any:
    short_delta(a, y, loss, divisor, activation)
    return a * (1 - a)


def shortcut_through_jacobian(a: Any, y: Any, loss: Any, divisor: Any, activation: Any) -> Any:
    short = short_delta(a, y, loss, divisor, activation)
    if activation.through is None:
        raise impossible("a sigmoid has a slope, not a Jacobian")
    return Named("·", (short, a), activation.through(short, a))


EXTRA_OUTPUT_SLOPE = Mistake(
    "extra-output-slope",
    "the slope is multiplied in again, although a − t has it already",
    (
        Way("", {"delta": outputs(instead(shortcut_times_slope))}),
        Way(
            "a − t called dC/da",
            {
                "output_error": outputs(instead(shortcut_as_error)),
                "delta": outputs(instead(error_times_own_slope)),
                "slope": outputs(instead(own_slope)),
            },
        ),
        Way("through the Jacobian", {"delta": outputs(instead(shortcut_through_jacobian))}),
    ),
    looks="delta of the outputs is too small by a(1 − a); learning nearly stops where the "
    "outputs are sure of themselves.",
    mend="With softmax and cross-entropy, or a sigmoid and binary cross-entropy, delta is "
    "a − t. Leave the slope out there.",
    source=f"{BISHOP}, section 5.3.1: a − t for these pairs",
)


def shortcut_minus_targets(a: Any, y: Any, loss: Any, divisor: Any, activation: Any) -> Any:
    softmax_only(activation)
    short_delta(a, y, loss, divisor, activation)
    return a - y if divisor is None else (a - y) / divisor


SHORTCUT_UNNORMALISED_TARGET = Mistake(
    "shortcut-unnormalised-target",
    "p − t is used where a row of t does not add up to 1",
    (Way("", {"delta": outputs(instead(shortcut_minus_targets))}),),
    looks="Right for one-hot targets; the others are off by a(1 − Σt).",
    mend="delta = a·Σt − t holds for all targets; a − t only where their row adds up to 1.",
    source=f"{BISHOP}, section 4.3.4: the targets of an observation add up to 1",
)


def _in_base(base: float) -> Rule:
    """What a cost, or its derivative, is with logarithms of another base."""

    def scaled(result: Any, loss: Any) -> Any:
        if "entropy" not in loss.name:
            raise impossible(f"{loss.name} has no logarithm")
        return result / float(np.log(base))

    return scaled


LOGARITHM_BASE = Mistake(
    "logarithm-base",
    "the logarithm has another base than e",
    tuple(
        Way(f"log{base}, {where}", {name: place(after(_in_base(base))) for name in names})
        for where, names, place in (
            ("in the cost", ("cost_of_observations",), anywhere),
            ("in the cost and its derivative", ("cost_of_observations", "output_error"), outputs),
        )
        for base in (2, 10)
    ),
    looks="The cost is 1.4427 (base 2) or 0.4343 (base 10) times what it should be.",
    mend="Cross-entropy takes the natural logarithm: np.log, math.log; not log2 or log10.",
    source=f"{BISHOP}, equations 5.21 and 5.24, with ln",
)


def _first_term(a: Any, y: Any, loss: Any) -> Any:
    if loss.name != "binary-cross-entropy":
        raise impossible(f"{loss.name} has one term")
    return -times_log(y, a).sum(axis=1)


def _slope_of_first_term(a: Any, y: Any, loss: Any, divisor: Any) -> Any:
    if loss.name != "binary-cross-entropy":
        raise impossible(f"{loss.name} has one term")
    slope = -(y / a)
    return slope if divisor is None else slope / divisor


ONE_TERM_OF_CROSS_ENTROPY = Mistake(
    "one-term-of-cross-entropy",
    "only one term of the binary cross-entropy is taken",
    (
        Way("in the cost", {"cost_of_observations": instead(_first_term)}),
        Way(
            "in the cost and its derivative",
            {
                "cost_of_observations": instead(_first_term),
                "output_error": outputs(instead(_slope_of_first_term)),
            },
        ),
    ),
    looks="Observations whose target is 0 cost nothing.",
    mend="C = −Σ(y log a + (1 − y) log(1 − a)): both terms.",
    source=f"{BISHOP}, equation 5.21",
)


def _another_loss(name: str, *, derivative: bool) -> Way:
    def cost(a: Any, y: Any, loss: Any) -> Any:
        _differs(loss)
        return LOSSES[name].function(a, y)

    def error(a: Any, y: Any, loss: Any, divisor: Any) -> Any:
        _differs(loss)
        slope = LOSSES[name].slope(a, y)
        return slope if divisor is None else slope / divisor

    def _differs(loss: Any) -> None:
        if loss.name == name or ("squared" in loss.name) == ("squared" in name):
            raise impossible(f"{loss.name} and {name} differ by a factor at most")

    changes = {"cost_of_observations": instead(cost)}
    if derivative:
        changes["output_error"] = outputs(instead(error))
        return Way(f"{LOSSES[name].title}, and its derivative", changes)
    return Way(f"{LOSSES[name].title} as the cost", changes)


ANOTHER_LOSS = Mistake(
    "another-loss",
    "another loss is used than the scenario's",
    tuple(
        _another_loss(name, derivative=derivative)
        for derivative in (False, True)
        for name in (
            "squared-error",
            "half-squared-error",
            "binary-cross-entropy",
            "cross-entropy",
        )
    ),
    looks="The outputs are right, and the cost, or dC/da, is that of another loss.",
    mend=lambda setup: (
        f"The scenario's loss is {LOSSES[setup.loss].title}: take the cost and its "
        "derivative from it, or change `loss:` there."
    ),
    source=f"{BISHOP}, section 5.2",
)

CHAPTER = (
    EXTRA_OUTPUT_SLOPE,
    SHORTCUT_UNNORMALISED_TARGET,
    LOGARITHM_BASE,
    ONE_TERM_OF_CROSS_ENTROPY,
    ANOTHER_LOSS,
)
