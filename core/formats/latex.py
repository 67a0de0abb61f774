"""Records in LaTeX: matrices, products in their corner, and a whole document that compiles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainstep.core.expressions import Apply, Named, Product, Ref
from chainstep.core.records import Record
from chainstep.core.setup import Array
from chainstep.core.text.ascii import to_ascii
from chainstep.core.text.formulas import latex_equation
from chainstep.core.text.layer_chain import chain_of
from chainstep.core.text.markup import COMMANDS
from chainstep.core.text.numbers import number_texts

if TYPE_CHECKING:
    from chainstep.core.formats.registry import Header, Look

# ── text ──────────────────────────────────────────────────────────────────────────────────

_TEXT = {
    **{letter: rf"\{letter}" for letter in "#$%&_{}"},
    '"': "''",
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "—": "---",
    "–": "--",
    "’": "'",
    "“": "``",
    "”": "''",
}
_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+|[₀₁₂₃₄₅₆₇₈₉₊₋]+")


def escaped(text: str) -> str:
    r"""A person's words as LaTeX text, in which nothing is a command.

    >>> escaped("50% of w₁ & \\input{x}")
    '50\\% of w$_{1}$ \\& \\textbackslash{}input\\{x\\}'
    """
    pieces, at = [], 0
    for run in _RUN.finditer(text):
        pieces.append("".join(map(_escaped_letter, text[at : run.start()])))
        digits = to_ascii(run[0])
        pieces.append(f"${digits[0]}{{{digits[1:]}}}$")
        at = run.end()
    pieces.append("".join(map(_escaped_letter, text[at:])))
    return "".join(pieces)


def _escaped_letter(letter: str) -> str:
    if letter in _TEXT:
        return _TEXT[letter]
    if letter in COMMANDS and letter not in "−′":
        return f"${COMMANDS[letter].strip()}$" if letter != "ᵀ" else r"$^{\top}$"
    if " " <= letter <= "~":
        return letter
    if letter.isalpha() and "À" <= letter <= "ÿ":
        return letter
    return "".join(_TEXT.get(piece, piece) for piece in to_ascii(letter)) if letter > " " else " "


# ── numbers and matrices ──────────────────────────────────────────────────────────────────

_NOT_FINITE = {"nan": r"\mathrm{NaN}", "inf": r"\infty", "-inf": r"-\infty"}


def number(text: str) -> str:
    r"""A number's text as mathematics.

    >>> number("1.4e-09")
    '1.4 \\cdot 10^{-9}'
    """
    if text in _NOT_FINITE:
        return _NOT_FINITE[text]
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
    turned = np.asarray(look.notation.turn(value))
    if turned.ndim == 0:
        return number(number_texts(turned, look.digits)[0])
    if turned.ndim == 3:
        kept = [at for at in shown(len(turned), look.most) if at is not None]
        sheets = [_pmatrix(cells(turned[at], look)) for at in kept]
        return r",\quad ".join(sheets) + (r",\ \dots" if len(kept) < len(turned) else "")
    return _pmatrix(cells(np.atleast_2d(turned), look))


def _pmatrix(rows: Cells) -> str:
    return rf"\begin{{pmatrix}} {_lines(rows)} \end{{pmatrix}}"


def _lines(rows: Sequence[Sequence[str]]) -> str:
    return r" \\ ".join(" & ".join(row) for row in rows)


def product(left: Array, right: Array, result: Array, look: Look) -> str:
    """A product with the right factor above, the left one beside, the result in their corner."""
    notation = look.notation
    if notation.orientation == "columns":
        left, right = right, left
    beside, above, corner = (
        cells(np.atleast_2d(notation.turn(value)), look) for value in (left, right, result)
    )
    width = len(beside[0])
    spec = f"{'r' * width}|{'|'.join('r' * len(above[0]))}|"
    upper = _lines([[*[""] * width, *row] for row in above])
    lower = _lines([[*first, *second] for first, second in zip(beside, corner, strict=True)])
    return rf"\begin{{array}}{{{spec}}} {upper} \\ \hline {lower} \\ \hline \end{{array}}"


# ── records ───────────────────────────────────────────────────────────────────────────────

_OPERATORS = {"multiply": r"\odot", "subtract": "-", "add": "+"}


def equation(record: Record, look: Look) -> str:
    """A record's formula, as the page writes it."""
    return latex_equation(
        record.definition, look.notation, record.program, short=record.took_short_way
    )


def numbers(record: Record, look: Look) -> str:
    """A record's numbers: a product in its corner, operands side by side, or the result."""
    expression, values = record.definition.expression, record.operand_values
    short = record.took_short_way
    if not short and len(values) == 2 and isinstance(expression, Product) and _plain(expression):
        return product(values[0], values[1], record.value, look)
    name = look.notation.latex_quantity(record.definition.quantity, record.program)
    operator = None if short else _operator(record)
    if operator is None:
        return f"{name} = {matrix(record.value, look)}"
    if operator == r"\cdot" and look.notation.orientation == "columns":
        values = values[::-1]
    terms = f" {operator} ".join(matrix(value, look) for value in values)
    return f"{terms} = {matrix(record.value, look)}"


def _plain(expression: Product) -> bool:
    return isinstance(expression.left, Ref) and isinstance(expression.right, Ref)


def _operator(record: Record) -> str | None:
    """What stands between the two operands of a step that is nothing but them."""
    expression = record.definition.expression
    if isinstance(expression, Named) and expression.symbol == "·":
        return r"\cdot"
    if not isinstance(expression, Apply) or len(record.operand_values) != 2:
        return None
    if all(isinstance(arg, Ref) for arg in expression.args):
        return _OPERATORS.get(expression.function.__name__)
    return None


def chain(record: Record, look: Look) -> str | None:
    """The chain of a gradient, where the record is one."""
    quantity = record.definition.quantity
    if not look.chain or quantity.role not in {"dC/dW", "dC/db"}:
        return None
    return chain_of(record.program, record.definition, look.notation).latex


def record_latex(record: Record, look: Look) -> str:
    """A record as LaTeX's mathematics, its formula above its numbers."""
    lines = [equation(record, look), chain(record, look), numbers(record, look)]
    rows = r" \\[1ex] ".join(line for line in lines if line)
    return rf"\begin{{gathered}} {rows} \end{{gathered}}"


# ── a document ────────────────────────────────────────────────────────────────────────────

PREAMBLE = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage{amsmath}
\usepackage{graphicx}
\usepackage[margin=2cm]{geometry}
\setcounter{MaxMatrixCols}{64}
\setlength{\parindent}{0pt}
\newsavebox{\wide}
\newcommand{\fit}[1]{\sbox{\wide}{$\displaystyle #1$}%
  \ifdim\wd\wide>\linewidth\resizebox{\linewidth}{!}{\usebox{\wide}}\else\usebox{\wide}\fi}
\begin{document}
"""


def document(header: Header, records: Iterable[Record], look: Look) -> Iterator[str]:
    """A whole document: the start, then every record under its iteration and phase."""
    title = f"{header.scenario}: {header.title}" if header.title else header.scenario
    yield PREAMBLE
    yield f"\\section*{{{escaped(title)}}}\n"
    iteration = phase = None
    for record in records:
        if record.iteration != iteration:
            yield f"\\section*{{Iteration {record.iteration}}}\n"
            phase = None
        if record.phase != phase:
            yield f"\\subsection*{{{record.phase.capitalize()}}}\n"
        iteration, phase = record.iteration, record.phase
        yield from _paragraph(record, look)
    yield "\\end{document}\n"


def _paragraph(record: Record, look: Look) -> Iterator[str]:
    yield f"\\textbf{{{record.step}}}\\quad\\texttt{{{escaped(record.quantity)}}}\n"
    for line in (equation(record, look), chain(record, look), numbers(record, look)):
        if line:
            yield f"\\[\\fit{{{line}}}\\]\n"
    for note in record.notes:
        yield f"{escaped(note)}\n\n"
