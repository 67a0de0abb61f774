"""Mistakes in dropout and in batch normalisation."""
# ruff: noqa: D103  an equation stands under its name; the entry says the rest

from __future__ import annotations

from typing import Any

import numpy as np

from chainstep.core.check.mistakes_made import Mistake, Way
from chainstep.core.check.rule_changes import after, impossible, instead
from chainstep.core.layers import LAYER_KINDS

_DROPOUT, _NORMALISING = LAYER_KINDS["dropout"].source, LAYER_KINDS["batch-norm"].source

# ── dropout ───────────────────────────────────────────────────────────────────────────────


def not_masked(a_before: Any) -> Any:
    return a_before * 1


def error_not_masked(dC_da_above: Any) -> Any:
    return dC_da_above * 1


MASK_LEFT_OUT = Mistake(
    "dropout-mask-left-out",
    "the mask of the dropout is not applied",
    (
        Way("on the way down", {"own.error_through_mask": instead(error_not_masked)}),
        Way("in the forward phase", {"own.masked": instead(not_masked)}),
        Way(
            "at all",
            {
                "own.masked": instead(not_masked),
                "own.error_through_mask": instead(error_not_masked),
            },
        ),
    ),
    looks="Units that were dropped get a delta that is not 0.",
    mend="The mask of the forward phase multiplies on the way down too: dA = dA * mask.",
    source=_DROPOUT,
)


def mask_not_scaled(a_before: Any, mask: Any, rate: Any) -> Any:
    return a_before * (mask * (1 - rate))


def error_not_scaled(dC_da_above: Any, da_da: Any, rate_above: Any) -> Any:
    return dC_da_above * (da_da * (1 - rate_above))


def _by_rate(rate: Any) -> Any:
    if rate.value == 0.5:
        raise impossible("as many are kept as are dropped")
    return (1 - rate) / rate


def mask_by_rate(a_before: Any, mask: Any, rate: Any) -> Any:
    return a_before * (mask * _by_rate(rate))


def error_by_rate(dC_da_above: Any, da_da: Any, rate_above: Any) -> Any:
    return dC_da_above * (da_da * _by_rate(rate_above))


DROPOUT_NOT_SCALED = Mistake(
    "dropout-not-scaled",
    "what dropout keeps is not divided by the share that is kept",
    (
        Way(
            "forward and on the way down",
            {
                "own.masked": instead(mask_not_scaled),
                "own.error_through_mask": instead(error_not_scaled),
            },
        ),
        Way("on the way down alone", {"own.error_through_mask": instead(error_not_scaled)}),
        Way("in the forward phase alone", {"own.masked": instead(mask_not_scaled)}),
        Way(
            "divided by the share that is dropped",
            {
                "own.masked": instead(mask_by_rate),
                "own.error_through_mask": instead(error_by_rate),
            },
        ),
    ),
    looks="Activations after the dropout are too small by 1 − rate.",
    mend="A = A * mask / keep, and on the way down dA = dA * mask / keep, with keep = 1 − rate.",
    source=_DROPOUT,
)


def other_units(a_before: Any, mask: Any, rate: Any) -> Any:
    return a_before * (1 / (1 - rate) - mask)


def error_through_other_units(dC_da_above: Any, da_da: Any, rate_above: Any) -> Any:
    return dC_da_above * (1 / (1 - rate_above) - da_da)


DROPOUT_OTHER_MASK = Mistake(
    "dropout-other-mask",
    "the mask on the way down, or in the forward phase, is another one",
    (
        Way(
            "the units that were kept are dropped, on the way down",
            {"own.error_through_mask": instead(error_through_other_units)},
        ),
        Way(
            "the units that were kept are dropped, in both",
            {
                "own.masked": instead(other_units),
                "own.error_through_mask": instead(error_through_other_units),
            },
        ),
    ),
    looks="Units that were dropped get a delta, and those that were kept get none.",
    mend="Keep the mask of the forward phase, and use it on the way down: draw it once.",
    source=_DROPOUT,
)

# ── batch normalisation ───────────────────────────────────────────────────────────────────


def without_variance(
    dC_dahat_above: Any,
    dC_dmean_above: Any,
    var_above: Any,
    safety_above: Any,
    observations: Any,
) -> Any:
    own = dC_dahat_above / np.sqrt(var_above + safety_above)
    return own + dC_dmean_above / observations


def without_mean(  # noqa: PLR0917
    a: Any,
    dC_dahat_above: Any,
    dC_dvar_above: Any,
    mean_above: Any,
    var_above: Any,
    safety_above: Any,
    observations: Any,
) -> Any:
    own = dC_dahat_above / np.sqrt(var_above + safety_above)
    return own + 2 * dC_dvar_above * (a - mean_above) / observations


def without_both(dC_dahat_above: Any, var_above: Any, safety_above: Any) -> Any:
    return dC_dahat_above / np.sqrt(var_above + safety_above)


def halved(result: Any) -> Any:
    return result / 2


def doubled(result: Any) -> Any:
    return 2 * result


def negative(result: Any) -> Any:
    return -result


NORMALISING_TERM_LEFT_OUT = Mistake(
    "batch-norm-term-left-out",
    "on the way down through batch normalisation, the mean or the variance counts as constant",
    (
        Way("the variance", {"own.error_through_normalising": instead(without_variance)}),
        Way("the mean", {"own.error_through_normalising": instead(without_mean)}),
        Way("both", {"own.error_through_normalising": instead(without_both)}),
        Way("the variance's, times ½", {"own.variance_error": after(halved)}, rank=4),
        Way("the variance's, times 2", {"own.variance_error": after(doubled)}, rank=4),
        Way("the variance's, of the other sign", {"own.variance_error": after(negative)}, rank=4),
        Way("the mean's, of the other sign", {"own.mean_error": after(negative)}, rank=4),
    ),
    looks="dC/da below the normalisation does not add up to 0 over the observations.",
    mend="Mean and variance are made of all observations: dC/da = dC/dâ / √(var + ε) + "
    "2 · dC/dvar · (a − mean) / m + dC/dmean / m.",
    source=_NORMALISING,
)


def scales_of_input(delta: Any, a_before: Any) -> Any:
    return (delta * a_before).sum(axis=0)


def scales_alone(delta: Any) -> Any:
    return delta.sum(axis=0)


def over_observations(result: Any, observations: Any) -> Any:
    if observations.value == 1:
        raise impossible("there is one observation")
    return result / observations


def without_scale(delta: Any) -> Any:
    return delta * 1


NORMALISING_GRADIENT = Mistake(
    "batch-norm-gradient",
    "a derivative by γ or β, or through γ, is made of something else",
    (
        Way("dC/dgamma of a, not of â", {"own.scale_gradient": instead(scales_of_input)}),
        Way("dC/dgamma without â", {"own.scale_gradient": instead(scales_alone)}),
        Way("dC/dâ without γ", {"own.normalised_error": instead(without_scale)}),
        Way(
            "dC/dgamma and dC/dbeta averaged",
            {
                "own.scale_gradient": after(over_observations),
                "own.shift_gradient": after(over_observations),
            },
        ),
        Way("dC/dgamma averaged", {"own.scale_gradient": after(over_observations)}),
        Way("dC/dbeta averaged", {"own.shift_gradient": after(over_observations)}),
    ),
    looks="delta is right, and the gradient of a scale or a shift is not.",
    mend="dC/dgamma = Σ delta ⊙ â and dC/dbeta = Σ delta, over the observations; "
    "dC/dâ = delta · γ.",
    source=_NORMALISING,
)


def with_one_less(result: Any, observations: Any) -> Any:
    if observations.value == 1:
        raise impossible("there is one observation")
    return result * (observations / (observations - 1))


def not_rooted(a_before: Any, mean: Any, var: Any, safety: Any) -> Any:
    return (a_before - mean) / (var + safety)


def safety_outside(a_before: Any, mean: Any, var: Any, safety: Any) -> Any:
    return (a_before - mean) / (np.sqrt(var) + safety)


def not_centred(a_before: Any, var: Any, safety: Any) -> Any:
    return a_before / np.sqrt(var + safety)


NORMALISED_OTHERWISE = Mistake(
    "batch-norm-otherwise",
    "what is normalised is divided by something else, or not centred",
    (
        Way("the variance over m − 1", {"own.batch_variance": after(with_one_less)}),
        Way("by the variance, without the root", {"own.normalised": instead(not_rooted)}),
        Way("ε outside the root", {"own.normalised": instead(safety_outside)}),
        Way("the mean not subtracted", {"own.normalised": instead(not_centred)}),
    ),
    looks="The columns of â have another variance than 1, or another mean than 0.",
    mend="â = (a − mean) / √(var + ε), with the variance over all m observations: "
    "np.var(a, axis=0), and ddof left at 0.",
    source=_NORMALISING,
)

CHAPTER = (
    MASK_LEFT_OUT,
    DROPOUT_NOT_SCALED,
    DROPOUT_OTHER_MASK,
    NORMALISING_TERM_LEFT_OUT,
    NORMALISING_GRADIENT,
    NORMALISED_OTHERWISE,
)
