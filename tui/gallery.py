"""The gallery: scenarios by the question that brings a person here."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult

from chainstep.core.losses import LOSSES
from chainstep.scenarios import Head, heads
from chainstep.tui.chooser import Choice
from chainstep.tui.messages import (
    Ask,
    List,
    Moved,
    NewNetwork,
    OpenPath,
    Out,
    Question,
    Read,
    Say,
)
from chainstep.tui.mover import Mover
from chainstep.tui.opening import named, opened, runs
from chainstep.tui.searching import SearchScreen
from chainstep.tui.themes import Themed
from chainstep.tui.widgets.menu import Item, Menu, menu_lines
from chainstep.tui.widgets.spans import Lines

_OWN = "Something of your own"
_CHECK = Item(
    "I have my own numbers and something is wrong",
    "check …",
    "Numbers of your own",
    group=_OWN,
    story="Choose the network that they are of, then type or paste them: each is judged at once. "
    "On the command line: chainstep check SCENARIO NUMBERS",
)
_NEW = Item(
    "I want a network of my own",
    "make one …",
    "A network of your own",
    group=_OWN,
    story="A form: sizes, activations, loss, rule, and data such as xor, or rows of your own. "
    "On the command line: chainstep new mine.yaml",
)
_OPEN = Item(
    "I have a file: a scenario, or a program",
    "open …",
    "A file of your own",
    group=_OWN,
    story="Opens a scenario by its path, or runs a program of yours and steps through what it "
    "computes; Tab completes. On the command line: chainstep open mine.yaml",
)


def _item(head: Head) -> Item:
    loss = LOSSES[head.loss].title if head.loss in LOSSES else head.loss
    return Item(
        head.question,
        head.name,
        head.title,
        head.widths,
        loss,
        head.source,
        head.group,
        head.story,
        head.words,
    )


class Gallery(SearchScreen[None, Item]):
    """The list, what was typed to narrow it, and the line that is chosen."""

    def __init__(self) -> None:
        super().__init__([_item(head) for head in heads()])
        self.status, self.searching = "", False
        self._ahead: list[events.Key] | None = None
        self.mover = Mover()

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield self.mover

    def on_mount(self) -> None:
        is_visitor = isinstance(self.app, Themed) and self.app.is_visitor
        own = [_CHECK, _NEW, *([] if is_visitor else [_OPEN])]
        first = next(n for n, item in enumerate(self.all) if item.group != self.all[0].group)
        self.all[first:first] = own  # where a person with numbers sees them at once

    def picture(self, width: int, height: int) -> Lines:
        menu = Menu(tuple(self.items), self.chosen, self.typed, self.status, self.searching)
        return menu_lines(menu, width, height)

    # ── keys ──

    def on_key(self, event: events.Key) -> None:
        if self.is_for_prompt(event):
            return
        event.stop()
        event.prevent_default()
        if self._ahead is not None:  # it is meant for what is being opened
            self._ahead.append(events.Key(event.key, event.character))
        elif not self.press(event.key):
            self.type(event)
            self.searching = self.searching or bool(self.typed)
        self.paint()

    def on_screen_suspend(self) -> None:
        """Hands what was typed while something opened to what stands there now."""
        ahead, self._ahead = self._ahead or [], None
        for event in ahead:
            self.app.screen.post_message(event)

    def on_screen_resume(self) -> None:
        """Ends the search that led to what was opened."""
        self.narrow("")
        self.searching = False
        self.paint()

    def press(self, key: str) -> bool:
        if self.mover.is_busy():
            if key == "escape":
                self.mover.stop()
            return True
        self.status = ""
        if key == "escape":
            self.narrow("")
            self.searching = False
        elif key == "slash" and not self.searching:
            self.searching = True
        elif key == "q" and not self.searching:
            self.post_message(Out(quits=True))
        elif key in {"question_mark", "f1"} and not self.searching:
            from chainstep.tui.help_pages import gallery_page

            self._opening(Read(gallery_page()))
        else:
            return super().press(key)
        return True

    def on_say(self, message: Say) -> None:
        self.status = message.text
        self.paint()

    # ── opening ──

    def on_open_path(self, message: OpenPath) -> None:
        """Runs a program beside the screen; a scenario is opened by whoever holds the screens."""
        if not runs(message.path):
            return
        message.stop()
        self._ahead = None
        self.status = f"running {message.path}; Esc leaves it to itself"
        self.mover.work(self.status, lambda _: opened(message.path, message.then))
        self.paint()

    def on_moved(self, message: Moved) -> None:
        self.status = "left to itself" if message.was_stopped else message.error
        if message.then is not None:
            self.post_message(message.then)
        self.paint()

    def open(self, item: Item) -> None:
        if item is _CHECK:
            title = "Your numbers are of which network? Then type or paste them"
            self._opening(List(title, _networks()))
        elif item is _NEW:
            self._opening(NewNetwork())
        elif item is _OPEN:
            self._ask_for_path()
        else:
            self._opening(OpenPath(item.name))

    def _opening(self, message: OpenPath | List | NewNetwork | Read) -> None:
        """Lets another screen come; keys from now on are for it."""
        self._ahead = []
        self.post_message(message)

    def _ask_for_path(self) -> None:
        from chainstep.tui.questions import paths

        expected = "the path of a file: ./mine.yaml, or a program, ./train.py"
        self.on_ask(Ask(Question("open", expected, named, "", paths)))


def _networks() -> Sequence[Choice]:
    """The networks that somebody's numbers may be of; one's own is made first."""
    own = Choice("one of my own", "make it in a form; then c", NewNetwork())
    known = [
        Choice(head.name, f"{'-'.join(map(str, head.widths))}  {head.question}",
               OpenPath(head.name, "check"), head.title)
        for head in heads()
    ]  # fmt: skip
    return [own, *known]
