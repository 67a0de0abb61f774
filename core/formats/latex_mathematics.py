"""Numbers, matrices, products, equations and chains as LaTeX's mathematics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from chainstep.core.formats.document import (
    Block,
    Chain,
    Equation,
    Look,
    Mathematics,
    Numbers,
    StepOf,
)
from chainstep.core.setup import Array
from chainstep.core.text.formulas import latex_equation
from chainstep.core.text.numbers import number_texts

# ── numbers and matrices ──────────────────────────────────────────────────────────────────

_NOT_FINITE = {"nan": r"\mathrm{NaN}", "inf": r"\infty", "-inf": r"-\infty"}


def number(text: str) -> str:
    r"""A number's text as mathematics.

    >>> number("1.4e-09")
    '1.4 \\cdot 10^{-9}'
    """
    if text in _NOT_FINITE:
        return _NOT_FINITE[text]
    if text.startswith("_"):
        return r"\underline{\hspace{4em}}"  # to be filled in
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


Cells = list[list[str]]


def cells(matrix: Array, look: Look) -> Cells:
    """The numbers of a matrix as mathematics; dots stand for what is left out in the middle."""
    rows, columns = (shown(count, look.most) for count in matrix.shape)
    inner = [[at for at in places if at is not None] for places in (rows, columns)]
    texts = iter(map(number, number_texts(matrix[np.ix_(*inner)], look.digits)))
    return [[_cell(row, column, texts) for column in columns] for row in rows]


def _cell(row: int | None, column: int | None, texts: Iterator[str]) -> str:
    if row is None:
        return r"\ddots" if column is None else r"\vdots"
    return r"\cdots" if column is None else next(texts)


def shown(count: int, most: int) -> list[int | None]:
    """The positions that are shown, and None where some are left out."""
    if count <= most:
        return list(range(count))
    tail = most // 3
    return [*range(most - tail - 1), None, *range(count - tail, count)]


def matrix(value: Array, look: Look) -> str:
    """An array as ``pmatrix``; a single number as itself; of three axes a matrix for each."""
    if value.ndim == 0:
        return number(number_texts(value, look.digits)[0])
    if value.ndim == 3:
        kept = [at for at in shown(len(value), look.most) if at is not None]
        sheets = [_pmatrix(cells(value[at], look)) for at in kept]
        return r",\quad ".join(sheets) + (r",\ \dots" if len(kept) < len(value) else "")
    return _pmatrix(cells(np.atleast_2d(value), look))


def _pmatrix(rows: Cells) -> str:
    return rf"\begin{{pmatrix}} {_lines(rows)} \end{{pmatrix}}"


def _lines(rows: Sequence[Sequence[str]]) -> str:
    return r" \\ ".join(" & ".join(row) for row in rows)


def product(left: Array, right: Array, result: Array, look: Look) -> str:
    """A product with the right factor above, the left one beside, the result in their corner."""
    beside, above, corner = (cells(np.atleast_2d(value), look) for value in (left, right, result))
    width = len(beside[0])
    spec = f"{'r' * width}|{'|'.join('r' * len(above[0]))}|"
    upper = _lines([[*[""] * width, *row] for row in above])
    lower = _lines([[*first, *second] for first, second in zip(beside, corner, strict=True)])
    return rf"\begin{{array}}{{{spec}}} {upper} \\ \hline {lower} \\ \hline \end{{array}}"


# ── blocks ────────────────────────────────────────────────────────────────────────────────

_OPERATORS = {"⊙": r"\odot", "−": "-", "+": "+", "·": r"\cdot"}


def mathematics(block: Block, look: Look) -> str:
    """A block as mathematics; '' where it is none."""
    match block:
        case Equation():
            return latex_equation(block.step, block.notation, block.program, short=block.short)
        case Chain():
            return block.chain.latex
        case Mathematics():
            return block.latex()
        case Numbers():
            return numbers(block, look)
    return ""


def numbers(block: Numbers, look: Look) -> str:
    """The numbers of a step: a product in its corner, operands side by side, or the result."""
    values = [term.value for term in block.terms]
    if block.layout == "product":
        left, right, result = values
        return product(left, right, result, look)
    if block.layout == "list":
        quantity = block.result.quantity
        return (
            f"{block.notation.latex_quantity(quantity, block.program)} = {matrix(values[0], look)}"
        )
    operands = f" {_OPERATORS[block.operator]} ".join(matrix(value, look) for value in values[:-1])
    return f"{operands} = {matrix(values[-1], look)}"


def step_mathematics(step: StepOf, look: Look) -> str:
    """The mathematics of a step in one piece: its formula, its chain, its numbers."""
    lines = filter(None, (mathematics(block, look) for block in step.blocks))
    rows = r" \\[1ex] ".join(lines)
    return rf"\begin{{gathered}} {rows} \end{{gathered}}"
