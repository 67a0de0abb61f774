"""A list over the screen: something is taken from it, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from chainstep.tui.searching import SearchScreen
from chainstep.tui.widgets.canvas import let
from chainstep.tui.widgets.footer import offers
from chainstep.tui.widgets.frame import band, framed, head, titled
from chainstep.tui.widgets.spans import Lines, Span, abreast, columns, cut, filled, folded, line

_BESIDE = 110  # cells from which on what the chosen one is stands beside the list
_KEYS = (("↑↓", "choose", ""), ("Enter", "take", "enter"), ("type", "to search", ""))
_LEAVING = (("Esc", "back", "escape"),)


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


class Chooser(SearchScreen[Message | None, Choice]):
    """The choices that fit what was typed; Enter takes one, Esc none."""

    def __init__(self, title: str, choices: Sequence[Choice]) -> None:
        super().__init__(choices)
        self.heading = title

    def open(self, item: Choice) -> None:
        let(self.dismiss(item.message))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if not self.press(event.key):
            self.type(event)
        self.paint()

    def press(self, key: str) -> bool:
        if key != "escape":
            return super().press(key)
        let(self.dismiss(None))
        return True

    # ── showing ──

    def picture(self, width: int, height: int) -> Lines:
        top = head(self.heading, f"{len(self.items)} of {len(self.all)}", width)
        foot = band(offers(_KEYS), offers(_LEAVING), width)
        return [top, *self._middle(width, height - 2), foot][-height:]

    def _middle(self, width: int, room: int) -> Lines:
        items = self.items
        chosen = items[self.chosen] if items else None
        search = f"search: {self.typed}▏" if self.typed else "search: type a part of it"
        if width >= _BESIDE and room > 6:
            left = width * 3 // 5
            listed = filled(self._rows(left - 2, room - 2), room - 2)
            told = filled(_about(chosen, width - left - 2), room - 2)
            name = chosen.name if chosen else ""
            right = framed(told, width - left, name)
            return abreast(framed(listed, left, search, lit=True), right, left, Span(""))
        about = _about(chosen, width) if chosen and room > 12 else []
        below = [titled(width, chosen.name if chosen else ""), *about[:5]] if about else []
        rows = filled(self._rows(width, room - 1 - len(below)), room - 1 - len(below))
        return [titled(width, search), *rows, *below]

    def _rows(self, width: int, room: int) -> Lines:
        items = self.items
        if not items:
            return folded("Nothing fits that. Backspace takes a letter back.", width)
        start = min(max(0, self.chosen - room // 2), max(0, len(items) - room))
        wide = max(columns(item.name) for item in items)
        return [
            _row(item, index, wide, width, is_chosen=index == self.chosen)
            for index, item in list(enumerate(items))[start : start + max(0, room)]
        ]


def _row(item: Choice, index: int, wide: int, width: int, *, is_chosen: bool) -> tuple[Span, ...]:
    mark, role = (" ▸ ", "choice") if is_chosen else ("   ", "")
    target = ("item", index)
    named = Span(f"{mark}{item.name:<{wide}}  ", role or "name", target)
    told = cut(
        line(Span(item.told, role or "dim", target)), max(0, width - columns(named.text) - 1)
    )
    missing = width - columns(named.text) - sum(columns(span.text) for span in told)
    return (named, *told, Span(" " * max(0, missing), role, target))


def _about(chosen: Choice | None, width: int) -> Lines:
    """All that is told of a choice."""
    if chosen is None:
        return []
    return [
        *folded(chosen.told, width),
        *(folded(chosen.more, width, "dim") if chosen.more else []),
    ]
