"""chainstep why: the chain of one number; why two are the same; which units are identical."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from chainstep.core.formats.document import Look
from chainstep.core.formats.registry import DATA, FORMATS
from chainstep.core.quantities import Entry, InputError
from chainstep.core.records import Frame
from chainstep.core.stepper import Stepper
from chainstep.core.text.commands import Commands, command
from chainstep.core.text.entry_formulas import in_letters
from chainstep.core.text.notations import notation
from chainstep.core.text.typed import Names
from chainstep.core.text.typed import entry as typed_entry
from chainstep.core.why.answer_data import entry_answer, network_answer, pair_answer
from chainstep.core.why.chain import Chain, chain
from chainstep.core.why.chain_text import chain_lines
from chainstep.core.why.comparison import compared, evened
from chainstep.core.why.comparison_text import comparison_lines
from chainstep.core.why.network import network
from chainstep.core.why.network_text import network_lines
from chainstep.core.why.nudge import nudge
from chainstep.core.why.opening import opening, out_of_range
from chainstep.core.why.path_text import nudge_lines, path_lines
from chainstep.core.why.paths import paths
from chainstep.core.why.verdict import verdict
from chainstep.core.why.wording import Words, equation, filled
from chainstep.scenarios import Scenario
from chainstep.tui.answers import Answer, add_output, deliver_answer, look_ahead, width_of_output
from chainstep.tui.options import (
    add_overrides,
    add_scenario,
    count,
    load_from,
    overrides_of,
)
from chainstep.tui.progress import run_watched

_EPILOG = """\
examples:
  chainstep why same-weights                      which units are identical, what is dead
  chainstep why two-neurons dC/dW1.0.0            the chain of one number; w1 is the page's name
  chainstep why two-neurons W1.0.0 W1.0.1         two chains side by side, and why they differ
  chainstep why same-weights W1.1.0 --paths       every path from the weight to the cost
  chainstep why softmax-no W1.0.0 --symbols       the number in letters: x₁(y₁ − t₁)
  chainstep why two-neurons w1 --format latex --output w1.tex"""

_WIDTH = 80
_PATHS, _PATHS_ALL = 10, 20_000


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
        "--symbols", action="store_true", help="the number in letters, derivatives put in"
    )
    group.add_argument(
        "--iterations",
        type=count(1),
        metavar="N",
        help="how far to run the network to see whether units stay equal",
    )
    look = parser.add_argument_group("how it looks and where it goes")
    look.add_argument("--notation", metavar="N", help="another notation's names")
    add_output(look, FORMATS)
    look.add_argument("--json", action="store_true", help="the answer as JSON, a line of it")
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

    def opening(self, frame: Frame) -> list[str]:
        """What must be said first, in lines, with a blank one below."""
        said = opening(self.stepper.program, out_of_range(frame, self.iteration))
        return [line for one in said for line in [*filled(one, self.width), ""]]


def run(options: argparse.Namespace) -> int:
    _refuse_idle(options)
    look_ahead(options)
    scenario = load_from(options)
    stepper = Stepper(scenario)
    words = Words(stepper.program, notation(options.notation or scenario.notation))
    width = min(100, width_of_output(options.output) or _WIDTH)
    question = Question(options, scenario, stepper, words, width)
    names = Names(words.program, words.notation, alone=bool(options.notation))
    entries = [typed_entry(text, names).entry for text in options.entries]
    match entries:
        case []:
            answer = _of_network(question)
        case [entry]:
            answer = _of_entry(question, entry)
        case _:
            answer = _of_pair(question, *entries)
    asked = ", ".join(map(str, entries)) or "the network"
    title = f"{scenario.name}: why {asked} (iteration {question.iteration})"
    mathematics = chain_equations(answer.chains, words)
    deliver_answer(
        options,
        Answer(title, answer.lines, answer.data, mathematics),
        Look(words.notation),
        "jsonl" if options.json else "",
    )
    return 0


def chain_equations(chains: Sequence[Chain], words: Words) -> Iterator[Callable[[], str]]:
    """The chains as mathematics, for the formats that write it."""

    def latex(each: Chain) -> str:
        from chainstep.core.formats.chain_mathematics import chain_latex

        return chain_latex(each, words)

    for each in chains:
        yield partial(latex, each)


def _refuse_idle(options: argparse.Namespace) -> None:
    """Options that would do nothing are refused, not passed over."""
    entries = len(options.entries)
    if entries > 2:
        raise InputError("why takes one number or two; give them as W1.0.2 or W1[0,2]")
    for name in ("paths", "nudge", "symbols"):
        if entries != 1 and getattr(options, name):
            raise InputError(f"--{name} is about one number: give one entry, as W1.0.2")
    if options.most and not options.paths:
        raise InputError("--most is about paths: add --paths")
    if entries and options.iterations:
        raise InputError("--iterations is about the whole network; for a number, --iteration I")


class Found(NamedTuple):
    """What was found: to be read, as plain data, and the chains in it."""

    lines: list[str]
    data: dict[str, Any]
    chains: tuple[Chain, ...] = ()


def _of_entry(question: Question, entry: Entry) -> Found:
    options, words, width = question.options, question.words, question.width
    frame = question.frame()
    found = chain(frame, entry)
    most = options.most or (_PATHS_ALL if _is_data(options) else _PATHS)
    ways = paths(frame, entry, most) if options.paths else None
    moved = nudge(frame, entry) if options.nudge else None
    data = entry_answer(found, ways, moved)
    lines = question.opening(frame)
    lines += chain_lines(frame, found, words, question.iteration, width)
    if options.symbols:
        letters = in_letters(words.program, found.entry, words.notation)
        data["symbols"] = letters
        lines += ["", *_in_letters(found, letters, words, width)]
    if ways:
        lines += ["", *path_lines(ways, words, width)]
    if moved:
        lines += ["", *nudge_lines(moved, words, width)]
    return Found(lines, data, (found,))


def _in_letters(found: Chain, letters: str | None, words: Words, width: int) -> list[str]:
    """The number in letters, or why it has none."""
    name = words.name(found.place)
    if letters is not None:
        return equation(name, [letters], width)
    why = "it is given" if found.given else "it takes too many letters"
    return [f"  {name} is not written in letters: {why}."]


def _is_data(options: argparse.Namespace) -> bool:
    return options.json or options.format in DATA


def _of_pair(question: Question, one: Entry, other: Entry) -> Found:
    words, width = question.words, question.width
    frame = question.frame()
    found = compared(question.stepper, question.iteration, one, other)
    lines = question.opening(frame)
    lines += comparison_lines(frame, found, words, question.iteration, width=width)
    lines.append("")
    for sentence in verdict(found, words, question.iteration, evened(frame, found)):
        lines += filled(sentence, width)
    return Found(lines, pair_answer(found), (found.one, found.other))


def _of_network(question: Question) -> Found:
    options = question.options
    found = network(question.stepper.program, question.iteration, options.iterations)
    name, ways = question.scenario.name, _ways(options, question.scenario)
    lines = network_lines(found, question.words, name, ways, question.width)
    return Found(lines, network_answer(found))


def _ways(options: argparse.Namespace, scenario: Scenario) -> dict[str, str]:
    """The commands for what is advised, by its name."""
    typed = Commands(options.scenario, overrides_of(options))
    rate = scenario.setup.settings["learning_rate"]
    commands = {
        "no-mistake": typed.about("why", without="mistake"),
        "smaller-rate": typed.about("why", learning_rate=f"{rate / 10:g}"),
        "leaky": typed.about("why", activation="leaky-relu"),
        "ordered": typed.about("why", products="ordered"),
        "further": typed.about("why", iterations=1000),
    }
    ways = {name: f"\n{written}" for name, written in commands.items()}
    return ways | {"other-weights": _other_weights(typed, scenario)}


def _other_weights(typed: Commands, scenario: Scenario) -> str:
    """How to start from other weights: another seed, where there is one."""
    weights = scenario.recipe.get("network", {}).get("weights")
    if isinstance(weights, Mapping) and "seed" in weights:
        return "\n" + typed.about("why", seed=int(weights["seed"]) + 1)
    return (
        "write `weights: {random: uniform, low: -1, high: 1, seed: 1}` in a file of your own. "
        f"This writes one to start from:\n{command('new', 'mine.yaml')}"
    )
