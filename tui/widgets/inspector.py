"""All matrices of the network at a moment, small: constants and equal columns collapsed."""

from __future__ import annotations

from chainstep.core import Entry
from chainstep.core.quantities import Quantity
from chainstep.core.setup import Array
from chainstep.core.text.numbers import Digits, number_text, number_texts
from chainstep.tui.view import Texts, View
from chainstep.tui.widgets.spans import Line, Lines, Span, abreast, cut, line, width_of

_DIGITS = Digits(7, 7)
_SHORT = Digits(5, None)
_MOST_ROWS = 4


def inspector_lines(view: View, width: int, height: int, before: Texts | None = None) -> Lines:
    """Data, weights, activations and their derivatives, as far as they are computed."""
    lines: Lines = [
        line(Span(f" NETWORK {view.moment}", "title"), Span("   ×n= equal   · not yet", "dim"))
    ]
    most = _MOST_ROWS
    while True:
        body = _body(view, width, most, before or {})
        if len(body) < height or most == 1:
            break
        most -= 1
    return [*lines, *body][:height]


def _body(view: View, width: int, most: int, before: Texts) -> Lines:
    pairs = _pairs(view)
    half = (width - 1) // 2
    left_blocks = [_matrix(view, left, half, most, before) for left, _ in pairs]
    used = max((width_of(one) for block in left_blocks for one in block), default=0)
    lines: Lines = []
    for (_, right), block in zip(pairs, left_blocks, strict=True):
        beside = _matrix(view, right, width - used - 1, most, before)
        if any(_is_cut(one) for one in beside) and not _is_wide(view, right):
            lines += [*block, *_matrix(view, right, width, most, before)]
            continue
        height = max(len(block), len(beside))
        filled = [*block, *[()] * (height - len(block))]
        lines += abreast(filled, beside, used, Span(" "))
    return lines


def _is_cut(one: Line) -> bool:
    return any(span.text == "…" for span in one)


def _is_wide(view: View, name: str) -> bool:
    """Whether a matrix has more columns than a line of the inspector could hold anyway."""
    return _size(view.quantity(name))[1] > 4


def _pairs(view: View) -> list[tuple[str, str]]:
    """What stands beside what: weights and their gradients, activations and their deltas."""
    program = view.program
    depth = len(program.setup.layers)
    pairs = [("a0", "y")]
    for k in range(1, depth + 1):
        pairs.append((f"W{k}", f"W{k}_new" if view.has(f"W{k}_new") else f"dC/dW{k}"))
        if f"b{k}" in program.quantities:
            pairs.append((f"b{k}", f"b{k}_new" if view.has(f"b{k}_new") else f"dC/db{k}"))
        pairs.append((f"a{k}", f"delta{k}"))
    pairs.append(("C_obs", "C"))
    return pairs


def _matrix(view: View, name: str, width: int, most: int, before: Texts) -> Lines:
    quantity = view.quantity(name)
    margin = max(4, len(name) + 2)
    value = view.value(name)
    step = view.program.numbers.get(name)
    target = ("step", step) if step else ("entry", Entry(name, (0,) * len(quantity.shape)))
    here = view.step is not None and view.step.quantity.name == name
    head = Span(f" {name}".ljust(margin), "here" if here else "name", target)
    rows = (
        _dots(quantity, most)
        if value is None
        else _rows(quantity, value, width - margin, most, before)
    )
    lines = []
    for index, row in enumerate(rows):
        first = head if index == 0 else Span(" " * margin)
        lines.append(cut((first, *row), width))
    return lines


def _dots(quantity: Quantity, most: int) -> Lines:
    count, wide = _size(quantity)
    dots = " ".join("·" * min(wide, 6)) + (" …" if wide > 6 else "")
    lines: Lines = [line(Span(dots, "ahead"))] * min(count, most)
    if count > most:
        lines[-1] = line(Span(f"· … {count} rows", "ahead"))
    return list(lines)


def _size(quantity: Quantity) -> tuple[int, int]:
    if len(quantity.shape) < 2:
        return 1, 1
    return quantity.shape[0], quantity.shape[1]


def _rows(quantity: Quantity, value: Array, width: int, most: int, before: Texts) -> Lines:
    matrix = value.reshape(_size(quantity)) if value.ndim < 2 else value
    name, (count, wide) = quantity.name, matrix.shape
    if matrix.size > 1 and _is_constant(matrix):
        return [
            line(
                _told(name, 0, 0, number_text(matrix.flat[0], _DIGITS), before),
                Span(f" ×{matrix.size}", "equal"),
            )
        ]
    shown = count if count <= most else max(1, most - 1)
    one = wide > 1 and _is_one_column(matrix)
    lines: Lines = []
    for row in range(shown):
        lines.append(_row(name, matrix, row, width, before, collapsed=one))
    if count > shown:
        lines.append(line(Span(f"… {count - shown} more rows", "dim")))
    elif count > 1 and not one:
        _mark_equal(matrix, lines, width)
    return lines


def _is_constant(matrix: Array) -> bool:
    """Whether all numbers are one to the last bit; a corner tells it of most that are not."""
    first = matrix.flat[0]
    return bool((matrix[:4, :4] == first).all()) and bool((matrix == first).all())


def _is_one_column(matrix: Array) -> bool:
    """Whether all columns are equal to the last bit."""
    corner = matrix[:4, :4]
    return bool((corner == corner[:, :1]).all()) and bool((matrix == matrix[:, :1]).all())


def _row(name: str, matrix: Array, row: int, width: int, before: Texts, *, collapsed: bool) -> Line:
    wide = matrix.shape[1]
    if collapsed:
        times = f" ×{wide}="
        text = number_text(matrix[row, 0], _DIGITS)
        if len(text) + len(times) > width:
            text = number_text(matrix[row, 0], Digits(4, None))
        return line(_told(name, row, 0, text, before), Span(times, "equal"))
    for digits in (_DIGITS, _SHORT, Digits(4, None)):
        texts = number_texts(matrix[row, : max(1, width // 2)], digits)
        if len(texts) == wide and sum(map(len, texts)) + wide - 1 <= width:
            break
    spans: list[Span] = []
    room = width
    for column, text in enumerate(texts):
        if len(text) + 2 > room and column < wide:
            spans.append(Span("…", "dim"))
            break
        if spans:
            spans.append(Span(" "))
        spans.append(_told(name, row, column, text, before))
        room -= len(text) + 1
    return tuple(spans)


def _told(name: str, row: int, column: int, text: str, before: Texts) -> Span:
    """A number; one that reads differently than at the moment before is marked as changed."""
    key = (name, row, column)
    entry = Entry(name, (row, column))
    changed = bool(before) and before.get(key) != text
    return Span(text, "changed" if changed else "", ("cell", entry))


def _mark_equal(matrix: Array, lines: Lines, width: int) -> None:
    """Writes ``┐│┘`` beside rows that are equal to the last bit."""
    same = [bool((matrix[r] == matrix[r + 1]).all()) for r in range(len(lines) - 1)]
    if not any(same) or max(map(width_of, lines)) + 3 > width:
        return
    longest = max(map(width_of, lines))
    for index, one in enumerate(lines):
        above = index > 0 and same[index - 1]
        below = index < len(same) and same[index]
        mark = "│=" if above and below else "┘" if above else "┐" if below else ""
        if mark:
            lines[index] = (*one, Span(" " * (longest - width_of(one) + 1)), Span(mark, "equal"))


def texts_shown(lines: Lines) -> dict[tuple[str, int, int], str]:
    """What the cells of an inspector read, to find what changes next."""
    found = {}
    for one in lines:
        for span in one:
            if span.target and span.target[0] == "cell":
                entry = span.target[1]
                assert isinstance(entry, Entry)
                found[entry.quantity, entry.position[0], entry.position[1]] = span.text
    return found
