"""Inputs and targets from a CSV or npz file beside the scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from chainstep.scenarios.faults import Faults, quoted
from chainstep.scenarios.nodes import NUMBER, Node, inside

Table = np.ndarray[Any, np.dtype[np.float64]]

#: Bytes of a CSV file, or of an array in an npz file, that are read.
LARGEST = 2 * 2**30


def table(values: dict[str, Any], node: Node, faults: Faults, folder: Path) -> Table | None:
    """The rows of numbers in the file that the data name; a fault where there are none."""
    kind = "csv" if "csv" in values else "npz"
    name, at = values[kind], inside(node, kind)
    if name is None:
        return None
    path = folder / name
    try:
        if path.is_dir():
            faults.at(at, f"{quoted(name)} is a directory", f"name a file of the kind {kind}")
        elif not path.is_file():
            faults.at(at, f"there is no file {quoted(name)}", "it is looked for beside the scenario")
        elif path.stat().st_size > LARGEST:
            faults.at(at, f"{quoted(name)} is larger than {LARGEST // 2**30} GiB")
        elif kind == "csv":
            return _csv(path, values["columns"], node, faults)
        else:
            return _npz(path, values["key"], node, faults)
    except OSError as error:
        faults.at(at, f"{quoted(name)} cannot be read: {error.strerror}")
    return None


def _csv(path: Path, columns: list[str] | None, node: Node, faults: Faults) -> Table | None:
    import csv  # wanted only where data lie in such a file

    at = inside(node, "csv")
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines()) if row]
    except UnicodeDecodeError:
        faults.at(at, f"{quoted(path.name)} is not UTF-8", "save it as UTF-8")
        return None
    except csv.Error as error:
        faults.at(at, f"{quoted(path.name)} is no CSV: {error}")
        return None
    header: list[str] = []
    if rows and not any(NUMBER.fullmatch(cell) for cell in rows[0]):
        header = rows.pop(0)
    if not rows:
        faults.at(at, f"{quoted(path.name)} has no rows of numbers")
        return None
    chosen = _columns(columns, header, len(rows[0]), node, faults)
    return None if chosen is None else _numbers(rows, chosen, bool(header), path.name, at, faults)


def _columns(
    wanted: list[str] | None, header: list[str], count: int, node: Node, faults: Faults
) -> list[int] | None:
    """The positions of the columns that are wanted; all unless said."""
    if wanted is None:
        return list(range(count))
    positions = []
    for index, name in enumerate(wanted):
        if name in header:
            positions.append(header.index(name))
        elif name is not None and name.isascii() and name.isdigit() and int(name[:9]) < count:
            positions.append(int(name[:9]))
        else:
            known = ", ".join(header) if header else f"0 to {count - 1}"
            faults.at(
                inside(node, "columns", index), f"there is no column {quoted(str(name))}",
                f"the columns are {known}",
            )
    return positions if len(positions) == len(wanted) else None


def _numbers(
    rows: list[list[str]], chosen: list[int], header: bool, name: str, at: Node, faults: Faults
) -> Table | None:
    """The chosen columns as numbers; a fault at the first cell that is none."""
    width = len(rows[0])
    for position, row in enumerate(rows):
        where = f"{name}, row {position + 1 + header}"
        if len(row) != width:
            faults.at(at, f"{where}: {len(row)} cells, the first row has {width}")
            return None
        for column in chosen:
            if not NUMBER.fullmatch(row[column]):
                cell = quoted(row[column]) if row[column] else "nothing"
                faults.at(at, f"{where}, column {column}: a number belongs here, and this is {cell}")
                return None
    return _finite(np.array([[float(row[c]) for c in chosen] for row in rows]), name, at, faults)


def _npz(path: Path, key: str | None, node: Node, faults: Faults) -> Table | None:
    from zipfile import BadZipFile

    at = inside(node, "npz")
    try:
        with np.load(path, allow_pickle=False) as archive:
            if not isinstance(archive, np.lib.npyio.NpzFile):
                faults.at(at, f"{quoted(path.name)} holds one bare array", "save it with np.savez")
                return None
            names = list(archive.files)
            if key is None and len(names) == 1:
                key = names[0]
            if key not in names:
                found = f"there is no array {quoted(key)}" if key else "which array is not said"
                faults.at(inside(node, "key"), found, f"key: one of {', '.join(names)}")
                return None
            if archive.zip.getinfo(f"{key}.npy").file_size > LARGEST:
                faults.at(at, f"array {quoted(key)} is larger than {LARGEST // 2**30} GiB")
                return None
            array = archive[key]
    except (BadZipFile, ValueError, EOFError, KeyError) as error:
        faults.at(at, f"{quoted(path.name)} is no npz file of numbers: {quoted(str(error))}")
        return None
    return _two_axes(array, key, at, faults)


def _two_axes(array: Any, key: str, at: Node, faults: Faults) -> Table | None:
    if array.dtype.kind not in "fiu":
        faults.at(at, f"array {quoted(key)} holds {array.dtype}, not numbers")
    elif array.ndim != 2 or not array.size:
        shape = "×".join(map(str, array.shape)) or "a single number"
        faults.at(
            at, f"array {quoted(key)} is {shape}, and has to be observations × units",
            f"save it with .reshape({len(array) if array.ndim else 1}, -1)" if array.size else "",
        )
    else:
        return _finite(array.astype(np.float64), key, at, faults)
    return None


def _finite(array: Table, name: str, at: Node, faults: Faults) -> Table | None:
    if np.isfinite(array).all():
        return array
    row, column = np.argwhere(~np.isfinite(array))[0]
    faults.at(
        at, f"{name}, row {row} of its numbers, column {column}: {array[row, column]} is not finite"
    )
    return None
