"""The initialisers: the weights that a network starts with."""

from collections.abc import Callable, Mapping
from math import sqrt
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import numpy as np

from chainstep.core.setup import Array


class Generator(Protocol):
    """The two ways to draw that numpy's new and old generators share."""

    def uniform(self, low: float, high: float, size: tuple[int, int]) -> Any: ...
    def normal(self, loc: float, scale: float, size: tuple[int, int]) -> Any: ...


#: ``default`` is numpy's own for a seed; ``legacy`` draws what ``np.random.seed`` would give.
GENERATORS: dict[str, Callable[[int], Generator]] = {
    "default": np.random.default_rng,
    "legacy": np.random.RandomState,
}

# A draw gives one layer's matrix, (rows, columns). With ``bias: row`` its row 0 is the bias:
# fills and plain draws include it, and where the fan decides the width the bias starts at 0.


def filled(generator: Generator | None, shape: tuple[int, int], bias_row: bool, fill: float) -> Any:
    return np.full(shape, fill, dtype=np.float64)


def uniform(
    generator: Generator, shape: tuple[int, int], bias_row: bool, low: float, high: float
) -> Any:
    return generator.uniform(low, high, shape)


def normal(
    generator: Generator, shape: tuple[int, int], bias_row: bool, mean: float, deviation: float
) -> Any:
    return generator.normal(mean, deviation, shape)


def _over_zero_biases(weights: Any, bias_row: bool) -> Any:
    return np.vstack([np.zeros((1, weights.shape[1])), weights]) if bias_row else weights


def xavier_uniform(generator: Generator, shape: tuple[int, int], bias_row: bool) -> Any:
    fan_in, fan_out = shape[0] - bias_row, shape[1]
    width = sqrt(6 / (fan_in + fan_out))
    return _over_zero_biases(generator.uniform(-width, width, (fan_in, fan_out)), bias_row)


def xavier_normal(generator: Generator, shape: tuple[int, int], bias_row: bool) -> Any:
    fan_in, fan_out = shape[0] - bias_row, shape[1]
    deviation = sqrt(2 / (fan_in + fan_out))
    return _over_zero_biases(generator.normal(0, deviation, (fan_in, fan_out)), bias_row)


def he_uniform(generator: Generator, shape: tuple[int, int], bias_row: bool) -> Any:
    fan_in, fan_out = shape[0] - bias_row, shape[1]
    width = sqrt(6 / fan_in)
    return _over_zero_biases(generator.uniform(-width, width, (fan_in, fan_out)), bias_row)


def he_normal(generator: Generator, shape: tuple[int, int], bias_row: bool) -> Any:
    fan_in, fan_out = shape[0] - bias_row, shape[1]
    return _over_zero_biases(generator.normal(0, sqrt(2 / fan_in), (fan_in, fan_out)), bias_row)


class Initialiser(NamedTuple):
    """One way to draw the weights of a layer; ``settings`` gives defaults, None where needed."""

    name: str
    title: str
    draw: Callable[..., Any]
    source: str
    settings: Mapping[str, float | None] = MappingProxyType({})


_GLOROT = "Glorot, Bengio, Understanding the difficulty of training deep networks (2010)"
_HE = "He, Zhang, Ren, Sun, Delving Deep into Rectifiers (2015), equation 10"

#: What settings may be, where not any number will do: from or above the first, below the second.
SETTING_RANGES: dict[str, tuple[str, float, float]] = {"deviation": ("from", 0.0, float("inf"))}

INITIALISERS: dict[str, Initialiser] = {
    entry.name: entry
    for entry in (
        Initialiser(
            "uniform",
            "uniform",
            uniform,
            "numpy, Generator.uniform",
            {"low": 0.0, "high": 1.0},
        ),
        Initialiser(
            "normal",
            "normal",
            normal,
            "numpy, Generator.normal",
            {"mean": 0.0, "deviation": 1.0},
        ),
        Initialiser("xavier-uniform", "Xavier, uniform", xavier_uniform, f"{_GLOROT}, equation 16"),
        Initialiser("xavier-normal", "Xavier, normal", xavier_normal, f"{_GLOROT}, equation 12"),
        Initialiser("he-uniform", "He, uniform", he_uniform, _HE),
        Initialiser("he-normal", "He, normal", he_normal, _HE),
    )
}


def draw_weights(
    name: str,
    seed: int,
    shapes: list[tuple[int, int]],
    *,
    bias_row: bool = False,
    generator: str = "default",
    settings: Mapping[str, float] | None = None,
) -> tuple[Array, ...]:
    """Draws one matrix per shape, in order, from one generator of its own.

    >>> draw_weights("uniform", 1, [(3, 4), (4, 1)], generator="legacy")[0][0].round(6).tolist()
    [0.417022, 0.720324, 0.000114, 0.302333]
    """
    entry = INITIALISERS[name]
    chosen = {**entry.settings, **(settings or {})}
    source = GENERATORS[generator](seed)
    return tuple(entry.draw(source, shape, bias_row, **chosen) for shape in shapes)
