"""chainstep why: the chain of one number; why two are the same; which units are identical."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from chainstep.core.formats.document import Look
from chainstep.core.formats.registry import ANSWERS, DATA
from chainstep.core.quantities import InputError
from chainstep.core.stepper import Stepper
from chainstep.core.text.commands import Commands, command
from chainstep.core.text.notations import notation
from chainstep.core.text.typed import Names, notes_on
from chainstep.core.text.typed import entry as typed_entry
from chainstep.core.why.chain import Chain
from chainstep.core.why.question import EXTRAS, Question
from chainstep.core.why.wording import Words
from chainstep.scenarios import Scenario
from chainstep.tui.answers import Answer, add_output, deliver_answer, look_ahead, width_of_output
from chainstep.tui.options import (
    add_overrides,
    add_scenario,
    count,
    load_or_run,
    overrides_of,
)
from chainstep.tui.progress import at_work, run_watched

_EPILOG = """\
examples:
  chainstep why same-weights                      which units are identical, what is dead
  chainstep why two-neurons dC/dW1.0.0            the chain of one number; w1 is the page's name
  chainstep why two-neurons W1.0.0 W1.0.1         two chains side by side, and why they differ
  chainstep why same-weights W1.1.0 --paths       every path from the weight to the cost
  chainstep why softmax-no W1.0.0 --symbols       the number in letters: x₁(y₁ − t₁)
  chainstep why two-neurons --questions           what learners ask, and the answers
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
    group.add_argument(
        "--questions", action="store_true", help="what learners ask, and the answers"
    )
    look = parser.add_argument_group("how it looks and where it goes")
    look.add_argument("--notation", metavar="N", help="another notation's names")
    add_output(look, ANSWERS)
    look.add_argument("--json", action="store_true", help="the answer as JSON, a line of it")
    add_overrides(parser)


def run(options: argparse.Namespace) -> int:
    _refuse_idle(options)
    look_ahead(options)
    scenario = load_or_run(options)
    stepper = Stepper(scenario)
    written = notation(options.notation or scenario.notation)
    words = Words(stepper.program.at(options.iteration), written)
    names = Names(words.program, words.notation, alone=bool(options.notation))
    entries = [typed_entry(text, names).entry for text in options.entries]
    question = Question(
        stepper, words, options.iteration, scenario.name,
        min(100, width_of_output(options.output) or _WIDTH), _ways(options, scenario),
        notes=notes_on(options.entries, names),
    )  # fmt: skip
    run_watched(stepper, options.iteration - 1)
    with at_work("asking why"):
        if options.questions:
            answer = question.of_learners()
        elif entries:
            most = options.most or (_PATHS_ALL if _is_data(options) else _PATHS)
            extras = [name for name in EXTRAS if getattr(options, name)]
            answer = question.of(entries, extras, most)
        else:
            answer = question.of_network(options.iterations)
    deliver_answer(
        options,
        Answer(answer.title, list(answer.lines), dict(answer.data),
               chain_equations(answer.chains, words)),
        Look(words.notation),
        "jsonl" if options.json else "",
    )  # fmt: skip
    if entries and options.format == "text" and not options.json:
        _say_what_is_next(options)
    return 0


def _say_what_is_next(options: argparse.Namespace) -> None:
    """On a terminal an answer about numbers ends with what to run next."""
    typed = Commands(options.scenario, overrides_of(options))
    if width_of_output(options.output) and typed.runs_again:
        print(f"\nnext: {typed.about('why')}, or step through it: {typed.about('open')}")


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
    for name in EXTRAS:
        if entries != 1 and getattr(options, name):
            raise InputError(f"--{name} is about one number: give one entry, as W1.0.2")
    if options.questions and (entries or options.iterations):
        raise InputError("--questions is about the whole network: leave the entries out")
    if options.most and not options.paths:
        raise InputError("--most is about paths: add --paths")
    if entries and options.iterations:
        raise InputError("--iterations is about the whole network; for a number, --iteration I")


def _is_data(options: argparse.Namespace) -> bool:
    return options.json or options.format in DATA


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
        f"This writes one to start from:\n{command('new', 'random-weights.yaml')}"
    )
