"""The step itself: its formula in the caption, and its operands and result as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chainstep.core import Entry
from chainstep.core.entries import cells
from chainstep.core.entries import entry as entry_of
from chainstep.core.expressions import Apply, LaidOut, Named, Product, Ref, Transpose
from chainstep.core.program import Step
from chainstep.core.quantities import Quantity
from chainstep.core.text.formulas import equation
from chainstep.core.text.notation import Notation
from chainstep.core.text.notations import notation
from chainstep.core.text.numbers import Digits
from chainstep.core.why.meaning import meaning
from chainstep.tui.view import Choices, View
from chainstep.tui.widgets.matrices import (
    Marks,
    Matrix,
    Measured,
    Space,
    bracketed,
    candidates,
    joined,
    matrix_of,
    measured,
    turned,
    window,
    window_note,
)
from chainstep.tui.widgets.products import Factors, product_lines
from chainstep.tui.widgets.spans import Lines, Span, columns, ends, folded, line, width_of

_OPERATORS = {"multiply": "⊙", "subtract": "−", "add": "+", "divide": "/"}


# ── what is shown ─────────────────────────────────────────────────────────────────────────


def matrices_of(view: View, choices: Choices) -> tuple[Matrix, ...]:
    """The tables of the step, the result last; before a first step, data and weights."""
    sheet = choices.picked.position[0] if choices.picked and len(choices.picked.position) else 0
    if view.step is None:
        program = view.program
        told = [quantity for quantity in program.start if quantity.name not in program.remembered]
        names = sorted(told, key=lambda quantity: quantity.name not in {"a0", "y"})
    else:
        names = [*view.step.operands, view.step.quantity]
    unique = {quantity.name: quantity for quantity in names}
    written = notation(choices.notation)
    blocks = [
        matrix_of(_named(q, written, view), view.values[q.name], sheet, _title(written, q, view))
        for q in unique.values()
    ]
    blocks = [replace(b, hidden=True) if b.name == view.covered else b for b in blocks]
    if any(len(block.shape) == 3 for block in blocks):
        return tuple(_one_row(b, sheet) for b in blocks) if len(blocks) > 2 else tuple(blocks)
    return tuple(
        turned(block) if _stands_turned(view, written, quantity) else block
        for quantity, block in zip(unique.values(), blocks, strict=True)
    )


def _stands_turned(view: View, written: Notation, quantity: Quantity) -> bool:
    """Whether a table stands turned: as its page has it, or as the equation of the step asks."""
    step = view.step
    if len(quantity.shape) != 2:
        return False
    if step is None or isinstance(step.expression, Transpose):
        return written.is_turned(quantity)
    return written.is_turned(step.quantity)


def _named(quantity: Quantity, written: Notation, view: View) -> Quantity:
    """The quantity with the page's names of the positions along its axes."""
    return quantity._replace(axes=written.named_axes(quantity.axes, view.program))


_LONGEST = 26  # letters of a title


def _title(written: Notation, quantity: Quantity, view: View) -> str:
    """What a quantity is called above its numbers: by the page, where that is short enough."""
    title = written.quantity(quantity, view.program)
    if len(quantity.shape) == 2:
        other = written.is_turned(quantity) != _stands_turned(view, written, quantity)
        title = f"{title}ᵀ" if other else title
    return title if len(title) <= _LONGEST else quantity.name


def _one_row(block: Matrix, sheet: int) -> Matrix:
    """The row of one observation, to stand beside that observation's Jacobian."""
    if len(block.shape) == 3:
        return block
    row = min(sheet, block.rows - 1)
    return _Row(block.name, block.values[row : row + 1], block.axes, block.shape, row, block.title)


class _Row(Matrix):
    """One row of a matrix, which still knows where it stands."""

    def entry(self, row: int, column: int) -> Entry:
        return Entry(self.name, (row + (self.sheet or 0), column))

    def place(self, entry: Entry | None) -> tuple[int, int]:
        if entry is None or entry.quantity != self.name:
            return 0, 0
        return 0, min(entry.position[-1], self.columns - 1)


def factors_of(step: Step, blocks: Sequence[Matrix]) -> Factors | None:
    """The step as a product, where it is one: plainly, with a bias added, or row by Jacobian."""
    named = {block.name: block for block in blocks}
    result = blocks[-1]
    match step.expression:
        case Product(left=Ref() as left, right=Ref() as right):
            first, second = named[left.quantity.name], named[right.quantity.name]
            if result.turned:  # (a·W)ᵀ = Wᵀ·aᵀ
                first, second = second, first
            return Factors(first, second, result)
        case Apply(args=(Product(left=Ref() as left, right=Ref() as right), Ref() as added)) if (
            step.expression.function.__name__ == "add" and not result.turned
        ):
            return Factors(
                named[left.quantity.name],
                named[right.quantity.name],
                result,
                named[added.quantity.name],
            )
        case Named(symbol="·") if len(blocks) == 3 and isinstance(blocks[0], _Row):
            return Factors(blocks[0], blocks[1], result)
    return None


def lit_by(step: Step | None, entry: Entry | None) -> frozenset[Entry]:
    """The entries of the operands that go into an entry of the result."""
    if step is None or entry is None or entry.quantity != step.quantity.name:
        return frozenset()
    return frozenset(
        Entry(cell.quantity.name, cell.position)
        for cell in cells(entry_of(step.expression, entry.position))
    )


# ── how it is shown ───────────────────────────────────────────────────────────────────────


def caption(view: View, choices: Choices, width: int, most: int = 1) -> Lines:
    """The formula of the step as the page writes it, and as the engine does; what it means.

    In as many lines as there may be, and two where a formula needs them.
    """
    step = view.step
    if step is None:
        said = "What there is before the first step: data and weights"
        return folded(said, width, "name")[:2]
    assert view.record is not None
    formula = f"{step.quantity.name} = {view.record.formula}"
    written = notation(choices.notation)
    short = view.record.took_short_way
    on_page = equation(step, written, view.program, short=short)
    if on_page.split(" = ")[0] != step.quantity.name:
        return _on_page(view, on_page, formula, width, most)
    shape = _shapes(step)
    said = meaning(step, view.program)
    left = [Span(f" {formula}", "name")]
    for right in (f"{said}   {shape}", said, shape, ""):
        if columns(formula) + columns(right) + 4 <= width:
            return [ends(left, [Span(f"{right} ", "dim")], width)]
    return folded(formula, width, "name")[:2]


def _on_page(view: View, on_page: str, formula: str, width: int, most: int) -> Lines:
    """A formula in the page's letters, the engine's beside it or below."""
    assert view.step is not None
    said = f"{meaning(view.step, view.program)}   {_shapes(view.step)}"
    beside = columns(on_page) + columns(formula) + 6 <= width
    if beside:
        lines = [ends([Span(f" {on_page}", "name")], [Span(f"{formula} ", "dim")], width)]
    else:
        lines = [*folded(on_page, width, "name"), *folded(formula, width, "dim")][:3]
    if most > 1 and columns(said) + 2 <= width:
        lines.append(line(Span(f" {said}", "dim")))
    return lines


def _shapes(step: Step) -> str:
    def shape(quantity: Quantity) -> str:
        return f"({','.join(map(str, quantity.shape))})" if quantity.shape else "one number"

    if isinstance(step.expression, Product):
        left, right = step.operands[0], step.operands[-1]
        return f"{shape(left)}·{shape(right)} = {shape(step.quantity)}"
    axes = " × ".join(axis.kind for axis in step.quantity.axes)
    return f"{shape(step.quantity)} {axes}".strip()


def operation_lines(view: View, choices: Choices, room: Space) -> Lines:
    """The tables of the step in a room; none where data and weights do not fit before it."""
    blocks = matrices_of(view, choices)
    if room.height < 1 or room.width < 4:
        return []
    if view.step is not None:
        factors = factors_of(view.step, blocks)
        if factors is not None:
            lines = product_lines(factors, replace(room, width=room.width - 1))
            return [line(" ", *one) for one in lines]
    lines = _side_by_side(view.step, blocks, room)
    fits = max(map(width_of, lines), default=0) < room.width
    return [line(" ", *one) for one in lines] if fits else lines


def signs_of(step: Step | None, blocks: Sequence[Matrix]) -> list[str]:
    """What stands before each block: an operator, a function, an equals sign."""
    if step is None:
        return ["  "] * len(blocks)
    signs = [""] + ["   "] * (len(blocks) - 2) + [" → "]
    match step.expression:
        case Product() if len(blocks) == 3:
            signs[1:] = [" · ", " = "]
        case Apply(function=function, args=(Ref(), Ref())) if len(blocks) == 3:
            signs[1:] = [f" {_OPERATORS.get(function.__name__, ' ')} ", " = "]
        case Named(symbol=symbol) if len(blocks) == 2:
            signs[-1] = f" {symbol}→ "
        case Transpose():
            signs[-1] = " ᵀ→ "
        case LaidOut():
            signs[-1] = " → "
    return signs if len(blocks) > 1 else [""]


def _side_by_side(step: Step | None, blocks: Sequence[Matrix], room: Space) -> Lines:
    """All tables beside each other, else in rows below each other, else windows of them."""
    width, height, digits = room.width, room.height, room.digits
    signs = signs_of(step, blocks)
    whole = [(range(block.rows), range(block.columns)) for block in blocks]
    cells = sum(block.rows * block.columns for block in blocks)
    if cells <= width * height and max(block.rows for block in blocks) <= height:
        tried = []
        for chosen in candidates([block.values for block in blocks], digits):
            shelves = _shelved(blocks, signs, whole, chosen, room)
            tried.append(shelves)
            if step is not None and len(shelves) == 1 and _high(shelves[0]) <= height:
                return _drawn(shelves[0], room.marks)
        for shelves in tried[:2]:
            fits = max(map(_wide, shelves)) <= width
            if fits and sum(map(_high, shelves)) <= height:
                return [one for shelf in shelves for one in _drawn(shelf, room.marks)]
    return _windowed(blocks, signs, room) if step is not None else []


#: Blocks beside each other, and the signs between them.
_Shelf = list[str | Measured]


def _shelved(
    blocks: Sequence[Matrix],
    signs: Sequence[str],
    windows: Sequence[tuple[range, range]],
    digits: Digits,
    room: Space,
) -> list[_Shelf]:
    """The blocks in rows that fit the width."""
    shelves: list[_Shelf] = [[]]
    before = None
    for block, sign, seen in zip(blocks, signs, windows, strict=True):
        title = block.title if block.sheet is None else f"{block.title}, obs {block.sheet}"
        named = before is None or (block.rows, block.axes[0]) != before
        one = measured(block, seen, digits, room.marks, row_names=named, title=title)
        if shelves[-1] and _wide(shelves[-1]) + len(sign) + one.width > room.width:
            one = one if named else measured(block, seen, digits, room.marks, title=title)
            shelves.append([])
        if shelves[-1] or sign.strip():
            shelves[-1].append(sign)
        shelves[-1].append(one)
        before = (block.rows, block.axes[0])
    return shelves


def _wide(shelf: _Shelf) -> int:
    return sum(len(each) if isinstance(each, str) else each.width for each in shelf)


def _high(shelf: _Shelf) -> int:
    blocks = [each for each in shelf if not isinstance(each, str)]
    return max(each.top for each in blocks) + max(len(each.rows) for each in blocks)


def _drawn(shelf: _Shelf, marks: Marks) -> Lines:
    return joined([each if isinstance(each, str) else bracketed(each, marks) for each in shelf])


def _windowed(blocks: Sequence[Matrix], signs: Sequence[str], room: Space) -> Lines:
    """As many rows and columns of each block as fit beside each other, around the picked one."""
    width, height, marks = room.width, room.height, room.marks
    row, column = _place(blocks, marks)
    rows_fit = max(1, height - 3)
    if len(blocks) > 3:  # data and weights: as many blocks as can be seen, the picked among them
        chosen = [block for block in blocks if marks.picked and block.name == marks.picked.quantity]
        rest = [block for block in blocks if block not in chosen]
        blocks = [*chosen, *rest][: max(1, min(3, width // 24))]
        signs = ["  "] * len(blocks)
    each = max(1, (width - 9) // (11 * len(blocks)))
    least = Digits(5, None)
    while True:
        windows = [
            (
                window(b.rows, rows_fit, min(row, b.rows - 1)),
                window(b.columns, each, min(column, b.columns - 1)),
            )
            for b in blocks
        ]
        shelves = _shelved(blocks, signs, windows, least, room)
        if (len(shelves) == 1 and _wide(shelves[0]) <= width) or each == 1:
            break
        each -= 1
    fuller = _shelved(blocks, signs, windows, Digits(room.digits, None), room)
    if len(fuller) == 1 and _wide(fuller[0]) <= width:
        shelves = fuller
    notes = [
        f"{b.name}: {window_note(b, r, c)}"
        for b, (r, c) in zip(blocks, windows, strict=True)
        if len(r) < b.rows or len(c) < b.columns
    ]
    lines = _drawn(shelves[0], marks)[: max(1, height - bool(notes))]
    if notes and len(lines) < height:
        told = "   ".join(notes)
        lines = [*lines, line(Span(f" {told if columns(told) < width else notes[-1]}", "dim"))]
    return lines


def _place(blocks: Sequence[Matrix], marks: Marks) -> tuple[int, int]:
    for block in blocks:
        if marks.picked and block.name == marks.picked.quantity:
            return block.place(marks.picked)
    return 0, 0
