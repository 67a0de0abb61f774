"""Programs in many hands' styles, each with single places to change and what that change is.

A file is a program; its last lines, which begin with `#!`, each make one mistake of it:

    #! mistake: `text in the program` => `text instead` @ text in the line that is wrong then

The wrong line is the one in which the text stood unless said; `|` parts ids that are right too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
_CHANGE = re.compile(r"#! ([\w|-]*): `(.*?)` => `(.*?)`(?: @ (.*))?$")


@dataclass(frozen=True)
class Change:
    """One mistake in a program: the whole text with it, its wrong line, and its names."""

    text: str
    line: int
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Watched:
    """A program that is right, and what becomes of it with one mistake."""

    name: str
    text: str
    changes: tuple[Change, ...]


def programs() -> list[Watched]:
    """All programs of this folder."""
    return [_read(path) for path in sorted(FOLDER.glob("*.txt"))]


def _read(path: Path) -> Watched:
    lines = path.read_text(encoding="utf-8").split("\n")
    text = "\n".join(line for line in lines if not line.startswith("#!"))
    marks = [_CHANGE.fullmatch(line) for line in lines if line.startswith("#!")]
    assert all(marks), path
    return Watched(path.stem, text, tuple(_changed(text, m.groups()) for m in marks if m))


def _changed(text: str, parts: tuple[str, ...]) -> Change:
    ids, old, new, at = parts
    old, new = old.replace("\\n", "\n"), new.replace("\\n", "\n")
    assert old in text, old
    made = text.replace(old, new, 1)
    line = text[: text.index(old)].count("\n") + 1
    if at:
        line = next(n for n, row in enumerate(made.split("\n"), 1) if at in row)
    return Change(made, line, tuple(filter(None, ids.split("|"))))
