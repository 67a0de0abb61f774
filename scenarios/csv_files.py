"""Numbers out of CSV files: plain lines many at a time, the others row by row."""

from __future__ import annotations

import warnings
from array import array
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import numpy as np

from chainstep.core.quantities import whole_number
from chainstep.scenarios.array_files import Table, Unreadable
from chainstep.scenarios.faults import quoted
from chainstep.scenarios.placed_tree import NUMBER

#: Bytes, numbers and rows of a CSV file that are read: what a few seconds are enough for.
LARGEST_CSV = 64 * 2**20
_MOST_NUMBERS = 10_000_000
_MOST_ROWS = 4_000_000
_MOST_COLUMNS = 100_000
#: Characters that are read at a time.
_BLOCK = 2**17


def read_csv(path: Path, columns: list[str] | None) -> Table:
    """The numbers of a CSV file: the columns by the names in its first row, or from 0.

    No more is in memory than the numbers and a part of the file.
    Raises: Unreadable at the first cell that is no number.
    """
    import csv  # wanted only where data lie in such a file

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _rows(file, columns, path.name)
    except UnicodeDecodeError:
        raise Unreadable(f"{quoted(path.name)} is not UTF-8", "save it as UTF-8") from None
    except csv.Error as error:
        raise Unreadable(f"{quoted(path.name)} is no CSV: {error}") from None


class _Columns(NamedTuple):
    """How many cells a row of the file has, and which of them are wanted; None is all."""

    file: str
    width: int
    chosen: list[int] | None


def _rows(file: TextIO, names: list[str] | None, name: str) -> Table:
    import csv

    opening = csv.reader(file)
    first = next((cells for cells in opening if cells), None)
    if first is None:
        raise Unreadable(f"{quoted(name)} has no rows of numbers")
    width, line = len(first), opening.line_num
    if width > _MOST_COLUMNS:
        raise Unreadable(f"{quoted(name)} has more than {_MOST_COLUMNS} columns")
    header = [cell.strip() for cell in first]
    if any(NUMBER.fullmatch(cell) for cell in header):  # a row as any other
        header, line = [], 0
        file.seek(0)
    chosen = None if names is None else _positions(names, header, width)
    parts, rows = [], 0
    for part in _parts(file, line, _Columns(name, width, chosen)):
        parts.append(part)
        rows += len(part)
        for count, most, what in (
            (rows, _MOST_ROWS, "rows"),
            (rows * part.shape[1], _MOST_NUMBERS, "numbers"),
        ):
            if count > most:
                found = f"{quoted(name)} has more than {most} {what}"
                raise Unreadable(found, "numbers as many as these belong into an npz file")
    if not rows:
        raise Unreadable(f"{quoted(name)} has no rows of numbers")
    return np.concatenate(parts)


def _parts(file: TextIO, line: int, columns: _Columns) -> Iterator[Table]:
    """The numbers of the lines of a file after one, some lines at a time."""
    while block := file.readlines(_BLOCK):
        text = "".join(block)
        if '"' in text:  # a cell may have several lines
            yield from _closely(chain(block, file), line, columns)
            return
        part = _plainly(block, text, columns)
        if part is None:
            yield from _closely(iter(block), line, columns)
        else:
            yield part
        line += len(block)


def _plainly(block: list[str], text: str, columns: _Columns) -> Table | None:
    """The numbers of lines that hold nothing else; None where a closer look is needed."""
    commas = columns.width - 1
    if not text.isascii() or "_" in text:  # which Python reads, and nobody else
        return None
    if any(line.count(",") != commas for line in block) if commas else "," in text:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = np.loadtxt(block, delimiter=",", comments=None, usecols=columns.chosen, ndmin=2)
        except ValueError:
            return None
    return found if len(found) == len(block) else None


def _closely(lines: Iterator[str], line: int, columns: _Columns) -> Iterator[Table]:
    """The numbers of lines, row by row.

    Raises: Unreadable at the first row of another length, and the first cell that is no number.
    """
    import csv

    chosen = list(range(columns.width)) if columns.chosen is None else columns.chosen
    numbers = array("d")
    reader: Any = csv.reader(lines)
    for cells in reader:
        if not cells:
            continue
        where = f"{columns.file}:{line + reader.line_num}"
        if len(cells) != columns.width:
            found = f"{where}: a row of {len(cells)}"
            raise Unreadable(f"{found}, and the first one has {columns.width}")
        wanted = [cells[position] for position in chosen]
        _refuse_odd(wanted, where)
        numbers.extend(map(float, wanted))
        if len(numbers) > _MOST_NUMBERS:
            break  # whoever takes them says so
    yield np.frombuffer(numbers, dtype=np.float64).reshape(-1, len(chosen))


def _positions(columns: list[str], header: list[str], width: int) -> list[int]:
    """Where the columns are that are asked for by name, or by number from 0."""
    positions = []
    for index, name in enumerate(columns):
        position = header.index(name) if name in header else whole_number(name)
        if position is None or position >= width:
            known = ", ".join(map(quoted, header[:20])) if header else f"0 to {width - 1}"
            raise Unreadable(f"no column {quoted(name)}", f"there are {known}", "columns", index)
        positions.append(position)
    return positions


def _refuse_odd(cells: list[str], where: str) -> None:
    """Raises Unreadable at the first of a row's cells that is not a number as all write it."""
    for cell in map(str.strip, cells):
        if NUMBER.fullmatch(cell) or cell.lower().lstrip("+-") in {"nan", "inf", "infinity"}:
            continue
        shown = quoted(cell) if cell else "an empty cell"
        mend = "commas part the cells, and a point the decimals" if ";" in cell else ""
        raise Unreadable(f"{where}: a number belongs here, and this is {shown}", mend)
