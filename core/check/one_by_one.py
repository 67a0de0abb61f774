"""Guesses of an update after each observation: one iteration is as many updates as there are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from chainstep.core.check.guessed_programs import Guess
from chainstep.core.quantities import Part, Quantity
from chainstep.core.stepper import Stepper


class OneByOne(Guess):
    """Mistakes of which an iteration takes the observations in turn, an update for each.

    What there is of each observation stands in rows, as of all together; a cost is that of all;
    gradients, changes and new values are those of the last update.
    """

    @property
    def is_one_program(self) -> bool:
        return False

    @cached_property
    def _stepper(self) -> Stepper:
        return Stepper(self.program)

    @cached_property
    def _observations(self) -> int:
        return self.plain.setup.observations

    def values(self, iteration: int) -> dict[str, Any]:
        """All quantities of an iteration, as so many updates leave them."""
        if iteration not in self._values:
            self._stepper.goto((iteration - 1) * self._observations + 1)
            updates = [self._update() for _ in range(self._observations)]
            self._values[iteration] = {
                name: self._together(quantity, [one[name] for one in updates])
                for name, quantity in self.plain.program.quantities.items()
                if name in updates[0]
            }
        return self._values[iteration]

    def _update(self) -> dict[str, Any]:
        self._stepper.iterate()
        return {name: np.array(self._stepper[name], dtype=float) for name in self._stepper.present}

    def _together(self, quantity: Quantity, parts: list[Any]) -> Any:
        """What the updates of an iteration make of one quantity."""
        kinds = [axis.kind for axis in quantity.axes]
        if "observation" in kinds:
            return np.concatenate(parts, axis=kinds.index("observation"))
        if quantity.part in {Part.COST, Part.COST_OF_DATA}:
            total = np.sum(parts, axis=0)
            return total / len(parts) if self.setup.reduction == "mean" else total
        return parts[0] if quantity.is_parameter else parts[-1]

    def value(self, iteration: int, name: str) -> Any:
        return self.values(iteration)[name]

    def changes(self, iteration: int, name: str) -> bool:
        right = self.plain.guess.value(iteration, name)
        return not np.array_equal(np.asarray(self.value(iteration, name)), np.asarray(right))

    def start(self, iteration: int) -> Mapping[str, Any]:
        values = self.values(iteration)
        return {q.name: values[q.name] for q in self.plain.program.start if q.name in values}
