"""What is wrong with a scenario, where, and how to mend it; and all of that as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from chainstep.core.quantities import InputError
from chainstep.core.text.harmless import harmless, plain_name

if TYPE_CHECKING:
    from chainstep.scenarios.placed_tree import Node

#: Faults that are told at once; of more, only how many there are.
TOLD = 20
#: Characters of a source line that are shown around a fault.
SHOWN = 90


class Fault(NamedTuple):
    """One thing that does not fit: its place, what was found, and the mend.

    ``place`` is the file, with ``line`` and ``column`` from 1 and the ``source`` line; or, where
    ``line`` is 0, an option or a path into plain data.
    """

    place: str
    found: str
    mend: str = ""
    line: int = 0
    column: int = 0
    width: int = 0
    source: str = ""

    def __str__(self) -> str:
        if not self.line:
            parts = [f"{self.place}: {self.found}" if self.place else self.found]
        else:
            parts = [f"{self.place}:{self.line}:{self.column}: {self.found}", *self._picture()]
        return harmless("\n".join([*parts, self.mend] if self.mend else parts))

    def _picture(self) -> list[str]:
        """The source line and a caret line under the fault, cut to what is near it."""
        start = max(0, self.column - 1 - SHOWN // 2) if len(self.source) > SHOWN else 0
        before = ("…" if start else "") + self.source[start : self.column - 1]
        rest = self.source[self.column - 1 : start + SHOWN]
        cut = "…" if start + SHOWN < len(self.source) else ""
        width = max(1, columns(rest[: self.width]))
        return [
            f"{self.line:>5} | {before}{rest}{cut}".replace("\t", " ").rstrip(),
            f"{'':>5} | {' ' * columns(before)}{'^' * width}",
        ]


class ScenarioError(InputError):
    """A scenario cannot be read or run; ``faults`` are all its faults, in the file's order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(told(self.faults))


class Faults:
    """The faults of one file as they are found.

    ``fatal`` ends the reading; the others are gathered, so that all are told at once.
    """

    def __init__(self, place: str, text: str = "") -> None:
        self.place = harmless(place)
        self.text = text
        self._lines: list[str] = []
        self.found: list[Fault] = []

    def at(self, node: Node, found: str, mend: str = "") -> None:
        """Notes a fault at a node of the file, or of the plain data that stands for one."""
        if not node.line:
            self.found.append(Fault(node.where or self.place, found, mend))
            return
        source = self.line(node.line)
        self.found.append(
            Fault(self.place, found, mend, node.line, node.column, node.width, source)
        )

    def fatal(self, node: Node, found: str, mend: str = "") -> ScenarioError:
        """Notes a fault after which the file cannot be read on, and gives what to raise."""
        self.at(node, found, mend)
        return self.error()

    def line(self, number: int) -> str:
        """The text of a line of the file, counted from 1."""
        if len(self._lines) == 0:
            self._lines = self.text.split("\n")
        return self._lines[number - 1] if number <= len(self._lines) else ""

    def error(self) -> ScenarioError:
        """All that was found, to be raised; no fault twice at one place."""
        ordered = sorted(self.found, key=lambda fault: (fault.line or 10**9, fault.column))
        return ScenarioError(dict.fromkeys(ordered))


def told(faults: tuple[Fault, ...]) -> str:
    """The text of several faults, parted by empty lines; of very many the first ones."""
    texts = [str(fault) for fault in faults[:TOLD]]
    if len(faults) > TOLD:
        texts.append(f"… and {len(faults) - TOLD} more")
    return "\n\n".join(texts)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: CJK characters two, combining ones none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width  # wanted only under a fault

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def quoted(text: str) -> str:
    """A word of the file in quotes, shortened where it is long."""
    text = plain_name(text)
    return f"'{text}'" if len(text) <= 40 else f"'{text[:39]}…'"


def nearest_of(word: str, known: Iterable[str]) -> str:
    """The mend for a word that is not known: the nearest one, and all of them."""
    from difflib import get_close_matches  # wanted only where something is misspelt

    words = list(known)
    lower = {w.lower(): w for w in words}
    close = get_close_matches(word[:80].lower(), lower, n=1, cutoff=0.5)
    everything = ", ".join(sorted(words))
    if not close:
        return f"one of {everything}"
    return f"did you mean '{lower[close[0]]}'?" + (f" ({everything})" if len(words) < 25 else "")
