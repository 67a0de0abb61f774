"""Follows a gradient through a rule with a memory: momentum, RMSprop, Adam, clipping."""

from __future__ import annotations

import numpy as np

from chainstep.scenarios.programs.reading.iterations import Update
from chainstep.scenarios.programs.reading.reading import Reading
from chainstep.scenarios.programs.reading.recognising import Match
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.updates import SHAPES
from chainstep.scenarios.programs.seeing.values import Value


def settle(trace: Trace, reading: Reading) -> Reading:
    """Takes an update for explained where a rule makes it from the right gradient alone."""
    for update in reading.iteration.updates:
        if update.chain in reading.learned and reading.updates[update.chain] is None:
            found = _by_rule(trace, reading, update)
            if found is not None:
                reading.updates[update.chain] = found
                reading.rules.add(update.chain)
    return reading


def gradients(trace: Trace, reading: Reading, update: Update) -> list[tuple[Value, Match]]:
    """The values on the way to an update that are the derivative by its parameter."""
    iteration = reading.iteration
    found: list[tuple[Value, Match]] = []
    for index in sorted(iteration.ancestors(update.events)):
        for match in reading.matches.get(index, ()):
            if match.of is update.old and match.truth.way is None:
                found.append((trace.values[index], match))
                break
    return found


def _by_rule(trace: Trace, reading: Reading, update: Update) -> Match | None:
    """The match of the gradient, where the update hangs on nothing else of this iteration."""
    iteration = reading.iteration
    found = gradients(trace, reading, update)
    if not found:
        return None
    stops = {v.index for v, m in found if not _square_turned(m)}
    if not stops:
        return None
    others = _gradients_of_others(trace, reading, update)
    free = {update.old.index} | {e.index for e in update.events}
    olds = {u.old.index for u in iteration.updates if u.chain in reading.learned}
    spine = _spine(update)
    touched, memory, bent = False, False, False
    stack, seen = [(e, e) for e in update.events], set()
    while stack:
        value, after = stack.pop()
        if value.index in seen:
            continue
        seen.add(value.index)
        if value.index in stops:
            touched = True
            continue
        if value.index in others:  # as in a norm over all gradients
            continue
        if not iteration.inside(value):
            sums = after in update.events or after.index in spine
            if value.index in olds and not sums and not _decays(after, value):
                return None  # it hangs on the parameters by another way than its gradient
            memory = memory or _is_memory(value, update)
            continue
        if value.op in _GATHERING and value.index not in free:
            squared = value.parts and value.parts[0].op in {"power", "square", "multiply"}
            squared = squared or all(np.size(p.value) == 1 for p in value.parts)
            if not squared:
                return None  # what belongs into the gradient, not into the rule
        bent = bent or (value.op in _BENDING and iteration.depends(value))
        stack.extend((p, value) for p in (() if value.op in SHAPES else value.parts))
    if not touched or not (memory or bent):
        return None
    line = trace.places[update.events[-1].place].line
    before = [m for v, m in found if trace.places[v.place].line != line]
    return before[-1] if before else found[-1][1]


def _gradients_of_others(trace: Trace, reading: Reading, update: Update) -> set[int]:
    """The gradients of the other parameters."""
    rest = [u for u in reading.iteration.updates if u is not update and u.events]
    return {v.index for u in rest for v, m in gradients(trace, reading, u) if m.factor}


_BENDING = {"clip", "sign", "divide", "sqrt", "minimum", "maximum", "norm", "where", "power"}


_GATHERING = {"dot", "matmul", "sum", "mean", "part", "transpose", "einsum", "max", "min"}


def _spine(update: Update) -> set[int]:
    """The sums that an update with several terms is written as."""
    found: set[int] = set()
    for event in update.events:
        value: object = event
        while isinstance(value, Value) and value.op in {"add", "subtract"}:
            found.add(value.index)
            value = value.arguments[0]
    return found


def _decays(value: Value, old: Value) -> bool:
    """Whether a value is the parameter times a number, or the parameter as an array."""
    if value.op in {"array", "asarray", "copy", "astype", "reshape", "float", "item"}:
        return True
    return value.op == "multiply" and all(p is old or np.size(p.value) == 1 for p in value.parts)


def _square_turned(match: Match) -> bool:
    return match.transposed


def _is_memory(value: Value, update: Update) -> bool:
    """Whether a value is something kept for this parameter: of its shape, from before."""
    shape = np.shape(update.old.value)
    if np.shape(value.value) != shape or value is update.old:
        return False
    if shape == ():
        return value.op != "leaf" or not value.names
    return True


def accumulated(changes: list[np.ndarray], gradients: list[np.ndarray]) -> bool:
    """Whether each change is the last one and a multiple of the gradient."""
    if len(changes) < 2:
        return False
    first = _factor(changes[0], gradients[0])
    if first is None:
        return False
    for before, now, gradient in zip(changes, changes[1:], gradients[1:], strict=False):
        factor = _factor(now - before, gradient)
        if factor is None or abs(factor - first) > 1e-6 * abs(first):
            return False
    return True


def _factor(change: np.ndarray, gradient: np.ndarray) -> float | None:
    flat, truth = np.ravel(change), np.ravel(gradient)
    size = float(np.linalg.norm(truth))
    if flat.size != truth.size or size == 0:
        return None
    factor = float(flat @ truth) / size**2
    close = np.linalg.norm(flat - factor * truth) <= 1e-6 * np.linalg.norm(flat)
    return factor if close and factor else None
