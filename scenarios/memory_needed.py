"""How much memory a network needs, found out before any of it is taken."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.updates import UPDATES

#: Bytes that a network may need: a file gets the same answer on every machine.
MOST_BYTES = 2**30
#: Bytes of Python, numpy and the program.
_WITHOUT = 60 * 2**20


def bytes_needed(values: Mapping[str, Any], widths: tuple[int, ...], observations: int) -> int:
    """About how many bytes the quantities of an iteration take.

    >>> layers = [{"units": 3, "activation": "softmax"}]
    >>> simple = {"arithmetic": "float64", "network": {"bias": "none", "layers": layers}}
    >>> bytes_needed({**simple, "update": {"rule": "gradient-descent"}}, (2, 3), 4)
    62917968
    """
    row = values["network"]["bias"] == "row"
    weights: int = sum((before + row) * units for before, units in pairwise(widths))
    state = len(UPDATES[values["update"]["rule"]].state)
    copies = 13 + 8 * state  # measured, over three iterations that are printed
    size = np.dtype(values["arithmetic"] or "float64").itemsize
    slopes = sum(
        units**2
        for layer, units in zip(values["network"]["layers"], widths[1:], strict=True)
        if layer.get("activation") and ACTIVATIONS[layer["activation"]].jacobian
    )
    rows = observations * (12 * sum(widths) + 3 * slopes)
    return _WITHOUT + size * (copies * weights + rows)


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
