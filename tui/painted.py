"""A screen whose picture is made anew at every change; a fault in making it is told on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
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
            screen.tell(error)

    return handle


class PaintedScreen(Screen[Result]):
    """A canvas, and what is drawn on it."""

    BLANK = True  # nothing of the screen itself is seen

    def __init__(self) -> None:
        super().__init__()
        self.canvas = Canvas()
        self._is_left = False

    def compose(self) -> ComposeResult:
        yield self.canvas

    @property
    def theme_name(self) -> str:
        """The theme that the program has now."""
        return self.app.chosen_theme if isinstance(self.app, Themed) else DEFAULT

    def on_resized(self) -> None:
        self.paint()

    # ── what may come at any time ──

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Leaves the screen, once: more keys may have been typed before it was gone."""
        if self._is_left or self.app.screen is not self:
            return AwaitComplete()
        self._is_left = True
        return super().dismiss(result)

    async def on_event(self, event: events.Event) -> None:
        """Takes an event; an error in that is told, and nothing ends by it."""
        if self._is_left and isinstance(event, events.Key):
            return
        try:
            await super().on_event(event)
        except Exception as error:  # noqa: BLE001  an error is told, and the run goes on
            self.tell(error)

    def tell(self, error: Exception) -> None:
        """Says an error where this screen says things, or in the place of its picture."""
        from chainstep.tui.faults import told_of

        say = getattr(self, "on_say", None)
        if say is not None:
            say(Say(told_of(error), "bad"))
        else:
            self.canvas.show(_told(error, *self.canvas.size), self.theme_name)

    # ── the picture ──

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
    from chainstep.tui.faults import told_of
    from chainstep.tui.view import Said

    said = said_lines(Said(f"this cannot be drawn: {told_of(error)}", "bad"), width)
    return filled([head("chainstep", "", width), (), *said], height)
