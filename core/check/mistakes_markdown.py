"""The catalogue of mistakes as a page of Markdown, each with its formulas on a small network."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from chainstep.core.check.formula_pairs import FormulaPair, formula_pair
from chainstep.core.check.guessed_programs import Plain
from chainstep.core.check.guesses_of_mistakes import guess_of
from chainstep.core.check.mistakes import MISTAKES
from chainstep.core.check.mistakes_made import Made, Mistake, Way, layers_where, program_made
from chainstep.core.quantities import ShapeError
from chainstep.core.setup import Array, BiasKind, Layer, Penalty, Setup
from chainstep.core.stepper import Stepper
from chainstep.core.text.numbers import number_texts
from chainstep.core.text.tables import elementwise_table
from chainstep.core.updates import UPDATES

_HEAD = """\
# Mistakes

What people get wrong in a backward phase, and how `chainstep check` names it. Made from the
catalogue in `core/check/catalogue/` by `python -m pages`; a test holds this page against it.
The formulas and the tables are those of small networks of two layers that were run, wrong and
right, in the engine's names: the tables of iteration 1, or of the first in which they differ.

    chainstep check SCENARIO NUMBERS            finds which one gives your numbers
    chainstep replay SCENARIO --mistake ID      makes it on purpose, wherever it fits
    chainstep open SCENARIO --mistake ID --against SCENARIO      wrong and right side by side
"""

_OTHERS = 24  # ways that are told one by one
_LATEST = 5  # iterations in which a mistake has to show


def small_networks() -> list[Setup]:
    """Networks on which every mistake of the catalogue can be made, on one or another."""
    return [
        _network((2, 2, 2), 2, "none", "sigmoid", "squared-error"),
        _network((2, 2, 2), 2, "separate", "sigmoid", "squared-error"),
        _network((2, 2, 2), 2, "row", "sigmoid", "squared-error"),
        _network((2, 2, 2), 2, "none", "softmax", "cross-entropy"),
        _network((2, 2, 1), 3, "none", "sigmoid", "squared-error"),
        _network((2, 2, 2), 3, "none", "sigmoid", "mean-squared-error"),
        _network((2, 2, 2), 2, "separate", "sigmoid", "binary-cross-entropy"),
        _network((2, 2, 2), 1, "none", "sigmoid", "squared-error"),
        _with_a_zero(_network((2, 2, 2), 2, "separate", "relu", "squared-error")),
        *(
            _network((2, 2, 2), 2, "separate", "sigmoid", "squared-error")._replace(
                rule=rule,
                settings={name: value or 0.3 for name, value in UPDATES[rule].settings.items()},
            )
            for rule in ("momentum", "rmsprop", "adam")
        ),
        _network((2, 2, 2), 2, "separate", "sigmoid", "squared-error")._replace(
            penalty=Penalty(0.1),
        ),
        _network((2, 2, 2), 2, "separate", "sigmoid", "squared-error")._replace(
            settings={"learning_rate": 0.3, "weight_decay": 0.1},
        ),
        _with_a_layer(Layer(2, "identity", "dropout", {"rate": 0.4, "seed": 3})),
        _with_a_layer(Layer(2, "tanh", "batch-norm", {"safety": 0.1})),
    ]


def _with_a_layer(layer: Layer) -> Setup:
    """A network with a layer of another kind between two dense ones."""
    setup = _network((2, 2, 2), 4, "separate", "sigmoid", "squared-error")
    first, last = setup.layers
    return setup._replace(
        layers=(first, layer, last),
        weights=(setup.weights[0], np.zeros((0, 0)), setup.weights[1]),
        biases=(setup.biases[0], np.zeros((1, layer.units)), setup.biases[1]),
    )


def _network(
    widths: tuple[int, ...], observations: int, bias: BiasKind, last: str, loss: str
) -> Setup:
    generator = np.random.default_rng(7)
    rows = int(bias == "row")

    def drawn(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.round(generator.uniform(-2, 2, shape), 1)

    targets = np.abs(drawn(observations, widths[-1])) / 4 + 0.1
    return Setup(
        inputs=drawn(observations, widths[0]),
        targets=targets,
        layers=(Layer(widths[1], "sigmoid"), Layer(widths[2], last)),
        weights=tuple(drawn(a + rows, b) for a, b in pairwise(widths)),
        biases=tuple(drawn(1, b) for b in widths[1:]) if bias == "separate" else (),
        bias=bias,
        loss=loss,
        reduction="mean" if loss.startswith("mean") else "sum",
        settings={"learning_rate": 0.3},
    )


def _with_a_zero(setup: Setup) -> Setup:
    """The network with z exactly 0 in its first output, where the slope of a ReLU is agreed on."""
    kept = np.array([0.0, 1.0])
    return setup._replace(
        weights=(setup.weights[0], setup.weights[1] * kept),
        biases=(setup.biases[0], setup.biases[1] * kept),
    )


def ways_of(mistake: Mistake) -> Iterator[tuple[Way, FormulaPair]]:
    """Each way of a mistake that has formulas, on the first small network that it fits."""
    for way, pair, _, _ in _shown(mistake):
        yield way, pair


def _shown(mistake: Mistake) -> Iterator[tuple[Way, FormulaPair, Setup, tuple[int, ...]]]:
    for way in mistake.ways:
        if way.odd:
            continue
        for setup in small_networks():
            try:
                layers = layers_where(mistake, way, setup) if way.changes else ()
            except ShapeError:
                continue
            last = layers[-1:]
            yield way, formula_pair(Made(mistake, way, last), setup), setup, last
            break


def numbers_of(made: Made, setup: Setup, quantity: str) -> tuple[int, Array, Array]:
    """The iteration in which a mistake first shows in a quantity; its array, wrong and right.

    Raises: ValueError where it shows in none of the first ones.
    """
    if made.way.start:
        plain = Plain.of(setup)
        begun = guess_of((made,), plain).values(1)[quantity]
        return 1, np.asarray(begun), np.asarray(plain.guess.values(1)[quantity])
    wrong, right = Stepper(program_made((made,), setup)), Stepper(program_made((), setup))
    for iteration in range(1, _LATEST + 1):
        for stepper in (wrong, right):
            stepper.goto(iteration, after=quantity)
        if not np.array_equal(wrong[quantity], right[quantity]):
            return iteration, wrong[quantity], right[quantity]
    raise ValueError(f"{made.mistake.name} does not show in {quantity}")


def _telling(wrong: Array, right: Array) -> int:
    """So many digits that what is wrong is seen."""
    for digits in range(5, 16):
        if number_texts(wrong, digits) != number_texts(right, digits):
            return digits
    return 17


def _tables(made: Made, setup: Setup, quantity: str) -> list[str]:
    """The wrong table beside the right one, as a block."""
    iteration, wrong, right = numbers_of(made, setup, quantity)
    names = (f"wrong {quantity}", f"right {quantity}")
    drawn = elementwise_table([wrong, "  ", right], digits=_telling(wrong, right), names=names)
    block = ["```text", *drawn, "```"]
    return block if iteration == 1 else [f"In iteration {iteration}:", "", *block]


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for mistake in MISTAKES.values():
        way, pair, setup, layers = next(_shown(mistake))
        others = [other.says for other in mistake.ways if other is not way and other.says]
        lines = [
            f"## {mistake.name}",
            "",
            f"{_sentence(mistake.title)}.",
            "",
            f"    wrong  {pair.wrong}",
            f"    right  {pair.right}",
            "",
            *_tables(Made(mistake, way, layers), setup, pair.quantity),
            "",
            f"What it looks like: {mistake.looks}",
            "",
            f"How to mend it: {mistake.mend_for(setup, way)}",
            "",
        ]
        if len(others) > _OTHERS:
            others = [*others[: _OTHERS // 4], f"and {len(others) - _OTHERS // 4} more"]
        if others:
            lines += [f"Also looked for: {'; '.join(others)}.", ""]
        lines += [f"Source: {mistake.source}.", ""]
        parts.append("\n".join(lines))
    return "\n".join(parts)


def _sentence(text: str) -> str:
    """A title as the beginning of a sentence; a letter of a formula stays as it is."""
    first = text.split(maxsplit=1)[0]
    return text if len(first) == 1 and first != "a" else f"{text[0].upper()}{text[1:]}"
