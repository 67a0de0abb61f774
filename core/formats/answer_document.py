"""Answers of why and check as documents: their mathematics, and the lines that they are told in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from chainstep.core.formats.document import Block, Document, Lines, Mathematics, Title

_DRAWN = r"^\s|\S {2,}\S|[│┃─━+|]{2}"


def answer_document(
    title: str, lines: Sequence[str], mathematics: Iterable[Callable[[], str]] = ()
) -> Document:
    """An answer under its question; the formulas stand first, for those who write them."""
    return Document(title, _blocks(title, lines, mathematics))


def _blocks(
    title: str, lines: Sequence[str], mathematics: Iterable[Callable[[], str]]
) -> Iterator[Block]:
    yield Title(title, asked=True)
    for each in mathematics:
        yield Mathematics(each)
    yield from passages(lines)


def passages(lines: Iterable[str]) -> Iterator[Lines]:
    """Lines in passages: sentences, and what is drawn, where columns matter.

    A line is drawn where it is indented or has a gap; a passage ends where that changes.
    """
    passage: list[str] = []
    for line in lines:
        if passage and (_is_drawn(line) != _is_drawn(passage[-1]) or not passage[-1]):
            yield _passage(passage)
            passage = []
        passage.append(line)
    if passage:
        yield _passage(passage)


def _passage(lines: Sequence[str]) -> Lines:
    return Lines(tuple(lines), drawn=any(map(_is_drawn, lines)))


def _is_drawn(line: str) -> bool:
    return bool(re.search(_DRAWN, line))
