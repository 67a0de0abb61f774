"""A line to type into, at the foot of a screen; what was typed stays when it does not fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.widgets import Input


@dataclass(frozen=True)
class Question:
    """What is asked: ``answer`` takes the text, and gives back what is wrong with it, or ''."""

    label: str
    expected: str
    answer: Callable[[str], str]
    value: str = ""


class Prompt(Input):
    """The line itself; Enter answers, Esc leaves."""

    DEFAULT_CSS = """
    Prompt { dock: bottom; height: 1; border: none; padding: 0 1; }
    Prompt:focus { border: none; }
    """

    class Left(Message):
        """The question was left without an answer."""

    def __init__(self, question: Question) -> None:
        super().__init__(
            value=question.value, placeholder=question.expected, compact=True, select_on_focus=False
        )
        self.question = question

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            event.prevent_default()
            self.post_message(self.Left())
        elif event.key in {"up", "down", "tab", "shift+tab", "pageup", "pagedown"}:
            event.stop()
            event.prevent_default()
