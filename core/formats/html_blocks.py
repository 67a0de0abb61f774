"""Blocks as elements of a page: real tables, mathematics that browsers draw, escaped words."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

import numpy as np

from chainstep.core.formats.document import (
    Blank,
    Block,
    Chain,
    Equation,
    Heading,
    Lines,
    Look,
    Mathematics,
    Numbers,
    Sentence,
    Table,
    Term,
    Title,
)
from chainstep.core.formats.latex_mathematics import mathematics, shown
from chainstep.core.formats.mathml import mathml
from chainstep.core.quantities import Axis
from chainstep.core.setup import Array
from chainstep.core.text.numbers import number_texts

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def escape(text: str) -> str:
    """A person's words in which nothing is markup, and nothing turns the line round.

    >>> escape("<b>1 & 2</b>")
    '&lt;b&gt;1 &amp; 2&lt;/b&gt;'
    """
    return html.escape(_CONTROL.sub("�", text))


def element(block: Block, look: Look) -> str:
    """A block as an element; '' where there is nothing to show."""
    match block:
        case Title():
            place = f'<p class="place">{escape(block.place)}</p>' if block.place else ""
            return f"<h1>{escape(block.text)}</h1>{place}"
        case Heading():
            return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
        case Sentence(kind="page"):
            return f'<blockquote class="page">{escape(block.text)}</blockquote>'
        case Sentence():
            return f'<p class="{block.kind}">{escape(block.text)}</p>'
        case Equation() | Chain() | Mathematics():
            kind = type(block).__name__.lower()
            formula = mathml(mathematics(block, look), block=True)
            return f'<div class="formula {kind}">{formula}</div>'
        case Numbers():
            return numbers_element(block, look)
        case Lines():
            return _lines(block)
        case Table():
            return words_table(block)
        case Blank():
            return f'<div class="blank" style="height:{1.6 * block.lines}em"></div>'
    return ""


def _lines(block: Lines) -> str:
    if not any(block.lines):
        return ""
    if block.drawn:
        drawing = escape("\n".join(block.lines))
        return f'<pre class="drawing" tabindex="0">{drawing}</pre>'
    return f"<p>{escape(' '.join(block.lines))}</p>"


def words_table(table: Table) -> str:
    """Words in columns; the first column heads its row."""
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.head)
    head = f"<thead><tr>{heads}</tr></thead>" if any(table.head) else ""
    rows = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        f"{''.join(f'<td>{escape(cell)}</td>' for cell in row[1:])}</tr>"
        for row in table.rows
    )
    return f'<div class="scroll"><table class="words">{head}<tbody>{rows}</tbody></table></div>'


# ── numbers ───────────────────────────────────────────────────────────────────────────────


def numbers_element(numbers: Numbers, look: Look) -> str:
    """The tables of a step: a product in its corner, operands side by side, or the result."""
    tables = [term_table(numbers, term, look) for term in numbers.terms]
    tables[-1] = f'<div class="result">{tables[-1]}</div>'
    if numbers.layout == "product":
        left, right, result = tables
        inside = (
            f'<div class="above">{right}</div><div class="beside">{left}</div>'
            f'<div class="corner">{result}</div>'
        )
        return f'<div class="scroll" tabindex="0"><div class="product">{inside}</div></div>'
    if numbers.layout == "entrywise":
        signs = ("", escape(numbers.operator), "=")
        parts = (
            f'<div class="part">{f"<span class=sign>{sign}</span>" if sign else ""}{table}</div>'
            for sign, table in zip(signs, tables, strict=True)
        )
        return f'<div class="entrywise">{"".join(parts)}</div>'
    return f'<div class="list">{tables[0]}</div>'


def term_table(numbers: Numbers, term: Term, look: Look) -> str:
    """An array with its name and its positions at the edges; of three axes a table for each."""
    name = mathml(numbers.notation.latex_quantity(term.quantity, numbers.program))
    caption = f"{name} <code>{escape(term.quantity.name)}</code>"
    return array_element(term.value, term.axes, look, caption)


def array_element(value: Array, axes: Sequence[Axis], look: Look, caption: str = "") -> str:
    """An array as a table; ``caption`` is an element already."""
    if value.ndim == 0:
        return f'<p class="number">{caption} = {escape(number_texts(value, look.digits)[0])}</p>'
    if value.ndim == 3:
        return "".join(
            matrix_table(value[at], axes[1:], look, f"{caption} {escape(axes[0].label(at))}")
            for at in shown(len(value), look.most)
            if at is not None
        )
    return matrix_table(np.atleast_2d(value), axes, look, caption)


def matrix_table(matrix: Array, axes: Sequence[Axis], look: Look, caption: str) -> str:
    """A matrix with headed rows and columns; … where some of the middle are left out."""
    rows, columns = (shown(count, look.most) for count in matrix.shape)
    heads = "".join(f'<th scope="col">{_label(axes[1], at)}</th>' for at in columns)
    body = "".join(
        f'<tr><th scope="row">{_label(axes[0], row)}</th>'
        f"{''.join(_cells(matrix, row, columns, look))}</tr>"
        for row in rows
    )
    head = f"<thead><tr><td></td>{heads}</tr></thead>"
    return f"<table><caption>{caption}</caption>{head}<tbody>{body}</tbody></table>"


def _cells(
    matrix: Array, row: int | None, columns: Sequence[int | None], look: Look
) -> Iterator[str]:
    if row is None:
        yield "<td>…</td>" * len(columns)
        return
    kept = [column for column in columns if column is not None]
    texts = iter(number_texts(matrix[row, kept], look.digits))
    for column in columns:
        yield f"<td>{'…' if column is None else escape(next(texts))}</td>"


def _label(axis: Axis, at: int | None) -> str:
    return "…" if at is None else escape(axis.label(at))
