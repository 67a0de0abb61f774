"""Which data would tell two mistakes apart that give the same numbers here."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from chainstep.core.check.guessed_programs import Guess, Plain
from chainstep.core.check.guesses_of_mistakes import guess_of
from chainstep.core.check.mistakes_made import same_program
from chainstep.core.quantities import Entry, ShapeError
from chainstep.core.setup import Setup
from chainstep.core.text.numbers import Digits, number_text

_APART = 1e-3  # of the number: so far apart that three digits tell


def what_would_tell(
    setup: Setup, first: Guess, second: Guess, known: Collection[tuple[int, str]] = ()
) -> str:
    """A sentence that names a quantity, here or from other data, on which the two differ.

    ``known`` are those that were given already, each with its iteration.
    """
    for words, other in _data(setup):
        try:
            plain = Plain.of(other)
            guesses = guess_of(first.made, plain), guess_of(second.made, plain)
        except ShapeError:
            continue
        found = _difference(*guesses, known if other is setup else ())
        if found is None:
            continue
        entry, iteration, values = found
        shown = [number_text(value, Digits(5)) for value in values]
        names = [" and ".join(guess.names) for guess in guesses]
        return (
            f"What would tell: {words}{entry} at iteration {iteration}. It is {shown[0]} with "
            f"{names[0]} and {shown[1]} with {names[1]}."
        )
    if same_program(first.program, second.program):
        return "No data tell them apart: on this network they are the same mistake."
    return "On all data that were tried here they give the same numbers."


def _data(setup: Setup) -> Iterator[tuple[str, Setup]]:
    yield "also give ", setup
    generator = np.random.default_rng(1)

    def drawn(shape: tuple[int, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.round(generator.uniform(-1, 1, shape), 1)

    weights = tuple(drawn(w.shape) for w in setup.weights)
    yield (
        f"start from weights that differ, W1 = {weights[0].tolist()} and so on, and give ",
        setup._replace(weights=weights),
    )
    inputs = np.round(generator.uniform(0.1, 0.9, setup.inputs.shape), 1)
    yield (
        f"take other inputs, {inputs.tolist()}, and give ",
        setup._replace(inputs=inputs),
    )
    others = np.round(generator.uniform(0.1, 0.9, setup.targets.shape), 1)
    yield (
        f"take other inputs, {inputs.tolist()}, and other targets, {others.tolist()}, and give ",
        setup._replace(inputs=inputs, targets=others, weights=weights),
    )
    for more in (1, 2):
        count = setup.observations + more
        inputs = np.round(generator.uniform(0, 1, (count, setup.inputs.shape[1])), 1)
        targets = setup.targets[np.arange(count) % setup.observations]
        yield (
            f"take {count} observations, inputs {inputs.tolist()}, the targets repeated, and give ",
            setup._replace(inputs=inputs, targets=targets, weights=weights),
        )


def _difference(
    first: Guess, second: Guess, known: Collection[tuple[int, str]]
) -> tuple[Entry, int, tuple[float, float]] | None:
    for iteration in (1, 2):
        one, other = first.values(iteration), second.values(iteration)
        for step in first.program.steps:
            name = step.quantity.name
            if name not in other or (iteration, name) in known:
                continue
            a, b = np.asarray(one[name], float), np.asarray(other[name], float)
            if a.shape != b.shape or a.ndim > 2:
                continue
            apart = np.abs(a - b) > _APART * np.maximum(np.abs(a), np.abs(b))
            if apart.any():
                place = tuple(int(n) for n in np.argwhere(apart)[0]) if a.ndim else ()
                at = place if step.quantity.shape else ()
                return Entry(name, at), iteration, (float(a[place]), float(b[place]))
    return None
