"""Names a change that makes the updates right: which mistake of the catalogue it takes back."""

from __future__ import annotations

import numpy as np

from chainstep.scenarios.programs.mistakes.repairing import Repair
from chainstep.scenarios.programs.mistakes.scene import Scene, Slip, equal, is_output
from chainstep.scenarios.programs.mistakes.slopes import local_slope
from chainstep.scenarios.programs.mistakes.swaps import Factor, Swap, base_of
from chainstep.scenarios.programs.reading.recognising import Truth
from chainstep.scenarios.programs.seeing.values import Value


def slip_of(scene: Scene, repair: Repair) -> Slip:
    """What was wrong, where, and how it is mended, in words."""
    edit = repair.edit
    if edit.swap is not None and edit.swap.factor is not None:
        return _lacking(scene, repair, edit.swap.factor)
    if edit.way is not None:
        return _one_way(scene, repair, edit.way)
    if edit.swap is not None:
        return _swapped(scene, repair, edit.swap)
    name, says, mend = _changed(scene, repair)
    return Slip(name, says, mend, edit.place)


def _one_way(scene: Scene, repair: Repair, truth: Truth) -> Slip:
    """A derivative by one of several ways from a value to the cost, and not by all of them."""
    code, of = scene.trace.places[repair.edit.place].code, truth.of
    ways = [way for value, way, _ in scene.reading.derivatives.ways if value is of]
    others = [way for way in ways if way is not truth.way]
    sizes = {"power", "square", "norm", "absolute", "abs"}
    name = _used(scene, of, repair.value)
    if any(w.op in sizes or w.parts == (of, of) for w in others):
        says = (
            f"the cost has a part for the size of `{name}`, and `{code}` leaves its derivative out"
        )
        return Slip("penalty-left-out", says, "add the derivative of that part", repair.edit.place)
    if len({way.place for way in ways}) == 1:
        says = f"`{code}` is the gradient of one step alone: those before it are written over"
        return Slip("last-observation-only", says, "add them up, with +=", repair.edit.place)
    left = next(iter(others), of)
    where = scene.trace.places[left.place]
    says = (
        f"`{code}` is the derivative by `{name}` on one way alone: the way through `{where.code}` "
        f"in line {where.line} is left out"
    )
    return Slip("", says, "add the derivative on that way", repair.edit.place)


def _lacking(scene: Scene, repair: Repair, factor: Factor) -> Slip:
    """An expression, or an operand of it, without a factor."""
    code = scene.trace.places[repair.edit.place].code
    for number, layer in enumerate(scene.roles.layers, 1):
        if factor.of is layer.a and factor.by is layer.z:
            last = number == len(scene.roles.layers)
            name = "missing-output-slope" if last else "missing-hidden-slope"
            slope = f"the slope of layer {number}"
            return Slip(name, f"`{code}` lacks {slope}", f"multiply by {slope}", repair.edit.place)
    if factor.of is not None:
        line = scene.trace.places[factor.of.place].line
        kind = _slope_name(scene, factor.of)
        says = f"`{code}` lacks the derivative of `{factor.code}` in line {line}"
        return Slip(kind, says, "multiply by that derivative", repair.edit.place)
    says = f"`{code}` lacks the factor `{factor.code}`"
    return Slip("", says, f"multiply by `{factor.code}`", repair.edit.place)


def _slope_name(scene: Scene, of: Value) -> str:
    """The name where what is missing is the slope of a function, not a mask or a number."""
    if of.op not in {"tanh", "exp", "maximum", "where", "divide"} or len(of.parts) > 2:
        return ""
    alone = not any(
        not scene.reading.iteration.depends(p) and np.size(p.value) > 1 for p in of.parts
    )
    if not alone or of.op in {"exp", "divide"}:
        return ""
    return "missing-output-slope" if is_output(scene, of) else "missing-hidden-slope"


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
    if kinds not in {"az", "za", "aa", "zz"}:
        kinds = _by_ancestry(scene, swap)
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
    for named, time in reversed(base.names[1:]):
        where = trace.places[named]
        later = last <= time <= repair.value.index
        if later and where.line not in {line, made} and where.function == own:
            return named if where.code in code else place
    return place


def _changed(scene: Scene, repair: Repair) -> tuple[str, str, str]:
    edit, value = repair.edit, repair.value
    slope = _in_slope(scene, value)
    if edit.kind in {"number", "drop", "inverse"} and _of_penalty(scene, value):
        code = scene.trace.places[edit.place].code
        says = f"`{code}` has another factor than the penalty in the cost"
        return "penalty-factor", says, "take the derivative of the penalty as it stands there"
    code = scene.trace.places[edit.place].code
    if edit.kind == "drop":
        return _dropped(scene, repair)
    if edit.kind == "sign":
        name = "slope-mistyped" if slope else "sign-flipped"
        return name, f"a sign in `{code}` is the wrong way round", "turn it round"
    if edit.kind == "square":
        return "slope-mistyped", f"a square is missing in `{code}`", "square what is subtracted"
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


def _of_penalty(scene: Scene, value: Value) -> bool:
    """Whether an expression has nothing but a parameter, and numbers: the penalty's derivative."""
    carry, consumers = scene.errors.carry, scene.reading.iteration.consumers
    learned = {u.old.index for u in scene.reading.iteration.updates}
    stack, seen = [value], set()
    while stack:
        one = stack.pop()
        if one.index in carry:
            continue
        seen.add(one.index)
        if any(base_of(p)[0].index in learned for p in one.parts) and one.op == "multiply":
            return any(c.op == "add" and c.index in carry for c in consumers.get(one.index, ()))
        stack += [c for c in consumers.get(one.index, ()) if c.index not in seen and len(seen) < 9]
    return False


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
    name = "slope-mistyped" if dropped.index not in scene.errors.carry else ""
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
