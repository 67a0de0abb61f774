"""Where an answer goes and in which format: the options for it, and what they do."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from chainstep.core.formats.document import LOOK, Look
from chainstep.core.formats.registry import FORMATS
from chainstep.core.quantities import InputError
from chainstep.tui.writing import Content, is_standard_output, refuse_existing, write


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


class Answer(NamedTuple):
    """An answer: in lines for people, its formulas for those who write LaTeX, all of it as data."""

    title: str
    lines: Sequence[str]
    data: Any
    mathematics: Iterable[Callable[[], str]] = ()


def deliver_answer(
    options: argparse.Namespace, answer: Answer, look: Look = LOOK, kind: str = ""
) -> None:
    """Writes an answer in the format that was asked for."""
    chosen = FORMATS[kind or options.format]
    if chosen.kind == "data":
        deliver(options, chosen.write_answer(answer.data))
    else:
        from chainstep.core.formats.answer_document import answer_document  # a replay has none

        document = answer_document(answer.title, answer.lines, answer.mathematics)
        deliver(options, chosen.write_document(document, look))


def is_terminal(stream: Any) -> bool:
    """Whether somebody watches the stream."""
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"


def width_of_output(path: Path | None = None) -> int | None:
    """The columns of the terminal that is printed to; None for a file or a pipe."""
    if not is_standard_output(path) or not sys.stdout.isatty():
        return None
    return max(40, os.get_terminal_size(sys.stdout.fileno()).columns)
