"""Matrices as text tables: products in their corner, operands side by side, lists.

Arrays or rows of strings go in, lines of text come out. Without a width nothing is left out.
With one, columns are left out in the middle where they do not fit, and rows where there are
more than ``max_rows``: ``...`` stands in their place, and a line below says which. What is
left out is never turned into text, so that large matrices cost what is seen of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainstep.core.text.excerpts import (
    NO_LABELS,
    Label,
    Labels,
    Style,
    TableForm,
    margin_of,
    notes,
    shown_rows,
)
from chainstep.core.text.falk import corner_lines
from chainstep.core.text.matrices import Matrix, Picture, below, beside, picture
from chainstep.core.text.numbers import Digits

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Label", "Labels", "Style", "elementwise_table", "list_table", "product_table"]


def product_table(
    left: ArrayLike,
    right: ArrayLike,
    result: ArrayLike,
    *,
    style: Style = "boxed",
    digits: int | Digits = 7,
    width: int | None = None,
    max_rows: int | None = None,
    labels: Labels = NO_LABELS,
    stack: str = "observation",
) -> list[str]:
    r"""A product: the right factor above, the left one beside, the result in their corner.

    Shapes: left (rows, terms), right (terms, columns), result (rows, columns). Where one has
    three axes, a table follows for each position of the first, the ``stack``, and takes the
    row at that position from what has only two.

    >>> print("\n".join(product_table([[1, 0.5]], [[2], [-4]], [[0]])))
              +----+
              |  2 |
              | -4 |
    +---+-----+----+
    | 1   0.5 |  0 |
    +---+-----+----+
    """
    form = TableForm(style, digits, width, max_rows)
    if style == "list":
        return _stacked([left, "·", right, "=", result], form, stack, _equation)

    if np.ndim(right) == 3 and np.ndim(left) == 2:  # its one row is the position in the stack
        labels = labels._replace(rows=None)

    def drawn(terms: Sequence[str | Matrix], form: TableForm) -> list[str]:
        first, second, third = (np.atleast_2d(term) for term in terms)
        return corner_lines(first, second, third, form, labels)

    return _stacked([left, right, result], form, stack, drawn)


def elementwise_table(
    terms: Sequence[str | ArrayLike],
    *,
    style: Style = "boxed",
    digits: int | Digits = 7,
    width: int | None = None,
    max_rows: int | None = None,
    labels: Labels = NO_LABELS,
    names: Sequence[str] = (),
    stack: str = "observation",
) -> list[str]:
    r"""Matrices in one line with what stands between them; one below the other if too wide.

    ``terms`` are matrices, and strings for operators and functions: ``["σ", z, "=", a]``.
    ``names`` stand above the matrices, in their order. Labels of rows stand beside the first
    of the highest matrices, labels of columns above every one.

    >>> print("\n".join(elementwise_table([[[1, -2]], "⊙", [[0.5, 3]], "=", [[0.5, -6]]])))
    [ 1 -2] ⊙ [0.5 3] = [ 0.5 -6]
    """

    def drawn(terms: Sequence[str | Matrix], form: TableForm) -> list[str]:
        return _equation(terms, form, labels, names)

    return _stacked(terms, TableForm(style, digits, width, max_rows), stack, drawn)


def list_table(
    matrix: ArrayLike,
    *,
    digits: int | Digits = 7,
    width: int | None = None,
    max_rows: int | None = None,
    stack: str = "observation",
) -> list[str]:
    r"""One matrix as a list of its rows; a vector as one row, a number as itself.

    >>> print("\n".join(list_table([[0.2, 0.4], [1, 0]])))
    [[0.2, 0.4],
     [1  , 0  ]]
    """
    return _stacked([matrix], TableForm("list", digits, width, max_rows), stack, _equation)


def _stacked(
    terms: Sequence[str | ArrayLike],
    form: TableForm,
    stack: str,
    drawn: Callable[[Sequence[str | Matrix], TableForm], list[str]],
) -> list[str]:
    """The drawing of the terms; where one has three axes, one for each of its sheets."""
    whole = [term if isinstance(term, str) else np.asarray(term) for term in terms]
    sheets = [term for term in whole if not isinstance(term, str) and term.ndim == 3]
    if not sheets:
        return drawn(whole, form)
    count, rows = sheets[0].shape[:2]
    shown = shown_rows(count, None if form.max_rows is None else form.max_rows // rows)
    each = [
        [f"{stack} {at}:", *drawn([_sheet(term, at, count) for term in whole], form)]
        for at in shown.positions
    ]
    return [line for lines in shown.with_gap(each, shown.note(f"{stack}s")) for line in lines]


def _sheet(term: str | Matrix, at: int, count: int) -> str | Matrix:
    if isinstance(term, str) or term.ndim < 2:
        return term
    if term.ndim == 3:
        return np.asarray(term[at])
    return term[at : at + 1] if len(term) == count else term


def _equation(
    terms: Sequence[str | Matrix],
    form: TableForm,
    labels: Labels = NO_LABELS,
    names: Sequence[str] = (),
) -> list[str]:
    """Matrices and what stands between them: in one line, or one below the other."""
    matrices = [term for term in terms if not isinstance(term, str)]
    heights = [len(matrix) if matrix.ndim == 2 else 1 for matrix in matrices]
    highest = [height == max(heights) for height in heights]
    first = [at == highest.index(True) for at in range(len(matrices))]

    pictures = _pictures(matrices, form, labels, first, names)
    coming = iter(pictures)
    lines = beside([t if isinstance(t, str) else next(coming) for t in terms], form.width)
    if lines is None:
        before, after = _operators(terms)
        form = form.narrower(margin_of(before))
        pictures = _pictures(matrices, form, labels, highest, names)
        shortened = [each.columns for each in pictures if each.columns.left_out]
        if shortened:  # the same columns of all
            most = min(len(columns.positions) for columns in shortened)
            form = form._replace(max_columns=most)
            pictures = _pictures(matrices, form, labels, highest, names)
        lines = below(list(zip(before, pictures, strict=True)), after)
    return lines + notes((note for each in pictures for note in each.left_out), form)


def _pictures(
    matrices: Sequence[Matrix],
    form: TableForm,
    labels: Labels,
    labelled: Sequence[bool],
    names: Sequence[str],
) -> list[Picture]:
    """Each matrix with its name above it, and the names of its rows where it is labelled."""
    bare = labels._replace(rows=None)
    padded = [*names, *[""] * (len(matrices) - len(names))]
    return [
        picture(matrix, form, labels if here else bare, name)
        for matrix, here, name in zip(matrices, labelled, padded, strict=True)
    ]


def _operators(terms: Sequence[str | Matrix]) -> tuple[list[str], str]:
    """What stands before each matrix, and what stands after the last."""
    before, pending = [], ""
    for term in terms:
        if isinstance(term, str):
            pending = f"{pending} {term}".strip()
        else:
            before.append(pending)
            pending = ""
    return before, pending
