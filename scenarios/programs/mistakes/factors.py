"""Mistakes with the other factor of a product: transposes, wrong layers, updated weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainstep.scenarios.programs.mistakes.other_values import remade_with
from chainstep.scenarios.programs.mistakes.scene import PRODUCTS, Scene, Slip, equal
from chainstep.scenarios.programs.mistakes.swaps import base_of, remade
from chainstep.scenarios.programs.seeing.values import Array, Value


def _forward_values(scene: Scene) -> Iterator[tuple[Value, str]]:
    """What the forward phase made and used, with its role."""
    layers = scene.roles.layers
    for number, layer in enumerate(layers, 1):
        yield layer.a, f"a{number}"
        yield layer.z, f"z{number}"
        yield layer.weights, f"W{number}"
        for part in layer.product.parts:
            if part is not layer.weights:
                yield part, f"a{number - 1}"
    for update in scene.reading.iteration.updates:
        yield update.new, "new " + scene.name(update.old)
        yield update.old, scene.name(update.old)
    if not layers:
        for index in sorted(scene.reading.forward):
            value = scene.reading.values[index]
            if value.names or index <= scene.reading.iteration.start:
                yield value, scene.name(value)


def other_factor(scene: Scene) -> Slip | None:
    """The other factor of a product is not the one that belongs there."""
    wrong, value = scene.wrong, scene.value
    if wrong.expected is None or value.op not in PRODUCTS:
        return None
    right = {p.index for p, _ in wrong.parts}
    for part in value.parts:
        if part.index in right:
            continue
        base, turned = base_of(part)
        for other, is_ in _forward_values(scene):
            for transposed in (False, True):
                candidate = np.asarray(other.value, dtype=float)
                candidate = remade(part, base, candidate.T if transposed else candidate)
                if candidate is None or _same_array(candidate, part.value):
                    continue
                made = remade_with(scene, part, candidate)
                fits = made is not None and np.shape(made) == np.shape(value.value)
                if fits and equal(made, wrong.expected, any_factor=True):
                    found = _named_factor(scene, base, other, is_, (turned, transposed))
                    if found is not None:
                        return found
    return None


def rows_of_weights(scene: Scene) -> Slip | None:
    """The weights are sent down with the row of the bias, or without another one."""
    wrong = scene.wrong
    if wrong.expected is None or scene.value.op not in PRODUCTS:
        return None
    for part in scene.value.parts:
        base, _ = base_of(part)
        if not any(base is one.weights for one in scene.roles.layers) or np.ndim(base.value) > 2:
            continue
        for rows in (slice(1, None), slice(None, -1)):
            for cut in (np.asarray(base.value)[rows], np.asarray(base.value)[..., rows]):
                for other in (cut, cut.T):
                    made = remade_with(scene, part, other)
                    if made is not None and equal(made, wrong.expected, any_factor=True):
                        where = "first" if rows.start else "last"
                        return Slip(
                            "bias-row-kept",
                            f"the bias stands {where} in `{scene.code(base)}`, and another row is "
                            "left out here",
                            "leave the bias out before transposing: the ones have no inputs",
                        )
    return None


def _same_array(one: Array, other: Any) -> bool:
    return one.shape == np.shape(other) and bool(np.array_equal(one, np.asarray(other)))


def _named_factor(
    scene: Scene, base: Value, other: Value, is_: str, turns: tuple[bool, bool]
) -> Slip | None:
    turned, transposed = turns
    used = scene.code(base)
    role = scene.roles.names.get(base.index, "")
    belongs = scene.code(other) + (".T" if transposed else "")
    if base is other:
        kind = "weights-not-transposed" if is_.startswith("W") else "activations-not-transposed"
        return Slip(
            kind,
            f"`{used}` stands here as it is, and its transpose belongs here"
            if not turned
            else f"`{used}` is transposed here, and belongs here as it stands",
            f"write `{belongs}`",
        )
    for update in scene.reading.iteration.updates:
        news = {update.new.index, *(e.index for e in update.events)}
        if base.index in news and other is update.old:
            name = scene.code(other)
            line = scene.trace.places[update.events[-1].place].line
            return Slip(
                "updated-weights",
                f"`{name}` was changed in line {line} already; the one that the forward phase "
                "used belongs here",
                f"compute this before line {line} changes `{name}`",
            )
    if is_.startswith("new"):
        return None
    if is_.startswith("W") and (role.startswith("W") or not role):
        return Slip(
            "weights-of-wrong-layer",
            f"`{used}` stands where `{belongs}` belongs",
            f"write `{belongs}`",
        )
    if role == "a" + str(int(is_[1:]) + 1) if is_[1:].isdigit() else False:
        return Slip(
            "own-activation",
            f"`{used}` is the layer's own activation; what its weights "
            f"were multiplied with belongs here, `{belongs}`",
            f"write `{belongs}`",
        )
    masks = scene.reading.iteration.masks
    if not scene.roles.layers and _holds(masks.get(base.index, 0), masks.get(other.index, 0)):
        return Slip(
            "own-activation",
            f"`{used}` comes after this weight; what it was multiplied "
            f"with belongs here, `{belongs}`",
            f"write `{belongs}`",
        )
    if role.startswith("W"):
        return Slip(
            "weight-for-activation",
            f"`{used}` is the weight; the activation before it belongs here, `{belongs}`",
            f"write `{belongs}`",
        )
    if role == "z" + is_[1:]:
        return Slip(
            "",
            f"`{used}` is the pre-activation; `{belongs}` belongs here",
            f"write `{belongs}`",
        )
    if used == belongs:
        places = scene.trace.places
        lines = [places[one.place].line if one.place >= 0 else 1 for one in (base, other)]
        says = f"`{used}` is what line {lines[0]} made; what line {lines[1]} made belongs here"
        name = "changed-in-place" if other.index in _behind(base) else ""
        return Slip(name, says, f"keep what line {lines[1]} made, and use it here")
    name = "activation-of-wrong-layer" if role[:1] + is_[:1] == "aa" else ""
    return Slip(name, f"`{used}` stands where `{belongs}` belongs", f"write `{belongs}`")


def _behind(value: Value) -> set[int]:
    """What a value was made of, a few steps back."""
    found: set[int] = set()
    stack = [value]
    while stack and len(found) < 40:
        for part in stack.pop(0).parts:
            if part.index not in found:
                found.add(part.index)
                stack.append(part)
    return found


def _holds(one: int, other: int) -> bool:
    """Whether one value hangs on all parameters that another hangs on, and on more."""
    return one != other and one & other == other
