"""A long run under control: a budget, a condition, a look at how far it is, a way to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

import numpy as np

from chainstep.core.engine.watching import Watch
from chainstep.core.quantities import InputError, Moment
from chainstep.core.runs.conditions import Condition
from chainstep.core.runs.curves import Curve
from chainstep.core.stepper import Stepper

Reason = Literal["iterations", "seconds", "condition", "not finite", "stopped"]

_SLICE = 0.05  # seconds of running between two looks


@dataclass(frozen=True)
class Progress:
    """How far a run is: iterations done, seconds taken, and seconds left where that is known."""

    done: int
    seconds: float
    left: float | None = None

    @property
    def per_second(self) -> float:
        """Iterations in a second, over the whole run."""
        return self.done / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class Outcome:
    """Why a run ended, where, and after how much.

    ``moment`` is where the condition holds, or where the first number is not finite; otherwise
    the beginning of the iteration that would come next.
    """

    reason: Reason
    moment: Moment
    done: int
    seconds: float


def running(
    stepper: Stepper,
    *,
    iterations: int | None = None,
    seconds: float | None = None,
    until: Condition | None = None,
    curves: Sequence[Curve] = (),
    slice_seconds: float = _SLICE,
) -> Iterator[Progress | Outcome]:
    """Runs in slices and tells after each how far it is; the last that it tells is the outcome.

    Whoever stops asking stops the run: the stepper then stands before an iteration, at (i, 0).
    ``curves`` see every iteration. The iteration that the stepper stands in counts from its
    beginning, so that ``until`` may hold in it already.
    """
    if iterations is None and seconds is None and until is None:
        raise InputError("a run needs an end: a number of iterations, of seconds, or a condition")
    run = _Run(stepper, until, curves)
    began, chunk = perf_counter(), 1
    while True:
        taken = perf_counter() - began
        if iterations is not None and run.done >= iterations:
            yield Outcome("iterations", stepper.moment, run.done, taken)
            return
        if seconds is not None and taken >= seconds:
            yield Outcome("seconds", stepper.moment, run.done, taken)
            return
        wanted = chunk if iterations is None else min(chunk, iterations - run.done)
        reason = run.slice(wanted)
        sliced = perf_counter() - began - taken
        if reason is not None:
            yield Outcome(reason, stepper.moment, run.done, taken + sliced)
            return
        chunk = max(1, int(chunk * min(8.0, slice_seconds / max(sliced, 1e-9))))
        yield _progress(run.done, taken + sliced, iterations, seconds)


def _progress(done: int, taken: float, iterations: int | None, seconds: float | None) -> Progress:
    ends = []
    if iterations is not None and done:
        ends.append((iterations - done) * taken / done)
    if seconds is not None:
        ends.append(max(0.0, seconds - taken))
    return Progress(done, taken, min(ends) if ends else None)


class _Run:
    """What is looked at in every iteration of one run."""

    def __init__(self, stepper: Stepper, until: Condition | None, curves: Sequence[Curve]) -> None:
        self.stepper = stepper
        self.until = until
        self.curves = curves
        self.done = 0
        self.met: int | None = None
        self.start = stepper.moment.iteration + (stepper.moment.step == len(stepper.program.steps))
        names = [curve.entry.quantity for curve in curves]
        names.extend(until.names if until else ())
        self.watch: Watch | None = stepper.watch(list(dict.fromkeys(names))) if names else None
        values = self.watch.values if self.watch else {}
        self.sights = [
            (curve.see, values[curve.entry.quantity].item, curve.entry.position) for curve in curves
        ]
        self.holds = until.test(values) if until else None

    def look(self, iteration: int) -> bool:
        """Shows the curves what an iteration computed; whether the condition holds in it."""
        for see, item, position in self.sights:
            see(iteration, item(*position))
        if self.holds is not None and self.holds(iteration):
            self.met = iteration
            return True
        return False

    def slice(self, iterations: int) -> Reason | None:
        """Runs so many iterations, or until something ends the run, and what that was."""
        stepper = self.stepper
        watched = self.sights or self.holds is not None
        stepper.run(iterations, self.watch, self.look if watched else None)
        self.done = stepper.moment.iteration - self.start
        strange = self._strange()
        if strange is not None:
            began = first_not_finite(stepper, self.start, strange)
            if self.met is None or began.iteration <= self.met:
                self.done = began.iteration - self.start
                return "not finite"
        if self.met is not None and self.until is not None:
            stepper.goto(self.met, self.until.step(stepper.program) or None)
            return "condition"
        return None

    def _strange(self) -> int | None:
        """An iteration that computed what is not finite, the first that is known."""
        seen = [n for c in self.curves if (n := c.not_finite_from) is not None and n >= self.start]
        if not self.stepper.is_finite:
            seen.append(max(self.start, self.stepper.moment.iteration - 1))
        return min(seen, default=None)


def first_not_finite(stepper: Stepper, first: int, strange: int) -> Moment:
    """The step that computes the first number that is not finite, from an iteration on.

    ``strange`` is an iteration that is known to compute such a number; the search halves what
    lies between, as what is not finite stays so. The stepper is left at the step.
    """
    while first < strange:
        middle = (first + strange) // 2
        if _first_strange(stepper, middle) is None:
            first = middle + 1
        else:
            strange = middle
    moment = _first_strange(stepper, strange)
    assert moment is not None, "the iteration is known to compute what is not finite"
    stepper.goto(moment.iteration, moment.step)
    return moment


def _first_strange(stepper: Stepper, iteration: int) -> Moment | None:
    stepper.goto(iteration)
    for record in stepper.iterate():
        if not np.isfinite(record.value).all():
            return Moment(iteration, record.step)
    return None


def run(
    stepper: Stepper,
    *,
    iterations: int | None = None,
    seconds: float | None = None,
    until: Condition | None = None,
    curves: Sequence[Curve] = (),
    progress: Callable[[Progress], object] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Outcome:
    """Runs to the end of a budget, until a condition holds, or until ``stop`` says so.

    ``progress`` is told how far it is some twenty times a second.
    Raises: InputError where nothing would end it.
    """
    last = Progress(0, 0.0)
    for told in running(
        stepper, iterations=iterations, seconds=seconds, until=until, curves=curves
    ):
        if isinstance(told, Outcome):
            return told
        last = told
        if progress is not None:
            progress(told)
        if stop is not None and stop():
            break
    return Outcome("stopped", stepper.moment, last.done, last.seconds)
