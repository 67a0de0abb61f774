"""What the screen shows of a moment: frozen, so that painting never meets a moving engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar, cast

from chainstep.core import Entry, Moment, Record, Stepper
from chainstep.core.program import Program, Step
from chainstep.core.quantities import Quantity
from chainstep.core.runs.curves import Curve
from chainstep.core.setup import Array
from chainstep.scenarios import Scenario

if TYPE_CHECKING:
    from chainstep.core.runs.training import Seen


Kept = TypeVar("Kept")


@dataclass(frozen=True)
class View:
    """A moment of a run: what is computed at it, and where it stands.

    ``values`` holds every quantity of the iteration; only those that ``has`` admits are computed.
    ``covered`` is one that is, and that nobody is to see yet.
    """

    scenario: Scenario
    program: Program
    moment: Moment
    furthest: int
    values: Mapping[str, Array]
    record: Record | None
    covered: str = ""
    kept: dict[object, object] = field(default_factory=dict, compare=False, repr=False)

    @property
    def step(self) -> Step | None:
        """The step that has just been done."""
        return self.program.steps[self.moment.step - 1] if self.moment.step else None

    def has(self, name: str) -> bool:
        """Whether a quantity is computed at this moment."""
        number = self.program.numbers.get(name, 0)
        known = name in self.program.quantities and number <= self.moment.step
        return known and name != self.covered

    def value(self, name: str) -> Array | None:
        """A quantity, or None where it is not computed at this moment."""
        return self.values[name] if self.has(name) else None

    def quantity(self, name: str) -> Quantity:
        return self.program.quantities[name]

    def once(self, key: object, make: Callable[[], Kept]) -> Kept:
        """What is made of the view and kept with it, as it does not change."""
        whole = (self.covered, key)
        if whole not in self.kept:
            self.kept[whole] = make()
        return cast("Kept", self.kept[whole])

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
class Judged:
    """Somebody's number as it was written, and the verdict on it."""

    verdict: str
    written: str


@dataclass(frozen=True)
class Said:
    """What stands at the foot until the next key, and the role that colours it."""

    text: str = ""
    role: str = "dim"


#: What takes the main place of the screen.
Main = Literal["step", "matrices", "curves", "network", "before", "present"]

#: What stands beside the step where there is room.
Side = Literal["matrices", "network", "none"]


@dataclass(frozen=True)
class Choices:
    """What a person chose to see: the picked entry, panels, notation, digits.

    ``main`` takes the main place; ``side`` stands beside it where there is room.
    ``first_of_two`` is the entry that another is to be compared with; ``terms`` is how many terms
    have appeared in a presentation.
    """

    picked: Entry | None = None
    picking: bool = False
    main: Main = "step"
    side: Side = "matrices"
    notation: str | None = None
    derivation: bool = False
    logarithmic: bool = True
    digits: int = 7
    first_of_two: Entry | None = None
    terms: int = 0


#: The text that each cell of the matrices showed at the moment shown before, by its entry.
Texts = Mapping[object, str]


@dataclass(frozen=True)
class Shown:
    """Everything that a picture of the screen is made from.

    ``was`` is the same moment before the last change, ``shadows`` the curves up to then.
    ``seen`` are the iterations of the training that were looked at.
    """

    view: View
    choices: Choices = field(default_factory=Choices)
    said: Said = field(default_factory=Said)
    hint: str = ""
    judged: Mapping[tuple[int, Entry], Judged] = field(default_factory=dict)
    before: Texts | None = None
    curves: Sequence[Curve] = ()
    other: View | None = None
    runs: Sequence[str] = ()
    was: View | None = None
    shadows: Sequence[Curve] = ()
    seen: Sequence[Seen] = ()

    def was_value(self, name: str) -> Array | None:
        """A quantity before the last change, where this moment computes it in the same shape."""
        if self.was is None or not (self.view.has(name) and self.was.has(name)):
            return None
        before = self.was.values[name]
        return before if before.shape == self.view.values[name].shape else None
