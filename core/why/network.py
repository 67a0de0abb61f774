"""A whole network at an iteration: identical units, units that get nothing back, a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from chainstep.core.feeds import updates_per_epoch
from chainstep.core.program import Program
from chainstep.core.records import Frame
from chainstep.core.setup import Setup
from chainstep.core.stepper import HasProgram, Stepper
from chainstep.core.why.dead_units import Dead, dead_units
from chainstep.core.why.drift import Drift, Glance, affordable, drift
from chainstep.core.why.out_of_range import OutOfRange, is_finite, left_range
from chainstep.core.why.structure import structure_of
from chainstep.core.why.symmetry import Group, identical_units


@dataclass(frozen=True)
class Network:
    """What was found out about a network at an iteration, and in a run from the first.

    ``groups`` are units that are identical in exact arithmetic, since the start or from this
    iteration on; ``parting`` have the same parameters, and this iteration does not keep them so.
    ``dead`` get nothing back here, ``dead_next`` in the iteration after. ``left`` is where the
    run left the range, if it did; nothing is read from numbers from there on. ``epochs`` are
    the mean costs of the first and of the last whole epoch of the run, where there are batches.
    """

    frame: Frame
    iteration: int
    program: Program
    groups: tuple[Group, ...]
    parting: tuple[Group, ...]
    dead: tuple[Dead, ...]
    dead_next: tuple[Dead, ...]
    drift: Drift
    left: OutOfRange | None = None
    epochs: tuple[float, float] | None = None

    @property
    def depth(self) -> int:
        return self.program.depth

    @property
    def readable(self) -> bool:
        """Whether the numbers of the iteration are still in the range."""
        return self.left is None or self.left.iteration > self.iteration

    @property
    def looks(self) -> tuple[Glance, ...]:
        """What was seen of the run while it was in the range."""
        end = self.left.iteration if self.left else self.drift.last + 1
        return tuple(
            look for look in self.drift.looks if look.iteration < end and isfinite(look.cost)
        )

    @property
    def costs(self) -> tuple[float, float] | None:
        """The cost at the start and at the end of the run; of batches, the mean of an epoch.

        None where nothing was run, or the two do not compare.
        """
        if self.in_batches:
            return self.epochs
        return (self.looks[0].cost, self.looks[-1].cost) if self.looks[1:] else None

    @property
    def in_batches(self) -> bool:
        """Whether the cost of an iteration is that of its own batch alone."""
        return self.program.network is not None and self.program.network.batches is not None

    @property
    def still_since(self) -> int | None:
        """From which iteration on the cost stays, over the last nine tenths of the run or more.

        None where it moves by more than a millionth of itself, or is 0.
        """
        if self.in_batches or not self.looks or not self.looks[-1].cost:
            return None
        last = self.looks[-1]
        since = last.iteration
        for look in reversed(self.looks):
            if abs(look.cost - last.cost) > 1e-6 * abs(last.cost):
                break
            since = look.iteration
        return since if 10 * since <= last.iteration else None

    @property
    def fell(self) -> bool:
        """Whether the cost was lower at the end of the run than at its start."""
        return self.costs is not None and self.costs[1] < self.costs[0]


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
    wanted = iterations or affordable(program)
    seen = drift(stepper, max(wanted, iteration), watch)
    stepper.goto(iteration)
    frame = stepper.iterate()[-1].frame
    following = stepper.iterate()[-1].frame
    lost = not all(isfinite(look.cost) for look in seen.looks) or not is_finite(program, frame)
    stepper.goto(seen.last)
    left = left_range(stepper, seen.last) if lost or not stepper.is_finite else None
    epochs = _of_epochs(stepper, seen.last) if left is None else None
    kept = structure_of(frame)
    now, parting = identical_units(frame, program, kept) if kept else ((), ())
    return Network(
        frame=frame,
        iteration=iteration,
        program=program,
        groups=_joined(seen.groups if kept else (), now),
        parting=parting,
        dead=dead_units(frame, program),
        dead_next=dead_units(following, program),
        drift=seen,
        left=left,
        epochs=epochs,
    )


def _of_epochs(stepper: Stepper, last: int) -> tuple[float, float] | None:
    """The mean costs of the first and of the last whole epoch up to an iteration."""
    network = stepper.program.network
    if network is None or network.batches is None:
        return None
    updates = updates_per_epoch(network.batches, len(network.inputs))
    whole = last // updates
    if whole < 2:
        return None
    way, means = stepper.watch([stepper.program.cost]), []
    for epoch in (1, whole):
        costs: list[float] = []

        def look(_: int, costs: list[float] = costs) -> bool:
            costs.append(float(way.values[stepper.program.cost].item()))
            return False

        stepper.goto((epoch - 1) * updates + 1)
        stepper.run(updates, way, look)
        means.append(sum(costs) / len(costs))
    return means[0], means[1]


def _joined(inherited: tuple[Group, ...], now: tuple[Group, ...]) -> tuple[Group, ...]:
    """Units that are identical since the start, or from this iteration on."""
    later = (
        group
        for group in now
        if not any(
            group.layer == known.layer and {*group.units} <= {*known.units} for known in inherited
        )
    )
    return tuple(sorted([*inherited, *later], key=lambda group: (group.layer, group.units)))
