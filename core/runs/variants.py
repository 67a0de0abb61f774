"""Variants of one run side by side: how long each takes, what it costs, what it has learnt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite

from chainstep.core.engine.machine import Backend
from chainstep.core.program import Program
from chainstep.core.quantities import Entry
from chainstep.core.runs.conditions import Condition
from chainstep.core.runs.curves import Curve
from chainstep.core.runs.runs import Outcome, Progress, run
from chainstep.core.setup import Setup
from chainstep.core.stepper import HasProgram, Stepper
from chainstep.core.text.counting import listed
from chainstep.core.text.numbers import number_text
from chainstep.core.why.symmetry import colouring

#: Weights of a network up to which it is looked for units that work as one.
_MOST_WEIGHTS = 500_000


@dataclass(frozen=True)
class Measured:
    """What one variant came to.

    ``iteration`` is the last that is spoken of: where the condition holds, where a number is not
    finite, or the last that was run; ``cost`` is what that iteration computed.
    ``units`` are those of the hidden layers, ``distinct`` as how many they work; None where
    weights are not finite, or too many to be compared.
    """

    setting: str
    outcome: Outcome
    iteration: int
    first_cost: float
    cost: float
    curve: Curve
    units: tuple[int, ...]
    distinct: tuple[int, ...] | None

    @property
    def holds(self) -> bool:
        """Whether the condition came to hold."""
        return self.outcome.reason == "condition"

    @property
    def lowest(self) -> float | None:
        """The lowest cost of all iterations."""
        return min((span.low for span in self.curve), default=None)


def measure(
    given: Program | Setup | HasProgram,
    setting: str,
    *,
    iterations: int,
    until: Callable[[Stepper], Condition] | None = None,
    backend: Backend = "numpy",
    progress: Callable[[Progress], object] | None = None,
) -> Measured:
    """Runs one variant from its start and measures it; ``until`` reads the condition for it."""
    stepper = Stepper(given, backend=backend)
    curve = Curve(Entry("C", ()))
    condition = until(stepper) if until else None
    outcome = run(
        stepper, iterations=iterations, until=condition, curves=[curve], progress=progress
    )
    iteration = outcome.moment.iteration
    if outcome.reason == "iterations":
        iteration -= 1
    stepper.goto(iteration)
    finite = stepper.is_finite
    distinct = None
    layers = range(1, stepper.program.depth)
    if finite and sum(each.size for each in stepper.program.parameters) <= _MOST_WEIGHTS:
        classes = colouring(stepper, stepper.program)
        distinct = tuple(classes.distinct(layer) for layer in layers)
    stepper.goto(iteration, after="C")
    cost = float(stepper["C"])
    stepper.goto(1, after="C")
    return Measured(
        setting,
        outcome,
        iteration,
        float(stepper["C"]),
        cost,
        curve,
        stepper.program.widths[1:-1],
        distinct,
    )


def findings(
    measured: Sequence[Measured], condition: str | None, limit: int, *, said: bool
) -> list[str]:
    """What can be said of all of them, from what was measured and nothing else.

    ``said`` is whether the limit was asked for.
    """
    sentences = []
    if condition is not None:
        sentences.extend(_on_condition(measured, condition, limit, said=said))
    else:
        costs = [one for one in measured if isfinite(one.cost)]
        if len(costs) > 1:
            best = min(costs, key=lambda one: one.cost)
            ties = [one.setting for one in costs if one.cost == best.cost]
            sentences.append(
                f"the lowest cost at iteration {limit}: {number_text(best.cost)}, "
                f"with {listed(ties)}"
            )
    sentences.extend(
        f"{one.setting}: the first number that is not finite is computed at iteration "
        f"{one.outcome.moment.iteration}, step {one.outcome.moment.step}"
        for one in measured
        if one.outcome.reason == "not finite"
    )
    return sentences


def _on_condition(
    measured: Sequence[Measured], condition: str, limit: int, *, said: bool
) -> list[str]:
    there = sorted((one for one in measured if one.holds), key=lambda one: one.iteration)
    missing = [one.setting for one in measured if one.outcome.reason == "iterations"]
    sentences = []
    if there:
        first, last = there[0], there[-1]
        ties = [one.setting for one in there if one.iteration == first.iteration]
        sentence = f"{listed(ties)} has {condition} first, at iteration {first.iteration}"
        if len(ties) > 1:
            sentence = sentence.replace(" has ", " have ", 1)
        if last.iteration > first.iteration:
            times = number_text(last.iteration / first.iteration, 3)
            sentence += f"; {last.setting} takes {times} times as many, {last.iteration}"
        sentences.append(sentence)
        if said and not missing and len(there) == len(measured) and last.iteration < limit:
            sentences.append(f"{limit} is more than any of them needs")
    if missing:
        sentences.append(f"not within {limit} iterations: {listed(missing)}")
    return sentences
