"""What can be chosen from lists: mistakes to be made on purpose, a second run, words explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainstep.scenarios import heads, load
from chainstep.tui.chooser import Choice
from chainstep.tui.edits import redrawn, with_mistake
from chainstep.tui.messages import Changed, List, OpenAgainst, Say

if TYPE_CHECKING:
    from chainstep.tui.now import Now


def mistakes(now: Now) -> List:
    """The catalogue of mistakes: one is switched on in this run, or all are off again."""
    from chainstep.core.check.mistakes import MISTAKES

    scenario = now.session.scenario
    made = set(scenario.mistakes)
    choices = []
    if made:
        right = with_mistake(scenario, None)
        off = Changed(right, "the mistake is off: the right rules again")
        choices.append(Choice("none", "the right rules again", off))
    for mistake in MISTAKES.values():
        told = f"{mistake.title}{'  (is on)' if mistake.name in made else ''}"
        choices.append(
            Choice(
                mistake.name, told, _switching(now, mistake.name), f"{mistake.looks} {mistake.mend}"
            )
        )
    return List("Make a mistake on purpose", choices)


def _switching(now: Now, name: str) -> Changed | Say:
    try:
        made = with_mistake(now.session.scenario, name)
    except Exception as error:  # noqa: BLE001  a mistake that fits no such network says so when it is chosen
        from chainstep.tui.faults import told_of

        return Say(told_of(error), "bad")
    return Changed(made, f"the mistake {name} is on; x takes it off, u undoes")


def against(now: Now) -> List:
    """The scenarios that this run can be stepped beside."""
    here = [(step.quantity.name, step.quantity.shape) for step in now.view.program.steps]
    choices = []
    for head in heads():
        other = load(head.name)
        steps = [(step.quantity.name, step.quantity.shape) for step in other.program.steps]
        if steps == here:
            told = f"{head.title} ({'-'.join(map(str, head.widths))})"
            choices.append(Choice(head.name, told, OpenAgainst(other)))
    original = now.session.original
    if original is not None and original is not now.session.scenario:
        choices.insert(0, Choice("before", "this scenario as it was opened", OpenAgainst(original)))
    drawn = redrawn(now.session.scenario)
    told = "this network from other random weights"
    choices.append(Choice("other weights", told, OpenAgainst(drawn)))
    return List("Side by side with which run? Those with the same steps and shapes", choices)
