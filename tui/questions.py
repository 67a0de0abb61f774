"""The questions that the stepper asks, and what the answers lead to."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from chainstep.core import InputError
from chainstep.core.quantities import whole_number
from chainstep.core.runs.conditions import EXPECTED, parse_condition
from chainstep.core.text import typed
from chainstep.core.text.notations import notation
from chainstep.core.updates import UPDATES
from chainstep.scenarios import Scenario
from chainstep.scenarios.scenario_files import typed_path
from chainstep.tui.edits import edited, expected, proposal, without_from_here
from chainstep.tui.messages import Ask, Changed, GoTo, Question, Ran, Saved
from chainstep.tui.writing import write

if TYPE_CHECKING:
    from chainstep.tui.now import Now

_MOST = 1_000_000
_NAMES = re.compile(r"[^\W\d][^\s=<>;|,]*")  # what may be a name in a typed text


def names_on(now: Now) -> typed.Names:
    """The names that are read: the engine's, and those of the notation that is shown."""
    return typed.Names(now.view.program, notation(now.choices.notation))


def _noted(text: str, names: typed.Names) -> str:
    """What is to be said of names in a typed text that mean two things."""
    return " ".join(typed.notes_on(_NAMES.findall(text), names))


def where_to(now: Now) -> Question:
    """Any moment."""
    names = names_on(now)
    return Question(
        "go to",
        "an iteration, or one of its steps: 1000, 1000:13, delta2, 1000:delta2",
        lambda text: GoTo(typed.moment(_whole(text, now), names), _noted(text, names)),
    )


def _whole(text: str, now: Now) -> str:
    """A moment as it was typed; a quantity alone is one of this iteration."""
    alone = ":" not in text and text.strip()[:1].isalpha() and not text.lower().startswith("epoch")
    return f"{now.view.moment.iteration}:{text.strip()}" if alone else text


def how_far(now: Now) -> Question:
    """A number of iterations, or a condition."""

    def answer(text: str) -> Message:
        count = whole_number(text.replace(" ", "").replace("_", ""))
        if count is not None:
            if not 1 <= count <= _MOST:
                raise InputError(f"from 1 to {_MOST} iterations")
            return Ran(text, lambda session: session.iterations_on(count))
        condition = parse_condition(text, names_on(now))
        noted = _noted(text, names_on(now))
        return Ran(text, lambda session: session.until(condition, _MOST), noted)

    return Question("run until", _conditions(now), answer, now.last_run)


def _conditions(now: Now) -> str:
    """How a condition is written, by the names of this network."""
    program = now.view.program
    outputs = program.outputs if program.depth else ""
    if not outputs:
        return EXPECTED.removeprefix("write ")
    gradient = next(each.name for each in program.quantities.values() if each.is_gradient)
    return f"C < 0.01, |{gradient}| < 1e-6, {outputs}[0,0] >= 0.9 or iteration = 500"


def what_to_change(now: Now) -> Question:
    """The picked number, or a setting."""
    session = now.session

    def answer(text: str) -> Message:
        made = edited(session.scenario, session.stepper, text, names_on(now))
        is_from_here = text != without_from_here(text) and session.moment.iteration > 1
        if is_from_here:
            said = f"changed: {text.strip()}, as iteration 1 of a run of its own"
            rule = UPDATES[made.setup.rule]
            if rule.state:
                kept = "is kept" if made.setup.state else "starts at 0"
                said += f". What {rule.title} remembers {kept}"
        else:
            said = f"changed: {text.strip()}, from iteration 1 on; this is the same moment"
        noted = [each for each in (_noted(text, names_on(now)),) if each]
        said = ". ".join([f"{said}. b shows before and after, u undoes", *noted])
        return Changed(made, said, starts_here=is_from_here)

    value = proposal(session.scenario, now.choices.picked)
    told = expected(now.view.program).removeprefix("write ")
    if session.moment.iteration > 1:
        told += "; with 'from here' behind it, of a run from the weights of this moment"
    return Question("change", told, answer, value)


def where_to_save(now: Now) -> Question:
    """A file for the scenario as it is now; an existing one is named again to be replaced."""
    scenario = now.session.scenario
    warned: set[str] = set()

    def answer(text: str) -> Message:
        from chainstep.scenarios import dump

        path = typed_path(text)
        if not text.strip() or path.is_dir():
            raise InputError("name a file, such as ./mine.yaml")
        if path.exists() and text not in warned:
            warned.add(text)
            raise InputError(
                f"{text} is there already: Enter again replaces it, another name keeps it"
            )
        folder = scenario.path.parent if scenario.path else None
        write(path, dump(scenario.recipe, folder), overwrite=True)
        return Saved(str(path))

    expected, value = "a new file: ./mine.yaml", _free_name(scenario.name)
    return Question("save as", expected, answer, value, paths)


def _free_name(name: str) -> str:
    """A file name that is not taken yet."""
    for number in range(1, 1000):
        words = "".join(each if each.isalnum() or each in "-_" else " " for each in name).split()
        path = Path(f"{'-'.join(words) or 'mine'}-{number}.yaml")
        if not path.exists():
            return f"./{path}"
    return ""


def numbers_file(scenario: Scenario) -> Message:
    """Asks for a file of numbers to be checked."""

    def answer(text: str) -> Message:
        from chainstep.tui.check_pages import check_file

        path = typed_path(text)
        if not path.is_file():
            raise InputError(f"there is no file {text.strip()!r}")
        return check_file(scenario, path)

    expected = "a file of them: mine.yaml, mine.json, mine.npz; Tab completes"
    return Ask(Question("check my numbers", expected, answer, suggest=paths))


def paths(typed: str) -> list[str]:
    """The files and folders whose paths begin with what was typed."""
    path = typed_path(typed)
    folder, begun = (path, "") if typed.endswith("/") or not typed else (path.parent, path.name)
    lead = typed[: len(typed) - len(begun)]
    try:
        found = [each for each in folder.iterdir() if each.name.startswith(begun)]
    except OSError:
        return []
    shown = [each for each in found if begun or not each.name.startswith(".")]
    return sorted(f"{lead}{each.name}{'/' if each.is_dir() else ''}" for each in shown)


#: The questions, by what they ask.
QUESTIONS: dict[str, Callable[[Now], Question]] = {
    question.__name__: question for question in (where_to, how_far, what_to_change, where_to_save)
}
