"""Answers as the headless commands print them, with their words in colour."""

from __future__ import annotations

import re

from chainstep.tui.widgets.spans import Line, Lines, Span, line

#: Words of an answer that stand out, and the role of each.
_ROLES = {
    "DIFFERS": "differs",
    "WRONG HERE": "bad",
    "wrong": "bad",
    "follows": "warn",
    "cannot tell": "warn",
    "right": "good",
    "same": "equal",
    "✓": "good",
}
_WORDS = re.compile(r"WRONG HERE|DIFFERS|(?<=  )(?:wrong|follows|cannot tell|right|same)(?=  |$)|✓")


def coloured(texts: list[str]) -> Lines:
    """The lines of an answer; a word that is a verdict has its colour, a result stands out."""
    return [_line(text) for text in texts]


def _line(text: str) -> Line:
    spans, reached = [Span(" ")], 0
    for found in _WORDS.finditer(text):
        spans.append(Span(text[reached : found.start()]))
        spans.append(Span(found.group(), _ROLES[found.group()]))
        reached = found.end()
    return line(*spans, Span(text[reached:]))
