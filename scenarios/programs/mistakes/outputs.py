"""Mistakes with delta of the outputs: the slope once more, softmax's diagonal."""

from __future__ import annotations

import numpy as np

from chainstep.scenarios.programs.mistakes.scene import Scene, Slip, equal, layer_by_z
from chainstep.scenarios.programs.mistakes.slopes import alike, arrays_of


def output_delta(scene: Scene) -> Slip | None:
    """delta of the outputs: the slope once more, or softmax's diagonal."""
    found = layer_by_z(scene, scene.wrong.truth)
    if found is None or found[0] != len(scene.roles.layers):
        return None
    layer = found[1]
    if not alike(layer):
        return None
    _z, a = arrays_of(layer)
    actual = np.asarray(scene.value.value, dtype=float) / (scene.wrong.factor or 1)
    if actual.size != a.size:
        return None
    actual = actual.reshape(a.shape)
    assert scene.wrong.truth is not None
    right = np.asarray(scene.wrong.truth.value, dtype=float).reshape(a.shape)
    slope = a * (1 - a)
    if equal(actual, right * slope, any_factor=True):
        name = "softmax-diagonal" if layer.activation == "softmax" else "extra-output-slope"
        name = "extra-output-slope"
        return Slip(
            name,
            "the slope is multiplied in again, although the difference of output and "
            "target has it already with this cost",
            "leave the slope out here",
        )
    error = scene.reading.derivatives.by.get(layer.a.index)
    if (
        error is not None
        and layer.activation == "softmax"
        and equal(actual, np.reshape(error, a.shape) * slope, any_factor=True)
    ):
        return Slip(
            "softmax-diagonal",
            "only the diagonal of softmax's Jacobian is used: a(1 − a)",
            "multiply by the whole Jacobian, or use a − t with cross-entropy",
        )
    return None
