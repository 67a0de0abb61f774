"""The catalogue of mistakes: each is the one engine with a rule changed."""

from __future__ import annotations

from collections.abc import Iterable

from chainstep.core.check.catalogue import (
    biases,
    factors,
    forward,
    gradients,
    layers,
    on_the_way_down,
    optimisers,
    outputs,
    penalties,
    products,
    slopes,
    softmax,
    updates,
)
from chainstep.core.check.mistakes_made import Made, Mistake, made_everywhere, program_made
from chainstep.core.program import Program
from chainstep.core.setup import Setup

_CHAPTERS = (
    forward,
    on_the_way_down,
    products,
    slopes,
    gradients,
    outputs,
    softmax,
    factors,
    biases,
    updates,
    optimisers,
    penalties,
    layers,
)

MISTAKES: dict[str, Mistake] = {
    entry.name: entry for chapter in _CHAPTERS for entry in chapter.CHAPTER
}


def program_with(names: Iterable[str], setup: Setup) -> Program:
    """The program of a network in which these mistakes are made wherever they can be.

    Raises: InputError where one of them is impossible in this network.
    """
    made: list[Made] = []
    for name in names:
        made.append(made_everywhere(MISTAKES[name], setup, made))
    return program_made(made, setup)
