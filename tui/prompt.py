"""A line to type into, at the foot of a screen; what was typed stays when it does not fit."""

from __future__ import annotations

from textual import events
from textual.screen import Screen
from textual.widgets import Input

from chainstep.core import InputError
from chainstep.tui.questions import Question
from chainstep.tui.widgets.canvas import let


class Prompt(Input):
    """The line itself; Enter answers, Esc leaves."""

    DEFAULT_CSS = """
    Prompt { dock: bottom; height: 1; border: none; padding: 0 1; }
    Prompt:focus { border: none; }
    """

    def __init__(self, question: Question) -> None:
        super().__init__(
            value=question.value, placeholder=question.expected, compact=True, select_on_focus=False
        )
        self.question = question

    async def action_submit(self) -> None:
        try:
            error = self.question.answer(self.value)
        except InputError as caught:
            error = str(caught)
        if error:
            self.question.told(error)
        else:
            self.leave()

    def leave(self) -> None:
        """Closes the line."""
        let(self.remove())
        self.screen.set_focus(None)
        self.question.told("")

    def on_key(self, event: events.Key) -> None:
        if event.key in {"escape", "up", "down", "tab", "shift+tab", "pageup", "pagedown"}:
            event.stop()
            event.prevent_default()
        if event.key == "escape":
            self.leave()


def ask(screen: Screen[None], question: Question) -> None:
    """Opens the line at the foot of a screen."""
    for prompt in screen.query(Prompt):
        let(prompt.remove())
    prompt = Prompt(question)
    let(screen.mount(prompt))
    prompt.focus()
