"""Documents in Markdown where no mathematics is rendered: formulas and tables as fenced text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chainstep.core.formats.document import Document, Look, Numbers, StepOf
from chainstep.core.formats.markdown import Mathematical, fenced, written
from chainstep.core.formats.plain_text import mathematics_lines, table_of


def write_document(document: Document, look: Look) -> Iterator[str]:
    """Block by block."""
    yield from written(document.blocks, look, _text)


def write_step(step: StepOf, look: Look) -> str:
    """One step, its number not told."""
    return "".join(written(step.blocks, look, _text))


def _text(blocks: Sequence[Mathematical], look: Look) -> str:
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Numbers):
            lines += table_of(block, look)
        else:
            lines += mathematics_lines(block)
    return fenced(lines) if lines else ""
