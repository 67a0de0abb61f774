"""Mistakes in the forward phase."""
# ruff: noqa: D103  an equation stands under its name; the entry says the rest

from __future__ import annotations

from typing import Any

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.check.catalogue.sources import GOODFELLOW, RUMELHART
from chainstep.core.check.mistakes_made import Mistake, Way
from chainstep.core.check.rule_changes import (
    Alteration,
    after,
    anywhere,
    hidden,
    impossible,
    instead,
    outputs,
)
from chainstep.core.expressions import Named, Rows
from chainstep.core.rules import Rule


def no_activation(z: Any, activation: Any) -> Any:
    if activation.name in {"identity", "softmax"}:
        raise impossible(f"{activation.name} is not what is left out here")
    return z * 1


ACTIVATION_MISSING = Mistake(
    "activation-missing",
    "the activation is left out: a = z",
    (
        Way("", {"activated": instead(no_activation)}),
        Way("in the hidden layers", {"activated": hidden(instead(no_activation))}),
    ),
    looks="a is z; outputs are not between 0 and 1.",
    mend="a[k] = f(z[k]) in every layer.",
    source=f"{RUMELHART}, equation 2",
)


def _of_another(name: str) -> tuple[Rule, Rule]:
    """Another activation's function, and its slope."""

    def function(z: Any, activation: Any) -> Any:
        if activation.name in {name, "softmax"}:
            raise impossible(f"it is {activation.name}")
        other = ACTIVATIONS[name]
        return Named(other.symbol, (z,), other.function(z))

    def slope(z: Any, a: Any, activation: Any) -> Any:
        if activation.name in {name, "softmax"}:
            raise impossible(f"it is {activation.name}")
        other = ACTIVATIONS[name]
        assert other.slope is not None, "none of them is a softmax"
        return other.slope(z, a)

    return function, slope


_OTHERS = {name: _of_another(name) for name in ("sigmoid", "tanh", "relu")}


def _wrong_activation() -> tuple[Way, ...]:
    """Every other activation, with its own slope and with the right one's formula."""
    places: tuple[tuple[str, Any], ...] = (("", anywhere), (", in the hidden layers", hidden))
    found = []
    for rank, (where, at) in enumerate(places):
        for name, (function, slope) in _OTHERS.items():
            both: dict[str, Alteration] = {
                "activated": at(instead(function)),
                "slope": at(instead(slope)),
            }
            alone: dict[str, Alteration] = {"activated": at(instead(function))}
            found.append(Way(f"{name}, and its slope{where}", both, rank=2 * rank))
            found.append(Way(f"{name} forward only{where}", alone, rank=2 * rank + 1))
    return tuple(found)


WRONG_ACTIVATION = Mistake(
    "wrong-activation",
    "another activation is used",
    _wrong_activation(),
    looks="z is right, and a is not what the scenario's activation makes of it.",
    mend=lambda setup: (
        "The scenario has "
        + ", ".join(
            f"{layer.activation} in layer {k}" for k, layer in enumerate(setup.layers, start=1)
        )
        + ": use the same function and its own slope in each."
    ),
    source=f"{GOODFELLOW}, section 6.3",
)


def without_bias(a_before: Any, a_in: Any, W: Any, b: Any, above_has_bias_row: Any) -> Any:
    if above_has_bias_row:
        return a_before @ Rows(W, 1, W.shape[0])
    if b is None:
        raise impossible("there is no bias")
    return a_in @ W


def bias_after(result: Any, W: Any, b: Any, above_has_bias_row: Any) -> Any:
    return result + (Rows(W, 0, 1) if above_has_bias_row else b)


BIAS_MISSING = Mistake(
    "bias-missing",
    "the bias is not added to the weighted sum",
    (
        Way("", {"pre_activation": instead(without_bias)}),
        Way("in the outputs", {"pre_activation": outputs(instead(without_bias))}),
        Way(
            "added after the activation",
            {"pre_activation": instead(without_bias), "activated": after(bias_after)},
        ),
    ),
    looks="z is off by the same number for every observation: the bias.",
    mend="z = a @ W + b, and only then the activation.",
    source=f"{RUMELHART}, equation 1, with the bias as a weight of a unit that is always 1",
)

CHAPTER = (ACTIVATION_MISSING, WRONG_ACTIVATION, BIAS_MISSING)
