"""Cuts what a program did into iterations: from one round of updates to the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from chainstep.scenarios.programs.reading.never_updated import never_updated
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.updates import SHAPES, unscaled
from chainstep.scenarios.programs.seeing.values import Array, Value

#: Values after the last update in which a decay of the weights still belongs to it.
NEAR = 4


@dataclass(frozen=True)
class Update:
    """One parameter in one iteration: as it was, as it became, and by which expressions."""

    chain: int
    old: Value
    new: Value
    events: tuple[Value, ...]

    @property
    def change(self) -> Array:
        """What was added to the parameter."""
        if len(self.events) == 1 and self.new.op in {"add", "subtract"}:
            left, right = self.new.arguments[:2]
            if left is self.old and isinstance(right, Value):
                sign = 1.0 if self.new.op == "add" else -1.0
                return np.asarray(sign * np.asarray(right.value))
            if right is self.old and isinstance(left, Value) and self.new.op == "add":
                return np.asarray(left.value, dtype=float)
        new = np.asarray(self.new.value, dtype=float)
        return np.asarray(new - np.asarray(self.old.value, dtype=float))


@dataclass(eq=False)
class Iteration:
    """The values from one round of updates to the next, and which parameters each depends on.

    ``masks`` has a bit for each parameter, by the index of a value; no entry where there is none.
    """

    number: int
    start: int
    end: int
    updates: tuple[Update, ...]
    values: list[Value]
    masks: dict[int, int] = field(default_factory=dict)
    consumers: dict[int, list[Value]] = field(default_factory=dict)
    late: set[int] = field(default_factory=set)

    def depends(self, value: Value) -> bool:
        """Whether a value hangs on a parameter, in this iteration."""
        return value.index in self.masks

    def inside(self, value: Value) -> bool:
        return self.start < value.index <= self.end

    def ancestors(self, values: Iterable[Value]) -> set[int]:
        """The values of this iteration that these were made from, themselves included."""
        found: set[int] = set()
        stack = list(values)
        while stack:
            value = stack.pop()
            if value.index in found or not self.inside(value):
                continue
            found.add(value.index)
            stack.extend(value.parts)
        return found


def iterations_of(trace: Trace) -> list[Iteration]:
    """The iterations in which something was updated, in their order."""
    events = trace.updates.events
    linked = trace.updates.linked
    if linked:
        events = [(chain, value) for chain, value in events if chain in linked]
    versions = _versions(trace.values)
    groups: list[list[tuple[int, Value]]] = []
    keys: set[tuple[int, str]] = set()
    for chain, value in events:
        key = (chain, _key(value))
        if not groups or (key in keys and _anew(groups[-1], value)):
            groups.append([])
            keys = set()
        keys.add(key)
        groups[-1].append((chain, value))
    made: list[Iteration] = []
    start = -1
    for group in groups:
        end = group[-1][1].index
        late = [v.index for chain, _ in group for v in versions[chain]]
        end = max(i for i in [end, *late] if i <= group[-1][1].index + NEAR)
        made.append(_iteration(trace, len(made) + 1, start, end, group, versions))
        start = end
    return made


def _key(value: Value) -> str:
    return repr(value.arguments[1]) if value.op == "store" else ""


def _anew(group: list[tuple[int, Value]], value: Value) -> bool:
    """Whether an update was computed from what the last ones made, not from the same things."""
    first = group[0][1].index
    news = {v.index for _, v in group}
    stack = [p for p in value.parts if p.index not in news and unscaled(p).index not in news]
    seen: set[int] = set()
    while stack:
        part = stack.pop()
        if part.index in news:
            return True
        if part.index not in seen and part.index >= first:
            seen.add(part.index)
            stack.extend(part.parts)
    return False


def _versions(values: list[Value]) -> dict[int, list[Value]]:
    found: dict[int, list[Value]] = {}
    for value in values:
        if value.chain >= 0:
            found.setdefault(value.chain, []).append(value)
    return found


def _beginning(trace: Trace, updates: list[Update]) -> int:
    """Before the first iteration: what was there when a parameter was first used.

    A number in a list is seen when it is used; others may have been used before.
    """
    olds = {u.old.index for u in updates}
    last = max(olds)
    for value in trace.values[min(olds) + 1 : last]:
        used = value.index not in olds and value.op not in SHAPES
        if used and any(p.index in olds and np.size(p.value) == 1 for p in value.parts):
            return value.index - 1
    return last


def _iteration(
    trace: Trace,
    number: int,
    start: int,
    end: int,
    group: list[tuple[int, Value]],
    versions: dict[int, list[Value]],
) -> Iteration:
    updates: list[Update] = []
    for chain in dict.fromkeys(chain for chain, _ in group):
        events = tuple(v for c, v in group if c == chain)
        before = [v for v in versions[chain] if v.index < events[0].index and v.index <= start]
        early = [v for v in versions[chain] if v.index < events[0].index]
        old = before[-1] if before else early[0]
        new = [v for v in versions[chain] if v.index <= end][-1]
        updates.append(Update(chain, old, new, events))
    if start < 0:
        start = _beginning(trace, updates)
    values = trace.values[start + 1 : end + 1]
    known = {u.old.index for u in updates} | {v.index for rows in versions.values() for v in rows}
    fixed = [Update(-1 - n, v, v, ()) for n, v in enumerate(never_updated(values, start, known))]
    made = Iteration(number, start, end, (*updates, *fixed), values)
    _mark(made)
    return made


def _mark(iteration: Iteration) -> None:
    """Notes which parameters each value hangs on, and what was made from each."""
    masks = iteration.masks
    for bit, update in enumerate(iteration.updates):
        masks[update.old.index] = 1 << bit
    news = {u.new.index for u in iteration.updates if u.events} | {
        e.index for u in iteration.updates for e in u.events
    }
    for value in iteration.values:
        mask = 0
        for part in value.parts if value.op not in SHAPES else ():
            mask |= masks.get(part.index, 0)
            iteration.consumers.setdefault(part.index, []).append(value)
            if part.index in news or part.index in iteration.late:
                iteration.late.add(value.index)
        if mask:
            masks[value.index] = mask
