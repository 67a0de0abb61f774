"""The kinds of layers: for each the steps that it takes, forward, backward and to the layer below.

A step is a role and the rule that computes it. The rules of dense layers are those of rules.py,
by name, where a mistake may exchange them; other kinds bring their own. A rule of ``below``
asks for what the layer above calls ``delta`` as ``delta_above``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from chainstep.core.quantities import BIAS, OBSERVATION, Axis, bias_and_units, units
from chainstep.core.rules import Rule
from chainstep.core.setup import Layer, Setup

# ── dropout ───────────────────────────────────────────────────────────────────────────────


def masked(a_before: Any, mask: Any) -> Any:
    return a_before * mask


def mask_as_factor(mask_above: Any) -> Any:
    return mask_above


def error_through_mask(dC_da_above: Any, da_da: Any) -> Any:
    return dC_da_above * da_da


# ── batch normalisation ───────────────────────────────────────────────────────────────────


def batch_mean(a_before: Any, observations: Any) -> Any:
    return a_before.sum(axis=0) / observations


def batch_variance(a_before: Any, mean: Any, observations: Any) -> Any:
    return ((a_before - mean) ** 2).sum(axis=0) / observations


def normalised(a_before: Any, mean: Any, var: Any, safety: Any) -> Any:
    return (a_before - mean) / np.sqrt(var + safety)


def scaled_and_shifted(ahat: Any, gamma: Any, beta: Any) -> Any:
    return gamma * ahat + beta


def factor_to_scales(ahat: Any) -> Any:
    return ahat


def scale_gradient(delta: Any, dz_dgamma: Any) -> Any:
    return (delta * dz_dgamma).sum(axis=0)


def shift_gradient(delta: Any) -> Any:
    return delta.sum(axis=0)


def normalised_error(delta: Any, gamma: Any) -> Any:
    return delta * gamma


def variance_error(dC_dahat: Any, a_before: Any, mean: Any, var: Any, safety: Any) -> Any:
    deviations = (dC_dahat * (a_before - mean)).sum(axis=0)
    return -deviations / (2 * (var + safety) * np.sqrt(var + safety))


def mean_error(dC_dahat: Any, var: Any, safety: Any) -> Any:
    # The way through the variance adds nothing: deviations from a mean add up to 0.
    return -dC_dahat.sum(axis=0) / np.sqrt(var + safety)


def error_through_normalising(
    a: Any,
    dC_dahat_above: Any,
    dC_dvar_above: Any,
    dC_dmean_above: Any,
    mean_above: Any,
    var_above: Any,
    safety_above: Any,
    observations: Any,
) -> Any:
    own = dC_dahat_above / np.sqrt(var_above + safety_above)
    shared = 2 * dC_dvar_above * (a - mean_above) + dC_dmean_above
    return own + shared / observations


# ── the registry ──────────────────────────────────────────────────────────────────────────


class Row(NamedTuple):
    """One step: the role of its quantity, and the rule, a field of ``Rules`` or one of its own.

    Rules ask for the quantity as ``called``; where nothing is said, by its role with ``_`` for
    ``/``. Where ``needs`` is given, the step is there only where a rule may ask for that.
    """

    role: str
    rule: str | Rule
    called: str = ""
    needs: str = ""

    @property
    def key(self) -> str:
        return self.called or self.role.replace("/", "_")


class Given(NamedTuple):
    """What a layer declares and no step computes: a parameter with its first value, or a feed."""

    role: str
    shape: tuple[int, ...]
    axes: tuple[Axis, ...]
    at: Callable[[int], Any] | None = None
    start: float = 0.0


class LayerKind(NamedTuple):
    """One kind of layer; ``below`` is what it leaves to the layer before it.

    ``declares`` gives its parameters and what is fed to it, of the network, the number of the
    layer and the observations of an update. ``parameters`` are their letters, in the order in
    which they are updated.
    ``settings`` are the numbers that a layer may have, each with its default, None where it must
    be given. ``keeps_units`` says that it has as many units as the layer before, ``has_masks``
    that masks may be given to it.
    """

    name: str
    title: str
    source: str
    declares: Callable[[Setup, int, int], Iterator[Given]]
    parameters: tuple[str, ...]
    forward: tuple[Row, ...]
    backward: tuple[Row, ...]
    below: tuple[Row, ...]
    settings: Mapping[str, float | None] = {}
    keeps_units: bool = False
    has_masks: bool = False


def _weights_and_biases(setup: Setup, k: int, _: int) -> Iterator[Given]:
    widths, bias = setup.widths, setup.bias
    before = bias_and_units(k - 1) if bias == "row" else units(k - 1)
    yield Given("W", (widths[k - 1] + (bias == "row"), widths[k]), (before, units(k)))
    if bias == "separate":
        yield Given("b", (1, widths[k]), (BIAS, units(k)))
    elif bias == "shared":
        yield Given("b", (1, 1), (BIAS, BIAS))


def _mask(setup: Setup, k: int, rows: int) -> Iterator[Given]:
    from chainstep.core.feeds import masks  # few networks are fed

    layer: Layer = setup.layers[k - 1]
    size = setup.batches.size if setup.batches else setup.observations
    at = masks(layer, k, (size, layer.units))
    yield Given("mask", (rows, layer.units), (OBSERVATION, units(k)), lambda i: at(i)[:rows])


def _scales_and_shifts(setup: Setup, k: int, _: int) -> Iterator[Given]:
    for letter, start in (("gamma", 1.0), ("beta", 0.0)):
        yield Given(letter, (1, setup.widths[k]), (BIAS, units(k)), start=start)


#: What settings may be, where not any number will do: from or above the first, below the second.
SETTING_RANGES: dict[str, tuple[str, float, float]] = {
    "rate": ("from", 0.0, 1.0),
    "safety": ("above", 0.0, float("inf")),
}

_SLOPE = (Row("da/dz", "slope"), Row("delta", "delta"))

LAYER_KINDS: dict[str, LayerKind] = {
    kind.name: kind
    for kind in (
        LayerKind(
            "dense",
            "a dense layer",
            "Rumelhart, Hinton, Williams, Nature 323 (1986), equations 1 to 8",
            _weights_and_biases,
            ("W", "b"),
            forward=(
                Row("a+", "augmented", called="a_in", needs="bias_row"),
                Row("z", "pre_activation"),
                Row("a", "activated"),
            ),
            backward=(
                *_SLOPE,
                Row("dz/dW", "factor_to_weights"),
                Row("dC/dW", "weight_gradient"),
                Row("dz/db", "factor_to_biases", needs="b"),
                Row("dC/db", "bias_gradient", needs="b"),
            ),
            below=(Row("dz/da", "factor_below"), Row("dC/da", "error_below")),
        ),
        LayerKind(
            "dropout",
            "dropout",
            "Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, JMLR 15 (2014), section 4, "
            "in the form of torch.nn.Dropout: what is kept is divided by the share that is",
            _mask,
            (),
            forward=(Row("a", masked),),
            backward=(),
            below=(Row("da/da", mask_as_factor), Row("dC/da", error_through_mask)),
            settings={"rate": None, "seed": 0},
            keeps_units=True,
            has_masks=True,
        ),
        LayerKind(
            "batch-norm",
            "batch normalisation",
            "Ioffe, Szegedy, Batch Normalization (2015), algorithm 1 and section 3, "
            "as torch.nn.BatchNorm1d trains",
            _scales_and_shifts,
            ("gamma", "beta"),
            forward=(
                Row("mean", batch_mean),
                Row("var", batch_variance),
                Row("ahat", normalised),
                Row("z", scaled_and_shifted),
                Row("a", "activated"),
            ),
            backward=(
                *_SLOPE,
                Row("dz/dgamma", factor_to_scales),
                Row("dC/dgamma", scale_gradient),
                Row("dC/dbeta", shift_gradient),
                Row("dC/dahat", normalised_error, needs="sends_down"),
                Row("dC/dvar", variance_error, needs="sends_down"),
                Row("dC/dmean", mean_error, needs="sends_down"),
            ),
            below=(Row("dC/da", error_through_normalising),),
            settings={"safety": 1e-5},
            keeps_units=True,
        ),
    )
}

#: The rules that a kind of layer brings itself, by name; those of ``Rules`` serve every kind.
OWN_RULES: dict[str, Rule] = {
    row.rule.__name__: row.rule
    for kind in LAYER_KINDS.values()
    for row in (*kind.forward, *kind.backward, *kind.below)
    if not isinstance(row.rule, str)
}


def has_rule(setup: Setup, rule: str) -> bool:
    """Whether a layer of a network is of the kind that brings a rule."""
    return any(
        getattr(row.rule, "__name__", "") == rule
        for kind in {layer.kind for layer in setup.layers}
        for row in (
            *LAYER_KINDS[kind].forward,
            *LAYER_KINDS[kind].backward,
            *LAYER_KINDS[kind].below,
        )
    )
