"""The screen on which a run is stepped through: messages in, moves of the runs, pictures out."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.timer import Timer

from chainstep.core import Entry, Moment
from chainstep.tui import messages as told
from chainstep.tui import picking
from chainstep.tui.actions import ACTIONS
from chainstep.tui.asking import AskingScreen
from chainstep.tui.hints import Hints
from chainstep.tui.keys import action_of
from chainstep.tui.mover import Mover
from chainstep.tui.now import Now
from chainstep.tui.painted import guarded
from chainstep.tui.player import Player
from chainstep.tui.remembered import remember, state_folder
from chainstep.tui.runs import Runs
from chainstep.tui.session import Move, Session
from chainstep.tui.themes import Themed
from chainstep.tui.view import Choices, Judged, Said, Shown, Texts
from chainstep.tui.widgets.canvas import let
from chainstep.tui.widgets.inspector import texts_shown
from chainstep.tui.widgets.page import busy_lines, page_of, running_lines
from chainstep.tui.widgets.sentences import prepared
from chainstep.tui.widgets.spans import Lines

if TYPE_CHECKING:
    from chainstep.tui.predicting import Round

_HINT_KEYS = 4  # keys for which a hint stays
_GLANCE = 0.1  # seconds between two looks at how far a run is
_OF_NUMBERS = {*"0123456789", "minus", "full_stop", "comma"}
_MOST_WAITING = 4  # steps that wait while one is on its way


class StepperScreen(AskingScreen[None]):
    """One run, or two in lock-step, at a moment."""

    def __init__(
        self,
        session: Session,
        other: Session | None = None,
        at: Moment | None = None,
        then: str = "",
    ) -> None:
        super().__init__()
        self.runs = Runs([session, *([other] if other else [])])
        self.choices = Choices(notation=session.scenario.notation)
        self.mover, self.player = Mover(), Player()
        self.hints = Hints()
        self._at, self._then = at, then
        self._said, self._hint, self._hint_left = Said(), "", 0
        self._judged: Mapping[tuple[int, Entry], Judged] = {}
        self._texts: tuple[Texts, Texts] = ({}, {})
        self._shown_at: Moment | None = None
        self._ways: dict[str, Callable[[], Message | None]] = {}
        self._watcher: Timer | None = None
        self._waiting: list[str] = []
        self._last_run = ""
        self._round: Round | None = None
        self._noted = ""
        self._typed: dict[int, str] = {}  # numbers of one's own, by iteration

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield self.mover
        yield self.player

    def on_mount(self) -> None:
        self._next_hint()
        if self._at is not None:
            self.take(told.GoTo(self._at))
        if self._then:
            self.call_after_refresh(self.on_act, told.Act(self._then))

    # ── what is so ──

    @property
    def session(self) -> Session:
        """The run that the keys move; a second one follows it."""
        return self.runs.first

    @property
    def now(self) -> Now:
        """What the actions look at."""
        return Now(
            self.runs.view,
            self.choices,
            self.session,
            self.canvas.size.width,
            self.player.is_playing,
            self.runs.other is not None,
            self.runs.past is not None,
            self._last_run,
            isinstance(self.app, Themed) and self.app.is_visitor,
        )

    # ── the picture ──

    def picture(self, width: int, height: int) -> Lines:
        """The moment, or, while something is on its way, how far it is."""
        if self.mover.is_busy():
            before = self._running_lines(width, height) or self.canvas.shown
            return busy_lines(before, self.mover.told, (width, height))
        shown = self._everything()
        page = page_of(shown, (width, height))
        if shown.view.moment == self._shown_at:
            texts = texts_shown(page.matrices)
            self._texts = (self._texts[0], {**self._texts[1], **texts})
        return page.lines

    def _running_lines(self, width: int, height: int) -> Lines:
        """A training that is on its way, where it is watched."""
        glances = self.session.glances.every
        if self.choices.main != "curves" or not glances:
            return []
        seen = tuple(each.seen for each in glances)
        return running_lines(
            seen, glances[-1].curves, (width, height), logarithmic=self.choices.logarithmic
        )

    def _everything(self) -> Shown:
        view = self.runs.view
        asked = self._round.entry if self._round is not None else None
        if (
            asked is not None
            and view.step is not None
            and view.step.quantity.name == asked.quantity
        ):
            view = replace(view, covered=asked.quantity)
        curves, runs, shadows = self.runs.curves()
        return Shown(
            view,
            self.choices,
            self._said,
            self._hint,
            self._judged,
            self._texts[0] if self._shown_at else None,
            curves,
            self.runs.other,
            runs,
            self.runs.was,
            shadows,
            tuple(each.seen for each in self.session.glances.every),
        )

    def _next_hint(self) -> None:
        if self._hint_left > 0:
            self._hint_left -= 1
            return
        self._hint = self.hints.due()
        self._hint_left = _HINT_KEYS if self._hint else 0

    # ── keys and clicks ──

    def on_key(self, event: events.Key) -> None:
        if self.is_for_prompt(event):
            return
        if self._ways:
            event.stop()
            event.prevent_default()
            way = self._ways.get(event.key)
            self._ways, self._said = {}, Said()
            self.take(way() if way else told.Say(""))
            return
        if self._round is not None and event.key in _OF_NUMBERS:
            event.stop()  # typed for a number that is not asked for any more
            return
        action = action_of(event.key, picking=self.choices.picking)
        if action is not None:
            event.stop()
            event.prevent_default()
            self.hints.keys += 1
            self.on_act(told.Act(action))

    @guarded
    def on_act(self, message: told.Act) -> None:
        action = message.action
        if self.mover.is_busy():
            if action == "stop":
                self.mover.stop()
            elif action == "quit":
                self.app.exit()
            elif action in {"next", "back"} and self.session.is_heavy:
                self._waiting = [*self._waiting, action][:_MOST_WAITING]
            return
        if action != "beat":
            self._said = Said()
            self._next_hint()
        self.take(ACTIONS[action](self.now))

    def take(self, message: Message | None) -> None:
        """Takes a message at once that one of its own actions led to."""
        if message is None:
            self.paint()
        elif (taking := getattr(self, message.handler_name, None)) is not None:
            taking(message)
        else:
            self.post_message(message)  # another's business: it goes up

    @guarded
    def on_hit(self, message: told.Hit) -> None:
        kind, what = message.target[0], message.target[1]
        if kind == "action":
            self.on_act(told.Act(str(what)))
        elif self.mover.is_busy():
            return
        elif kind == "step":
            assert isinstance(what, int)
            self.take(told.GoTo(Moment(self.runs.view.moment.iteration, what)))
        elif kind in {"entry", "cell"}:
            assert isinstance(what, Entry)
            self.take(told.Pick(what))

    @guarded
    def on_scrolled(self, message: told.Scrolled) -> None:
        if self.mover.is_busy():
            return
        entry = picking.moved(self.runs.view, self.choices, message.direction, 3)
        if entry is not None:
            self.take(told.See(replace(self.choices, picked=entry)))

    # ── what is seen ──

    def on_say(self, message: told.Say) -> None:
        self._said = Said(message.text, message.role)
        self.paint()

    @guarded
    def on_see(self, message: told.See) -> None:
        before, self.choices = self.choices, message.choices
        self._said = Said(message.text, "hint")
        if before.main != self.choices.main and not self.mover.is_busy():
            self.session.watch(on=self.choices.main == "curves")
        self.paint()

    @guarded
    def on_pick(self, message: told.Pick) -> None:
        self.take(told.See(replace(self.choices, picked=message.entry, picking=True)))

    def on_play(self, message: told.Play) -> None:
        if message.by:
            self.player.change_speed(message.by)
            self.take(told.Say(self.player.told))
        elif self.player.is_playing:
            self.player.stop()
            self.take(told.Say("stopped; a plays on"))
        else:
            self.player.play()
            self.take(told.Say(f"playing, {self.player.told}: + faster, - slower, a stops"))

    @guarded
    def on_hold(self, message: told.Hold) -> None:
        self._judged = message.judged
        self._typed |= message.typed
        if message.moment is not None:
            self.take(told.GoTo(message.moment))
        if message.page is not None:
            self.take(told.Read(message.page))
        else:
            self.paint()

    @guarded
    def on_type_numbers(self, message: told.TypeNumbers) -> None:
        from chainstep.tui.numbers_screen import NumbersScreen, Wanted  # what it needs costs

        iteration = self.runs.view.moment.iteration
        wanted = Wanted(
            self.session.scenario,
            message.quantity,
            iteration,
            self.choices.notation,
            message.with_files,
        )
        let(self.app.push_screen(NumbersScreen(wanted, self._typed.get(iteration, "")), self.taken))

    # ── predicting ──

    @guarded
    def on_predict(self, _: told.Predict) -> None:
        from chainstep.tui.predicting import Round, score_page

        if self._round is not None:
            done, self._round = self._round, None
            self.take(told.Read(score_page(done)))
            return
        self.player.stop()
        self._round = Round()
        self.take(told.Go(Session.step))

    def _ask_for_number(self) -> None:
        """Covers what was just computed, and asks for a number of it."""
        from chainstep.tui.predicting import question

        view, entry = self.runs.view, self.choices.picked
        if self._round is None or view.step is None or entry is None:
            return
        self._round = self._round.asking(entry)
        self.take(told.Ask(question(entry)))

    @guarded
    def on_predicted(self, message: told.Predicted) -> None:
        from chainstep.tui.predicting import answered

        if self._round is not None:
            view, scenario = self.runs.view, self.session.scenario
            self._round, then = answered(self._round, message, view, self.choices, scenario)
            self.take(then)

    # ── moves and work ──

    @guarded
    def on_go(self, message: told.Go) -> None:
        if self.mover.is_busy():
            return
        heavy = self.runs.is_heavy
        if heavy:
            self.runs.let_go()
        self._begin(self.runs.move(message.make), heavy=heavy)

    @guarded
    def on_ran(self, message: told.Ran) -> None:
        self._last_run, self._noted = message.text, message.noted
        self.take(told.Go(message.make))

    @guarded
    def on_go_to(self, message: told.GoTo) -> None:
        moment, self._noted = message.moment, message.noted
        self.take(told.Go(lambda session: session.going(moment)))

    @guarded
    def on_pin(self, message: told.Pin) -> None:
        entry = message.entry
        pinned, *_ = [session.pin(entry) for session in self.runs.sessions]
        said = f"{entry} is kept on the curves" if pinned else f"{entry} is off the curves"
        self.take(told.See(replace(self.choices, main="curves"), said))
        if pinned and str(entry) != self.session.cost:
            moves = (said for each in self.runs.sessions for said in each.catching_up(str(entry)))
            self._begin(moves, heavy=self.session.is_heavy)

    def _begin(self, move: Move, *, heavy: bool) -> None:
        ended = self.mover.move(move, self._prepare, heavy=heavy)
        if ended is not None:
            self.on_moved(ended)
        else:
            self._watch()

    @guarded
    def on_work(self, message: told.Work) -> None:
        if not self.mover.is_busy():
            self.mover.work(message.told, message.work)
            self._watch()

    def _watch(self) -> None:
        if self._watcher is None:
            self._watcher = self.set_interval(_GLANCE, self.paint)

    def _prepare(self) -> None:
        """Reads what the next picture needs, beside the screen."""
        self.runs.look()
        prepared(self.runs.view)

    @guarded
    def on_moved(self, message: told.Moved) -> None:
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher = None
        self.runs.look()
        view = self.runs.view
        self.choices = replace(self.choices, picked=picking.kept(view, self.choices.picked))
        if view.moment != self._shown_at:
            self.choices = replace(self.choices, terms=0)
            self._texts = (self._texts[1], {})
            self._shown_at = view.moment
            if self._round is not None:  # what was asked at another step is asked no more
                self._round = replace(self._round, entry=None)
        if self.choices.main == "curves":
            self.session.glance(often=True)
        said = " ".join(filter(None, (self.session.told_outcome(), self._noted)))
        self._noted = ""
        if said:
            self._said = Said(said, "hint")
        if message.was_stopped:
            where = f"stopped by Esc, at iteration {view.moment.iteration}"
            self._said = Said(f"{where}{self.session.level}", "hint")
        if message.error:
            self._said = Said(message.error, "bad")
            self._waiting = []
        if message.then is not None:
            self.paint()
            self.take(message.then)
        elif self._round is not None and self._round.entry is None and not message.error:
            self._ask_for_number()
        else:
            self.paint()
        if self._waiting:
            self.on_act(told.Act(self._waiting.pop(0)))

    # ── questions and pages ──

    def on_choose(self, message: told.Choose) -> None:
        self._ways = message.ways
        self.take(told.Say(message.text, "warn"))

    @guarded
    def on_open_against(self, message: told.OpenAgainst) -> None:
        """Steps the run beside another one, from the moment where it stands."""
        self.runs.beside(message.scenario)
        self.take(told.GoTo(self.runs.view.moment))

    def on_alone(self, _: told.Alone) -> None:
        self.runs.alone()
        self.take(told.Say("alone again"))

    # ── a changed run ──

    @guarded
    def on_changed(self, message: told.Changed) -> None:
        moment = self.runs.change(message.scenario, starts_here=message.starts_here)
        self._restart(message.text)
        self.take(told.GoTo(moment))

    @guarded
    def on_undo(self, _: told.Undo) -> None:
        moment = self.runs.undo()
        if moment is None:
            self.take(told.Say("nothing was changed yet"))
            return
        self._restart("the last change is taken back")
        self.take(told.GoTo(moment))

    def _restart(self, text: str) -> None:
        """A changed run begins: nothing is marked as changed in it, and nothing held against it."""
        self._texts, self._shown_at, self._judged = ({}, {}), None, {}
        self._typed = {}
        self.choices = replace(self.choices, first_of_two=None)
        self._said = Said(text, "hint")
        self.on_moved(told.Moved())

    def on_saved(self, message: told.Saved) -> None:
        self.session.saved = self.session.scenario
        opened = f"chainstep open {shlex.quote(message.path)}"
        self.take(told.Say(f"saved, with the weights that this run starts from: {opened}"))

    def on_next_theme(self, message: told.NextTheme) -> None:
        message.stop()
        self.app.post_message(message)

    @guarded
    def on_copy(self, message: told.Copy) -> None:
        self.app.copy_to_clipboard(message.text)
        name = f"copied{message.ending}"
        where = f"; if the terminal has no clipboard, it is in {state_folder() / name}"
        kept = remember(name, message.text)
        self.take(told.Say(f"copied as {message.title}{where if kept else ''}"))
