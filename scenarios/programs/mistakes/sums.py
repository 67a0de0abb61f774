"""Mistakes in a sum: a part left out, kept from before, of another factor or sign."""

from __future__ import annotations

import numpy as np

from chainstep.scenarios.programs.deriving.again import plain
from chainstep.scenarios.programs.mistakes.scene import (
    Scene,
    Slip,
    equal,
    layer_by_a,
    layer_by_z,
    named_part,
)
from chainstep.scenarios.programs.mistakes.slopes import local_slope
from chainstep.scenarios.programs.reading.reading import in_cost
from chainstep.scenarios.programs.seeing.values import Value


def penalty_left_out(scene: Scene) -> Slip | None:
    """The cost has a part for the size of the weights, and this gradient leaves it out."""
    old = scene.wrong.update.old
    added = scene.value.op in {"add", "subtract"} and scene.value not in scene.wrong.update.events
    if added or not in_cost(scene.reading, old):
        return None
    for part, match in scene.wrong.parts:
        if match.of is old and match.truth.way is not None:
            named = named_part(scene, part, match.truth)
            place = named.names[-1][0] if named.names else named.place
            return Slip(
                "penalty-left-out",
                f"the cost has a part for the size of `{scene.code(old)}`, and this gradient "
                "leaves its derivative out",
                "add the derivative of that part, as the other gradients have it",
                place,
            )
    return None


def penalty_on_biases(scene: Scene) -> Slip | None:
    """A gradient of a bias with a part of the bias itself, which the cost does not have."""
    old, value = scene.wrong.update.old, scene.value
    truth = scene.reading.derivatives.by.get(old.index)
    if truth is None or np.size(value.value) != np.size(truth) or in_cost(scene.reading, old):
        return None
    if not scene.roles.names.get(old.index, "").startswith("b") and np.ndim(old.value) > 1:
        return None
    for part, match in scene.wrong.parts:
        if match.of is not old or value.op.removesuffix("=") not in {"add", "subtract"}:
            continue
        rest = np.ravel(np.asarray(value.value, float)) - np.ravel(np.asarray(part.value, float))
        if np.any(rest) and equal(rest, old.value, any_factor=True):
            return Slip(
                "penalty-on-biases",
                f"`{scene.name(old)}` is penalised too, and the cost has no part for its size",
                "leave the biases out of the penalty, or put them into the cost",
            )
    return None


def without_weights(scene: Scene) -> Slip | None:
    """delta was sent down as it is, without the weights between the layers."""
    wrong, layers = scene.wrong, scene.roles.layers
    found = layer_by_z(scene, wrong.truth) or layer_by_a(scene, wrong.truth)
    if found is None or found[0] >= len(layers):
        return None
    layer = found[1]
    above = scene.reading.derivatives.by.get(layers[found[0]].z.index)
    if above is None or np.size(scene.value.value) != np.size(layer.a.value):
        return None
    slope = local_slope(scene.reading, layer)
    for amount in (slope, np.ones(np.shape(layer.z.value))):
        try:
            made = np.broadcast_to(above, np.shape(amount)) * amount
        except ValueError:
            continue
        if amount is not None and equal(scene.value.value, made, any_factor=True):
            return Slip(
                "delta-without-weights",
                f"delta is sent down to layer {found[0]} without the weights between",
                f"multiply by `{scene.code(layers[found[0]].weights)}`, transposed",
            )
    return None


def repeated_indices(scene: Scene) -> Slip | None:
    """`E[rows] -= …` with a row that occurs several times: numpy keeps the last change alone."""
    for event in scene.wrong.update.events:
        put = event.arguments[2] if event.op == "store" else None
        if not isinstance(put, Value) or len(put.arguments) != 2:
            continue
        index, by = plain(event.arguments[1]), plain(put.arguments[1])
        made = np.zeros(np.shape(event.value))
        try:
            np.add.at(made, index, by)
        except (IndexError, ValueError, TypeError):
            continue
        truth = scene.reading.derivatives.by.get(scene.wrong.update.old.index)
        if truth is not None and np.any(made) and equal(made, truth, any_factor=True):
            code = scene.trace.places[event.place].code
            return Slip(
                "repeated-indices",
                f"`{code}`: an index that occurs several times gets the last of its changes alone",
                "use np.add.at (np.subtract.at), which adds them all",
            )
    return None


def uneven_sum(scene: Scene) -> Slip | None:
    """A sum of right parts, one of which has a factor or a sign that the others do not have."""
    value, wrong = scene.value, scene.wrong
    if value.op not in {"add", "subtract"} or len(wrong.parts) < 2:
        return None
    masks = scene.reading.iteration.masks
    alone = [m for p, m in wrong.parts if masks.get(p.index, 0).bit_count() == 1]
    usual = abs(alone[0].factor if alone else wrong.factor) or 1.0
    if any(abs(abs(m.factor) - 1) < 1e-6 for _, m in wrong.parts):
        usual = 1.0
    for part, match in wrong.parts:
        ratio = abs(match.factor) / usual
        if abs(ratio - 1) < 1e-6:
            continue
        place = _came_in(scene, part, ratio)
        many = "twice" if abs(ratio - 2) < 1e-6 else f"{ratio:.6g} times"
        name = "factor-two" if min(abs(ratio - 2), abs(ratio - 0.5)) < 1e-6 else ""
        return Slip(name, f"`{scene.code(part)}` is {many} what belongs into this sum", "", place)
    return None


def _came_in(scene: Scene, part: Value, ratio: float) -> int:
    """The place at which a factor came in, on the way to a value that has it."""
    matches = scene.reading.matches
    while True:
        inner = [p for p in part.parts if matches.get(p.index)]
        same = [p for p in inner if abs(abs(matches[p.index][0].factor) / ratio - 1) < 1e-6]
        if not same:
            return part.place
        part = same[0]


def kept_from_before(scene: Scene) -> Slip | None:
    """A gradient that begins with that of the iteration before."""
    value = scene.value
    if value.op != "add" or not scene.wrong.parts:
        return None
    for part in value.parts:
        inside = scene.reading.iteration.inside(part) or scene.reading.iteration.depends(part)
        if inside or part.op in {"leaf", "random"}:
            continue
        if any(p for p, _ in scene.wrong.parts if p is not part):
            return Slip(
                "gradient-accumulated",
                f"`{scene.code(value)}` begins with what the iteration before left in it",
                "set it to zero before every backward phase",
            )
    return None


def sign_in_sum(scene: Scene) -> Slip | None:
    """A sum with a part of the wrong sign."""
    value, wrong = scene.value, scene.wrong
    if (
        wrong.expected is None
        or value.op not in {"add", "subtract"}
        or value in wrong.update.events
    ):
        return None
    left, right = (
        np.asarray(a.value if isinstance(a, Value) else a, dtype=float) for a in value.arguments[:2]
    )
    other = left - right if value.op == "add" else left + right
    if equal(other, wrong.expected):
        return Slip("sign-flipped", "one of the two parts has the wrong sign", "turn it round")
    return None
