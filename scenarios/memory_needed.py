"""How much memory a network needs, found out before any of it is taken."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from chainstep.core.updates import UPDATES

#: Bytes that a network may need: a file gets the same answer on every machine.
MOST_BYTES = 2**30


def bytes_needed(values: Mapping[str, Any], widths: tuple[int, ...], observations: int) -> int:
    """About how many bytes the quantities of an iteration take.

    >>> simple = {"arithmetic": "float64", "network": {"bias": "none"}}
    >>> bytes_needed({**simple, "update": {"rule": "gradient-descent"}}, (2, 3), 4)
    1248
    """
    row = values["network"]["bias"] == "row"
    weights: int = sum((before + row) * units for before, units in pairwise(widths))
    state = len(UPDATES[values["update"]["rule"]].state)
    copies = 6 + 2 * state  # W, its factor, gradient, change, W_new and a checkpoint
    size = np.dtype(values["arithmetic"] or "float64").itemsize
    return size * (copies * weights + 6 * observations * sum(widths))


def in_bytes(count: float) -> str:
    """A number of bytes as people say it.

    >>> in_bytes(24e12)
    '24 TB'
    """
    for unit in ("B", "kB", "MB", "GB", "TB", "PB"):
        if count < 999.5:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} EB"
