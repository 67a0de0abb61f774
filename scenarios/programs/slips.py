"""Names the mistake at the first wrong place, by making the catalogue's mistakes there.

What was made of right parts is compared with what each mistake would make of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainstep.core.activations import ACTIVATIONS
from chainstep.scenarios.programs.costs import Reading, in_cost
from chainstep.scenarios.programs.derivatives import differentiate
from chainstep.scenarios.programs.places import Wrong, again
from chainstep.scenarios.programs.recognising import Match, Truth
from chainstep.scenarios.programs.roles import Layer, Roles
from chainstep.scenarios.programs.tracing import Trace
from chainstep.scenarios.programs.values import Array, Value

_PRODUCTS = {"dot", "matmul", "multiply", "outer", "inner", "einsum", "tensordot"}


@dataclass(frozen=True)
class Slip:
    """A mistake: its name in the catalogue, what it did here, how to mend it, and where it stands.

    ``line`` moves the place where the wrong line is another than that of the first wrong value.
    """

    name: str
    says: str
    mend: str = ""
    place: int | None = None
    truth: Truth | None = None


@dataclass(frozen=True)
class Scene:
    """All that the mistakes look at."""

    trace: Trace
    reading: Reading
    roles: Roles
    wrong: Wrong

    @property
    def value(self) -> Value:
        return self.wrong.value

    def name(self, value: Value) -> str:
        """The quantity that a value is, or the program's own name for it."""
        from chainstep.scenarios.programs.roles import own_name

        return self.roles.names.get(value.index) or own_name(self.trace, value)

    def code(self, value: Value) -> str:
        """The expression of a value as it stands in the program."""
        from chainstep.scenarios.programs.roles import own_name

        return own_name(self.trace, value)


def slip_at(scene: Scene) -> Slip | None:
    """The mistake that makes the first wrong value; None where none of these does."""
    for look in LOOKS:
        found = look(scene)
        if found is not None:
            return found
    return None


def _equal(one: Any, other: Any, *, any_factor: bool = False) -> bool:
    a, b = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if a.size != b.size or not a.size:
        return False
    a, b = a.ravel(), b.ravel()
    if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return False
    if any_factor and not (a.any() and b.any()):
        return False
    if any_factor and a.size > 1:
        b = b * (float(a @ b) / float(b @ b))
    return bool(np.linalg.norm(a - b) <= 1e-6 * max(float(np.linalg.norm(a)), 1e-300))


# ── shapes ────────────────────────────────────────────────────────────────────────────────


def _broadcast(scene: Scene) -> Slip | None:
    value = scene.value
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


# ── a right value that is used where another one belongs ──────────────────────────────────


def _layer_by_z(scene: Scene, truth: Truth | None) -> tuple[int, Layer] | None:
    if truth is None:
        return None
    for number, layer in enumerate(scene.roles.layers, 1):
        if _is(scene, truth, layer.z) or _is(scene, truth, layer.product):
            return number, layer
    return None


def _layer_by_a(scene: Scene, truth: Truth | None) -> tuple[int, Layer] | None:
    if truth is None:
        return None
    for number, layer in enumerate(scene.roles.layers, 1):
        if layer.a is not layer.z and _is(scene, truth, layer.a):
            return number, layer
    return None


def _is(scene: Scene, truth: Truth, value: Value) -> bool:
    amount = scene.reading.derivatives.by.get(value.index)
    return amount is not None and _equal(truth.value, amount)


def _other_part(scene: Scene) -> Slip | None:
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
            if _equal(other, part.value, any_factor=True):
                continue
            made = _with(scene, part, other)
            if made is None or not _equal(made, wrong.expected):
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
            if np.size(delta) == np.size(truth) and _equal(delta, truth, any_factor=True):
                return _used(scene, part, match, Truth(layer.z, delta))
    return None


def _with(scene: Scene, part: Value, other: Any) -> Any:
    """The first wrong value, with another one in the place of this part of it."""
    value = scene.value
    arguments = tuple(other if a is part else a for a in value.arguments)
    return again(value, arguments)


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
        and any(_equal(m.truth.value, belongs.value) for m in scene.reading.known.matches(v.value))
    ]
    code, wants = scene.code(part), _by(scene, belongs.of)
    layer = _layer_by_z(scene, belongs)
    last = len(scene.roles.layers)
    if computed and (layer is not None or np.size(part.value) == 1):
        right = scene.code(scene.reading.values[computed[-1]])
        return Slip(
            "error-not-delta",
            f"`{code}` is {_by(scene, is_.of)}, and {wants} belongs here",
            f"use `{right}` in the place of `{code}`",
            truth=belongs,
        )
    part = _named_part(scene, part, is_)
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
        says = f"`{code}` is {_by(scene, is_.of)}, and {wants} belongs here"
        mend = "multiply by what the weight was multiplied with"
        return Slip("missing-activation", says, mend, place, belongs)
    deepest = layer is None and not scene.roles.layers
    number = layer[0] if layer else 0
    outer = number == last if number else _is_output(scene, is_.of)
    name = "missing-output-slope" if outer else "missing-hidden-slope"
    if layer is None and not deepest and _layer_by_a(scene, belongs) is not None:
        name = "slope-twice"
    slope = f"the slope of layer {number}" if number else "the slope of its activation"
    return Slip(
        name,
        f"`{code}` is {_by(scene, is_.of)}: it lacks {slope}, and {wants} is needed below",
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
    found = _slope(Scene(scene.trace, scene.reading, scene.roles, wrong))
    if found is None or found.name.startswith("missing"):
        return None
    return Slip(found.name, found.says, found.mend, found.place or part.place, belongs)


def _named_part(scene: Scene, part: Value, is_: Truth) -> Value:
    """The derivative itself, without the rate that it was multiplied with."""
    while not part.names:
        inner = [
            p
            for p in part.parts
            if any(m.of is is_.of for m in scene.reading.matches.get(p.index, ()))
        ]
        if not inner:
            break
        part = inner[0]
    return part


def _is_output(scene: Scene, value: Value) -> bool:
    """Whether no weights come after a value on the way to the cost."""
    reading = scene.reading
    learned = {u.old.index for u in reading.iteration.updates}
    stack, seen = [value], set()
    while stack:
        for one in reading.iteration.consumers.get(stack.pop().index, ()):
            if one.index in seen or one.index not in reading.forward:
                continue
            if any(p.index in learned for p in one.parts):
                return False
            seen.add(one.index)
            stack.append(one)
    return True


def _by(scene: Scene, value: Value) -> str:
    return f"dC/d{bare(scene.name(value))}"


def bare(name: str) -> str:
    """A name that can stand in dC/d…: an expression gets brackets."""
    return name if name.replace("_", "").isalnum() or name.endswith(("]", ")")) else f"({name})"


# ── the other factor ──────────────────────────────────────────────────────────────────────


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


def _factor(scene: Scene) -> Slip | None:
    """The other factor of a product is not the one that belongs there."""
    wrong, value = scene.wrong, scene.value
    if wrong.expected is None or value.op not in _PRODUCTS:
        return None
    right = {p.index for p, _ in wrong.parts}
    for part in value.parts:
        if part.index in right:
            continue
        base, turned = _base(part)
        for other, is_ in _forward_values(scene):
            for transposed in (False, True):
                candidate = np.asarray(other.value, dtype=float)
                candidate = _remade(part, base, candidate.T if transposed else candidate)
                if candidate is None or _same_array(candidate, part.value):
                    continue
                made = _with(scene, part, candidate)
                fits = made is not None and np.shape(made) == np.shape(value.value)
                if fits and _equal(made, wrong.expected, any_factor=True):
                    found = _named_factor(scene, base, other, is_, (turned, transposed))
                    if found is not None:
                        return found
    return None


def _rows_of_weights(scene: Scene) -> Slip | None:
    """The weights are sent down with the row of the bias, or without another one."""
    wrong = scene.wrong
    if wrong.expected is None or scene.value.op not in _PRODUCTS:
        return None
    for part in scene.value.parts:
        base, _ = _base(part)
        if not any(base is one.weights for one in scene.roles.layers) or np.ndim(base.value) > 2:
            continue
        for rows in (slice(1, None), slice(None, -1)):
            for cut in (np.asarray(base.value)[rows], np.asarray(base.value)[..., rows]):
                for other in (cut, cut.T):
                    made = _with(scene, part, other)
                    if made is not None and _equal(made, wrong.expected, any_factor=True):
                        where = "first" if rows.start else "last"
                        return Slip(
                            "bias-row-kept",
                            f"the bias stands {where} in `{scene.code(base)}`, and another row is "
                            "left out here",
                            "leave the bias out before transposing: the ones have no inputs",
                        )
    return None


def _penalty(scene: Scene) -> Slip | None:
    """The cost has a part for the size of the weights, and this gradient leaves it out."""
    old = scene.wrong.update.old
    added = scene.value.op in {"add", "subtract"} and scene.value not in scene.wrong.update.events
    if added or not in_cost(scene.reading, old):
        return None
    for part, match in scene.wrong.parts:
        if match.of is old and match.truth.way is not None:
            named = _named_part(scene, part, match.truth)
            place = named.names[-1][0] if named.names else named.place
            return Slip(
                "penalty-left-out",
                f"the cost has a part for the size of `{scene.code(old)}`, and this gradient "
                "leaves its derivative out",
                "add the derivative of that part, as the other gradients have it",
                place,
            )
    return None


def _uneven(scene: Scene) -> Slip | None:
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


def _kept(scene: Scene) -> Slip | None:
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


def _remade(part: Value, base: Value, other: Any) -> Any:
    """What the part would be, had it been made of another value in the same way."""
    if part is base:
        return other
    inner = _inner_of(part)
    if inner is None:
        return None
    below = _remade(inner, base, other)
    if below is None:
        return None
    return again(part, tuple(below if a is inner else a for a in part.arguments))


def _same_array(one: Array, other: Any) -> bool:
    return one.shape == np.shape(other) and bool(np.array_equal(one, np.asarray(other)))


def _base(part: Value) -> tuple[Value, bool]:
    """The value that a factor is made of: without transposes, slices and rates; and if turned."""
    turned = False
    while True:
        inner = _inner_of(part)
        if inner is None:
            return part, turned
        turned = turned != (part.op in {"part", "transpose"})
        part = inner


def _inner_of(part: Value) -> Value | None:
    if part.op in {"part", "transpose", "copy", "item", "negative"} and part.parts:
        return part.parts[0]
    if part.op == "multiply":
        arrays = [p for p in part.parts if np.size(p.value) > 1]
        if len(arrays) == 1 and np.size(arrays[0].value) == np.size(part.value):
            return arrays[0]
    return None


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
            "preactivation-for-activation",
            f"`{used}` is the pre-activation; `{belongs}` belongs here",
            f"write `{belongs}`",
        )
    return Slip("wrong-factor", f"`{used}` stands where `{belongs}` belongs", f"write `{belongs}`")


def _holds(one: int, other: int) -> bool:
    """Whether one value hangs on all parameters that another hangs on, and on more."""
    return one != other and one & other == other


# ── slopes ────────────────────────────────────────────────────────────────────────────────


def _slope(scene: Scene) -> Slip | None:
    """The derivative by a was multiplied by something that is not the slope of the layer."""
    wrong = scene.wrong
    found = _layer_by_z(scene, wrong.truth)
    if wrong.expected is None:
        return None
    if found is None:
        place = _slope_place(scene, "") if not scene.roles.layers else None
        if place is None or scene.value.op != "multiply":
            return None
        return Slip("", "this is not the slope of the activation", "", place)
    number, layer = found
    error = scene.reading.derivatives.by.get(layer.a.index)
    if error is None or layer.a is layer.z:
        return None
    z, a = _arrays(layer)
    actual = np.asarray(scene.value.value, dtype=float).ravel() / wrong.factor
    error = np.asarray(error, dtype=float).ravel()
    if actual.size != error.size or actual.size != z.size:
        return None
    for name, says, slope in wrong_slopes(layer, z, a):
        if _equal(actual, error * slope.ravel(), any_factor=True):
            place = _slope_place(scene, name)
            return Slip(
                name,
                says.format(z=scene.code(layer.z), a=scene.code(layer.a)),
                _slope_mend(scene, layer),
                place,
            )
    place = _slope_place(scene, "")
    if place is not None:
        return Slip(
            "",
            f"this is not the slope of {layer.activation or 'the activation'}",
            _slope_mend(scene, layer),
            place,
        )
    for other_number, other in enumerate(scene.roles.layers, 1):
        if other is layer or other.activation not in ACTIVATIONS:
            continue
        oz, oa = _arrays(other)
        theirs = _of(other.activation, oz, oa)
        if theirs is None or theirs.size != error.size:
            continue
        if _equal(actual, error * theirs.ravel(), any_factor=True):
            return Slip(
                "slope-of-wrong-layer",
                f"the slope of layer {other_number} is taken, and this is layer {number}",
                _slope_mend(scene, layer),
            )
    return None


def _arrays(layer: Layer) -> tuple[Array, Array]:
    z = np.asarray(layer.z.value, dtype=float)
    return z, np.asarray(layer.a.value, dtype=float).reshape(z.shape)


def _of(activation: str, z: Array, a: Array) -> Array | None:
    slope = ACTIVATIONS[activation].slope
    if slope is None:
        return None
    with np.errstate(all="ignore"):
        return np.asarray(slope(z, a), dtype=float)


def wrong_slopes(layer: Layer, z: Array, a: Array) -> Iterator[tuple[str, str, Array]]:
    """The slopes that people take in the place of the right one, and what to say of them."""
    own = layer.activation
    with np.errstate(all="ignore"):
        if own in ACTIVATIONS and ACTIVATIONS[own].slope is not None:
            function = ACTIVATIONS[own].function
            right = _of(own, z, a)
            again_ = _of(own, a, np.asarray(function(a)))
            fed = _of(own, z, z)
            if right is not None and again_ is not None and fed is not None:
                yield "missing-hidden-slope", "the slope is missing", np.ones(z.shape)
                yield "slope-twice", "the slope is multiplied in twice", right * right
                yield (
                    "slope-of-activation",
                    f"the slope is taken at `{{a}}`, which is {own} already: it was applied twice",
                    again_,
                )
                yield (
                    "slope-fed-preactivation",
                    "the slope's formula is one of the activation, and is given `{z}`",
                    fed,
                )
                yield "slope-twice", "`{a}` is multiplied in where its slope belongs", a
                yield "slope-twice", "`1 - {a}` is the slope here, and `{a}` is missing", 1 - a
        for other in ACTIVATIONS:
            if other == own or ACTIVATIONS[other].slope is None or other == "identity":
                continue
            for taken in (a, np.asarray(ACTIVATIONS[other].function(z)), z):
                slope = _of(other, z if taken is not z else a, taken)
                if slope is not None:
                    yield (
                        "slope-of-other-activation",
                        f"the slope of {other} is taken, and this layer has {own or 'another'}",
                        slope,
                    )


def _slope_place(scene: Scene, name: str) -> int | None:
    """The line of the slope itself, where that is wrong and not its use here.

    None where the slope is right for another layer, or stands in one line with the product.
    """
    value, trace = scene.value, scene.trace
    right = {p.index for p, _ in scene.wrong.parts}
    inner = [p for p in value.parts if p.index not in right and p.index not in _carried(scene)]
    if not inner or inner[0].index in scene.reading.forward or not right:
        return None
    if not scene.reading.iteration.depends(inner[0]):
        return None
    slope = inner[0]
    uses = [v for v in scene.reading.iteration.values if v.place == slope.place]
    if any(_is_some_slope(scene, v) for v in uses):
        return None
    if trace.places[slope.place].function != trace.places[value.place].function:
        given = {"slope-of-activation", "slope-fed-preactivation"}
        if len(uses) > 1 or name not in given:
            return slope.place
    line = trace.places[value.place].line
    named = [p for p, time in slope.names if time <= value.index and trace.places[p].line != line]
    return named[-1] if named else None


def _carried(scene: Scene) -> set[int]:
    return set(scene.wrong.unexplained)


def _is_some_slope(scene: Scene, value: Value) -> bool:
    """Whether a value is the slope of some layer, or of some unit where there are no layers."""
    for layer in scene.roles.layers:
        slope = local_slope(scene.reading, layer)
        fits = slope is not None and np.size(slope) == np.size(value.value)
        if fits and _equal(slope, value.value):
            return True
    if scene.roles.layers or np.size(value.value) != 1:
        return False
    numbers = np.array(
        [
            float(np.reshape(g, ()))
            for g in scene.reading.derivatives.by.values()
            if np.size(g) == 1
        ][:300]
    )
    with np.errstate(all="ignore"):
        ratios = numbers[:, None] / numbers[None, :]
    return bool(np.any(np.abs(ratios / float(np.reshape(value.value, ())) - 1) < 1e-9))


def _slope_mend(scene: Scene, layer: Layer) -> str:
    formulas = {
        "sigmoid": "{a} * (1 - {a})",
        "tanh": "1 - {a} ** 2",
        "relu": "({z} > 0)",
        "softplus": "1 / (1 + np.exp(-{z}))",
        "leaky-relu": "np.where({z} > 0, 1, slope)",
    }
    formula = formulas.get(layer.activation)
    if formula is None:
        return ""
    text = formula.format(z=scene.code(layer.z), a=scene.code(layer.a))
    return f"the slope of {layer.activation} is `{text}`"


# ── sums over the wrong axis, and gradients without their factor ──────────────────────────


def _gradient(scene: Scene) -> Slip | None:
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
            _equal(np.asarray(scene.value.value, float), delta, any_factor=True)
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
        if not bias and _equal(
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
        before = f"`{scene.code(_base(inputs)[0])}.T`" if inputs is not None else ""
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
        if np.size(amount) == change.size and _equal(change, amount, any_factor=True):
            return Slip(
                name,
                f"the gradient of the bias: {says}",
                "sum delta over the observations, one number for each unit",
            )
    return None


# ── the output ────────────────────────────────────────────────────────────────────────────


def _output(scene: Scene) -> Slip | None:
    """delta of the outputs: the slope once more, or softmax's diagonal."""
    found = _layer_by_z(scene, scene.wrong.truth)
    if found is None or found[0] != len(scene.roles.layers):
        return None
    layer = found[1]
    _z, a = _arrays(layer)
    actual = np.asarray(scene.value.value, dtype=float) / (scene.wrong.factor or 1)
    if actual.size != a.size:
        return None
    actual = actual.reshape(a.shape)
    assert scene.wrong.truth is not None
    right = np.asarray(scene.wrong.truth.value, dtype=float).reshape(a.shape)
    slope = a * (1 - a)
    if _equal(actual, right * slope, any_factor=True):
        name = "softmax-diagonal" if layer.activation == "softmax" else "extra-output-slope"
        name = "extra-output-slope"
        return Slip(
            name,
            "the slope is multiplied in again, although the difference of output and "
            "target has it already with this cost",
            "leave the slope out here",
        )
    error = scene.reading.derivatives.by.get(layer.a.index)
    if (
        error is not None
        and layer.activation == "softmax"
        and _equal(actual, np.reshape(error, a.shape) * slope, any_factor=True)
    ):
        return Slip(
            "softmax-diagonal",
            "only the diagonal of softmax's Jacobian is used: a(1 − a)",
            "multiply by the whole Jacobian, or use a − t with cross-entropy",
        )
    return None


def _products(scene: Scene) -> Slip | None:
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
        if made.size == np.size(wrong.expected) and _equal(made, wrong.expected):
            return Slip(
                "elementwise-product",
                "entry times entry where a matrix product belongs",
                "use @ (np.dot) here",
            )
    return None


def _signed(scene: Scene) -> Slip | None:
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
    if _equal(other, wrong.expected):
        return Slip("sign-flipped", "one of the two parts has the wrong sign", "turn it round")
    return None


def local_slope(reading: Reading, layer: Layer) -> Any:
    """da/dz of a layer, entry by entry, from the program's own expressions."""
    ones = np.ones(np.shape(layer.a.value))
    inside = reading.iteration.inside
    found = differentiate(
        [(layer.a, ones)],
        reading.iteration.depends,
        lambda v: inside(v) and v.index > layer.z.index,
    )
    return found.by.get(layer.z.index)


LOOKS: tuple[Callable[[Scene], Slip | None], ...] = (
    _broadcast,
    _kept,
    _penalty,
    _uneven,
    _output,
    _slope,
    _rows_of_weights,
    _factor,
    _other_part,
    _products,
    _signed,
    _gradient,
)
