"""Documents in Markdown, mathematics between ``$$``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from chainstep.core.formats.document import (
    Blank,
    Block,
    Chain,
    Document,
    Equation,
    Heading,
    Lines,
    Look,
    Mathematics,
    Numbers,
    Sentence,
    StepOf,
    Table,
    Title,
)

Mathematical = Equation | Chain | Mathematics | Numbers

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


def fenced(lines: Iterable[str]) -> str:
    """Lines as a block of text, in which nothing is markup."""
    kept = list(lines)
    fence = "`" * (3 + max(line.count("`") for line in ("", *kept)))
    return "".join(f"{line}\n" for line in (f"{fence}text", *kept, fence)) + "\n"


Writer = Callable[[Sequence[Mathematical], Look], str]


def write_document(document: Document, look: Look) -> Iterator[str]:
    """Block by block, mathematics between ``$$``."""
    yield from written(document.blocks, look, _tex)


def write_step(step: StepOf, look: Look) -> str:
    """One step, its number not told."""
    return "".join(written(step.blocks, look, _tex))


def written(blocks: Iterable[Block], look: Look, write: Writer) -> Iterator[str]:
    """Blocks one by one; mathematics that stands together is written together."""
    together: list[Mathematical] = []
    for block in blocks:
        if isinstance(block, Mathematical):
            together.append(block)
            continue
        if together:
            yield write(together, look)
            together = []
        yield from _block(block, look, write)
    if together:
        yield write(together, look)


def _tex(blocks: Sequence[Mathematical], look: Look) -> str:
    from chainstep.core.formats.latex_mathematics import mathematics  # fenced text does without

    return "".join(displayed(mathematics(block, look)) for block in blocks)


def _block(block: Block, look: Look, write: Writer) -> Iterator[str]:
    match block:
        case Title():
            yield f"# {escaped(block.text)}\n\n"
            if block.place:
                yield f"{escaped(block.place)}\n\n"
        case Heading():
            yield f"{'#' * block.level} {escaped(block.text)}\n\n"
        case Sentence(kind="axes"):
            yield f"*{escaped(block.text)}*\n\n"
        case Sentence(kind="page"):
            yield f"> {escaped(block.text)}\n\n"
        case Sentence():
            yield f"{escaped(block.text)}\n\n"
        case StepOf():
            shapes = f" {escaped(block.shapes)}" if block.shapes else ""
            yield f"**{block.step.number}** `{block.step.quantity.name}`{shapes}\n\n"
            yield from written(block.blocks, look, write)
        case Lines(drawn=False):
            if any(block.lines):
                yield f"{escaped(' '.join(block.lines))}\n\n"
        case Lines():
            yield fenced(block.lines)
        case Table():
            yield from _table(block)
        case Blank():
            yield "&nbsp;\n\n" * block.lines


def _table(table: Table) -> Iterator[str]:
    for n, row in enumerate((table.head, *table.rows)):
        yield f"| {' | '.join(map(escaped, row))} |\n"
        if n == 0:
            yield f"|{' --- |' * len(row)}\n"
    yield "\n"
