"""The networks that are timed, from three units to half a million weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from chainstep.core.setup import Layer, Setup
from chainstep.scenarios import load


@dataclass(frozen=True)
class Case:
    """A network with its data; ``iterations`` run in one sample, ``samples`` samples are taken."""

    name: str
    make: Callable[[], Setup]
    iterations: int
    samples: int


def classifier(
    widths: tuple[int, ...], observations: int, output: str = "softmax", loss: str = "cross-entropy"
) -> Setup:
    """A classifier with sigmoid hidden units on random data, weights by Xavier's rule."""
    generator = np.random.default_rng(0)
    pairs = list(pairwise(widths))
    hidden = tuple(Layer(units, "sigmoid") for units in widths[1:-1])
    classes = generator.integers(0, widths[-1], observations)
    return Setup(
        inputs=generator.random((observations, widths[0])),
        targets=np.eye(widths[-1])[classes],
        layers=(*hidden, Layer(widths[-1], output)),
        weights=tuple(generator.normal(0, (2 / (m + n)) ** 0.5, (m + 1, n)) for m, n in pairs),
        bias="row",
        loss=loss,
        reduction="mean",
        settings={"learning_rate": 0.1},
    )


def scenario(name: str) -> Setup:
    """The network of a scenario, in double precision."""
    return load(name, {"arithmetic": "float64"}).setup


CASES = (
    Case("same-weights", lambda: scenario("same-weights"), 1000, 21),
    Case("two-layer-network", lambda: scenario("two-layer-network"), 1000, 21),
    Case("64-64-64-10, batch 256", lambda: classifier((64, 64, 64, 10), 256), 20, 15),
    Case("784-128-10, batch 1024", lambda: classifier((784, 128, 10), 1024), 2, 15),
    Case("784-512-256-10, batch 4096", lambda: classifier((784, 512, 256, 10), 4096), 1, 7),
)
