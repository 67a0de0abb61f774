"""The weights and biases that a network starts with."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from chainstep.core.setup import Array
from chainstep.scenarios.draft import Draft, in_size, many

WEIGHTS = ("network", "weights")
BIASES = ("network", "biases")


def starting_weights(draft: Draft, widths: tuple[int, ...]) -> tuple[Array, ...] | None:
    """One matrix per layer; None, and faults, where they do not fit the layers."""
    start = draft.network["weights"]
    row = draft.network["bias"] == "row"
    shapes = [(before + row, units) for before, units in pairwise(widths)]
    if isinstance(start, dict) and "random" in start:
        return _drawn(draft, start, shapes)
    per_layer = start if isinstance(start, list) else [start] * len(shapes)
    if len(per_layer) != len(shapes):
        found = f"there are weights for {many(len(per_layer), 'layer')}"
        draft.at(WEIGHTS, f"{found}, and the network has {len(shapes)}: give one matrix per layer")
        return None
    arrays = []
    for k, (value, shape) in enumerate(zip(per_layer, shapes, strict=True), start=1):
        path = (*WEIGHTS, k - 1) if isinstance(start, list) else WEIGHTS
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
    per_layer = start if isinstance(start, list) else [start or "zeros"] * len(sizes)
    if len(per_layer) != len(sizes):
        found = f"there are biases for {many(len(per_layer), 'layer')}"
        draft.at(BIASES, f"{found}, and the network has {len(sizes)}: give one list per layer")
        return None
    arrays = []
    for k, (value, size) in enumerate(zip(per_layer, sizes, strict=True), start=1):
        path = (*BIASES, k - 1) if isinstance(start, list) else BIASES
        arrays.append(_row(draft, value, k, size, path))
    return _all(arrays)


def _all(arrays: list[Array | None]) -> tuple[Array, ...] | None:
    there = tuple(array for array in arrays if array is not None)
    return there if len(there) == len(arrays) else None


def _matrix(
    draft: Draft, value: Any, shape: tuple[int, int], path: tuple[str | int, ...]
) -> Array | None:
    """A matrix that is written out, or filled with one number."""
    fill = 0.0 if isinstance(value, str) else value["fill"] if isinstance(value, dict) else None
    if fill is None:
        return None if value is None or isinstance(value, dict) else draft.cast(value, *path)
    one = draft.cast([[fill]], *path, "fill")
    if one is None:
        return None
    array = np.full(shape, one[0, 0])
    array.flags.writeable = False
    return array


def _misshapen(
    draft: Draft, k: int, array: Array, widths: tuple[int, ...], path: tuple[str | int, ...]
) -> None:
    """Says which axis of a matrix does not fit which layer, and how long it should be."""
    row = draft.network["bias"] == "row"
    before = "inputs" if k == 1 else f"units of layer {k - 1}"
    axes = f"{'bias + ' if row else ''}{before} × units of layer {k}"
    rows = widths[k - 1] + row
    if array.shape[0] != rows:
        has = many(widths[k - 1], "unit") if k > 1 else f"{many(widths[0], 'number')} per row"
        has = f"layer {k - 1} has {has}" if k > 1 else f"the inputs have {has}"
        mend = f"give it {many(rows, 'row')}{', the first for the biases' if row else ''}"
    else:
        has = f"layer {k} has {many(widths[k], 'unit')}"
        mend = f"give it {many(widths[k], 'column')}"
    draft.at(path, f"W{k} is {in_size(array)} ({axes}), but {has}: {mend}")


def _drawn(
    draft: Draft, start: dict[str, Any], shapes: list[tuple[int, int]]
) -> tuple[Array, ...] | None:
    from chainstep.core.initialisers import draw_weights  # loads numpy.random

    settings = dict(start)
    if None in settings.values():
        return None
    if "low" in settings and settings["low"] > settings["high"]:
        draft.at((*WEIGHTS, "low"), "low is above high", "exchange the two")
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
        draft.at(WEIGHTS, f"such weights cannot be drawn: {error}")
        return None
    return _all([draft.cast(matrix, *WEIGHTS) for matrix in drawn])


def _row(draft: Draft, value: Any, k: int, size: int, path: tuple[str | int, ...]) -> Array | None:
    """The biases of a layer, (1, units), or (1, 1) where one is shared."""
    if isinstance(value, str | dict):
        return _matrix(draft, value, (1, size), path)
    numbers = value if isinstance(value, list) else [value]
    if None in numbers:
        return None
    if len(numbers) != size:
        has = many(size, "unit") if draft.network["bias"] == "separate" else "one that all share"
        found = f"b{k} has {many(len(numbers), 'number')}, but layer {k} has {has}"
        draft.at(path, f"{found}: give it {many(size, 'number')}")
        return None
    return draft.cast([numbers], *path)
