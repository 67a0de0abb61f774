"""The guesses that are tried: of each mistake in its ways and layers, and of two together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from chainstep.core.check.guessed_programs import Guess, Plain
from chainstep.core.check.mistakes import MISTAKES
from chainstep.core.check.mistakes_made import Made, Mistake, Way, programs_where, same_program
from chainstep.core.check.one_by_one import OneByOne
from chainstep.core.quantities import ShapeError
from chainstep.core.setup import Setup


def guess_of(made: tuple[Made, ...], plain: Plain) -> Guess:
    """The guess that these mistakes were made.

    Raises: ShapeError where that cannot be.
    """
    found = Guess(made, plain)
    if found.setup.batches == plain.setup.batches:
        return found
    return OneByOne(made, plain, found.program)


def single_guesses(plain: Plain) -> list[Guess]:
    """Every mistake in each of its ways, the plainest first.

    In all layers that it fits, in all of them but the outputs, and in each alone.
    """
    found = []
    for mistake in MISTAKES.values():
        for way in mistake.ways:
            if not way.odd:
                found += list(_of_way(mistake, way, plain))
    return sorted(found, key=lambda guess: guess.plainness)


def _of_way(mistake: Mistake, way: Way, plain: Plain) -> Iterator[Guess]:
    setup = plain.setup
    if way.start is not None and not _differs(way.start(setup), setup):
        return
    if not way.changes:
        yield guess_of((Made(mistake, way, ()),), plain)
        return
    try:
        programs = programs_where(mistake, way, setup, template=plain.template)
    except ShapeError:
        return
    for layer, program in programs.items():
        known = program if way.start is None else None
        made = (Made(mistake, way, (layer,)),)
        yield Guess(made, plain, known, everywhere=len(programs) == 1)
    every = tuple(programs)
    below = every[:-1] if every[-1] == len(setup.layers) else ()
    for layers in (one for one in (every, below) if len(one) > 1):
        try:
            yield Guess((Made(mistake, way, layers),), plain, everywhere=layers == every)
        except ShapeError:
            return


def _differs(first: Setup, second: Setup) -> bool:
    """Whether two setups of one network begin otherwise, or take their observations otherwise."""
    some = (*first.weights, *first.biases, first.targets)
    others = (*second.weights, *second.biases, second.targets)
    same = all(np.array_equal(a, b) for a, b in zip(some, others, strict=True))
    return not same or first.batches != second.batches


def joined(first: Guess, second: Guess) -> Guess | None:
    """Both mistakes together; None where they do not fit together."""
    plain = first.plain
    made = (*first.made, *second.made)
    if len({(one.mistake.name, one.way.says) for one in made}) < len(made):
        return None
    shared = {name for one in first.made for name in one.way.changes} & {
        name for one in second.made for name in one.way.changes
    }
    orders: Sequence[tuple[Made, ...]] = (made, (*second.made, *first.made)) if shared else (made,)
    found = []
    for order in orders:
        try:
            guess = guess_of(order, plain)
        except ShapeError:
            continue
        if not shared or not same_program(guess.program, Guess(order[-1:], plain).program):
            found.append(guess)
    return min(found, key=lambda guess: _lost(guess, first, second), default=None)


def _lost(both: Guess, first: Guess, second: Guess) -> int:
    """How many steps that two mistakes change are changed by one of them alone."""
    changed = first.altered & second.altered & both.altered
    own = [
        {s.quantity.name: s.expression for s in guess.program.steps}
        for guess in (both, first, second)
    ]
    return sum(own[0][name] in (own[1][name], own[2][name]) for name in changed)
