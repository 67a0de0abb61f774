"""The wrong updates with a change: whether they are right then, and what may be changed.

The user's own operations are done again with the change, in their order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import UNFIT, as_it_is_in, repeat
from chainstep.scenarios.programs.mistakes.edits import Edit
from chainstep.scenarios.programs.mistakes.scene import Scene
from chainstep.scenarios.programs.mistakes.swaps import base_of
from chainstep.scenarios.programs.reading.iterations import Update
from chainstep.scenarios.programs.reading.recognising import Truth
from chainstep.scenarios.programs.seeing.values import Value

#: Operations that are done again in all trials.
MOST_REPEATED = 40_000
#: Values of one place, or inside one call, that are changed together.
MOST_VALUES = 1500


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
        found = [self._reading.updates[u.chain] for u in self._right]
        factors = [float(f"{m.factor:.9g}") for m in found if m is not None and m.factor]
        self._usual = max(dict.fromkeys(factors), key=factors.count) if factors else None
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

    def lines(self) -> list[tuple[list[int], list[Value]]]:
        """The lines on that way with several expressions: their places, and the values there."""
        found: dict[tuple[str, int], tuple[list[int], list[Value]]] = {}
        for place, values in self.places():
            where = self._scene.trace.places[place]
            places, rows = found.setdefault((where.file, where.line), ([], []))
            places.append(place)
            rows += values
        return [
            (places, sorted(rows, key=lambda v: v.index))
            for places, rows in found.values()
            if len(places) > 1
        ]

    def backward(self) -> list[Value]:
        """Everything on the way to the updates that is no part of the forward phase."""
        reading = self._reading
        events = {e.index for u in reading.iteration.updates for e in u.events}
        way = {i for rows in self.slices.values() for i in rows}
        return [reading.values[i] for i in sorted(way - events - reading.forward)]

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
        """Derivatives by one way alone, on the way to the first wrong update, made whole.

        Where an expression runs several times all that it made are made whole together.
        """
        reading = self._reading
        found: dict[int, dict[int, tuple[Any, Truth]]] = {}
        for index in self.slices[self.wrong[0].chain]:
            value = reading.values[index]
            if index not in reading.path or index not in self._scene.errors.carry:
                continue
            for made, truth in self._whole(value):
                table = found.setdefault(value.place, {})
                table.setdefault(index, (made, truth))
                edit = Edit("way", value.place, frozenset({index}), _always(made), way=truth)
                yield edit
        for place, table in found.items():
            if len(table) > 1:
                truth = next(iter(table.values()))[1]
                yield Edit("way", place, frozenset(table), _each(table), way=truth)

    def _whole(self, value: Value) -> Iterator[tuple[Any, Truth]]:
        """What a value would be by all ways, where it is a derivative by one alone."""
        reading = self._reading
        for match in reading.known.matches(value.value):
            whole = reading.derivatives.by.get(match.of.index)
            if match.truth.way is None or whole is None or match.transposed:
                continue
            made = np.asarray(whole, dtype=float) * match.factor
            shape = np.shape(value.value)
            yield made.reshape(shape) if made.size == np.size(value.value) else made, match.truth

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
            if found is None or (found >= 0 and not self._ruled):
                return False
            if factor is not None and abs(found - factor) > 1e-5 * abs(factor):
                return False
            factor = found
        return all(
            self._keeps(edit, u)
            for u in self._right
            if not edit.at.isdisjoint(self.slices[u.chain])
        )

    def _keeps(self, edit: Edit, update: Update) -> bool:
        """Whether an update that is right stays as it was, or gets the factor of the others."""
        found = self._factor(edit, update, unmoved=self._unmoved(update))
        match = self._reading.updates.get(update.chain)
        if found is None or match is None:
            return False
        wanted = (match.factor, self._usual or match.factor)
        return self._ruled or any(abs(found - f) <= 1e-5 * abs(f) for f in wanted)

    def _unmoved(self, update: Update) -> bool:
        """Whether an update is right because its derivative is 0."""
        match = self._reading.updates.get(update.chain)
        return match is not None and not match.factor

    def _factor(self, edit: Edit, update: Update, *, unmoved: bool = False) -> float | None:
        """How far an update goes along its derivative with a change; None where it does not.

        0 counts where the update was ``unmoved`` before.
        """
        way = self.slices[update.chain]
        order = way[bisect_left(way, min(edit.at)) :]
        self.left -= 20  # what a trial costs beside its operations
        try:
            new = self._replayed(order, edit)
        except UNFIT:
            return None
        reading = self._reading
        if unmoved and update.new.index not in new:
            return 0.0
        if update.new.index in new:
            amount = np.asarray(new[update.new.index])
            if amount.dtype.kind not in "fiu":
                return None
            old = np.asarray(update.old.value, dtype=float)
            if amount.shape == old.shape:
                match = reading.update_match(update.old, amount - old)
                if match is not None and (match.factor or unmoved):
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
        now = as_it_is_in(new)
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


def _always(made: Any) -> Callable[[Value, Any], Any]:
    def makes(value: Value, now: Any) -> Any:
        del value, now
        return made

    return makes


def _each(table: dict[int, tuple[Any, Truth]]) -> Callable[[Value, Any], Any]:
    def makes(value: Value, now: Any) -> Any:
        del now
        return table[value.index][0]

    return makes
