"""Mistakes in a sum: a part left out, kept from before, of another factor or sign."""

from __future__ import annotations

import numpy as np

from chainstep.scenarios.programs.mistakes.scene import Scene, Slip, equal, named_part
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
