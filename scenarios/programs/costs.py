"""Finds the cost: the one that the program computes, or the one that explains what it does."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from chainstep.scenarios.programs.again import plain
from chainstep.scenarios.programs.derivatives import Derivatives, differentiate
from chainstep.scenarios.programs.iterations import Iteration
from chainstep.scenarios.programs.recognising import (
    CLOSE,
    CLOSE_SINGLE,
    Known,
    Match,
    Truth,
    constants_of,
)
from chainstep.scenarios.programs.tracing import Trace
from chainstep.scenarios.programs.values import Value

#: Costs that are tried in one iteration.
MOST_TRIED = 40
_COST_NAMES = re.compile(
    r"(^|[._\[\"'])(total_?|mean_?|avg_?|sum_?|train_?|epoch_?|running_?|data_?|batch_?|curr\w*_?)?"
    r"(loss(es)?|costs?|err(or)?s?|objective|mse|sse|bce|nll|xent|cross_?entropy|j|e|c|l)"
    r"(_?\w{0,9})?([\"'\]]|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Cost:
    """One candidate: the derivative by what it is made of, its kind, and where it stands.

    ``seeds`` start the way back; ``pairs`` are outputs and targets where it has such.
    """

    kind: str
    seeds: tuple[tuple[Value, Any], ...]
    place: int
    own: bool = False
    pairs: tuple[tuple[Value, Any], ...] = ()
    named: bool = False


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

    @property
    def score(self) -> float:
        right = sum(1 for c in self.learned if self.updates.get(c))
        count = sum(1 for index in self.path if self.matches.get(index))
        usual = 3 * (self.cost.kind == "half-squared-error")
        return 6 * right + count + usual - 0.01 * len(self.forward)


def costs_of(trace: Trace, iteration: Iteration) -> list[Cost]:
    """The candidates: numbers that the program computes, and losses of outputs and targets."""
    made = iteration.ancestors([e for u in iteration.updates for e in u.events])
    losses = _losses(iteration)
    own = [_with_pairs(iteration, cost, losses) for cost in _own_costs(trace, iteration, made)]
    return [*own, *losses][:MOST_TRIED]


def _with_pairs(iteration: Iteration, cost: Cost, losses: list[Cost]) -> Cost:
    """The program's own cost, with the outputs and targets that it is made of."""
    before = iteration.ancestors([v for v, _ in cost.seeds])
    for loss in losses:
        inner = [pair for pair in loss.pairs if pair[0].index in before]
        if inner and not any(
            _followers(iteration, o) & {v.index for v, _ in inner} for o, _ in inner
        ):
            return replace(cost, pairs=tuple(inner))
    return cost


def _own_costs(trace: Trace, iteration: Iteration, made: set[int]) -> list[Cost]:
    """Numbers that hang on the parameters and from which no update was made."""
    by_place: dict[int, list[Value]] = {}
    for value in iteration.values:
        if np.size(value.value) != 1 or not iteration.depends(value) or value.index in made:
            continue
        if np.asarray(value.value).dtype.kind != "f" or value.index in iteration.late:
            continue
        by_place.setdefault(value.place, []).append(value)
    rows: list[tuple[tuple[bool, ...], int, Cost]] = []
    for place, values in by_place.items():
        last = values[-1]
        named = any(_COST_NAMES.search(trace.places[p].code) for v in values for p, _ in v.names)
        named = named or bool(_COST_NAMES.search(trace.places[place].function.split(".")[-1]))
        shown = any(v.shown for v in values)
        ends = not any(iteration.depends(c) for c in iteration.consumers.get(last.index, ()))
        full = iteration.masks[last.index].bit_count()
        rank = (ends and named, ends and shown, named, ends)
        seeds: list[tuple[tuple[Value, Any], ...]] = [((last, _ones(last)),)]
        if len(values) > 1 and last.index not in _followers(iteration, values[0]):
            seeds.insert(0, tuple((v, _ones(v)) for v in values))
        rows += [(rank, full, Cost("own", one, place, own=True, named=named)) for one in seeds]
    rows.sort(key=lambda row: (row[1], row[0]), reverse=True)
    return [cost for _, _, cost in rows[:14]]


def _ones(value: Value) -> Any:
    return np.ones(np.shape(value.value)) if np.shape(value.value) else 1.0


def _followers(iteration: Iteration, value: Value) -> set[int]:
    """What was made from a value in this iteration."""
    found: set[int] = set()
    stack = [value]
    while stack:
        for one in iteration.consumers.get(stack.pop().index, ()):
            if one.index not in found:
                found.add(one.index)
                stack.append(one)
    return found


def _losses(iteration: Iteration) -> list[Cost]:
    """The usual losses of every pair (output, target) that the program holds against each other."""
    pairs: dict[int, list[tuple[Value, Any]]] = {}
    labels: dict[int, list[tuple[Value, Any]]] = {}
    for value in iteration.values:
        if value.op == "subtract" and len(value.arguments) == 2:
            pair = _pair(iteration, value)
            if pair is not None:
                pairs.setdefault(value.place, []).append(pair)
            picked = value.arguments[0]
            if isinstance(picked, Value) and picked.op == "item" and _is_one(value.arguments[1]):
                whole = picked.arguments[0]
                if isinstance(whole, Value) and iteration.depends(whole):
                    labels.setdefault(value.place, []).append((whole, plain(picked.arguments[1])))
    made: list[Cost] = []
    for place, found in pairs.items():
        for kind in LOSSES:
            cost = _loss(kind, place, found)
            if cost is not None:
                made.append(cost)
    whole = _all_pairs(iteration, pairs)
    if whole is not None:
        place, found = whole
        for kind in LOSSES:
            cost = _loss(kind, place, found)
            if cost is not None:
                made.insert(0, cost)
    for place, found in labels.items():
        seeds = tuple((o, _of_labels(o, index)) for o, index in found)
        made.append(Cost("cross-entropy", seeds, place, pairs=tuple(found)))
    return made


def _all_pairs(
    iteration: Iteration, pairs: dict[int, list[tuple[Value, Any]]]
) -> tuple[int, list[tuple[Value, Any]]] | None:
    """The pairs of all places together, where single numbers are held against targets."""
    found: dict[int, tuple[Value, Any]] = {}
    for rows in pairs.values():
        for output, target in rows:
            if np.ndim(output.value) == 0 and iteration.masks[output.index]:
                found.setdefault(output.index, (output, target))
    behind: set[int] = set()
    for output, _ in found.values():
        behind |= iteration.ancestors(output.parts)
    last = [pair for index, pair in found.items() if index not in behind]
    if len(last) < 2 or len(pairs) < 2:
        return None
    return min(pairs), last


def _is_one(thing: Any) -> bool:
    number = plain(thing)
    return np.ndim(number) == 0 and float(number) == 1.0


def _of_labels(output: Value, index: Any) -> Any:
    seed = np.zeros(np.shape(output.value))
    with np.errstate(all="ignore"):
        seed[index] = -1 / np.asarray(output.value)[index]
    return seed


def _pair(iteration: Iteration, value: Value) -> tuple[Value, Any] | None:
    """Output and target of a difference, where one side hangs on the parameters."""
    left, right = value.arguments
    for number, (one, other) in enumerate(((left, right), (right, left))):
        if not isinstance(one, Value) or not iteration.depends(one):
            continue
        if isinstance(other, Value) and iteration.depends(other):
            continue
        if not isinstance(other, Value | int | np.integer) or value.literal & (2 >> number):
            continue
        if np.asarray(one.value).dtype.kind == "f" and one.index not in iteration.late:
            return one, plain(other)
    return None


def squares(output: Any, target: Any) -> Any:
    """dC/da of half the squared error."""
    return output - target


def two_sided(output: Any, target: Any) -> Any:
    """dC/da of the binary cross-entropy."""
    return (output - target) / (output * (1 - output))


def one_sided(output: Any, target: Any) -> Any:
    """dC/da of the cross-entropy."""
    return -target / output


def absolute(output: Any, target: Any) -> Any:
    """dC/da of the absolute error."""
    return np.sign(output - target)


#: The losses that are tried where the program computes none, by their derivative.
LOSSES = {
    "half-squared-error": squares,
    "binary-cross-entropy": two_sided,
    "cross-entropy": one_sided,
    "absolute-error": absolute,
}


def _loss(kind: str, place: int, pairs: list[tuple[Value, Any]]) -> Cost | None:
    seeds: list[tuple[Value, Any]] = []
    for output, target in pairs:
        a, y = np.asarray(output.value, dtype=float), np.asarray(target, dtype=float)
        if kind.endswith("entropy") and not (
            np.all((a >= 0) & (a <= 1)) and np.all((y >= -1e-9) & (y <= 1 + 1e-9))
        ):
            return None
        if kind == "cross-entropy" and a.size < 2:
            return None
        try:
            y = np.broadcast_to(
                y if y.shape == a.shape or y.size != a.size else y.reshape(a.shape), a.shape
            )
        except ValueError:
            return None
        with np.errstate(all="ignore"):
            seed = LOSSES[kind](a, y)
        seeds.append((output, seed if a.ndim else float(seed)))
    return Cost(kind, tuple(seeds), place, pairs=tuple(pairs))


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
    for index in sorted(path):
        value = trace.values[index]
        if np.asarray(value.value).dtype.kind == "f":
            reading.matches[index] = _own_matches(reading, value, known.matches(value.value))
    _read_updates(reading)
    return reading


def _own_matches(reading: Reading, value: Value, matches: list[Match]) -> list[Match]:
    """What a value is, unless it is only one of its parts times a number that is no constant."""
    if value.op not in {"multiply", "divide"}:
        return matches
    for part in value.parts:
        others = [p for p in value.parts if p is not part]
        if others and reading.iteration.depends(others[0]):
            same = {m.of.index for m in reading.matches.get(part.index, ())}
            learned = {u.old.index for u in reading.iteration.updates}
            return [m for m in matches if m.of.index not in same or m.of.index in learned]
    return matches


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
        change = update.change
        match = reading.known.is_of(change, update.old)
        if match is None:
            match = _with_decay(reading, update.old, change)
        if match is not None and match.transposed and change.ndim == 2:
            square = change.shape[0] == change.shape[1]
            match = None if square else match
        reading.updates[update.chain] = match
    reading.learned = tuple(learned)


def _with_decay(reading: Reading, old: Value, change: Any) -> Match | None:
    """The change as the derivative and a part of the weights themselves, where it is that."""
    truth = np.asarray(reading.derivatives.by[old.index], dtype=float).ravel()
    weights = np.asarray(old.value, dtype=float).ravel()
    flat = np.asarray(change, dtype=float).ravel()
    if flat.size != truth.size or flat.size < 3 or not np.all(np.isfinite(flat)):
        return None
    columns = np.stack([truth, weights], axis=1)
    if not np.all(np.isfinite(columns)) or (reading.cost.own and in_cost(reading, old)):
        return None
    solution, _, rank, _ = np.linalg.lstsq(columns, flat, rcond=None)
    left = np.linalg.norm(flat - columns @ solution)
    if rank < 2 or solution[1] >= 0 or left > reading.known.close * np.linalg.norm(flat):
        return None
    return Match(
        Truth(old, reading.derivatives.by[old.index]), float(solution[0]), decay=float(solution[1])
    )


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
