"""The process that looks for mistakes beside the screen."""

import sys
from queue import SimpleQueue
from subprocess import run

from chainstep.core.text.notations import notation
from chainstep.core.text.typed import Names
from chainstep.scenarios import Scenario, load
from chainstep.scenarios.pasted_numbers import pasted
from chainstep.tui.checking import Answer, Asked, Checker


def asked(turn: int, scenario: Scenario, text: str) -> Asked:
    written = pasted(text, "delta3", 1, Names(scenario.program, notation(None)))
    return Asked(turn, scenario.setup, written, scenario.name, None)


def test_what_is_asked_anew_is_answered_and_what_was_asked_before_is_left() -> None:
    scenario, told = load("same-weights"), SimpleQueue[Answer]()
    checker = Checker()
    checker.tell = told.put
    checker.ask(asked(1, scenario, "delta3 = [[0.0312, 0.51], [0.071, 0.0377]]\nC = 4"))
    assert told.get(timeout=60).turn == 1  # the verdicts; the search, of seconds, has begun
    right = "0.02956691 0.02199236\n-0.000754292 0.03770345"
    checker.ask(asked(2, scenario, right))
    first, last = told.get(timeout=60), told.get(timeout=60)
    assert (first.turn, last.turn) == (2, 2)
    assert any("Nothing is wrong" in line for line in last.told)


def test_the_process_needs_no_screen() -> None:
    code = "import chainstep.tui.checking, sys; sys.exit('textual' in sys.modules)"
    assert run([sys.executable, "-c", code], check=False).returncode == 0
