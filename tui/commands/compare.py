"""chainstep compare: variants of a scenario side by side, one table and one plot of the cost."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from chainstep.core.quantities import InputError
from chainstep.core.runs.conditions import EXPECTED
from chainstep.core.runs.runs import Progress
from chainstep.scenarios.comparison import ITERATIONS, LIMIT, compare
from chainstep.scenarios.overrides import as_option
from chainstep.tui.answers import is_terminal, width_of_output
from chainstep.tui.options import add_overrides, add_scenario, count, overrides_of

_EPILOG = """\
Values with commas between them make variants: every combination of them is run.

examples:
  chainstep compare same-weights --learning-rate 0.5,1,2,5 --until 'C < 0.01'
  chainstep compare two-layer-network --seed 1,2,3 --iterations 5000
  chainstep compare rounding-separates --products blas,ordered --iterations 3000"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    add_scenario(parser)
    group = parser.add_argument_group("how far each is run")
    group.add_argument("--until", metavar="CONDITION", help=f"stop where it holds: {EXPECTED}")
    group.add_argument(
        "--iterations",
        type=count(1),
        metavar="N",
        help=f"how many to run ({ITERATIONS}; with --until at most, {LIMIT})",
    )
    group.add_argument(
        "--backend",
        choices=("numpy", "numba"),
        default="numpy",
        help="what runs them; numba, for small networks, needs chainstep[fast] (numpy)",
    )
    parser.add_argument("--json", action="store_true", help="the answer as JSON")
    add_overrides(parser, several=True)


def _named(name: str) -> str | dict[str, Any]:
    """The scenario by its name; of a program, which is run for it, the network as plain data."""
    from chainstep.scenarios.programs.named import is_program

    if not is_program(name):
        return name
    from chainstep.scenarios.programs.opening.networks import recipe_of

    return recipe_of(name)


def run(options: argparse.Namespace) -> int:
    lists, common = _values(options)
    bar = _Bar(options.iterations or (LIMIT if options.until else ITERATIONS))
    found = compare(
        _named(options.scenario),
        lists,
        until=options.until,
        iterations=options.iterations,
        backend=options.backend,
        common=common,
        watch=bar.of,
    )
    bar.clear()
    if options.json:
        import json

        print(json.dumps(found.as_data(), ensure_ascii=False))
    else:
        print(found.text(width_of_output() or 80))
    return 0


def _values(options: argparse.Namespace) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """The settings that have several values, and those that all variants have in common."""
    lists: dict[str, list[str]] = {}
    common: dict[str, Any] = {}
    for name, given in overrides_of(options).items():
        text = ",".join(given) if isinstance(given, list) else str(given)
        values = list(dict.fromkeys(part.strip() for part in text.split(",")))
        if "" in values:
            raise InputError(f"{as_option(name)} {text}: a value is missing between two commas")
        if len(values) > 1:
            lists[name] = values
        else:
            common[name] = values[0]
    if not lists:
        raise InputError(
            "there is nothing to compare: give an option several values, "
            "--learning-rate 0.5,1,2,5 or --seed 1,2,3"
        )
    return lists, common


class _Bar:
    """One line on a terminal that says how far a variant is; nothing anywhere else."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.shown = 0

    def of(self, name: str) -> Callable[[Progress], None]:
        """What is told how far the variant of that name is."""
        self.clear()
        return lambda progress: self._show(name, progress)

    def _show(self, name: str, progress: Progress) -> None:
        if progress.seconds < 0.5 or not is_terminal(sys.stderr):
            return
        left = "" if progress.left is None else f", at most {progress.left:.0f} s left"
        text = (
            f"{name}: iteration {progress.done} of {self.limit}, "
            f"{progress.per_second:.0f} a second{left}"
        )
        print(f"\r{text:<{self.shown}}", end="", file=sys.stderr, flush=True)
        self.shown = len(text)

    def clear(self) -> None:
        if self.shown:
            print(f"\r{'':<{self.shown}}\r", end="", file=sys.stderr, flush=True)
