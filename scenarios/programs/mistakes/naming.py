"""Names a change that makes the updates right: which mistake of the catalogue it takes back."""

from __future__ import annotations

import numpy as np

from chainstep.scenarios.programs.mistakes.naming_slopes import part_of_slope, slope_slip
from chainstep.scenarios.programs.mistakes.naming_swaps import in_slope, swapped, used_name
from chainstep.scenarios.programs.mistakes.repairing import Repair, masks_of
from chainstep.scenarios.programs.mistakes.scene import Scene, Slip, equal, is_output
from chainstep.scenarios.programs.mistakes.slopes import local_slope
from chainstep.scenarios.programs.mistakes.swaps import Factor, base_of, is_masked
from chainstep.scenarios.programs.reading.recognising import Truth
from chainstep.scenarios.programs.seeing.values import Value


def slip_of(scene: Scene, repair: Repair) -> Slip:
    """What was wrong, where, and how it is mended, in words."""
    edit = repair.edit
    if edit.swap is not None and edit.swap.factor is not None:
        return _lacking(scene, repair, edit.swap.factor)
    if edit.way is not None:
        return _one_way(scene, repair, edit.way)
    if edit.course is not None and edit.swap is None:
        return slope_slip(scene, repair, edit.course)
    if edit.swap is not None:
        return swapped(scene, repair, edit.swap)
    name, says, mend = _changed(scene, repair)
    return Slip(name, says, mend, edit.place)


def _one_way(scene: Scene, repair: Repair, truth: Truth) -> Slip:
    """A derivative by one of several ways from a value to the cost, and not by all of them."""
    code, of = scene.trace.places[repair.edit.place].code, truth.of
    ways = [way for value, way, _ in scene.reading.derivatives.ways if value is of]
    others = [way for way in ways if way is not truth.way]
    sizes = {"power", "square", "norm", "absolute", "abs"}
    used = used_name(scene, of, repair.value)
    if any(w.op in sizes or w.parts == (of, of) for w in others):
        says = (
            f"the cost has a part for the size of `{used}`, and `{code}` leaves its derivative out"
        )
        return Slip("penalty-left-out", says, "add the derivative of that part", repair.edit.place)
    learned = {u.old.index for u in scene.reading.iteration.updates}
    if of.index in learned and len({way.place for way in ways}) == 1:
        says = f"`{code}` is the gradient of one step alone: those before it are written over"
        return Slip("last-observation-only", says, "add them up, with +=", repair.edit.place)
    left = next(iter(others), of)
    where = scene.trace.places[left.place]
    name = "batch-norm-term-left-out" if left.op in {"mean", "var", "std"} else "way-left-out"
    outputs = {v.index for v, _ in scene.reading.cost.pairs}
    outputs |= {x.a.index for x in scene.roles.layers[-1:]}
    if of.index in outputs and "log" in _before_cost(scene, of):
        name = "one-term-of-cross-entropy"
    layer = next((x for x in scene.roles.layers if of in {x.z, x.product}), None)
    if layer is not None and name == "way-left-out":
        return part_of_slope(scene, repair, layer)
    says = (
        f"`{code}` is the derivative by `{used}` on one way alone: the way through `{where.code}` "
        f"in line {where.line} is left out"
    )
    return Slip(name, says, "add the derivative on that way", repair.edit.place)


def _before_cost(scene: Scene, value: Value) -> set[str]:
    """The operations between a value and the cost."""
    reading = scene.reading
    stack, seen = [value], set()
    while stack:
        for one in reading.iteration.consumers.get(stack.pop().index, ()):
            if one.index in reading.forward and one.index not in seen:
                seen.add(one.index)
                stack.append(one)
    return {reading.values[i].op for i in seen}


def _lacking(scene: Scene, repair: Repair, factor: Factor) -> Slip:
    """An expression, or an operand of it, without a factor."""
    code = scene.trace.places[repair.edit.place].code
    for number, layer in enumerate(scene.roles.layers, 1):
        if factor.of is layer.a and factor.by is layer.z:
            last = number == len(scene.roles.layers)
            name = "missing-output-slope" if last else "missing-hidden-slope"
            slope = f"the slope of layer {number}"
            return Slip(name, f"`{code}` lacks {slope}", f"multiply by {slope}", repair.edit.place)
    if np.size(factor.amount) == 1 and _of_penalty(scene, repair.value):
        says = f"`{code}` has another factor than the penalty in the cost"
        mend = "take the derivative of the penalty as it stands there"
        return Slip("penalty-factor", says, mend, repair.edit.place)
    if factor.of is not None:
        line = scene.trace.places[factor.of.place].line
        kind = _slope_name(scene, repair, factor)
        says = f"`{code}` lacks the derivative of `{factor.code}` in line {line}"
        return Slip(kind, says, "multiply by that derivative", repair.edit.place)
    says = f"`{code}` lacks the factor `{factor.code}`"
    name = ""
    if masks_of(scene, factor):
        name = "dropout-not-scaled"
    elif _was_multiplied(scene, factor):
        name = "missing-activation"
    return Slip(name, says, f"multiply by `{factor.code}`", repair.edit.place)


def _was_multiplied(scene: Scene, factor: Factor) -> bool:
    """Whether a factor is what the parameter was multiplied with in the forward phase."""
    old, reading = scene.wrong.update.old, scene.reading
    return any(
        equal(part.value, factor.amount)
        for consumer in reading.iteration.consumers.get(old.index, ())
        if consumer.op in {"multiply", "dot", "matmul"} and consumer.index in reading.forward
        for part in consumer.parts
        if part is not old
    )


def _name_of_mask(repair: Repair, factor: Factor) -> str:
    """The mask that is missing, or only its scale where what stands there has the mask."""
    value, mask = np.ravel(repair.value.value), np.ravel(factor.amount)
    masked = value.size == mask.size and not np.any(value[mask == 0])
    return "dropout-not-scaled" if masked else "dropout-mask-left-out"


def _slope_name(scene: Scene, repair: Repair, factor: Factor) -> str:
    """The name where what is missing is the slope of a function, or a mask."""
    of = factor.of
    assert of is not None
    if is_masked(scene, factor):
        return _name_of_mask(repair, factor)
    depends, first = scene.reading.iteration.depends, of.arguments[0]
    above = of.op == "divide" and isinstance(first, Value) and depends(first)
    bends = of.op in {"tanh", "maximum", "where", "divide", "sin", "cos"}
    if not bends or len(of.parts) > 2 or above:
        return ""
    if any(not depends(p) and np.size(p.value) > 1 for p in of.parts):
        return ""
    return "missing-output-slope" if is_output(scene, of) else "missing-hidden-slope"


def _changed(scene: Scene, repair: Repair) -> tuple[str, str, str]:
    edit, value = repair.edit, repair.value
    slope = in_slope(scene, value)
    if edit.kind in {"number", "drop", "inverse"} and _of_penalty(scene, value):
        code = scene.trace.places[edit.place].code
        says = f"`{code}` has another factor than the penalty in the cost"
        return "penalty-factor", says, "take the derivative of the penalty as it stands there"
    code = scene.trace.places[edit.place].code
    if _squares_weights(scene, value):
        says = f"`{code}` is made of the weights, and belongs to their gradient"
        return "rmsprop-of-weights", says, "keep the running square of the gradient"
    if edit.kind == "drop":
        return _dropped(scene, repair)
    if edit.kind == "sign":
        name = "slope-mistyped" if slope else "sign-flipped"
        return name, f"a sign in `{code}` is the wrong way round", "turn it round"
    if edit.kind == "power":
        name = "slope-mistyped" if slope else ""
        return name, f"`{code}` is a product, and a power belongs here", "write ** for *"
    if edit.kind == "times":
        name = "slope-mistyped" if slope else ""
        return name, f"`{code}` is a power, and a product belongs here", "write * for **"
    if edit.kind == "part":
        return _of_part(scene, repair, code)
    if edit.kind == "rows":
        says = f"`{code}` changes whole columns, and belongs to one entry of each row"
        return "columns-for-entries", says, "write np.arange(n) in the place of the colon"
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


def _squares_weights(scene: Scene, value: Value) -> bool:
    """Whether a value is a square of what is learned, beside the forward phase."""
    old = scene.wrong.update.old
    squares = value.op in {"power", "square"} or value.parts == (old, old)
    rule = bool(scene.reading.rules) or "sqrt" in {
        v.op for v in scene.reading.iteration.values if v.index not in scene.reading.forward
    }
    return squares and rule and any(base_of(p)[0] is old for p in value.parts)


def _of_part(scene: Scene, repair: Repair, code: str) -> tuple[str, str, str]:
    """Another part of an array, of the weights the row of the bias."""
    base = base_of(repair.value.parts[0])[0]
    learned = {u.old.index for u in scene.reading.iteration.updates}
    says = f"`{code}` is another part than the one that belongs here"
    mend = f"write [{repair.edit.code}]"
    if base.index in learned:
        says = f"`{code}` leaves another row out than that of the bias"
        return "bias-row-kept", says, mend
    return "another-part", says, mend


def _of_penalty(scene: Scene, value: Value) -> bool:
    """Whether an expression has nothing but a parameter, and numbers: the penalty's derivative."""
    carry, consumers = scene.errors.carry, scene.reading.iteration.consumers
    learned = {u.old.index for u in scene.reading.iteration.updates}
    stack, seen = [value], set()
    while stack:
        one = stack.pop()
        bases = [base_of(p)[0] for p in one.parts]
        if any(b.index in learned or b.chain >= 0 for b in bases) and one.op == "multiply":
            return any(c.op == "add" and c.index in carry for c in consumers.get(one.index, ()))
        if one.index in carry:
            continue
        seen.add(one.index)
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
        thing = f"`{used_name(scene, dropped, value)}`" if dropped is not None else "a number"
        you, made = np.ravel(value.value), np.ravel(repair.made)
        at = int(np.argmax(np.abs(made)))
        ratio = abs(float(you[at] / made[at])) if made[at] else 0.0
        name = "factor-two" if min(abs(ratio - 2), abs(ratio - 0.5)) < 1e-6 else ""
        return name, f"{thing} is one factor too many in `{code}`", f"leave {thing} out"
    used = used_name(scene, dropped, value)
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
        used = used_name(scene, operand, value) if isinstance(operand, Value) else code
        name = _kind_of(scene, operand)
        return (
            name,
            f"`{used}` is transposed here, and belongs here as it stands",
            f"write `{used}`",
        )
    if kind in {"turn-first", "turn-second"}:
        operand = value.arguments[0 if kind == "turn-first" else 1]
        used = used_name(scene, operand, value) if isinstance(operand, Value) else code
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
