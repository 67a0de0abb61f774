"""What each action of the stepper leads to: one small function, from what is so to a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual.message import Message

from chainstep.core import Moment
from chainstep.core.text.notations import NOTATIONS
from chainstep.tui import picking
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
    Pick,
    Pin,
    Play,
    Predict,
    Question,
    Read,
    Say,
    See,
    TypeNumbers,
    Undo,
)
from chainstep.tui.session import Session
from chainstep.tui.view import Choices, Main, Shown, Side, View
from chainstep.tui.widgets.page import SIDE_BY_SIDE, plain_choices

if TYPE_CHECKING:
    from chainstep.tui.picking import Direction


@dataclass(frozen=True)
class Now:
    """What an action may look at: the moment, what is chosen, the run, the size of the screen."""

    view: View
    choices: Choices
    session: Session
    width: int
    is_playing: bool = False
    is_beside: bool = False
    has_past: bool = False
    last_run: str = ""
    is_visitor: bool = False


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


# ── looking ───────────────────────────────────────────────────────────────────────────────


def pick(now: Now) -> Message:
    """Goes into the tables."""
    picked = picking.first(now.view, now.choices)
    return See(replace(now.choices, picking=True, picked=picked))


def pick_towards(direction: Direction, by: int) -> Action:
    """Picks the number so far in a direction."""

    def action(now: Now) -> Message | None:
        entry = picking.moved(now.view, now.choices, direction, by)
        return Pick(entry) if entry is not None else None

    return action


def next_table(now: Now) -> Message:
    """Picks in the next table."""
    return Pick(picking.next_table(now.view, now.choices))


def matrices(now: Now) -> Message:
    """Shows all matrices, the network drawn, or nothing beside the step; or in its place."""
    if now.width >= SIDE_BY_SIDE:
        after: dict[Side, Side] = {"matrices": "network", "network": "none", "none": "matrices"}
        return See(replace(now.choices, side=after[now.choices.side], main="step"))
    main: Main = "step" if now.choices.main == "matrices" else "matrices"
    return See(replace(now.choices, main=main))


def present(now: Now) -> Message:
    """Shows one step for a room that looks on, or no more."""
    main: Main = "step" if now.choices.main == "present" else "present"
    return See(replace(now.choices, main=main, terms=0))


def words(now: Now) -> Message:
    """The words, signs and colours of the screen."""
    from chainstep.tui.glossary import glossary_page

    del now
    return Read(glossary_page())


def command(now: Now) -> Message:
    """Runs a command beside the screen."""
    from chainstep.tui.commanding import ask_for_command

    return ask_for_command(now)


def before(now: Now) -> Message:
    """Shows the step before and after the last change side by side, or no more."""
    if not now.has_past:
        return Say("nothing was changed yet that could be seen before and after")
    main: Main = "step" if now.choices.main == "before" else "before"
    return See(replace(now.choices, main=main))


def network(now: Now) -> Message:
    """Draws the network over the whole screen, or no more."""
    main: Main = "step" if now.choices.main == "network" else "network"
    return See(replace(now.choices, main=main))


def derivation(now: Now) -> Message:
    """Says where the slope comes from, or no more."""
    return See(replace(now.choices, derivation=not now.choices.derivation))


def curves(now: Now) -> Message:
    """Shows the curves, or hides them."""
    if not now.session.curves and now.choices.main != "curves":
        return Say("this program has no cost to be seen; k keeps the picked number on a curve")
    main: Main = "step" if now.choices.main == "curves" else "curves"
    return See(replace(now.choices, main=main))


def logarithmic(now: Now) -> Message:
    """Draws the curves on the other scale."""
    made = replace(now.choices, logarithmic=not now.choices.logarithmic, main="curves")
    return See(made, f"curves: {'logarithmic' if made.logarithmic else 'plain'} scale")


def pin(now: Now) -> Message:
    """Pins the picked entry to the curves, and fills in what it was before."""
    entry = now.choices.picked
    if entry is None or not now.choices.picking:
        return Say("pick a number first: Enter, arrows, then k")
    return Pin(entry)


def notation(now: Now) -> Message:
    """Takes the next notation."""
    names = list(NOTATIONS)
    before = now.choices.notation
    name = names[(names.index(before) + 1) % len(names) if before in names else 0]
    return See(replace(now.choices, notation=name), f"notation {name}: {NOTATIONS[name].title}")


# ── pages and questions ───────────────────────────────────────────────────────────────────


def why(now: Now) -> Message:
    """Why the picked number is what it is."""
    from chainstep.tui.why_pages import ask_why  # its part of the engine is wanted here alone

    return ask_why(now)


def check(now: Now) -> Message:
    """A sheet for numbers of one's own: of the picked table, else of the step."""
    if not now.view.program.depth:
        return Say("c holds numbers against a network; a program is judged by its own lines")
    program, picked = now.view.program, now.choices.picked
    known = {quantity.name for quantity in program.quantities.values()}
    usual = now.view.step.quantity.name if now.view.step else _first_computed(now)
    if picked is not None and now.choices.picking and picked.quantity in known:
        usual = picked.quantity
    return TypeNumbers(usual, with_files=not now.is_visitor)


def predict(now: Now) -> Message:
    """Begins a round of predicting, or ends it."""
    if not now.view.program.depth:
        return Say("p asks for the numbers of a network; this is a program")
    return Predict()


def _first_computed(now: Now) -> str:
    """What somebody computes first: the first sums, or whatever comes first."""
    names = [step.quantity.name for step in now.view.program.steps]
    return "z1" if "z1" in names else names[0]


def story(now: Now) -> Message:
    """What the scenario tells of itself."""
    from chainstep.tui.help_pages import story_page

    return Read(story_page(now.view))


def all_keys(now: Now) -> Message:
    """Every key, and what it does."""
    from chainstep.tui.help_pages import help_page

    del now
    return Read(help_page())


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
    said = "the scenario as it was opened; u goes back to yours"
    return Changed(first, said, starts_here=False)


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

    made = redrawn(now.session.scenario, now.session.stepper)
    said = "new weights are drawn: a new run; u goes back, R draws again"
    return Changed(made, said, starts_here=False)


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


Action = Callable[[Now], Message | None]

#: What is done, by the name that keys.py gives it.
ACTIONS: dict[str, Action] = {
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
    "pick": pick,
    "up": pick_towards("up", 1),
    "down": pick_towards("down", 1),
    "left": pick_towards("left", 1),
    "right": pick_towards("right", 1),
    "far_up": pick_towards("up", 10),
    "far_down": pick_towards("down", 10),
    "far_left": pick_towards("left", 10),
    "far_right": pick_towards("right", 10),
    "next_table": next_table,
    "why": why,
    "check": check,
    "notation": notation,
    "matrices": matrices,
    "network": network,
    "before": before,
    "present": present,
    "words": words,
    "command": command,
    "derivation": derivation,
    "story": story,
    "curves": curves,
    "pin": pin,
    "logarithmic": logarithmic,
    "edit": asking("what_to_change"),
    "undo": lambda _: Undo(),
    "original": original,
    "save": save,
    "copy": copy,
    "predict": predict,
    "mistake": listing("mistakes"),
    "against": against,
    "redraw": redraw,
    "new": lambda _: NewNetwork(),
    "help": all_keys,
    "theme": lambda _: NextTheme(),
    "quit": leave,
}
