"""Where a run left the range of its arithmetic: the first number that is not finite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chainstep.core.expressions import LaidOut
from chainstep.core.program import Program, Step
from chainstep.core.setup import Array
from chainstep.core.stepper import Stepper


@dataclass(frozen=True)
class OutOfRange:
    """The first step of a run whose quantity is not finite, and its iteration."""

    iteration: int
    step: Step
    arithmetic: str

    def __str__(self) -> str:
        return (
            f"This run left the range of {self.arithmetic} at iteration {self.iteration}, "
            f"step {self.step.number} ({self.step.quantity.name})"
        )


def is_finite(program: Program, numbers: Mapping[str, Array]) -> bool:
    """Whether all numbers of an iteration are finite."""
    return all(np.isfinite(numbers[step.quantity.name]).all() for step in program.steps)


def left_range(stepper: Stepper, last: int) -> OutOfRange | None:
    """Where a run first left the range, up to the end of iteration ``last``; None if nowhere.

    The stepper is moved: it is run from its start.
    """
    program = stepper.program
    steps = [step for step in program.steps if not isinstance(step.expression, LaidOut)]
    stepper.goto(1)
    way = stepper.watch([step.quantity.name for step in steps])
    met: list[int] = []

    def look(iteration: int) -> bool:
        if all(np.isfinite(value).all() for value in way.values.values()):
            return False
        met.append(iteration)
        return True

    stepper.run(last, way, look)
    if not met:
        return None
    stepper.goto(met[0])
    frame = stepper.iterate()[-1].frame
    first = next(step for step in steps if not np.isfinite(frame[step.quantity.name]).all())
    return OutOfRange(met[0], first, program.arithmetic)
