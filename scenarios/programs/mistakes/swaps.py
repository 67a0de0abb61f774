"""Values that may have been meant in the place of others: of another role, or another name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import done_again, repeat
from chainstep.scenarios.programs.mistakes.scene import Scene
from chainstep.scenarios.programs.reading.layers import inputs_of
from chainstep.scenarios.programs.seeing.values import Value

#: Values that are tried in the place of a single one.
MOST_OTHERS = 24


@dataclass(frozen=True)
class Swap:
    """Operands and what stands for them; inside a call only where they come from outside."""

    base: Value
    other: Value
    partners: Mapping[int, Value] = field(repr=False)
    call: int | None = None
    turned: bool = False
    alike: Mapping[int, int] = field(default_factory=dict, repr=False)

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
        base = base_of(part)[0]
        return self.partners.get(self.alike.get(base.index, base.index))

    def _remade(self, part: Value, other: Any) -> Any:
        base, _ = base_of(part)
        amount = np.asarray(other).T if self.turned else other
        made = remade(part, base, amount)
        if made is None:
            raise ValueError
        return made


def swaps_of(scene: Scene, values: Sequence[Value], call: int | None = None) -> Iterator[Swap]:
    """The exchanges for the operands of these values, of one place or inside one call."""
    bases: dict[int, Value] = {}
    for value in values:
        for part in value.parts:
            base = base_of(part)[0]
            if base.index not in scene.errors.carry and _stands_here(scene, value, base, call):
                bases.setdefault(base.index, base)
    alike = _alike(scene, bases.values())
    for partners in _by_role(scene):
        found = next((b for i, b in bases.items() if alike.get(i, i) in partners), None)
        if found is not None:
            other = partners[alike.get(found.index, found.index)]
            yield Swap(found, other, partners, call, alike=alike)
    yield from _single(scene, bases, values, call)


def _stands_here(scene: Scene, value: Value, base: Value, call: int | None) -> bool:
    """Whether an operand is chosen here: what a function is given is chosen where it is called."""
    given = [c for c in value.calls if c not in base.calls and _is_given(scene, c, base)]
    return given[:1] == [call] if call is not None else not given


def _is_given(scene: Scene, call: int, base: Value) -> bool:
    """Whether a call names a value among what it gives: by a name of its own, or as it stands."""
    places = scene.trace.places
    code = places[call].code
    names = {places[p].code for p, _ in base.names}
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


def _single(
    scene: Scene, bases: dict[int, Value], values: Sequence[Value], call: int | None
) -> Iterator[Swap]:
    """Any other value of the same shape that the forward phase has a name for, for a single one."""
    for base in list(bases.values())[:4]:
        seen: list[Any] = [base.value]
        for other in _named_forward(scene, values[0].index):
            shape, wanted = np.shape(other.value), np.shape(base.value)
            turned = shape != wanted and shape[::-1] == wanted
            if (shape != wanted and not turned) or other is base:
                continue
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
    inner = _inner_of(part)
    if inner is None:
        return None
    below = remade(inner, base, other)
    if below is None:
        return None
    return done_again(part, tuple(below if a is inner else a for a in part.arguments))


def base_of(part: Value) -> tuple[Value, bool]:
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
