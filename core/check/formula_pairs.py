"""What somebody computed beside what is right: two formulas of one quantity."""

from __future__ import annotations

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
    if made.way.start and not made.way.changes:
        if not np.array_equal(made.way.start(setup).targets, setup.targets):
            return FormulaPair("y", "y = the targets in another order", "y = the targets")
        return FormulaPair("W1", "W1 at the start = trunc(W1)", "W1 at the start = W1")
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
