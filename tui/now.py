"""What an action of the stepper looks at, and what an action is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.message import Message

from chainstep.tui.session import Session
from chainstep.tui.view import Choices, View


@dataclass(frozen=True)
class Now:
    """What an action may look at: the moment, what is chosen, the run, the size of the screen."""

    view: View
    choices: Choices
    session: Session
    width: int
    is_playing: bool = False
    is_beside: bool = False
    has_past: bool = False
    last_run: str = ""
    is_visitor: bool = False


#: What a key does: from what is so to a message, or to nothing.
Action = Callable[[Now], Message | None]
