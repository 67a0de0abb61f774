"""Times taken in turn, in one process, so that ratios hold while a machine's speed drifts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from statistics import median
from time import perf_counter

import numpy as np

from bench.by_hand import Peer, plain, tuned
from bench.frameworks import FRAMEWORKS, absent
from bench.networks import Case
from chainstep.core import InputError, Stepper
from chainstep.core.setup import Setup

OURS, PLAIN, TUNED = "chainstep run", "plain numpy", "tuned numpy"
PRODUCTS = "numpy's products alone"


def seconds(work: Callable[[], object]) -> float:
    """How long it takes once."""
    began = perf_counter()
    work()
    return perf_counter() - began


def in_turn(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median seconds of each, one after the other in every round."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(seconds(work))
    return {name: median(times) for name, times in taken.items()}


def chainstep(setup: Setup) -> Peer:
    """The fast way to run of this project."""
    stepper = Stepper(setup)

    def run(iterations: int) -> list[np.ndarray]:
        stepper.run(iterations)
        return [stepper[f"W{k}"] for k in range(1, len(setup.layers) + 1)]

    return run


def products_alone(setup: Setup) -> Callable[[], None]:
    """The matrix products of an iteration and nothing else, in the orientation that is fastest."""
    count, calls = len(setup.inputs), []
    for k, matrix in enumerate(setup.weights):
        before, units = matrix.shape
        a, delta = np.ones((before, count)), np.ones((units, count))
        columns = np.ones((units, before))
        calls.append((columns, a, np.empty((units, count))))
        calls.append((delta, a.T, np.empty((units, before))))
        if k:
            calls.append((columns.T, delta, np.empty((before, count))))

    def run() -> None:
        for left, right, out in calls:
            left.dot(right, out)

    return run


def peers() -> dict[str, Callable[[Setup], Peer]]:
    """All that are timed, those that are installed."""
    missing = absent()
    frameworks = {
        name: make for name, (package, make) in FRAMEWORKS.items() if package not in missing
    }
    return {OURS: chainstep, PLAIN: plain, TUNED: tuned, **frameworks}


def per_iteration(case: Case, samples: int | None = None) -> dict[str, float]:
    """The median seconds of an iteration, for each peer, after they agreed on the weights.

    Raises: ArithmeticError where a peer computes something else.
    """
    setup = case.make()
    made, products = {}, products_alone(setup)
    for name, make in peers().items():
        with suppress(InputError):  # numba takes small networks only
            made[name] = make(setup)
    weights = {name: run(case.iterations) for name, run in made.items()}
    for name, found in weights.items():
        for ours, theirs in zip(weights[OURS], found, strict=True):
            if not np.allclose(ours, theirs, rtol=1e-6, atol=1e-9):
                raise ArithmeticError(f"{name} does not compute what chainstep does: {case.name}")
    works: dict[str, Callable[[], object]] = {
        name: partial(run, case.iterations) for name, run in made.items()
    }
    works[PRODUCTS] = lambda: [products() for _ in range(case.iterations)]
    taken = in_turn(works, samples or case.samples)
    return {name: time / case.iterations for name, time in taken.items()}
