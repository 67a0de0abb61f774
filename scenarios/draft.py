"""The values of a file on their way to a setup, and where a fault of each is shown."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from chainstep.core.setup import Array
from chainstep.scenarios.draws import draw
from chainstep.scenarios.faults import Faults, nearest_of, quoted
from chainstep.scenarios.placed_tree import Entries, Node, inside


class Draft:
    """The values of a file, the tree that they came from, and the faults found so far."""

    def __init__(self, values: dict[str, Any], root: Entries, faults: Faults, folder: Path) -> None:
        self.values = values
        self.root = root
        self.faults = faults
        self.folder = folder

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

    @property
    def weights_turned(self) -> bool:
        """Whether the file has its matrices as units × inputs."""
        return str(self.network.get("weights_are")).startswith("units")

    @cached_property
    def drawn(self) -> dict[str, Any]:
        """The arrays that the file draws from one seed."""
        return draw(self.values["draws"], self.node("draws"), self.faults)

    def array(self, value: dict[str, Any], *path: str | int) -> Any:
        """The array that a value names: one drawn, or one in a file beside; None, and a fault."""
        if "drawn" not in value:
            from chainstep.scenarios.data_files import table  # most scenarios have no such files

            return table(value, self.node(*path), self.faults, self.folder)
        name = value["drawn"]
        if name in self.drawn:
            return self.drawn[name]
        if name is not None and not self.faults.found:
            mend = nearest_of(name, self.drawn) if self.drawn else "`draws:` draws arrays"
            self.at((*path, "drawn"), f"no array is drawn as {quoted(name)}", mend)
        return None

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
