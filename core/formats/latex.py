"""Documents in LaTeX: a whole one that pdflatex compiles, and a person's words in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chainstep.core.formats.document import (
    Blank,
    Block,
    Document,
    Heading,
    Lines,
    Look,
    Sentence,
    StepOf,
    Table,
    Title,
)
from chainstep.core.formats.latex_mathematics import mathematics, step_mathematics
from chainstep.core.text.ascii import to_ascii
from chainstep.core.text.markup import COMMANDS

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


def write_document(document: Document, look: Look) -> Iterator[str]:
    """A whole document, block by block."""
    yield PREAMBLE
    for block in document.blocks:
        yield from _written(block, look)
    yield "\\end{document}\n"


def write_step(step: StepOf, look: Look) -> str:
    """The mathematics of one step in one piece."""
    return step_mathematics(step, look)


def _written(block: Block, look: Look) -> Iterator[str]:
    if formula := mathematics(block, look):
        yield f"\\[\\fit{{{formula}}}\\]\n"
        return
    match block:
        case Title():
            yield f"\\section*{{{escaped(block.text)}}}\n"
            if block.place:
                yield f"{escaped(block.place)}\n\n"
        case Heading():
            command = "section" if block.level <= 2 else "subsection"
            yield f"\\{command}*{{{escaped(block.text)}}}\n"
        case Sentence(kind="axes"):
            yield f"{{\\small {escaped(block.text)}}}\n\n"
        case Sentence():
            yield f"{escaped(block.text)}\n\n"
        case StepOf():
            yield from _step(block, look)
        case Lines(drawn=False):
            if text := " ".join(" ".join(block.lines).split()):
                yield f"{escaped(text)}\n\n"
        case Lines():
            lines = to_ascii("\n".join(block.lines)).replace("\\end{", "\\end {")
            yield f"\\begin{{verbatim}}\n{lines}\n\\end{{verbatim}}\n"
        case Table():
            yield from _table(block)
        case Blank():
            yield f"\\vspace{{{block.lines}\\baselineskip}}\n\n"


def _step(step: StepOf, look: Look) -> Iterator[str]:
    name = escaped(step.step.quantity.name)
    shapes = f"\\hfill\\texttt{{{escaped(step.shapes)}}}" if step.shapes else ""
    yield "\\par\\medskip\\pagebreak[2]\n"
    yield f"\\textbf{{{step.step.number}}}\\quad\\texttt{{{name}}}{shapes}\\nopagebreak\n\n"
    for block in step.blocks:
        yield from _written(block, look)


def _table(table: Table) -> Iterator[str]:
    rows = [table.head, *table.rows] if any(table.head) else list(table.rows)
    lines = [" & ".join(map(escaped, row)) + r" \\" for row in rows]
    if any(table.head):
        lines.insert(1, r"\hline")
    spec = "l" * len(rows[0])
    yield "\\begin{tabular}{" + spec + "}\n" + "\n".join(lines) + "\n\\end{tabular}\n\n"
