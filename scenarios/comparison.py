"""Variants of a scenario side by side: what each comes to, as data, as a table, as a plot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import isfinite
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from chainstep.core.engine.machine import Backend
from chainstep.core.in_notebooks import Told
from chainstep.core.quantities import InputError
from chainstep.core.runs.conditions import Condition, parse_condition
from chainstep.core.runs.curve_pictures import plot
from chainstep.core.runs.runs import Progress
from chainstep.core.runs.variants import Measured, findings, measure
from chainstep.core.stepper import Stepper
from chainstep.core.text.network_in_words import network_line
from chainstep.core.text.notations import notation
from chainstep.core.text.numbers import Digits, number_text
from chainstep.core.text.typed import Names
from chainstep.scenarios.loading import build, load
from chainstep.scenarios.overrides import in_words
from chainstep.scenarios.scenario import Scenario

#: How many iterations are run unless said, and at most where a condition is to hold.
ITERATIONS, LIMIT = 1000, 100_000
_WIDTH = 80
_DIGITS = Digits(4)

#: Another setting or several, by name.
Changes = dict[str, Any]
#: Told before a variant runs: its name; gives what is told how far it is.
Watch = Callable[[str], Callable[[Progress], object]]


@dataclass(frozen=True, repr=False)
class Comparison(Told):
    """What the variants of a scenario came to; ``print`` shows a table, a plot and sentences."""

    scenario: Scenario
    changes: tuple[Changes, ...]
    measured: tuple[Measured, ...]
    until: str | None
    limit: int
    said: bool
    backend: Backend
    first: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each variant as plain data; a cost that is not finite is a word."""
        return [
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
            for changes, one in zip(self.changes, self.measured, strict=True)
        ]

    def as_data(self) -> dict[str, Any]:
        """The whole answer as plain data."""
        return {
            "scenario": self.scenario.name,
            "until": self.until,
            "limit": self.limit,
            "backend": self.backend,
            "variants": self.rows,
        }

    def text(self, width: int = _WIDTH) -> str:
        """The answer as it is printed."""
        by = "" if self.backend == "numpy" else f", run by {self.backend}"
        how_far = f"until {self.until}, at most" if self.until else "for"
        letters = ascii_lowercase[: len(self.changes)]
        curves = {letter: one.curve for letter, one in zip(letters, self.measured, strict=True)}
        sentences = findings(self.measured, self.until, self.limit, said=self.said)
        lines = [
            f"{self.scenario.name}: {self.scenario.title}",
            f"the first variant: {self.first}{by}",
            f"{len(self.changes)} variants, each run {how_far} {self.limit} iterations",
            "",
            *_table(self.until, letters, self.changes, self.measured),
            "",
            *plot(curves, "C over the iterations", width),
            *([""] if sentences else []),
            *sentences,
        ]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()


def compare(
    scenario: Scenario | Mapping[str, Any] | str | Path,
    changes: Mapping[str, Sequence[Any]],
    *,
    until: str | None = None,
    iterations: int | None = None,
    backend: Backend = "numpy",
    common: Mapping[str, Any] | None = None,
    watch: Watch | None = None,
) -> Comparison:
    """Runs every combination of these settings of a scenario, each from its start.

    ``changes`` are lists of values by the names of settings, ``common`` what all have; ``until``
    is a condition to stop at, ``C < 0.01``.
    Raises: InputError where there is nothing to compare, or a value or the condition does not fit.

    >>> found = compare("same-weights", {"learning_rate": [0.5, 2]}, until="C < 0.01")
    >>> [row["iteration"] for row in found.rows]
    [5661, 1391]
    """
    lists = {name: list(values) for name, values in changes.items()}
    if not lists or max(map(len, lists.values())) < 2:
        raise InputError("there is nothing to compare: give a setting several values")
    variants = [dict(zip(lists, values, strict=True)) for values in product(*lists.values())]
    if len(variants) > len(ascii_lowercase):
        raise InputError(
            f"these are {len(variants)} variants; one table has room for {len(ascii_lowercase)}"
        )
    made = [_made(scenario, {**(common or {}), **variant}) for variant in variants]
    limit = iterations or (LIMIT if until else ITERATIONS)
    reader = _reader(until, made[0].notation) if until else None
    if reader:
        for each in made:  # a condition that does not fit is told before anything runs
            reader(Stepper(each))
    measured = tuple(
        measure(
            each,
            (name := _name(variant)),
            iterations=limit,
            until=reader,
            backend=backend,
            progress=watch(name) if watch else None,
        )
        for variant, each in zip(variants, made, strict=True)
    )
    first = network_line(made[0].program)
    return Comparison(
        made[0], tuple(variants), measured, until, limit, iterations is not None, backend, first
    )


def _made(scenario: Scenario | Mapping[str, Any] | str | Path, changes: Changes) -> Scenario:
    """The scenario with these changes; a mistake called none is none."""
    found = dict(changes)
    mistake = found.get("mistake")
    if mistake == "none":
        found["mistake"] = []
    elif isinstance(mistake, str):
        found["mistake"] = [mistake]
    if isinstance(scenario, Scenario):
        return build(scenario.recipe, scenario.name, scenario.path, found, in_words)
    return load(scenario, found)


def _reader(text: str, page: str | None) -> Callable[[Stepper], Condition]:
    return lambda stepper: parse_condition(text, Names(stepper.program, notation(page)))


def _name(changes: Changes) -> str:
    return ", ".join(f"{in_words(name)} {value}" for name, value in changes.items())


# ── the table ─────────────────────────────────────────────────────────────────────────────


def _table(
    until: str | None, letters: str, variants: Sequence[Changes], measured: Sequence[Measured]
) -> list[str]:
    """A row per variant, numbers to the right."""
    heads = ["", *(in_words(name) for name in variants[0])]
    heads += [until or "iterations", "C at 1", "C there" if until else "C at the end", "lowest C"]
    has_hidden = any(one.units for one in measured)
    if has_hidden:
        heads.append("hidden units")
    rows, digits = [heads], 7 if until else _DIGITS  # so that what a condition asks for is seen
    for letter, changes, one in zip(letters, variants, measured, strict=True):
        row = [letter, *map(str, changes.values()), _where(one, until)]
        row += [number_text(one.first_cost, _DIGITS), number_text(one.cost, digits)]
        row.append("" if one.lowest is None else number_text(one.lowest, digits))
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


def _number(value: float) -> float | str:
    """A number as JSON has it; what is not finite as a word."""
    if isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124 - NaN is not itself
