"""The tree of a YAML file, or of plain data, in which every value knows its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from chainstep.scenarios.faults import Faults, harmless, quoted

#: Levels of nesting that are read; a scenario needs six.
DEEPEST = 20


class Node:
    """A value and its place: line and column from 1, or line 0 and ``where`` in words."""

    __slots__ = ("column", "line", "where", "width")

    def __init__(self, line: int = 0, column: int = 0, width: int = 1, where: str = "") -> None:
        self.line = line
        self.column = column
        self.width = width
        self.where = where


class Scalar(Node):
    """A word, a number or a text, as written; ``bare`` where it stands without quotes."""

    __slots__ = ("bare", "text")

    def __init__(self, text: str, bare: bool, *place: Any) -> None:
        super().__init__(*place)
        self.text = text
        self.bare = bare

    @property
    def empty(self) -> bool:
        """Whether nothing stands there, which YAML calls null."""
        return self.bare and self.text in ("", "~", "null", "Null", "NULL")


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
        self.values[key] = value
        self.keys[key] = value


class Numbers(Node):
    """A matrix that is an array already."""

    __slots__ = ("array",)

    def __init__(self, array: np.ndarray[Any, Any], *place: Any) -> None:
        super().__init__(*place)
        self.array = array


def what(node: Node) -> str:
    """What stands at a node, for a message: ``a list``, ``'sigmiod'``, ``nothing``."""
    if isinstance(node, Scalar):
        return "nothing" if node.empty else quoted(node.text)
    return "a mapping" if isinstance(node, Entries) else "a list"


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


NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
WHOLE = re.compile(r"[-+]?[0-9]{1,18}")


def to_data(node: Node, texts: Collection[str] = ("printed", "right")) -> Any:
    """The plain data of a tree: mappings, lists, numbers and texts.

    Bare numbers become numbers, save under the keys ``texts``, where every digit counts.
    """
    if isinstance(node, Entries):
        return {
            key: to_text(value) if key in texts else to_data(value, texts)
            for key, value in node.values.items()
        }
    if isinstance(node, Items):
        return [to_data(item, texts) for item in node.items]
    if isinstance(node, Numbers):
        return node.array
    assert isinstance(node, Scalar)
    if node.bare and WHOLE.fullmatch(node.text):
        return int(node.text)
    return float(node.text) if node.bare and NUMBER.fullmatch(node.text) else node.text


def to_text(node: Node) -> Any:
    """The plain data of a tree in which numbers stay the digits that were written."""
    if isinstance(node, Items):
        return [to_text(item) for item in node.items]
    return node.text if isinstance(node, Scalar) else to_data(node)


def from_data(data: Any, where: str = "", *, bare: bool = False) -> Node:
    """The tree of plain data; ``where`` is the path that its faults are told with.

    Texts are taken as quoted, unless ``bare``: what is typed as an option is.
    """
    place = (0, 0, 1, where)
    if isinstance(data, Mapping):
        entries = Entries(*place)
        for key, value in data.items():
            path = f"{where}.{key}" if where else str(key)
            entries.put(str(key), from_data(value, harmless(path), bare=bare))
        return entries
    if isinstance(data, np.ndarray) and data.ndim == 2 and data.dtype.kind in "fiu":
        return Numbers(data.astype(np.float64), *place)
    if isinstance(data, np.ndarray | np.generic):
        data = data.tolist()
    if isinstance(data, list | tuple):
        items = Items(*place)
        items.items = [
            from_data(item, f"{where}[{index}]", bare=bare) for index, item in enumerate(data)
        ]
        return items
    if isinstance(data, str):
        return Scalar(harmless(data), bare, *place)
    return Scalar(_written(data), True, *place)


def _written(value: object) -> str:
    """A value that is no text as YAML writes it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and abs(value) >= 10**400:
        return "a number of over 400 digits"
    return harmless(str(value)) if isinstance(value, int) else harmless(repr(value))


def parse(text: str, faults: Faults, until: Collection[str] = ()) -> Entries:
    """The tree of a YAML text; with ``until``, only so far that these keys have been read.

    Reads event by event with a stack of its own, so that no nesting exhausts the interpreter
    and no alias unfolds; a doubled key is noted and read once.
    Raises: ScenarioError where it is no YAML, or more YAML than a scenario needs.
    """
    from yaml import SafeLoader  # PyYAML takes some milliseconds, which only readers should pay
    from yaml.error import MarkedYAMLError, YAMLError

    try:
        from yaml import CSafeLoader as Loader
    except ImportError:  # PyYAML was built without libyaml
        Loader = SafeLoader  # type: ignore[assignment, misc]
    try:
        loader = Loader(text)
        try:
            return _Tree(loader, faults, until).read()
        finally:
            loader.dispose()
    except MarkedYAMLError as error:
        raise _syntax(error, faults) from None
    except (YAMLError, ValueError) as error:
        raise faults.fatal(1, 1, 1, f"this is no YAML: {harmless(str(error))}") from None


def _syntax(error: Any, faults: Faults) -> Exception:
    mark = error.problem_mark or error.context_mark
    begun = error.context_mark
    found = f"this is no YAML: {error.problem}"
    mend = f"{error.context}, begun in line {begun.line + 1}" if error.context and begun else ""
    if "\t" in faults.line(mark.line + 1)[: mark.column + 1]:
        mend = "indent with blanks; YAML takes no tabs there"
    return faults.fatal(mark.line + 1, mark.column + 1, 1, found, mend)


class _Tree:
    """Grows the tree of one document from a parser's events."""

    def __init__(self, loader: Any, faults: Faults, until: Collection[str]) -> None:
        self.loader = loader
        self.faults = faults
        self.until = frozenset(until)
        self.root = Entries()
        self.stack: list[Items | Entries] = []
        self.waiting: list[Scalar | None] = []  # per level: the key whose value comes next

    def read(self) -> Entries:
        """The document's one mapping."""
        take = self.loader.get_event
        take()  # the stream's start
        if type(take()).__name__ == "StreamEndEvent":
            raise self._nothing()
        while True:
            event = take()
            node = self._node(event)
            if node is None:
                node = self.stack.pop()
                self.waiting.pop()
            else:
                self._hang(node)
                if not isinstance(node, Scalar):
                    self._enter(node)
                    continue
            if not self.stack or self._enough():
                break
        self._ends()
        return self.root

    def _node(self, event: Any) -> Node | None:
        """The node that an event begins; None where it ends one."""
        kind = type(event).__name__
        mark = event.start_mark
        if kind == "AliasEvent":
            raise self._refused(event, f"'*{event.anchor}' repeats a value from elsewhere")
        if kind in ("MappingEndEvent", "SequenceEndEvent"):
            return None
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise self._refused(event, f"the tag {quoted(tag)} is not read")
        place = (mark.line + 1, mark.column + 1)
        if kind == "MappingStartEvent":
            return Entries(*place)
        if kind == "SequenceStartEvent":
            return Items(*place)
        bare = event.style is None or event.style == ""
        value = harmless(event.value) if event.style == '"' else event.value
        one_line = event.end_mark.line == mark.line
        width = event.end_mark.column - mark.column if one_line else 1
        return Scalar(value, bare, *place, width)

    def _refused(self, event: Any, found: str) -> Exception:
        mark, end = event.start_mark, event.end_mark
        width = end.column - mark.column if end.line == mark.line else 1
        mend = "write the value itself there: a scenario is plain numbers, words and texts"
        return self.faults.fatal(mark.line + 1, mark.column + 1, width, found, mend)

    def _enter(self, node: Node) -> None:
        assert isinstance(node, Items | Entries)
        if len(self.stack) == DEEPEST:
            raise self.faults.fatal(
                node.line, node.column, 1, f"this is nested more than {DEEPEST} levels deep",
                "a scenario needs six",
            )
        self.stack.append(node)
        self.waiting.append(None)

    def _hang(self, node: Node) -> None:
        """Puts a node where it belongs: into the list, or behind the key that waits for it."""
        if not self.stack:
            if not isinstance(node, Entries):
                raise self._no_mapping(node)
            self.root = node
            return
        parent = self.stack[-1]
        if isinstance(parent, Items):
            parent.items.append(node)
            return
        key = self.waiting[-1]
        if key is None:
            if not isinstance(node, Scalar):
                raise self.faults.fatal(
                    node.line, node.column, 1, f"{what(node)} cannot be a key",
                    "a key is a word, as in `loss: squared-error`",
                )
            self.waiting[-1] = node
            if node.text in parent.keys:
                first = parent.keys[node.text].line
                self.faults.at(
                    node, f"the key {quoted(node.text)} stands twice here; first in line {first}",
                    "keep one of the two",
                )
            return
        self.waiting[-1] = None
        if key.text not in parent.keys:
            parent.keys[key.text] = key
            parent.values[key.text] = node

    def _enough(self) -> bool:
        """Whether the top of the document has all that was asked for."""
        if not self.until or len(self.stack) != 1 or self.waiting[0] is not None:
            return False
        return self.until <= self.root.values.keys()

    def _ends(self) -> None:
        """Notes a second document, which nobody would look for."""
        if self.until:
            return
        self.loader.get_event()  # the document's end
        event = self.loader.get_event()
        if type(event).__name__ != "StreamEndEvent":
            self.faults.in_file(
                event.start_mark.line + 1, event.start_mark.column + 1, 3,
                "a second document begins here", "keep one scenario in a file",
            )

    def _nothing(self) -> Exception:
        return self.faults.fatal(
            1, 1, 1, "the file is empty", "`chainstep new FILE` writes one to start from"
        )

    def _no_mapping(self, node: Node) -> Exception:
        return self.faults.fatal(
            node.line, node.column, node.width,
            f"a scenario is a mapping, `title: …` and so on; this is {what(node)}",
            "`chainstep new FILE` writes one to start from",
        )
