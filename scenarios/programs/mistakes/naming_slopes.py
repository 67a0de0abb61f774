"""Names a slope that is missing, one too many, or another one, by what was taken for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainstep.core.activations import ACTIVATIONS
from chainstep.scenarios.programs.mistakes.courses import Course
from chainstep.scenarios.programs.mistakes.repairing import Repair
from chainstep.scenarios.programs.mistakes.scene import Scene, Slip, equal, is_output
from chainstep.scenarios.programs.mistakes.slopes import alike, arrays_of, local_slope, wrong_slopes
from chainstep.scenarios.programs.reading.layers import Layer, kind_of_arrays
from chainstep.scenarios.programs.seeing.values import Array, Value


def slope_slip(scene: Scene, repair: Repair, course: Course) -> Slip:
    """What is wrong with a slope, in words."""
    edit = repair.edit
    code = scene.trace.places[edit.place].code
    outer = _is_outer(scene, course)
    which = f"the slope of {_layer_words(scene, course)}"
    if edit.kind == "slope-more" and course.by[0].chain >= 0:
        says = f"`{code}` lacks what `{scene.code(course.by[0])}` was multiplied with"
        return Slip("missing-activation", says, "multiply by that", edit.place)
    if edit.kind == "slope-more":
        name = "missing-output-slope" if outer else "missing-hidden-slope"
        return Slip(name, f"`{code}` lacks {which}", f"multiply by {which}", edit.place)
    if edit.kind == "slope-fewer":
        name = "extra-output-slope" if outer else "slope-twice"
        says = f"`{code}` has {which} in it, which does not belong here, or not twice"
        return Slip(name, says, f"leave {which} out here", edit.place)
    z, a, taken = (np.concatenate([np.ravel(x) for x in rows]) for rows in _rows(repair, course))
    name, says = _named(scene, course, (z, a), taken)
    mend = _mend(scene, z, a, course.by[0], course.of[0])
    return Slip(name, says or f"`{code}` is not {which}", mend, edit.place)


def part_of_slope(scene: Scene, repair: Repair, layer: Layer) -> Slip:
    """A slope of which only one way is taken: of one of two functions that are added, say."""
    code = scene.trace.places[repair.edit.place].code
    error = scene.reading.derivatives.by.get(layer.a.index)
    known = error is not None and alike(layer)
    z, a = arrays_of(layer) if known else (np.zeros(0), np.zeros(0))
    for name, says, slope in wrong_slopes(layer.activation, z, a) if known else ():
        taken = np.ravel(np.asarray(error, dtype=float)) * np.ravel(slope)
        if equal(repair.value.value, taken, any_factor=True):
            said = says.format(z=scene.code(layer.z), a=scene.code(layer.a))
            return Slip(name, said, _mend(scene, z, a, layer.z, layer.a), repair.edit.place)
    says = f"`{code}` is not the whole slope of the activation"
    return Slip("slope-mistyped", says, "take the derivative of all of it", repair.edit.place)


def _is_outer(scene: Scene, course: Course) -> bool:
    if course.layers:
        return course.layers[0] is scene.roles.layers[-1] or all(
            one.weights is scene.roles.layers[-1].weights for one in course.layers
        )
    return is_output(scene, course.of[0])


def _layer_words(scene: Scene, course: Course) -> str:
    numbers = [
        n for n, own in enumerate(scene.roles.layers, 1)
        if any(one.weights is own.weights for one in course.layers)
    ]  # fmt: skip
    if len(numbers) == 1:
        return f"layer {numbers[0]}"
    if numbers:
        return "each layer"
    return f"`{scene.trace.places[course.of[0].place].code}`"


def _rows(repair: Repair, course: Course) -> tuple[list[Any], list[Any], list[Any]]:
    """z, a and what was taken for the slope, each time that the expression ran."""
    values = repair.values
    number = repair.edit.operand
    taken = [
        v.value if number is None else getattr(v.arguments[number], "value", 0.0) for v in values
    ]
    by = [_as(one, t) for one, t in zip(course.by, taken, strict=True)]
    of = [_as(one, t) for one, t in zip(course.of, taken, strict=True)]
    return by, of, taken


def _as(value: Value, like: Any) -> Array:
    """A value in the shape of what stands beside it; transposed where that fits."""
    array, shape = np.asarray(value.value, dtype=float), np.shape(like)
    if array.shape != shape and array.T.shape == shape:
        array = array.T
    return array.reshape(shape) if array.size == np.size(like) else array


def _named(
    scene: Scene, course: Course, ends: tuple[Array, Array], taken: Array
) -> tuple[str, str]:
    z, a = ends
    taken = np.asarray(taken, dtype=float)
    if taken.size != z.size or taken.size < 2:
        return "slope-mistyped", ""
    kind = kind_of_arrays(z, a)
    for name, says, slope in wrong_slopes(kind, z, a):
        if equal(taken, slope):
            before, after = scene.code(course.by[0]), scene.code(course.of[0])
            return name, says.format(z=before, a=after)
    for other in _others(scene, course):
        if other.size == taken.size and equal(taken, other):
            return "slope-of-wrong-layer", "the slope of another layer stands here"
    return "slope-mistyped", ""


def _others(scene: Scene, course: Course) -> list[Array]:
    """The slopes of the other layers."""
    found = []
    for layer in scene.roles.layers:
        if layer not in course.layers and layer.a is not layer.z:
            slope = local_slope(scene.reading, layer)
            if slope is not None:
                found.append(np.ravel(np.asarray(slope, dtype=float)))
    return found


def _mend(scene: Scene, z: Array, a: Array, by: Value, of: Value) -> str:
    kind = kind_of_arrays(z, a)
    formulas = {
        "sigmoid": "{a} * (1 - {a})",
        "tanh": "1 - {a} ** 2",
        "relu": "({z} > 0)",
        "softplus": "1 / (1 + np.exp(-{z}))",
    }
    if kind not in formulas or kind not in ACTIVATIONS:
        return "take the derivative of the activation as it stands in the forward phase"
    text = formulas[kind].format(z=scene.code(by), a=scene.code(of))
    return f"the slope of {kind} is `{text}`"
