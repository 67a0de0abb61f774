"""Answers as the headless commands print them, with their words in colour."""

from __future__ import annotations

import re

from chainstep.core.text.wrapping import wrap
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

#: Lines that are a heading, and those that tell what comes out.
_HEADING = re.compile(r"[A-Z]{2,}( [A-Z]{2,})*(,.*)?$")
_RESULT = re.compile(r" *(product|sum)  +\S")


def coloured(texts: list[str], width: int | None = None) -> Lines:
    """The lines of an answer; a word that is a verdict has its colour, a result stands out.

    Lines longer than a width go on in the next, further in.
    """
    if width is not None:
        texts = [part for text in _paragraphs(texts) for part in _fitted(text, width - 2)]
    return [_line(text) for text in texts]


def _paragraphs(texts: list[str]) -> list[str]:
    """Lines of prose that were folded for another width are one again; tables stay."""
    whole: list[str] = []
    for text in texts:
        before = whole[-1] if whole else ""
        prose = all(each and each[0] != " " and "  " not in each for each in (before, text))
        if prose and before[-1] not in ".:?!" and not _HEADING.match(before):
            whole[-1] = f"{before} {text}"
        else:
            whole.append(text)
    return whole


def _fitted(text: str, width: int) -> list[str]:
    if len(text) <= width:
        return [text]
    start = " " * (len(text) - len(text.lstrip()))
    further = f"{start}  " if start else ""
    return wrap(text.lstrip(), width, initial_indent=start, subsequent_indent=further)


def _line(text: str) -> Line:
    if _HEADING.match(text):
        return line(Span(f" {text}", "heading"))
    if _RESULT.match(text):
        return line(Span(f" {text}", "result"))
    spans, reached = [Span(" ")], 0
    for found in _WORDS.finditer(text):
        spans.append(Span(text[reached : found.start()]))
        spans.append(Span(found.group(), _ROLES[found.group()]))
        reached = found.end()
    return line(*spans, Span(text[reached:]))
