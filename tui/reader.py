"""A screen with pages to be read: help, a story, a chain, the faults of a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from textual import events
from textual.message import Message

from chainstep.tui.faults import told_of
from chainstep.tui.messages import Hit, Scrolled
from chainstep.tui.painted import PaintedScreen
from chainstep.tui.view import Said
from chainstep.tui.widgets.canvas import let
from chainstep.tui.widgets.footer import offers, said_lines
from chainstep.tui.widgets.frame import band, framed, head
from chainstep.tui.widgets.spans import EMPTY, Lines, Span, cut, filled, folded

_WIDEST = 124  # cells of a page at most
_FRAMED = 110  # cells from which on a page has a frame
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


class Reader(PaintedScreen[Message | None]):
    """A page, to scroll through; Esc goes back to the page before, and out of the first."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.pages = [page]
        self._tops = [0]
        self._said = ""

    @property
    def page(self) -> Page:
        """The page that is read."""
        return self.pages[-1]

    def picture(self, width: int, height: int) -> Lines:
        wide = min(width, _WIDEST)
        frame = width >= _FRAMED and height > 8
        inner = wide - 4 if frame else width - 1
        lines = [*self.page.lines(inner), *_leading_on(self.page, inner)]
        room = max(1, height - 2 - 2 * frame)
        top = self._tops[-1] = max(0, min(self._tops[-1], len(lines) - room))
        shown = filled([cut(one, inner) for one in lines[top : top + room]], room)
        scrolls = len(lines) > room
        place = f"lines {top + 1}–{min(top + room, len(lines))} of {len(lines)}" if scrolls else ""
        body = shown
        if frame:
            margin = Span(" " * ((width - wide) // 2))
            within = [(Span(" "), *one) for one in shown]
            body = [(margin, *one) for one in framed(within, wide, "", place)]
        top_line = head(self.page.title, "" if frame else place, width)
        whole = [top_line, *body, self._foot(width, scrolls=scrolls)]
        return whole[-height:] if height < 3 else whole

    def _foot(self, width: int, *, scrolls: bool) -> tuple[Span, ...]:
        if self._said:
            return said_lines(Said(self._said, "bad"), width)[0]
        keys = [("Esc", "back", "escape")]
        for key, link in self.page.links.items():
            keys += [] if key.isdigit() else [(key, link.label, key)]
        if scrolls:
            keys.append(("↑↓ PgDn", "scroll", "pagedown"))
        return band(offers(keys), [], width)

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
        if len(self.pages) == 1:
            let(self.dismiss(None))
            return
        self.pages.pop()
        self._tops.pop()
        self.paint()

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


def _leading_on(page: Page, width: int) -> Lines:
    """What the digits lead on to."""
    digits = [f"{key} {link.label}" for key, link in page.links.items() if key.isdigit()]
    if not digits:
        return []
    whole = "   ".join(said.replace(" ", "\N{NO-BREAK SPACE}") for said in digits)
    return [EMPTY, *folded(f"Lead on:  {whole}", width, "keys")]
