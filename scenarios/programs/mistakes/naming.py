"""Names a change that makes the updates right: which mistake of the catalogue it takes back."""

from __future__ import annotations

import numpy as np

from chainstep.scenarios.programs.mistakes.repairing import Repair
from chainstep.scenarios.programs.mistakes.scene import Scene, Slip, equal
from chainstep.scenarios.programs.mistakes.slopes import local_slope
from chainstep.scenarios.programs.mistakes.swaps import Swap, base_of
from chainstep.scenarios.programs.seeing.values import Value


def slip_of(scene: Scene, repair: Repair) -> Slip:
    """What was wrong, where, and how it is mended, in words."""
    edit = repair.edit
    if edit.swap is not None:
        return _swapped(scene, repair, edit.swap)
    name, says, mend = _changed(scene, repair)
    return Slip(name, says, mend, edit.place)


def _in_slope(scene: Scene, value: Value) -> bool:
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


def _used(scene: Scene, value: Value, before: Value) -> str:
    """What the program calls a value where another one is made of it."""
    from chainstep.scenarios.programs.reading.roles import own_name

    return own_name(scene.trace, value, before.index)


def _swapped(scene: Scene, repair: Repair, swap: Swap) -> Slip:
    value = repair.value
    base, other = swap.base, swap.other
    used, belongs = _used(scene, base, value), _used(scene, other, value)
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
    name = _name_of_swap(scene, repair, swap)
    known = {
        "slope-of-activation": f"the slope is taken at `{used}`, the activation, and belongs at "
        f"`{belongs}`",
        "slope-fed-preactivation": "the slope's formula is one of the activation, and is given "
        f"`{used}`",
    }
    says = known.get(name, f"`{used}` stands where `{belongs}{turned}` belongs")
    return Slip(name, says, f"write `{belongs}{turned}` in the place of `{used}`", place)


def _name_of_swap(scene: Scene, repair: Repair, swap: Swap) -> str:
    names = scene.roles.names
    own = swap.alike.get(swap.base.index, swap.base.index)
    one, other = names.get(own, ""), names.get(swap.other.index, "")
    kinds = one[:1] + other[:1]
    learned = {u.old.index for u in scene.reading.iteration.updates}
    if swap.base.index in learned and swap.other.index in learned:
        return "weights-of-wrong-layer"
    if _in_slope(scene, repair.value):
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
    return ""


def _picked(scene: Scene, repair: Repair, base: Value) -> int:
    """The place of a change; of a value that was picked before under a name, where it was."""
    place, trace = repair.edit.place, scene.trace
    code, line = trace.places[place].code, trace.places[place].line
    made = trace.places[base.place].line if base.place >= 0 else 0
    last = max(scene.reading.forward, default=0)
    own = trace.places[place].function
    for named, time in reversed(base.names):
        where = trace.places[named]
        later = last <= time <= repair.value.index
        if later and where.line not in {line, made} and where.function == own:
            return named if where.code in code else place
    return place


def _changed(scene: Scene, repair: Repair) -> tuple[str, str, str]:
    edit, value = repair.edit, repair.value
    slope = _in_slope(scene, value)
    code = scene.trace.places[edit.place].code
    if edit.kind == "drop":
        return _dropped(scene, repair)
    if edit.kind == "sign":
        name = "slope-mistyped" if slope else "sign-flipped"
        return name, f"a sign in `{code}` is the wrong way round", "turn it round"
    if edit.kind == "number":
        name = "slope-mistyped" if slope else _of_number(repair)
        return name, f"a number in `{code}` is wrong: {edit.code} belongs there", ""
    if edit.kind == "axis":
        name = "bias-wrong-axis" if _of_bias(scene) else ""
        return name, f"`{code}` is summed along the wrong axis", f"write {edit.code}"
    if edit.kind in {"sum", "mean"}:
        name = "mean-for-sum" if edit.kind == "sum" else "sum-for-mean"
        return name, f"`{code}`: a {edit.kind} belongs here", f"write {edit.kind}"
    if edit.kind == "compare":
        return "slope-mistyped", f"`{code}` is compared the wrong way round", "turn it round"
    if edit.kind == "reshape":
        return "reshape-for-transpose", f"`{code}` breaks the rows elsewhere", "write .T"
    if edit.kind == "inverse":
        word = "divided" if value.op.startswith("multiply") else "multiplied"
        return "", f"in `{code}` it should be {word}", f"{word[:-1]} here"
    return _turned(scene, repair, code)


def _of_number(repair: Repair) -> str:
    you, made = np.ravel(np.asarray(repair.value.value, float)), np.ravel(np.asarray(repair.made))
    if you.size != made.size or not np.any(made):
        return ""
    at = int(np.argmax(np.abs(made)))
    ratio = abs(float(you[at] / made[at]))
    return "factor-two" if min(abs(ratio - 2), abs(ratio - 0.5)) < 1e-6 else ""


def _of_bias(scene: Scene) -> bool:
    old = scene.wrong.update.old
    return scene.roles.names.get(old.index, "").startswith("b") or np.ndim(old.value) < 2


def _dropped(scene: Scene, repair: Repair) -> tuple[str, str, str]:
    dropped, value = repair.edit.dropped, repair.value
    code = scene.trace.places[repair.edit.place].code
    if dropped is None or np.size(dropped.value) == 1:
        thing = f"`{_used(scene, dropped, value)}`" if dropped is not None else "a number"
        you, made = np.ravel(value.value), np.ravel(repair.made)
        at = int(np.argmax(np.abs(made)))
        ratio = abs(float(you[at] / made[at])) if made[at] else 0.0
        name = "factor-two" if min(abs(ratio - 2), abs(ratio - 0.5)) < 1e-6 else ""
        return name, f"{thing} is one factor too many in `{code}`", f"leave {thing} out"
    used = _used(scene, dropped, value)
    for number, layer in enumerate(scene.roles.layers, 1):
        slope = local_slope(scene.reading, layer)
        if slope is not None and equal(slope, dropped.value):
            last = number == len(scene.roles.layers)
            name = "extra-output-slope" if last else "slope-twice"
            return name, f"the slope `{used}` is multiplied in once too often", "leave it out here"
    name = "slope-mistyped" if _in_slope(scene, value) else ""
    return name, f"`{used}` is one factor too many in `{code}`", f"leave `{used}` out"


def _turned(scene: Scene, repair: Repair, code: str) -> tuple[str, str, str]:
    value, kind = repair.value, repair.edit.kind
    was = value.op.removesuffix("=")
    if was == "multiply":
        says = f"`{code}`: entry times entry where a matrix product belongs"
        return "elementwise-product", says, "use @ (np.dot) here"
    if kind == "elementwise":
        says = f"`{code}`: a matrix product where entry times entry belongs"
        return "product-for-elementwise", says, "use * here"
    if kind == "turn":
        operand = value.arguments[0]
        used = _used(scene, operand, value) if isinstance(operand, Value) else code
        name = _kind_of(scene, operand)
        return (
            name,
            f"`{used}` is transposed here, and belongs here as it stands",
            f"write `{used}`",
        )
    if kind in {"turn-first", "turn-second"}:
        operand = value.arguments[0 if kind == "turn-first" else 1]
        used = _used(scene, operand, value) if isinstance(operand, Value) else code
        says = f"`{used}` stands here as it is, and its transpose belongs here"
        return _kind_of(scene, operand), says, f"write `{used}.T`"
    return "gradient-transposed", f"`{code}` is the transpose of what belongs here", ""


def _kind_of(scene: Scene, operand: object) -> str:
    if not isinstance(operand, Value):
        return ""
    base = base_of(operand)[0]
    if base.index in {u.old.index for u in scene.reading.iteration.updates}:
        return "weights-not-transposed"
    forward = base.index in scene.reading.forward or base.index not in scene.reading.path
    return "activations-not-transposed" if forward else "gradient-transposed"
