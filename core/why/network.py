"""A whole network at an iteration: which units are one, what is dead, what a run showed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chainstep.core.program import Program
from chainstep.core.records import Frame
from chainstep.core.setup import Setup
from chainstep.core.stepper import HasProgram, Stepper
from chainstep.core.why.dead_units import Dead, dead_units
from chainstep.core.why.drift import Drift, affordable, cost_of_order, drift
from chainstep.core.why.symmetry import Colouring, Group, colouring, colouring_now


@dataclass(frozen=True)
class Network:
    """What was found out about a network at an iteration, and in a run from the first.

    ``start`` is the colouring of the first iteration, ``now`` that of this one. ``seconds`` are
    those of an iteration with plain and with ordered products, where they were measured.
    """

    frame: Frame
    iteration: int
    start: Colouring
    now: Colouring
    dead: tuple[Dead, ...]
    drift: Drift
    seconds: tuple[float, float] | None = None

    @property
    def setup(self) -> Setup:
        return self.start.program.setup

    @property
    def depth(self) -> int:
        return len(self.setup.layers)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Units that are one in exact arithmetic: since the start, or from this iteration on."""
        inherited = self.start.groups
        later = (
            group
            for group in self.now.groups
            if not any(
                group.layer == known.layer and set(group.units) <= set(known.units)
                for known in inherited
            )
        )
        return tuple(sorted([*inherited, *later], key=lambda group: (group.layer, group.units)))

    @property
    def fell(self) -> bool:
        """Whether the cost was lower at the end of the run than at its start."""
        return self.drift.looks[-1].cost < self.drift.looks[0].cost


def network(
    given: Program | Setup | HasProgram,
    iteration: int = 1,
    iterations: int | None = None,
    watch: Callable[[int], None] | None = None,
) -> Network:
    """Runs a network from its start and looks at it, at an iteration and on the way.

    It is run for as many ``iterations`` as asked for, and at least to ``iteration``; for what
    is affordable where nothing is said. ``watch`` is told how far it is.
    """
    stepper = Stepper(given)
    program = stepper.program
    start = colouring_now(stepper)
    wanted = iterations or affordable(program)
    seen = drift(stepper, max(wanted, iteration), watch)
    stepper.goto(iteration)
    frame = stepper.iterate()[-1].frame
    ordered = program.products == "ordered" and bool(seen.groups)
    return Network(
        frame=frame,
        iteration=iteration,
        start=start,
        now=colouring(frame, stepper.program),
        dead=dead_units(frame, stepper.program),
        drift=seen,
        seconds=cost_of_order(program) if ordered else None,
    )
