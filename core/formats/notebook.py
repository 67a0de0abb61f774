"""What records, steppers and chains show of themselves in a notebook, as HTML and as LaTeX.

Everything that goes into HTML is escaped here; nothing in it runs or is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from chainstep.core.formats import latex_mathematics as latex
from chainstep.core.formats.document import LOOK, Look
from chainstep.core.formats.run_document import Teller
from chainstep.core.quantities import Axis, Entry
from chainstep.core.records import Record
from chainstep.core.setup import Array
from chainstep.core.text.chain_drawings import chain_legend, chain_lines
from chainstep.core.text.formulas import equation
from chainstep.core.text.layer_chain import LayerChain, chain_of
from chainstep.core.text.markup import typewriter
from chainstep.core.text.numbers import number_text, number_texts

if TYPE_CHECKING:
    from chainstep.core.stepper import Stepper
    from chainstep.core.why.chain import Chain, Factor

_CELL = ' style="text-align:right;font-family:monospace"'


# ── a record ──────────────────────────────────────────────────────────────────────────────


def record_html(record: Record, look: Look = LOOK) -> str:
    """A record: where it stands, its formula, its numbers with their axes, what must be said."""
    quantity = record.definition.quantity
    name = look.notation.beside(quantity, record.program)
    written = equation(
        record.definition, look.notation, record.program, short=record.took_short_way
    )
    head = f"iteration {record.iteration}, step {record.step}, {record.phase}: {name}"
    notes = "".join(f"<p>{escape(note)}</p>" for note in record.notes)
    return (
        f"<div><p>{escape(head)}</p><p><code>{escape(written)}</code></p>"
        f"{array_html(record.value, record.axes, look)}{notes}</div>"
    )


def record_latex(record: Record, look: Look = LOOK) -> str:
    """A record as displayed mathematics: its formula, and its numbers below."""
    return f"$\\displaystyle {latex.step_mathematics(Teller(look.notation).step(record), look)}$"


def array_html(value: Array, axes: Sequence[Axis], look: Look = LOOK) -> str:
    """An array as a table with its positions at the edges; of three axes a table for each."""
    turned = np.asarray(look.notation.turn(value))
    turned_axes = look.notation.turn_axes(tuple(axes))
    if turned.ndim == 0:
        return f"<p><code>{escape(number_texts(turned, look.digits)[0])}</code></p>"
    if turned.ndim == 3:
        tables = (
            f"<p>{escape(turned_axes[0].label(at))}</p>" + _table(turned[at], turned_axes[1:], look)
            for at in latex.shown(len(turned), look.most)
            if at is not None
        )
        return "".join(tables)
    return _table(turned, turned_axes, look)


def _table(matrix: Array, axes: Sequence[Axis], look: Look) -> str:
    rows, columns = (latex.shown(count, look.most) for count in matrix.shape)
    heads = "".join(f"<th>{_label(axes[1], at)}</th>" for at in columns)
    lines = "".join(_row(matrix, row, columns, axes[0], look) for row in rows)
    return f"<table><tr><th></th>{heads}</tr>{lines}</table>"


def _row(
    matrix: Array, row: int | None, columns: Sequence[int | None], axis: Axis, look: Look
) -> str:
    def texts() -> Iterator[str]:
        for column in columns:
            left_out = row is None or column is None
            yield "…" if left_out else number_texts(matrix[row, column], look.digits)[0]

    cells = "".join(f"<td{_CELL}>{escape(text)}</td>" for text in texts())
    return f"<tr><th>{_label(axis, row)}</th>{cells}</tr>"


def _label(axis: Axis, at: int | None) -> str:
    return "…" if at is None else escape(axis.label(at))


# ── a chain ───────────────────────────────────────────────────────────────────────────────


def layer_chain_html(chain: LayerChain) -> str:
    """The chain of a layer, as it is drawn on the screen."""
    drawing = "\n".join(chain_lines(chain))
    legend = "; ".join(chain_legend(chain))
    return f"<div><pre>{escape(drawing)}</pre><p>{escape(legend)}</p></div>"


def layer_chain_latex(chain: LayerChain) -> str:
    """The chain of a layer as displayed mathematics."""
    return f"$\\displaystyle {chain.latex}$"


def entry_chain_html(chain: Chain) -> str:
    """The chain of one number: a row of factors for each term, and their product."""
    rows = []
    for term in chain.terms:
        factors = " · ".join(_factor_html(factor) for factor in term.factors)
        rows.append(f"<tr><td>{factors}</td><td{_CELL}>= {number_text(term.product)}</td></tr>")
    head = f"{chain.entry} = {number_text(chain.value)}"
    return f"<div><p><code>{escape(head)}</code></p><table>{''.join(rows)}</table></div>"


def entry_chain_latex(chain: Chain) -> str:
    """The chain of one number as displayed mathematics, its factors in numbers."""
    terms = " + ".join(
        r" \cdot ".join(_factor_latex(number_text(factor.value)) for factor in term.factors)
        for term in chain.terms
    )
    name, value = typewriter(str(chain.entry)), latex.number(number_text(chain.value))
    return f"$\\displaystyle {name} = {terms or value}{f' = {value}' if terms else ''}$"


def _factor_latex(text: str) -> str:
    written = latex.number(text)
    return rf"\left({written}\right)" if written.startswith("-") else written


def _factor_html(factor: Factor) -> str:
    name = escape(str(Entry(factor.quantity, factor.position))) if factor.quantity else ""
    return f"{number_text(factor.value)} <small>{name}</small>"


# ── a stepper ─────────────────────────────────────────────────────────────────────────────


def stepper_html(stepper: Stepper, look: Look = LOOK) -> str:
    """A stepper: its moment, the chain of the layer in work, and what was computed last."""
    done = stepper.updates_done
    head = f"moment {stepper.moment}, {done} update{'' if done == 1 else 's'} done"
    record = stepper.record
    if record is None:
        first = stepper.program.steps[0].quantity.name
        return f"<div><p>{escape(head)}: step() computes {escape(first)}</p></div>"
    drawn = ""
    if record.phase == "backward":
        drawn = layer_chain_html(chain_of(record.program, record.definition, look.notation))
    return f"<div><p>{escape(head)}</p>{drawn}{record_html(record, look)}</div>"


def stepper_latex(stepper: Stepper, look: Look = LOOK) -> str:
    """What a stepper computed last, as displayed mathematics; its moment where that is nothing."""
    record = stepper.record
    if record is None:
        return rf"$\text{{moment {stepper.moment}}}$"
    return record_latex(record, look)
