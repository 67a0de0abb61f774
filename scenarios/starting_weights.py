"""The weights and biases that a network starts with."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from chainstep.core.setup import Array
from chainstep.core.text.counting import counted
from chainstep.scenarios.draft import Draft, in_size

WEIGHTS = ("network", "weights")
BIASES = ("network", "biases")
Path = tuple[str | int, ...]


def starting_weights(draft: Draft, widths: tuple[int, ...]) -> tuple[Array, ...] | None:
    """One matrix per layer; None, and faults, where they do not fit the layers.

    They come as the page has them, and are turned where those are units × inputs.
    """
    row = draft.network["bias"] == "row"
    shapes = [(before + row, units) for before, units in pairwise(widths)]
    start = draft.network["weights"]
    if isinstance(start, dict) and "random" in start:
        return _drawn(draft, start, shapes, WEIGHTS)
    each = _each_layer(draft, start, len(shapes), WEIGHTS, "matrix")
    if each is None:
        return None
    arrays = []
    for k, ((value, path), shape) in enumerate(zip(each, shapes, strict=True), start=1):
        array = _matrix(draft, value, shape, path)
        if array is not None and array.shape != shape:
            _misshapen(draft, k, array, widths, path)
        arrays.append(array)
    return _all(arrays)


def starting_biases(draft: Draft, widths: tuple[int, ...]) -> tuple[Array, ...] | None:
    """One row of biases per layer where they are separate or shared; none otherwise."""
    start, bias = draft.network["biases"], draft.network["bias"]
    given = draft.node(*BIASES) is not draft.node("network")
    if bias in {"row", "none"}:
        if given:
            mends = {"row": "they are row 0 of the weights", "none": "say `bias: separate`"}
            draft.at(BIASES, f"with `bias: {bias}` there are no biases apart", mends[bias])
        return ()
    if start is None and given:
        return None
    sizes = [1 if bias == "shared" else units for units in widths[1:]]
    if isinstance(start, dict) and "random" in start:
        return _drawn(draft, start, [(1, size) for size in sizes], BIASES)
    each = _each_layer(draft, start or "zeros", len(sizes), BIASES, "list")
    if each is None:
        return None
    layers = enumerate(zip(each, sizes, strict=True), start=1)
    return _all([_row(draft, value, k, size, path) for k, ((value, path), size) in layers])


def _each_layer(
    draft: Draft, start: Any, depth: int, path: Path, noun: str
) -> list[tuple[Any, Path]] | None:
    """What each layer starts with, and where that is said."""
    if isinstance(start, dict) and "keys" in start:
        keys = start["keys"] or []
        values = [{"npz": start["npz"], "key": key} for key in keys]
        each = [(value, (*path, "keys", k)) for k, value in enumerate(values)]
    elif isinstance(start, list):
        each = [(value, (*path, k)) for k, value in enumerate(start)]
    else:
        return [(start, path)] * depth
    if len(each) == depth:
        return each
    found = f"there are {path[-1]} for {counted(len(each), 'layer')}"
    draft.at(path, f"{found}, and the network has {depth}: give one {noun} per layer")
    return None


def _all(arrays: list[Array | None]) -> tuple[Array, ...] | None:
    there = tuple(array for array in arrays if array is not None)
    return there if len(there) == len(arrays) else None


def _matrix(draft: Draft, value: Any, shape: tuple[int, int], path: Path) -> Array | None:
    """A matrix in our layout: written out, from a file, drawn, or filled with one number."""
    if value is None:
        return None
    if isinstance(value, str) or (isinstance(value, dict) and "fill" in value):
        return _filled(draft, 0.0 if isinstance(value, str) else value["fill"], shape, path)
    if isinstance(value, dict) and "random" in value:
        drawn = _drawn(draft, value, [shape], path)
        return None if drawn is None else drawn[0]
    rows = draft.array(value, *path) if isinstance(value, dict) else value
    if rows is None:
        return None
    array = draft.cast(rows, *path)
    return array.T if array is not None and draft.weights_turned else array


def _filled(draft: Draft, fill: float | None, shape: tuple[int, int], path: Path) -> Array | None:
    one = None if fill is None else draft.cast([[fill]], *path, "fill")
    if one is None:
        return None
    array = np.full(shape, one[0, 0])
    array.flags.writeable = False
    return array


def _misshapen(draft: Draft, k: int, array: Array, widths: tuple[int, ...], path: Path) -> None:
    """Says, in the page's layout, which axis of a matrix does not fit which layer."""
    row = draft.network["bias"] == "row"
    before = "inputs" if k == 1 else f"units of layer {k - 1}"
    axes = [f"{'bias + ' if row else ''}{before}", f"units of layer {k}"]
    lines = ["row", "column"]
    shape = (widths[k - 1] + row, widths[k])
    given = array.T if draft.weights_turned else array
    if draft.weights_turned:
        axes.reverse()
        lines.reverse()
    if array.shape[0] != shape[0]:
        has = counted(widths[k - 1], "unit") if k > 1 else f"{counted(widths[0], 'number')} per row"
        has = f"layer {k - 1} has {has}" if k > 1 else f"the inputs have {has}"
        mend = f"give it {counted(shape[0], lines[0])}{', the first for the biases' if row else ''}"
    else:
        has = f"layer {k} has {counted(widths[k], 'unit')}"
        mend = f"give it {counted(widths[k], lines[1])}"
    found = f"W{k} is {in_size(given)} ({' × '.join(axes)}), but {has}: {mend}"
    other = "inputs × units" if draft.weights_turned else "units × inputs"
    fits = f"your matrix fits if you say `weights_are: {other}`"
    draft.at(path, found, fits if array.T.shape == shape else "")


def _drawn(
    draft: Draft, start: dict[str, Any], shapes: list[tuple[int, int]], path: Path
) -> tuple[Array, ...] | None:
    from chainstep.core.initialisers import draw_weights  # loads numpy.random

    settings = dict(start)
    if None in settings.values():
        return None
    if "low" in settings and settings["low"] > settings["high"]:
        draft.at((*path, "low"), "low is above high", "exchange the two")
        return None
    try:
        drawn = draw_weights(
            settings.pop("random"),
            settings.pop("seed"),
            shapes,
            bias_row=draft.network["bias"] == "row",
            generator=settings.pop("generator"),
            settings=settings,
        )
    except OverflowError as error:
        draft.at(path, f"such {path[1]} cannot be drawn: {error}")
        return None
    return _all([draft.cast(matrix, *path) for matrix in drawn])


def _row(draft: Draft, value: Any, k: int, size: int, path: Path) -> Array | None:
    """The biases of a layer, (1, units), or (1, 1) where one is shared."""
    if isinstance(value, str) or (isinstance(value, dict) and "fill" in value):
        return _matrix(draft, value, (1, size), path)
    if isinstance(value, dict) and "random" in value:
        return _matrix(draft, value, (1, size), path)
    if isinstance(value, dict):
        found = draft.array(value, *path)
        numbers: Any = None if found is None else found.ravel().tolist()
    else:
        numbers = value if isinstance(value, list) else [value]
    if numbers is None or None in numbers:
        return None
    if len(numbers) != size:
        has = counted(size, "unit") if draft.network["bias"] == "separate" else "one that all share"
        found_ = f"b{k} has {counted(len(numbers), 'number')}, but layer {k} has {has}"
        draft.at(path, f"{found_}: give it {counted(size, 'number')}")
        return None
    return draft.cast([numbers], *path)
