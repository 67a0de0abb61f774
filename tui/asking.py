"""The questions that the stepper asks, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from chainstep.core import InputError
from chainstep.core.runs.conditions import EXPECTED, parse_condition
from chainstep.core.text import typed
from chainstep.core.text.notations import notation
from chainstep.core.updates import UPDATES
from chainstep.tui.edits import EXPECTED as EDITS
from chainstep.tui.edits import edited, proposal
from chainstep.tui.questions import Question
from chainstep.tui.writing import write

if TYPE_CHECKING:
    from chainstep.tui.stepper import StepperScreen

_MOST = 1_000_000


def names_on(screen: StepperScreen) -> typed.Names:
    """The names that are read: the engine's, and those of the notation that is shown."""
    return typed.Names(screen.view.program, notation(screen.look.notation))


def where_to(screen: StepperScreen) -> Question:
    """Any moment."""

    def answer(text: str) -> str:
        moment = typed.moment(text, names_on(screen))
        screen.call_after_refresh(screen.go_to, moment)
        return ""

    return Question(
        "go to",
        "an iteration, or one of its steps: 1000, 1000:13, 1000:delta2",
        answer,
        screen.told,
    )


def how_far(screen: StepperScreen) -> Question:
    """A number of iterations, or a condition."""

    def answer(text: str) -> str:
        count = typed.whole_number(text.replace(" ", "").replace("_", ""))
        if count is not None:
            if not 1 <= count <= _MOST:
                return f"from 1 to {_MOST} iterations"
            screen.last_run = text
            screen.call_after_refresh(screen.move, lambda session: session.iterations_on(count))
            return ""
        condition = parse_condition(text, names_on(screen))
        screen.last_run = text
        screen.call_after_refresh(screen.move, lambda session: session.until(condition, _MOST))
        return ""

    return Question(
        "run until", EXPECTED.removeprefix("write "), answer, screen.told, screen.last_run
    )


def what_to_change(screen: StepperScreen) -> Question:
    """The picked number, or a setting."""
    session = screen.session

    def answer(text: str) -> str:
        said = f"changed: {text.strip()}; a new run starts here. u undoes, o original"
        made = edited(session.scenario, session.stepper, text, names_on(screen))
        rule = UPDATES[made.setup.rule]
        if session.moment.iteration > 1 and rule.state:
            kept = "is kept" if made.setup.state else "starts at 0"
            said += f". What {rule.title} remembers {kept}"
        session.change(made)
        screen.call_after_refresh(screen.restarted, said)
        return ""

    value = proposal(session.scenario, session.stepper, screen.look.picked)
    return Question("change", EDITS.removeprefix("write "), answer, screen.told, value)


def where_to_save(screen: StepperScreen) -> Question:
    """A file for the scenario as it is now; an existing one is named again to be replaced."""
    scenario = screen.session.scenario
    warned: set[str] = set()

    def answer(text: str) -> str:
        from chainstep.scenarios import dump

        path = Path(text.strip()).expanduser()
        if not text.strip() or path.is_dir():
            return "name a file, such as ./mine.yaml"
        if path.exists() and text not in warned:
            warned.add(text)
            return f"{text} is there already: Enter again replaces it, another name keeps it"
        folder = scenario.path.parent if scenario.path else None
        try:
            write(path, dump(scenario.recipe, folder), overwrite=True)
        except InputError as error:
            return str(error)
        screen.call_after_refresh(screen.say, f"saved: chainstep open {path}")
        return ""

    return Question(
        "save as", "a new file: ./mine.yaml", answer, screen.told, _free_name(scenario.name)
    )


def _free_name(name: str) -> str:
    """A file name that is not taken yet."""
    for number in range(1, 1000):
        path = Path(f"{name}-{number}.yaml")
        if not path.exists():
            return f"./{path}"
    return ""


def whose_numbers(screen: StepperScreen) -> Question:
    """A file of numbers to be checked."""

    def answer(text: str) -> str:
        from chainstep.tui.reading import open_check

        path = Path(text.strip()).expanduser()
        if not path.is_file():
            raise InputError(f"there is no file {text.strip()!r}")
        screen.call_after_refresh(open_check, screen, path)
        return ""

    return Question(
        "check my numbers", "a file of them: mine.yaml, mine.json, mine.npz", answer, screen.told
    )


#: The questions, by what they ask.
QUESTIONS: dict[str, Callable[[StepperScreen], Question]] = {
    question.__name__: question
    for question in (where_to, how_far, what_to_change, where_to_save, whose_numbers)
}
