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
    """What can be found by words."""

    def fits(self, typed: str) -> bool:
        """Whether every word that was typed occurs in it."""


Item = TypeVar("Item", bound=Searched)


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
            self.typed, self.chosen = self.typed[:-1], 0
        else:
            return False
        return True

    def type(self, event: events.Key) -> None:
        """Narrows the list by a letter."""
        if event.is_printable and event.character:
            self.typed, self.chosen = self.typed + event.character, 0

    def choose(self, index: int) -> None:
        self.chosen = max(0, min(index, len(self.items) - 1))

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted is searched for, its lines as one."""
        event.stop()
        self.typed, self.chosen = self.typed + " ".join(event.text.split()), 0
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
