"""What other iterations of a run show of two numbers: whether they part, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, isnan

import numpy as np

from chainstep.core.quantities import Entry
from chainstep.core.records import Frame
from chainstep.core.stepper import Stepper
from chainstep.core.why.chain import chain

_AHEAD = 20  # iterations that are looked at for two numbers to part
_FAR_BACK = 5000  # iterations that are looked at one by one for where two numbers parted
_ROUNDED = 1000  # times the arithmetic's epsilon: what rounding makes of a sum, and more


@dataclass(frozen=True, slots=True)
class Later:
    """What the next iterations, up to ``until``, show of two numbers that are equal now.

    ``parted`` is the first in which they differ by more than rounding can do, None where they
    do not; ``apart`` is by how much, there or at most.
    """

    until: int
    parted: int | None
    apart: float


def seen_later(stepper: Stepper, iteration: int, one: Entry, other: Entry) -> Later:
    """Runs on from an iteration in which two numbers are equal, until they part, or a while."""
    stepper.goto(iteration)
    stepper.iterate()
    most = 0.0
    for _ in range(_AHEAD):
        frame = stepper.iterate()[-1].frame
        apart = difference(frame, one, other)
        if not isfinite(apart):
            return Later(stepper.moment.iteration - 1, None, most)
        most = max(most, apart)
        if apart > rounding(frame, one, other):
            return Later(stepper.moment.iteration, stepper.moment.iteration, apart)
    return Later(stepper.moment.iteration, None, most)


def first_apart(stepper: Stepper, iteration: int, one: Entry, other: Entry) -> int | None:
    """The first iteration in which two numbers differ; None where that is too far back to look."""
    if iteration > _FAR_BACK:
        return None
    stepper.goto(1)
    for number in range(1, iteration + 1):
        frame = stepper.iterate()[-1].frame
        if difference(frame, one, other) != 0:
            return number
    return None


def difference(frame: Frame, one: Entry, other: Entry) -> float:
    """How far two numbers of an iteration are apart; 0 for one infinity and itself."""
    values = [float(frame[each.quantity][each.position]) for each in (one, other)]
    if values[0] == values[1]:
        return 0.0
    apart = abs(values[0] - values[1])
    return float("inf") if isnan(apart) else apart


def rounding(frame: Frame, one: Entry, other: Entry) -> float:
    """By how much rounding may put two numbers apart: measured by what they are the sums of."""
    chains = chain(frame, one), chain(frame, other)
    size = max(max(abs(each.value), each.sum_of_sizes) for each in chains)
    epsilon = float(np.finfo(frame.layout.program.arithmetic).eps)
    return _ROUNDED * epsilon * size
