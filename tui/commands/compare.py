"""chainstep compare: variants of a scenario side by side, one table and one plot of the cost."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from itertools import product
from math import isfinite
from string import ascii_lowercase
from typing import Any

from chainstep.core.quantities import InputError
from chainstep.core.runs.conditions import EXPECTED, Condition, parse_condition
from chainstep.core.runs.curve_pictures import plot
from chainstep.core.runs.runs import Progress
from chainstep.core.runs.variants import Measured, findings, measure
from chainstep.core.stepper import Stepper
from chainstep.core.text.network_in_words import network_line
from chainstep.core.text.notations import notation
from chainstep.core.text.numbers import Digits, number_text
from chainstep.core.text.typed import Names
from chainstep.scenarios import Scenario, load
from chainstep.scenarios.overrides import as_option
from chainstep.tui.answers import is_terminal, width_of_output
from chainstep.tui.options import (
    add_overrides,
    add_scenario,
    count,
    overrides_of,
)

_EPILOG = """\
Values with commas between them make variants: every combination of them is run.

examples:
  chainstep compare same-weights --learning-rate 0.5,1,2,5 --until 'C < 0.01'
  chainstep compare two-layer-network --seed 1,2,3 --iterations 5000
  chainstep compare rounding-separates --products blas,ordered --iterations 3000"""

_ITERATIONS, _LIMIT = 1000, 100_000
_WIDTH = 80
_DIGITS = Digits(4)

Changes = dict[str, str]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    add_scenario(parser)
    group = parser.add_argument_group("how far each is run")
    group.add_argument("--until", metavar="CONDITION", help=f"stop where it holds: {EXPECTED}")
    group.add_argument(
        "--iterations",
        type=count(1),
        metavar="N",
        help=f"how many to run ({_ITERATIONS}; with --until at most, {_LIMIT})",
    )
    group.add_argument(
        "--backend",
        choices=("numpy", "numba"),
        default="numpy",
        help="what runs them; numba, for small networks, needs chainstep[fast] (numpy)",
    )
    parser.add_argument("--json", action="store_true", help="the answer as JSON")
    add_overrides(parser)


def run(options: argparse.Namespace) -> int:
    variants, common = _variants(options)
    limit = options.iterations or (_LIMIT if options.until else _ITERATIONS)
    scenarios = [load(options.scenario, {**common, **_overrides(changes)}) for changes in variants]
    until = _reader(options.until, scenarios[0].notation) if options.until else None
    if until:
        for scenario in scenarios:  # a condition that does not fit is told before anything runs
            until(Stepper(scenario))
    measured = []
    for changes, scenario in zip(variants, scenarios, strict=True):
        name = _name(changes)
        with_bar = _Bar(name, limit)
        measured.append(
            measure(
                scenario,
                name,
                iterations=limit,
                until=until,
                backend=options.backend,
                progress=with_bar.show,
            )
        )
        with_bar.clear()
    if options.json:
        print(json.dumps(_plain(options, limit, variants, measured), ensure_ascii=False))
    else:
        _print(options, limit, variants, scenarios, measured)
    return 0


def _reader(text: str, page: str | None) -> Callable[[Stepper], Condition]:
    return lambda stepper: parse_condition(text, Names(stepper.program, notation(page)))


# ── variants ──────────────────────────────────────────────────────────────────────────────


def _variants(options: argparse.Namespace) -> tuple[list[Changes], dict[str, Any]]:
    """The changes of each variant, and those that all have in common."""
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
            common |= _overrides({name: values[0]})
    if not lists:
        raise InputError(
            "there is nothing to compare: give an option several values, "
            "--learning-rate 0.5,1,2,5 or --seed 1,2,3"
        )
    variants = [dict(zip(lists, values, strict=True)) for values in product(*lists.values())]
    if len(variants) > len(ascii_lowercase):
        raise InputError(
            f"these are {len(variants)} variants; one table has room for {len(ascii_lowercase)}"
        )
    return variants, common


def _overrides(changes: Changes) -> dict[str, Any]:
    """What the loader takes; a mistake called none is none."""
    found: dict[str, Any] = dict(changes)
    if "mistake" in found:
        mistake = found.pop("mistake")
        if mistake != "none":
            found["mistake"] = [mistake]
    return found


def _name(changes: Changes) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in changes.items())


class _Bar:
    """One line on a terminal that says how far a variant is; nothing anywhere else."""

    def __init__(self, name: str, limit: int) -> None:
        self.name, self.limit = name, limit
        self.shown = 0

    def show(self, progress: Progress) -> None:
        if progress.seconds < 0.5 or not is_terminal(sys.stderr):
            return
        left = "" if progress.left is None else f", at most {progress.left:.0f} s left"
        text = (
            f"{self.name}: iteration {progress.done} of {self.limit}, "
            f"{progress.per_second:.0f} a second{left}"
        )
        print(f"\r{text:<{self.shown}}", end="", file=sys.stderr, flush=True)
        self.shown = len(text)

    def clear(self) -> None:
        if self.shown:
            print(f"\r{'':<{self.shown}}\r", end="", file=sys.stderr, flush=True)


# ── the answer ────────────────────────────────────────────────────────────────────────────


def _print(
    options: argparse.Namespace,
    limit: int,
    variants: Sequence[Changes],
    scenarios: Sequence[Scenario],
    measured: Sequence[Measured],
) -> None:
    first = scenarios[0]
    print(f"{first.name}: {first.title}")
    by = "" if options.backend == "numpy" else f", run by {options.backend}"
    print(f"the first variant: {network_line(first.program)}{by}")
    how_far = f"until {options.until}, at most" if options.until else "for"
    print(f"{len(variants)} variants, each run {how_far} {limit} iterations\n")
    letters = ascii_lowercase[: len(variants)]
    for line in _table(options.until, letters, variants, measured):
        print(line)
    print()
    curves = {letter: one.curve for letter, one in zip(letters, measured, strict=True)}
    for line in plot(curves, "C over the iterations", width_of_output() or _WIDTH):
        print(line)
    sentences = findings(measured, options.until, limit, said=options.iterations is not None)
    if sentences:
        print()
    for sentence in sentences:
        print(sentence)


def _table(
    until: str | None, letters: str, variants: Sequence[Changes], measured: Sequence[Measured]
) -> list[str]:
    """A row per variant, numbers to the right."""
    heads = ["", *(name.replace("_", " ") for name in variants[0])]
    heads += [until or "iterations", "C at 1", "C there" if until else "C at the end", "lowest C"]
    has_hidden = any(one.units for one in measured)
    if has_hidden:
        heads.append("hidden units")
    rows = [heads]
    for letter, changes, one in zip(letters, variants, measured, strict=True):
        row = [letter, *changes.values(), _where(one, until)]
        row += [number_text(value, _DIGITS) for value in (one.first_cost, one.cost)]
        row.append("" if one.lowest is None else number_text(one.lowest, _DIGITS))
        if has_hidden:
            row.append(_units(one))
        rows.append(row)
    widths = [max(len(row[n]) for row in rows) for n in range(len(heads))]
    return [
        "  ".join(f"{text:>{width}}" for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _where(one: Measured, until: str | None) -> str:
    if one.outcome.reason == "not finite":
        return f"not finite at {one.iteration}"
    if one.holds:
        return f"at {one.iteration}"
    return f"not in {one.iteration}" if until else str(one.iteration)


def _units(one: Measured) -> str:
    """``3+3``, and as how many they work where some are one: ``3+3 as 1+1``."""
    units = "+".join(map(str, one.units))
    if one.distinct is None or one.distinct == one.units:
        return units
    return f"{units} as {'+'.join(map(str, one.distinct))}"


def _plain(
    options: argparse.Namespace,
    limit: int,
    variants: Sequence[Changes],
    measured: Sequence[Measured],
) -> dict[str, Any]:
    return {
        "scenario": options.scenario,
        "until": options.until,
        "limit": limit,
        "backend": options.backend,
        "variants": [
            {
                "changes": changes,
                "ended": one.outcome.reason,
                "iteration": one.iteration,
                "first_cost": _number(one.first_cost),
                "cost": _number(one.cost),
                "lowest_cost": one.lowest,
                "hidden_units": one.units,
                "distinct_hidden_units": one.distinct,
                "cost_curve": [[span.first, span.last, span.low, span.high] for span in one.curve],
            }
            for changes, one in zip(variants, measured, strict=True)
        ],
    }


def _number(value: float) -> float | str:
    """A number as JSON has it; what is not finite as a word."""
    if isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124 - NaN is not itself
