"""YAML text in, a tree of nodes out: nothing but mappings, lists and scalars is read."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from chainstep.core.text.harmless import harmless
from chainstep.scenarios.faults import Faults, quoted
from chainstep.scenarios.placed_tree import Bare, Entries, Items, Node, Scalar

#: Levels of nesting that are read; a scenario needs six.
DEEPEST = 20
#: Values of one file that are read; larger data belong into npz files.
MOST = 300_000


class Wanted(NamedTuple):
    """What a file should be: in words, what it begins with, and whether a list will do."""

    noun: str
    form: str
    start: str
    plain: str
    lists: bool = False


SCENARIO = Wanted(
    "a scenario",
    "a scenario is a mapping, `title: …` and so on",
    "`chainstep new FILE` writes one to start from",
    "a scenario is plain words, numbers and texts",
)


def parse(text: str, faults: Faults, until: Collection[str] = ()) -> Entries:
    """The tree of a scenario's text; with ``until``, only until these keys have been read.

    Raises: ScenarioError where it is no YAML, or more YAML than a scenario needs.
    """
    root = parse_as(SCENARIO, text, faults, until)
    assert isinstance(root, Entries)
    return root


def parse_as(wanted: Wanted, text: str, faults: Faults, until: Collection[str] = ()) -> Node:
    """The tree of a YAML text: its one mapping, or list where one will do.

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
        return _Tree(Loader(text), faults, wanted, frozenset(until)).read()
    except MarkedYAMLError as error:
        raise _syntax(error, faults) from None
    except (YAMLError, ValueError) as error:
        found = f"this is no YAML: {quoted(str(error))}"
        raise faults.fatal(Node(1, 1), found) from None


def _syntax(error: Any, faults: Faults) -> Exception:
    mark, begun = error.problem_mark or error.context_mark, error.context_mark
    if "nesting" in error.problem:  # libyaml from 0.2.6 on looks ahead, and stops at its own limit
        return _too_deep(Node(mark.line + 1, mark.column + 1), faults)
    mend = f"{error.context}, begun in line {begun.line + 1}" if error.context and begun else ""
    if "\t" in faults.line(mark.line + 1)[: mark.column + 1]:
        mend = "indent with blanks: YAML takes no tabs there"
    place = Node(mark.line + 1, mark.column + 1)
    return faults.fatal(place, f"this is no YAML: {harmless(error.problem)}", mend)


def _too_deep(node: Node, faults: Faults) -> Exception:
    found = f"this is nested more than {DEEPEST} levels deep"
    return faults.fatal(node, found, "no file needs more than ten")


class _Tree:
    """Grows the tree of one document from a parser's events."""

    def __init__(self, loader: Any, faults: Faults, wanted: Wanted, until: frozenset[str]) -> None:
        self.loader = loader
        self.faults = faults
        self.wanted = wanted
        self.until = until
        self.count = 0
        self.root: Items | Entries = Entries()
        self.stack: list[Items | Entries] = []
        self.waiting: list[Scalar | None] = []  # per level: the key whose value comes next

    def read(self) -> Node:
        """The document's one mapping, or list."""
        take = self.loader.get_event
        take()  # the stream's start
        if type(take()).__name__ == "StreamEndEvent":
            raise self.faults.fatal(Node(1, 1), "the file is empty", self.wanted.start)
        while True:
            node = self._node(take())
            if node is None:
                self.stack.pop()
                self.waiting.pop()
            else:
                self._hang(node)
                if isinstance(node, Items | Entries):
                    self._enter(node)
                    continue
            if not self.stack:
                self._ends()
                return self.root
            if len(self.stack) == 1 and self._enough():
                return self.root

    def _node(self, event: Any) -> Node | None:
        """The node that an event begins; None where it ends one."""
        kind = type(event).__name__
        if kind in {"MappingEndEvent", "SequenceEndEvent"}:
            return None
        mark, end = event.start_mark, event.end_mark
        width = end.column - mark.column if end.line == mark.line else 1
        place = (mark.line + 1, mark.column + 1, width)
        if kind == "AliasEvent":
            raise self._refused(place, f"'*{event.anchor}' repeats a value from elsewhere")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise self._refused(place, f"the tag {quoted(tag)} is not read")
        if kind == "MappingStartEvent":
            return Entries(*place[:2])
        if kind == "SequenceStartEvent":
            return Items(*place[:2])
        if not event.style:
            return Bare(event.value, *place)
        # only between double quotes can an escape write what the raw text did not have
        return Scalar(harmless(event.value) if event.style == '"' else event.value, *place)

    def _refused(self, place: tuple[int, int, int], found: str) -> Exception:
        mend = f"write the value itself there: {self.wanted.plain}"
        return self.faults.fatal(Node(*place), found, mend)

    def _enter(self, node: Items | Entries) -> None:
        if len(self.stack) == DEEPEST:
            raise _too_deep(node, self.faults)
        self.stack.append(node)
        self.waiting.append(None)

    def _hang(self, node: Node) -> None:
        """Puts a node where it belongs: into the list, or behind the key that waits for it."""
        self.count += 1
        if self.count > MOST:
            found = f"these are more than {MOST} values"
            raise self.faults.fatal(node, found, "numbers as many as these belong into an npz file")
        if not self.stack:
            if not isinstance(node, Entries) and not (
                self.wanted.lists and isinstance(node, Items)
            ):
                raise self.faults.fatal(
                    node, f"{self.wanted.form}; this is {node}", self.wanted.start
                )
            self.root = node
        elif isinstance(parent := self.stack[-1], Items):
            parent.items.append(node)
        elif (key := self.waiting[-1]) is None:
            self._await(parent, node)
        else:
            self.waiting[-1] = None
            if key.text not in parent.keys:
                parent.keys[key.text] = key
                parent.values[key.text] = node

    def _await(self, parent: Entries, node: Node) -> None:
        """Takes a node as the key of the value that comes next."""
        if not isinstance(node, Scalar):
            mend = "a key is a word, as in `loss: squared-error`"
            raise self.faults.fatal(node, f"{node} cannot be a key", mend)
        if node.text in parent.keys:
            first = parent.keys[node.text].line
            found = f"the key {quoted(node.text)} stands here for the second time"
            self.faults.at(node, found, f"it stands in line {first} already: keep one of the two")
        self.waiting[-1] = node

    def _enough(self) -> bool:
        """Whether the top of the document has all that was asked for, values included."""
        root = self.root
        return (
            bool(self.until)
            and isinstance(root, Entries)
            and self.waiting[0] is None
            and self.until <= root.keys.keys()
        )

    def _ends(self) -> None:
        """Notes a second document, which nobody would look for."""
        self.loader.get_event()  # the document's end
        event = self.loader.get_event()
        if type(event).__name__ != "StreamEndEvent":
            place = Node(event.start_mark.line + 1, event.start_mark.column + 1, 3)
            self.faults.at(
                place,
                "a second document begins here",
                f"keep {self.wanted.noun.replace('a ', 'one ')} in a file",
            )
