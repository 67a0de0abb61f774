"""The gallery as lines: scenarios by question, those that fit what was typed, what each is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainstep.tui.widgets.spans import EMPTY, Line, Lines, Span, columns, cut, ends, folded, line

_KEYS = " ↑↓ choose   Enter open   type to search   Esc clear   q quit"


@dataclass(frozen=True)
class Item:
    """A line of the gallery: a question, and what answers it.

    ``network``, ``loss`` and ``source`` are empty where the line is no scenario.
    """

    question: str
    name: str
    title: str = ""
    network: str = ""
    loss: str = ""
    source: str = ""

    def fits(self, typed: str) -> bool:
        """Whether every word that was typed occurs in it."""
        everything = " ".join(
            (self.question, self.name, self.title, self.network, self.loss, self.source)
        ).lower()
        return all(word in everything for word in typed.lower().split())


@dataclass(frozen=True)
class Menu:
    """The lines that fit what was typed, and the one that is chosen."""

    items: Sequence[Item]
    chosen: int = 0
    typed: str = ""
    status: str = ""


def menu_lines(menu: Menu, width: int, height: int) -> Lines:
    """The whole screen of the gallery."""
    items, chosen = menu.items, menu.chosen
    says = ": watch backpropagation one factor at a time"
    head = [
        cut(line(Span(" chainstep", "title"), says), width),
        EMPTY,
        cut(line(Span(" What brings you here?", "name"), *_typed(menu.typed)), width),
    ]
    told = Span(f" {menu.status}", "bad") if menu.status else Span(_KEYS, "keys")
    foot = [cut(line(told), width)]
    if height < 9:
        head, foot = head[2:], foot if height > 3 else []
    about = _about(items[chosen], width) if items and height >= 16 else []
    room = max(1, height - len(head) - len(foot) - len(about))
    start = min(max(0, chosen - room // 2), max(0, len(items) - room))
    shown = [
        _line(item, "choice" if index == chosen else "", width, ("item", index))
        for index, item in enumerate(items)
        if start <= index < start + room
    ]
    if not items:
        shown = folded("Nothing fits that. Backspace takes a letter back, Esc all of them.", width)
    body = [*shown[:room], *[EMPTY] * (room - len(shown)), *about]
    return [*head, *body, *foot][:height]


def _typed(typed: str) -> tuple[Span, ...]:
    return (Span("   search: ", "dim"), Span(f"{typed}▏", "name")) if typed else ()


def _line(item: Item, role: str, width: int, target: tuple[object, ...]) -> Line:
    mark = " ▸ " if role else "   "
    name = f"{item.name} "
    space = width - columns(mark) - columns(item.question) - columns(name)
    if space < 2:
        return cut(line(Span(f"{mark}{item.question}", role, target)), width)
    return line(
        Span(f"{mark}{item.question}", role, target),
        Span(" " * space, role, target),
        Span(name, role or "dim", target),
    )


def _about(item: Item, width: int) -> Lines:
    """What the chosen line is: its network, its loss, where it comes from."""
    rule = line(Span("─" * width, "rule"))
    network = ", ".join(part for part in (item.network, item.loss) if part)
    first = ends([Span(f" {item.title}", "name")], [Span(f"{network} ", "dim")], width)
    return [rule, first, cut(line(Span(f" {item.source}", "dim")), width), rule]
