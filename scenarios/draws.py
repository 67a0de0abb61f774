"""Arrays that a page draws one after the other from one seed: its data, its weights, any others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainstep.scenarios.faults import Faults
from chainstep.scenarios.placed_tree import Node, inside

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Numbers that are drawn at most, all arrays together.
_MOST = 2**25


def draw(values: dict[str, Any] | None, node: Node, faults: Faults) -> dict[str, NDArray[Any]]:
    """The arrays by their names, drawn in the order of the file from one generator.

    ``values`` are {seed, generator, arrays}, as read from the scenario; what could not be read
    has its fault already.
    """
    arrays = (values or {}).get("arrays")
    if values is None or not arrays or None in (values["seed"], values["generator"]):
        return {}
    if not all(map(_is_read, arrays)):
        return {}
    from chainstep.core.initialisers import GENERATORS  # loads numpy.random

    source = GENERATORS[values["generator"]](values["seed"])
    drawn: dict[str, NDArray[Any]] = {}
    count = 0
    for index, array in enumerate(arrays):
        place = inside(node, "arrays", index)
        size = int(np.prod([float(length) for length in array["shape"]]))
        count += size
        if count > _MOST:
            faults.at(place, f"these are more than {_MOST} numbers", "draw fewer")
            return drawn
        if array["name"] in drawn:
            faults.at(place, f"a second array is called '{array['name']}'", "give it another name")
            return drawn
        settings = [array[key] for key in _SETTINGS[array["random"]]]
        if array["random"] == "uniform" and settings[0] > settings[1]:
            faults.at(inside(place, "low"), "low is above high", "exchange the two")
            return drawn
        try:
            drawn[array["name"]] = getattr(source, array["random"])(
                *settings, tuple(array["shape"])
            )
        except OverflowError as error:
            faults.at(place, f"such an array cannot be drawn: {error}")
            return drawn
    return drawn


def _is_read(array: dict[str, Any] | None) -> bool:
    """Whether everything about an array could be read, each length of its shape too."""
    return array is not None and None not in (*array.values(), *(array["shape"] or [None]))


#: The settings of each way to draw, in the order in which numpy takes them.
_SETTINGS = {"uniform": ("low", "high"), "normal": ("mean", "deviation")}
#: The ways to draw that need to know nothing of layers.
DRAWN = tuple(_SETTINGS)
