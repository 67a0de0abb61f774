"""What a screen asks, apart from the line that it is typed into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """What is asked: ``answer`` takes the text, and gives back what is wrong with it, or ''.

    ``told`` is called with what is wrong, and with '' when the line is closed.
    """

    label: str
    expected: str
    answer: Callable[[str], str]
    told: Callable[[str], None]
    value: str = ""
