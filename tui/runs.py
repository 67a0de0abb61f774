"""The runs on the screen: one that the keys move, one beside it, one from before a change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from chainstep.core import Moment
from chainstep.core.runs.curves import Curve
from chainstep.scenarios import Scenario
from chainstep.tui.session import Move, Session, lockstep
from chainstep.tui.view import View
from chainstep.tui.widgets.versus import titles


@dataclass
class Runs:
    """Up to two sessions in lock-step, their views, and the run as it was before a change."""

    sessions: list[Session]
    past: Session | None = None
    views: list[View] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.look()

    @property
    def first(self) -> Session:
        """The run that the keys move; the others follow it."""
        return self.sessions[0]

    @property
    def view(self) -> View:
        """The moment of the first."""
        return self.views[0]

    @property
    def other(self) -> View | None:
        """The moment of the run beside it."""
        return self.views[1] if len(self.views) > 1 else None

    @property
    def was(self) -> View | None:
        """The same moment before the last change."""
        return self.past.view if self.past else None

    @property
    def is_heavy(self) -> bool:
        """Whether a single step of one of them may take longer than a frame."""
        return any(session.is_heavy for session in self._moving)

    @property
    def _moving(self) -> list[Session]:
        return [*self.sessions, *([self.past] if self.past else [])]

    def curves(self) -> tuple[list[Curve], tuple[str, ...], tuple[Curve, ...]]:
        """The curves of the runs in turns, whose each is, and those from before the change."""
        every = [session.curves.values() for session in self.sessions]
        curves = [curve for both in zip(*every, strict=False) for curve in both]
        named = titles(self.view, self.other) if self.other else ()
        shadows = tuple(self.past.curves.values()) if self.past else ()
        return curves, named * (len(curves) // 2), shadows

    # ── moves ──

    def move(self, make: Callable[[Session], Move]) -> Move:
        """A move of the first, which the others follow."""
        return lockstep(make, self._moving)

    def look(self) -> None:
        """Takes the views of where they stand."""
        self.views = [session.view for session in self.sessions]

    def let_go(self) -> None:
        """Lets the numbers of the view go, where large ones are to be computed anew."""
        self.views[0] = replace(self.view, values={}, record=None)

    # ── which there are ──

    def beside(self, scenario: Scenario) -> None:
        """Puts the run of another scenario beside the first."""
        self.sessions = [self.first, Session.of(scenario)]
        self.look()

    def alone(self) -> None:
        """Leaves the first alone."""
        self.sessions, self.views = self.sessions[:1], self.views[:1]

    def change(self, scenario: Scenario, *, starts_here: bool) -> Moment:
        """Takes up the run of a changed scenario; the moment at which it is to stand.

        Raises: InputError where it cannot be run; nothing has changed then.
        """
        before = self.first.past()
        self.first.change(scenario)
        moment = self.first.place_of(self.view)
        if starts_here and moment.iteration > 1:  # no moment of it is one of the run before
            self.past = None
            return Moment(1, moment.step)
        self.past = None if before.is_heavy else before
        return moment

    def undo(self) -> Moment | None:
        """Takes the last change back; the moment at which the run before then stands."""
        if not self.first.undo():
            return None
        self.past = None
        return self.first.place_of(self.view)
