"""Options that several commands share, and what they make of a scenario."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.losses import LOSSES
from chainstep.core.quantities import whole_number
from chainstep.core.updates import UPDATES
from chainstep.scenarios import Scenario, load
from chainstep.scenarios.overrides import as_option
from chainstep.tui import completion

#: So many iterations, and so many of anything else, are run at most.
MOST_ITERATIONS = 10_000_000
#: The overrides that are options, each with the words that it takes and its help.
OVERRIDES: dict[str, tuple[tuple[str, ...] | None, str]] = {
    "learning_rate": (None, "another learning rate"),
    "loss": (tuple(LOSSES), "another loss"),
    "reduction": (("sum", "mean"), "sum or mean over the observations"),
    "activation": (tuple(ACTIVATIONS), "another activation of the hidden layers"),
    "output_activation": (tuple(ACTIVATIONS), "another activation of the outputs"),
    "rule": (tuple(UPDATES), "another update rule"),
    "weight_decay": (None, "another weight decay"),
    "batch": (None, "how many observations an update works on"),
    "seed": (None, "another seed of the starting weights"),
    "arithmetic": (("float64", "float32"), "another arithmetic"),
    "products": (("blas", "ordered"), "how products are summed; ordered keeps equal units equal"),
}


def add_scenario(parser: argparse.ArgumentParser) -> None:
    """The scenario: a name, a unique beginning of one, or a path."""
    argument = parser.add_argument(
        "scenario",
        metavar="SCENARIO",
        help="a name of `chainstep list`, its beginning, or a path; - for standard input",
    )
    argument.complete = completion.SCENARIO  # type: ignore[attr-defined]


def add_overrides(
    parser: argparse.ArgumentParser, but: tuple[str, ...] = (), *, several: bool = False
) -> None:
    """One option for each setting that can be changed from outside, and mistakes.

    Each may be given ``several`` times where variants are made of them.
    """
    action = "append" if several else "store"
    group = parser.add_argument_group("changes to the scenario")
    for name, (words, help_text) in OVERRIDES.items():
        if name not in but:
            metavar = "{" + ",".join(words) + "}" if words and len(words) < 4 else name[0].upper()
            option = as_option(name)
            group.add_argument(option, dest=name, action=action, metavar=metavar, help=help_text)
    if "mistake" not in but:
        group.add_argument(
            "--mistake", action="append", metavar="ID", help="run a wrong algorithm on purpose"
        )


def overrides_of(options: argparse.Namespace) -> dict[str, Any]:
    """The overrides that were given."""
    names = (*OVERRIDES, "mistake")
    return {name: value for name in names if (value := getattr(options, name, None)) is not None}


def load_from(options: argparse.Namespace) -> Scenario:
    """The scenario that the options name, with their changes."""
    return load(options.scenario, overrides_of(options))


def load_or_run(options: argparse.Namespace) -> Scenario:
    """The same, for commands that take a program too: it is run, and its network is found."""
    from chainstep.scenarios.programs.named import is_program  # knows names alone

    if not is_program(options.scenario):
        return load_from(options)
    from chainstep.scenarios.programs.opening.networks import scenario_of

    return scenario_of(options.scenario, overrides_of(options))


def count(least: int) -> Callable[[str], int]:
    """Reads a whole number of at least so much."""

    def read(text: str) -> int:
        number = whole_number(text)
        shown = text if len(text) <= 40 else f"{text[:39]}…"
        if number is None or number < least:
            raise argparse.ArgumentTypeError(f"{shown!r} is no whole number from {least} on")
        if number > MOST_ITERATIONS:
            raise argparse.ArgumentTypeError(f"{shown} is more than {MOST_ITERATIONS}")
        return number

    return read
