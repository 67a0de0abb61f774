"""The gallery as lines: scenarios by question, in groups, and what the chosen one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainstep.tui.view import Said
from chainstep.tui.widgets.footer import offers, said_lines
from chainstep.tui.widgets.frame import band, framed, titled
from chainstep.tui.widgets.sketch import sketch
from chainstep.tui.widgets.spans import (
    EMPTY,
    Line,
    Lines,
    Span,
    abreast,
    columns,
    cut,
    ends,
    filled,
    folded,
    line,
)

_KEYS = (("↑↓", "choose", ""), ("Enter", "open", "enter"), ("type", "to search", "slash"))
_SEARCHING = (("↑↓", "choose", ""), ("Enter", "open", "enter"), ("Esc", "end the search", "escape"))
_ALWAYS = (("?", "help", "question_mark"), ("Ctrl+P", "everything", ""), ("q", "quit", "q"))
_SAYS = "watch backpropagation one factor at a time"
_BESIDE = 110  # cells from which on what the chosen one is stands beside the list
_LEAST_BESIDE = 38  # cells that it has there
_MARK = " ▸ "


@dataclass(frozen=True)
class Item:
    """A line of the gallery: a question, and what answers it.

    ``widths``, ``loss`` and ``source`` are empty where the line is no scenario.
    """

    question: str
    name: str
    title: str = ""
    widths: tuple[int, ...] = ()
    loss: str = ""
    source: str = ""
    group: str = ""
    story: str = ""
    words: str = ""

    @property
    def told(self) -> str:
        """What a person reads of it."""
        return f"{self.question} {self.name} {self.title}"

    @property
    def network(self) -> str:
        return "-".join(map(str, self.widths))

    def fits(self, typed: str) -> bool:
        """Whether every word that was typed occurs in it."""
        everything = " ".join(
            (self.question, self.name, self.title, self.network, self.loss, self.words)
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

    @property
    def item(self) -> Item | None:
        """The one that is chosen."""
        return self.items[self.chosen] if self.items else None


def menu_lines(menu: Menu, width: int, height: int) -> Lines:
    """The whole screen of the gallery."""
    keys = band(
        offers(_SEARCHING if menu.searching else _KEYS),
        () if menu.searching else offers(_ALWAYS),
        width,
    )
    foot = said_lines(Said(menu.status, "warn"), width) if menu.status else [keys]
    if height < 6:
        return [*_rows(menu, width, height - 1), *foot][:height]
    top = band([Span(" chainstep", "title"), Span(f"  {_SAYS}", "dim")], [], width)
    room = height - 1 - len(foot)
    return [top, *_middle(menu, width, room), *foot][:height]


def _middle(menu: Menu, width: int, room: int) -> Lines:
    title = "What brings you here?"
    search = f"search: {menu.typed}▏" if menu.searching else ""
    if width >= _BESIDE and room >= 12:
        longest = max((columns(item.question) for item in menu.items), default=0)
        left = min(max(width * 3 // 5, longest + 6), width - _LEAST_BESIDE)
        listed = filled(_rows(menu, left - 2, room - 2), room - 2)
        told = filled(_about(menu.item, width - left - 2, room - 2), room - 2)
        named = menu.item.title if menu.item else ""
        return abreast(
            framed(listed, left, title, search, lit=True),
            framed(told, width - left, named),
            left,
            Span(""),
        )
    below: Lines = []
    if menu.item is not None and room >= 15:
        item = menu.item
        network = ", ".join(part for part in (item.network, item.loss) if part)
        whole = folded(as_said(item.story), width, "dim")
        told = whole[: 3 if room < 26 else 6]
        if len(told) < len(whole):
            told = [*told[:-1], cut((*told[-1], Span(" …", "dim")), width - 1)]
        below = [titled(width, item.title, network), *told]
    rows = filled(_rows(menu, width, room - 1 - len(below)), room - 1 - len(below))
    return [titled(width, title, search), *rows, *below]


# ── the list ──────────────────────────────────────────────────────────────────────────────


def _rows(menu: Menu, width: int, room: int) -> Lines:
    """The questions under their groups, around the chosen one."""
    if not menu.items:
        said = "Nothing fits that. Backspace takes a letter back, Esc ends the search."
        return folded(said, width)
    rows: Lines = []
    at, group = 0, ""
    for index, item in enumerate(menu.items):
        if item.group != group:
            rows += [
                *([EMPTY] if rows else []),
                cut(line(Span(f" {item.group}", "heading")), width),
            ]
            group = item.group
        if index == menu.chosen:
            at = len(rows)
        rows.append(_row(item, width, ("item", index), is_chosen=index == menu.chosen))
    if len(rows) > room:  # there is no room for air between the groups
        at -= sum(one == EMPTY for one in rows[:at])
        rows = [one for one in rows if one != EMPTY]
    start = min(max(0, at - room // 2), max(0, len(rows) - room))
    shown = rows[start : start + max(0, room)]
    if start + room < len(rows) and room > 3:
        shown[-1] = line(Span(f"   ↓ {len(rows) - start - room + 1} more", "dim"))
    return shown


def _row(item: Item, width: int, target: tuple[object, ...], *, is_chosen: bool) -> Line:
    role = "choice" if is_chosen else ""
    left = Span(f"{_MARK if is_chosen else '   '}{item.question}", role, target)
    right = item.name if columns(left.text) + columns(item.name) + 3 <= width else ""
    return ends_in(role, left, Span(f"{right} ", role or "dim", target), width)


def ends_in(role: str, left: Span, right: Span, width: int) -> Line:
    """Two spans at the ends of a line that has one look from side to side."""
    gap = width - columns(left.text) - columns(right.text)
    if gap < 1:
        return cut((left,), width)
    return (left, Span(" " * gap, role, left.target), right)


# ── what the chosen one is ────────────────────────────────────────────────────────────────


def _about(item: Item | None, width: int, height: int) -> Lines:
    """What there is to know of a line before it is opened: its network, its story, its source."""
    if item is None:
        return []
    lines: Lines = [EMPTY]
    if item.widths:
        sketched = sketch(item.widths, width - 4)
        lines += [(Span("  "), *one) for one in sketched]
        lines += [
            EMPTY,
            ends([Span(f" {item.network}", "name")], [Span(f"{item.loss} ", "dim")], width),
        ]
        lines.append(titled(width))
    for paragraph in item.story.strip().split("\n\n"):
        lines += [*folded(as_said(paragraph), width), EMPTY]
    below = folded(f"Source: {item.source}", width, "dim") if item.source else []
    if item.widths:
        below += folded(f"chainstep open {item.name}", width, "dim")
    room = height - len(below)
    if len(lines) > room:
        lines = [*lines[: room - 1], line(Span(" … h tells the rest", "dim"))]
    return [*filled(lines, room), *below]


def as_said(text: str) -> str:
    """A text of a file as one line without the marks of Markdown."""
    return " ".join(text.split()).replace("`", "")
