"""The updates that do not go along their derivative, by the first wrong place of each."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainstep.scenarios.programs.judging.findings import Finding, Judged, quantity_of
from chainstep.scenarios.programs.judging.places import first_wrong
from chainstep.scenarios.programs.mistakes.catalogue import slip_at
from chainstep.scenarios.programs.mistakes.naming import slip_of
from chainstep.scenarios.programs.mistakes.repairing import (
    Repair,
    lacking,
    repair_of,
    slope_repair_of,
)
from chainstep.scenarios.programs.mistakes.scene import Scene, Slip, Wrong
from chainstep.scenarios.programs.mistakes.swaps import is_masked
from chainstep.scenarios.programs.reading.errors import unexplained
from chainstep.scenarios.programs.reading.iterations import Update
from chainstep.scenarios.programs.reading.roles import own_name
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Value


def wrong_updates(trace: Trace, judged: Judged) -> list[Finding]:
    """The updates that do not go along their derivative, by the place that comes first."""
    reading = judged.reading
    updates = [
        (unexplained(judged.errors, update), update)
        for update in reading.iteration.updates
        if update.chain in reading.learned
        and reading.updates.get(update.chain) is None
        and np.all(np.isfinite(update.change))
    ]
    whole = next((u for _, u in updates if np.asarray(u.old.value).dtype.kind in "iu"), None)
    if whole is not None:
        return [_of_whole_numbers(trace, judged, whole)]
    updates.sort(key=lambda row: (_begins(row), len(row[0]), row[1].events[0].index))
    wrongs = [
        first_wrong(trace, reading, judged.errors, update, judged.roles.names)
        for _, update in updates[:3]
    ]
    wrongs.sort(key=lambda w: (w.value.index, w.expected is None))
    repaired = _repaired(trace, judged, wrongs, [u for _, u in updates])
    if repaired is not None:
        return [repaired]
    found: list[Finding] = []
    seen: set[int] = set()
    for number, wrong in enumerate(wrongs):
        if wrong.value.index in seen:
            continue
        seen.add(wrong.value.index)
        scene = Scene(trace, reading, judged.roles, judged.errors, wrong)
        slip = slip_at(scene) if not found else None
        if number == 0 and (slip is None or not slip.name):
            rest = [u for _, u in updates if u is not wrong.update]
            every = [wrong.update, *rest]
            repair = slope_repair_of(scene, every) or lacking(scene, every)
            if repair is not None:
                return [finding_of(scene, judged, repair)]
        place = slip.place if slip is not None and slip.place is not None else None
        place = _asked_at(judged, wrong.value) if place is None else place
        quantity = quantity_of(trace, judged.roles, wrong)
        you, expected = wrong.value.value, wrong.expected
        if wrong.value in wrong.update.events:
            you, expected = _along(judged, wrong.update)
        found.append(
            Finding(
                slip, place, quantity, reading.iteration.number, you, expected, wrong.value, wrong
            )
        )
    return found


def _of_whole_numbers(trace: Trace, judged: Judged, update: Update) -> Finding:
    """A parameter that cannot hold fractions: what is stored in it is cut off."""
    first = update.old
    while first.op in {"store", "put_back"} or (first.op == "subtract" and not first.names):
        first = first.parts[0]
    name, kind = own_name(trace, first), np.asarray(update.old.value).dtype
    slip = Slip(
        "integer-weights",
        f"`{name}` holds whole numbers ({kind}): of what is stored in it all behind the point is "
        "cut off",
        f"make `{name}` an array of fractions: write 1.0 for 1, or dtype=float",
    )
    place = first.names[0][0] if first.names else first.place
    quantity = f"{judged.roles.names.get(update.old.index, name)}_new"
    you, expected = _along(judged, update)
    number = judged.reading.iteration.number
    return Finding(slip, place, quantity, number, you, expected, update.events[-1])


def _repaired(
    trace: Trace, judged: Judged, wrongs: list[Wrong], updates: list[Update]
) -> Finding | None:
    """What is wrong, where a single change makes the updates right."""
    if not wrongs:
        return None
    first = wrongs[0]
    scene = Scene(trace, judged.reading, judged.roles, judged.errors, first)
    rest = [u for u in updates if u is not first.update]
    wrong = [first.update, *rest]
    repair = lacking(scene, wrong, is_masked) or repair_of(scene, wrong)
    return None if repair is None else finding_of(scene, judged, repair)


def finding_of(scene: Scene, judged: Judged, repair: Repair) -> Finding:
    """The finding of a change that makes the updates right."""
    first, trace = scene.wrong, scene.trace
    slip = slip_of(scene, repair)
    value, made = repair.value, repair.made
    place = repair.edit.place if slip.place is None else slip.place
    line = trace.places[place].line
    quantity = own_name(trace, value)
    if first.expected is not None and trace.places[first.value.place].line == line:
        value, made, quantity = first.value, first.expected, quantity_of(trace, judged.roles, first)
    number = judged.reading.iteration.number
    return Finding(slip, place, quantity, number, value.value, made, value, first, sure=True)


def _asked_at(judged: Judged, value: Value) -> int:
    """The place of a value; of an expression that is right for others who ask, where it is asked.

    So a function that many call, `times(a, b)`, is not to blame for what it is given.
    """
    reading = judged.reading
    place, calls = value.place, list(value.calls)
    same = [v for v in reading.iteration.values if v.place == place and v.index != value.index]
    while calls and calls[-1] >= 0:
        shared = any(
            v.calls[-1:] != (calls[-1],)
            and (v.index in reading.forward or bool(judged.errors.right(v)))
            for v in same
        )
        if not shared:
            return place
        place = calls.pop()
        same = [v for v in reading.iteration.values if place in v.calls]
        if same:
            return place
    return place


def _begins(row: tuple[list[Value], Update]) -> int:
    values, update = row
    return next((v.index for v in values if v not in update.events), update.events[0].index)


def _along(judged: Judged, update: Update) -> tuple[Any, Any]:
    """A change, and the derivative with the factor that the other updates have."""
    reading = judged.reading
    factors = [m.factor for c, m in reading.updates.items() if m is not None]
    truth = reading.derivatives.by[update.old.index]
    return update.change, np.asarray(truth) * (factors[0] if factors else -1.0)
