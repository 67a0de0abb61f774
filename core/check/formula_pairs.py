"""What somebody computed beside what is right: two formulas of one quantity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chainstep.core.check.mistakes_made import Made, program_made
from chainstep.core.expression_parts import needs
from chainstep.core.program import Program, Step
from chainstep.core.setup import Setup
from chainstep.core.text.formulas import formula


@dataclass(frozen=True)
class FormulaPair:
    """The wrong formula of a quantity and the right one."""

    quantity: str
    wrong: str
    right: str


def formula_pair(
    made: Made, setup: Setup, near: str | None = None, before: tuple[Made, ...] = ()
) -> FormulaPair:
    """Where a mistake changes what is computed: at ``near``, or in the last layer it is made in.

    A mistake in what the network starts from has no step of its own.
    """
    right = program_made(before, setup)
    if not made.way.changes:
        return _of_start(made, setup)
    wrong = program_made((*before, made), setup)
    changed = [
        (a, b)
        for a, b in zip(right.steps, wrong.steps, strict=True)
        if a.expression != b.expression
    ]
    changed = [
        (a, b) for a, b in changed if formula(a.expression) != formula(b.expression)
    ] or changed
    step, other = _nearest(changed, right, near)
    name = step.quantity.name
    return FormulaPair(
        name,
        f"{name} = {formula(other.expression)}",
        f"{name} = {formula(step.expression)}",
    )


def _of_start(made: Made, setup: Setup) -> FormulaPair:
    """The first of the data or the parameters that a mistake changes before anything runs."""
    assert made.way.start is not None, "a way changes a rule or the start"
    other = made.way.start(setup)
    if other.batches != setup.batches:
        last = f"W{len(setup.layers)}_new"
        change = f"{last.removesuffix('_new')} − change{last.removesuffix('_new')}"
        return FormulaPair(
            last, f"{last} = {made.way.starts.format(change)}", f"{last} = {change}, once"
        )
    name = next(iter(_different(setup, other)), "W1")
    return FormulaPair(
        name,
        f"{name} at the start = {made.way.starts.format(name)}",
        f"{name} at the start = {name}",
    )


def _different(first: Setup, second: Setup) -> Iterator[str]:
    """The names of the parameters and data in which two setups differ."""
    for letter, some, others in (
        ("W", first.weights, second.weights),
        ("b", first.biases, second.biases),
    ):
        for k, (one, other) in enumerate(zip(some, others, strict=True), start=1):
            if not np.array_equal(one, other):
                yield f"{letter}{k}"
    if not np.array_equal(first.targets, second.targets):
        yield "y"


def _nearest(
    changed: list[tuple[Step, Step]], program: Program, near: str | None
) -> tuple[Step, Step]:
    """The changed step that a quantity hangs on most directly; else the first."""
    if near is None or near not in program.numbers:
        return changed[0]
    level, seen = {near}, {near}
    while level:
        for pair in changed:
            if pair[0].quantity.name in level:
                return pair
        below = {
            name
            for quantity in level
            if quantity in program.numbers
            for name in needs(program.step(quantity).expression)
        }
        level = below - seen
        seen |= level
    return changed[0]
