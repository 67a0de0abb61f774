"""Networks in which mistakes are made, as guesses at what somebody did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from chainstep.core.check.mistakes_made import (
    Made,
    program_made,
)
from chainstep.core.check.right_numbers import fed_values, start_values, step_value
from chainstep.core.exchanged_rules import Template
from chainstep.core.expression_parts import needs
from chainstep.core.network import restarted
from chainstep.core.program import Program
from chainstep.core.setup import Setup
from chainstep.core.stepper import Stepper

#: Up to this iteration every quantity is computed step by step; later ones are run to.
_STEPPED = 12


@dataclass
class Plain:
    """The network with no mistake made, which most numbers of most guesses come from.

    ``right`` steps through it already, where somebody has come far with it.
    """

    setup: Setup
    template: Template
    right: Stepper | None = None
    steppers: dict[bytes, Stepper] = field(default_factory=dict)

    @classmethod
    def of(cls, setup: Setup, right: Stepper | None = None) -> Plain:
        """The network of a setup."""
        return cls(setup, Template(setup), right)

    @property
    def program(self) -> Program:
        """The right program."""
        return self.template.program

    @cached_property
    def guess(self) -> Guess:
        """The guess that nothing is wrong."""
        return Guess((), self, self.program)

    @cached_property
    def reads(self) -> dict[str, frozenset[str]]:
        """What each step reads."""
        return {s.quantity.name: frozenset(needs(s.expression)) for s in self.program.steps}

    def run_to(self, guess: Guess, iteration: int) -> dict[str, Any]:
        """What a late iteration of a guess starts from, by a fast run."""
        key = guess.course
        if self.right is not None:
            self.steppers.setdefault(self.guess.course, self.right)
        if key not in self.steppers:
            self.steppers[key] = Stepper(guess.program)
        stepper = self.steppers[key]
        stepper.goto(iteration)
        values: dict[str, Any] = {}
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
        plain: Plain,
        program: Program | None = None,
        *,
        everywhere: bool = True,
    ) -> None:
        setup = plain.setup
        for one in made:
            if one.way.start is not None:
                setup = one.way.start(setup)
        self.made = made
        self.plain = plain
        self.everywhere = everywhere  # made in all layers that it fits
        self.setup = setup
        self.program: Program = program or _program(made, setup, plain)
        self.laid: dict[Any, Any] = {}  # what it makes of numbers, by which of them there are
        self._values: dict[int, dict[str, Any]] = {}
        self._done: dict[int, int] = {}
        self._dirty: dict[int, set[str]] = {}

    @property
    def is_one_program(self) -> bool:
        """Whether an iteration of it is one run of its program, from its author's operands too."""
        return True

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
        self._begin(iteration)
        self._compute(iteration, len(self.program.steps))
        return self._values[iteration]

    def value(self, iteration: int, name: str) -> Any:
        """One quantity of an iteration; nothing that comes after it is computed."""
        self._begin(iteration)
        if name not in self._values[iteration]:
            self._compute(iteration, self.program.numbers[name])
        return self._values[iteration][name]

    def changes(self, iteration: int, name: str) -> bool:
        """Whether the mistakes reach a quantity at all."""
        self.value(iteration, name)
        return name in self._dirty[iteration]

    def _begin(self, iteration: int) -> None:
        if iteration not in self._values:
            start = dict(self.start(iteration))
            self._values[iteration] = start
            self._done[iteration] = 0
            right = self.plain.guess.start(iteration) if self.made else start
            self._dirty[iteration] = {
                name
                for name, value in start.items()
                if right.get(name) is not value and not np.array_equal(right.get(name, ()), value)
            }

    def _compute(self, iteration: int, until: int) -> None:
        values, dirty = self._values[iteration], self._dirty[iteration]
        same = self.plain.guess if self.made else None
        with np.errstate(all="ignore"):
            for step in self.program.steps[self._done[iteration] : until]:
                name = step.quantity.name
                if same is not None and not (name in self.altered or self.reads(name) & dirty):
                    values[name] = same.value(iteration, name)
                    continue
                values[name] = step_value(step, values)
                if same is not None:
                    dirty.add(name)
        self._done[iteration] = max(self._done[iteration], until)

    def reads(self, name: str) -> frozenset[str]:
        """What the right step of a quantity reads."""
        return self.plain.reads.get(name, frozenset())

    @cached_property
    def altered(self) -> frozenset[str]:
        """The quantities that are computed by another expression than they should be."""
        right = {step.quantity.name: step for step in self.plain.program.steps}
        found = set()
        for step in self.program.steps:
            other = right.get(step.quantity.name)
            if other is None or (
                step.expression is not other.expression and step.expression != other.expression
            ):
                found.add(step.quantity.name)
        return frozenset(found)

    def start(self, iteration: int) -> Mapping[str, Any]:
        """What an iteration starts from."""
        if iteration == 1:
            if self.made and self.setup is self.plain.setup and not self._more_state:
                return self.plain.guess.start(1)
            return self._first
        if iteration > _STEPPED:
            return self.plain.run_to(self, iteration)
        return carried(self.program, self.values(iteration - 1), iteration)

    @cached_property
    def _first(self) -> dict[str, Any]:
        return dict(start_values(self.program))

    @cached_property
    def _more_state(self) -> bool:
        """Whether a mistake remembers something that the network does not."""
        return len(self.program.start) != len(self.plain.program.start)

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


def _program(made: tuple[Made, ...], setup: Setup, plain: Plain) -> Program:
    """The program of these mistakes; where they are at the start, the right one begun so."""
    if setup.batches == plain.setup.batches and not any(one.way.changes for one in made):
        return restarted(plain.program, setup)
    return program_made(made, setup, plain.template)


def carried(program: Program, values: Mapping[str, Any], iteration: int) -> dict[str, Any]:
    """What the next iteration starts from, of the numbers of the one before it."""
    start = {quantity.name: values[quantity.name] for quantity in program.start}
    start |= {pair.old.name: values[pair.new.name] for pair in program.carried}
    return start | fed_values(program, iteration)
