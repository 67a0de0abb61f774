"""The gallery: scenarios by the question that brings a person here."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult

from chainstep.core.losses import LOSSES
from chainstep.scenarios import Head, heads
from chainstep.tui.asking import AskingScreen
from chainstep.tui.chooser import Choice
from chainstep.tui.messages import (
    Ask,
    Hit,
    List,
    NewNetwork,
    OpenPath,
    Out,
    Question,
    Read,
    Say,
    Scrolled,
)
from chainstep.tui.opening import named
from chainstep.tui.reader import Reader
from chainstep.tui.themes import DEFAULT, Themed
from chainstep.tui.widgets.canvas import Canvas, let
from chainstep.tui.widgets.menu import Item, Menu, menu_lines

_CHECK = Item(
    "I have my own numbers and something is wrong",
    "check …",
    "Choose the network that they are of, then type or paste them: each is judged at once",
    source="On the command line: chainstep check SCENARIO NUMBERS",
)
_NEW = Item(
    "I want a network of my own",
    "make one …",
    "A form: sizes, activations, loss, rule, and data such as xor, or rows of your own",
    source="On the command line: chainstep new mine.yaml",
)
_OPEN = Item(
    "I have a scenario file",
    "open …",
    "Opens a file by its path; Tab completes it",
    source="On the command line: chainstep open mine.yaml",
)


def _item(head: Head) -> Item:
    loss = LOSSES[head.loss].title if head.loss in LOSSES else head.loss
    network = "-".join(map(str, head.widths))
    return Item(head.question, head.name, head.title, network, loss, head.source)


class Gallery(AskingScreen[None]):
    """The list, what was typed to narrow it, and the line that is chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.all = [*map(_item, heads()), _CHECK, _NEW]
        self.typed, self.chosen, self.status = "", 0, ""
        self.searching = False
        self.canvas = Canvas()

    def on_mount(self) -> None:
        if not (isinstance(self.app, Themed) and self.app.is_visitor):
            self.all.append(_OPEN)

    def compose(self) -> ComposeResult:
        yield self.canvas

    @property
    def items(self) -> list[Item]:
        """The lines that fit what was typed."""
        return [item for item in self.all if item.fits(self.typed)]

    def on_resized(self) -> None:
        self.paint()

    def paint(self) -> None:
        width, height = self.canvas.size
        if width and height:
            theme = self.app.chosen_theme if isinstance(self.app, Themed) else DEFAULT
            menu = Menu(tuple(self.items), self.chosen, self.typed, self.status, self.searching)
            lines = menu_lines(menu, width, height)
            self.canvas.show(lines, theme)

    # ── keys ──

    def on_key(self, event: events.Key) -> None:
        if self.is_for_prompt(event):
            return
        event.stop()
        event.prevent_default()
        if not self._press(event.key) and event.is_printable and event.character:
            self.typed, self.chosen = self.typed + event.character, 0
            self.searching = True
        self.paint()

    def _press(self, key: str) -> bool:
        """Whether a key was one that does something."""
        self.status = ""
        moves = {"up": -1, "down": 1, "pageup": -8, "pagedown": 8, "home": -999, "end": 999}
        if key in moves:
            self._choose(self.chosen + moves[key])
        elif key == "enter":
            self._open()
        elif key == "escape":
            self.typed, self.chosen, self.searching = "", 0, False
        elif key == "backspace":
            self.typed = self.typed[:-1]
        elif key == "q" and not self.searching:
            self.post_message(Out(quits=True))
        elif key in {"question_mark", "f1"} and not self.searching:
            from chainstep.tui.help_pages import gallery_page

            self.post_message(Read(gallery_page()))
        elif key == "slash" and not self.searching:
            self.searching = True
        else:
            return False
        self.paint()
        return True

    def _choose(self, index: int) -> None:
        self.chosen = max(0, min(index, len(self.items) - 1))

    def on_hit(self, message: Hit) -> None:
        kind, index = message.target
        if kind == "key":
            self._press(str(index))
        elif kind == "item" and isinstance(index, int):
            if index == self.chosen:
                self._open()
            else:
                self._choose(index)
                self.paint()

    def on_scrolled(self, message: Scrolled) -> None:
        self._choose(self.chosen + (1 if message.direction == "down" else -1))
        self.paint()

    def on_say(self, message: Say) -> None:
        self.status = message.text
        self.paint()

    # ── opening ──

    def _open(self) -> None:
        items = self.items
        if not items:
            return
        item = items[self.chosen]
        if item is _CHECK:
            title = "Your numbers are of which network? Then type or paste them"
            choices = [
                Choice(head.name, head.question, OpenPath(head.name, "check"), head.title)
                for head in heads()
            ]
            own = Choice("another", "make it in a form first; then c", NewNetwork())
            self.post_message(List(title, [*choices, own]))
        elif item is _NEW:
            self.post_message(NewNetwork())
        elif item is _OPEN:
            self._ask_for_path("")
        else:
            self.post_message(OpenPath(item.name))

    def _ask_for_path(self, typed: str) -> None:
        from chainstep.tui.questions import paths

        expected = "the path of a scenario file, ./mine.yaml"
        self.on_ask(Ask(Question("open", expected, named, typed, paths)))

    def on_read(self, message: Read) -> None:
        let(self.app.push_screen(Reader(message.page), self.taken))
