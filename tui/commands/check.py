"""chainstep check: somebody's numbers, or the published ones, held against the engine."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from chainstep.core.check.claims import Held, hold
from chainstep.core.check.claims_text import as_data, lines, one_line
from chainstep.core.formats.registry import ANSWERS
from chainstep.core.quantities import InputError
from chainstep.core.text.commands import Commands
from chainstep.core.text.harmless import plain_name
from chainstep.scenarios import Scenario, load, names
from chainstep.tui import completion
from chainstep.tui.answers import Answer, add_output, deliver, deliver_answer, look_ahead
from chainstep.tui.options import add_overrides, load_from, overrides_of
from chainstep.tui.progress import at_work

_EPILOG = """\
examples:
  chainstep check
  chainstep check same-weights
  chainstep check same-weights mine.yaml
  chainstep check same-weights same-weights-page     numbers that come along: the page's own
  chainstep check two-layer-network two-layer-code   and those of the page's program

numbers are quantities by name, each with its digits as you have them:
  iteration: 1
  values: {a1: [[0.90, 0.90]], delta2: [[0.0012]], "dC/dW1": [[…]], C: 1.908}
or a list of such, a list of claims as in a scenario, or an npz file; any part of them will do,
`notation: code` reads the names of a page, `names: {l2_delta: -delta2, h: a1.T}` your own;
- reads standard input"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    argument = parser.add_argument(
        "scenario",
        nargs="?",
        metavar="SCENARIO",
        help="a name of `chainstep list`, its beginning, or a path; all of them unless given",
    )
    argument.complete = completion.SCENARIO  # type: ignore[attr-defined]
    numbers = parser.add_argument(
        "numbers",
        nargs="?",
        metavar="NUMBERS",
        help="your own numbers: YAML, JSON or npz, or the name of an example that comes along; "
        "the scenario's claims unless given",
    )
    numbers.complete = completion.FILE  # type: ignore[attr-defined]
    add_overrides(parser, but=("mistake",))
    look = parser.add_argument_group("how it looks and where it goes")
    add_output(look, ANSWERS)
    look.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    look_ahead(options)
    if options.scenario is None:
        return _hold_all(options, names())
    if options.numbers is not None:
        return _check(options)
    return _hold_all(options, (options.scenario,))


def _deliver(options: argparse.Namespace, title: str, lines: Sequence[str], data: Any) -> None:
    if options.json:
        import json

        text = json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False)
        deliver(options, f"{text}\n")
    else:
        deliver_answer(options, Answer(title, lines, data))


def _check(options: argparse.Namespace) -> int:
    """Finds the first wrong one of somebody's numbers; 1 where there is one."""
    from chainstep.core.check.check_data import as_data as check_data
    from chainstep.core.check.check_numbers import check
    from chainstep.core.check.check_text import text
    from chainstep.core.network import build
    from chainstep.scenarios.numbers_file import load_numbers

    if options.scenario == options.numbers == "-":
        raise InputError("standard input holds one file: give the scenario or the numbers a name")
    scenario = load_from(options)
    file = load_numbers(options.numbers, build(scenario.setup), scenario.notation)
    with at_work("checking"):
        found = check(scenario.setup, file.written)
    typed = Commands(options.scenario, overrides_of(options))
    lines = list(text(scenario.name, found, file.notation, typed))
    _deliver(
        options,
        f"{scenario.name}: check of {plain_name(options.numbers)}",
        lines,
        check_data(found),
    )
    return found.verdict.exit_code


def _explained(name: str, scenario: Scenario, held: list[Held]) -> Iterator[str]:
    """Which mistake gives the published numbers that do not hold, where one does."""
    if all(one.holds for one in held):
        return
    from chainstep.core.check.check_numbers import check
    from chainstep.core.check.conclusion import conclusion
    from chainstep.scenarios.numbers_file import written_claims

    found = check(scenario.setup, written_claims(scenario.claims))
    if found.diagnosis.names:
        yield from conclusion(found, Commands(name))


def _hold_all(options: argparse.Namespace, chosen: tuple[str, ...]) -> int:
    """Holds the claims of these scenarios; 1 where one does not hold."""
    every: list[tuple[Scenario, list[Held]]] = []
    with at_work("checking"):
        for name in chosen:
            scenario = load(name)
            every.append((scenario, hold(scenario.setup, scenario.claims)))
        told = [*_told(every)]
    data = [as_data(scenario.name, held) for scenario, held in every]
    title = every[0][0].name if len(every) == 1 else "the scenarios"
    answer = data[0] if len(data) == 1 else data
    _deliver(options, f"{title}: check of the published numbers", told, answer)
    return 0 if all(one.holds for _, held in every for one in held) else 1


def _told(every: Sequence[tuple[Scenario, list[Held]]]) -> Iterator[str]:
    """How each scenario stands, and what there is to say of claims that do not hold."""
    alone = len(every) == 1
    for scenario, held in every:
        yield one_line(scenario.name, held)
        yield from lines([one for one in held if alone or not one.holds])
        yield from _explained(scenario.name, scenario, held)
    if not alone:
        holds = all(one.holds for _, held in every for one in held)
        yield "Every claim holds." if holds else "Not every claim holds."
