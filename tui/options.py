"""Options that several commands share, and what they make of a scenario."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.losses import LOSSES
from chainstep.core.quantities import InputError
from chainstep.core.updates import UPDATES
from chainstep.scenarios import Scenario, load
from chainstep.scenarios.overrides import as_option
from chainstep.tui.writing import Content, is_standard_output, refuse_existing, write

#: The overrides that are options, each with the words that it takes and its help.
OVERRIDES: dict[str, tuple[tuple[str, ...] | None, str]] = {
    "learning_rate": (None, "another learning rate"),
    "loss": (tuple(LOSSES), "another loss"),
    "reduction": (("sum", "mean"), "sum or mean over the observations"),
    "activation": (tuple(ACTIVATIONS), "another activation of the hidden layers"),
    "output_activation": (tuple(ACTIVATIONS), "another activation of the outputs"),
    "rule": (tuple(UPDATES), "another update rule"),
    "seed": (None, "another seed of the starting weights"),
    "arithmetic": (("float64", "float32"), "another arithmetic"),
    "products": (("blas", "ordered"), "how products are summed; ordered keeps equal units equal"),
}


#: How a shell completes a scenario: by name, or as a file; `command` defines the functions.
COMPLETE_SCENARIO = {"bash": "_chainstep_scenarios", "zsh": "_chainstep_scenarios", "tcsh": "f"}


def add_scenario(parser: argparse.ArgumentParser) -> None:
    """The scenario: a name, a unique beginning of one, or a path."""
    argument = parser.add_argument(
        "scenario", metavar="SCENARIO", help="a name of `chainstep list`, its beginning, or a path"
    )
    argument.complete = COMPLETE_SCENARIO  # type: ignore[attr-defined]


def add_overrides(parser: argparse.ArgumentParser, but: tuple[str, ...] = ()) -> None:
    """One option for each setting that can be changed from outside, and mistakes."""
    group = parser.add_argument_group("changes to the scenario")
    for name, (words, help_text) in OVERRIDES.items():
        if name not in but:
            metavar = "{" + ",".join(words) + "}" if words and len(words) < 4 else name[0].upper()
            group.add_argument(as_option(name), dest=name, metavar=metavar, help=help_text)
    if "mistake" not in but:
        group.add_argument(
            "--mistake", action="append", metavar="ID", help="run a wrong algorithm on purpose"
        )


def add_output(group: argparse._ArgumentGroup, formats: Iterable[str]) -> None:
    """The format of an answer, and the file that it goes to."""
    group.add_argument(
        "--format",
        default="text",
        choices=tuple(formats),
        metavar="F",
        help="the format: %(choices)s (text)",
    )
    group.add_argument(
        "--output", type=Path, metavar="FILE", help="write to a file, whole; - is standard output"
    )
    group.add_argument("--force", action="store_true", help="overwrite a file that is there")


def look_ahead(options: argparse.Namespace) -> None:
    """Refuses, before anything is computed, what the answer cannot be written to.

    Raises: InputError where something is in the way of it.
    """
    if options.output:
        refuse_existing(options.output, overwrite=options.force)


def deliver(options: argparse.Namespace, content: Content) -> None:
    """Writes an answer to the file that was named, whole, or else to standard output.

    Raises: InputError where it cannot be written, or is no text and goes to a terminal.
    """
    if isinstance(content, bytes) and is_standard_output(options.output) and sys.stdout.isatty():
        raise InputError(f"--format {options.format} is no text: name a file with --output")
    write(options.output or Path("-"), content, overwrite=options.force)


def overrides_of(options: argparse.Namespace) -> dict[str, Any]:
    """The overrides that were given."""
    names = (*OVERRIDES, "mistake")
    return {name: value for name in names if (value := getattr(options, name, None)) is not None}


def load_from(options: argparse.Namespace) -> Scenario:
    """The scenario that the options name, with their changes."""
    return load(options.scenario, overrides_of(options))


def count(least: int) -> Callable[[str], int]:
    """Reads a whole number of at least so much."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or int(text[:19]) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} on")
        return int(text[:19])

    return read


def is_terminal(stream: Any) -> bool:
    """Whether somebody watches the stream."""
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"


def width_of_output(path: Path | None = None) -> int | None:
    """The columns of the terminal that is printed to; None for a file or a pipe."""
    if not is_standard_output(path) or not sys.stdout.isatty():
        return None
    return max(40, os.get_terminal_size(sys.stdout.fileno()).columns)
