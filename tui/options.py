"""Options that several commands share, and what they make of a scenario."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.losses import LOSSES
from chainstep.core.quantities import InputError
from chainstep.core.updates import UPDATES
from chainstep.scenarios import Scenario, load

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
            option = "--" + name.replace("_", "-")
            group.add_argument(option, dest=name, metavar=metavar, help=help_text)
    if "mistake" not in but:
        group.add_argument(
            "--mistake", action="append", metavar="ID", help="run a wrong algorithm on purpose"
        )


def add_output(group: argparse._ArgumentGroup, formats: Any) -> None:
    """The format of an answer, and the file that it goes to."""
    group.add_argument(
        "--format",
        default="text",
        choices=formats,
        metavar="F",
        help="the format: %(choices)s (text)",
    )
    group.add_argument("--output", type=Path, metavar="FILE", help="write to a file, whole")
    group.add_argument("--force", action="store_true", help="overwrite a file that is there")


def deliver(options: argparse.Namespace, content: str | bytes) -> None:
    """Writes an answer to the file that was named, whole, or else to standard output.

    Raises: InputError where it cannot be written, or is no text and goes to a terminal.
    """
    if options.output:
        write_whole(options.output, content, overwrite=options.force)
    elif isinstance(content, str):
        sys.stdout.write(content)
    elif sys.stdout.isatty():
        raise InputError(f"--format {options.format} is no text: name a file with --output")
    else:
        sys.stdout.buffer.write(content)


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


def width_of_output() -> int | None:
    """The columns of the terminal that is printed to; None for a file or a pipe."""
    if not sys.stdout.isatty():
        return None
    return max(40, os.get_terminal_size(sys.stdout.fileno()).columns)


def write_whole(path: Path, content: str | bytes, *, overwrite: bool) -> None:
    """Writes a file whole or not at all.

    Raises: InputError where one is there already and is not to be overwritten.
    """
    refuse_existing(path, overwrite=overwrite)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    data = content.encode() if isinstance(content, str) else content
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Raises InputError where a file would be overwritten unasked, or is a directory."""
    if path.is_dir():
        raise InputError(f"{path} is a directory; name a file in it")
    if path.exists() and not overwrite:
        raise InputError(f"{path} is there already; --force overwrites it")
    if not path.parent.is_dir():
        raise InputError(f"{path.parent} is no directory to write to")
