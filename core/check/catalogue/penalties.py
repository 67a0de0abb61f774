"""Mistakes in the penalty on large weights: L2, weight decay."""
# ruff: noqa: D103  an equation stands under its name; the entry says the rest

from __future__ import annotations

from typing import Any

from chainstep.core.check.catalogue.sources import GOODFELLOW
from chainstep.core.check.mistakes_made import Mistake, Way
from chainstep.core.check.rule_changes import after, impossible, instead
from chainstep.core.expressions import Number


def _penalised(setup: Any) -> None:
    if setup.penalty is None:
        raise impossible("there is no penalty")


def of_data_alone(of_data: Any) -> Any:
    return of_data * 1


def gradient_not_pulled(gradient: Any) -> Any:
    return gradient * 1


def cost_of_data(C_data: Any) -> Any:
    return C_data * 1


PENALTY_LEFT_OUT = Mistake(
    "penalty-left-out",
    "the penalty on the weights is left out",
    (
        Way("of the gradients", {"penalised_gradient": instead(of_data_alone)}),
        Way("of the cost", {"penalised_cost": instead(cost_of_data)}),
        Way(
            "of both",
            {
                "penalised_gradient": instead(of_data_alone),
                "penalised_cost": instead(cost_of_data),
            },
        ),
        Way("of the decay", {"pulled": instead(gradient_not_pulled)}),
    ),
    looks="Cost or gradients are those of the data alone.",
    mend="dC/dW = dC_data/dW + λ·W.",
    source=f"{GOODFELLOW}, section 7.1.1",
)


def doubled(result: Any) -> Any:
    return 2 * result


def halved(result: Any) -> Any:
    return result / 2


PENALTY_FACTOR = Mistake(
    "penalty-factor",
    "the penalty is doubled or halved",
    (
        Way("2λW in the gradient", {"penalty_gradient": after(doubled)}),
        Way("½λW in the gradient", {"penalty_gradient": after(halved)}),
        Way("twice in the cost", {"penalty": after(doubled)}),
        Way("half in the cost", {"penalty": after(halved)}),
        Way("2λW in the decay", {"decay": after(doubled)}),
    ),
    looks="What is added to the gradient is twice, or half, of what it should be.",
    mend="½λΣW² has the derivative λW; λΣW² has 2λW. Take both from one line.",
    source=f"{GOODFELLOW}, section 7.1.1, with its half",
)


def biases_pulled(result: Any, b: Any, setup: Any) -> Any:
    _penalised(setup)
    if setup.penalty.biases:
        raise impossible("biases are penalised here")
    strength = Number(setup.penalty.strength)
    pull = strength * b if setup.penalty.half else 2 * strength * b
    if setup.penalty.per_observation:
        pull = pull / float(setup.observations)
    return result + pull


PENALTY_ON_BIASES = Mistake(
    "penalty-on-biases",
    "the biases are penalised too",
    (Way("", {"bias_gradient": after(biases_pulled)}),),
    looks="The gradients of the biases are off by λ times the biases.",
    mend="Penalise the weights alone, or say `biases: true` in the scenario's penalty.",
    source=f"{GOODFELLOW}, section 7.1: biases are left unregularised",
)

CHAPTER = (PENALTY_LEFT_OUT, PENALTY_FACTOR, PENALTY_ON_BIASES)
