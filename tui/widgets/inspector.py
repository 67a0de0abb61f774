"""All matrices of the network at a moment, small: constants and equal columns collapsed."""

from __future__ import annotations

from chainstep.core import Entry
from chainstep.core.quantities import Kind
from chainstep.tui.view import Texts, View
from chainstep.tui.widgets.small_matrices import MORE, small_dots, small_rows
from chainstep.tui.widgets.spans import Line, Lines, Span, abreast, cut, line, width_of

_MOST_ROWS = 4


def inspector_lines(
    view: View, width: int, height: int, before: Texts | None = None, picked: Entry | None = None
) -> Lines:
    """Data, weights, activations and their derivatives, as far as they are computed.

    Where there is no room for all of them, those around the step are seen, and it is said how
    many layers lie above and below.
    """
    layer = view.step.layer if view.step else 0
    lines = view.once(
        ("matrices", width, height),
        lambda: _fitted(view, _parts(view), (width, height, layer)),
    )
    return _marked(lines[:height], before or {}, picked)


def given_lines(view: View, width: int, height: int, picked: Entry | None = None) -> Lines:
    """The data and the parameters alone, around the picked one."""
    parts: dict[int, list[tuple[str, str]]] = {0: [("a0", "y")] if view.program.depth else []}
    named = {name for pair in parts[0] for name in pair}
    for quantity in view.program.start:
        if (quantity.is_parameter or quantity.kind is Kind.DATA) and quantity.name not in named:
            parts.setdefault(quantity.layer, []).append((quantity.name, ""))
    layer = view.quantity(picked.quantity).layer if picked else 0
    lines = _fitted(view, list(parts.items()), (width, height, layer))
    return _marked(lines[:height], {}, picked)


_Parts = list[tuple[int, list[tuple[str, str]]]]


def _fitted(view: View, pairs: _Parts, size: tuple[int, int, int]) -> Lines:
    """All layers, with fewer rows of each if need be; else those around one of them."""
    width, room, layer = size
    for most in range(_MOST_ROWS, 1, -1):
        parts = [(each, _part(view, two, width, most)) for each, two in pairs]
        if sum(len(lines) for _, lines in parts) <= room:
            return [one for _, lines in parts for one in lines]
    parts = [(each, _part(view, two, width, _MOST_ROWS)) for each, two in pairs]
    return _around(parts, layer, room)


def _part(view: View, pairs: list[tuple[str, str]], width: int, most: int) -> Lines:
    """What belongs to a layer: each pair beside each other, or below where that cuts it."""
    half = (width - 1) // 2
    lefts = [_matrix(view, left, half, most) for left, _ in pairs]
    used = max((width_of(one) for lines in lefts for one in lines), default=0)
    lines: Lines = []
    for (name, right), left in zip(pairs, lefts, strict=True):
        if not right:
            lines += _matrix(view, name, width, most)
            continue
        beside = _matrix(view, right, width - used - 1, most)
        if any(map(_is_cut, (*left, *beside))):
            for each in (name, right):
                lines += _matrix(view, each, width, most)
            continue
        height = max(len(left), len(beside))
        lines += abreast([*left, *[()] * (height - len(left))], beside, used, Span(" "))
    return lines


def _around(parts: list[tuple[int, Lines]], layer: int, room: int) -> Lines:
    """As many parts as there is room for, the step's among them, in their order."""
    if sum(len(lines) for _, lines in parts) <= room:
        return [one for _, lines in parts for one in lines]
    at = next((n for n, (each, _) in enumerate(parts) if each == layer), 0)
    first, stop, left = at, at + 1, room - len(parts[at][1]) - 2
    while True:
        below = stop < len(parts) and len(parts[stop][1]) <= left
        above = first > 0 and len(parts[first - 1][1]) <= left
        if below and (not above or stop - at <= at - first):
            left -= len(parts[stop][1])
            stop += 1
        elif above:
            first -= 1
            left -= len(parts[first][1])
        else:
            break
    lines = [one for _, part in parts[first:stop] for one in part]
    above_said = [_unseen("↑", parts[:first])] if first else []
    below_said = [_unseen("↓", parts[stop:])] if stop < len(parts) else []
    room -= len(above_said) + len(below_said)
    if len(lines) > room:  # one part alone is too long
        lines = [*lines[: room - 1], line(Span(" … more of this layer", "dim"))]
    return [*above_said, *lines, *below_said]


def _unseen(arrow: str, parts: list[tuple[int, Lines]]) -> Line:
    """Which layers are not seen; 0 is that of the data."""
    first, last = parts[0][0], parts[-1][0]
    names = f"layer {first}" if first == last else f"layers {first} to {last}"
    if first == 0:
        names = "the data" if last == 0 else f"the data and layers 1 to {last}"
    return line(Span(f" {arrow} {names}", "dim"))


def _is_cut(one: Line) -> bool:
    return any(span.role == "dim" and span.text.endswith(MORE) for span in one)


def _parts(view: View) -> _Parts:
    """What stands beside what, layer by layer: values and how the cost answers to them."""
    program = view.program
    answers = {
        quantity.by: quantity.name
        for quantity in program.quantities.values()
        if quantity.kind is Kind.DERIVATIVE and quantity.of == program.cost
    }
    parts: dict[int, list[tuple[str, str]]] = {}
    known = set(program.quantities)
    for k in range(program.depth + 1):
        pairs = [("a0", "y")] if k == 0 else []
        for parameter in program.parameters:
            if k and parameter.layer == k:
                name = parameter.name
                new = f"{name}_new"
                pairs.append((name, new if view.has(new) else answers.get(name, "")))
                pairs += _state(view, name)
        if k:
            pairs.append((f"a{k}", f"delta{k}"))
        parts[k] = [(left, right if right in known else "") for left, right in pairs]
    if program.depth:
        parts[program.depth].append(("C_obs", program.cost))
        return list(parts.items())
    pairs = [
        (quantity.name, answers.get(quantity.name, ""))
        for quantity in program.quantities.values()
        if quantity.kind in {Kind.DATA, Kind.VALUE} and not quantity.is_new_value
    ]
    return [(0, pairs)]


def _state(view: View, parameter: str) -> list[tuple[str, str]]:
    """What the rule remembers of a parameter, two and two."""
    names = [
        quantity.name
        for quantity in view.program.quantities.values()
        if quantity.kind is Kind.STATE and quantity.parameter == parameter
        if view.has(quantity.name) and quantity.name in view.program.numbers
    ]
    return [(name, "") for name in names]


def _marked(lines: Lines, before: Texts, picked: Entry | None) -> Lines:
    """The lines, the picked number standing out, and those that read differently than before."""

    def mark(span: Span) -> Span:
        if span.target is None or span.target[0] != "cell":
            return span
        entry = span.target[1]
        if entry == picked:
            return span._replace(role="at")
        is_changed = bool(before) and before.get(entry) != span.text
        return span._replace(role="changed") if is_changed else span

    return [tuple(map(mark, one)) for one in lines]


def _matrix(view: View, name: str, width: int, most: int) -> Lines:
    quantity = view.quantity(name)
    margin = max(4, len(name) + 2)
    value = view.value(name)
    step = view.program.numbers.get(name)
    target = ("step", step) if step else ("entry", Entry(name, (0,) * len(quantity.shape)))
    here = view.step is not None and view.step.quantity.name == name
    head = Span(f" {name}".ljust(margin), "here" if here else "name", target)
    rows = (
        small_dots(quantity, most)
        if value is None
        else small_rows(quantity, value, width - margin, most)
    )
    lines = []
    for index, row in enumerate(rows):
        first = head if index == 0 else Span(" " * margin)
        lines.append(cut((first, *row), width))
    return lines


def texts_shown(lines: Lines) -> dict[object, str]:
    """What the cells of an inspector read, by their entries, to find what changes next."""
    return {
        span.target[1]: span.text
        for one in lines
        for span in one
        if span.target is not None and span.target[0] == "cell"
    }
