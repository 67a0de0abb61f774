"""Mistakes in update rules that remember: momentum, RMSProp, Adam."""
# ruff: noqa: D103  an equation stands under its name; the entry says the rest

from __future__ import annotations

from typing import Any

import numpy as np

from chainstep.core.check.catalogue.sources import ADAM, MOMENTUM, RMSPROP
from chainstep.core.check.mistakes_made import Mistake, Way
from chainstep.core.check.rule_changes import impossible, instead


def _only(update: Any, *names: str) -> None:
    if update.name not in names:
        raise impossible(f"the update rule is {update.name}")


def averaged_velocity(gradient: Any, v_old: Any, momentum: Any, update: Any) -> Any:
    _only(update, "momentum", "nesterov")
    return momentum * v_old + (1 - momentum) * gradient


MOMENTUM_AVERAGED = Mistake(
    "momentum-averaged",
    "the velocity is an average: the gradient is multiplied by 1 − momentum",
    (Way("", {"state.v": instead(averaged_velocity)}),),
    looks="The first change is (1 − momentum) times what it should be.",
    mend="v = momentum · v + gradient. An average, with 1 − momentum, is another rule, whose "
    "learning rate is larger.",
    source=MOMENTUM,
)


def no_velocity(gradient: Any, update: Any) -> Any:
    _only(update, "momentum", "nesterov")
    return gradient * 1


MOMENTUM_LEFT_OUT = Mistake(
    "momentum-left-out",
    "the velocity of the iterations before is left out",
    (Way("", {"state.v": instead(no_velocity)}),),
    looks="Iteration 1 is right; from the second on the changes are too small.",
    mend="v = momentum · v + gradient, and v has to be kept from one iteration to the next.",
    source=MOMENTUM,
)


def velocity_against(gradient: Any, v_old: Any, momentum: Any, update: Any) -> Any:
    _only(update, "momentum", "nesterov")
    return gradient - momentum * v_old


MOMENTUM_SIGN = Mistake(
    "momentum-sign",
    "the old velocity is subtracted",
    (Way("", {"state.v": instead(velocity_against)}),),
    looks="Iteration 1 is right; then changes get smaller where they should grow.",
    mend="v = momentum · v + gradient with W − learning rate · v; or v = momentum · v − learning "
    "rate · gradient with W + v. One sign in each.",
    source=MOMENTUM,
)


def squares_of_weights(value: Any, v_old: Any, decay: Any, update: Any) -> Any:
    _only(update, "rmsprop")
    return decay * v_old + (1 - decay) * value**2


RMSPROP_OF_WEIGHTS = Mistake(
    "rmsprop-of-weights",
    "the running square is of the weights, not of their gradients",
    (Way("", {"state.v": instead(squares_of_weights)}),),
    looks="v does not depend on the gradient at all.",
    mend="v = decay · v + (1 − decay) · gradient².",
    source=RMSPROP,
)


def rmsprop_under_root(gradient: Any, v: Any, learning_rate: Any, epsilon: Any, update: Any) -> Any:
    _only(update, "rmsprop")
    return learning_rate * gradient / np.sqrt(v + epsilon)


def adam_under_root(  # noqa: PLR0917
    m: Any, v: Any, t: Any, learning_rate: Any, beta1: Any, beta2: Any, epsilon: Any, update: Any
) -> Any:
    _only(update, "adam")
    return learning_rate * (m / (1 - beta1**t)) / np.sqrt(v / (1 - beta2**t) + epsilon)


EPSILON_UNDER_ROOT = Mistake(
    "epsilon-under-root",
    "ε stands under the root",
    (
        Way("", {"change": instead(adam_under_root)}),
        Way("in RMSProp", {"change": instead(rmsprop_under_root)}),
    ),
    looks="Changes are off where gradients are small.",
    mend="Divide by √v + ε; under the root, √(v + ε), ε counts as its own root.",
    source=ADAM,
)


def adam_not_corrected(m: Any, v: Any, learning_rate: Any, epsilon: Any, update: Any) -> Any:
    _only(update, "adam")
    return learning_rate * m / (np.sqrt(v) + epsilon)


ADAM_NOT_CORRECTED = Mistake(
    "adam-not-corrected",
    "the means are not corrected for having started at 0",
    (Way("", {"change": instead(adam_not_corrected)}),),
    looks="The first change is (1 − β₁)/√(1 − β₂), about 3.2, times the learning rate.",
    mend="Divide m by 1 − β₁ᵗ and v by 1 − β₂ᵗ, t being the iteration.",
    source=ADAM,
)


def _counting(more: int) -> Any:
    def change(  # noqa: PLR0917
        m: Any,
        v: Any,
        t: Any,
        learning_rate: Any,
        beta1: Any,
        beta2: Any,
        epsilon: Any,
        update: Any,
    ) -> Any:
        _only(update, "adam")
        count = t + more
        mean, square = m / (1 - beta1**count), v / (1 - beta2**count)
        return learning_rate * mean / (np.sqrt(square) + epsilon)

    return change


ADAM_COUNTS_WRONG = Mistake(
    "adam-counts-wrong",
    "t does not count from 1",
    (
        Way("from 0", {"change": instead(_counting(-1))}),
        Way("from 2", {"change": instead(_counting(1))}),
    ),
    looks="From 0 the first change is not a number; from 2 it is too large.",
    mend="t is 1 at the first update: count it up before it is used.",
    source=ADAM,
)


def corrected_mean(gradient: Any, m_old: Any, beta1: Any, t: Any, update: Any) -> Any:
    _only(update, "adam")
    return (beta1 * m_old + (1 - beta1) * gradient) / (1 - beta1**t)


def corrected_square(gradient: Any, v_old: Any, beta2: Any, t: Any, update: Any) -> Any:
    _only(update, "adam")
    return (beta2 * v_old + (1 - beta2) * gradient**2) / (1 - beta2**t)


ADAM_CORRECTION_KEPT = Mistake(
    "adam-correction-kept",
    "the corrected means are written back over the means",
    (
        Way(
            "",
            {
                "state.m": instead(corrected_mean),
                "state.v": instead(corrected_square),
                "change": instead(adam_not_corrected),
            },
        ),
    ),
    looks="Iteration 1 is right; from the second on m and v are corrected twice.",
    mend="Keep m and v as they are, and correct copies: m̂ = m / (1 − β₁ᵗ).",
    source=ADAM,
)

CHAPTER = (
    MOMENTUM_AVERAGED,
    MOMENTUM_LEFT_OUT,
    MOMENTUM_SIGN,
    RMSPROP_OF_WEIGHTS,
    EPSILON_UNDER_ROOT,
    ADAM_NOT_CORRECTED,
    ADAM_COUNTS_WRONG,
    ADAM_CORRECTION_KEPT,
)
