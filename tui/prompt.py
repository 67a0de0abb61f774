"""A line to type into, at the foot of a screen; what was typed stays when it does not fit."""

from __future__ import annotations

from collections import deque
from typing import Any

from textual import events
from textual.screen import Screen
from textual.widgets import Input
from textual.widgets.input import Selection

from chainstep.tui.faults import told_of
from chainstep.tui.messages import Answered, Question, Say
from chainstep.tui.widgets.canvas import let

_REMEMBERED = 256  # keys that have come by and may still be on their way up


class Prompt(Input):
    """The line itself; Enter answers, Esc leaves. It begins with all that it holds selected."""

    DEFAULT_CSS = """
    Prompt {
        dock: bottom; height: 1; padding: 0 1; background: $surface;
        border: none; border-left: wide $accent;
    }
    Prompt:focus { border: none; border-left: wide $accent; background-tint: $foreground 0%; }
    Prompt:ansi { border-left: none; text-style: bold; }
    """

    def __init__(self, question: Question) -> None:
        super().__init__(value=question.value, select_on_focus=False)
        self.question = question
        self.selection = Selection(0, len(question.value))
        self._ahead: list[events.Key] = []
        self._seen: deque[events.Key] = deque(maxlen=_REMEMBERED)
        self._is_left = False

    def has_seen(self, event: events.Key) -> bool:
        """Whether a key came by this line on its way."""
        return any(each is event for each in self._seen)

    def take(self, event: events.Key) -> None:
        """Takes a key that came before the line stood, now or when it does."""
        copy = events.Key(event.key, event.character)
        if self.has_focus:
            self.post_message(copy)
        else:
            self._ahead.append(copy)

    def on_mount(self) -> None:
        self.focus()

    def on_focus(self) -> None:
        ahead, self._ahead = self._ahead, []
        for event in ahead:
            self.post_message(event)

    async def action_submit(self) -> None:
        try:
            message = self.question.answer(self.value)
        except Exception as error:  # noqa: BLE001  what was typed stays, whatever is wrong
            self.post_message(Say(told_of(error), "bad"))
            return
        self.leave()
        self.screen.post_message(message)

    def leave(self) -> None:
        """Closes the line."""
        self._is_left = True
        self.screen.set_focus(None)
        self.screen.post_message(Answered())
        self.screen.post_message(Say(""))
        let(self.remove())

    def on_paste(self, event: events.Paste) -> None:
        """Several lines that are pasted are one, with ``;`` between them; none is lost."""
        event.stop()
        event.prevent_default()
        self.replace(in_one_line(event.text), *self.selection)

    def on_key(self, event: events.Key) -> None:
        self._seen.append(event)
        if self._is_left:  # it was typed after the answer
            event.stop()
            event.prevent_default()
            self.screen.post_message(events.Key(event.key, event.character))
            return
        if event.key in {"escape", "up", "down", "tab", "shift+tab", "pageup", "pagedown"}:
            event.stop()
            event.prevent_default()
        if event.key == "escape":
            self.leave()
            if self.question.left is not None:
                self.screen.post_message(self.question.left)
        elif event.key == "tab":
            self._complete()

    def _complete(self) -> None:
        """Takes what is common to everything that could follow."""
        if self.question.suggest is None:
            return
        found = self.question.suggest(self.value)
        if found:
            self.value = _common(found)
            self.cursor_position = len(self.value)
        if len(found) > 1:
            self.post_message(Say("  ".join(found), "dim"))


def in_one_line(text: str) -> str:
    """Several lines as one, with ``;`` between them."""
    lines = [line.strip() for line in text.splitlines()]
    return "; ".join(line for line in lines if line)


def _common(texts: list[str]) -> str:
    """The beginning that all of some texts share."""
    first, last = min(texts), max(texts)
    for index, character in enumerate(first):
        if index >= len(last) or last[index] != character:
            return first[:index]
    return first


def ask(screen: Screen[Any], question: Question) -> Prompt:
    """Opens the line at the foot of a screen."""
    for prompt in screen.query(Prompt):
        let(prompt.remove())
    prompt = Prompt(question)
    let(screen.mount(prompt))
    return prompt
