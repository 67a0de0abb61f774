"""What the command palette finds: actions, moments, quantities, settings, notations, scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from textual.command import CommandPalette
from textual.message import Message
from textual.screen import Screen

from chainstep.core import Moment
from chainstep.core.text.notations import NOTATIONS
from chainstep.scenarios import heads
from chainstep.scenarios.overrides import in_words, known
from chainstep.tui.keys import KEYS, Key
from chainstep.tui.messages import Act, Ask, GoTo, NextTheme, OpenPath, Out, See
from chainstep.tui.now import Now
from chainstep.tui.stepper import StepperScreen
from chainstep.tui.themes import THEMES


@dataclass(frozen=True)
class Found:
    """Something that the palette offers: what it is called, what it does, what it leads to."""

    title: str
    told: str
    message: Message


#: Titles without words by which something else is looked for.
_SHORTER = {
    "theme": "Another theme, the next one",
    "curves": "Training watched: cost, gradients, silent units, curves",
}


class Palette(CommandPalette):
    """Textual's own palette; a page of a list that is not drawn yet is no error."""

    def _action_command_list(self, action: str) -> None:
        with suppress(KeyError, IndexError):
            super()._action_command_list(action)


def entries(screen: Screen[object]) -> Iterator[Found]:
    """Everything that can be done here, by name."""
    if isinstance(screen, StepperScreen):
        yield from _of_a_run(screen.now)
    for head in heads():
        told = f"{head.name}: open this scenario"
        yield Found(head.question, told, OpenPath(head.name))
    for theme in THEMES.values():
        yield Found(f"Theme: {theme.title}", "how it looks", NextTheme(theme.name))
    yield Found("Quit", "leave the program", Out(quits=True))


def titled(key: Key) -> str:
    """What a key is found by: the word for it in the footer, and what it does."""
    if key.action in _SHORTER:
        return _SHORTER[key.action]
    told = key.text if key.text.startswith(key.short) else f"{key.short}: {key.text}"
    return told[0].upper() + told[1:]


def _of_a_run(now: Now) -> Iterator[Found]:
    for key in KEYS:
        yield Found(titled(key), f"key {key.shown}", Act(key.action))
    iteration = now.view.moment.iteration
    for step in now.view.program.steps:
        name = step.quantity.name
        told = f"step {step.number}, {step.phase}"
        yield Found(f"Go to {name}", told, GoTo(Moment(iteration, step.number)))
    for name, written in NOTATIONS.items():
        see = See(replace(now.choices, notation=name), f"notation {name}: {written.title}")
        yield Found(f"Notation: {written.title}", name, see)
    from chainstep.core.formats.registry import FORMATS
    from chainstep.tui.command import COMMANDS
    from chainstep.tui.commanding import PRINTING, ask_for_command
    from chainstep.tui.questions import what_to_change

    for verb in PRINTING:
        told = COMMANDS[verb] + (f": {', '.join(FORMATS)}" if verb == "replay" else "")
        yield Found(f"Command {verb}: {told}", f"chainstep {verb}", ask_for_command(now, verb))
    asked = what_to_change(now)
    for word in known():
        question = replace(asked, value=f"{in_words(word)} = ")
        yield Found(f"Change {in_words(word)}", "a setting of the run", Ask(question))
