"""Inputs and targets from a CSV or npz file beside the scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainstep.scenarios.faults import Faults, quoted
from chainstep.scenarios.placed_tree import NUMBER, Node, inside

Table = NDArray[np.float64]

#: Bytes of a CSV file, or of an array in an npz file, that are read.
LARGEST = 2 * 2**30


class Unreadable(Exception):
    """A data file cannot be used: what was found, the mend, and at which key to say so."""

    def __init__(self, found: str, mend: str = "", *key: str | int) -> None:
        super().__init__(found)
        self.found = found
        self.mend = mend
        self.key = key


def table(values: dict[str, Any], node: Node, faults: Faults, folder: Path) -> Table | None:
    """The rows of numbers in the file that the data name; None, and a fault, if there are none.

    ``values`` are {csv, columns} or {npz, key}, as read from the scenario.
    """
    kind = "csv" if "csv" in values else "npz"
    name = values[kind]
    if name is None or None in (values.get("columns") or ()):
        return None
    try:
        path = _there(folder / name, name)
        rows = _csv(path, values["columns"]) if kind == "csv" else _npz(path, values["key"])
        return _finite(rows, name)
    except Unreadable as error:
        faults.at(inside(node, *(error.key or (kind,))), error.found, error.mend)
    except OSError as error:
        faults.at(inside(node, kind), f"{quoted(name)} cannot be read: {error.strerror}")
    return None


def _there(path: Path, name: str) -> Path:
    if path.is_dir():
        raise Unreadable(f"{quoted(name)} is a directory", "name a file in it")
    if not path.is_file():
        raise Unreadable(f"there is no file {quoted(name)}", "it is looked for beside the scenario")
    if path.stat().st_size > LARGEST:
        raise Unreadable(f"{quoted(name)} is larger than {LARGEST // 2**30} GiB")
    return path


def _csv(path: Path, columns: list[str] | None) -> Table:
    import csv  # wanted only where data lie in such a file

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if row]
    except UnicodeDecodeError:
        raise Unreadable(f"{quoted(path.name)} is not UTF-8", "save it as UTF-8") from None
    except csv.Error as error:
        raise Unreadable(f"{quoted(path.name)} is no CSV: {error}") from None
    header: list[str] = []
    if rows and not any(NUMBER.fullmatch(cell) for cell in rows[0][1]):
        header = rows.pop(0)[1]
    if not rows:
        raise Unreadable(f"{quoted(path.name)} has no rows of numbers")
    width = len(rows[0][1])
    chosen = range(width) if columns is None else _positions(columns, header, width)
    table = np.empty((len(rows), len(chosen)))
    for position, (line, cells) in enumerate(rows):
        table[position] = _numbers(cells, chosen, width, f"{path.name}:{line}")
    return table


def _positions(columns: list[str], header: list[str], width: int) -> list[int]:
    """Where the columns are that are asked for by name, or by number from 0."""
    positions = []
    for index, name in enumerate(columns):
        if name in header:
            position = header.index(name)
        else:
            position = int(name[:9]) if name.isascii() and name.isdigit() else width
        if position >= width:
            known = ", ".join(header) if header else f"0 to {width - 1}"
            raise Unreadable(f"no column {quoted(name)}", f"there are {known}", "columns", index)
        positions.append(position)
    return positions


def _numbers(cells: list[str], chosen: range | list[int], width: int, where: str) -> list[float]:
    if len(cells) != width:
        raise Unreadable(f"{where}: a row of {len(cells)}, and the first one has {width}")
    for position in chosen:
        if not NUMBER.fullmatch(cells[position]):
            cell = quoted(cells[position]) if cells[position] else "an empty cell"
            mend = "commas part the cells, and a point the decimals" if ";" in cell else ""
            raise Unreadable(f"{where}: a number belongs here, and this is {cell}", mend)
    return [float(cells[position]) for position in chosen]


def _npz(path: Path, key: str | None) -> Any:
    from zipfile import BadZipFile, is_zipfile

    if not is_zipfile(path):
        raise Unreadable(f"{quoted(path.name)} is no npz file", "write it with np.savez")
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = list(archive.files)
            key = _only(names, path.name) if key is None else key
            if key not in names:
                raise Unreadable(f"no array {quoted(key)}", f"there are {', '.join(names)}", "key")
            if archive.zip.getinfo(f"{key}.npy").file_size > LARGEST:
                raise Unreadable(f"{quoted(key)} is larger than {LARGEST // 2**30} GiB")
            array = archive[key]
    except (BadZipFile, ValueError, EOFError, KeyError, MemoryError) as error:
        found = f"{quoted(path.name)} holds no array of numbers: {quoted(str(error))}"
        raise Unreadable(found) from None
    if array.dtype.kind not in "fiu":
        raise Unreadable(f"{quoted(key)} holds {array.dtype}, not numbers")
    if array.ndim != 2 or not array.size:
        shape = "×".join(map(str, array.shape)) or "a single number"
        mend = f"save it with .reshape({len(array)}, -1)" if array.ndim and array.size else ""
        raise Unreadable(f"{quoted(key)} is {shape}, not observations × units", mend)
    return array.astype(np.float64)


def _only(names: list[str], file: str) -> str:
    if len(names) != 1:
        found = f"{quoted(file)} holds {len(names)} arrays"
        raise Unreadable(found, f"say `key:` and one of {', '.join(names)}")
    return names[0]


def _finite(rows: Table, name: str) -> Table:
    if not np.isfinite(rows).all():
        row, column = np.argwhere(~np.isfinite(rows))[0]
        found = f"{quoted(name)}: row {row}, column {column}, is {rows[row, column]}"
        raise Unreadable(found, "numbers have to be finite")
    return rows
