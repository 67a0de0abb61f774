"""Records in Markdown: headings, sentences, and mathematics between ``$$``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from chainstep.core.formats import latex
from chainstep.core.records import Record

if TYPE_CHECKING:
    from chainstep.core.formats.registry import Header, Look

_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]#|~$]|^[-+=])")


def escaped(text: str) -> str:
    r"""A person's words as Markdown in which nothing is markup, of Markdown or of HTML.

    >>> escaped("<b>w_1</b> & *more*")
    '&lt;b&gt;w\\_1&lt;/b&gt; &amp; \\*more\\*'
    """
    marked = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return "".join(_HTML.get(letter, letter) for letter in marked)


def displayed(mathematics: str) -> str:
    """Mathematics on lines of its own."""
    return f"$$\n{mathematics}\n$$\n\n"


def record_markdown(record: Record, look: Look) -> str:
    """A record: its formula, the chain of a gradient, its numbers, and what must be said."""
    lines = (
        latex.equation(record, look),
        latex.chain(record, look),
        latex.numbers(record, look),
    )
    notes = "".join(f"{escaped(note)}\n\n" for note in record.notes)
    return "".join(displayed(line) for line in lines if line) + notes


def document(header: Header, records: Iterable[Record], look: Look) -> Iterator[str]:
    """Every record under its iteration, its phase and its number."""
    title = f"{header.scenario}: {header.title}" if header.title else header.scenario
    yield f"# {escaped(title)}\n\n"
    iteration = phase = None
    for record in records:
        if record.iteration != iteration:
            yield f"## Iteration {record.iteration}\n\n"
            phase = None
        if record.phase != phase:
            yield f"### {record.phase.capitalize()}\n\n"
        iteration, phase = record.iteration, record.phase
        yield f"**{record.step}** `{record.quantity}`\n\n"
        yield record_markdown(record, look)
