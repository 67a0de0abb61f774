"""What a page writes with: its letters, its indices, its orientation. Data alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

Position = tuple[int | None, ...]


class Alphabet(NamedTuple):
    """One way of writing: letters, indices, orientation, and what is called otherwise.

    ``letters`` are those of ``z a W b C C_obs y``, of ``input`` and ``output`` where they are
    not an ``a``, of ``delta`` where it is not a fraction, and of settings. ``own`` are names
    that a page gives to whole quantities, in the terms of ``quantity_names.Terms``; ``negative``
    are the keys of those that are its negative. A name is looked for under ``plain dC/dW``, where a
    step is as every textbook has it, ``dC/dW at the outputs`` and ``dC/dW``. ``also`` (by the
    engine's name) and ``read_too`` (by the role) are further names that are read.

    ``layers``: the layer stands raised, beside the letter, nowhere where there is only one, or
    nowhere at all because units are numbered through. ``weights_at``: weights have the index
    of the layer that they lead to, or from. ``entries``: by row and column; numbered through,
    w₁…w₆; or in brackets, as a program does. ``observation``: its index stands before the
    letter, raised behind it, or among the others as in the matrix. A letter that stands
    ``beside`` its layer may have the layer inside, ``{k}``, or the one before, ``{j}``.

    ``orientation``: observations are rows, or columns, and then all arrays are turned.
    ``weights``: how their arrays stand where observations are rows. ``layer`` is how the index
    of a layer is raised, ``[{}]``. ``typewritten`` names are those of a program. ``unit`` is the
    page's word for a unit. ``slopes`` are those that the page writes in a way of its own, by a.
    """

    name: str
    title: str
    source: str
    letters: Mapping[str, str]
    layers: Literal["raised", "beside", "unless one", "through"] = "raised"
    weights_at: Literal["to", "from"] = "to"
    base: Literal[0, 1] = 1
    entries: Literal["matrix", "through", "brackets"] = "matrix"
    observation: Literal["before", "raised", "index"] = "index"
    orientation: Literal["rows", "columns"] = "rows"
    weights: Literal["inputs × units", "units × inputs"] = "inputs × units"
    chain: Literal["weights first", "cost first"] = "weights first"
    own: Mapping[str, str] = MappingProxyType({})
    negative: frozenset[str] = frozenset()
    also: Mapping[str, str] = MappingProxyType({})
    read_too: Mapping[str, str] = MappingProxyType({})
    spelling: Literal["text", "code"] = "text"
    unit: str = "unit"
    slopes: Mapping[str, Callable[[Any], Any]] = MappingProxyType({})
    typewritten: bool = False
    layer: str = "{}"
    engine_names: bool = False
