"""The screen on which a run is stepped through: keys in, moves of the session, pictures out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.timer import Timer

from chainstep.core import Entry, Moment
from chainstep.tui import picking
from chainstep.tui.actions import ACTIONS
from chainstep.tui.hints import Hints
from chainstep.tui.keys import ACTION_OF
from chainstep.tui.moving import Mover
from chainstep.tui.session import Move, Session, lockstep
from chainstep.tui.themes import DEFAULT, THEMES, Themed
from chainstep.tui.view import Held, Look
from chainstep.tui.widgets.canvas import Canvas, let
from chainstep.tui.widgets.inspector import Texts, texts_shown
from chainstep.tui.widgets.page import Beside, page_of, prepared, status_lines
from chainstep.tui.widgets.spans import Lines, cut
from chainstep.tui.widgets.versus import titles

if TYPE_CHECKING:
    from chainstep.tui.questions import Question

_HINT_KEYS = 4  # keys for which a hint stays


class StepperScreen(Screen[None]):
    """One run, or two in lock-step, at a moment."""

    def __init__(
        self, session: Session, other: Session | None = None, at: Moment | None = None
    ) -> None:
        super().__init__()
        self.session, self.other, self.at = session, other, at
        self.look = Look(notation=session.scenario.notation)
        self.view = session.view
        self.other_view = other.view if other else None
        self.canvas = Canvas(self.paint)
        self.hints = Hints()
        self.mover = Mover(self._from_thread)
        self._texts: tuple[Texts, Texts] = ({}, {})
        self._shown_at: Moment | None = None
        self._lines: Lines = []
        self.choice: Callable[[str], None] | None = None
        self.speed = 2
        self.player: Timer | None = None
        self._watcher: Timer | None = None
        self._hint_left = 0
        self.last_run = ""
        self._queue: list[str] = []
        self.first_of_two: Entry | None = None

    def compose(self) -> ComposeResult:
        yield self.canvas

    def on_mount(self) -> None:
        self._hint()
        if self.at is not None:
            self.move(lambda session: session.going(self.at or Moment(1)))

    def on_unmount(self) -> None:
        self.mover.close()

    # ── the picture ──

    def paint(self) -> None:
        """Paints the moment, or, while a run is on its way, its progress."""
        width, height = self.canvas.size
        if not width or not height:
            return
        if self.mover.is_busy():
            self._paint_progress(width, height)
            return
        before = self._texts[0] if self._shown_at else None
        page = page_of(self.view, self.look, (width, height), before, self._beside())
        texts = texts_shown(page.inspector)
        if self.view.moment == self._shown_at:
            self._texts = (self._texts[0], {**self._texts[1], **texts})
        self._lines = page.lines
        self.canvas.show(page.lines, self.theme_name)

    def _beside(self) -> Beside:
        if self.other is None or self.other_view is None:
            return Beside(tuple(self.session.curves.values()))
        both = zip(self.session.curves.values(), self.other.curves.values(), strict=False)
        curves = [curve for pair in both for curve in pair]
        runs = titles(self.view, self.other_view) * (len(curves) // 2)
        return Beside(curves, self.other_view, runs)

    def _paint_progress(self, width: int, height: int) -> None:
        told = self.mover.told or "running"
        (foot, *_) = status_lines(
            replace(self.look, status=f"{told}    Esc stops", status_role="warn"), width
        )
        lines = [cut(one, width) for one in self._lines[: height - 1]]
        lines += [()] * (height - 1 - len(lines))
        self.canvas.show([*lines, foot], self.theme_name)

    @property
    def theme_name(self) -> str:
        """The theme that the program has now."""
        return self.app.chosen_theme if isinstance(self.app, Themed) else DEFAULT

    def say(self, text: str, role: str = "hint") -> None:
        """Says something at the foot until the next key."""
        self.look = replace(self.look, status=text.replace("\n", "  "), status_role=role)
        self.paint()

    def _hint(self) -> None:
        if self._hint_left > 0:
            self._hint_left -= 1
            return
        text = self.hints.due()
        self._hint_left = _HINT_KEYS if text else 0
        self.look = replace(self.look, hint=text)

    # ── moves ──

    def move(self, make: Callable[[Session], Move]) -> None:
        """Makes a move, in both runs where there are two."""
        if self.mover.is_busy():
            return
        sessions = self.sessions

        heavy = any(session.is_heavy for session in sessions)
        if heavy:
            self.view = replace(self.view, values={}, record=None)  # lets its numbers go
        self.mover.start(lockstep(make, sessions), self._moved, self._prepare, heavy=heavy)
        if self.mover.is_busy() and self._watcher is None:
            self._watcher = self.set_interval(0.1, self.paint)

    def _prepare(self) -> None:
        """Reads what the next picture needs, beside the screen."""
        self.view = self.session.view
        prepared(self.view)

    def _moved(self, error: str) -> None:
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher = None
        self.view = self.session.view
        self.other_view = self.other.view if self.other else None
        picked = picking.kept(self.view, self.look.picked)
        self.look = replace(self.look, picked=picked)
        if self.view.moment != self._shown_at:
            self._texts = (self._texts[1], {})
            self._shown_at = self.view.moment
        if error:
            self.look = replace(self.look, status=error.replace("\n", "  "), status_role="bad")
        self.paint()
        if self._queue:
            self.act(self._queue.pop(0))

    def _from_thread(self, what: Callable[[], None]) -> None:
        self.app.call_from_thread(what)

    @property
    def sessions(self) -> list[Session]:
        """The run, and the second one where there are two."""
        return [self.session, *([self.other] if self.other else [])]

    def catch_up(self, name: str) -> None:
        """Fills a new curve, in both runs where there are two."""
        move = (told for session in self.sessions for told in session.catching_up(name))
        self.mover.start(move, self._moved, self._prepare, heavy=self.session.is_heavy)

    def beside(self, work: Move, ended: Callable[[str], None]) -> None:
        """Works something out in a thread of its own; the screen says what, and Esc leaves it."""
        if self.mover.is_busy():
            return
        if self._watcher is None:
            self._watcher = self.set_interval(0.1, self.paint)

        def done(error: str) -> None:
            self._moved("")
            ended(error)

        self.mover.start(work, done, lambda: None, heavy=True)

    def hold(self, held: Mapping[tuple[int, Entry], Held]) -> None:
        """Marks somebody's numbers where they stand."""
        self.look = replace(self.look, held=held)

    def play_on(self) -> None:
        """The next step of a run that plays by itself."""
        if not self.mover.is_busy():
            self.move(Session.step)

    def go_to(self, moment: Moment) -> None:
        self.move(lambda session: session.going(moment))

    # ── keys ──

    def on_key(self, event: events.Key) -> None:
        if self.focused is not None:
            return
        action = ACTION_OF.get(event.key)
        if self.choice is not None:
            event.stop()
            choice, self.choice = self.choice, None
            self.look = replace(self.look, status="")
            choice(event.key)
            return
        if self.look.picking and event.key in picking.ARROWS:
            event.stop()
            self._arrow(event.key)
        elif self.look.picking and event.key == "tab":
            event.stop()
            self.pick(picking.next_table(self.view, self.look))
        elif action is not None:
            event.stop()
            event.prevent_default()
            self.hints.keys += 1
            self.act(action)

    def act(self, action: str) -> None:
        """Does what a key stands for."""
        if self.mover.is_busy():
            if action == "stop":
                self.mover.stop()
            elif action == "quit":
                self.app.exit()
            elif action in {"next", "back"} and self.session.is_heavy and len(self._queue) < 4:
                self._queue.append(action)
            return
        self.look = replace(self.look, status="")
        self._hint()
        ACTIONS[action](self)

    def _arrow(self, key: str) -> None:
        direction = picking.ARROWS[key]
        entry = picking.moved(self.view, self.look, direction, 10 if key.startswith("shift") else 1)
        if entry is not None:
            self.pick(entry)

    def pick(self, entry: Entry) -> None:
        self.look = replace(self.look, picked=entry, picking=True, status="")
        self.paint()

    def on_click(self, event: events.Click) -> None:
        target = self.canvas.target(event.x, event.y)
        if target is None or self.mover.is_busy():
            return
        if target[0] == "step":
            number = target[1]
            assert isinstance(number, int)
            self.go_to(Moment(self.view.moment.iteration, number))
        elif target[0] in {"entry", "cell"}:
            entry = target[1]
            assert isinstance(entry, Entry)
            self.pick(entry)

    def on_mouse_scroll_down(self) -> None:
        self._scroll("down")

    def on_mouse_scroll_up(self) -> None:
        self._scroll("up")

    def _scroll(self, direction: picking.Direction) -> None:
        entry = picking.moved(self.view, self.look, direction, 3)
        if entry is not None and not self.mover.is_busy():
            self.look = replace(self.look, picked=entry)
            self.paint()

    # ── questions ──

    def ask(self, question: Question) -> None:
        """Opens a line at the foot to type into."""
        from chainstep.tui.prompt import ask  # a line to type into costs at the start

        self.look = replace(
            self.look, status=f"{question.label}: {question.expected}", status_role="hint"
        )
        ask(self, question)

    def told(self, error: str) -> None:
        """Says what is wrong with what was typed; '' where the line was closed."""
        self.say(error, "bad")

    # ── other screens ──

    def open(self, screen: Screen[None]) -> None:
        """Opens a screen over this one."""
        let(self.app.push_screen(screen))

    def close_readers(self) -> None:
        """Comes back to this screen from whatever was opened over it."""
        while self.app.screen is not self:
            let(self.app.pop_screen())

    def change_theme(self) -> None:
        if isinstance(self.app, Themed):
            self.app.next_theme()
            self.say(f"theme: {THEMES[self.theme_name].title}")

    def open_gallery(self) -> None:
        if isinstance(self.app, Themed):
            self.app.open_gallery()

    # ── a changed run ──

    def restarted(self, text: str) -> None:
        """A changed run begins, and its first picture marks nothing as changed."""
        self._texts, self._shown_at = ({}, {}), None
        self._moved("")
        self.say(text)
