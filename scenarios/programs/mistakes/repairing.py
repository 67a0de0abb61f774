"""Tries single changes of a program until its wrong updates are right.

The user's own operations are done again with the change; what makes every wrong update right, and
leaves the right ones right, is what was meant.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import UNFIT, repeat
from chainstep.scenarios.programs.mistakes.edits import (
    Edit,
    edits_at,
    edits_of_call,
    edits_of_name,
    factors_at,
    factors_of_result,
)
from chainstep.scenarios.programs.mistakes.scene import Scene
from chainstep.scenarios.programs.mistakes.swaps import Factor, base_of, factors_of
from chainstep.scenarios.programs.reading.iterations import Update
from chainstep.scenarios.programs.seeing.values import Value

#: Operations that are done again in all trials.
MOST_REPEATED = 40_000
#: Values of one place, or inside one call, that are changed together.
MOST_VALUES = 1500


@dataclass(frozen=True)
class Repair:
    """A change that makes the updates right: the first value it changes, and what that becomes."""

    edit: Edit
    value: Value
    made: Any


class Trials:
    """The wrong updates, the right ones, and how often operations were done again."""

    def __init__(self, scene: Scene, wrong: Sequence[Update]) -> None:
        self._scene = scene
        self._reading = scene.reading
        self.wrong = wrong
        iteration = scene.reading.iteration
        self.slices = {u.chain: sorted(iteration.ancestors(u.events)) for u in iteration.updates}
        self._right = [
            u
            for u in iteration.updates
            if u.events and u not in wrong and self._reading.updates.get(u.chain) is not None
        ]
        factors = [m.factor for u in self._right if (m := self._reading.updates[u.chain])]
        self._usual = max(set(factors), key=factors.count) if factors else None
        self._ruled = bool(self._reading.rules)
        self.left = MOST_REPEATED

    def places(self) -> list[tuple[int, list[Value]]]:
        """The places on the way to the first wrong update, each with all its backward values."""
        reading = self._reading
        way = [i for i in self.slices[self.wrong[0].chain] if i not in reading.forward]
        wanted = dict.fromkeys(reading.values[i].place for i in way)
        every = {i for u in self.wrong for i in self.slices[u.chain]} | {
            i for u in self._right for i in self.slices[u.chain]
        }
        found: dict[int, list[Value]] = {p: [] for p in wanted}
        for index in sorted(every):
            value = reading.values[index]
            if value.place in found:
                found[value.place].append(value)
        events = {e.place for u in reading.iteration.updates for e in u.events}
        return [
            (p, rows)
            for p, rows in found.items()
            if p not in events and not any(v.index in reading.forward for v in rows)
        ]

    def calls(self) -> list[tuple[int, list[Value]]]:
        """The calls of the program's own functions on that way, with what is in them."""
        reading = self._reading
        forward = {c for i in reading.forward for c in reading.values[i].calls}
        way = self.slices[self.wrong[0].chain]
        found: dict[int, list[Value]] = {
            c: [] for i in way for c in reading.values[i].calls if c >= 0 and c not in forward
        }
        for index in sorted({i for rows in self.slices.values() for i in rows}):
            for call in dict.fromkeys(reading.values[index].calls):
                if call in found:
                    found[call].append(reading.values[index])
        return list(found.items())

    def ways(self) -> Iterator[Edit]:
        """Derivatives by one way alone, on the way to the first wrong update, made whole."""
        reading = self._reading
        by = reading.derivatives.by
        for index in self.slices[self.wrong[0].chain]:
            value = reading.values[index]
            if index not in reading.path or index not in self._scene.errors.carry:
                continue
            for match in reading.known.matches(value.value):
                whole = by.get(match.of.index)
                if match.truth.way is None or whole is None or match.transposed:
                    continue
                made = np.asarray(whole, dtype=float) * match.factor
                made = (
                    made.reshape(np.shape(value.value))
                    if made.size == np.size(value.value)
                    else made
                )
                yield Edit("way", value.place, frozenset({index}), _always(made), way=match.truth)

    def names(self) -> dict[int, tuple[list[Value], list[Value]]]:
        """Names that values are given again on the way back, with what uses them by these."""
        reading, trace = self._reading, self._scene.trace
        last = max(reading.forward, default=-1)
        way = {i for rows in self.slices.values() for i in rows if i not in reading.forward}
        found: dict[int, tuple[list[Value], list[Value]]] = {}
        for index in sorted(way):
            value = reading.values[index]
            for part in value.parts:
                base = base_of(part)[0]
                for place, time in base.names[-3:]:
                    name = trace.places[place]
                    alias = base.place < 0 or trace.places[base.place].line != name.line
                    used = alias and last < time <= index
                    if used and name.code in trace.places[value.place].code:
                        bases, users = found.setdefault(place, ([], []))
                        bases.append(base)
                        users.append(value)
        return found

    def counted(self, edits: Iterator[Edit], values: Sequence[Value]) -> Iterator[Edit]:
        """Changes, each with what it costs to look at so many values."""
        if len(values) > MOST_VALUES:
            return
        for edit in edits:
            self.left -= len(values)
            if self.left < 0:
                return
            yield edit

    def works(self, edit: Edit, updates: Sequence[Update]) -> bool:
        """Whether these updates are right with a change, and the right ones still are."""
        factor = self._usual
        for update in updates:
            found = self._factor(edit, update)
            if found is None or found >= 0:
                return False
            if factor is not None and abs(found - factor) > 1e-5 * abs(factor):
                return False
            factor = found
        return all(
            self._factor(edit, u) is not None
            for u in self._right
            if not edit.at.isdisjoint(self.slices[u.chain])
        )

    def _factor(self, edit: Edit, update: Update) -> float | None:
        """How far an update goes along its derivative with a change; None where it does not."""
        way = self.slices[update.chain]
        order = way[bisect_left(way, min(edit.at)) :]
        self.left -= 20  # what a trial costs beside its operations
        try:
            new = self._replayed(order, edit)
        except UNFIT:
            return None
        reading = self._reading
        if update.new.index in new:
            amount = np.asarray(new[update.new.index])
            if amount.dtype.kind not in "fiu":
                return None
            old = np.asarray(update.old.value, dtype=float)
            if amount.shape == old.shape:
                match = reading.update_match(update.old, amount - old)
                if match is not None and match.factor:
                    return match.factor
        if self._ruled or self._usual is None:
            for index, made in new.items():
                real = np.asarray(made).dtype.kind in "fiu"
                if real and index not in edit.at and np.size(made) == np.size(update.old.value):
                    match = reading.known.is_of(made, update.old)
                    if match is not None and match.factor and self._ruled:
                        return self._usual or -abs(match.factor)
        return None

    def _replayed(self, order: Sequence[int], edit: Edit) -> dict[int, Any]:
        new: dict[int, Any] = {}

        def now(thing: Any) -> Any:
            if isinstance(thing, Value):
                return new.get(thing.index, thing.value)
            if isinstance(thing, list | tuple):
                return type(thing)(now(one) for one in thing)
            return thing

        with np.errstate(all="ignore"):
            for index in order:
                value = self._reading.values[index]
                if index in edit.at:
                    made = edit.makes(value, now)
                    if made is None:
                        continue
                    if np.shape(made) == np.shape(value.value) and np.array_equal(
                        made, value.value
                    ):
                        continue
                elif any(p.index in new for p in value.parts):
                    made = repeat(value, tuple(now(one) for one in value.arguments))
                else:
                    continue
                self.left -= 1
                new[index] = made
        return new


def repair_of(scene: Scene, wrong: Sequence[Update]) -> Repair | None:
    """The first change that makes every wrong update right, and leaves the right ones right."""
    trials = Trials(scene, wrong)
    for edit in _edits(scene, trials):
        if trials.left < 0:
            break
        if trials.works(edit, wrong):
            return _made(scene, edit)
    return None


def _edits(scene: Scene, trials: Trials) -> Iterator[Edit]:
    """All changes of expressions, of what calls are given, and of what is picked by a name."""
    yield from trials.ways()
    rows = [(min(v.index for v in values), edits_at, p, values) for p, values in trials.places()]
    rows += [
        (min(v.index for v in values), edits_of_call, p, values) for p, values in trials.calls()
    ]
    for _, edits, place, values in sorted(rows, key=lambda row: row[0]):
        yield from trials.counted(edits(scene, place, values), values)
    for place, (bases, values) in trials.names().items():
        yield from trials.counted(edits_of_name(scene, place, values, bases), values)


def lacking(
    scene: Scene, wrong: Sequence[Update], chosen: Callable[[Scene, Factor], bool] | None = None
) -> Repair | None:
    """A factor without which the updates are wrong, at the place where it most likely belongs."""
    trials = Trials(scene, wrong)
    factors = [one for one in factors_of(scene) if chosen is None or chosen(scene, one)]
    if not factors:
        return None
    found: list[Edit] = []
    for edit in _with_factors(scene, trials, factors):
        if trials.left < 0:
            break
        if trials.works(edit, wrong):
            found.append(edit)
    if not found:
        return None
    return _made(scene, max(found, key=lambda edit: _belongs(scene, edit)))


def _with_factors(scene: Scene, trials: Trials, factors: Sequence[Factor]) -> Iterator[Edit]:
    for place, (_, values) in trials.names().items():
        yield from trials.counted(factors_at(scene, place, values, factors, None), values)
    for place, values in trials.calls():
        yield from trials.counted(factors_at(scene, place, values, factors, place), values)
    for place, values in trials.places():
        yield from trials.counted(factors_at(scene, place, values, factors, None), values)
        yield from trials.counted(factors_of_result(place, values, factors), values)


def _belongs(scene: Scene, edit: Edit) -> tuple[bool, bool, bool, int]:
    """How likely a factor is missing here: where its companions are, in one place for all."""
    factor = edit.swap.factor if edit.swap is not None else None
    of, by = (factor.of, factor.by) if factor is not None else (None, None)
    code = scene.trace.places[edit.place].code
    companions = _companions(scene, of, by) if of is not None else _masks(scene, edit)
    named = any(re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", code) for name in companions)
    slope = of is not None and scene.roles.layer_of(of) is not None
    return named, edit.kind == "name", slope, -min(edit.at)


def _companions(scene: Scene, *values: Value | None) -> set[str]:
    """What stands beside the forward values of a factor: masks and numbers, by their names."""
    depends = scene.reading.iteration.depends
    parts = [p for one in values if one is not None for p in one.parts if not depends(p)]
    return {scene.trace.places[n].code for p in parts for n, _ in p.names}


def _masks(scene: Scene, edit: Edit) -> set[str]:
    """The names of the masks that the forward phase multiplies together with a number."""
    factor = edit.swap.factor if edit.swap is not None else None
    wanted = factor.code.removeprefix("1 / ") if factor is not None else ""
    found: set[str] = set()
    for index in scene.reading.forward:
        value = scene.reading.values[index]
        if value.op in {"multiply", "divide"} and any(
            np.size(p.value) == 1 and scene.code(p) == wanted for p in value.parts
        ):
            found |= _companions(scene, value, *value.parts)
    return found - {wanted}


def _always(made: Any) -> Callable[[Value, Any], Any]:
    def makes(value: Value, now: Any) -> Any:
        del value, now
        return made

    return makes


def _made(scene: Scene, edit: Edit) -> Repair:
    value = scene.reading.values[min(edit.at)]
    try:
        with np.errstate(all="ignore"):
            made = edit.makes(value, _plainly)
    except UNFIT:
        made = None
    return Repair(edit, value, made)


def _plainly(thing: Any) -> Any:
    if isinstance(thing, Value):
        return thing.value
    if isinstance(thing, list | tuple):
        return type(thing)(_plainly(one) for one in thing)
    return thing
