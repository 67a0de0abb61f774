"""A run that a person moves about in: where it stands, what is picked, what was tried."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from chainstep.core import Entry, InputError, Moment, Stepper
from chainstep.core.records import Frame
from chainstep.core.roles import PHASES
from chainstep.core.runs.curves import Curve
from chainstep.core.text.counting import counted
from chainstep.core.text.numbers import Digits, number_text
from chainstep.scenarios import Scenario
from chainstep.tui.glances import Glances
from chainstep.tui.view import View, view_of

_SLICE = 0.01  # seconds of running between two looks at the stop key
_LEVEL, _LONG = 0.001, 100  # a cost that moves by no more, in so many iterations, is level
_HEAVY = 400_000  # multiply-adds from which on a single step takes longer than a frame

if TYPE_CHECKING:
    from chainstep.core.runs.conditions import Condition
    from chainstep.core.runs.runs import Outcome, Progress

#: A move yields how far it is, whenever it can be stopped.
Move = Generator[str, None, None]


@dataclass
class Session:
    """One run of one scenario; a move is an iterator, so that a long one can be watched."""

    scenario: Scenario
    stepper: Stepper
    curves: dict[str, Curve] = field(default_factory=dict)
    earlier: list[Scenario] = field(default_factory=list)
    original: Scenario | None = None
    saved: Scenario | None = None
    glances: Glances = field(default_factory=Glances)
    outcome: str = ""

    @classmethod
    def of(cls, scenario: Scenario) -> Session:
        session = cls(scenario, Stepper(scenario))
        if session.cost:
            session.curves[session.cost] = Curve(Entry(session.cost, ()))
        return session

    # ── where it stands ──

    @property
    def view(self) -> View:
        return view_of(self.scenario, self.stepper)

    @property
    def moment(self) -> Moment:
        return self.stepper.moment

    @property
    def steps(self) -> int:
        return len(self.stepper.program.steps)

    @property
    def cost(self) -> str:
        """What the cost is called; nothing where a program has none."""
        return self.stepper.program.cost

    @property
    def is_changed(self) -> bool:
        """Whether there are changes that would be lost."""
        kept = (self.original, self.saved)
        made_here = bool(self.earlier) or self.scenario.path is None
        return made_here and not any(self.scenario is each for each in kept)

    @property
    def is_heavy(self) -> bool:
        """Whether a single step may take longer than a frame of the screen."""
        program = self.stepper.program
        weights = sum(quantity.size for quantity in program.parameters)
        return weights * program.observations > _HEAVY

    def whole_iteration(self) -> Frame:
        """All numbers of the iteration that it stands in, those ahead too."""
        at = self.moment
        self.stepper.goto(at.iteration, self.steps)
        record = self.stepper.record
        assert record is not None
        self.stepper.goto(at.iteration, at.step)
        return record.frame

    # ── moves ──

    def step(self) -> Move:
        yield ""
        self.stepper.step()
        self._noticed()

    def back(self) -> Move:
        yield ""
        self.stepper.back()

    def phase_on(self) -> Move:
        """To the end of this phase, or where that is reached, of the next."""
        at = self.moment.step % self.steps
        ends = [self.stepper.program.last_of(phase) for phase in PHASES]
        end = next(last for last in ends if last > at)
        while True:
            yield ""
            self.stepper.step()
            if self.moment.step == end:
                break
        self._noticed()

    def phase_back(self) -> Move:
        """To the end of the phase before, which is the start of this one."""
        ends = [0, *(self.stepper.program.last_of(phase) for phase in PHASES[:-1])]
        before = [end for end in ends if end < self.moment.step]
        if before:
            yield from self.going(Moment(self.moment.iteration, before[-1]))
        elif self.moment.iteration > 1:
            yield from self.going(Moment(self.moment.iteration - 1, ends[-1]))

    def iteration_on(self) -> Move:
        return self.going(Moment(self.moment.iteration + 1, self.moment.step))

    def iterations_on(self, count: int) -> Move:
        """So many iterations on, to the same step."""
        yield from self.going(Moment(self.moment.iteration + count, self.moment.step))
        done = counted(count, "iteration")
        where = f"stopped at iteration {self.moment.iteration}"
        self.outcome = f"{where}, after the {done} asked for{self.level}"

    def iteration_back(self) -> Move:
        if self.moment.iteration == 1:
            return self.going(Moment(1))
        return self.going(Moment(self.moment.iteration - 1, self.moment.step))

    def going(self, moment: Moment) -> Move:
        """To any moment; on the way to what was never run it can be stopped."""
        yield from self._running(moment.iteration)
        self.stepper.goto(moment.iteration, moment.step)
        self._noticed()

    def _running(self, iteration: int) -> Move:
        """Runs forward to the beginning of an iteration, the curves looking on."""
        from chainstep.core.runs.runs import Outcome, running  # wanted where something is run

        start = self.moment.iteration
        if iteration <= self.stepper.furthest or iteration <= start:
            return
        self.stepper.goto(min(self.stepper.furthest, iteration))
        wanted = iteration - self.moment.iteration
        for told in running(
            self.stepper, iterations=wanted, curves=self._watched(), slice_seconds=_SLICE
        ):
            if isinstance(told, Outcome):
                self.glance(often=True)
                self._refuse_not_finite(told)
                return
            self.glance()
            yield f"iteration {start + told.done} of {iteration}{_left(told)}"

    def until(self, condition: Condition, most: int) -> Move:
        """Runs on to the first iteration that the condition holds in, at the step that shows it.

        Raises: InputError where it held in none of so many iterations.
        """
        from chainstep.core.runs.runs import Outcome, running

        if self.moment.step >= (condition.step(self.stepper.program) or self.steps):
            self.stepper.goto(self.moment.iteration + 1)
        for told in running(
            self.stepper,
            iterations=most,
            until=condition,
            curves=self._watched(),
            slice_seconds=_SLICE,
        ):
            if isinstance(told, Outcome):
                self._noticed()
                self._refuse_not_finite(told)
                self.glance(often=True)
                if told.reason != "condition":
                    said = f"{condition} did not come true in {told.done} iterations{self.level}"
                    raise InputError(said)
                first = told.moment.iteration
                self.outcome = f"stopped at iteration {first}: here {condition} first holds"
                return
            self.glance()
            cost = f", cost {number_text(self.curve_now, Digits(5, None))}" if self.cost else ""
            yield f"iteration {self.moment.iteration}{cost}, until {condition}{self.level}"

    def _refuse_not_finite(self, outcome: Outcome) -> None:
        if outcome.reason == "not finite":
            raise InputError(f"stopped at {outcome.moment}: here the first number is not finite")

    def _watched(self) -> list[Curve]:
        return list(self.curves.values())

    # ── looking on ──

    def watch(self, *, on: bool) -> None:
        """Begins to look at the training now and then, or ends that."""
        self.glances.is_on = on
        if on:
            self.glance(often=True)

    def glance(self, *, often: bool = False) -> None:
        """Looks at the training, where it is watched."""
        self.glances.look(self.stepper, self._watched(), often=often)

    def told_outcome(self) -> str:
        """Why the last run ended, once."""
        said, self.outcome = self.outcome, ""
        return said

    @property
    def level(self) -> str:
        """Since when the cost hardly moves, where that is more than half of the run."""
        spans = list(self.curves[self.cost]) if self.cost in self.curves else []
        if not spans:
            return ""
        now, last = spans[-1].low, spans[-1].last
        near = abs(now) * _LEVEL
        held = takewhile(
            lambda each: now - near <= each.low <= each.high <= now + near, spans[::-1]
        )
        first = min((each.first for each in held), default=last)
        if last - first < max(_LONG, last // 2):
            return ""
        return f"; the cost has not moved by 0.1 % since iteration {first}"

    @property
    def curve_now(self) -> float:
        """The last value that the curve of the cost has."""
        spans = list(self.curves[self.cost])
        return spans[-1].low if spans else float("nan")

    # ── curves ──

    def _noticed(self) -> None:
        """Shows the curves what this moment has computed."""
        for curve in self.curves.values():
            curve.see_moment(self.stepper)

    def pin(self, entry: Entry) -> bool:
        """Pins an entry to the curves, or takes it off; whether it is pinned now."""
        if str(entry) in self.curves:
            if str(entry) != self.cost:
                del self.curves[str(entry)]
            return str(entry) == self.cost
        self.curves[str(entry)] = Curve(entry)
        self._noticed()
        return True

    def catching_up(self, name: str) -> Move:
        """Fills a new curve with what it was in the iterations that were run before."""
        from chainstep.core.runs.runs import Outcome, running

        wanted = self.stepper.furthest
        for told in running(
            Stepper(self.scenario),
            iterations=wanted,
            curves=[self.curves[name]],
            slice_seconds=_SLICE,
        ):
            if not isinstance(told, Outcome):
                yield f"{name}: iteration {told.done} of {wanted}"

    # ── trying things ──

    def change(self, scenario: Scenario) -> None:
        """Starts a run of another scenario; the one before is kept to be taken back.

        Raises: InputError where it cannot be run; nothing has changed then.
        """
        stepper = Stepper(scenario)
        self.earlier.append(self.scenario)
        self.original = self.original or self.scenario
        self._take(scenario, stepper)

    def past(self) -> Session:
        """The run as it is now, to be looked at beside the one that comes of a change."""
        return Session(self.scenario, self.stepper, self.curves)

    def place_of(self, view: View) -> Moment:
        """The moment of this run that is that of another: its iteration, the step of its quantity.

        Where there is no such step here, the one of that number, or the last.
        """
        step, steps = view.moment.step, self.stepper.program.numbers
        if view.step is not None:
            step = steps.get(view.step.quantity.name, min(step, len(steps)))
        return Moment(view.moment.iteration, step)

    def undo(self) -> bool:
        """Takes the last change back, where there is one."""
        if self.earlier:
            scenario = self.earlier.pop()
            self._take(scenario, Stepper(scenario))
            return True
        return False

    def _take(self, scenario: Scenario, stepper: Stepper) -> None:
        self.scenario, self.stepper = scenario, stepper
        known = stepper.program.quantities
        self.curves = {
            name: Curve(curve.entry)
            for name, curve in self.curves.items()
            if curve.entry.quantity in known
        }


def lockstep(make: Callable[[Session], Move], sessions: Sequence[Session]) -> Move:
    """A move of the first run, which the others follow to wherever it has come."""
    first, *others = sessions
    try:
        for told in make(first):
            _follow(first, others)
            yield told
    finally:  # where it failed, too
        _follow(first, others)


def _follow(first: Session, others: Sequence[Session]) -> None:
    for session in others:
        moment = session.place_of(first.view)
        if session.moment != moment:
            for _ in session.going(moment):
                pass


def _left(progress: Progress) -> str:
    """How long a run will take yet, where that is known and long enough to say."""
    if progress.left is None or progress.left < 1:
        return ""
    return f", {progress.left:.0f} s left"
