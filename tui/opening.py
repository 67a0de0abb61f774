"""Opening a scenario by its name or its file: the run, or a page of what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from textual.message import Message

from chainstep.core import InputError
from chainstep.scenarios import Scenario, load
from chainstep.scenarios.programs.named import is_program
from chainstep.scenarios.scenario_files import typed_path
from chainstep.tui.faults import told_of
from chainstep.tui.messages import Opened, OpenPath, Read
from chainstep.tui.reader import Link, Page
from chainstep.tui.widgets.spans import Lines, Span, line


def opened(name: str | Path, then: str = "") -> Message:
    """What opening leads to; the faults of a file are shown, to be mended and read again."""
    try:
        return Opened(_read(name), then)
    except (InputError, MemoryError, OSError) as error:
        return Read(_faults(name, told_of(error)))


def runs(name: str | Path) -> bool:
    """Whether opening it runs somebody's program, which may take its time."""
    return is_program(str(name))


def _read(name: str | Path) -> Scenario:
    if not runs(name):
        return load(name)
    from chainstep.scenarios.programs.opening.opening import open_program

    return open_program(str(name))


def _faults(name: str | Path, text: str) -> Page:
    lines: Lines = [line(Span(f" {one}")) for one in text.split("\n")]
    again = Link("read it again", lambda: OpenPath(name))
    return Page(f"{name} cannot be opened: mend it, then press r", lambda _: lines, {"r": again})


def named(text: str) -> Message:
    """The answer to the question for a file."""
    path = typed_path(text)
    if not text.strip() or not path.is_file():
        raise InputError(f"there is no file {text.strip() or 'without a name'}")
    return OpenPath(path)
