"""The gallery as lines: scenarios by question, those that fit what was typed, what each is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chainstep.tui.widgets.spans import EMPTY, Line, Lines, Span, columns, cut, ends, folded, line

_KEYS = (("↑↓", "choose", ""), ("Enter", "open", "enter"), ("type", "to search", "slash"))
_SEARCHING = (("↑↓", "choose", ""), ("Enter", "open", "enter"), ("Esc", "end the search", "escape"))
_ALWAYS = (("?", "help", "question_mark"), ("q", "quit", "q"))
_GAP = "  "


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
    searching: bool = False


def menu_lines(menu: Menu, width: int, height: int) -> Lines:
    """The whole screen of the gallery."""
    items, chosen = menu.items, menu.chosen
    says = ": watch backpropagation one factor at a time"
    head = [
        cut(line(Span(" chainstep", "title"), says), width),
        EMPTY,
        cut(line(Span(" What brings you here?", "name"), *_typed(menu)), width),
    ]
    keys = ends(
        _offers(_SEARCHING if menu.searching else _KEYS),
        () if menu.searching else _offers(_ALWAYS),
        width,
    )
    foot = folded(menu.status, width, "warn") if menu.status else [keys]
    if height < 9:
        head, foot = head[2:], foot if height > 3 else []
    about = _about(items[chosen], width) if items and height >= 16 else []
    room = max(1, height - len(head) - len(foot) - len(about))
    start = min(max(0, chosen - room // 2), max(0, len(items) - room))
    columns_shown = _columns(items, width)
    shown = [
        _line(item, "choice" if index == chosen else "", columns_shown, width, ("item", index))
        for index, item in enumerate(items)
        if start <= index < start + room
    ]
    if not items:
        said = "Nothing fits that. Backspace takes a letter back, Esc ends the search."
        shown = folded(said, width)
    body = [*shown[:room], *[EMPTY] * (room - len(shown)), *about]
    return [*head, *body, *foot][:height]


def _offers(keys: Sequence[tuple[str, str, str]]) -> Line:
    """Keys that can be clicked."""
    spans = []
    for shown, said, key in keys:
        target = ("key", key) if key else None
        spans += [Span(f" {shown}", "key", target), Span(f" {said} ", "keys", target)]
    return tuple(spans)


def _typed(menu: Menu) -> tuple[Span, ...]:
    if not menu.searching:
        return ()
    return (Span("   search: ", "dim"), Span(f"{menu.typed}▏", "name"))


_Column = tuple[Callable[[Item], str], int]


def _columns(items: Sequence[Item], width: int) -> list[_Column]:
    """What stands right of the questions, each as wide as its widest, as many as fit."""
    room = width - max((columns(item.question) for item in items), default=0) - len(_MARK) - 1
    found: list[_Column] = []
    for told in (_network, _loss, _name, _source):
        wide = max((columns(told(item)) for item in items if item.network), default=0)
        room -= wide + len(_GAP)
        if room < 0:
            break
        found.append((told, wide))
    return found


def _network(item: Item) -> str:
    return item.network


def _loss(item: Item) -> str:
    return item.loss


def _name(item: Item) -> str:
    return item.name


def _source(item: Item) -> str:
    return item.source


_MARK = " ▸ "


def _line(
    item: Item, role: str, shown: Sequence[_Column], width: int, target: tuple[object, ...]
) -> Line:
    mark = _MARK if role else "   "
    right = "".join(f"{_GAP}{told(item):<{wide}}" for told, wide in shown)
    if not item.network:
        right = f"{_GAP}{item.name}"
    question = f"{mark}{item.question}"
    space = width - columns(question) - columns(right) - 1
    if space < 0:
        return cut(line(Span(question, role, target)), width)
    return line(
        Span(question, role, target),
        Span(" " * space, role, target),
        Span(f"{right} ", role or "dim", target),
    )


def _about(item: Item, width: int) -> Lines:
    """What the chosen line is: its title, its name, its network, its loss, where it comes from."""
    rule = line(Span("─" * width, "rule"))
    network = ", ".join(part for part in (item.network, item.loss) if part)
    first = ends([Span(f" {item.title}", "name")], [Span(f"{network} ", "dim")], width)
    named = f"chainstep open {item.name} " if item.network else ""
    second = ends([Span(f" {item.source}", "dim")], [Span(named, "dim")], width)
    return [rule, first, second, rule]
