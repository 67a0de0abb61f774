"""The Falk scheme: a product with its factors above and beside it, as the page draws it."""

from collections.abc import Callable, Sequence
from functools import partial

from chainstep.core.text.excerpts import (
    Column,
    Columns,
    ColumnsAt,
    Labels,
    Shown,
    TableForm,
    columns_of,
    fitting_columns,
    margin_of,
    notes,
    shown_rows,
)
from chainstep.core.text.matrices import Matrix

_SPACING = 3  # what a number brings in both blocks: two blanks and a line, or three blanks
_Fit = Callable[[int | None], tuple[Shown, Columns]]


def corner_lines(
    left: Matrix, right: Matrix, result: Matrix, form: TableForm, labels: Labels
) -> list[str]:
    """The right factor above, the left one beside, the result in their corner.

    The right factor and the result are one block and share the widths of their columns; the
    left factor is another.
    """
    lower = shown_rows(len(left), form.max_rows)
    upper = shown_rows(len(right), form.max_rows)
    row_names, term_names = lower.names(labels.rows), upper.names(labels.terms)
    # names of terms stand in the blanks beside the right factor, 4 at least: a left column
    margin = max(margin_of(row_names), margin_of(term_names) - 4)
    room = None if form.width is None else form.width - margin - 1

    left_at = columns_of(left, lower, form.digits)
    corner_at = _on_top(
        columns_of(right, upper, form.digits), columns_of(result, lower, form.digits)
    )
    terms, beside, columns, corner = _sharing(
        room,
        partial(fitting_columns, left.shape[1], left_at, _SPACING, labels.terms),
        partial(fitting_columns, right.shape[1], corner_at, _SPACING, labels.columns),
    )
    margin = max(margin_of(row_names), margin_of(term_names) - beside.width(_SPACING))
    heads = _heads(terms.names(labels.terms), beside, columns.names(labels.columns), corner)
    lines = [
        *([" " * margin + heads] if heads.strip() else []),
        *_drawn(beside, corner, row_names, term_names, margin, boxed=form.style == "boxed"),
    ]
    left_out = (
        *lower.note("rows"),
        *columns.note("columns"),
        *terms.note("columns of the left factor"),
        *upper.note("rows of the right factor"),
    )
    return lines + notes(left_out, form)


def _on_top(above: ColumnsAt, below: ColumnsAt) -> ColumnsAt:
    """The columns of two matrices as columns of one."""

    def columns_at(positions: list[int]) -> list[Column]:
        pairs = zip(above(positions), below(positions), strict=True)
        return [upper + lower for upper, lower in pairs]

    return columns_at


def _sharing(room: int | None, left: _Fit, corner: _Fit) -> tuple[Shown, Columns, Shown, Columns]:
    """Both blocks in one room: half for each, and what one does not need for the other."""
    if room is None:
        return *left(None), *corner(None)
    terms, beside = left(room // 2)
    columns, drawn = corner(room - beside.width(_SPACING))
    if terms.left_out:
        terms, beside = left(room - drawn.width(_SPACING))
    return terms, beside, columns, drawn


def _heads(terms: Sequence[str], beside: Columns, columns: Sequence[str], corner: Columns) -> str:
    """The names of the columns, each over the end of its numbers."""
    cells = [
        name.rjust(width + _SPACING - 1) + " "
        for names, block in ((terms, beside), (columns, corner))
        for name, width in zip(names or [""] * len(block.widths), block.widths, strict=True)
    ]
    return "".join(cells).rstrip()


def _drawn(
    beside: Columns,
    corner: Columns,
    row_names: Sequence[str],
    term_names: Sequence[str],
    margin: int,
    *,
    boxed: bool,
) -> list[str]:
    """Both blocks in their places, the lines between them drawn where it is boxed."""
    upper = len(corner.columns[0]) - len(beside.columns[0])
    rows = [f"| {' | '.join(cells)} |" for cells in corner.rows]
    lefts = [f"| {'   '.join(cells)} " for cells in beside.rows]
    indent = margin + beside.width(_SPACING)
    right_border = "".join("+" + "-" * (width + 2) for width in corner.widths) + "+"
    left_border = "+" + "+".join("-" * (width + 2) for width in beside.widths)

    above = [
        f"{name + ' ' * bool(name):>{indent}}{row}"
        for name, row in zip(term_names or [""] * upper, rows[:upper], strict=True)
    ]
    below = [
        f"{name + ' ' * bool(name):>{margin}}{left}{row}"
        for name, left, row in zip(row_names or [""] * len(lefts), lefts, rows[upper:], strict=True)
    ]
    if not boxed:
        return above + below
    top = " " * indent + right_border
    middle = " " * margin + left_border + right_border
    return [top, *above, middle, *below, middle]
