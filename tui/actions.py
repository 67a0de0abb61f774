"""What each action of the stepper leads to: one small function, from what is so to a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from textual.message import Message

from chainstep.core import Moment
from chainstep.tui.looking import LOOKING
from chainstep.tui.messages import (
    Alone,
    Ask,
    Changed,
    Choose,
    Copy,
    Go,
    GoTo,
    NewNetwork,
    NextTheme,
    Out,
    Play,
    Question,
    Say,
    See,
    Undo,
)
from chainstep.tui.now import Action, Now
from chainstep.tui.session import Session
from chainstep.tui.view import Shown
from chainstep.tui.widgets.page import plain_choices

# ── through time ──────────────────────────────────────────────────────────────────────────


def next_step(now: Now) -> Message:
    """One factor on; in a presentation one term, until all have appeared."""
    if now.choices.main == "present":
        from chainstep.tui.widgets.presentation import terms_of

        if now.choices.terms < len(terms_of(Shown(now.view, now.choices))):
            return See(replace(now.choices, terms=now.choices.terms + 1))
    return Go(Session.step)


def back(now: Now) -> Message:
    """One factor back; at the start there is none."""
    if now.view.moment == Moment(1):
        return Say("This is the start: nothing is computed yet. → is the first step.")
    return Go(Session.back)


def last(now: Now) -> Message:
    """To the last iteration run so far."""
    return GoTo(Moment(now.view.furthest, now.view.moment.step))


def stop(now: Now) -> Message:
    """Ends what is open: playing, picking, a panel; where nothing is, down to the gallery."""
    if now.is_playing:
        return Play()
    closed = plain_choices(now.choices)
    if closed != now.choices:
        return See(closed)
    return leave(now, quits=False)


# ── asking ────────────────────────────────────────────────────────────────────────────────


def command(now: Now) -> Message:
    """Runs a command beside the screen."""
    from chainstep.tui.commanding import ask_for_command

    return ask_for_command(now)


def save(now: Now) -> Message:
    """Asks where to save; a visitor gets the text to take along."""
    if not now.is_visitor:
        return asking("where_to_save")(now) or Say("")
    from chainstep.scenarios import dump

    text = dump(now.session.scenario.recipe)
    return Copy(text, "a scenario file", ".yaml")


def asking(name: str) -> Action:
    """Asks a question of questions.py."""

    def action(now: Now) -> Message:
        from chainstep.tui.questions import QUESTIONS  # what it reads is wanted with the first

        question: Question = QUESTIONS[name](now)
        return Ask(question)

    return action


# ── trying, taking along, leaving ─────────────────────────────────────────────────────────


def original(now: Now) -> Message:
    """Goes back to the scenario as it was opened."""
    first = now.session.original
    if first is None or first is now.session.scenario:
        return Say("this is the scenario as it was opened")
    return Changed(first, "the scenario as it was opened; u goes back to yours")


def listing(name: str) -> Action:
    """A list of choices.py to choose from."""

    def action(now: Now) -> Message:
        from chainstep.tui import choices  # what it reads is wanted with the first list

        listed: Message = getattr(choices, name)(now)
        return listed

    return action


def against(now: Now) -> Message:
    """Steps the run beside another, or alone again."""
    return Alone() if now.is_beside else listing("against")(now) or Alone()


def redraw(now: Now) -> Message:
    """Draws new starting weights."""
    from chainstep.tui.edits import redrawn

    made = redrawn(now.session.scenario)
    said = "other weights to start from, at the same moment; u goes back, R draws again"
    return Changed(made, said)


def copy(now: Now) -> Message:
    """Asks in which form the table is to be copied."""
    record = now.view.record
    if record is None:
        return Say("there is no step yet whose table could be copied")
    from chainstep.tui.copying import FORMS, copied

    forms = "   ".join(f"{key} {form.name}" for key, form in FORMS.items())
    return Choose(
        f"copy as:  {forms}    Esc not",
        {key: copied(record, now.choices, form) for key, form in FORMS.items()},
    )


def leave(now: Now, *, quits: bool = True) -> Message:
    """Leaves the program or the run; where changes would be lost, it asks before."""
    if not now.session.is_changed:
        return Out(quits=quits)
    key = "q" if quits else "escape"
    ways: dict[str, Callable[[], Message | None]] = {
        key: lambda: Out(quits=quits),
        "s": lambda: save(now),
    }
    shown = "q" if quits else "Esc"
    return Choose(
        f"What you changed is not saved: s saves it, {shown} again leaves it, any other key stays",
        ways,
    )


#: What is done, by the name that keys.py gives it.
ACTIONS: dict[str, Action] = {
    **LOOKING,
    "next": next_step,
    "beat": next_step,
    "back": back,
    "phase_on": lambda _: Go(Session.phase_on),
    "phase_back": lambda _: Go(Session.phase_back),
    "iteration_on": lambda _: Go(Session.iteration_on),
    "iteration_back": lambda _: Go(Session.iteration_back),
    "first": lambda _: GoTo(Moment(1)),
    "last": last,
    "goto": asking("where_to"),
    "run": asking("how_far"),
    "play": lambda _: Play(),
    "faster": lambda _: Play(1),
    "slower": lambda _: Play(-1),
    "stop": stop,
    "command": command,
    "edit": asking("what_to_change"),
    "undo": lambda _: Undo(),
    "original": original,
    "save": save,
    "copy": copy,
    "mistake": listing("mistakes"),
    "against": against,
    "redraw": redraw,
    "new": lambda _: NewNetwork(),
    "theme": lambda _: NextTheme(),
    "quit": leave,
}
