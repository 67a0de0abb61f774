"""Somebody's numbers, made for tests: a run's quantities written down with so many digits."""

from collections.abc import Iterable

import numpy as np

from chainstep.core.check.arrangement import Written
from chainstep.core.check.mistakes import program_with
from chainstep.core.program import Program
from chainstep.core.setup import Setup
from chainstep.core.stepper import Stepper

#: Quantities that people write down, by their roles.
ROLES = ("z", "a", "dC/da", "delta", "dC/dW", "dC/db", "W_new", "b_new")


def as_written(values: np.ndarray, digits: int) -> np.ndarray:
    """The numbers as text with so many significant digits."""
    texts = [f"{value:.{digits}g}" for value in np.ravel(values)]
    return np.array(texts, dtype="U40").reshape(np.shape(values))


def calculation(
    setup: Setup,
    *,
    made: tuple[str, ...] | Program = (),
    iterations: Iterable[int] = (1,),
    digits: int | None = 8,
    roles: tuple[str, ...] = ROLES,
) -> list[Written]:
    """What somebody gets who made these mistakes; a machine's own numbers without ``digits``."""
    stepper = Stepper(made if isinstance(made, Program) else program_with(made, setup))
    found = []
    for iteration in iterations:
        stepper.goto(iteration)
        for record in stepper.iterate():
            if record.definition.quantity.role in {*roles, "C"}:
                value = np.array(record.value)
                texts = as_written(value, digits or 3)
                own = None if digits else value
                name = record.quantity
                found.append(Written(name, iteration, name, texts, own))
    return found
