"""A screen with a list to choose from, narrowed by typing a part of what is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from textual import events

from chainstep.tui.asking import AskingScreen
from chainstep.tui.messages import Hit, Scrolled

Result = TypeVar("Result")
_MOVES = {"up": -1, "down": 1, "pageup": -8, "pagedown": 8, "home": -9999, "end": 9999}


class Searched(Protocol):
    """What can be found by words; ``told`` is what a person reads of it."""

    @property
    def told(self) -> str: ...

    def fits(self, typed: str) -> bool:
        """Whether every word that was typed occurs in it."""


Item = TypeVar("Item", bound=Searched)


def _begins(item: Searched, word: str) -> bool:
    """Whether a word that is read of it begins so."""
    return any(each.startswith(word) for each in item.told.lower().replace("-", " ").split())


class SearchScreen(AskingScreen[Result], Generic[Result, Item]):
    """The items that fit what was typed, one of them chosen."""

    def __init__(self, items: Sequence[Item]) -> None:
        super().__init__()
        self.all = list(items)
        self.typed, self.chosen = "", 0

    @property
    def items(self) -> list[Item]:
        """What fits what was typed."""
        return [item for item in self.all if item.fits(self.typed)]

    def narrow(self, typed: str) -> None:
        """Searches for another text; the first item that has a word that begins so is chosen."""
        before = self.items[self.chosen] if not typed and self.items else None
        self.typed, items = typed, []
        items = self.items
        words = typed.lower().split()
        begins = [all(_begins(item, word) for word in words) for item in items]
        self.chosen = begins.index(True) if True in begins else 0
        if before is not None:
            self.chosen = items.index(before)

    def open(self, item: Item) -> None:
        """Takes what was chosen."""
        raise NotImplementedError

    def press(self, key: str) -> bool:
        """Whether a key is one that moves, takes, or takes a letter back."""
        if key in _MOVES:
            self.choose(self.chosen + _MOVES[key])
        elif key == "enter":
            if items := self.items:
                self.open(items[self.chosen])
        elif key == "backspace":
            self.narrow(self.typed[:-1])
        else:
            return False
        return True

    def type(self, event: events.Key) -> None:
        """Narrows the list by a letter."""
        if event.is_printable and event.character:
            self.narrow(self.typed + event.character)

    def choose(self, index: int) -> None:
        self.chosen = max(0, min(index, len(self.items) - 1))

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted is searched for, its lines as one."""
        event.stop()
        self.narrow(self.typed + " ".join(event.text.split()))
        self.paint()

    def on_hit(self, message: Hit) -> None:
        kind, what = message.target[0], message.target[1]
        if kind == "key":
            self.press(str(what))
        elif isinstance(what, int):
            if what == self.chosen:
                self.open(self.items[what])
            self.choose(what)
        self.paint()

    def on_scrolled(self, message: Scrolled) -> None:
        self.choose(self.chosen + (1 if message.direction == "down" else -1))
        self.paint()
