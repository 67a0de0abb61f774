"""Mistakes in the softmax."""
# ruff: noqa: D103  an equation stands under its name; the entry says the rest

from __future__ import annotations

from typing import Any

import numpy as np

from chainstep.core.check.catalogue.shared import error_as_delta, short_delta, softmax_only
from chainstep.core.check.catalogue.sources import GOODFELLOW
from chainstep.core.check.mistakes_made import Mistake, Way
from chainstep.core.check.rule_changes import instead, outputs
from chainstep.core.expressions import Named
from chainstep.core.rules import slope


def delta_by_diagonal(dC_da: Any, a: Any, activation: Any) -> Any:
    softmax_only(activation)
    return dC_da * (a * (1 - a))


def diagonal_slope(a: Any, activation: Any) -> Any:
    softmax_only(activation)
    return a * (1 - a)


SOFTMAX_DIAGONAL = Mistake(
    "softmax-diagonal",
    "only the diagonal of softmax's Jacobian is used: a(1 − a)",
    (
        Way("", {"delta": instead(delta_by_diagonal)}),
        Way(
            "da/dz is a(1 − a)",
            {
                "slope": instead(diagonal_slope),
                "delta": instead(delta_by_diagonal),
            },
        ),
    ),
    looks="The deltas of an observation no longer add up to 0.",
    mend="Every output depends on every z of its observation: multiply by the whole Jacobian, "
    "diag(a) − aᵀ·a, or use a − t with cross-entropy.",
    source=f"{GOODFELLOW}, section 6.2.2.3",
)


def preactivation_minus_targets(z: Any, y: Any, divisor: Any, activation: Any) -> Any:
    softmax_only(activation)
    return z - y if divisor is None else (z - y) / divisor


def shortcut_from_preactivation(z: Any, y: Any, loss: Any, divisor: Any, activation: Any) -> Any:
    return short_delta(z, y, loss, divisor, activation)


def shortcut_from_z_as_error(z: Any, y: Any, loss: Any, divisor: Any, activation: Any) -> Any:
    return short_delta(z, y, loss, divisor, activation)


def delta_from_preactivation(dC_da: Any, z: Any, activation: Any) -> Any:
    softmax_only(activation)
    return Named("·", (dC_da, slope(z, z, activation)), activation.through(dC_da, z))


def softmax_left_out(z: Any, activation: Any) -> Any:
    softmax_only(activation)
    return z * 1


SOFTMAX_FROM_PREACTIVATION = Mistake(
    "softmax-from-preactivation",
    "z is used where the outputs of the softmax belong",
    (
        Way("z − t", {"delta": outputs(instead(preactivation_minus_targets))}),
        Way("z·Σt − t", {"delta": outputs(instead(shortcut_from_preactivation))}),
        Way(
            "z − t called dC/da",
            {
                "output_error": outputs(instead(shortcut_from_z_as_error)),
                "delta": outputs(instead(error_as_delta)),
            },
        ),
        Way("in the Jacobian", {"delta": instead(delta_from_preactivation)}),
        Way("softmax left out", {"activated": instead(softmax_left_out)}),
    ),
    looks="The deltas are as large as the pre-activations, and do not add up to 0.",
    mend="Take p = softmax(z) first; p − t and p(1 − p) are formulas of p.",
    source=f"{GOODFELLOW}, section 6.2.2.3",
)


def softmax_over_observations(z: Any, activation: Any) -> Any:
    softmax_only(activation)
    powers = np.exp(z - z.max(axis=0))
    return powers / powers.sum(axis=0)


def delta_over_observations(dC_da: Any, a: Any, activation: Any) -> Any:
    softmax_only(activation)
    return a * (dC_da - (dC_da * a).sum(axis=0))


def softmax_over_everything(z: Any, activation: Any) -> Any:
    softmax_only(activation)
    powers = np.exp(z)
    return powers / powers.sum(axis=1).sum(axis=0)


SOFTMAX_WRONG_AXIS = Mistake(
    "softmax-wrong-axis",
    "the softmax adds up over the observations, not over the units",
    (
        Way("", {"activated": instead(softmax_over_observations)}),
        Way("in the backward phase", {"delta": instead(delta_over_observations)}),
        Way("over everything", {"activated": instead(softmax_over_everything)}),
    ),
    looks="Columns add up to 1, rows do not; with one observation every output is 1.",
    mend="Sum over the units of each observation: axis=1, keepdims=True, rows being observations.",
    source=f"{GOODFELLOW}, equation 6.29",
)


def powers_alone(z: Any, activation: Any) -> Any:
    softmax_only(activation)
    return np.exp(z)


SOFTMAX_NOT_NORMALISED = Mistake(
    "softmax-not-normalised",
    "exp(z) is not divided by its sum",
    (Way("", {"activated": instead(powers_alone)}),),
    looks="The outputs of an observation do not add up to 1.",
    mend="a = exp(z) / exp(z).sum(axis=1, keepdims=True).",
    source=f"{GOODFELLOW}, equation 6.29",
)

CHAPTER = (
    SOFTMAX_DIAGONAL,
    SOFTMAX_FROM_PREACTIVATION,
    SOFTMAX_WRONG_AXIS,
    SOFTMAX_NOT_NORMALISED,
)
