"""What each action of the stepper does: one small function a key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from chainstep.core import Moment
from chainstep.tui import picking, reading
from chainstep.tui.session import Session
from chainstep.tui.widgets.page import shows_inspector

if TYPE_CHECKING:
    from chainstep.tui.stepper import StepperScreen

_SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # steps a second

# ── through time ──────────────────────────────────────────────────────────────────────────


def next_step(screen: StepperScreen) -> None:
    """One factor on."""
    screen.move(Session.step)


def back(screen: StepperScreen) -> None:
    """One factor back; at the start there is none."""
    if screen.view.moment == Moment(1):
        screen.say("This is the start: nothing is computed yet. → is the first step.")
    else:
        screen.move(Session.back)


def first(screen: StepperScreen) -> None:
    """To the first step."""
    screen.go_to(Moment(1))


def last(screen: StepperScreen) -> None:
    """To the last iteration run so far."""
    screen.go_to(Moment(screen.view.furthest, screen.view.moment.step))


# ── running ───────────────────────────────────────────────────────────────────────────────


def play(screen: StepperScreen) -> None:
    """Begins to play by itself, or ends it."""
    if screen.player is not None:
        screen.player.stop()
        screen.player = None
        screen.say("stopped; a plays on")
        return
    _begin(screen)
    screen.say(f"playing, {_told(screen)}: + faster, - slower, a stops")


def _begin(screen: StepperScreen) -> None:
    if screen.player is not None:
        screen.player.stop()
    screen.player = screen.set_interval(1 / _SPEEDS[screen.speed], screen.play_on)


def _told(screen: StepperScreen) -> str:
    return f"{_SPEEDS[screen.speed]:g} steps a second"


def faster(screen: StepperScreen) -> None:
    """Plays faster."""
    _change_speed(screen, 1)


def slower(screen: StepperScreen) -> None:
    """Plays slower."""
    _change_speed(screen, -1)


def _change_speed(screen: StepperScreen, by: int) -> None:
    screen.speed = min(max(0, screen.speed + by), len(_SPEEDS) - 1)
    if screen.player is not None:
        _begin(screen)
    screen.say(_told(screen))


def stop(screen: StepperScreen) -> None:
    """Ends what is open: playing, picking, a derivation, the matrices over a narrow screen."""
    if screen.player is not None:
        play(screen)
    screen.first_of_two = None
    screen.look = replace(
        screen.look, picking=False, derivation=False, inspector=None, curves=False, status=""
    )
    screen.paint()


# ── looking ───────────────────────────────────────────────────────────────────────────────


def pick(screen: StepperScreen) -> None:
    """Goes into the tables."""
    screen.look = replace(screen.look, picking=True, picked=picking.first(screen.view, screen.look))
    screen.paint()


def inspector(screen: StepperScreen) -> None:
    """Shows all matrices, or hides them."""
    shown = shows_inspector(screen.look, screen.canvas.size.width)
    screen.look = replace(screen.look, inspector=not shown)
    screen.paint()


def derivation(screen: StepperScreen) -> None:
    """Says where the slope comes from, or no more."""
    screen.look = replace(screen.look, derivation=not screen.look.derivation)
    screen.paint()


def curves(screen: StepperScreen) -> None:
    """Shows the curves, or hides them."""
    screen.look = replace(screen.look, curves=not screen.look.curves)
    screen.paint()


def logarithmic(screen: StepperScreen) -> None:
    """Draws the curves on the other scale."""
    screen.look = replace(screen.look, logarithmic=not screen.look.logarithmic, curves=True)
    screen.say("curves: logarithmic scale" if screen.look.logarithmic else "curves: plain scale")


def pin(screen: StepperScreen) -> None:
    """Pins the picked entry to the curves, and fills in what it was before."""
    entry = screen.look.picked
    if entry is None or not screen.look.picking:
        screen.say("pick a number first: Enter, arrows, then p")
        return
    pinned = screen.session.pin(entry)
    if screen.other is not None:
        screen.other.pin(entry)
    screen.look = replace(screen.look, curves=True)
    screen.say(f"{entry} is pinned to the curves" if pinned else f"{entry} is off the curves")
    if pinned and str(entry) != "C":
        screen.catch_up(str(entry))


def notation(screen: StepperScreen) -> None:
    """Takes the next notation."""
    screen.look = replace(screen.look, notation=reading.next_notation(screen.look.notation))
    screen.say(f"notation {reading.notation_title(screen.look.notation)}")


def check(screen: StepperScreen) -> None:
    """Asks for a file of numbers."""
    _ask(screen, "whose_numbers")


def _ask(screen: StepperScreen, question: str) -> None:
    from chainstep.tui.asking import QUESTIONS  # what it reads is wanted with the first question

    screen.ask(QUESTIONS[question](screen))


# ── trying, taking along ──────────────────────────────────────────────────────────────────


def undo(screen: StepperScreen) -> None:
    """Takes the last change back, to where it was made."""
    moment = screen.session.undo()
    if moment is None:
        screen.say("nothing was changed yet")
    else:
        screen.restarted("the last change is taken back")
        screen.go_to(moment)


def original(screen: StepperScreen) -> None:
    """Goes back to the scenario as it was opened."""
    if screen.session.back_to_original():
        screen.restarted("the scenario as it was opened; u goes back to yours")
    else:
        screen.say("this is the scenario as it was opened")


def copy(screen: StepperScreen) -> None:
    """Asks in which form the table is to be copied."""
    screen.say("copy as:  t text   m Markdown   l LaTeX    Esc not", "warn")
    screen.choice = lambda key: reading.copy_as(screen, key)


def leave(screen: StepperScreen) -> None:
    """Leaves the program."""
    screen.app.exit()


Action = Callable[["StepperScreen"], None]

#: What is done, by the name that keys.py gives it.
ACTIONS: dict[str, Action] = {
    "next": next_step,
    "back": back,
    "phase_on": lambda screen: screen.move(Session.phase_on),
    "phase_back": lambda screen: screen.move(Session.phase_back),
    "iteration_on": lambda screen: screen.move(Session.iteration_on),
    "iteration_back": lambda screen: screen.move(Session.iteration_back),
    "first": first,
    "last": last,
    "goto": lambda screen: _ask(screen, "where_to"),
    "run": lambda screen: _ask(screen, "how_far"),
    "play": play,
    "faster": faster,
    "slower": slower,
    "stop": stop,
    "pick": pick,
    "why": reading.open_why,
    "check": check,
    "notation": notation,
    "inspector": inspector,
    "derivation": derivation,
    "story": reading.open_story,
    "curves": curves,
    "pin": pin,
    "logarithmic": logarithmic,
    "edit": lambda screen: _ask(screen, "what_to_change"),
    "undo": undo,
    "original": original,
    "save": lambda screen: _ask(screen, "where_to_save"),
    "copy": copy,
    "help": reading.open_help,
    "theme": lambda screen: screen.change_theme(),
    "gallery": lambda screen: screen.open_gallery(),
    "quit": leave,
}
