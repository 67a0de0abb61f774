"""Somebody's numbers on the screen: the verdicts as text, and marks where the numbers stand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from chainstep.core import Entry, Moment
from chainstep.core.check.check_numbers import Check, check
from chainstep.core.check.check_text import text
from chainstep.core.check.verdicts import Marked
from chainstep.core.network import build
from chainstep.scenarios.numbers_file import load_numbers
from chainstep.tui.reader import Reader
from chainstep.tui.view import Held
from chainstep.tui.widgets.spans import Lines, Span, line

if TYPE_CHECKING:
    from chainstep.tui.session import Move
    from chainstep.tui.stepper import StepperScreen


def check_file(screen: StepperScreen, path: Path) -> None:
    """Checks a file of numbers beside the screen, marks them, and opens what was found."""
    scenario = screen.session.scenario
    made: list[Check] = []

    def work() -> Move:
        yield "checking the numbers"
        file = load_numbers(path, build(scenario.setup), scenario.notation)
        made.append(check(scenario.setup, file.written))

    def opened(error: str) -> None:
        if error:
            screen.say(error, "bad")
        elif made:
            _show(screen, path, made[0])

    screen.beside(work(), opened)


def _show(screen: StepperScreen, path: Path, found: Check) -> None:
    told = text(screen.session.scenario.name, found)

    def lines(_: int) -> Lines:
        return [line(Span(f" {one}")) for one in told]

    screen.hold(dict(held_numbers(found)))
    first = found.diagnosis.first
    if first is not None:
        number = found.program.numbers.get(first.given.quantity, 0)
        screen.go_to(Moment(first.given.iteration, number))
    screen.open(Reader(f"{path.name} against {screen.session.scenario.name}", lines))


def held_numbers(found: Check) -> Iterator[tuple[tuple[int, Entry], Held]]:
    """Every number that was given, by where it stands, with its verdict."""
    for marked in found.marked:
        if not marked.given.odd:
            yield from _of_quantity(marked)


def _of_quantity(marked: Marked) -> Iterator[tuple[tuple[int, Entry], Held]]:
    given = marked.given
    for position in np.argwhere(given.here):
        at = tuple(int(place) for place in position)
        written = str(given.texts[at]) if given.texts.shape == given.here.shape else ""
        entry = Entry(given.quantity, at)
        yield (given.iteration, entry), Held(marked.verdict(at).word, written)
