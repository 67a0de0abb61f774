"""Whether identical units stay equal bit for bit in a run, and if not, since when.

In exact arithmetic they do. A computer rounds, and a matrix product may add up some columns in
another order than others: then they part by a last place, and the difference may grow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainstep.core.program import Program
from chainstep.core.setup import Array
from chainstep.core.stepper import Stepper
from chainstep.core.why.structure import structure_of
from chainstep.core.why.symmetry import Colouring, Group, Numbers, colouring, confirmed, is_dense

#: What a run is worth without being asked for, in numbers that it computes, about.
_AFFORDABLE = 1_250_000_000
_OF_AN_ITERATION = 50_000  # what an iteration costs beside its numbers, in numbers
_MOST = 10_000
_TELLING = 2_000  # iterations between two words on how far a run is


@dataclass(frozen=True, slots=True)
class Glance:
    """What was seen before an iteration: its cost, and how far apart units of a group are."""

    iteration: int
    cost: float
    apart: tuple[float, ...]

    @property
    def spread(self) -> float:
        """The largest difference in any group."""
        return max(self.apart, default=0.0)


@dataclass(frozen=True)
class Drift:
    """A run, and the units that were identical when it began.

    ``since`` is the first iteration in which the parameters of such units were not equal bit
    for bit; None where they were in every one of them, ``first`` to ``last``.
    """

    groups: tuple[Group, ...]
    first: int
    last: int
    looks: tuple[Glance, ...]
    since: int | None

    @property
    def apart(self) -> float:
        """The largest difference at the end, between parameters that would be equal."""
        return self.looks[-1].spread


def affordable(program: Program) -> int:
    """How many iterations are run without being asked for: a power of ten, 10 000 at most.

    It depends on the size of the network alone, so that an answer is the same everywhere.
    """
    weights = sum(quantity.size for quantity in program.parameters)
    numbers = _OF_AN_ITERATION + weights * program.observations
    numbers *= 3 if program.products == "ordered" else 1
    wanted = _MOST
    while wanted > 10 and wanted * numbers > _AFFORDABLE:
        wanted //= 10
    return wanted


def drift(stepper: Stepper, last: int, watch: Callable[[int], None] | None = None) -> Drift:
    """Runs from where the stepper stands until before iteration ``last``, looking on.

    As long as the groups are equal every iteration is looked at; once they have parted only
    those of the table are. ``watch`` is told how far the run has come; what it raises ends the run.
    """
    first = stepper.moment.iteration
    measure = _measure(stepper)
    stepper.goto(first)
    groups = measure.groups
    looks = [_look(stepper, measure)]
    since = None
    for stop in stops(first, last):
        while since is None and groups and stepper.moment.iteration < stop:
            stepper.run(1)
            if watch and stepper.moment.iteration % _TELLING == 0:
                watch(stepper.moment.iteration)
            if measure.parted(stepper):
                since = stepper.moment.iteration
                if since < stop:
                    looks.append(_look(stepper, measure))
        while stepper.moment.iteration < stop:
            stepper.run(min(_TELLING, stop - stepper.moment.iteration))
            if watch:
                watch(stepper.moment.iteration)
        looks.append(_look(stepper, measure))
    if since is not None and looks[-1].iteration < since:
        looks.append(_look(stepper, measure))
    return Drift(groups, first, last, tuple(looks), since)


def _measure(stepper: Stepper) -> Measure:
    """What tells identical units apart; nothing where not all layers have weights of their own."""
    program = stepper.program
    if not is_dense(program):
        return Measure(None, ())
    kept = structure_of(stepper.iterate()[-1].frame)
    start = colouring(stepper, program)
    return Measure(start, confirmed(start.groups, kept) if kept else ())


def stops(first: int, last: int) -> list[int]:
    """The iterations of the table, evenly spread on a logarithm, and the last.

    >>> stops(1, 300)
    [2, 5, 10, 20, 50, 100, 200, 300]
    """
    spread = {digit * 10**power for power in range(19) for digit in (1, 2, 5)}
    return sorted({n for n in spread if first < n < last} | ({last} - {first}))


def _look(stepper: Stepper, measure: Measure) -> Glance:
    """The cost of the iteration where the stepper stands, and the spread of its parameters."""
    stepper.finish("forward")
    seen = Glance(
        stepper.moment.iteration, float(stepper[stepper.program.cost]), measure.apart(stepper)
    )
    stepper.run(0)
    return seen


class Measure:
    """Finds how far apart the parameters of identical units are.

    Parameters that belong together are ordered by the class at their other end and then by
    size, in the way in which the colouring has them equal.
    """

    def __init__(self, start: Colouring | None, groups: tuple[Group, ...]) -> None:
        self.groups = groups
        self._parts = [self._of(start, group) for group in groups] if start else []

    def _of(self, start: Colouring, group: Group) -> list[tuple[str, NDArray[np.int64]]]:
        """For each array at a group its units' parameters: flat indices, a row per unit."""
        bias = 1 if start.program.bias == "row" else 0
        k, units = group.layer, list(group.units)
        quantities, classes = start.program.quantities, start.classes
        before = [-1] * bias + classes[k - 1].tolist()
        rows, columns = quantities[f"W{k}"].shape
        codes = start.edges[k - 1][:rows]
        found = [(f"W{k}", np.array([_ordered(before, codes[:, unit]) for unit in units]))]
        found[0] = (f"W{k}", found[0][1] * columns + np.array(units)[:, None])
        if start.program.bias == "separate":
            found.append((f"b{k}", np.array(units)[:, None]))
        if f"W{k + 1}" in quantities:
            after, width = classes[k + 1].tolist(), quantities[f"W{k + 1}"].shape[1]
            shifted = [unit + bias for unit in units]
            codes = start.edges[k]
            order = np.array([_ordered(after, codes[row]) for row in shifted])
            found.append((f"W{k + 1}", order + np.array(shifted)[:, None] * width))
        return found

    def parted(self, numbers: Numbers) -> bool:
        """Whether any two parameters that would be equal are not, bit for bit."""
        for parts in self._parts:
            for name, order in parts:
                values = numbers[name].ravel()[order]
                same = values == values[0]
                if not same.all() and not (same | (np.isnan(values) & np.isnan(values[0]))).all():
                    return True
        return False

    def apart(self, numbers: Numbers) -> tuple[float, ...]:
        """For every group the largest difference between parameters that would be equal."""
        return tuple(
            max(_range(numbers[name].ravel()[order]) for name, order in parts)
            for parts in self._parts
        )


def _ordered(classes: list[int], codes: NDArray[np.int64]) -> list[int]:
    """The order by class and then by code: the same for all units that a colouring has as one."""
    listed = codes.tolist()
    return sorted(range(len(listed)), key=lambda n: (classes[n], listed[n]))


def _range(values: Array) -> float:
    with np.errstate(all="ignore"):
        return float(np.ptp(values.astype(np.float64), axis=0).max(initial=0))
