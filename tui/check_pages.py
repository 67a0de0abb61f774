"""Somebody's numbers on the screen: the verdicts as a page, and marks where the numbers stand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from textual.message import Message

from chainstep.core import Entry, Moment
from chainstep.core.check.check_numbers import Check, check
from chainstep.core.check.check_text import text
from chainstep.core.check.verdicts import Marked
from chainstep.core.network import build
from chainstep.scenarios import Scenario
from chainstep.scenarios.numbers_file import load_numbers
from chainstep.tui.messages import Hold, Work
from chainstep.tui.mover import Tell
from chainstep.tui.reader import Page
from chainstep.tui.view import Judged
from chainstep.tui.widgets.coloured import coloured


def check_file(scenario: Scenario, path: Path) -> Message:
    """Checks a file of numbers beside the screen; its answer is a page, and marks."""

    def work(_: Tell) -> Message:
        file = load_numbers(path, build(scenario.setup), scenario.notation)
        return _answer(scenario, path, check(scenario.setup, file.written))

    return Work("checking the numbers", work)


def _answer(scenario: Scenario, path: Path, found: Check) -> Message:
    told = list(text(scenario.name, found))
    page = Page(f"{path.name} against {scenario.name}", lambda width: coloured(told, width))
    return Hold(dict(judged_numbers(found)), page=page, moment=moment_of(found))


def moment_of(found: Check) -> Moment | None:
    """Where the first wrong number stands; None where none is wrong."""
    first = found.diagnosis.first
    if first is None:
        return None
    number = found.program.numbers.get(first.given.quantity, 0)
    return Moment(first.given.iteration, number)


def judged_numbers(found: Check) -> Iterator[tuple[tuple[int, Entry], Judged]]:
    """Every number that was given, by where it stands, with its verdict."""
    for marked in found.marked:
        if not marked.given.odd:
            yield from judged_of(marked)


def judged_of(marked: Marked) -> Iterator[tuple[tuple[int, Entry], Judged]]:
    """The numbers of one quantity, each with its verdict."""
    given = marked.given
    for position in np.argwhere(given.here):
        at = tuple(int(place) for place in position)
        written = str(given.texts[at]) if given.texts.shape == given.here.shape else ""
        entry = Entry(given.quantity, at)
        yield (given.iteration, entry), Judged(marked.verdict(at).word, written)
