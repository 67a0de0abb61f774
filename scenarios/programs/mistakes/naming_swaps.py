"""Names an exchange that makes the updates right: what stood there, and what belongs there."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainstep.scenarios.programs.mistakes.repairing import Repair
from chainstep.scenarios.programs.mistakes.scene import Scene, Slip
from chainstep.scenarios.programs.mistakes.swaps import Swap, base_of
from chainstep.scenarios.programs.reading.roles import own_name
from chainstep.scenarios.programs.seeing.values import Value


def in_slope(scene: Scene, value: Value) -> bool:
    """Whether a value is multiplied in entry by entry: a slope, a mask, or a part of one."""
    carry, way = scene.errors.carry, scene.reading.iteration.consumers
    seen: set[int] = set()
    stack = [value]
    while stack:
        one = stack.pop()
        if one.index in carry or one.index in seen:
            continue
        seen.add(one.index)
        for consumer in way.get(one.index, ()):
            if consumer.index in carry and consumer.index not in scene.reading.forward:
                return consumer.op.removesuffix("=") in {"multiply", "divide", "where", "store"}
            stack.append(consumer)
    return False


def used_name(scene: Scene, value: Value, before: Value) -> str:
    """What the program calls a value where another one is made of it."""
    return own_name(scene.trace, value, before.index)


def swapped(scene: Scene, repair: Repair, swap: Swap) -> Slip:
    """One value where another belongs."""
    value = repair.value
    base, other = swap.base, swap.other
    used, belongs = used_name(scene, base, value), used_name(scene, other, value)
    place = _picked(scene, repair, base)
    for update in scene.reading.iteration.updates:
        if other is update.old and base in (update.new, *update.events) and update.events:
            line = scene.trace.places[update.events[-1].place].line
            return Slip(
                "updated-weights",
                f"`{belongs}` was changed in line {line} already; the one that the forward phase "
                "used belongs here",
                f"compute this before line {line} changes `{belongs}`",
                place,
            )
    turned = ".T" if swap.turned else ""
    if repair.edit.kind == "weights":
        name = "gradient-for-weights"
    elif repair.edit.kind == "derivative":
        name = _name_of_derivative(scene, repair, swap)
    elif base.index in scene.errors.carry and other.index in scene.reading.forward:
        name = "slope-at-the-error"
    else:
        name = _name_of_swap(scene, repair, swap)
    names = scene.roles.names
    in_time = base.place == other.place >= 0 and base.index in scene.reading.forward
    roles = {names.get(base.index), names.get(other.index)} - {None}
    in_time = in_time and len(roles) < 2
    if in_time and repair.edit.kind != "derivative":
        return _other_step(scene, repair, swap, place)
    if used == belongs:
        here, there = (_where(scene, one) for one in (base, other))
        says = f"`{used}` is what {here} made; what {there} made belongs here"
        mend = f"keep what {there} made, and use it here"
        made_of = base.index in scene.reading.forward and other in base.parts
        return Slip("changed-in-place" if made_of and not name else name, says, mend, place)
    if not name and _of_scale(scene, repair):
        name = "batch-norm-gradient"
    known = {
        "slope-of-activation": f"the slope is taken at `{used}`, the activation, and belongs at "
        f"`{belongs}`",
        "slope-fed-preactivation": "the slope's formula is one of the activation, and is given "
        f"`{used}`",
        "slope-at-the-error": f"the slope is taken at `{used}`, an error, and belongs at "
        f"`{belongs}`",
    }
    says = known.get(name, f"`{used}` stands where `{belongs}{turned}` belongs")
    return Slip(name, says, f"write `{belongs}{turned}` in the place of `{used}`", place)


def _other_step(scene: Scene, repair: Repair, swap: Swap, place: int) -> Slip:
    """The value of another step, where one expression makes one in each step."""
    later = swap.base.index > swap.other.index
    code = scene.trace.places[swap.base.place].code
    slope = in_slope(scene, repair.value)
    name = "slope-of-wrong-layer" if slope else "own-activation" if later else ""
    when = ("after", "before")[not later]
    says = f"`{code}` of the step {when} stands here, and that of this step belongs here"
    return Slip(name, says, "take the one of this step", place)


def _of_scale(scene: Scene, repair: Repair) -> bool:
    """Whether a gradient is that of a scale or a shift of what was normalised."""
    reading, old = scene.reading, scene.wrong.update.old
    uses = [c for c in reading.iteration.consumers.get(old.index, ()) if c.index in reading.forward]
    made = [p for c in uses if c.op in {"multiply", "add"} for p in c.parts if p is not old]
    behind = reading.iteration.ancestors(made)
    spread = {reading.values[i].op for i in behind} & {"var", "std", "sqrt"}
    return bool(spread) and repair.value.index in scene.errors.carry


def _where(scene: Scene, value: Value) -> str:
    place = value.place
    return f"line {scene.trace.places[place].line}" if place >= 0 else "the start"


def _name_of_derivative(scene: Scene, repair: Repair, swap: Swap) -> str:
    """One derivative in the place of another: the error for delta, or that of another layer."""
    layers, right = scene.roles.layers, scene.errors.right
    used = {m.of.index for m in right(swap.base)}
    wanted = {m.of.index for m in right(swap.other)}
    same = any(x.a.index in used and {x.z.index, x.product.index} & wanted for x in layers)
    learned = {u.old.index for u in scene.reading.iteration.updates}
    if not same:
        return "delta-of-wrong-layer"
    consumers = scene.reading.iteration.consumers.get(repair.value.index, ())
    matched = any(m.of.index in learned for c in consumers for m in right(c))
    others = [base_of(p)[0] for p in repair.value.parts if p is not swap.base]
    by_data = any(p.index not in learned for p in others)
    return "error-in-gradient" if by_data or matched else "error-not-delta"


def _name_of_swap(scene: Scene, repair: Repair, swap: Swap) -> str:
    names = scene.roles.names
    own = swap.alike.get(swap.base.index, swap.base.index)
    one, other = names.get(own, ""), names.get(swap.other.index, "")
    kinds = one[:1] + other[:1]
    learned = {u.old.index for u in scene.reading.iteration.updates}
    if swap.base.index in learned and swap.other.index in learned:
        return "weights-of-wrong-layer"
    if kinds not in {"az", "za", "aa", "zz"}:
        kinds = _by_ancestry(scene, swap)
    whole_line = len({v.place for v in repair.values}) > 1
    if in_slope(scene, repair.value) or (whole_line and kinds in {"az", "za", "aa", "zz"}):
        return {
            "az": "slope-of-activation",
            "za": "slope-fed-preactivation",
            "aa": "slope-of-wrong-layer",
            "zz": "slope-of-wrong-layer",
        }.get(kinds, "")
    if swap.base.index in learned:
        return "weight-for-activation"
    masks = scene.reading.iteration.masks
    mine, theirs = masks.get(swap.base.index, 0), masks.get(swap.other.index, 0)
    if mine != theirs and mine & theirs == theirs and kinds != "za":
        return "own-activation" if swap.base.index in scene.reading.forward else ""
    if _are_masks(scene, swap):
        return "dropout-other-mask"
    soft = swap.other.op.removesuffix("=") == "divide" and swap.base.index in _behind(
        scene, swap.other
    )
    if soft and np.ndim(swap.other.value) == 2 and _sums_to_one(swap.other.value):
        return "softmax-from-preactivation"
    if kinds == "aa":
        return "activation-of-wrong-layer"
    return ""


def _behind(scene: Scene, value: Value) -> set[int]:
    """What a value was made of in this iteration."""
    return scene.reading.iteration.ancestors([value])


def _sums_to_one(amount: Any) -> bool:
    """Whether the rows or the columns of a table add up to 1."""
    table = np.asarray(amount, dtype=float)
    return any(np.allclose(table.sum(axis=axis), 1) for axis in (0, 1))


def _are_masks(scene: Scene, swap: Swap) -> bool:
    """Whether both hang on nothing that is learned, and have zeros: masks that were drawn."""
    both = (swap.base, swap.other)
    return all(
        not scene.reading.iteration.depends(v) and np.size(v.value) > 1 and not np.all(v.value)
        for v in both
    )


def _by_ancestry(scene: Scene, swap: Swap) -> str:
    """Which of two forward values is the activation of the other; `zz` where none is."""
    iteration, forward = scene.reading.iteration, scene.reading.forward
    if not {swap.base.index, swap.other.index} <= forward:
        return ""
    same = iteration.masks.get(swap.base.index) == iteration.masks.get(swap.other.index)
    if same and swap.other.index in iteration.ancestors([swap.base]):
        return "az"
    if same and swap.base.index in iteration.ancestors([swap.other]):
        return "za"
    return "zz"


def _picked(scene: Scene, repair: Repair, base: Value) -> int:
    """The place of a change; of a value that was picked before under a name, where it was."""
    place, trace = repair.edit.place, scene.trace
    if repair.edit.kind == "name":
        return place
    code, line = trace.places[place].code, trace.places[place].line
    made = trace.places[base.place].line if base.place >= 0 else 0
    last = max(scene.reading.forward, default=0)
    own = trace.places[place].function
    ahead = {trace.places[n].code for n, time in base.names if time <= last}
    for named, time in reversed(base.names[1:]):
        where = trace.places[named]
        if where.code in ahead or where.apart:
            continue  # it had that name before, or was handed on: nothing was picked here
        later = last <= time <= repair.value.index
        if later and where.line not in {line, made} and where.function == own:
            return named if where.code in code else place
    return place
