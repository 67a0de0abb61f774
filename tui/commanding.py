"""Commands typed on the screen: each runs beside it, and its answer is a page."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from chainstep.core import InputError
from chainstep.scenarios import Scenario, dump
from chainstep.tui.messages import Ask, Question, Read, Say, Work
from chainstep.tui.mover import Tell
from chainstep.tui.reader import Page
from chainstep.tui.widgets.coloured import coloured

if TYPE_CHECKING:
    from chainstep.tui.now import Now

#: Commands that print an answer, and what stands behind each at first; the others are the
#: screen itself, or have no end.
PRINTING = {
    "replay": ". --iterations 1 --format text",
    "why": ". --paths W1.0.0",
    "check": ". mine.yaml",
    "watch": "train.py",
    "compare": ". --learning-rate 0.5,1,2",
    "worksheet": ". --seed 1",
    "list": "",
    "schema": "",
    "new": "mine.yaml",
}
_GLANCE = 0.1  # seconds between two looks at whether it was stopped


def ask_for_command(now: Now, verb: str = "compare") -> Message:
    """Asks for a command line; ``.`` stands for the scenario as it is now."""
    if now.is_visitor:
        return Say("commands are for those at this machine")
    scenario = now.session.scenario

    def answer(text: str) -> Message:
        try:
            words = shlex.split(text.strip().removeprefix("chainstep "))
        except ValueError as error:
            raise InputError(f"a quote is not closed: {text.strip()}") from error
        if not words or words[0] not in PRINTING:
            raise InputError(f"one of {', '.join(PRINTING)}, as on the command line")
        return Work(f"chainstep {' '.join(words)}", lambda tell: _run(scenario, words, tell))

    expected = "compare . --learning-rate 0.5,1,2 --until 'C < 0.1'; . is this run's scenario"
    return Ask(Question("chainstep", expected, answer, f"{verb} {PRINTING[verb]}".strip()))


def _run(scenario: Scenario, words: list[str], tell: Tell) -> Message:
    with tempfile.TemporaryDirectory() as folder:
        named = _named(scenario, Path(folder)) if "." in words else ""
        whole = [named if word == "." else word for word in words]
        running = subprocess.Popen(
            [sys.executable, "-P", "-c", "from chainstep.tui.start import main; main()", *whole],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        try:
            while True:
                try:
                    text, _ = running.communicate(timeout=_GLANCE)
                    break
                except subprocess.TimeoutExpired:
                    tell(f"chainstep {' '.join(words)}")
        finally:
            running.kill()
    lines = text.replace(named or "\0", scenario.name).split("\n")
    return Read(Page(f"chainstep {' '.join(words)}", lambda _: coloured(lines)))


def _named(scenario: Scenario, folder: Path) -> str:
    """The scenario by its name, or, where it was changed here, in a file of its own."""
    if scenario.path is not None and not scenario.overridden:
        return str(scenario.path)
    path = folder / f"{'-'.join(scenario.name.split())}.yaml"
    path.write_text(
        dump(scenario.recipe, scenario.path.parent if scenario.path else None), encoding="utf-8"
    )
    return str(path)
