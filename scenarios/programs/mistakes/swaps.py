"""Values that may have been meant in the place of others: of another role, or another name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import done_again, repeat
from chainstep.scenarios.programs.mistakes.scene import Scene
from chainstep.scenarios.programs.reading.layers import inputs_of
from chainstep.scenarios.programs.reading.reading import Reading
from chainstep.scenarios.programs.seeing.values import Value

#: Values that are tried in the place of a single one.
MOST_OTHERS = 24
#: Operands at one place of which each is looked at by itself.
MOST_BASES = 3
#: Operands of one place that are tried with a factor more, and factors.
MOST_SCALED = 12
#: Steps of a sequence.
MOST_STEPS = 200
MOST_FACTORS = 150


@dataclass(frozen=True)
class Factor:
    """What an operand may lack: a local derivative of the forward phase, or a value of it.

    ``of`` and ``by`` are the values whose derivative it is, where it is one.
    """

    amount: Any
    code: str
    of: Value | None = None
    by: Value | None = None


@dataclass(frozen=True)
class Swap:
    """Operands and what stands for them; inside a call only where they come from outside.

    With ``factor`` an operand stays, times that.
    """

    base: Value
    other: Value
    partners: Mapping[int, Value] = field(repr=False)
    call: int | None = None
    turned: bool = False
    alike: Mapping[int, int] = field(default_factory=dict, repr=False)
    factor: Factor | None = None
    name: str = ""

    def touches(self, value: Value) -> bool:
        """Whether one of the operands of a value is exchanged."""
        return any(self._other(part) is not None for part in value.parts)

    def makes(self, value: Value, now: Callable[[Any], Any]) -> Any:
        """What a value is with its operands exchanged; None where none of them is."""
        if not self.touches(value):
            return None

        def exchanged(thing: Any) -> Any:
            if isinstance(thing, Value):
                found = self._other(thing)
                if found is not None and self.factor is not None:
                    return now(thing) * np.reshape(self.factor.amount, np.shape(thing.value))
                if found is not None:
                    return self._remade(thing, now(found))
                return now(thing)
            if isinstance(thing, list | tuple):
                return type(thing)(exchanged(one) for one in thing)
            return thing

        return repeat(value, tuple(exchanged(one) for one in value.arguments))

    def _other(self, part: Value) -> Value | None:
        if self.call is not None and self.call in part.calls:
            return None
        if self.factor is not None:
            return self.partners.get(part.index)
        base = base_of(part)[0]
        own = self.partners.get(base.index)
        return own if own is not None else self.partners.get(self.alike.get(base.index, -1))

    def _remade(self, part: Value, other: Any) -> Any:
        base, _ = base_of(part)
        amount = np.asarray(other).T if self.turned else other
        made = remade(part, base, amount)
        if made is None:
            raise ValueError
        return made


def swaps_of(
    scene: Scene,
    values: Sequence[Value],
    call: int | None = None,
    bases: Sequence[Value] = (),
) -> Iterator[Swap]:
    """The exchanges for the operands of these values, of one place or inside one call.

    Where ``bases`` are given it is these that are exchanged.
    """
    found = {b.index: b for b in bases}
    for value in values if not bases else ():
        for part in value.parts:
            base = base_of(part)[0]
            free = base.index not in scene.errors.carry or _is_in_slope(scene, value, base, call)
            if free and _stands_here(scene, value, base, call):
                found.setdefault(base.index, base)
    yield from _swaps(scene, found, values, call)


def _is_in_slope(scene: Scene, value: Value, base: Value, call: int | None) -> bool:
    """Whether a derivative stands where a slope is made: it is compared, or given to a function."""
    if value.op in {"greater", "greater_equal", "less", "less_equal"}:
        return True
    return call is not None and bool(scene.errors.right(base)) and np.size(base.value) > 1


def _swaps(
    scene: Scene, bases: dict[int, Value], values: Sequence[Value], call: int | None
) -> Iterator[Swap]:
    alike = _alike(scene, bases.values())
    for partners in _by_role(scene):
        found = next((b for i, b in bases.items() if alike.get(i, i) in partners), None)
        if found is not None:
            other = partners[alike.get(found.index, found.index)]
            yield Swap(found, other, partners, call, alike=alike)
    yield from _single(scene, bases, values, call)
    yield from _by_order(scene, bases, call)


def _by_order(scene: Scene, bases: dict[int, Value], call: int | None) -> Iterator[Swap]:
    """What another expression of the forward phase made each time, where no layers are known."""
    if scene.roles.layers or len(bases) < 2:
        return
    places: dict[int, list[Value]] = {}
    for index in sorted(scene.reading.forward):
        value = scene.reading.values[index]
        places.setdefault(value.place, []).append(value)
    for place in dict.fromkeys(b.place for b in bases.values() if b.index in scene.reading.forward):
        rows = places.get(place, [])
        for other, values in places.items():
            if other != place and len(values) == len(rows) > 1 and values[0].names:
                partners = {b.index: v for b, v in zip(rows, values, strict=True)}
                yield Swap(rows[0], values[0], partners, call)


def scaled(
    scene: Scene, values: Sequence[Value], factors: Sequence[Factor], call: int | None = None
) -> Iterator[Swap]:
    """The operands of these values times each factor that has their shape."""
    seen: set[int] = set()
    values = [v for v in values if np.asarray(v.value).dtype.kind == "f"]
    for part in (p for v in values for p in v.parts if call is None or call not in p.calls):
        seen_or_free = part.index in seen or part.index not in scene.reading.iteration.masks
        if seen_or_free or np.asarray(part.value).dtype.kind != "f":
            continue
        seen.add(part.index)
        if not any(_stands_here(scene, v, part, call) for v in values if part in v.parts):
            continue
        for factor in factors:
            if np.size(factor.amount) in {1, np.size(part.value)} and np.size(part.value):
                yield Swap(part, part, {part.index: part}, call, factor=factor)
        if len(seen) > MOST_SCALED:
            return


def factors_of(scene: Scene) -> list[Factor]:
    """What may be missing: the derivative of each value by one before it, entry by entry."""
    reading, found = scene.reading, []
    forward = reading.forward
    for index in sorted(forward):
        value = reading.values[index]
        for part in before(reading, value):
            local = local_derivative(reading, value, part)
            if local is not None and not np.allclose(local, 1):
                found.append(Factor(local, scene.trace.places[value.place].code, value, part))
    for layer in scene.roles.layers:
        local = local_derivative(reading, layer.a, layer.z)
        if local is not None and not np.allclose(local, 1):
            name = f"da/dz of `{scene.code(layer.a)}`"
            found.insert(0, Factor(local, name, layer.a, layer.z))
    for value in _named_forward(scene, scene.reading.iteration.end):
        if value.index not in {u.old.index for u in reading.iteration.updates} or not value.parts:
            found.append(Factor(np.asarray(value.value, dtype=float), scene.code(value)))
            if np.size(value.value) == 1 and float(np.reshape(value.value, ())):
                size = 1 / float(np.reshape(value.value, ()))
                found.append(Factor(size, f"1 / {scene.code(value)}"))
    different: list[Factor] = []
    for one in found:
        same = (np.array_equal(one.amount, other.amount) for other in different)
        if len(different) < MOST_FACTORS and not any(same):
            different.append(one)
    return different


def before(reading: Reading, value: Value) -> Iterator[Value]:
    """What a value was made of entry by entry, up to six operations back."""
    by, masks = reading.derivatives.by, reading.iteration.masks
    for _ in range(6):
        whole = [p for p in value.parts if p.index in masks and p.index in by]
        same = [p for p in whole if np.size(p.value) == np.size(value.value)]
        if len(whole) != 1 or not same or value.op in {"dot", "matmul"}:
            return
        value = same[0]
        yield value


def is_scale(scene: Scene, factor: Factor) -> bool:
    """Whether a factor is a number with a name that the forward phase multiplies by."""
    return factor.of is None and np.size(factor.amount) == 1 and bool(scene.reading.forward)


def is_masked(scene: Scene, factor: Factor) -> bool:
    """Whether a factor is a mask and its scale: products with what hangs on nothing learned."""
    depends, masked = scene.reading.iteration.depends, False
    value = factor.of
    while value is not None and value is not factor.by:
        parts = [p for p in value.parts if depends(p)]
        if value.op.removesuffix("=") not in {"multiply", "divide"} or len(parts) != 1:
            return False
        masked = masked or any(
            np.size(p.value) == np.size(value.value) > 1 and not np.all(p.value)
            for p in value.parts
            if p is not parts[0]
        )
        value = parts[0]
    return masked


def local_derivative(reading: Reading, of: Value, by: Value) -> Any:
    """d of / d by, entry by entry, from the program's own expressions; None where it is none."""
    from chainstep.scenarios.programs.deriving.derivatives import differentiate

    inside = reading.iteration.inside
    ones = np.ones(np.shape(of.value)) if np.shape(of.value) else 1.0
    found = differentiate(
        [(of, ones)], reading.iteration.depends, lambda v: inside(v) and v.index > by.index
    )
    return found.by.get(by.index)


def _stands_here(scene: Scene, value: Value, base: Value, call: int | None) -> bool:
    """Whether an operand is chosen here: what a function is given is chosen where it is called."""
    given = [c for c in value.calls if c not in base.calls and _is_given(scene, c, base)]
    return given[:1] == [call] if call is not None else not given


def _is_given(scene: Scene, call: int, base: Value) -> bool:
    """Whether a call names a value among what it gives: by a name of its own, or as it stands."""
    places = scene.trace.places
    code, own = places[call].code, places[call].function
    names = {
        name.code
        for name in (places[p] for p, _ in base.names)
        if name.function == own or not name.code.isidentifier()
    }
    return any(re.search(rf"(?<![\w.]){re.escape(name)}(?![\w(])", code) for name in names)


def _alike(scene: Scene, bases: Iterable[Value]) -> dict[int, int]:
    """Values that another forward phase computed again, as those of the layers that they equal."""
    known: dict[tuple[tuple[int, ...], bytes], int] = {}
    for _, layer in scene.roles.every:
        for one in (layer.a, layer.z, layer.weights):
            known.setdefault(_content(one), one.index)
    return {b.index: known[_content(b)] for b in bases if _content(b) in known}


def _content(value: Value) -> tuple[tuple[int, ...], bytes]:
    return np.shape(value.value), np.asarray(value.value).tobytes()


def _by_role(scene: Scene) -> Iterator[dict[int, Value]]:
    """z for a, a for z, the layer above or below: for all layers at once."""
    layers = scene.roles.every
    yield {x.a.index: x.z for _, x in layers if x.a is not x.z}
    yield {x.z.index: x.a for _, x in layers if x.a is not x.z}
    yield {x.a.index: base_of(i)[0] for _, x in layers if (i := inputs_of(x)) is not None}
    yield from _in_time(scene)
    news = {
        index: u.old
        for u in scene.reading.iteration.updates
        for index in (u.new.index, *(e.index for e in u.events))
        if u.events
    }
    yield news
    own = scene.roles.layers
    for shift in (1, -1):
        pairs = list(zip(own, own[shift:] if shift > 0 else [None, *own], strict=False))
        yield {one.weights.index: o.weights for one, o in pairs if o is not None}
        yield {one.a.index: o.a for one, o in pairs if o is not None}
        yield {one.z.index: o.z for one, o in pairs if o is not None}


def _in_time(scene: Scene) -> Iterator[dict[int, Value]]:
    """For what the forward phase makes step by step, the one of the step before, or after."""
    reading = scene.reading
    places: dict[int, list[Value]] = {}
    for index in sorted(reading.forward):
        value = reading.values[index]
        if (value.names and np.size(value.value) > 1) or value.op in {"tanh", "divide"}:
            places.setdefault(value.place, []).append(value)
    before: dict[int, Value] = {}
    after: dict[int, Value] = {}
    for rows in places.values():
        if not 1 < len(rows) <= MOST_STEPS or len({np.shape(v.value) for v in rows}) > 1:
            continue
        for one, other in pairwise(rows):
            if one.index in reading.iteration.ancestors([other]):
                before[other.index], after[one.index] = one, other
        first = _start_of(rows)
        if first is not None:
            before[rows[0].index], after[first.index] = first, rows[0]
    yield before
    yield after


def _start_of(rows: Sequence[Value]) -> Value | None:
    """What stood for the step before in the first step: its part where others have theirs."""
    ways = [(rows[0], rows[1], 0)]
    while ways:
        one, other, depth = ways.pop()
        for part, later in zip(one.parts, other.parts, strict=False):
            if later is rows[0]:
                return part
            if part.place == later.place and part is not later and depth < 6:
                ways.append((part, later, depth + 1))
    return None


def _single(
    scene: Scene, bases: dict[int, Value], values: Sequence[Value], call: int | None
) -> Iterator[Swap]:
    """Any other value of the same shape that the forward phase has a name for, for a single one."""
    if len(bases) > MOST_BASES:
        return  # many observations or steps: what is meant is another role, not another value
    last = scene.roles.layers[-1].a if scene.roles.layers else None
    for base in bases.values():
        data = not scene.reading.iteration.depends(base)
        seen: list[Any] = [base.value]
        for other in _named_forward(scene, values[0].index):
            shape, wanted = np.shape(other.value), np.shape(base.value)
            turned = shape != wanted and shape[::-1] == wanted
            if (shape != wanted and not turned) or other is base or (data and other is last):
                continue  # nobody takes a target for the output
            if any(np.array_equal(other.value, one) for one in seen):
                continue
            seen.append(other.value)
            yield Swap(base, other, {base.index: other}, call, turned)
            if len(seen) > MOST_OTHERS:
                break


def _named_forward(scene: Scene, before: int) -> Iterator[Value]:
    """Parameters, data and values of the forward phase that have a name or a role."""
    reading = scene.reading
    for update in reading.iteration.updates:
        yield update.old
    for index in sorted(reading.forward):
        value = reading.values[index]
        if index < before and (value.names or index in scene.roles.names):
            yield value
    seen: set[int] = set()
    for index in sorted(reading.forward):
        for part in reading.values[index].parts:
            if part.index not in reading.forward and part.index not in seen and part.names:
                seen.add(part.index)
                yield part


def remade(part: Value, base: Value, other: Any) -> Any:
    """What the part would be, had it been made of another value in the same way."""
    if part is base:
        return other
    inner = _inner_of(part) if part.chain < 0 else None
    if inner is None:
        return None
    below = remade(inner, base, other)
    if below is None:
        return None
    return done_again(part, tuple(below if a is inner else a for a in part.arguments))


def base_of(part: Value) -> tuple[Value, bool]:
    """The value that a factor is made of: without transposes, slices and rates; and if turned.

    A parameter is what it is, whatever it was made of.
    """
    turned = False
    while True:
        inner = _inner_of(part) if part.chain < 0 else None
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
