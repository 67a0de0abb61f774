"""chainstep open: a scenario on the screen; without one, the gallery."""

from __future__ import annotations

import argparse
import gc
import sys

from chainstep.core.quantities import InputError, Moment
from chainstep.core.text.notations import notation
from chainstep.core.text.typed import Names, moment
from chainstep.scenarios import Scenario, load
from chainstep.scenarios.programs.named import is_program
from chainstep.tui import completion
from chainstep.tui.options import add_overrides, load_from, overrides_of


def arguments(parser: argparse.ArgumentParser) -> None:
    scenario = parser.add_argument(
        "scenario", metavar="SCENARIO", nargs="?",
        help="a name, the beginning of one, or a file; without it, the gallery",
    )  # fmt: skip
    parser.add_argument("--at", metavar="MOMENT", help="begin at I, I:STEP or I:QUANTITY")
    against = parser.add_argument(
        "--against", metavar="SCENARIO", help="a second one beside it, step by step"
    )
    scenario.complete = against.complete = completion.SCENARIO  # type: ignore[attr-defined]
    add_overrides(parser)


def run(options: argparse.Namespace) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        name = options.scenario or "same-weights"
        raise InputError(f"this is no terminal to open a screen on; try chainstep replay {name}")
    gc.disable()  # until the first frame: what start-up makes stays, and looking for rubbish costs
    scenario = _scenario(options) if options.scenario else None
    if scenario is None and (options.at or options.against or overrides_of(options)):
        raise InputError("name the scenario that this is for; chainstep list names them")
    against = load(options.against) if options.against else None
    at = _moment(scenario, options.at) if scenario is not None and options.at else None
    if scenario is not None and against is not None:
        _same_shape(scenario, against)
    from chainstep.tui.app import Chainstep  # brings Textual, which no other command wants

    app = Chainstep(scenario, against, at)
    code = app.run()
    return code if isinstance(code, int) else app.return_code or 0


def _scenario(options: argparse.Namespace) -> Scenario:
    """The scenario; a program is run, and its own lines become the steps."""
    if not is_program(options.scenario):
        return load_from(options)
    from chainstep.scenarios.programs.opening.opening import open_program

    changes = overrides_of(options)
    if changes:
        raise InputError(f"{options.scenario} is a program: change its {next(iter(changes))} there")
    return open_program(options.scenario)


def _moment(scenario: Scenario, text: str) -> Moment:
    return moment(text, Names(scenario.program, notation(scenario.notation)))


def _same_shape(scenario: Scenario, against: Scenario) -> None:
    """Refuses two networks that cannot be stepped in lock-step.

    Raises: InputError with both shapes.
    """
    one, other = scenario.program, against.program
    if [(step.quantity.name, step.quantity.shape) for step in one.steps] != [
        (step.quantity.name, step.quantity.shape) for step in other.steps
    ]:
        shapes = ["-".join(map(str, each.setup.widths)) for each in (scenario, against)]
        raise InputError(
            f"{scenario.name} ({shapes[0]}) and {against.name} ({shapes[1]}) have not the same "
            "steps and shapes, so they cannot be stepped side by side"
        )
