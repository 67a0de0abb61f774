"""Numbers in large signs, for a room that looks on: the picture of each is its source."""

from __future__ import annotations

from chainstep.tui.widgets.spans import Lines, Span, line

HIGH = 5
#: Each sign, three cells wide and five high.
_SIGNS: dict[str, tuple[str, ...]] = {
    "0": ("███", "█ █", "█ █", "█ █", "███"),
    "1": (" █ ", "██ ", " █ ", " █ ", "███"),
    "2": ("███", "  █", "███", "█  ", "███"),
    "3": ("███", "  █", "███", "  █", "███"),
    "4": ("█ █", "█ █", "███", "  █", "  █"),
    "5": ("███", "█  ", "███", "  █", "███"),
    "6": ("███", "█  ", "███", "█ █", "███"),
    "7": ("███", "  █", "  █", "  █", "  █"),
    "8": ("███", "█ █", "███", "█ █", "███"),
    "9": ("███", "█ █", "███", "  █", "███"),
    ".": ("  ", "  ", "  ", "  ", "█ "),
    "−": ("   ", "   ", "███", "   ", "   "),
    "+": ("   ", " █ ", "███", " █ ", "   "),
    "=": ("   ", "███", "   ", "███", "   "),
    "·": ("  ", "  ", "█ ", "  ", "  "),
    "/": ("  █", "  █", " █ ", "█  ", "█  "),
    "(": (" █", "█ ", "█ ", "█ ", " █"),
    ")": ("█ ", " █", " █", " █", "█ "),
    "e": ("   ", "███", "███", "█  ", "███"),
    "⊙": ("   ", "╭─╮", "│█│", "╰─╯", "   "),
    "→": ("    ", " █  ", "████", " █  ", "    "),
    " ": ("  ", "  ", "  ", "  ", "  "),
}


def large_width(text: str) -> int | None:
    """How many cells a text takes in large signs; None where it has others."""
    if any(sign not in _SIGNS for sign in text):
        return None
    return sum(len(_SIGNS[sign][0]) + 1 for sign in text)


def large(text: str, role: str, width: int) -> Lines:
    """The text in large signs, in the middle of a width."""
    rows = large_rows(text)
    left = max(0, (width - max(map(len, rows))) // 2)
    return [line(" " * left, Span(row, role)) for row in rows]


def large_rows(text: str) -> list[str]:
    """The text in large signs, row by row."""
    return [" ".join(_SIGNS[sign][row] for sign in text) for row in range(HIGH)]
