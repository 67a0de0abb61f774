"""A network as a drawing in SVG, each layer and each matrix of weights named for a page."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from chainstep.core.expression_parts import operands_of
from chainstep.core.formats.latex_mathematics import shown
from chainstep.core.program import Program, Step
from chainstep.core.quantities import Kind, Part, Quantity

_MOST = 8  # units of a layer that are drawn
_ACROSS, _DOWN, _RADIUS = 130, 44, 13


class _Spot(NamedTuple):
    x: float
    y: float
    unit: int | None


def network_svg(program: Program) -> str:
    """The units of every layer, joined; '' for a program without layers."""
    if not program.widths:
        return ""
    columns = _columns(program)
    height = max(len(column) for column in columns) * _DOWN + 40
    width = (len(columns) - 1) * _ACROSS + 150
    named = escape(f"a network of {', '.join(map(str, program.widths))} units")
    inside = "".join([*_edges(columns), *_units(program, columns), _cost(columns, width)])
    return (
        f'<svg class="network" viewBox="0 0 {width} {height}" role="img" aria-label="{named}">'
        f"{inside}</svg>"
    )


def _columns(program: Program) -> list[list[_Spot]]:
    """Where the units of each layer stand, around the middle of the highest layer."""
    units = [shown(width, _MOST) for width in program.widths]
    middle = max(map(len, units)) * _DOWN / 2 + 24
    columns = []
    for layer, chosen in enumerate(units):
        top = middle - (len(chosen) - 1) * _DOWN / 2
        x = 34 + layer * _ACROSS
        columns.append([_Spot(x, top + n * _DOWN, unit) for n, unit in enumerate(chosen)])
    return columns


def _edges(columns: list[list[_Spot]]) -> Iterator[str]:
    for layer in range(1, len(columns)):
        lines = "".join(
            f'<line x1="{a.x + _RADIUS:g}" y1="{a.y:g}" x2="{b.x - _RADIUS:g}" y2="{b.y:g}"/>'
            for a in columns[layer - 1]
            for b in columns[layer]
            if a.unit is not None and b.unit is not None
        )
        x = (columns[layer - 1][0].x + columns[layer][0].x) / 2
        yield f'<g data-part="W{layer}">{lines}{_text(x, 14, f"W{layer}")}</g>'


def _units(program: Program, columns: list[list[_Spot]]) -> Iterator[str]:
    for layer, column in enumerate(columns):
        spots = "".join(
            f'<circle cx="{spot.x:g}" cy="{spot.y:g}" r="{_RADIUS}"/>'
            if spot.unit is not None
            else _text(spot.x, spot.y + 5, "⋮")
            for spot in column
        )
        name = f"a{layer}"
        activation = program.activation(layer) if layer else None
        kind = activation.name if activation else "inputs"
        title = f"<title>{escape(f'{name}: {kind}')}</title>"
        yield f'<g data-part="{name}">{title}{spots}{_text(column[0].x, 14, name)}</g>'


def _cost(columns: list[list[_Spot]], width: float) -> str:
    """The cost behind the last layer, where the targets come in."""
    last = columns[-1]
    middle = (last[0].y + last[-1].y) / 2
    x = width - 30
    lines = "".join(
        f'<line x1="{spot.x + _RADIUS:g}" y1="{spot.y:g}" x2="{x - 14:g}" y2="{middle:g}"/>'
        for spot in last
        if spot.unit is not None
    )
    box = f'<rect x="{x - 14:g}" y="{middle - 14:g}" width="28" height="28" rx="5"/>'
    return f'<g data-part="C">{lines}{box}{_text(x, middle + 5, "C")}</g>'


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:g}" y="{y:g}">{escape(text)}</text>'


def parts_of(step: Step) -> list[str]:
    """The parts of the drawing that a step is about, what it computes first."""
    quantities = (step.quantity, *operands_of(step.expression))
    return list(dict.fromkeys(part for each in quantities if (part := _part(each))))


def _part(quantity: Quantity) -> str:
    """``W2`` for a matrix of weights and all that is of it, ``a2`` for what units have."""
    if quantity.part in {Part.COST, Part.COST_OF_OBSERVATIONS, Part.TARGETS}:
        return "C"
    if quantity.parameter:
        return (
            f"W{quantity.layer}" if quantity.kind is not Kind.FACTOR else f"a{quantity.layer - 1}"
        )
    if quantity.kind is Kind.DATA and quantity.layer == 0 and quantity.name != "a0":
        return ""
    if quantity.kind is Kind.FACTOR and quantity.of == f"z{quantity.layer + 1}":
        return f"W{quantity.layer + 1}"
    return f"a{quantity.layer}"
