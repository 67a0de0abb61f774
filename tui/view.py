"""What the screen shows of a moment: frozen, so that painting never meets a moving engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chainstep.core import Entry, Moment, Record, Stepper
from chainstep.core.program import Program, Step
from chainstep.core.quantities import Quantity
from chainstep.core.setup import Array
from chainstep.scenarios import Scenario


@dataclass(frozen=True)
class View:
    """A moment of a run: what is computed at it, and where it stands.

    ``values`` holds every quantity of the iteration; only those that ``has`` admits are computed.
    """

    scenario: Scenario
    program: Program
    moment: Moment
    furthest: int
    values: Mapping[str, Array]
    record: Record | None
    kept: dict[object, object] = field(default_factory=dict, compare=False, repr=False)

    @property
    def step(self) -> Step | None:
        """The step that has just been done."""
        return self.program.steps[self.moment.step - 1] if self.moment.step else None

    def has(self, name: str) -> bool:
        """Whether a quantity is computed at this moment."""
        number = self.program.numbers.get(name, 0)
        return name in self.program.quantities and number <= self.moment.step

    def value(self, name: str) -> Array | None:
        """A quantity, or None where it is not computed at this moment."""
        return self.values[name] if self.has(name) else None

    def quantity(self, name: str) -> Quantity:
        return self.program.quantities[name]

    @property
    def updates_done(self) -> int:
        """How many updates the weights of this iteration have seen."""
        return self.moment.iteration - 1


def view_of(scenario: Scenario, stepper: Stepper) -> View:
    """The view of where a stepper stands."""
    record = stepper.record
    values: Mapping[str, Array]
    if record is not None:
        values = record.frame
    else:
        values = {name: stepper[name] for name in stepper.present}
    return View(scenario, stepper.program, stepper.moment, stepper.furthest, values, record)


@dataclass(frozen=True)
class Held:
    """Somebody's number as it was written, and the verdict on it."""

    verdict: str
    written: str


@dataclass(frozen=True)
class Look:
    """What a person chose to see: the picked entry, panels, notation, digits."""

    picked: Entry | None = None
    picking: bool = False
    inspector: bool | None = None
    notation: str | None = None
    derivation: bool = False
    status: str = ""
    status_role: str = "dim"
    hint: str = ""
    curves: bool = False
    logarithmic: bool = True
    digits: int = 7
    held: Mapping[tuple[int, Entry], Held] = field(default_factory=dict)
