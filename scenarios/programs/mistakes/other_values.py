"""Mistakes with a derivative that is right by itself, where another one belongs."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import done_again
from chainstep.scenarios.programs.mistakes.scene import (
    Scene,
    Slip,
    Wrong,
    derivative_by,
    equal,
    is_output,
    layer_by_a,
    layer_by_z,
    named_part,
)
from chainstep.scenarios.programs.mistakes.slopes import wrong_slope
from chainstep.scenarios.programs.reading.recognising import Match, Truth
from chainstep.scenarios.programs.seeing.values import Value


def other_part(scene: Scene) -> Slip | None:
    """A derivative is right by itself, and another one belongs there: delta, not the error."""
    wrong = scene.wrong
    if wrong.expected is None and wrong.value in wrong.update.events:
        return _other_for_bias(scene)
    if wrong.expected is None:
        return None
    for part, match in wrong.parts:
        for index, amount in sorted(scene.reading.derivatives.by.items()):
            if np.size(amount) != np.size(part.value) or index == match.of.index:
                continue
            other = (
                np.reshape(np.asarray(amount, dtype=float) * match.factor, np.shape(part.value))
                if np.shape(amount) != np.shape(part.value)
                else np.asarray(amount) * match.factor
            )
            if equal(other, part.value, any_factor=True):
                continue
            made = remade_with(scene, part, other)
            if made is None or not equal(made, wrong.expected):
                continue
            return _used(scene, part, match, Truth(scene.reading.values[index], amount))
    return None


def _other_for_bias(scene: Scene) -> Slip | None:
    """An update that takes ∂C/∂a as it is, where it would be right with ∂C/∂z."""
    truth = scene.reading.derivatives.by[scene.wrong.update.old.index]
    for part, match in scene.wrong.parts:
        for layer in scene.roles.layers:
            delta = scene.reading.derivatives.by.get(layer.z.index)
            if delta is None or match.of is not layer.a or layer.a is layer.z:
                continue
            if np.size(delta) == np.size(truth) and equal(delta, truth, any_factor=True):
                return _used(scene, part, match, Truth(layer.z, delta))
    return None


def remade_with(scene: Scene, part: Value, other: Any) -> Any:
    """The first wrong value, with another one in the place of this part of it."""
    value = scene.value
    arguments = tuple(other if a is part else a for a in value.arguments)
    return done_again(value, arguments)


def _used(scene: Scene, part: Value, match: Match, belongs: Truth) -> Slip:
    """`part` is ∂C/∂a where ∂C/∂z belongs: sent down as it is, or never multiplied by the slope."""
    is_ = match.truth
    computed = [
        v.index
        for v in scene.reading.iteration.values
        if v.index < scene.value.index
        and scene.reading.iteration.depends(v)
        and np.size(v.value) == np.size(belongs.value)
        and v.index not in scene.reading.forward
        and any(equal(m.truth.value, belongs.value) for m in scene.reading.known.matches(v.value))
    ]
    code, wants = scene.code(part), derivative_by(scene, belongs.of)
    layer = layer_by_z(scene, belongs)
    last = len(scene.roles.layers)
    if computed and (layer is not None or np.size(part.value) == 1):
        right = scene.code(scene.reading.values[computed[-1]])
        return Slip(
            "error-not-delta",
            f"`{code}` is {derivative_by(scene, is_.of)}, and {wants} belongs here",
            f"use `{right}` in the place of `{code}`",
            truth=belongs,
        )
    part = named_part(scene, part, is_)
    named = [p for p, time in part.names if time <= scene.value.index]
    places = scene.trace.places
    text = places[scene.value.place].code
    used_by = [p for p in named if places[p].code in text]
    named = used_by or [p for p in named if places[p].code.isidentifier()] or named
    place = named[-1] if named else part.place
    own = scene.trace.places[part.place].function
    passed = [p for p, _ in part.returns if scene.trace.places[p].function != own]
    place = passed[-1] if passed else place
    if scene.trace.places[place].line == scene.trace.places[scene.value.place].line:
        place = part.place
    inner = _inner_slope(scene, part, belongs, match.factor)
    if inner is not None:
        return inner
    learned = {u.old.index for u in scene.reading.iteration.updates}
    if belongs.of.index in learned and is_.of.index in learned:
        says = f"`{code}` is {derivative_by(scene, is_.of)}, and {wants} belongs here"
        mend = "multiply by what the weight was multiplied with"
        return Slip("missing-activation", says, mend, place, belongs)
    deepest = layer is None and not scene.roles.layers
    number = layer[0] if layer else 0
    outer = number == last if number else is_output(scene, is_.of)
    name = "missing-output-slope" if outer else "missing-hidden-slope"
    if layer is None and not deepest and layer_by_a(scene, belongs) is not None:
        name = "slope-twice"
    slope = f"the slope of layer {number}" if number else "the slope of its activation"
    return Slip(
        name,
        f"`{code}` is {derivative_by(scene, is_.of)}: it lacks {slope}, and {wants} is needed "
        "below",
        f"multiply it by {slope}",
        place,
        belongs,
    )


def _inner_slope(scene: Scene, part: Value, belongs: Truth, factor: float) -> Slip | None:
    """Where the value has a slope already, and a wrong one: only one way of several, for one."""
    expected = np.asarray(belongs.value, dtype=float) * factor
    inner = tuple(
        (p, scene.reading.matches[p.index][0])
        for p in part.parts
        if scene.reading.matches.get(p.index)
    )
    if not inner:
        return None
    wrong = Wrong(scene.wrong.update, part, expected, belongs, factor, inner)
    found = wrong_slope(Scene(scene.trace, scene.reading, scene.roles, scene.errors, wrong))
    if found is None or found.name.startswith("missing"):
        return None
    return Slip(found.name, found.says, found.mend, found.place or part.place, belongs)
