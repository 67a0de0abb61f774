"""chainstep check: published numbers held against the engine."""

from __future__ import annotations

import argparse

from chainstep.core.claims_text import as_data, lines, one_line
from chainstep.core.held import Held, hold
from chainstep.scenarios import load, names

_EPILOG = """\
examples:
  chainstep check
  chainstep check same-weights"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    argument = parser.add_argument(
        "scenario",
        nargs="?",
        metavar="SCENARIO",
        help="a name of `chainstep list`, its beginning, or a path; all of them unless given",
    )
    argument.complete = {"bash": "_shtab_compgen_files", "zsh": "_files", "tcsh": "f"}  # type: ignore[attr-defined]
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    if options.scenario is None:
        return _hold_all(names(), as_json=options.json)
    return _hold_all((options.scenario,), as_json=options.json)


def _hold_all(chosen: tuple[str, ...], *, as_json: bool) -> int:
    """Holds the claims of these scenarios; 1 where one does not hold."""
    every: list[tuple[str, list[Held]]] = []
    for name in chosen:
        scenario = load(name)
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
    if len(every) > 1:
        print("Every claim holds." if holds else "Not every claim holds.")
    return 0 if holds else 1
