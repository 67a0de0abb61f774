"""Finds the place at which a factor that only one update has came in."""

from __future__ import annotations

from chainstep.scenarios.programs.reading.errors import Errors
from chainstep.scenarios.programs.reading.iterations import Update
from chainstep.scenarios.programs.reading.optimisers import gradients
from chainstep.scenarios.programs.reading.reading import Reading
from chainstep.scenarios.programs.reading.recognising import Match
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Value


def place_of(
    trace: Trace,
    reading: Reading,
    errors: Errors,
    update: Update,
    same: list[tuple[Update, Match]],
    ratio: float,
) -> tuple[int, Value, bool]:
    """Where the factor came in: a value that is it times one before, else gradient or update.

    ``same`` are the updates without it.
    """
    usual = next(
        (u for u in same if _before_update(trace, gradients(trace, reading, u[0]), u[0])), same[0]
    )
    shared = reading.iteration.ancestors(usual[0].events)
    own = [
        trace.values[i]
        for i in sorted(reading.iteration.ancestors(update.events))
        if i in reading.path and i not in shared and trace.values[i] not in update.events
    ]
    event = update.events[-1]
    mine = _before_update(trace, gradients(trace, reading, update), update)
    theirs = _before_update(trace, gradients(trace, reading, usual[0]), usual[0])
    if mine is not None and theirs is not None and theirs[1].factor:
        step = mine[1].factor / theirs[1].factor
        alike = step > 0 if ratio < 0 else abs(step - 1) <= 1e-5
        if alike:
            return event.place, event, False
    known = mine is not None and theirs is not None
    if (
        ratio < 0
        and not known
        and _signs(trace, errors, own, event) <= _signs(trace, errors, _all(trace, shared), event)
    ):
        return event.place, event, False
    for value in own:
        for now in errors.right(value)[:1]:
            for before in (m for m in _right_before(errors, value) if m.factor):
                step = now.factor / before.factor
                if abs(abs(step) / abs(ratio) - 1) <= 1e-5 and (step < 0) == (ratio < 0):
                    return value.place, value, True
    if ratio < 0 and (mine is None or mine[1].factor > 0):
        return event.place, event, False
    if mine is not None:
        return mine[0].place, mine[0], True
    return event.place, event, False


def _all(trace: Trace, indices: set[int]) -> list[Value]:
    return [trace.values[i] for i in sorted(indices)]


def _signs(trace: Trace, errors: Errors, values: list[Value], event: Value) -> set[bool]:
    """The signs that the derivatives among some values have, outside the line of the update."""
    line = trace.places[event.place].line
    return {
        errors.right(v)[0].factor > 0
        for v in values
        if v.index in errors.carry and errors.right(v) and trace.places[v.place].line != line
    }


def _right_before(errors: Errors, value: Value) -> list[Match]:
    """The derivatives that a value was made from, seen through what is only on the way."""
    found: list[Match] = []
    stack: list[Value] = list(value.parts)
    seen: set[int] = set()
    while stack and len(seen) < 20:
        part = stack.pop()
        if part.index in seen:
            continue
        seen.add(part.index)
        matches = errors.right(part)
        if matches:
            found.append(matches[0])
        elif part.index in errors.carry:
            stack.extend(part.parts)
    return found


def _before_update(
    trace: Trace, rows: list[tuple[Value, Match]], update: Update
) -> tuple[Value, Match] | None:
    """The gradient as it stands before the statement of the update multiplies it with a rate."""
    line = trace.places[update.events[-1].place]
    outside = [
        (v, m)
        for v, m in rows
        if not (line.line <= trace.places[v.place].line <= line.end)
        or trace.places[v.place].file != line.file
    ]
    return outside[-1] if outside else None
