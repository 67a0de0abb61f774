"""Identical units: the coarsest stable colouring of a network's parameters.

Two units of a layer are identical where their incoming and their outgoing parameters are the same,
each taken with the class of the unit at its other end, and in any order; inputs are all
different, outputs are alike where their targets are. In exact arithmetic such units have equal
activations and equal deltas, so that an update over the whole batch leaves them so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from chainstep.core.program import Program
from chainstep.core.quantities import Moment
from chainstep.core.setup import Array
from chainstep.core.why.structure import Structure

Codes = NDArray[np.int64]


class Numbers(Protocol):
    """Where the parameters of an iteration are read from: a stepper, or the frame of a record."""

    def __getitem__(self, name: str) -> Array: ...


class Moved(Numbers, Protocol):
    """A stepper: numbers that change with the moment."""

    program: Program

    @property
    def moment(self) -> Moment: ...


@dataclass(frozen=True, slots=True)
class Group:
    """Units of a layer that are identical: at least two, layers from 1, units from 0."""

    layer: int
    units: tuple[int, ...]


@dataclass(frozen=True)
class Colouring:
    """The class of every unit, layer 0 being the inputs, and what tells the parameters apart.

    ``edges`` holds for layer k the code of every weight with its state of the update rule (and
    of its bias, as a last row, where that stands apart): equal codes, equal to the last bit.
    """

    program: Program
    classes: tuple[Codes, ...]
    edges: tuple[Codes, ...]

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The units that are identical, two or more together, layer by layer."""
        return tuple(
            Group(layer, tuple(int(unit) for unit in np.flatnonzero(codes == code)))
            for layer, codes in enumerate(self.classes)
            if layer
            for code in dict.fromkeys(codes.tolist())
            if np.count_nonzero(codes == code) > 1
        )

    def distinct(self, layer: int) -> int:
        """As how many units a layer works."""
        return len(set(self.classes[layer].tolist()))


def colouring(numbers: Numbers, program: Program) -> Colouring:
    """The coarsest stable colouring of the parameters of an iteration."""
    widths = program.widths
    edges = tuple(_edges(numbers, program, k) for k in range(1, len(widths)))
    classes: list[Codes] = [np.arange(widths[0])]
    classes += [np.zeros(width, dtype=np.int64) for width in widths[1:-1]]
    has_targets = program.targets in program.quantities
    classes.append(alike(numbers["y"]) if has_targets else np.zeros(widths[-1], dtype=np.int64))
    while True:
        finer = [classes[0]]
        for k in range(1, len(widths)):
            parts = [classes[k][None], _sorted(edges[k - 1], _row_classes(classes[k - 1], program))]
            if k + 1 < len(widths):
                bias = 1 if program.bias == "row" else 0
                outgoing = edges[k][bias : bias + widths[k]].T
                parts.append(_sorted(outgoing, classes[k + 1]))
            finer.append(alike(np.concatenate(parts)))
        if [_many(codes) for codes in finer] == [_many(codes) for codes in classes]:
            return Colouring(program, tuple(classes), edges)
        classes = finer


def _many(codes: Codes) -> int:
    return len(np.unique(codes))


def _row_classes(before: Codes, program: Program) -> Codes:
    """The class of what each row of the weights comes from; a bias is of a class of its own."""
    match program.bias:
        case "row":
            return np.concatenate([[-1], before])
        case "none":
            return before
    return np.concatenate([before, [-1]])


def _edges(numbers: Numbers, program: Program, k: int) -> Codes:
    """A code for every weight of a layer: its value and its state of the update rule."""
    if f"W{k}" not in program.quantities:
        return _one_to_one(numbers, program, k)
    bias = program.bias in {"separate", "shared"}
    shape = program.quantities[f"W{k}"].shape
    layers = []
    for kind in ("", *(program.update.state if program.update else ())):
        rows = [numbers[_carried(kind, "W", k)]] if _has(program, kind, "W", k) else []
        rows = rows or [np.zeros(shape)]
        if bias:
            known = _has(program, kind, "b", k)
            row = numbers[_carried(kind, "b", k)] if known else np.zeros((1, 1))
            rows.append(np.broadcast_to(row, (1, shape[1])))
        layers.append(np.concatenate(rows) + 0.0)  # −0 acts as 0 does
    codes = np.zeros(layers[0].size, dtype=np.int64)
    for layer in layers:
        bits = layer.ravel().view(f"i{layer.dtype.itemsize}")
        found = np.unique(bits, return_inverse=True)[1]
        codes = np.unique(codes * (int(found.max(initial=0)) + 1) + found, return_inverse=True)[1]
    return codes.reshape(layers[0].shape)


def _one_to_one(numbers: Numbers, program: Program, k: int) -> Codes:
    """The same where each unit has one of the layer before: 0 where nothing leads."""
    own = [numbers[pair.old.name] for pair in program.carried if pair.old.layer == k]
    codes = alike(np.concatenate([np.zeros((1, program.widths[k])), *own]))
    leads = np.diag(1 + codes)
    nothing = np.zeros((1, program.widths[k]), dtype=np.int64)
    rows = {"row": [nothing, leads], "none": [leads]}.get(program.bias, [leads, nothing])
    return np.concatenate(rows)


def _carried(kind: str, letter: str, k: int) -> str:
    return f"{kind}.{letter}{k}_old" if kind else f"{letter}{k}"


def _has(program: Program, kind: str, letter: str, k: int) -> bool:
    return _carried(kind, letter, k) in program.quantities


def _sorted(edges: Codes, row_classes: Codes) -> Codes:
    """For every column its pairs of (class, value), as one code each and in one order."""
    span = int(edges.max(initial=0)) + 1
    return np.sort((row_classes[:, None] + 1) * span + edges, axis=0)


def alike(array: Array | Codes) -> Codes:
    """A code for every column, the same for columns that are equal bit for bit.

    >>> alike(np.array([[1, 2, 1], [3, 3, 3]])).tolist()
    [0, 1, 0]
    """
    bits = np.ascontiguousarray(np.asarray(array).T)
    if bits.dtype.kind == "f":
        bits = bits + 0.0
    known: dict[bytes, int] = {}
    codes = [known.setdefault(row.tobytes(), len(known)) for row in bits]
    return np.array(codes, dtype=np.int64)


def identical_units(
    numbers: Numbers, program: Program, kept: Structure
) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """Units that exact arithmetic keeps identical, and those that only look so here.

    Where all layers are dense, identical units have the same parameters around them, too.
    """
    if not is_dense(program):
        return _alike_in_all(program, kept), ()
    alike = colouring(numbers, program).groups
    found = confirmed(alike, kept)
    return found, tuple(group for group in alike if group not in found)


def is_dense(program: Program) -> bool:
    """Whether every layer has weights of its own, so that parameters can be compared."""
    return bool(program.depth) and all(
        f"W{k}" in program.quantities for k in range(1, program.depth + 1)
    )


def confirmed(groups: Iterable[Group], kept: Structure) -> tuple[Group, ...]:
    """The groups as far as exact arithmetic keeps their units' activations and deltas equal.

    A mistake, or noise that is drawn for every unit, may part units with the same parameters.
    """
    return tuple(
        part
        for group in groups
        for part in _parts(group.layer, group.units, kept, ("a", "delta"))
    )  # fmt: skip


def _alike_in_all(program: Program, kept: Structure) -> tuple[Group, ...]:
    return tuple(
        part
        for k in range(1, program.depth + 1)
        for part in _parts(k, range(program.widths[k]), kept, ("a", "dC/da"))
    )


def _parts(
    layer: int, units: Iterable[int], kept: Structure, letters: tuple[str, ...]
) -> list[Group]:
    codes = [kept.columns_alike(f"{letter}{layer}") for letter in letters]
    classes: dict[tuple[int, ...], list[int]] = {}
    for unit in units:
        classes.setdefault(tuple(code[unit] for code in codes), []).append(unit)
    return [Group(layer, tuple(each)) for each in classes.values() if each[1:]]


# ── at the moment where a stepper stands ──────────────────────────────────────────────────

_latest: WeakKeyDictionary[Moved, tuple[int, Colouring]] = WeakKeyDictionary()


def colouring_now(stepper: Moved) -> Colouring:
    """The colouring of the iteration where a stepper stands; found once for each."""
    iteration = stepper.moment.iteration
    known = _latest.get(stepper)
    if known is None or known[0] != iteration:
        known = (iteration, colouring(stepper, stepper.program))
        _latest[stepper] = known
    return known[1]


def groups(stepper: Moved) -> tuple[Group, ...]:
    """The units that are identical in the iteration where a stepper stands."""
    return colouring_now(stepper).groups
