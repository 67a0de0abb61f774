"""Exchanges of a derivative for another that was computed, and of parts of arrays for others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import plain, repeat
from chainstep.scenarios.programs.mistakes.edits import Edit, Now
from chainstep.scenarios.programs.mistakes.scene import Scene
from chainstep.scenarios.programs.mistakes.swaps import Swap, base_of
from chainstep.scenarios.programs.seeing.values import Value

#: Derivatives that are tried in the place of one, and parts of an array in the place of one.
MOST_TRIED = 16


def derivative_edits(scene: Scene, place: int, values: Sequence[Value]) -> Iterator[Edit]:
    """Another derivative that was computed before, for one that this expression was given."""
    if len(values) != 1:
        return
    value = values[0]
    at = frozenset({value.index})
    yield from _weights_for_gradient(scene, value)
    for part in value.parts:
        own = scene.errors.right(part)
        if not own or np.size(part.value) < 2:
            continue
        seen: list[Any] = [part.value]
        for other in _derivatives(scene, part, value.index):
            if len(seen) > MOST_TRIED or any(np.array_equal(other.value, s) for s in seen):
                continue
            seen.append(other.value)
            swap = Swap(part, other, {part.index: other})
            yield Edit("derivative", place, at, swap.makes, swap=swap)


def _weights_for_gradient(scene: Scene, value: Value) -> Iterator[Edit]:
    """The weights, where their gradient stands."""
    learned = {u.old.index: u.old for u in scene.reading.iteration.updates}
    for part in value.parts:
        base = base_of(part)[0]
        for match in scene.errors.right(base):
            old = learned.get(match.of.index)
            if old is not None and np.shape(old.value) == np.shape(base.value):
                swap = Swap(base, old, {base.index: old})
                at = frozenset({value.index})
                yield Edit("weights", value.place, at, swap.makes, swap=swap)


def _derivatives(scene: Scene, part: Value, end: int) -> Iterator[Value]:
    """The derivatives of the same shape that were computed, by other values, the last first."""
    own = {m.of.index for m in scene.errors.right(part)}
    for index in sorted(scene.reading.path, reverse=True):
        other = scene.reading.values[index]
        if index >= end or np.shape(other.value) != np.shape(part.value):
            continue
        if any(m.of.index not in own and m.factor for m in scene.errors.right(other)):
            yield other


def part_edits(place: int, values: Sequence[Value]) -> Iterator[Edit]:
    """Another part of an array, as long; and one entry of each row for a whole column."""
    at, first = frozenset(v.index for v in values), values[0]
    if first.op == "item" and len(values) == 1:
        for index in _slices(np.shape(plain(first.arguments[0])), plain(first.arguments[1])):
            yield Edit("part", place, at, _picked(index), code=_text(index))
    if first.op == "store" and isinstance(first.arguments[1], tuple):
        yield Edit("rows", place, at, _of_rows)


def _slices(shape: tuple[int, ...], index: Any) -> Iterator[Any]:
    whole = index if isinstance(index, tuple) else (index,)
    if len(whole) > len(shape) or not all(isinstance(one, slice) for one in whole):
        return
    for axis, one in enumerate(whole):
        start, stop, step = one.indices(shape[axis])
        if step != 1 or stop - start in {0, shape[axis]}:
            continue
        for first in range(shape[axis] - (stop - start) + 1)[:MOST_TRIED]:
            if first != start:
                made = slice(first, first + stop - start)
                yield (*whole[:axis], made, *whole[axis + 1 :])


def _text(index: Any) -> str:
    parts = [f"{one.start or ''}:{one.stop if one.stop is not None else ''}" for one in index]
    return ", ".join(parts)


def _picked(index: Any) -> Callable[[Value, Now], Any]:
    def makes(value: Value, now: Now) -> Any:
        return now(value.arguments[0])[index]

    return makes


def _of_rows(value: Value, now: Now) -> Any:
    """`d[:, y] -= 1` as `d[range(n), y] -= 1`; None where it is nothing of the kind."""
    whole, index, put = value.arguments
    picked = put.arguments[0] if isinstance(put, Value) and len(put.arguments) == 2 else None
    if not isinstance(picked, Value) or picked.op != "item":
        return None
    index = plain(index)
    arrays = [np.asarray(one) for one in index if not isinstance(one, slice)]
    free = [k for k, one in enumerate(index) if isinstance(one, slice)]
    made = np.array(now(whole))
    if len(free) != 1 or len(arrays) != 1 or made.ndim != 2 or arrays[0].ndim != 1:
        return None
    if len(arrays[0]) != made.shape[free[0]]:
        return None
    rows = tuple(np.arange(len(arrays[0])) if k == free[0] else arrays[0] for k in (0, 1))
    made[rows] = repeat(put, (made[rows], now(put.arguments[1])))
    return made
