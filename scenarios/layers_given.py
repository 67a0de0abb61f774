"""The layers that a scenario gives: their kinds, and the masks, scales and shifts of some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainstep.core.layers import LAYER_KINDS
from chainstep.core.setup import Array, Layer
from chainstep.core.text.counting import counted
from chainstep.scenarios.draft import Draft, in_size


def one_per_layer(arrays: Sequence[Array], has: Sequence[bool]) -> tuple[Array, ...]:
    """The arrays of the layers that have one, and an empty one for each of the others."""
    rest = iter(arrays)
    return tuple(next(rest) if own else np.empty((0, 0)) for own in has)


def layers_of(draft: Draft, inputs: Array | None) -> tuple[Layer, ...] | None:
    """The layers; those that keep the units of the layer before have as many."""
    found: list[Layer] = []
    for k, values in enumerate(draft.network.get("layers") or (), start=1):
        entry = LAYER_KINDS[values["kind"]] if values and values["kind"] else None
        wanted = {"units", "activation", "rate", "safety", "seed"}
        if entry is None or any(values[key] is None for key in wanted & values.keys()):
            return None
        if entry.keeps_units and not found and inputs is None:
            return None
        before = found[-1].units if found else inputs.shape[1] if inputs is not None else 0
        units = before if entry.keeps_units else values["units"]
        masks = _masks(draft, k, values.get("masks") or (), units, inputs)
        settings = {key: values[key] for key in entry.settings}
        found.append(
            Layer(units, values.get("activation", "identity"), entry.name, settings, masks)
        )
    return tuple(found) or None


def _masks(
    draft: Draft, k: int, masks: Sequence[Any], units: int, inputs: Array | None
) -> tuple[Array, ...]:
    """The masks that are given to a layer, each with a number for every observation and unit."""
    update = draft.values["update"] or {}
    rows = update.get("batch") or (None if inputs is None else len(inputs))
    found = []
    for n, rows_of_mask in enumerate(masks):
        path = ("network", "layers", k - 1, "masks", n)
        mask = None if rows_of_mask is None else draft.cast(rows_of_mask, *path)
        if mask is None or rows is None:
            continue
        found.append(mask)
        if mask.shape != (rows, units):
            draft.at(
                path,
                f"this mask is {in_size(mask)} (observations × units of layer {k}), but an update "
                f"has {counted(rows, 'observation')} and layer {k} {counted(units, 'unit')}",
                f"give it {counted(rows, 'row')} of {counted(units, 'number')}",
            )
    return tuple(found)


def scales_of(draft: Draft, layers: tuple[Layer, ...]) -> dict[str, Array]:
    """The scales and shifts that layers start with, by name, where they are given."""
    found = {}
    for k, layer in enumerate(layers, start=1):
        entry, values = LAYER_KINDS[layer.kind], draft.network["layers"][k - 1]
        for letter in entry.parameters if entry.keeps_units else ():
            numbers = values[letter]
            if numbers is None or None in numbers:
                continue
            path = ("network", "layers", k - 1, letter)
            if len(numbers) != layer.units:
                has = f"but layer {k} has {counted(layer.units, 'unit')}"
                mend = f"give it {counted(layer.units, 'number')}"
                draft.at(path, f"{letter}{k} has {counted(len(numbers), 'number')}, {has}", mend)
            elif (array := draft.cast([numbers], *path)) is not None:
                found[f"{letter}{k}"] = array
    return found
