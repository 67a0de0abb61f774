"""Random networks: setups of every kind that the engine knows, drawn by hypothesis."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal, cast

import numpy as np
from hypothesis import strategies as st

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.losses import LOSSES
from chainstep.core.setup import Array, Batches, BiasKind, Layer, Penalty, Setup
from chainstep.core.updates import UPDATES

BIAS_KINDS: tuple[BiasKind, ...] = ("row", "separate", "shared", "none")
Arithmetic = Literal["float64", "float32"]

#: Settings under which a short run stays finite, other than the defaults.
_OWN: dict[str, dict[str, float]] = {
    "gradient-descent": {"learning_rate": 0.05},
    "momentum": {"learning_rate": 0.02, "momentum": 0.8},
    "nesterov": {"learning_rate": 0.02, "momentum": 0.7},
    "rmsprop": {"learning_rate": 0.01, "decay": 0.9, "epsilon": 1e-6},
    "adam": {"learning_rate": 0.02, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-7},
}
#: The settings that rules are tried with: of their own, or their defaults.
SETTINGS: dict[str, dict[str, float]] = {
    rule.name: {
        **{name: 0.02 if value is None else value for name, value in rule.settings.items()},
        **_OWN.get(rule.name, {}),
    }
    for rule in UPDATES.values()
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


def varied_setup(seed: int) -> Setup:
    """A network of any kind: batches, penalties, weight decay, dropout, batch normalisation.

    Nothing in it saturates or cancels as a softmax of one unit does.
    """
    generator = np.random.default_rng([2, seed])
    pick: Any = generator.choice
    depth, size = int(pick([2, 3, 4])), int(pick([2, 3, 5]))
    widths, bias = [int(pick([2, 3]))], str(pick(BIAS_KINDS))
    loss, rule = str(pick(list(LOSSES))), str(pick(list(UPDATES)))
    observations = size * int(pick([1, 2])) + int(pick([0, size // 2 + size % 2]))
    layers: list[Layer] = []
    for k in range(1, depth + 1):
        kind = str(pick(["dense", "dropout", "batch-norm"])) if 1 < k < depth else "dense"
        units = int(pick([2, 3])) if kind == "dense" else widths[-1]
        name = str(pick(["tanh", "sigmoid", "softplus"]))
        if k == depth:
            name = {"binary-cross-entropy": "sigmoid", "cross-entropy": "softmax"}.get(loss, name)
        layers.append(_layer(kind, units, name, size, generator))
        widths.append(units)
    plain = random_setup(
        seed, widths, [layer.activation for layer in layers], observations, "none", loss
    )
    scales = {
        f"{letter}{k}": generator.normal(letter == "gamma", 0.3, (1, layer.units))
        for k, layer in enumerate(layers, start=1)
        for letter in ("gamma", "beta")
        if layer.kind == "batch-norm"
    }
    weights = [
        generator.normal(0, 0.5, (m + (bias == "row"), n) if layer.kind == "dense" else (0, 0))
        for m, n, layer in zip(widths[:-1], widths[1:], layers, strict=True)
    ]
    heights = {"separate": widths[1:], "shared": [1] * depth}.get(bias, [])
    decay = {"weight_decay": 0.02} if pick([True, False]) else {}
    penalty = Penalty(0.05, *(bool(each) for each in pick([True, False], 3)))
    order: Any = str(pick(["given", "shuffled"]))
    last: Any = str(pick(["smaller", "dropped"]))
    return plain._replace(
        layers=tuple(layers),
        weights=tuple(weights),
        biases=tuple(generator.normal(0, 0.5, (1, n)) for n in heights),
        bias=cast("BiasKind", bias),
        state=scales,
        reduction=cast("Any", str(pick(["sum", "mean"]))),
        rule=rule,
        settings=SETTINGS[rule] | decay,
        batches=Batches(size, order, int(pick(99)), last) if pick([True, True, False]) else None,
        penalty=penalty if pick([True, False]) else None,
        input_gradient=bool(pick([True, False])),
    )


def _layer(kind: str, units: int, name: str, size: int, generator: np.random.Generator) -> Layer:
    if kind == "batch-norm":
        return Layer(units, name, kind, {"safety": 1e-3})
    if kind == "dense":
        return Layer(units, name)
    drawn = {"rate": 0.25, "seed": int(generator.integers(99))}
    given = tuple((generator.random((9 * size, units)) < 0.7).astype(float) for _ in range(3))
    return Layer(units, "identity", kind, drawn, given if generator.random() < 0.5 else ())


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
