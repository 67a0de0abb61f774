"""A network as it is to be drawn: units with what they hold, weights by how strong they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chainstep.core.program import Program
from chainstep.core.setup import Array
from chainstep.core.why.dead_units import dead_units
from chainstep.core.why.remarks import equal_groups

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Unit:
    """One unit: its position, and for one observation what it holds and what comes back to it.

    ``group`` is a letter that it shares with the units that hold the same in every observation,
    to the last bit. ``dead`` is the reason for which nothing flows back through it, or nothing.
    """

    position: int
    value: float | None
    delta: float | None
    group: str = ""
    dead: str = ""


@dataclass(frozen=True)
class Layer:
    """The units of a layer that are drawn, in their order, and how many are not."""

    number: int
    units: tuple[Unit, ...]
    left_out: int


@dataclass(frozen=True)
class Edge:
    """A weight between two units that are drawn; ``strength`` is relative to the layer's largest.

    ``layer`` is the one that it leads to; ``start`` and ``end`` are places among what is drawn.
    """

    layer: int
    start: int
    end: int
    strength: float


@dataclass(frozen=True)
class Drawing:
    """What is to be drawn of a network for one observation."""

    layers: tuple[Layer, ...]
    edges: tuple[Edge, ...]


def drawing_of(
    values: Mapping[str, Array], program: Program, observation: int = 0, most: int = 8
) -> Drawing:
    """The network with the numbers that are computed; of a large layer, ``most`` units.

    ``values`` has no more than what is computed.
    """
    dead = _dead(values, program)
    layers = tuple(
        _layer(values, k, width, observation, (most, dead.get(k, {})))
        for k, width in enumerate(program.widths)
    )
    edges = [edge for k in range(1, len(layers)) for edge in _edges(values, program, layers, k)]
    return Drawing(layers, tuple(edges))


def _dead(values: Mapping[str, Array], program: Program) -> dict[int, dict[int, str]]:
    """The units that nothing flows back through, where the backward phase is done."""
    deltas = [f"delta{k}" for k in range(1, program.depth + 1)]
    if not all(name in values for name in deltas):
        return {}
    found: dict[int, dict[int, str]] = {}
    for each in dead_units(values, program):
        found.setdefault(each.layer, {}).update(dict.fromkeys(each.units, each.cause))
    return found


def _layer(
    values: Mapping[str, Array],
    k: int,
    width: int,
    observation: int,
    limits: tuple[int, Mapping[int, str]],
) -> Layer:
    most, dead = limits
    held, back = values.get(f"a{k}"), values.get(f"delta{k}")
    groups = _groups(held) if k and held is not None else {}
    shown = [*range(most - 1), width - 1] if width > most else list(range(width))
    units = tuple(
        Unit(
            unit,
            None if held is None else float(held[observation, unit]),
            None if back is None else float(back[observation, unit]),
            groups.get(unit, ""),
            dead.get(unit, ""),
        )
        for unit in shown
    )
    return Layer(k, units, width - len(units))


def _groups(held: Array) -> dict[int, str]:
    """A letter for each unit that holds the same as another."""
    alike = equal_groups(held, 1)
    return {unit: _LETTERS[n % len(_LETTERS)] for n, group in enumerate(alike) for unit in group}


def _edges(
    values: Mapping[str, Array], program: Program, layers: tuple[Layer, ...], k: int
) -> list[Edge]:
    weights = values.get(f"W{k}")
    if weights is None or weights.shape[0] < program.widths[k - 1]:
        return []  # a layer without weights of its own
    first = weights.shape[0] - program.widths[k - 1]  # the bias row is no unit
    rows = [first + unit.position for unit in layers[k - 1].units]
    columns = [unit.position for unit in layers[k].units]
    part = weights[np.ix_(rows, columns)].astype(np.float64)
    finite = np.where(np.isfinite(part), part, 0.0)
    largest = float(np.abs(finite).max(initial=0.0)) or 1.0
    return [
        Edge(k, i, j, float(finite[i, j]) / largest)
        for i in range(len(rows))
        for j in range(len(columns))
    ]
