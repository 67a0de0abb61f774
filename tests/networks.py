"""Random networks: setups of every kind that the engine knows, drawn by hypothesis."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.losses import LOSSES
from chainstep.core.setup import Array, BiasKind, Layer, Setup
from chainstep.core.updates import UPDATES

BIAS_KINDS: tuple[BiasKind, ...] = ("row", "separate", "shared", "none")
Arithmetic = Literal["float64", "float32"]

#: Settings under which a short run stays finite, other than the defaults.
SETTINGS: dict[str, dict[str, float]] = {
    "gradient-descent": {"learning_rate": 0.05},
    "momentum": {"learning_rate": 0.02, "momentum": 0.8},
    "nesterov": {"learning_rate": 0.02, "momentum": 0.7},
    "rmsprop": {"learning_rate": 0.01, "decay": 0.9, "epsilon": 1e-6},
    "adam": {"learning_rate": 0.02, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-7},
}


def bits(array: Array) -> bytes:
    """What two arrays share that are equal bit for bit; the bits inside a NaN do not count."""
    plain = np.ascontiguousarray(array)
    return (
        str((plain.shape, plain.dtype)).encode()
        + np.where(np.isnan(plain), plain.dtype.type(np.nan), plain).tobytes()
    )


def last_activations(loss: str) -> tuple[str, ...]:
    """The activations whose outputs lie where the loss is defined."""
    match loss:
        case "binary-cross-entropy":
            return ("sigmoid", "softmax")
        case "cross-entropy":
            return ("softmax", "sigmoid", "softplus")
    return tuple(ACTIVATIONS)


def targets_for(loss: str, generator: np.random.Generator, shape: tuple[int, int]) -> Array:
    """Targets that the loss takes: from 0 to 1 for the entropies, any number otherwise."""
    if loss in {"binary-cross-entropy", "cross-entropy"}:
        some = generator.uniform(0, 1, shape)
        return np.where(generator.random(shape) < 0.5, some.round(), some)
    return generator.normal(0, 1, shape)


def random_setup(
    seed: int,
    widths: Sequence[int],
    activations: Sequence[str],
    observations: int,
    bias: BiasKind,
    loss: str,
    **others: Any,
) -> Setup:
    """A setup of that shape; its numbers hang on the seed alone.

    Shapes: widths has the units of every layer, the inputs first.
    """
    generator = np.random.default_rng(seed)
    pairs = list(pairwise(widths))
    biases = {"separate": [(1, n) for n in widths[1:]], "shared": [(1, 1)] * len(pairs)}
    return Setup(
        inputs=generator.normal(0, 1, (observations, widths[0])),
        targets=targets_for(loss, generator, (observations, widths[-1])),
        layers=tuple(Layer(n, name) for n, name in zip(widths[1:], activations, strict=True)),
        weights=tuple(generator.normal(0, 0.7, (m + (bias == "row"), n)) for m, n in pairs),
        biases=tuple(generator.normal(0, 0.7, shape) for shape in biases.get(bias, [])),
        bias=bias,
        loss=loss,
        **others,
    )


def parameters(depth: int, bias: BiasKind) -> list[str]:
    """The names that a network of that depth can freeze."""
    letters = "W" if bias == "none" else "Wb"
    return [f"{letter}{k}" for k in range(1, depth + 1) for letter in letters]


@st.composite
def setups(
    draw: st.DrawFn,
    *,
    arithmetics: Sequence[Arithmetic] = ("float64", "float32"),
    products: Sequence[Literal["blas", "ordered"]] = ("blas", "ordered"),
    deepest: int = 5,
) -> Setup:
    """Any network, from one layer of one unit and one observation up."""
    depth = draw(st.integers(1, deepest), label="depth")
    widths = draw(st.lists(st.integers(1, 5), min_size=depth + 1, max_size=depth + 1))
    loss = draw(st.sampled_from(list(LOSSES)), label="loss")
    hidden = draw(
        st.lists(st.sampled_from(list(ACTIVATIONS)), min_size=depth - 1, max_size=depth - 1)
    )
    last = draw(st.sampled_from(last_activations(loss)), label="last activation")
    bias = draw(st.sampled_from(BIAS_KINDS), label="bias")
    rule = draw(st.sampled_from(list(UPDATES)), label="rule")
    frozen = draw(st.sets(st.sampled_from(parameters(depth, bias)), max_size=2), label="frozen")
    return random_setup(
        draw(st.integers(0, 2**16), label="seed"),
        widths,
        [*hidden, last],
        draw(st.integers(1, 6), label="observations"),
        bias,
        loss,
        frozen=frozenset(frozen),
        reduction=draw(st.sampled_from(["sum", "mean"]), label="reduction"),
        rule=rule,
        settings=SETTINGS[rule],
        arithmetic=draw(st.sampled_from(arithmetics), label="arithmetic"),
        products=draw(st.sampled_from(products), label="products"),
    )
