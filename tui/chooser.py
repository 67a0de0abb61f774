"""A list to choose from by typing a part of what is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen

from chainstep.tui.messages import Hit, Scrolled
from chainstep.tui.themes import DEFAULT, Themed
from chainstep.tui.widgets.canvas import Canvas, let
from chainstep.tui.widgets.spans import Lines, Span, columns, cut, filled, folded, line, rule


@dataclass(frozen=True)
class Choice:
    """Something to choose: its name, what it is, what it leads to; ``more`` is told of it alone."""

    name: str
    told: str
    message: Message
    more: str = ""

    def fits(self, typed: str) -> bool:
        """Whether every word that was typed occurs in it."""
        everything = f"{self.name} {self.told} {self.more}".lower()
        return all(word in everything for word in typed.lower().split())


class Chooser(Screen[Message | None]):
    """The choices that fit what was typed; Enter takes one, Esc none."""

    def __init__(self, title: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self.heading, self.choices = title, choices
        self.typed, self.chosen = "", 0
        self.canvas = Canvas()

    def compose(self) -> ComposeResult:
        yield self.canvas

    @property
    def fitting(self) -> list[Choice]:
        """What fits what was typed."""
        return [choice for choice in self.choices if choice.fits(self.typed)]

    def on_resized(self) -> None:
        self.paint()

    def paint(self) -> None:
        width, height = self.canvas.size
        if width and height:
            theme = self.app.chosen_theme if isinstance(self.app, Themed) else DEFAULT
            self.canvas.show(self._lines(width, height), theme)

    def _lines(self, width: int, height: int) -> Lines:
        fitting = self.fitting
        search = (Span("   search: ", "dim"), Span(f"{self.typed}▏", "name"))
        head = [cut(line(Span(f" {self.heading}", "title"), *search), width), rule(width)]
        chosen = fitting[self.chosen] if fitting else None
        about = folded(chosen.more, width, "dim")[:4] if chosen and height > 14 else []
        foot = line(Span(" ↑↓", "key"), Span(" choose  ", "keys"), Span("Enter", "key"),
                    Span(" take  ", "keys"), Span("Esc", "key", ("key", "escape")),
                    Span(" back   type to search", "keys"))  # fmt: skip
        room = max(1, height - len(head) - 1 - (len(about) + 1 if about else 0))
        start = min(max(0, self.chosen - room // 2), max(0, len(fitting) - room))
        wide = max((columns(choice.name) for choice in fitting), default=0)
        body: Lines = []
        for index, choice in list(enumerate(fitting))[start : start + room]:
            role = "choice" if index == self.chosen else ""
            mark = " ▸ " if role else "   "
            target = ("item", index)
            named = Span(f"{mark}{choice.name:<{wide}}  ", role or "name", target)
            body.append(cut(line(named, Span(choice.told, role or "dim", target)), width))
        if not fitting:
            body = folded("Nothing fits that. Backspace takes a letter back.", width)
        below = [rule(width), *about] if about else []
        return [*filled([*head, *filled(body, room), *below], height - 1), cut(foot, width)]

    # ── keys ──

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        moves = {"up": -1, "down": 1, "pageup": -8, "pagedown": 8, "home": -999, "end": 999}
        if event.key in moves:
            self._choose(self.chosen + moves[event.key])
        elif event.key == "escape":
            let(self.dismiss(None))
            return
        elif event.key == "enter":
            self._take()
            return
        elif event.key == "backspace":
            self.typed, self.chosen = self.typed[:-1], 0
        elif event.is_printable and event.character:
            self.typed, self.chosen = self.typed + event.character, 0
        self.paint()

    def _choose(self, index: int) -> None:
        self.chosen = max(0, min(index, len(self.fitting) - 1))

    def _take(self) -> None:
        fitting = self.fitting
        if fitting:
            let(self.dismiss(fitting[self.chosen].message))

    def on_hit(self, message: Hit) -> None:
        kind, what = message.target[0], message.target[1]
        if kind == "key":
            let(self.dismiss(None))
        elif isinstance(what, int):
            if what == self.chosen:
                self._take()
            else:
                self._choose(what)
                self.paint()

    def on_scrolled(self, message: Scrolled) -> None:
        self._choose(self.chosen + (1 if message.direction == "down" else -1))
        self.paint()
