"""Somebody's program as text: a file, a notebook, or one function of either."""

from __future__ import annotations

import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

from chainstep.core.quantities import InputError
from chainstep.core.text.harmless import plain_name

#: A program larger than this is no program that somebody wrote.
LARGEST = 4_000_000


@dataclass(frozen=True)
class Source:
    """A program: where it is, its text, and the cell that each line of a notebook stands in."""

    path: Path
    text: str
    function: str = ""
    cells: tuple[tuple[int, int], ...] = ()

    @property
    def shown(self) -> str:
        """Its name as messages have it."""
        return plain_name(self.path.name) + (f":{self.function}" if self.function else "")

    def line(self, number: int) -> str:
        """The text of a line, counted from 1."""
        lines = self.text.split("\n")
        return lines[number - 1] if 1 <= number <= len(lines) else ""

    def place(self, number: int) -> str:
        r"""A line as people find it: its number, or cell and line of a notebook.

        >>> Source(Path("a.ipynb"), "x\\ny", cells=((1, 1), (2, 1))).place(2)
        '2:1'
        """
        if not self.cells:
            return str(number)
        cell, line = self.cells[min(max(number, 1), len(self.cells)) - 1]
        return f"{cell}:{line}"


def read_source(program: str) -> Source:
    """Reads `train.py`, `train.ipynb` or `train.py:function`.

    Raises: InputError where there is no such file, or it is no text.
    """
    name, function = program, ""
    found = re.fullmatch(r"(.+\.(?:py|ipynb)):([^\W\d]\w*(?:\.[^\W\d]\w*)*)", program)
    if found and not Path(program).exists():
        name, function = found.groups()
    path = Path(name)
    if path.is_dir():
        raise InputError(f"{plain_name(name)} is a directory; name the program in it")
    if not path.exists():
        raise InputError(f"there is no file {plain_name(name)}")
    if path.stat().st_size > LARGEST:
        most = f"{LARGEST // 1_000_000} MB"
        raise InputError(f"{plain_name(name)} is larger than {most}: that is no program")
    if path.suffix == ".ipynb":
        return _notebook(path, function)
    try:
        with tokenize.open(path) as file:  # as Python itself reads it: the coding line counts
            text = file.read()
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise InputError(f"{plain_name(name)} is no Python program: {error}") from None
    if "\0" in text:
        raise InputError(f"{plain_name(name)} is no Python program: it has null characters in it")
    return Source(path, text, function)


def _notebook(path: Path, function: str) -> Source:
    """The code cells of a notebook, one after another; magics and shell lines are left out."""
    try:
        import json  # for notebooks alone

        data = json.loads(path.read_text(encoding="utf-8"))
        cells = data.get("cells") or [c for s in data["worksheets"] for c in s["cells"]]
        codes = [_code(cell) for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(f"{path} is no notebook: it is not the JSON of one") from None
    lines: list[str] = []
    places: list[tuple[int, int]] = []
    for cell, code in enumerate(filter(None, codes), 1):
        for number, line in enumerate(_without_magics(code), 1):
            lines.append(line)
            places.append((cell, number))
    return Source(path, "\n".join(lines), function, tuple(places))


def _code(cell: dict[str, object]) -> str:
    if cell.get("cell_type") != "code":
        return ""
    code = cell.get("source", cell.get("input", ""))
    return "".join(code) if isinstance(code, list) else str(code)


def _without_magics(code: str) -> list[str]:
    """The lines of a cell; what only a notebook understands becomes a comment."""
    lines = code.split("\n")
    if lines[0].lstrip().startswith("%%"):
        keep = lines[0].split()[0] in {"%%time", "%%timeit", "%%capture", "%%prun"}
        return [f"# {lines[0]}", *(lines[1:] if keep else [f"# {line}" for line in lines[1:]])]
    return [_plain_line(line) for line in lines]


def _plain_line(line: str) -> str:
    bare = line.lstrip()
    space = line[: len(line) - len(bare)]
    if bare.startswith(("%", "!", "?")) or (bare.endswith("?") and "#" not in bare):
        return f"{space}pass  # {bare}" if space else f"# {bare}"
    return line
