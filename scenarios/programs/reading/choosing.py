"""Chooses, for each iteration, the cost with which it is read, and says what is odd about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainstep.scenarios.programs.reading.costs import costs_of
from chainstep.scenarios.programs.reading.iterations import Iteration
from chainstep.scenarios.programs.reading.losses import LOSSES, Cost
from chainstep.scenarios.programs.reading.optimisers import settle
from chainstep.scenarios.programs.reading.reading import Reading, read
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Value

#: Iterations of a program with very many numbers are read with fewer costs.
MANY_VALUES = 4000


@dataclass(frozen=True)
class Choice:
    """An iteration as it is read: ``other`` is the program's own cost where it is not that one."""

    reading: Reading
    other: Cost | None = None
    other_kind: str = ""


def read_all(trace: Trace, iteration: Iteration) -> list[Reading]:
    """Reads an iteration with every candidate for the cost."""
    costs = costs_of(trace, iteration)
    if len(iteration.values) > MANY_VALUES:
        costs = costs[:10]
    own = [settle(trace, read(trace, iteration, cost)) for cost in costs if cost.own]
    most = max((len(r.learned) for r in own), default=0)
    told = any(r.explained and r.cost.named and len(r.learned) == most for r in own)
    rest = [] if told else [cost for cost in costs if not cost.own]
    readings = [*own, *(settle(trace, read(trace, iteration, cost)) for cost in rest)]
    if _with_ties(iteration) and not any(r.explained for r in readings):
        readings += [settle(trace, read(trace, iteration, cost, tie=1.0)) for cost in costs]
    readings = [r for r in readings if r.learned]
    return [r for r in readings if not _is_part(r, readings)]


def _is_part(reading: Reading, readings: Sequence[Reading]) -> bool:
    """Whether a cost explains by a memory what a larger one, that has it as a part, does not.

    The last observation's share is such: the sums of those before would be its memory.
    """
    if not reading.rules or not reading.explained or not reading.cost.own:
        return False
    seeds = {v.index for v, _ in reading.cost.seeds}
    return any(
        other.cost.own
        and (other.cost.named or _ends(other))
        and not other.explained
        and seeds < other.forward
        and len(other.learned) >= len(reading.learned)
        for other in readings
    )


def _ends(reading: Reading) -> bool:
    """Whether nothing is made of a cost: no larger one has it as a part."""
    last = reading.cost.seeds[-1][0]
    depends = reading.iteration.depends
    return not any(depends(c) for c in reading.iteration.consumers.get(last.index, ()))


def choose(every: list[list[Reading]]) -> list[Choice]:
    """Takes for each iteration the cost that explains most, in it and in the others.

    The program's own cost comes first where it explains every update, or nothing does better.
    """
    votes = Counter(
        _key(r)
        for readings in every
        for r in {_key(r): r for r in readings if r.explained}.values()
    )
    chosen: list[Choice] = []
    for readings in every:
        most = max((votes[_key(r)] for r in readings), default=0)
        voted = [r for r in readings if r.explained and votes[_key(r)] == most]
        best = _best(readings, voted)
        if best.cost.own:
            chosen.append(Choice(best))
        else:
            kind, other = _disagreeing(readings, best)
            chosen.append(Choice(best, other, kind))
    return chosen


def _key(reading: Reading) -> tuple[str, int]:
    return reading.cost.kind, reading.cost.place


def _best(readings: Sequence[Reading], voted: Sequence[Reading]) -> Reading:
    most = max(len(r.learned) for r in readings)
    explained = [r for r in voted if len(r.learned) == most]
    if explained:
        own = [r for r in explained if r.cost.own]
        best = max(own or explained, key=_fit)
        return _fuller(readings, best) or best
    return max([r for r in readings if not _is_within(r, readings)] or readings, key=_promise)


def _is_within(reading: Reading, readings: Sequence[Reading]) -> bool:
    """Whether a cost of the program is a part of its last one: the penalty alone, say."""
    seeds = {v.index for v, _ in reading.cost.seeds}
    return reading.cost.own and any(
        other is not reading
        and other.cost.own
        and other.cost.named
        and _ends(other)
        and seeds < other.forward
        and len(other.learned) >= len(reading.learned)
        for other in readings
    )


def _fuller(readings: Sequence[Reading], best: Reading) -> Reading | None:
    """The cost with a part for the weights, where the best one is only a part of that."""
    if not best.cost.own or not any(m is not None and m.decay for m in best.updates.values()):
        return None
    seeds = {v.index for v, _ in best.cost.seeds}
    whole = [
        r
        for r in readings
        if r.cost.own and r.cost.named and seeds < r.forward and len(r.learned) == len(best.learned)
    ]
    return max(whole, key=lambda r: len(r.forward), default=None)


def _promise(reading: Reading) -> float:
    """How much a cost is believed that does not explain all: the program's own comes first."""
    told = reading.cost.own and reading.cost.named
    known = any(reading.matches.get(index) for index in reading.path) or any(
        reading.updates.get(chain) for chain in reading.learned
    )
    outer = 0.02 * len(reading.forward) if reading.cost.own else 0.0
    return reading.score + outer + (100 if told and known else 0)


def _fit(reading: Reading) -> tuple[float, ...]:
    """Which of several costs that explain all: the one that needs no decay, the last computed."""
    decays = sum(1 for m in reading.updates.values() if m is not None and m.decay)
    last = max(v.index for v, _ in reading.cost.seeds)
    unusual = reading.cost.kind == "absolute-error"
    return (-decays, -unusual, reading.cost.named, last if reading.cost.own else reading.score)


def _with_ties(iteration: Iteration) -> bool:
    """Whether a rectifier stands exactly at its kink, where either slope is right."""
    for value in iteration.values:
        if value.op in {"maximum", "minimum", "greater", "greater_equal", "less", "less_equal"}:
            sides = [
                np.asarray(a.value if isinstance(a, Value) else a) for a in value.arguments[:2]
            ]
            if all(s.dtype.kind in "fiu" for s in sides) and np.any(sides[0] == sides[1]):
                return True
    return False


def _disagreeing(readings: list[Reading], best: Reading) -> tuple[str, Cost | None]:
    """The program's own cost, where it is not the one that it descends on."""
    if not best.cost.pairs:
        return "", None
    most = max(len(r.learned) for r in readings)
    for reading in readings:
        if not reading.cost.own or not reading.cost.named:
            continue
        kind = _kind_of(reading, best)
        if not kind and len(reading.learned) == most and _is_another(reading, best):
            kind = "own"
        if kind and kind != best.cost.kind:
            return kind, reading.cost
    return "", None


#: How far the slope of the program's own cost may be from that of a usual loss: ε, a clip.
ANOTHER = 0.02


def _is_another(reading: Reading, best: Reading) -> bool:
    """Whether a cost has another slope at the outputs, and is no mean of errors or their sizes."""
    slopes = {v.index: g for v, g in best.cost.seeds}
    for output, _ in best.cost.pairs[:1]:
        found, theirs = reading.derivatives.by.get(output.index), slopes.get(output.index)
        if found is None or theirs is None or np.size(found) < 2:
            return False
        own, other = np.ravel(np.asarray(found, float)), np.ravel(np.asarray(theirs, float))
        sizes = np.abs(own[own != 0])
        if not sizes.size or np.allclose(sizes, sizes[0]) or not np.all(np.isfinite(other)):
            return False
        factor = float(own @ other) / (float(other @ other) or 1.0)
        return bool(np.linalg.norm(own - factor * other) > ANOTHER * np.linalg.norm(own))
    return False


def _kind_of(reading: Reading, best: Reading) -> str:
    """Which of the usual losses a cost of the program is, by its derivative at the outputs."""
    for output, target in best.cost.pairs[:1]:
        found = reading.derivatives.by.get(output.index)
        if found is None or np.size(found) < 2:
            continue
        a, y = np.asarray(output.value, dtype=float), np.asarray(target, dtype=float)
        for name in ("half-squared-error", "binary-cross-entropy", "cross-entropy"):
            try:
                with np.errstate(all="ignore"):
                    expected = np.broadcast_to(LOSSES[name](a, y), a.shape).ravel()
            except ValueError:
                continue
            flat = np.asarray(found, dtype=float).ravel()
            norm = float(np.linalg.norm(expected))
            if not np.isfinite(norm) or norm == 0:
                continue
            factor = float(flat @ expected) / norm**2
            if factor and np.linalg.norm(flat - factor * expected) <= 1e-4 * np.linalg.norm(flat):
                return name
    return ""
