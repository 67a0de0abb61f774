"""A screen whose picture is made anew at every change; a fault in making it is told on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen

from chainstep.tui.messages import Say
from chainstep.tui.themes import DEFAULT, Themed
from chainstep.tui.widgets.canvas import Canvas
from chainstep.tui.widgets.footer import said_lines
from chainstep.tui.widgets.frame import head
from chainstep.tui.widgets.spans import Lines, filled

Result = TypeVar("Result")
Handled = TypeVar("Handled", bound=Message)


def guarded(handler: Callable[[Any, Handled], None]) -> Callable[[Any, Handled], None]:
    """A handler of messages whose error is said at the foot; nothing ends by it."""

    @wraps(handler)
    def handle(screen: Any, message: Handled) -> None:
        try:
            handler(screen, message)
        except Exception as error:  # noqa: BLE001  an error is told, and the run goes on
            from chainstep.tui.mover import told_of

            screen.on_say(Say(told_of(error), "bad"))

    return handle


class PaintedScreen(Screen[Result]):
    """A canvas, and what is drawn on it."""

    def __init__(self) -> None:
        super().__init__()
        self.canvas = Canvas()

    def compose(self) -> ComposeResult:
        yield self.canvas

    @property
    def theme_name(self) -> str:
        """The theme that the program has now."""
        return self.app.chosen_theme if isinstance(self.app, Themed) else DEFAULT

    def on_resized(self) -> None:
        self.paint()

    def paint(self) -> None:
        """Draws what there is; an error in that is told in its place, and nothing ends."""
        width, height = self.canvas.size
        if not width or not height:
            return
        try:
            lines = self.picture(width, height)
        except Exception as error:  # noqa: BLE001  an error is told, and the run goes on
            lines = _told(error, width, height)
        self.canvas.show(lines, self.theme_name)

    def picture(self, width: int, height: int) -> Lines:
        """What stands on the canvas."""
        raise NotImplementedError


def _told(error: Exception, width: int, height: int) -> Lines:
    from chainstep.tui.mover import told_of
    from chainstep.tui.view import Said

    said = said_lines(Said(f"this cannot be drawn: {told_of(error)}", "bad"), width)
    return filled([head("chainstep", "", width), (), *said], height)
