"""Documents as lines of text, in the columns of a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

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
from chainstep.core.setup import Array
from chainstep.core.text.numbers import Digits, number_texts
from chainstep.core.text.tables import Style, elementwise_table, list_table, product_table
from chainstep.core.text.wrapping import wrap

_WIDTH = 80
_INDENT = "    "


def write_document(document: Document, look: Look) -> Iterator[str]:
    """Block by block, as they come."""
    for lines in _by_block(document.blocks, look):
        yield "".join(f"{line}\n" for line in lines)


def write_step(step: StepOf, look: Look) -> str:
    """One step as a replay prints it."""
    return "".join(f"{line}\n" for line in _step(step, look))


def _by_block(blocks: Iterable[Block], look: Look) -> Iterator[Iterator[str]]:
    """The lines of each block; what follows a step begins after a blank one."""
    after_step = False
    for block in blocks:
        if after_step and not isinstance(block, (StepOf, Heading)):
            yield iter([""])
        after_step = isinstance(block, StepOf)
        yield _lines(block, look)


def _lines(block: Block, look: Look) -> Iterator[str]:
    room = _room(look.width)
    match block:
        case StepOf():
            yield from _step(block, look)
        case Numbers():
            yield from table_of(block, look)
        case Sentence(kind="line"):
            yield block.text
        case Sentence():
            yield from wrap(block.text, room)
        case Lines():
            yield from block.lines
        case Heading():
            yield f"\n{block.text.upper()}"
        case Title(asked=False):
            yield from _title(block, room)
        case Equation() | Chain() | Mathematics():
            yield from mathematics_lines(block)
        case Table():
            yield from columns(block, room)
        case Blank():
            yield from [""] * block.lines


def _room(width: int | None) -> int:
    """The columns that sentences take: those of the terminal, and no more than are read easily."""
    return min(width or _WIDTH, _WIDTH)


def _title(title: Title, room: int) -> Iterator[str]:
    if title.place and len(title.text) + len(title.place) + 2 <= room:
        yield f"{title.text}{title.place:>{room - len(title.text)}}"
    else:
        yield from wrap(title.text, room)
        yield from wrap(title.place, room)


# ── a step ────────────────────────────────────────────────────────────────────────────────


def _step(step: StepOf, look: Look) -> Iterator[str]:
    """One step: number, formula, shapes and axes, its table, and what there is to see."""
    formula = f"{step.step.number:>2}  {step.step.quantity.name} = {step.formula}"
    room = _room(look.width)
    other = any(isinstance(each, Equation) and _is_turned(each) for each in step.blocks)
    yield from _ended(formula, "" if other else step.shapes, room)
    for block in step.blocks:
        match block:
            case Equation() if block.notation.engine_names:
                pass  # the line above has it
            case Equation() if other:
                for line in _lines(block, look):
                    yield from _ended(f"{_INDENT}{line}", step.shapes, room)
            case Numbers():
                yield from table_of(block, look)
            case Sentence():
                wide = look.width or _WIDTH + len(_INDENT)
                yield from _indented(block.text, wide if block.kind == "axes" else room)
            case _:
                yield from (f"{_INDENT}{line}".rstrip() for line in _lines(block, look))


def _ended(line: str, end: str, room: int) -> Iterator[str]:
    """A line with something at its right end, below it where there is no room."""
    gap = room - len(line) - len(end)
    if gap >= 2 or not end:
        yield (line + " " * gap + end).rstrip()
    else:
        yield line
        yield f"{end:>{room}}"


def _is_turned(block: Equation) -> bool:
    """Whether a page has the arrays of a step in another layout than the engine."""
    quantities = (block.step.quantity, *block.step.operands)
    return not block.notation.engine_names and any(map(block.notation.is_turned, quantities))


def _indented(text: str, room: int) -> Iterator[str]:
    yield from wrap(text, room, initial_indent=_INDENT, subsequent_indent=_INDENT)


def mathematics_lines(block: Equation | Chain | Mathematics) -> Iterator[str]:
    """Mathematics in lines of characters; none where other lines say it."""
    match block:
        case Equation():
            from chainstep.core.text.formulas import equation

            yield equation(block.step, block.notation, block.program, short=block.short)
        case Chain():
            from chainstep.core.text.chain_drawings import chain_lines  # few formats draw it

            yield from chain_lines(block.chain)[:3]
        case Mathematics(told=False):
            yield block.latex()


def columns(table: Table, room: int) -> Iterator[str]:
    """Words in columns, two blanks between them; the last column takes more lines if it must."""
    rows = [table.head, *table.rows] if any(table.head) else list(table.rows)
    sizes = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    margin = sum(sizes) + 2 * len(sizes)
    for row in rows:
        cells = (cell.ljust(size) for cell, size in zip(row, sizes, strict=False))
        start = "".join(f"{cell}  " for cell in cells)
        hung = max(room, margin + 20)
        yield from wrap(row[-1], hung, initial_indent=start, subsequent_indent=" " * margin) or [
            start.rstrip()
        ]


# ── its table ─────────────────────────────────────────────────────────────────────────────


#: Cells of a table that is written out whole, and rows that are shown of a larger one.
_LARGE = 100_000
_ROWS = 40


def table_of(numbers: Numbers, look: Look) -> list[str]:
    """The step's table: a product in its corner, operands side by side, or a list.

    Of very many rows and columns the first and the last are shown, and a line says which are not.
    """
    result = numbers.result.value
    rows = None
    if _cells(numbers) > _LARGE:
        look, rows = look._replace(width=look.width or _WIDTH), _ROWS
    if not result.ndim:
        return [f"{_INDENT}{line}" for line in list_table(result, digits=look.digits)]
    if look.table == "list" or numbers.layout == "list":
        return list_table(result, digits=look.digits, width=look.width, max_rows=rows)
    if numbers.operator != "·":
        return _side_by_side(numbers, look, rows)
    style: Style = "boxed" if look.table == "boxed" else "open"
    left, right, corner = (term.value for term in numbers.terms)
    if numbers.layout == "entrywise":  # a row times that of its observation
        style = "open"
        if numbers.notation.is_turned(numbers.result.quantity):
            left, right, corner = (np.swapaxes(one, -1, -2) for one in (right, left, corner))
    if look.above is not None:
        right = _as_texts(right, look.above)
    return product_table(
        left, right, corner, style=style, digits=look.digits, width=look.width, max_rows=rows
    )


def _as_texts(values: Array, digits: int | Digits) -> Any:
    """Numbers as they are to be shown, whatever the digits of the others."""
    return np.array(number_texts(values, digits)).reshape(values.shape)


def _cells(numbers: Numbers) -> int:
    """How many places for numbers a step's table has; a product's has empty ones."""
    if numbers.operator == "·":
        left, right = (np.atleast_2d(term.value).shape[-2:] for term in numbers.terms[:2])
        return int(left[0] + right[0]) * int(left[1] + right[1])
    return sum(term.value.size for term in numbers.terms)


def _side_by_side(numbers: Numbers, look: Look, rows: int | None) -> list[str]:
    """The operands of an element-wise step with their operator, or the result where too wide."""
    first, second, result = (term.value for term in numbers.terms)
    if rows is not None:
        return list_table(result, digits=look.digits, width=look.width, max_rows=rows)
    lines = elementwise_table(
        [first, numbers.operator, second, "=", result],
        digits=look.digits,
        names=[numbers.name(term) for term in numbers.terms],
    )
    if max(map(len, lines)) <= (look.width or _WIDTH):
        return lines
    return list_table(result, digits=look.digits, width=look.width)
