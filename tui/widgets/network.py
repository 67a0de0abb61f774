"""The network drawn: units and weights, the signal on its way forwards, the deltas back."""

from __future__ import annotations

from chainstep.core import Entry
from chainstep.core.program import Step
from chainstep.core.text.numbers import Digits, number_text
from chainstep.core.why.drawn_network import Drawing, Edge, Layer, Unit, drawing_of
from chainstep.tui.view import Choices, View
from chainstep.tui.widgets.dots import Cell, Dots, joined_cells
from chainstep.tui.widgets.spans import Lines, Span, Target, cut, filled, line

_DIGITS = Digits(4, None)
_LEAST_GAP = 6  # cells between two layers
_LABEL, _FEW = 9, 4  # cells of a unit with its value, and layers that are always drawn
_STRONG, _WEAK = 0.66, 0.2  # of the largest weight of a layer


def network_lines(view: View, choices: Choices, width: int, height: int) -> Lines:
    """The layers from left to right, for one observation, with what the step touches lit."""
    if view.program.depth == 0:
        said = "This program has no layers to be drawn."
        return filled([line(Span(f" {said}", "dim"))], height)
    observation = _observation(view, choices)
    return view.once(
        ("network", width, height, observation),
        lambda: _network(view, observation, width, height),
    )


def _network(view: View, observation: int, width: int, height: int) -> Lines:
    has_deltas = view.step is not None and view.step.phase != "forward"
    rows = max(1, (height - 2) // (3 if has_deltas and height > 24 else 2))
    computed = {name: view.values[name] for name in view.program.quantities if view.has(name)}
    drawing = drawing_of(computed, view.program, observation, max(2, min(rows, 12)))
    drawing = _around(drawing, _seen(view, width))
    foot = _legend(drawing, width) if height > 8 else []
    body = _body(view, drawing, observation, (width, height - len(foot)))
    return filled([*body, *foot], height)


def network_said(view: View, choices: Choices, width: int) -> str:
    """Of what the drawing is: the observation, the layers in sight, which way it goes."""
    if view.program.depth == 0:
        return ""
    said = [f"observation {_observation(view, choices)} of {view.program.observations}"]
    seen = _seen(view, width)
    if len(seen) <= view.program.depth:
        said.append(f"layers {seen[0]} to {seen[-1]} of {view.program.depth}")
    ways = {"forward": "→ forwards", "backward": "← back"}
    if view.step is not None and view.step.phase in ways:
        said.append(ways[view.step.phase])
    return " · ".join(said)


def _seen(view: View, width: int) -> range:
    """Of a deep network the layers around the step's, as many as can be told apart."""
    fitting = max(_FEW, (width + _LEAST_GAP) // (_LABEL + _LEAST_GAP))
    count = view.program.depth + 1
    if count <= fitting + 1:
        return range(count)
    layer = view.step.layer if view.step else 0
    first = min(max(0, layer - fitting // 2), count - fitting)
    return range(first, first + fitting)


def _around(drawing: Drawing, kept: range) -> Drawing:
    """The layers that are in sight, and the edges between them."""
    edges = tuple(edge for edge in drawing.edges if edge.layer in kept and edge.layer > kept[0])
    return Drawing(drawing.layers[kept.start : kept.stop], edges)


def _observation(view: View, choices: Choices) -> int:
    """The observation of the picked number, where it belongs to one."""
    picked = choices.picked
    if picked is None or not picked.position:
        return 0
    axes = view.quantity(picked.quantity).axes
    kinds = [axis.kind for axis in axes]
    return picked.position[kinds.index("observation")] if "observation" in kinds else 0


def _legend(drawing: Drawing, width: int) -> Lines:
    units = [unit for layer in drawing.layers for unit in layer.units]
    spans = [Span(" weights: ", "dim"), Span("> 0", "plus"), Span(" "), Span("< 0 dotted", "minus")]
    spans.append(Span(", thick is strong", "dim"))
    if any(unit.group for unit in units):
        spans += [Span("   =a", "equal"), Span(" identical", "dim")]
    if any(unit.dead for unit in units):
        spans += [Span("   ○", "bad"), Span(" nothing flows back", "dim")]
    return [cut(tuple(spans), width)]


# ── the picture ───────────────────────────────────────────────────────────────────────────


def _body(view: View, drawing: Drawing, observation: int, size: tuple[int, int]) -> Lines:
    width, height = size
    labels = [[_label(unit) for unit in layer.units] for layer in drawing.layers]
    wide = [max(map(len, column)) for column in labels]
    gaps = len(drawing.layers) - 1
    gap = (width - 2 - sum(wide)) // max(1, gaps)
    if gap < _LEAST_GAP:  # values need more room than there is: units alone
        labels = [["●"] * len(column) for column in labels]
        wide = [1] * len(labels)
        gap = max(2, (width - 2 - sum(wide)) // max(1, gaps))
    lefts = [1 + sum(wide[:n]) + n * gap for n in range(len(wide))]
    places = [_rows(layer, height - 1) for layer in drawing.layers]
    dots = Dots(width, height)
    lowest = drawing.layers[0].number
    for edge in sorted(
        drawing.edges, key=lambda each: (_is_lit(view.step, each), abs(each.strength))
    ):
        after = edge.layer - lowest
        before = after - 1
        start = (lefts[before] + wide[before], places[before][edge.start])
        end = (lefts[after] - 1, places[after][edge.end])
        _draw(dots, start, end, edge, _is_lit(view.step, edge))
    cells = dots.cells()
    for layer, column, left, rows in zip(drawing.layers, labels, lefts, places, strict=True):
        for unit, text, row in zip(layer.units, column, rows, strict=True):
            target: Target = ("entry", Entry(f"a{layer.number}", (observation, unit.position)))
            _write(cells, row, left, text, (_role(view, layer, unit), target))
            if unit.delta is not None and row + 1 < height and len(text) > 1:
                back = f"δ{number_text(unit.delta, Digits(3, None))}"
                entry = Entry(f"delta{layer.number}", (observation, unit.position))
                role = "lit" if _is_step(view.step, entry.quantity) else "page"
                _write(
                    cells,
                    row + 1,
                    left,
                    back[: max(1, gap + wide[layer.number - lowest] - 1)],
                    (role, ("entry", entry)),
                )
        if layer.left_out and len(rows) > 1:
            between = (rows[-2] + rows[-1]) // 2
            _write(cells, between, left, f"⋮ {layer.left_out} more", ("dim", None))
    return [joined_cells(row) for row in cells]


def _label(unit: Unit) -> str:
    dot = "○" if unit.dead else "●"
    value = "·" if unit.value is None else number_text(unit.value, _DIGITS)
    return f"{dot}{value}{'=' if unit.group else ''}{unit.group}"


def _role(view: View, layer: Layer, unit: Unit) -> str:
    if _is_step(view.step, f"a{layer.number}") or _is_step(view.step, f"z{layer.number}"):
        return "here"
    if unit.dead:
        return "bad"
    return "equal" if unit.group else "name" if unit.value is not None else "ahead"


def _is_step(step: Step | None, name: str) -> bool:
    return step is not None and step.quantity.name == name


def _is_lit(step: Step | None, edge: Edge) -> bool:
    """Whether the step works with the weights between two layers."""
    if step is None:
        return False
    names = {quantity.name for quantity in (*step.operands, step.quantity)}
    parameter = f"W{edge.layer}"
    return (
        parameter in names
        or step.quantity.parameter == parameter
        or (f"dz{edge.layer}/da{edge.layer - 1}" in names)
    )


def _rows(layer: Layer, height: int) -> list[int]:
    """The rows of the units, spread evenly, with room where some are left out."""
    count = len(layer.units) + (1 if layer.left_out else 0)
    each = height / count
    rows = [int(each * (n + 0.5)) for n in range(count)]
    return [*rows[: len(layer.units) - 1], rows[-1]]


def _draw(dots: Dots, start: tuple[int, int], end: tuple[int, int], edge: Edge, lit: bool) -> None:  # noqa: FBT001  a fact about the edge
    strength = abs(edge.strength)
    role = "curve" if lit else "plus" if edge.strength >= 0 else "minus"
    if strength < _WEAK and not lit:
        role = "rule"
    step = 1 if edge.strength >= 0 else 3
    dots.line(start, end, role, step)
    if strength > _STRONG:
        dots.line(start, end, role, step, shift=1)


def _write(
    cells: list[list[Cell]], row: int, left: int, text: str, look: tuple[str, Target | None]
) -> None:
    role, target = look
    for offset, character in enumerate(text):
        if 0 <= row < len(cells) and left + offset < len(cells[row]):
            cells[row][left + offset] = (character, role, target)
