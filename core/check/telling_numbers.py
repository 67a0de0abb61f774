"""Numbers to practise on, drawn so that every mistake of the catalogue gives another answer.

Short numbers are drawn for a network until the mistakes that fit it are told apart, from the
right answer and from each other, by more than rounding by hand could account for. How often
is counted, so that a seed gives the same numbers everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from chainstep.core.check.mistakes import MISTAKES, program_with
from chainstep.core.expression_parts import evaluate
from chainstep.core.network import build
from chainstep.core.program import Program
from chainstep.core.quantities import InputError
from chainstep.core.setup import Array, Setup

_TRIALS = 60
_SURE = 6  # trials after which what was never told apart is taken to be the same here
_APART = 10  # units of the last digit that are asked for; rounding by hand loses a few

RIGHT = ""  # the name of the program without a mistake
Values = Mapping[str, Array]
Pair = tuple[str, str]


@dataclass(frozen=True)
class Practice:
    """A network with numbers to practise on, and what each mistake makes of them.

    ``answers`` holds all quantities of iteration 1, by the name of a mistake; ``RIGHT`` is
    without one. ``alike`` are the pairs that these numbers do not tell apart, and ``trials``
    how often numbers were drawn.
    """

    setup: Setup
    digits: int
    answers: Mapping[str, Values]
    alike: frozenset[Pair]
    trials: int


def practice(setup: Setup, seed: int, digits: int) -> Practice:
    """Draws numbers until they tell as much as numbers of this network can."""
    if setup.settings["learning_rate"] == 1:  # which would hide where it is forgotten
        setup = setup._replace(settings={**setup.settings, "learning_rate": 0.5})
    programs = dict(_programs(setup))
    rng = np.random.default_rng(seed)
    always: frozenset[Pair] | None = None
    best: Practice | None = None
    for trial in range(1, _TRIALS + 1):
        drawn = _drawn(setup, rng)
        given = build(drawn).starting
        answers = {name: _computed(program, given) for name, program in programs.items()}
        alike = frozenset(_alike(answers, digits))
        always = alike if always is None else always & alike
        if best is None or len(alike) < len(best.alike):
            best = Practice(drawn, digits, answers, alike, trial)
        if not best.alike or (trial >= _SURE and best.alike == always):
            break
    assert best is not None, "there is a trial at least"
    return replace(best, trials=trial)


def _programs(setup: Setup) -> Iterator[tuple[str, Program]]:
    """The right program, and that of every mistake which fits the network."""
    yield RIGHT, build(setup)
    for name in MISTAKES:
        try:
            yield name, program_with((name,), setup)
        except InputError:  # impossible in this network
            continue


# ── numbers ───────────────────────────────────────────────────────────────────────────────


def _drawn(setup: Setup, rng: np.random.Generator) -> Setup:
    """The network with other data, weights and biases, of one decimal."""
    return setup._replace(
        inputs=_short(rng, setup.inputs.shape),
        targets=_targets(setup, rng),
        weights=tuple(_short(rng, matrix.shape) for matrix in setup.weights),
        biases=tuple(_short(rng, bias.shape) for bias in setup.biases),
    )


def _short(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Numbers from −0.9 to 0.9 of one decimal, none of them 0, and as few equal as can be."""
    count = int(np.prod(shape))
    digits = np.concatenate([rng.permutation(9) + 1 for _ in range(count // 9 + 1)])[:count]
    signed: Array = digits * rng.choice([-1, 1], count) / 10
    return signed.reshape(shape)


def _targets(setup: Setup, rng: np.random.Generator) -> Array:
    """Targets of the kind that the network has: one of several, yes or no, or any."""
    shape = setup.targets.shape
    if not np.isin(setup.targets, (0, 1)).all():
        return np.abs(_short(rng, shape))
    if shape[1] > 1 and (setup.targets.sum(axis=1) == 1).all():
        chosen: Array = np.eye(shape[1])[rng.integers(shape[1], size=shape[0])]
        return chosen
    either: Array = rng.integers(2, size=shape).astype(float)
    return either


def _computed(program: Program, given: Values) -> Values:
    """All quantities of iteration 1 of a program, from the numbers that are given."""
    values: dict[str, Array] = {**program.starting, **given}
    for quantity in program.start:
        values.setdefault(quantity.name, np.zeros(quantity.shape))
    for feed in program.feeds:
        values[feed.quantity.name] = np.asarray(feed.at(1))
    with np.errstate(all="ignore"):
        for step in program.steps:
            value = np.asarray(evaluate(step.expression, values))
            values[step.quantity.name] = value.reshape(step.quantity.shape)
    return values


# ── what they tell ────────────────────────────────────────────────────────────────────────


def _alike(answers: Mapping[str, Values], digits: int) -> Iterator[Pair]:
    flat = {name: _flat(values) for name, values in answers.items()}
    for one, other in combinations(answers, 2):
        if flat[one].shape == flat[other].shape:
            alike = not _far(flat[one], flat[other], digits).any()
        else:  # one has a shape of its own
            alike = first_apart(answers[one], answers[other], digits) is None
        if alike:
            yield one, other


def _flat(values: Values) -> Array:
    """All numbers of an answer in a row."""
    return np.concatenate([np.ravel(value) for value in values.values()])


def first_apart(one: Values, other: Values, digits: int) -> tuple[str, tuple[int, ...]] | None:
    """The first number in which two answers differ by more than rounding; None without one."""
    for name, value in one.items():
        if name not in other or value.shape != other[name].shape:
            continue
        apart = _far(value, other[name], digits)
        if apart.any():
            position = np.unravel_index(int(apart.argmax()), value.shape) if value.ndim else ()
            return name, tuple(int(at) for at in position)
    return None


def _far(one: Array, other: Array, digits: int) -> NDArray[np.bool_]:
    """Where two arrays differ by more than some units of the last of so many digits."""
    size = np.maximum(np.abs(one), np.abs(other))
    with np.errstate(all="ignore"):
        unit = 10.0 ** (np.floor(np.log10(np.where(size > 0, size, 1.0))) + 1 - digits)
        far: NDArray[np.bool_] = ~(np.abs(one - other) <= _APART * unit)
    return far
