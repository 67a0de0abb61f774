"""A screen that can ask: what is typed before its line stands at the foot is not lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from textual import events
from textual.message import Message

from chainstep.tui.messages import Ask, NewNetwork, Read, Say
from chainstep.tui.painted import PaintedScreen
from chainstep.tui.widgets.canvas import let

if TYPE_CHECKING:
    from chainstep.tui.prompt import Prompt

Result = TypeVar("Result")


class AskingScreen(PaintedScreen[Result]):
    """A screen with a line at its foot when something is asked, and others that lie over it."""

    prompt: Prompt | None = None

    def on_ask(self, message: Ask) -> None:
        from chainstep.tui.prompt import ask  # a line to type into costs at the start

        question = message.question
        self.prompt = ask(self, question)
        self.post_message(Say(f"{question.label}: {question.expected}"))

    def on_new_network(self, _: NewNetwork) -> None:
        from chainstep.tui.network_form import NetworkForm

        let(self.app.push_screen(NetworkForm(), self.taken))

    def on_read(self, message: Read) -> None:
        from chainstep.tui.reader import Reader

        let(self.app.push_screen(Reader(message.page), self.taken))

    def taken(self, then: Message | None) -> None:
        """Takes what another screen led to when it went."""
        if then is not None:
            self.post_message(then)

    def on_answered(self) -> None:
        self.prompt = None

    def is_for_prompt(self, event: events.Key) -> bool:
        """Whether a key was meant for the line; one that came before it stood is handed on."""
        if self.prompt is not None and not self.prompt.has_seen(event):
            event.stop()
            event.prevent_default()
            self.prompt.take(event)
            return True
        return self.focused is not None
