"""Somebody's numbers on the screen: the verdicts as a page, and marks where the numbers stand."""

from __future__ import annotations

from pathlib import Path

from textual.message import Message

from chainstep.core.check.check_numbers import Check, check
from chainstep.core.check.check_text import text
from chainstep.core.network import build
from chainstep.scenarios import Scenario
from chainstep.scenarios.numbers_file import load_numbers
from chainstep.tui.checking import Keys, judged_numbers, moment_of
from chainstep.tui.messages import Hold, Work
from chainstep.tui.mover import Tell
from chainstep.tui.reader import Page
from chainstep.tui.widgets.coloured import coloured


def check_file(scenario: Scenario, path: Path) -> Message:
    """Checks a file of numbers beside the screen; its answer is a page, and marks."""

    def work(_: Tell) -> Message:
        file = load_numbers(path, build(scenario.setup), scenario.notation)
        return _answer(scenario, path, check(scenario.setup, file.written))

    return Work("checking the numbers", work)


def _answer(scenario: Scenario, path: Path, found: Check) -> Message:
    told = list(text(scenario.name, found, scenario.notation, Keys(scenario.name)))
    page = Page(f"{path.name} against {scenario.name}", lambda width: coloured(told, width))
    return Hold(dict(judged_numbers(found)), page=page, moment=moment_of(found))
