"""Networks in which mistakes are made, as guesses at what somebody did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from chainstep.core.check.mistakes import MISTAKES
from chainstep.core.check.mistakes_made import (
    Made,
    Mistake,
    Way,
    program_made,
    programs_where,
    same_program,
)
from chainstep.core.check.right_numbers import start_values, step_value
from chainstep.core.program import Program
from chainstep.core.quantities import ShapeError
from chainstep.core.setup import Array, Setup
from chainstep.core.stepper import Stepper

#: Up to this iteration every quantity is computed step by step; later ones are run to.
_STEPPED = 4


class Runs:
    """Runs to late iterations, one for all guesses that go the same way."""

    def __init__(self) -> None:
        self._steppers: dict[bytes, Stepper] = {}

    def start(self, guess: Guess, iteration: int) -> dict[str, Array]:
        """What an iteration of a guess starts from."""
        key = guess.course
        if key not in self._steppers:
            self._steppers[key] = Stepper(program_made(guess.made, guess.setup))
        stepper = self._steppers[key]
        stepper.goto(iteration)
        values: dict[str, Array] = {}
        for quantity in guess.program.start:
            known = quantity.name in stepper.program.quantities
            value = stepper[quantity.name] if known else np.zeros(quantity.shape)
            values[quantity.name] = np.asarray(value, dtype=np.float64)
        return values


def _rank(made: Made) -> int:
    return made.mistake.ways.index(made.way) if made.way.rank is None else made.way.rank


class Guess:
    """One or more mistakes, made somewhere, and the numbers that come of it."""

    def __init__(
        self,
        made: tuple[Made, ...],
        setup: Setup,
        runs: Runs,
        program: Program | None = None,
        *,
        everywhere: bool = True,
    ) -> None:
        for one in made:
            if one.way.start is not None:
                setup = one.way.start(setup)
        self.made = made
        self.everywhere = everywhere  # made in all layers that it fits
        self.setup = setup
        self.program: Program = program or program_made(made, setup)
        self.runs = runs
        self._values: dict[int, dict[str, Any]] = {}
        self._done: dict[int, int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the mistakes, each once."""
        return tuple(dict.fromkeys(one.mistake.name for one in self.made))

    @property
    def plainness(self) -> tuple[int, ...]:
        """How far-fetched it is: a later way, not everywhere."""
        return (
            len(self.made),
            sum(one.way.odd for one in self.made),
            sum(_rank(one) for one in self.made),
            not self.everywhere,
        )

    def values(self, iteration: int) -> dict[str, Any]:
        """All quantities of an iteration as these mistakes make them, from the start on."""
        values, done = self._computed(iteration)
        if done < len(self.program.steps):
            self._compute(iteration, len(self.program.steps))
        return values

    def value(self, iteration: int, name: str) -> Any:
        """One quantity of an iteration; nothing that comes after it is computed."""
        values, _ = self._computed(iteration)
        if name not in values:
            self._compute(iteration, self.program.numbers[name])
        return values[name]

    def _computed(self, iteration: int) -> tuple[dict[str, Any], int]:
        if iteration not in self._values:
            self._values[iteration] = dict(self.start(iteration))
            self._done[iteration] = 0
        return self._values[iteration], self._done[iteration]

    def _compute(self, iteration: int, until: int) -> None:
        values = self._values[iteration]
        with np.errstate(all="ignore"):
            for step in self.program.steps[self._done[iteration] : until]:
                values[step.quantity.name] = step_value(step, values)
        self._done[iteration] = max(self._done[iteration], until)

    def start(self, iteration: int) -> dict[str, Any]:
        """What an iteration starts from."""
        if iteration == 1:
            return dict(start_values(self.program))
        if iteration > _STEPPED:
            return dict(self.runs.start(self, iteration))
        return carried(self.program, self.values(iteration - 1), iteration)

    @cached_property
    def course(self) -> bytes:
        """What the weights of the first iterations are: the same for guesses that run alike."""
        found = []
        for iteration in (2, 3):
            start = self.start(iteration)
            for pair in self.program.carried:
                with np.errstate(all="ignore"):
                    found.append(np.array([f"{x:.10e}" for x in np.ravel(start[pair.old.name])]))
        names = "".join(pair.old.name for pair in self.program.carried if "_old" in pair.old.name)
        return b"".join(part.tobytes() for part in found) + names.encode()


def carried(program: Program, values: Mapping[str, Any], iteration: int) -> dict[str, Any]:
    """What the next iteration starts from, of the numbers of the one before it."""
    start = {quantity.name: values[quantity.name] for quantity in program.start}
    start |= {pair.old.name: values[pair.new.name] for pair in program.carried}
    if "t" in start:
        start["t"] = np.asarray(float(iteration))
    return start


def single_guesses(setup: Setup, runs: Runs) -> list[Guess]:
    """Every mistake in each of its ways, in all layers and in each alone, the plainest first."""
    plain = program_made((), setup)
    found = []
    for mistake in MISTAKES.values():
        for way in mistake.ways:
            if not way.odd:
                found += list(_of_way(mistake, way, setup, runs, plain))
    return sorted(found, key=lambda guess: guess.plainness)


def _of_way(
    mistake: Mistake, way: Way, setup: Setup, runs: Runs, plain: Program
) -> Iterator[Guess]:
    if way.start is not None and not _differs(way.start(setup), setup):
        return
    if not way.changes:
        yield Guess((Made(mistake, way, ()),), setup, runs)
        return
    try:
        programs = programs_where(mistake, way, setup, plain=plain)
    except ShapeError:
        return
    for layer, program in programs.items():
        known = program if way.start is None else None
        yield Guess(
            (Made(mistake, way, (layer,)),), setup, runs, known, everywhere=len(programs) == 1
        )
    if len(programs) > 1:
        try:
            yield Guess((Made(mistake, way, tuple(programs)),), setup, runs)
        except ShapeError:
            return


def _differs(first: Setup, second: Setup) -> bool:
    pairs = zip((*first.weights, *first.biases), (*second.weights, *second.biases), strict=True)
    return any(not np.array_equal(a, b) for a, b in pairs)


def joined(first: Guess, second: Guess, setup: Setup) -> Guess | None:
    """Both mistakes together; None where they do not fit together."""
    made = (*first.made, *second.made)
    if len({(one.mistake.name, one.way.says) for one in made}) < len(made):
        return None
    shared = {name for one in first.made for name in one.way.changes} & {
        name for one in second.made for name in one.way.changes
    }
    orders = (made, (*second.made, *first.made)) if shared else (made,)
    for order in orders:
        try:
            guess = Guess(order, setup, first.runs)
        except ShapeError:
            continue
        if not shared or not same_program(
            guess.program, Guess(order[-1:], setup, first.runs).program
        ):
            return guess
    return None
