"""The values of a file on their way to a setup, and where a fault of each is shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chainstep.core.setup import Array
from chainstep.scenarios.faults import Faults
from chainstep.scenarios.placed_tree import Entries, Node, inside


@dataclass
class Draft:
    """The values of a file, the tree that they came from, and the faults found so far."""

    values: dict[str, Any]
    root: Entries
    faults: Faults
    folder: Path

    def node(self, *path: str | int) -> Node:
        """The node at a path, where a fault is shown."""
        return inside(self.root, *path)

    def at(self, path: tuple[str | int, ...], found: str, mend: str = "") -> None:
        """Notes a fault at a path."""
        self.faults.at(self.node(*path), found, mend)

    @property
    def network(self) -> dict[str, Any]:
        """The values of the network, as far as they could be read."""
        return self.values["network"] or {}

    def cast(self, rows: Any, *path: str | int) -> Array | None:
        """The rows in the scenario's arithmetic, cast once and never to be changed."""
        exact = np.asarray(rows, dtype=np.float64)
        with np.errstate(over="ignore"):
            array = exact.astype(self.values["arithmetic"] or "float64")
        if not np.isfinite(array).all():
            row, column = (int(index) for index in np.argwhere(~np.isfinite(array))[0])
            self._too_large(float(exact[row, column]), (*path, row, column))
            return None
        array.flags.writeable = False
        return array

    def _too_large(self, number: float, path: tuple[str | int, ...]) -> None:
        found = f"{number:g} is too large for float32, which ends at 3.4e38"
        self.at(path, found, "arithmetic: float64")

    def settings_fit(self) -> None:
        """Notes a fault at each setting that the arithmetic cannot hold."""
        limit = float(np.finfo(self.values["arithmetic"] or "float64").max)
        for name, value in (self.values["update"] or {}).items():
            if isinstance(value, float) and value > limit:
                self._too_large(value, ("update", name))


def in_size(array: Array) -> str:
    """The shape of a matrix in words: ``3×4``."""
    return "×".join(map(str, array.shape))


def many(count: int, noun: str) -> str:
    """A count with its noun: ``1 row``, ``5 rows``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
