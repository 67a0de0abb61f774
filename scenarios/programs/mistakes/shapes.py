"""Mistakes of shape: (n,) against (n,1), entry times entry where a product belongs."""

from __future__ import annotations

import numpy as np

from chainstep.scenarios.programs.mistakes.scene import Scene, Slip, equal
from chainstep.scenarios.programs.seeing.values import Value


def broadcast(scene: Scene) -> Slip | None:
    """(n,) against (n,1), where the first wrong value is made."""
    return repeated(scene.value)


def repeated(value: Value) -> Slip | None:
    """(n,) against (n,1): numpy repeats both to n×n."""
    if value.op not in {"subtract", "add", "multiply"} or len(value.arguments) < 2:
        return None
    shapes = [np.shape(a.value) if isinstance(a, Value) else () for a in value.arguments[:2]]
    made = np.shape(value.value)
    if len(made) != 2 or made[0] != made[1] or made[0] < 2:
        return None
    flat = next((s for s in shapes if len(s) == 1), None)
    tall = next((s for s in shapes if len(s) == 2 and 1 in s), None)
    if flat is None and sorted(shapes) != sorted([(made[0], 1), (1, made[0])]):
        return None
    if flat is not None and tall is None:
        return None
    n = made[0]
    return Slip(
        "broadcast-vector",
        f"{_text(shapes[0])} against {_text(shapes[1])}: numpy makes {n}×{n} of them",
        "give both one shape: .reshape(-1, 1), or .ravel() on both",
    )


def _text(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def elementwise(scene: Scene) -> Slip | None:
    """Entry times entry where a matrix product belongs, or the other way round."""
    value, wrong = scene.value, scene.wrong
    if wrong.expected is None or value.op != "multiply":
        return None
    left, right = (
        np.asarray(a.value if isinstance(a, Value) else a, dtype=float) for a in value.arguments[:2]
    )
    for one, other in (
        (left, right),
        (left.T, right),
        (left, right.T),
        (right, left),
        (right.T, left),
        (right, left.T),
    ):
        try:
            made = np.asarray(one @ other)
        except ValueError:
            continue
        if made.size == np.size(wrong.expected) and equal(made, wrong.expected):
            return Slip(
                "elementwise-product",
                "entry times entry where a matrix product belongs",
                "use @ (np.dot) here",
            )
    return None
