"""Mistakes with the slope of an activation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainstep.core.activations import ACTIVATIONS
from chainstep.scenarios.programs.deriving.derivatives import differentiate
from chainstep.scenarios.programs.mistakes.scene import Scene, Slip, equal, layer_by_z
from chainstep.scenarios.programs.reading.layers import Layer
from chainstep.scenarios.programs.reading.reading import Reading
from chainstep.scenarios.programs.seeing.values import Array, Value


def wrong_slope(scene: Scene) -> Slip | None:
    """The derivative by a was multiplied by something that is not the slope of the layer."""
    wrong = scene.wrong
    found = layer_by_z(scene, wrong.truth)
    if wrong.expected is None:
        return None
    if found is None:
        place = _slope_place(scene, "") if not scene.roles.layers else None
        if place is None or scene.value.op != "multiply":
            return None
        return Slip("", "this is not the slope of the activation", "", place)
    number, layer = found
    error = scene.reading.derivatives.by.get(layer.a.index)
    if error is None or layer.a is layer.z or not alike(layer):
        return None
    z, a = arrays_of(layer)
    actual = np.asarray(scene.value.value, dtype=float).ravel() / wrong.factor
    error = np.asarray(error, dtype=float).ravel()
    if actual.size != error.size or actual.size != z.size:
        return None
    plain = _is_plain(scene, layer, z, a)
    for name, says, slope in wrong_slopes(layer.activation, z, a) if plain else ():
        if equal(actual, error * slope.ravel(), any_factor=True):
            place = _slope_place(scene, name)
            return Slip(
                name,
                says.format(z=scene.code(layer.z), a=scene.code(layer.a)),
                _slope_mend(scene, layer),
                place,
            )
    place = _slope_place(scene, "")
    if place is not None:
        return Slip(
            "",
            f"this is not the slope of {layer.activation or 'the activation'}",
            _slope_mend(scene, layer),
            place,
        )
    for other_number, other in enumerate(scene.roles.layers, 1):
        if other is layer or other.activation not in ACTIVATIONS or not alike(other):
            continue
        oz, oa = arrays_of(other)
        theirs = _of(other.activation, oz, oa)
        if theirs is None or theirs.size != error.size:
            continue
        if equal(actual, error * theirs.ravel(), any_factor=True):
            return Slip(
                "slope-of-wrong-layer",
                f"the slope of layer {other_number} is taken, and this is layer {number}",
                _slope_mend(scene, layer),
            )
    return None


def _is_plain(scene: Scene, layer: Layer, z: Array, a: Array) -> bool:
    """Whether nothing but its activation stands between z and a of a layer: no mask, no scale."""
    if layer.activation not in ACTIVATIONS:
        return True
    local, own = local_slope(scene.reading, layer), _of(layer.activation, z, a)
    return local is None or own is None or equal(local, own)


def alike(layer: Layer) -> bool:
    """Whether z and a of a layer are as large: nothing is joined to them between."""
    return np.size(layer.z.value) == np.size(layer.a.value)


def arrays_of(layer: Layer) -> tuple[Array, Array]:
    """z and a of a layer, in one shape."""
    z = np.asarray(layer.z.value, dtype=float)
    return z, np.asarray(layer.a.value, dtype=float).reshape(z.shape)


def _of(activation: str, z: Array, a: Array) -> Array | None:
    slope = ACTIVATIONS[activation].slope
    if slope is None:
        return None
    with np.errstate(all="ignore"):
        return np.asarray(slope(z, a), dtype=float)


def wrong_slopes(own: str, z: Array, a: Array) -> Iterator[tuple[str, str, Array]]:
    """The slopes that people take in the place of the right one, and what to say of them."""
    with np.errstate(all="ignore"):
        if own in ACTIVATIONS and ACTIVATIONS[own].slope is not None:
            function = ACTIVATIONS[own].function
            right = _of(own, z, a)
            again_ = _of(own, a, np.asarray(function(a)))
            fed = _of(own, z, z)
            if right is not None and again_ is not None and fed is not None:
                yield "missing-hidden-slope", "the slope is missing", np.ones(z.shape)
                yield "slope-twice", "the slope is multiplied in twice", right * right
                yield (
                    "slope-of-activation",
                    f"the slope is taken at `{{a}}`, which is {own} already: it was applied twice",
                    again_,
                )
                yield (
                    "slope-fed-preactivation",
                    "the slope's formula is one of the activation, and is given `{z}`",
                    fed,
                )
                yield "slope-twice", "`{a}` is multiplied in where its slope belongs", a
                yield "slope-twice", "`1 - {a}` is the slope here, and `{a}` is missing", 1 - a
        for other in ACTIVATIONS:
            if other == own or ACTIVATIONS[other].slope is None or other == "identity":
                continue
            for taken in (a, np.asarray(ACTIVATIONS[other].function(z)), z):
                slope = _of(other, z if taken is not z else a, taken)
                if slope is not None:
                    yield (
                        "slope-of-another-activation",
                        f"the slope of {other} is taken, and the activation is {own or 'another'}",
                        slope,
                    )


def _slope_place(scene: Scene, name: str) -> int | None:
    """The line of the slope itself, where that is wrong and not its use here.

    None where the slope is right for another layer, or stands in one line with the product.
    """
    value, trace = scene.value, scene.trace
    right = {p.index for p, _ in scene.wrong.parts}
    inner = [p for p in value.parts if p.index not in right and p.index not in _carried(scene)]
    if not inner or inner[0].index in scene.reading.forward or not right:
        return None
    if not scene.reading.iteration.depends(inner[0]):
        return None
    slope = inner[0]
    uses = [v for v in scene.reading.iteration.values if v.place == slope.place]
    if any(_is_some_slope(scene, v) for v in uses):
        return None
    if trace.places[slope.place].function != trace.places[value.place].function:
        given = {"slope-of-activation", "slope-fed-preactivation"}
        if len(uses) > 1 or name not in given:
            return slope.place
    line = trace.places[value.place].line
    named = [p for p, time in slope.names if time <= value.index and trace.places[p].line != line]
    return named[-1] if named else None


def _carried(scene: Scene) -> set[int]:
    return set(scene.wrong.unexplained)


def _is_some_slope(scene: Scene, value: Value) -> bool:
    """Whether a value is the slope of some layer, or of some unit where there are no layers."""
    for layer in scene.roles.layers:
        slope = local_slope(scene.reading, layer)
        fits = slope is not None and np.size(slope) == np.size(value.value)
        if fits and equal(slope, value.value):
            return True
    if scene.roles.layers or np.size(value.value) != 1:
        return False
    numbers = np.array(
        [
            float(np.reshape(g, ()))
            for g in scene.reading.derivatives.by.values()
            if np.size(g) == 1
        ][:300]
    )
    with np.errstate(all="ignore"):
        ratios = numbers[:, None] / numbers[None, :]
    return bool(np.any(np.abs(ratios / float(np.reshape(value.value, ())) - 1) < 1e-9))


def _slope_mend(scene: Scene, layer: Layer) -> str:
    formulas = {
        "sigmoid": "{a} * (1 - {a})",
        "tanh": "1 - {a} ** 2",
        "relu": "({z} > 0)",
        "softplus": "1 / (1 + np.exp(-{z}))",
        "leaky-relu": "np.where({z} > 0, 1, slope)",
    }
    formula = formulas.get(layer.activation)
    if formula is None:
        return ""
    text = formula.format(z=scene.code(layer.z), a=scene.code(layer.a))
    return f"the slope of {layer.activation} is `{text}`"


def local_slope(reading: Reading, layer: Layer) -> Any:
    """da/dz of a layer, entry by entry, from the program's own expressions."""
    ones = np.ones(np.shape(layer.a.value))
    inside = reading.iteration.inside
    found = differentiate(
        [(layer.a, ones)],
        reading.iteration.depends,
        lambda v: inside(v) and v.index > layer.z.index,
    )
    return found.by.get(layer.z.index)
