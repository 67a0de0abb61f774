"""Reads an iteration with one cost: which derivative every value on the way to the updates is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import plain
from chainstep.scenarios.programs.deriving.derivatives import Derivatives, differentiate
from chainstep.scenarios.programs.reading.iterations import Iteration, Update
from chainstep.scenarios.programs.reading.losses import Cost
from chainstep.scenarios.programs.reading.recognising import (
    CLOSE,
    CLOSE_SINGLE,
    Known,
    Match,
    Truth,
    constants_of,
)
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Value


@dataclass(eq=False)
class Reading:
    """One iteration read with one cost: what every value on the way to the updates is."""

    iteration: Iteration
    cost: Cost
    derivatives: Derivatives
    known: Known
    forward: set[int]
    path: set[int]
    matches: dict[int, list[Match]] = field(default_factory=dict)
    updates: dict[int, Match | None] = field(default_factory=dict)
    learned: tuple[int, ...] = ()
    rules: set[int] = field(default_factory=set)
    values: list[Value] = field(default_factory=list)

    @property
    def explained(self) -> bool:
        """Whether every update goes along its derivative."""
        return bool(self.learned) and all(self.updates.get(c) for c in self.learned)

    def update_match(self, old: Value, change: Any) -> Match | None:
        """What a change of a parameter is: its derivative, or that and a decay of its own."""
        match = self.known.is_of(change, old) or _with_decay(self, old, change)
        if match is not None and match.transposed and np.ndim(change) == 2:
            return None if np.shape(change)[0] == np.shape(change)[1] else match
        return match

    @property
    def score(self) -> float:
        right = sum(1 for c in self.learned if self.updates.get(c))
        count = sum(1 for index in self.path if self.matches.get(index))
        usual = 3 * (self.cost.kind == "half-squared-error")
        return 6 * right + count + usual - 0.01 * len(self.forward)


def read(trace: Trace, iteration: Iteration, cost: Cost, tie: float = 0.0) -> Reading:
    """Differentiates a cost, and recognises every value on the way to the updates."""

    def wanted(value: Value) -> bool:
        if value.index > iteration.end:
            return False
        if iteration.depends(value):
            return True
        kind = np.asarray(value.value).dtype.kind
        return kind == "f" and value.index <= iteration.start and np.size(value.value) < 5000

    derivatives = differentiate(list(cost.seeds), wanted, iteration.inside, tie)
    forward = iteration.ancestors([v for v, _ in cost.seeds])
    truths = [
        Truth(v, derivatives.by[v.index])
        for v in (*(u.old for u in iteration.updates), *iteration.values)
        if v.index in derivatives.by and v.index in iteration.masks
    ]
    seen = {t.of.index for t in truths}
    truths += [Truth(trace.values[i], g) for i, g in derivatives.by.items() if i not in seen]
    truths += [Truth(v, g, way) for v, way, g in derivatives.ways]
    single = any(np.asarray(v.value).dtype == np.float32 for v, _ in cost.seeds)
    known = Known(truths, _constants(iteration, forward), CLOSE_SINGLE if single else CLOSE)
    news = [e for u in iteration.updates for e in u.events]
    path = {
        index
        for index in iteration.ancestors(news) - {e.index for e in news}
        if index in iteration.masks and (index not in forward or _is_error(trace, index, cost))
    }
    reading = Reading(iteration, cost, derivatives, known, forward, path, values=trace.values)
    bearing = _bearing(reading)
    for index in sorted(path):
        value = trace.values[index]
        single = np.size(value.value) == 1 and bool(bearing)
        if np.asarray(value.value).dtype.kind == "f" and not (single and index not in bearing):
            reading.matches[index] = _own_matches(reading, value, known.matches(value.value))
    _read_updates(reading)
    return reading


def _bearing(reading: Reading) -> set[int]:
    """The values that hang on the targets: no other number is a derivative of the cost.

    Empty where the targets cannot be told from the data.
    """
    iteration, outputs = reading.iteration, [v for v, _ in reading.cost.pairs]
    ahead = iteration.ancestors(outputs)
    data = {p.index for i in ahead for p in reading.values[i].parts}
    roots = [v for v in iteration.values if v.place == reading.cost.place]
    if reading.cost.own:
        rest = reading.forward - ahead if outputs else set()
        targets = {p.index for i in rest for p in reading.values[i].parts} - data - reading.forward
        outside = {i for i in targets if reading.values[i].index not in iteration.masks}
        roots = [v for v in iteration.values if any(p.index in outside for p in v.parts)]
    bearing: set[int] = set()
    stack = list(roots)
    while stack:
        value = stack.pop()
        if value.index not in bearing:
            bearing.add(value.index)
            stack.extend(iteration.consumers.get(value.index, ()))
    return bearing


def _own_matches(reading: Reading, value: Value, matches: list[Match]) -> list[Match]:
    """What a value is, unless it is only one of its parts times a number that is no constant."""
    if any(m.truth.way is not None for m in matches) and not _is_added(reading, value):
        matches = [m for m in matches if m.truth.way is None]
    if value.op not in {"multiply", "divide"}:
        return matches
    for part in value.parts:
        others = [p for p in value.parts if p is not part]
        if others and reading.iteration.depends(others[0]):
            same = {m.of.index for m in reading.matches.get(part.index, ())}
            learned = {u.old.index for u in reading.iteration.updates}
            return [m for m in matches if m.of.index not in same or m.of.index in learned]
    return matches


#: What adds up the derivatives by several ways; and what only scales or moves one before that.
_ADDING = {"add", "subtract", "sum", "store", "add.at!", "concatenate", "stack", "array"}
_KEEPING = {"multiply", "divide", "negative", "reshape", "part", "transpose", "copy"}


def _is_added(reading: Reading, value: Value) -> bool:
    """Whether a value is added to another: the derivative by one way alone is right only then."""
    consumers = reading.iteration.consumers
    stack, seen = [value], {value.index}
    while stack:
        for one in consumers.get(stack.pop().index, ()):
            if one.op.removesuffix("=") in _ADDING:
                return True
            if one.op in _KEEPING and one.index not in seen:
                seen.add(one.index)
                stack.append(one)
    return False


def _is_error(trace: Trace, index: int, cost: Cost) -> bool:
    """Whether a value before the cost already holds an output against its target."""
    value = trace.values[index]
    outputs = {v.index for v, _ in cost.pairs}
    return value.op == "subtract" and any(p.index in outputs for p in value.parts)


def _read_updates(reading: Reading) -> None:
    learned: list[int] = []
    for update in reading.iteration.updates:
        if update.old.index not in reading.derivatives.by or not update.events:
            continue
        learned.append(update.chain)
        reading.updates[update.chain] = reading.update_match(update.old, update.change)
    reading.learned = tuple(learned)
    decays = [m for m in reading.updates.values() if m is not None and m.decay]
    for update in reading.iteration.updates if decays else ():
        if update.chain in learned and reading.updates[update.chain] is None:
            reading.updates[update.chain] = _decayed_alike(reading, update, decays[0])


def _penalises(reading: Reading) -> bool:
    """Whether the cost has a part for the size of some weights."""
    return any(in_cost(reading, u.old) for u in reading.iteration.updates)


def _decayed_alike(reading: Reading, update: Update, like: Match) -> Match | None:
    """A change of one or two numbers, where it decays as a larger parameter does."""
    whole = Truth(update.old, reading.derivatives.by[update.old.index])
    truth, weights = (np.ravel(np.asarray(x, float)) for x in (whole.value, update.old.value))
    change = np.ravel(np.asarray(update.change, float))
    for part in (weights, np.sign(weights)):
        made = like.factor * truth + like.decay * part
        if change.size == made.size and np.allclose(change, made, rtol=1e-6, atol=0):
            return Match(whole, like.factor, decay=like.decay)
    return None


def _with_decay(reading: Reading, old: Value, change: Any) -> Match | None:
    """The change as the derivative and a part of the weights themselves, where it is that.

    The part is their size or, of a penalty on their absolute values, their sign.
    """
    truth = np.asarray(reading.derivatives.by[old.index], dtype=float).ravel()
    weights = np.asarray(old.value, dtype=float).ravel()
    flat = np.asarray(change, dtype=float).ravel()
    if flat.size != truth.size or flat.size < 3 or not np.all(np.isfinite(flat)):
        return None
    finite = np.all(np.isfinite(truth)) and np.all(np.isfinite(weights))
    if not finite or (reading.cost.own and _penalises(reading)):
        return None  # what the cost has is in the derivative, and nothing else decays
    for part in (weights, np.sign(weights)):
        columns = np.stack([truth, part], axis=1)
        solution, _, rank, _ = np.linalg.lstsq(columns, flat, rcond=None)
        left = np.linalg.norm(flat - columns @ solution)
        if rank == 2 and solution[1] < 0 and left <= reading.known.close * np.linalg.norm(flat):
            whole = Truth(old, reading.derivatives.by[old.index])
            return Match(whole, float(solution[0]), decay=float(solution[1]))
    return None


def in_cost(reading: Reading, old: Value) -> bool:
    """Whether the cost has a part for the size of the weights: then they decay by that alone."""
    return any(
        c.index in reading.forward
        and (c.op in {"power", "square", "norm"} or (c.op == "multiply" and c.parts == (old, old)))
        for c in reading.iteration.consumers.get(old.index, ())
    )


def _constants(iteration: Iteration, forward: set[int]) -> set[float]:
    """Numbers that the backward phase multiplies or divides by, and how many rows the data have."""
    found: dict[object, float] = {}
    data: set[object] = set()
    for value in iteration.values:
        if value.op not in {"multiply", "divide"} or not iteration.depends(value):
            continue
        for one in value.arguments[:2]:
            if isinstance(one, Value) and iteration.depends(one):
                continue
            number = plain(one)
            if np.ndim(number) == 0 and isinstance(number, int | float | np.number):
                key: object = one.index if isinstance(one, Value) else (type(number), number)
                found[key] = abs(float(number))
                if value.index in forward and isinstance(number, float):
                    data.add(key)
    numbers = {number for key, number in found.items() if key not in data}
    rows = {float(n) for u in iteration.updates for n in np.shape(u.old.value) if n > 1}
    return constants_of(numbers | set(sorted(rows)[:2]))
