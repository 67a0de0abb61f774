"""Mistakes in signs and factors."""
# ruff: noqa: D103  an equation stands under its name; the entry says the rest

from __future__ import annotations

from typing import Any

from chainstep.core.check.catalogue.shared import bias_apart
from chainstep.core.check.catalogue.sources import BISHOP, SAME_WEIGHTS, TWO_LAYERS
from chainstep.core.check.mistakes_made import Mistake, Way
from chainstep.core.check.rule_changes import (
    Alteration,
    after,
    hidden,
    impossible,
    instead,
    outputs,
)
from chainstep.core.expressions import Number
from chainstep.core.rules import Rule
from chainstep.core.setup import Setup


def negative(result: Any) -> Any:
    return -result


def added(value: Any, change: Any) -> Any:
    return value + change


def _cost_and_error(change: Rule) -> dict[str, Alteration]:
    return {"cost": after(change), "output_error": after(change)}


def _loss_and_error(change: Rule) -> dict[str, Alteration]:
    return {"cost_of_observations": after(change), "output_error": after(change)}


def _both_gradients(change: Rule) -> dict[str, Alteration]:
    return {"weight_gradient": after(change), "bias_gradient": after(change)}


def _one_gradient(change: Rule, says: str) -> tuple[Way, Way]:
    """A factor in the gradient of the weights, and not of the biases; and the reverse."""
    return (
        Way(f"{says}in the weights' gradients alone", {"weight_gradient": after(change)}, rank=6),
        Way(f"{says}in the biases' gradients alone", {"bias_gradient": after(change)}, rank=6),
    )


SIGN_FLIPPED = Mistake(
    "sign-flipped",
    "a sign is the wrong way round",
    (
        Way("y − a for a − y", {"output_error": outputs(after(negative))}),
        Way("W + change for W − change", {"new_value": instead(added)}),
        Way("in delta of the outputs", {"delta": outputs(after(negative))}),
        Way(
            "in the slope",
            {"slope": after(negative)},
            mend="A slope of these activations is never negative: a(1 − a), not a(a − 1).",
        ),
        Way("in the gradients", _both_gradients(negative)),
        *_one_gradient(negative, ""),
        Way("in the cost", {"cost_of_observations": after(negative)}),
        Way("in the cost and dC/da", _cost_and_error(negative)),
        Way("in the changes", {"change": after(negative)}),
    ),
    looks="All magnitudes are right; the cost grows from iteration to iteration.",
    mend="Either a − y and W − change, or y − a and W + change. One sign in each, never one "
    "of each kind.",
    source=f"{TWO_LAYERS}: two minus signs, one of them inside dC_dw2",
)


def halved(result: Any) -> Any:
    return result / 2


def doubled(result: Any) -> Any:
    return 2 * result


def _scaled(change: Rule, says: str, *, behind: int = 0) -> tuple[Way, ...]:
    """A factor at each of the places where one is forgotten or put in.

    ``behind`` is how many ranks others come before it.
    """
    alter = after(change)
    places: tuple[tuple[str, dict[str, Alteration]], ...] = (
        ("in dC/da of the outputs", {"output_error": outputs(alter)}),
        ("in the cost and in dC/da", _cost_and_error(change)),
        ("in the loss, and in its derivative", _loss_and_error(change)),
        ("in delta of the outputs", {"delta": outputs(alter)}),
        ("in the cost alone", {"cost": alter}),
        ("in the cost of each observation", {"cost_of_observations": alter}),
        ("in the gradients", _both_gradients(change)),
    )
    return tuple(
        Way(f"{says}, {place}", changes, rank=rank)
        for rank, (place, changes) in enumerate(places, start=behind)
    )


def _right_factor(setup: Setup) -> str:
    match setup.loss:
        case "squared-error":
            return "C = Σ(a − y)² has dC/da = 2(a − y): the 2 stands there, once."
        case "half-squared-error":
            return "C = ½Σ(a − y)² has dC/da = a − y: the ½ takes the 2 away."
        case "mean-squared-error":
            return "C = Σ(a − y)²/n has dC/da = 2(a − y)/n: the 2 stands there, once."
    return "Cross-entropy has no 2 anywhere: delta of the outputs is a − y."


FACTOR_TWO = Mistake(
    "factor-two",
    "a factor of 2, or of a half, is too many or missing",
    (
        *_scaled(halved, "a 2 is missing"),
        *_scaled(doubled, "a 2 too many"),
        *_one_gradient(halved, "a 2 is missing, "),
        *_one_gradient(doubled, "a 2 too many, "),
    ),
    looks="Everything from one place on is twice, or half, of what it should be.",
    mend=_right_factor,
    source=f"{BISHOP}, equation 5.14, with its half; {SAME_WEIGHTS}, without it",
)


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


def mean_of_observations(delta: Any, observations: Any) -> Any:
    return delta.sum(axis=0) / observations


def by_outputs(result: Any, a: Any) -> Any:
    return result / _above_one(a.shape[1])


def by_both(result: Any, a: Any) -> Any:
    return result / _above_one(*a.shape)


def _bias(rule: Rule) -> dict[str, Alteration]:
    row, apart = bias_apart(rule)
    return {"weight_gradient": after(row), "bias_gradient": instead(apart)}


def _divided_once(setup: Setup) -> str:
    if setup.reduction == "mean":
        count = setup.observations
        return (
            f"The mean's 1/{count} stands in dC/da already, and everything below has it from "
            "there: divide once, not again."
        )
    if setup.loss == "mean-squared-error":
        return (
            "The loss divides by the outputs already, and the observations are summed: leave "
            "the other division out, or make the scenario's `reduction: mean`."
        )
    return (
        "The cost here is a sum: leave the division out, or make the scenario's `reduction: mean`."
    )


MEAN_FOR_SUM = Mistake(
    "mean-for-sum",
    "divided by a number of terms where a sum belongs",
    (
        *_scaled(by_observations, "by the observations"),
        Way("in the gradients of the biases", _bias(mean_of_observations)),
        Way("in the gradients of the weights", {"weight_gradient": after(by_observations)}),
        Way("in delta of a hidden layer", {"delta": hidden(after(by_observations))}),
        Way("in the change", {"change": after(by_observations)}),
        *_scaled(by_outputs, "by the outputs", behind=1),
        *_scaled(by_both, "by outputs and observations", behind=2),
    ),
    looks="Everything from one place on is too small by a whole number: that of the "
    "observations, of the outputs, or of both.",
    mend=_divided_once,
    source="PyTorch, torch.nn.MSELoss: reduction='mean' and 'sum'",
)


def _a_mean(setup: Any) -> None:
    if setup.reduction == "sum" and not setup.loss.startswith("mean"):
        raise impossible("nothing is a mean here")


def times_observations(result: Any, observations: Any, setup: Any) -> Any:
    _a_mean(setup)
    return _above_one(observations.value) * result


def times_outputs(result: Any, a: Any, setup: Any) -> Any:
    _a_mean(setup)
    return _above_one(a.shape[1]) * result


def times_both(result: Any, a: Any, setup: Any) -> Any:
    _a_mean(setup)
    return _above_one(*a.shape) * result


def _divided_at_all(setup: Setup) -> str:
    if setup.reduction == "mean":
        return (
            f"The cost here is a mean: divide by the {setup.observations} observations, once: "
            "dC/da / m, or each gradient / m."
        )
    return f"The loss here is a mean over the {setup.widths[-1]} outputs: divide dC/da by them."


SUM_FOR_MEAN = Mistake(
    "sum-for-mean",
    "a sum where the mean belongs",
    (
        *_scaled(times_observations, "over the observations"),
        Way("in the gradients of the biases alone", {"bias_gradient": after(times_observations)}),
        Way(
            "in the gradients of the weights alone", {"weight_gradient": after(times_observations)}
        ),
        *_scaled(times_outputs, "over the outputs", behind=1),
        *_scaled(times_both, "over outputs and observations", behind=2),
    ),
    looks="Everything from one place on is too large by a whole number: that of the "
    "observations, of the outputs, or of both.",
    mend=_divided_at_all,
    source="PyTorch, torch.nn.MSELoss: reduction='mean' and 'sum'",
)

CHAPTER = (
    SIGN_FLIPPED,
    FACTOR_TWO,
    MEAN_FOR_SUM,
    SUM_FOR_MEAN,
)
