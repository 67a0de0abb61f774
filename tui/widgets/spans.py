"""Lines of text made of spans, each with a role that a theme colours and a click can hit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from chainstep.core.text.wrapping import wrap

#: What a click on a span means: a kind and its data, such as ("step", 13).
Target = tuple[object, ...]


class Span(NamedTuple):
    """Some text in one role; ``target`` is what a click on it means."""

    text: str
    role: str = ""
    target: Target | None = None


Line = tuple[Span, ...]
Lines = list[Line]

EMPTY: Line = ()


def line(*parts: str | Span) -> Line:
    """A line of spans; a plain string has no role."""
    return tuple([Span(part) if isinstance(part, str) else part for part in parts])


def columns(text: str) -> int:
    """How many cells of a terminal a text takes: CJK characters two, combining ones none."""
    if text.isascii() or not _others().search(text):
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


@cache
def _others() -> re.Pattern[str]:
    """Any character but letters, signs and lines that take a cell each, as a test holds."""
    return re.compile(
        r"[^ -\u02ff\u0391-\u03a1\u03a3-\u0482\u2010-\u2027\u2070-\u2071\u2074-\u208e"
        r"\u1d2c-\u1d6a\u2190-\u2319\u2500-\u25fc\u2713-\u2718\u2800-\u28ff]"
    )


def width_of(one: Line) -> int:
    """How many cells a line takes."""
    return columns("".join([span[0] for span in one]))


def text_of(one: Line) -> str:
    """A line without its roles."""
    return "".join(span.text for span in one)


def cut(one: Line, width: int) -> Line:
    """The line, its end left out where it is too wide; an ellipsis says so."""
    if width_of(one) <= width:
        return one
    if width <= 0:
        return EMPTY
    kept: list[Span] = []
    room = width - 1
    for span in one:
        fitting = _fitting(span.text, room)
        kept.append(span._replace(text=fitting))
        room -= columns(fitting)
        if fitting != span.text:
            break
    return (*kept, Span("…", "dim"))


def _fitting(text: str, room: int) -> str:
    if columns(text) <= room:
        return text
    taken = 0
    for index, character in enumerate(text):
        taken += columns(character)
        if taken > room:
            return text[:index]
    return text


def padded(one: Line, width: int) -> Line:
    """The line in exactly that many cells."""
    missing = width - width_of(one)
    if missing < 0:
        one = cut(one, width)
        missing = width - width_of(one)
    return (*one, Span(" " * missing)) if missing else one


def ends(left: Sequence[str | Span], right: Sequence[str | Span], width: int) -> Line:
    """A line with something at both ends; the right one goes first where there is no room."""
    first, last = line(*left), line(*right)
    gap = width - width_of(first) - width_of(last)
    if gap < 1:
        return cut(first, width)
    return (*first, Span(" " * gap), *last)


def abreast(left: Lines, right: Lines, left_width: int, between: Span) -> Lines:
    """Two blocks beside each other, as high as the left one."""
    filled = [*right, *[EMPTY] * (len(left) - len(right))]
    return [(*padded(a, left_width), between, *b) for a, b in zip(left, filled, strict=False)]


def folded(text: str, width: int, role: str = "", indent: str = " ") -> Lines:
    """A text folded into lines of one role, with a cell to spare at the right."""
    parts = wrap(text, max(8, width - 1), initial_indent=indent, subsequent_indent=indent)
    return [line(Span(part, role)) for part in parts]


def target_at(one: Line, column: int) -> Target | None:
    """What a click at a column means."""
    reached = 0
    for span in one:
        reached += columns(span.text)
        if column < reached:
            return span.target
    return None


def plain(lines: Iterable[Line]) -> str:
    """Lines as text, without blanks at their ends."""
    return "\n".join(text_of(one).rstrip() for one in lines)


def filled(lines: Lines, height: int) -> Lines:
    """So many lines: the first ones, or all and empty ones below."""
    return [*lines[:height], *[EMPTY] * (height - len(lines))]


def rule(width: int, at: int | None = None, joint: str = "") -> Line:
    """A line from side to side, another one meeting it at a column."""
    text = "─" * width
    if at is not None:
        text = "─" * at + joint + "─" * (width - at - 1)
    return line(Span(text, "rule"))
