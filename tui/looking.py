"""What the actions lead to that look closer: tables, panels, pages; none of them moves the run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.message import Message

from chainstep.core.text.notations import NOTATIONS
from chainstep.tui import picking
from chainstep.tui.messages import Pick, Pin, Predict, Read, Say, See, TypeNumbers
from chainstep.tui.now import Action, Now
from chainstep.tui.view import Main, Side
from chainstep.tui.widgets.page import SIDE_BY_SIDE

if TYPE_CHECKING:
    from chainstep.tui.picking import Direction


# ── the tables ────────────────────────────────────────────────────────────────────────────


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


# ── pages ─────────────────────────────────────────────────────────────────────────────────


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


#: What is looked at, by the name that keys.py gives it.
LOOKING: dict[str, Action] = {
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
    "predict": predict,
    "notation": notation,
    "matrices": matrices,
    "network": network,
    "before": before,
    "present": present,
    "words": words,
    "derivation": derivation,
    "story": story,
    "curves": curves,
    "pin": pin,
    "logarithmic": logarithmic,
    "help": all_keys,
}
