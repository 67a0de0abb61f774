"""A tree of values in which each knows its place, in a file or in plain data."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from chainstep.core.text.harmless import harmless
from chainstep.scenarios.faults import quoted


class Node:
    """A value and its place: line and column from 1, or line 0 and ``where`` in words."""

    __slots__ = ("column", "line", "where", "width")

    def __init__(self, line: int = 0, column: int = 0, width: int = 1, where: str = "") -> None:
        self.line = line
        self.column = column
        self.width = width
        self.where = where

    def __str__(self) -> str:
        """What stands here, for a message: ``a list``, ``'sigmiod'``, ``nothing``."""
        return "a list"


class Scalar(Node):
    """A word, a number or a text, as written."""

    __slots__ = ("bare", "text")

    def __init__(self, text: str, *place: Any) -> None:
        super().__init__(*place)
        self.text = text
        self.bare = False

    @property
    def empty(self) -> bool:
        """Whether nothing stands there, which YAML calls null."""
        return self.bare and self.text in {"", "~", "null", "Null", "NULL"}

    def __str__(self) -> str:
        return "nothing" if self.empty else quoted(self.text)


class Bare(Scalar):
    """A scalar without quotes, which alone may be a number."""

    __slots__ = ()

    def __init__(self, text: str, *place: Any) -> None:
        super().__init__(text, *place)
        self.bare = True


class Items(Node):
    """A list."""

    __slots__ = ("items",)

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self.items: list[Node] = []


class Entries(Node):
    """A mapping: the value of each key, and the places of the keys."""

    __slots__ = ("keys", "values")

    def __init__(self, *place: Any) -> None:
        super().__init__(*place)
        self.values: dict[str, Node] = {}
        self.keys: dict[str, Node] = {}

    def put(self, key: str, value: Node) -> None:
        """Sets what a key stands for; the value's place serves the key too."""
        self.values[key] = self.keys[key] = value

    def drop(self, key: str) -> None:
        """Takes a key out."""
        del self.values[key], self.keys[key]

    def __str__(self) -> str:
        return "a mapping"


class Numbers(Node):
    """A matrix that is an array already."""

    __slots__ = ("array",)

    def __init__(self, array: np.ndarray[Any, Any], *place: Any) -> None:
        super().__init__(*place)
        self.array = array

    def __str__(self) -> str:
        return "a matrix"


def inside(node: Node, *steps: str | int) -> Node:
    """The node that a path of keys and positions leads to, as far as it leads."""
    for step in steps:
        if isinstance(node, Entries) and step in node.values:
            node = node.values[str(step)]
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            break
    return node


# no two parts of it can share digits, so that it takes no longer than the text is
NUMBER = re.compile(r"[-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?")
WHOLE = re.compile(r"[-+]?[0-9]{1,18}")


def to_data(node: Node, texts: Collection[str] = ("printed", "right")) -> Any:
    """The plain data of a tree: mappings, lists, numbers and texts.

    Bare numbers become numbers, save under the keys ``texts``, where every digit counts.
    """
    if isinstance(node, Entries):
        return {
            key: _to_text(value) if key in texts else to_data(value, texts)
            for key, value in node.values.items()
        }
    if isinstance(node, Items):
        return [to_data(item, texts) for item in node.items]
    if isinstance(node, Numbers):
        return node.array
    assert isinstance(node, Scalar)
    if node.bare and node.text in {"true", "false"}:
        return node.text == "true"
    if node.bare and WHOLE.fullmatch(node.text):
        return int(node.text)
    return float(node.text) if node.bare and NUMBER.fullmatch(node.text) else node.text


def _to_text(node: Node) -> Any:
    """The plain data of a tree in which numbers stay the digits that were written."""
    if isinstance(node, Items):
        return [_to_text(item) for item in node.items]
    return node.text if isinstance(node, Scalar) else to_data(node)


def from_data(data: Any, where: str = "", text: type[Scalar] = Scalar) -> Node:
    """The tree of plain data; ``where`` is the path that its faults are told with.

    A text is taken as quoted, unless ``text`` is ``Bare``: what is typed as an option is.
    """
    place = (0, 0, 1, where)
    if isinstance(data, Mapping):
        entries = Entries(*place)
        for key, value in data.items():
            path = harmless(f"{where}.{key}" if where else str(key))
            entries.put(str(key), from_data(value, path, text))
        return entries
    if isinstance(data, np.ndarray) and data.ndim == 2 and data.dtype.kind in "fiu":
        return Numbers(data.astype(np.float64), *place)
    if isinstance(data, np.ndarray | np.generic):
        data = data.tolist()
    if isinstance(data, list | tuple):
        items = Items(*place)
        items.items = [
            from_data(item, f"{where}[{index}]", text) for index, item in enumerate(data)
        ]
        return items
    if isinstance(data, str):
        return text(harmless(data), *place)
    return Bare(_written(data), *place)


def _written(value: object) -> str:
    """A value that is no text as YAML writes it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and abs(value) >= 10**400:
        return "a number of over 400 digits"  # Python would refuse to write it out
    return harmless(repr(value))
