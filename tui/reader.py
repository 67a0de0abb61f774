"""A screen with lines to be read: help, a story, a chain, the faults of a file."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen

from chainstep.tui.themes import DEFAULT, Themed
from chainstep.tui.widgets.canvas import Canvas, let
from chainstep.tui.widgets.spans import EMPTY, Lines, Span, cut, folded, line

_LEAVING = {"escape", "q", "enter", "question_mark"}


class Reader(Screen[None]):
    """Lines under a title, to scroll through; Esc leaves."""

    def __init__(
        self,
        title: str,
        lines: Callable[[int], Lines],
        keys: dict[str, tuple[str, Callable[[], None]]] | None = None,
    ) -> None:
        super().__init__()
        self.heading, self.lines, self.keys = title, lines, keys or {}
        self.top = 0
        self.canvas = Canvas(self.paint)

    def compose(self) -> ComposeResult:
        yield self.canvas

    def paint(self) -> None:
        width, height = self.canvas.size
        if not width or not height:
            return
        theme = self.app.chosen_theme if isinstance(self.app, Themed) else DEFAULT
        lines = [*self.lines(width - 1), *self._leading_on(width - 1)]
        room = max(1, height - 3)
        self.top = max(0, min(self.top, len(lines) - room))
        shown = [cut(one, width) for one in lines[self.top : self.top + room]]
        more = (
            f" {self.top + 1}–{self.top + len(shown)} of {len(lines)}  ↑↓ scroll "
            if len(lines) > room
            else ""
        )
        keys = "".join(f"   {k} {said}" for k, (said, _) in self.keys.items() if not k.isdigit())
        page = [
            cut(line(Span(f" {self.heading}", "title")), width),
            line(Span("─" * width, "rule")),
            *shown,
            *[EMPTY] * (room - len(shown)),
            cut(line(Span(f" Esc back{keys}{more and '  '}{more}", "keys")), width),
        ]
        self.canvas.show(page[-height:] if height < 3 else page, theme)

    def _leading_on(self, width: int) -> Lines:
        """What the digits lead on to."""
        digits = [f"{key} {said}" for key, (said, _) in self.keys.items() if key.isdigit()]
        if not digits:
            return []
        whole = "   ".join(said.replace(" ", "\N{NO-BREAK SPACE}") for said in digits)
        return [EMPTY, *folded(f"Lead on:  {whole}", width, "keys")]

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        page = max(1, self.canvas.size.height - 4)
        moves = {
            "down": 1, "j": 1, "up": -1, "k": -1, "pagedown": page, "space": page,
            "pageup": -page, "home": -(10**6), "end": 10**6,
        }  # fmt: skip
        if event.key in self.keys:
            self.keys[event.key][1]()
        elif event.key in _LEAVING:
            let(self.app.pop_screen())
        elif event.key in moves:
            self.top += moves[event.key]
            self.paint()

    def on_mouse_scroll_down(self) -> None:
        self.top += 3
        self.paint()

    def on_mouse_scroll_up(self) -> None:
        self.top -= 3
        self.paint()
