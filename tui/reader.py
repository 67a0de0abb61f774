"""A screen with pages to be read: help, a story, a chain, the faults of a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen

from chainstep.tui.messages import Hit, Scrolled
from chainstep.tui.mover import told_of
from chainstep.tui.themes import DEFAULT, Themed
from chainstep.tui.widgets.canvas import Canvas, let
from chainstep.tui.widgets.spans import EMPTY, Lines, Span, cut, folded, line

_LEAVING = {"escape", "enter", "question_mark", "q"}


@dataclass(frozen=True)
class Link:
    """What a key of a page leads to: another page, or a message with which reading ends."""

    label: str
    lead: Callable[[], Page | Message]


@dataclass(frozen=True)
class Page:
    """Lines under a title, made for a width, and what leads on from them."""

    title: str
    lines: Callable[[int], Lines]
    links: Mapping[str, Link] = field(default_factory=dict)


class Reader(Screen[Message | None]):
    """A page, to scroll through; Esc goes back to the page before, and out of the first."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.pages = [page]
        self.canvas = Canvas()
        self._tops = [0]
        self._said = ""

    def compose(self) -> ComposeResult:
        yield self.canvas

    @property
    def page(self) -> Page:
        """The page that is read."""
        return self.pages[-1]

    def on_resized(self) -> None:
        self.paint()

    def paint(self) -> None:
        width, height = self.canvas.size
        if not width or not height:
            return
        theme = self.app.chosen_theme if isinstance(self.app, Themed) else DEFAULT
        lines = [*self.page.lines(width - 1), *_leading_on(self.page, width - 1)]
        room = max(1, height - 3)
        top = self._tops[-1] = max(0, min(self._tops[-1], len(lines) - room))
        shown = [cut(one, width) for one in lines[top : top + room]]
        foot = self._foot(f"{top + 1}–{top + len(shown)} of {len(lines)}", len(lines) > room)
        whole = [
            cut(line(Span(f" {self.page.title}", "title")), width),
            line(Span("─" * width, "rule")),
            *shown,
            *[EMPTY] * (room - len(shown)),
            cut(foot, width),
        ]
        self.canvas.show(whole[-height:] if height < 3 else whole, theme)

    def _foot(self, place: str, scrolls: bool) -> tuple[Span, ...]:  # noqa: FBT001  said once
        if self._said:
            return line(Span(f" {self._said}", "bad"))
        spans = [*_key("Esc", "back", "escape")]
        for key, link in self.page.links.items():
            if not key.isdigit():
                spans += _key(key, link.label, key)
        if scrolls:
            spans += [*_key("↑↓", "scroll", "pagedown"), Span(f"  {place}", "dim")]
        return tuple(spans)

    # ── keys ──

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        self._press(event.key)

    def _press(self, key: str) -> None:
        self._said = ""
        page = max(1, self.canvas.size.height - 4)
        moves = {
            "down": 1, "j": 1, "up": -1, "k": -1, "pagedown": page, "space": page,
            "pageup": -page, "home": -(10**6), "end": 10**6,
        }  # fmt: skip
        if key in self.page.links:
            self._follow(self.page.links[key])
        elif key in _LEAVING:
            self._back()
        elif key in moves:
            self._tops[-1] += moves[key]
            self.paint()

    def _back(self) -> None:
        self.pages.pop()
        self._tops.pop()
        if self.pages:
            self.paint()
        else:
            let(self.dismiss(None))

    def _follow(self, link: Link) -> None:
        try:
            then = link.lead()
        except Exception as error:  # noqa: BLE001  an error is told, and reading goes on
            self._said = told_of(error)
        else:
            if isinstance(then, Message):
                let(self.dismiss(then))
                return
            self.pages.append(then)
            self._tops.append(0)
        self.paint()

    def on_hit(self, message: Hit) -> None:
        self._press(str(message.target[1]))

    def on_scrolled(self, message: Scrolled) -> None:
        self._tops[-1] += 3 if message.direction == "down" else -3
        self.paint()


def _key(shown: str, label: str, key: str) -> tuple[Span, Span]:
    target = ("key", key)
    return Span(f" {shown}", "key", target), Span(f" {label} ", "keys", target)


def _leading_on(page: Page, width: int) -> Lines:
    """What the digits lead on to."""
    digits = [f"{key} {link.label}" for key, link in page.links.items() if key.isdigit()]
    if not digits:
        return []
    whole = "   ".join(said.replace(" ", "\N{NO-BREAK SPACE}") for said in digits)
    return [EMPTY, *folded(f"Lead on:  {whole}", width, "keys")]
