"""Data and parameters from a CSV or npz file beside the scenario."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from chainstep.scenarios.array_files import (
    LARGEST,
    Member,
    Npz,
    Table,
    Unreadable,
)
from chainstep.scenarios.csv_files import LARGEST_CSV, read_csv
from chainstep.scenarios.faults import Faults, quoted
from chainstep.scenarios.placed_tree import Node, inside


def table(values: dict[str, Any], node: Node, faults: Faults, folder: Path) -> Table | None:
    """The numbers of the file that is named, in rows; None, and a fault, if there are none.

    ``values`` are {csv, columns} or {npz, key}, as read from the scenario.
    """
    kind = "csv" if "csv" in values else "npz"
    name = values[kind]
    if name is None or None in (values.get("columns") or ()):
        return None
    try:
        path = _there(folder / name, name, LARGEST_CSV if kind == "csv" else LARGEST)
        rows = read_csv(path, values["columns"]) if kind == "csv" else _npz(path, values["key"])
        return _finite(rows, name)
    except Unreadable as error:
        faults.at(inside(node, *(error.key or (kind,))), error.found, error.mend)
    except (OSError, ValueError) as error:  # a name too long, or with a NUL in it
        said = error.strerror if isinstance(error, OSError) else str(error)
        faults.at(inside(node, kind), f"{quoted(name)} cannot be read: {said}")
    return None


def _there(path: Path, name: str, most: int) -> Path:
    if path.is_dir():
        raise Unreadable(f"{quoted(name)} is a directory", "name a file in it")
    if not path.is_file():
        raise Unreadable(f"there is no file {quoted(name)}", "it is looked for beside the scenario")
    if path.stat().st_size > most:
        raise Unreadable(f"{quoted(name)} is larger than {most // 2**20} MiB", "use less data")
    return path


def _npz(path: Path, key: str | None) -> Table:
    with closing(Npz(path, path.name)) as archive:
        key = _only(archive.names, path.name) if key is None else key
        if key not in archive.names:
            known = ", ".join(map(quoted, archive.names[:20]))
            raise Unreadable(f"no array {quoted(key)}", f"there are {known}", "key")
        member = archive.member(key)
        _refuse_other_shapes(member)
        with np.errstate(all="ignore"):
            return archive.read(member).astype(np.float64)


def _refuse_other_shapes(member: Member) -> None:
    if len(member.shape) in {1, 2} and member.size:
        return
    shape = "×".join(map(str, member.shape)) or "a single number"
    mend = f"save it with .reshape({member.shape[0]}, -1)" if member.shape and member.size else ""
    raise Unreadable(f"{quoted(member.name)} is {shape}, not a matrix", mend)


def _only(names: list[str], file: str) -> str:
    if len(names) != 1:
        found = f"{quoted(file)} holds {len(names)} arrays"
        raise Unreadable(found, f"say `key:` and one of {', '.join(map(quoted, names[:20]))}")
    return names[0]


def _finite(rows: Table, name: str) -> Table:
    if not np.isfinite(rows).all():
        at = tuple(np.argwhere(~np.isfinite(rows))[0])
        place = ", column ".join(map(str, at))
        found = f"{quoted(name)}: row {place}, is {rows[at]}"
        raise Unreadable(found, "numbers have to be finite")
    return rows
