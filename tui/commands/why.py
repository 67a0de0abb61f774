"""chainstep why: the chain of one number; why two are the same; which units are one."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from typing import Any

from chainstep.core.answers import entry_answer, network_answer, pair_answer
from chainstep.core.chain import chain
from chainstep.core.chain_text import chain_lines
from chainstep.core.comparison import compare, evened
from chainstep.core.comparison_text import comparison_lines
from chainstep.core.drift import drift
from chainstep.core.network import network
from chainstep.core.network_text import network_lines
from chainstep.core.notation import notation
from chainstep.core.nudge import nudge
from chainstep.core.path_text import nudge_lines, path_lines
from chainstep.core.paths import paths
from chainstep.core.quantities import Entry, InputError, nearest, parse_entry
from chainstep.core.records import Frame
from chainstep.core.stepper import Stepper
from chainstep.core.symmetry import colouring_now
from chainstep.core.verdict import verdict
from chainstep.core.wording import Words, filled
from chainstep.scenarios import Scenario
from chainstep.tui.options import add_overrides, add_scenario, count, load_from, width_of_output
from chainstep.tui.progress import run_watched

_EPILOG = """\
examples:
  chainstep why same-weights                      which units are one, what is dead
  chainstep why two-neurons dC/dW1.0.0            the chain of one number; w1 is the page's name
  chainstep why two-neurons W1.0.0 W1.0.1         two chains side by side, and why they differ
  chainstep why same-weights W1.1.0 --paths       every path from the weight to the cost"""

_WIDTH = 80
_PATHS, _PATHS_JSON = 10, 20_000


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    add_scenario(parser)
    parser.add_argument(
        "entries", nargs="*", metavar="ENTRY", help="one number, or two: dC/dW1.0.2, W1[0,2], w1"
    )
    group = parser.add_argument_group("what is asked")
    group.add_argument(
        "--iteration", type=count(1), default=1, metavar="I", help="at which iteration (1)"
    )
    group.add_argument("--paths", action="store_true", help="the paths of a number, one by one")
    group.add_argument(
        "--most", type=count(1), metavar="N", help=f"how many paths to show at most ({_PATHS})"
    )
    group.add_argument(
        "--nudge", action="store_true", help="the same derivative by moving the weight a little"
    )
    group.add_argument(
        "--iterations",
        type=count(1),
        metavar="N",
        help="how far to run the network to see whether units stay equal",
    )
    group.add_argument("--notation", metavar="N", help="another notation's names")
    group.add_argument("--json", action="store_true", help="the answer as JSON")
    add_overrides(parser)


@dataclass(frozen=True)
class Question:
    """What is asked of which run, and in whose words."""

    options: argparse.Namespace
    scenario: Scenario
    stepper: Stepper
    words: Words
    width: int

    @property
    def iteration(self) -> int:
        return int(self.options.iteration)

    def frame(self) -> Frame:
        """All numbers of the iteration that is asked about."""
        run_watched(self.stepper, self.iteration - self.stepper.moment.iteration)
        return self.stepper.iterate()[-1].frame


def run(options: argparse.Namespace) -> int:
    _refuse_idle(options)
    scenario = load_from(options)
    stepper = Stepper(scenario)
    words = Words(stepper.program, notation(options.notation or scenario.notation))
    width = min(100, width_of_output() or _WIDTH)
    question = Question(options, scenario, stepper, words, width)
    entries = [_read(text, words, explicit=bool(options.notation)) for text in options.entries]
    match entries:
        case []:
            answer = _of_network(question)
        case [entry]:
            answer = _of_entry(question, entry)
        case _:
            answer = _of_pair(question, *entries)
    if isinstance(answer, dict):
        print(json.dumps(answer, ensure_ascii=False, allow_nan=False))
    else:
        print("\n".join(answer))
    return 0


def _refuse_idle(options: argparse.Namespace) -> None:
    """Options that would do nothing are refused, not passed over."""
    entries = len(options.entries)
    if entries > 2:
        raise InputError("why takes one number or two; give them as W1.0.2 or W1[0,2]")
    for name in ("paths", "nudge"):
        if entries != 1 and getattr(options, name):
            raise InputError(f"--{name} is about one number: give one entry, as W1.0.2")
    if options.most and not options.paths:
        raise InputError("--most is about paths: add --paths")
    if entries and options.iterations:
        raise InputError("--iterations is about the whole network; for a number, --iteration I")


def _read(text: str, words: Words, *, explicit: bool) -> Entry:
    """The entry that somebody typed, in the engine's names or in the page's."""
    own = parse_entry(text)
    known = own.quantity in words.program.quantities
    if not words.own or (known and not explicit):
        return own
    try:
        return words.notation.read(text, words.program).entry
    except InputError as error:
        if explicit:
            raise
        guess = nearest(own.quantity, words.program.quantities)
        raise InputError(
            f"this network has no quantity {own.quantity!r}{guess}; {error}"
        ) from error


Answer = list[str] | dict[str, Any]


def _of_entry(question: Question, entry: Entry) -> Answer:
    options, words, width = question.options, question.words, question.width
    frame = question.frame()
    found = chain(frame, entry)
    most = options.most or (_PATHS_JSON if options.json else _PATHS)
    ways = paths(frame, entry, most) if options.paths else None
    moved = nudge(frame, entry) if options.nudge else None
    if options.json:
        return entry_answer(found, ways, moved)
    lines = chain_lines(frame, found, words, question.iteration, width)
    if ways:
        lines += ["", *path_lines(ways, words, width)]
    if moved:
        lines += ["", *nudge_lines(moved, words, width)]
    return lines


def _of_pair(question: Question, one: Entry, other: Entry) -> Answer:
    words, width = question.words, question.width
    start = colouring_now(question.stepper)
    frame = question.frame()
    found = compare(frame, one, other, start)
    since = None
    if found.apart_by_rounding:
        since = drift(Stepper(question.scenario), question.iteration).since
    if question.options.json:
        return pair_answer(found, since)
    lines = comparison_lines(frame, found, words, question.iteration, width=width)
    lines.append("")
    for sentence in verdict(found, words, evened(frame, found), since):
        lines += filled(sentence, width)
    return lines


def _of_network(question: Question) -> Answer:
    options = question.options
    found = network(question.stepper.setup, question.iteration, options.iterations)
    if options.json:
        return network_answer(found)
    return network_lines(found, question.words, question.scenario.name, question.width)
