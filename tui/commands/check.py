"""chainstep check: somebody's numbers, or the published ones, held against the engine."""

from __future__ import annotations

import argparse

from chainstep.core.check.claims import Held, hold
from chainstep.core.check.claims_text import as_data, lines, one_line
from chainstep.scenarios import Scenario, load, names
from chainstep.tui.options import COMPLETE_SCENARIO, add_overrides, load_from

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
and `notation: code` reads the names of a page"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    argument = parser.add_argument(
        "scenario",
        nargs="?",
        metavar="SCENARIO",
        help="a name of `chainstep list`, its beginning, or a path; all of them unless given",
    )
    argument.complete = COMPLETE_SCENARIO  # type: ignore[attr-defined]
    numbers = parser.add_argument(
        "numbers",
        nargs="?",
        metavar="NUMBERS",
        help="your own numbers: YAML, JSON or npz, or the name of an example that comes along; "
        "the scenario's claims unless given",
    )
    numbers.complete = {"bash": "_shtab_compgen_files", "zsh": "_files", "tcsh": "f"}  # type: ignore[attr-defined]
    add_overrides(parser, but=("mistake",))
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    if options.scenario is None:
        return _hold_all(names(), as_json=options.json)
    if options.numbers is not None:
        return _check(options)
    return _hold_all((options.scenario,), as_json=options.json)


def _check(options: argparse.Namespace) -> int:
    """Finds the first wrong one of somebody's numbers; 1 where there is one."""
    from chainstep.core.check.check_numbers import check
    from chainstep.core.check.check_text import as_data as check_data
    from chainstep.core.check.check_text import text
    from chainstep.core.network import build
    from chainstep.scenarios.numbers_file import load_numbers

    scenario = load_from(options)
    file = load_numbers(options.numbers, build(scenario.setup), scenario.notation)
    found = check(scenario.setup, file.written)
    if options.json:
        import json

        print(json.dumps(check_data(found), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        print(*text(scenario.name, found, file.notation), sep="\n")
    return found.verdict.exit_code


def _explain(name: str, scenario: Scenario, held: list[Held]) -> None:
    """Prints which mistake gives the published numbers that do not hold, where one does."""
    if all(one.holds for one in held):
        return
    from chainstep.core.check.check_numbers import check
    from chainstep.core.check.check_text import conclusion
    from chainstep.scenarios.numbers_file import written_claims

    found = check(scenario.setup, written_claims(scenario.claims))
    if found.diagnosis.names:
        print(*conclusion(name, found), sep="\n")


def _hold_all(chosen: tuple[str, ...], *, as_json: bool) -> int:
    """Holds the claims of these scenarios; 1 where one does not hold."""
    every: list[tuple[str, list[Held]]] = []
    scenarios: dict[str, Scenario] = {}
    for name in chosen:
        scenario = load(name)
        scenarios[scenario.name] = scenario
        every.append((scenario.name, hold(scenario.setup, scenario.claims)))
    holds = all(one.holds for _, held in every for one in held)
    if as_json:
        import json

        data = [as_data(name, held) for name, held in every]
        print(json.dumps(data[0] if len(data) == 1 else data, ensure_ascii=False, indent=2))
        return 0 if holds else 1
    for name, held in every:
        print(one_line(name, held))
        if len(every) == 1:
            print(*lines(held), sep="\n")
        else:
            failing = [one for one in held if not one.holds]
            if failing:
                print(*lines(failing), sep="\n")
        _explain(name, scenarios[name], held)
    if len(every) > 1:
        print("Every claim holds." if holds else "Not every claim holds.")
    return 0 if holds else 1
