"""Opens somebody's program as a scenario: it is run, and its lines become the steps."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from chainstep.core.program import Program
from chainstep.core.quantities import InputError
from chainstep.core.setup import Setup
from chainstep.scenarios.programs.judging.judging import judge
from chainstep.scenarios.programs.opening.graphing import Graphed, graphed
from chainstep.scenarios.programs.seeing.running import run
from chainstep.scenarios.programs.sources import read_source
from chainstep.scenarios.programs.telling.answering import answer_of
from chainstep.scenarios.programs.telling.answers import Answer
from chainstep.scenarios.scenario import Scenario


@dataclass(frozen=True)
class Listing:
    """The source beside the steps: the line of each quantity, and the verdict of each line."""

    lines: tuple[str, ...]
    at: dict[str, int]
    verdicts: dict[int, str]
    answer: Answer


class WatchedScenario(Scenario):
    """A program of the user's own as a scenario; its steps are its own lines."""

    @property  # type: ignore[misc]
    def setup(self) -> Setup:
        raise InputError(f"{self.name} is a program: its settings are changed in its own file")

    @cached_property
    def program(self) -> Program:
        """The steps of an iteration, as the program computes them."""
        return self._graphed.program

    @property
    def _graphed(self) -> Graphed:
        found: Graphed = self.recipe["graphed"]
        return found

    @property
    def listing(self) -> Listing:
        """The source with what is known of its lines."""
        found: Listing = self.recipe["listing"]
        return found


def open_program(name: str, arguments: Sequence[str] = (), iterations: int = 3) -> WatchedScenario:
    """Runs a program, and gives what was seen as a scenario.

    Raises: InputError where it cannot be run, or nothing in it was understood.
    """
    source = read_source(name)
    with redirect_stdout(sys.stderr):
        trace = run(source, arguments, iterations)
    judgement = judge(trace, iterations)
    answer = answer_of(source, judgement)
    if answer.crash is not None:
        raise InputError(f"{source.shown} raises {answer.crash.error} in line {answer.crash.place}")
    made = graphed(judgement)
    verdicts = {line.line: line.verdict for line in answer.lines}
    listing = Listing(tuple(source.text.split("\n")), made.lines, verdicts, answer)
    recipe: dict[str, Any] = {"graphed": made, "listing": listing}
    title = f"{source.shown}: {answer.network}"
    return WatchedScenario(
        source.shown, Path(source.path), title, title, None, _story(answer), None,
        None, (), (), (), recipe,  # type: ignore[arg-type]
    )  # fmt: skip


def _story(answer: Answer) -> str:
    first = answer.first
    if first is None:
        return f"Your own program, found by running it. {answer.cost}."
    return f"Your own program, found by running it. The first wrong line is {first.place}."
