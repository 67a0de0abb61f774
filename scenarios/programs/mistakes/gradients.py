"""Mistakes with a gradient: summed over the wrong axis, without the activation before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainstep.scenarios.programs.mistakes.scene import Scene, Slip, equal
from chainstep.scenarios.programs.mistakes.swaps import base_of
from chainstep.scenarios.programs.seeing.values import Array, Value


def wrong_gradient(scene: Scene) -> Slip | None:
    """A gradient that was not summed as it should be, or lacks the activation before it."""
    wrong = scene.wrong
    old = wrong.update.old
    bias = scene.roles.names.get(old.index, "").startswith("b") or _looks_like_bias(scene, old)
    for part, match in [*wrong.parts, *_parts_below(scene)]:
        delta = np.asarray(part.value, dtype=float)
        if bias:
            found = _bias_slip(scene, delta)
            if found is not None:
                return found
        elif (
            equal(np.asarray(scene.value.value, float), delta, any_factor=True)
            and (match.of is not old)
            and scene.value in wrong.update.events
        ):
            return _missing_activation(scene, part)
    change = wrong.update.change
    for part, match in wrong.parts:
        if match.of is old and match.transposed:
            return Slip(
                "gradient-transposed",
                f"`{scene.code(part)}` is the gradient transposed",
                f"write `{scene.code(part)}.T`",
            )
        if not bias and equal(
            change,
            np.broadcast_to(part.value, change.shape)
            if np.ndim(part.value) <= change.ndim and _fits(part, change)
            else np.zeros(0),
            any_factor=True,
        ):
            return _missing_activation(scene, part)
    return None


def _fits(part: Value, change: Array) -> bool:
    try:
        np.broadcast_to(part.value, change.shape)
    except ValueError:
        return False
    return True


def _missing_activation(scene: Scene, part: Value) -> Slip:
    layer = next((one for one in scene.roles.layers if one.weights is scene.wrong.update.old), None)
    before = ""
    if layer is not None:
        inputs = next((p for p in layer.product.parts if p is not layer.weights), None)
        before = f"`{scene.code(base_of(inputs)[0])}.T`" if inputs is not None else ""
    return Slip(
        "missing-activation",
        f"`{scene.code(part)}` is delta, and the update takes it without the activation before it",
        f"multiply by {before or 'the activation before it, transposed'}: that is ∂z/∂W, and the "
        "product sums over the observations",
    )


def _looks_like_bias(scene: Scene, old: Value) -> bool:
    shape = np.shape(old.value)
    return len(shape) == 1 or (
        len(shape) == 2 and 1 in shape and not any(one.weights is old for one in scene.roles.layers)
    )


def _parts_below(scene: Scene) -> list[tuple[Value, Any]]:
    found = []
    for part in scene.value.parts:
        for inner in part.parts:
            matches = scene.reading.matches.get(inner.index)
            if matches:
                found.append((inner, matches[0]))
    return found


def _bias_slip(scene: Scene, delta: Array) -> Slip | None:
    change = np.asarray(scene.value.value, dtype=float)
    if scene.value in scene.wrong.update.events:
        change = scene.wrong.update.change
    if scene.value.op == "item" and any(p is scene.value.parts[0] for p, _ in scene.wrong.parts):
        return Slip(
            "bias-not-summed",
            "the gradient of the bias is that of some observations alone",
            "sum delta over the observations, one number for each unit",
        )
    if np.size(change) == 1 and np.size(scene.wrong.update.change) > 1:
        change = np.asarray(scene.wrong.update.change)
    ways: list[tuple[str, str, Callable[[], Any]]] = [
        (
            "bias-wrong-axis",
            "it is summed over everything: all biases of the layer get the same",
            lambda: np.broadcast_to(delta.sum(), change.shape),
        ),
        ("bias-not-summed", "the observations are not summed", lambda: delta),
        ("bias-not-summed", "it is the first observation's alone", lambda: delta[:1]),
        ("bias-not-summed", "it is the first observation's alone", lambda: delta[:, :1]),
        ("bias-not-summed", "it is the last observation's alone", lambda: delta[-1:]),
        ("bias-not-summed", "it is the last observation's alone", lambda: delta[:, -1:]),
        ("bias-wrong-axis", "it is summed along the wrong axis", lambda: delta.sum(axis=0)),
        ("bias-wrong-axis", "it is summed along the wrong axis", lambda: delta.sum(axis=-1)),
    ]
    for name, says, made in ways:
        try:
            amount = made()
        except (IndexError, ValueError, np.exceptions.AxisError):
            continue
        if np.size(amount) == change.size and equal(change, amount, any_factor=True):
            return Slip(
                name,
                f"the gradient of the bias: {says}",
                "sum delta over the observations, one number for each unit",
            )
    return None
