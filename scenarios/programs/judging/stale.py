"""What takes part in the forward phase and does not change as it should."""

from __future__ import annotations

import numpy as np

from chainstep.scenarios.programs.judging.findings import Finding, Judged, Judgement
from chainstep.scenarios.programs.mistakes.scene import Slip
from chainstep.scenarios.programs.reading.roles import own_name
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Value


def never_kept(trace: Trace, judged: Judged) -> list[Finding]:
    """New values that are bound to a name alone: in every iteration they are made of the first."""
    reading, updates = judged.reading, trace.updates
    if updates.linked:
        return []
    for update in reading.iteration.updates:
        if not update.events or not updates.again[update.chain]:
            continue
        event = update.events[-1]
        used = any(event in v.parts for v in trace.values[event.index + 1 :])
        if used:
            continue
        name = trace.places[event.names[-1][0]].code if event.names else "it"
        slip = Slip(
            "weights-not-updated",
            f"`{name}` is bound to the new value, and nothing reads it: what the forward phase "
            "uses never changes",
            f"change the array itself (`{name} -= …`), or put the new value back in its place",
        )
        role = judged.roles.names.get(update.old.index, name)
        number, truth = reading.iteration.number, reading.derivatives.by.get(update.old.index)
        if truth is not None:
            zero = np.zeros(np.shape(truth))
            return [Finding(slip, event.place, f"{role}_new", number, zero, -truth, event)]
    return []


def made_once(answer: Judgement) -> Finding | None:
    """A value of the forward phase that was computed once, from a parameter that has changed."""
    trace = answer.trace
    rows = answer.iterations
    events = [e.index for u in rows[0].reading.iteration.updates for e in u.events]
    if len(rows) < MOST_STALE or not events:
        return None
    last = rows[-1].reading
    for index in sorted(last.forward):
        for part in trace.values[index].parts:
            if part.index >= min(events) or part.chain >= 0 or not np.ndim(part.value):
                continue
            source = _source(trace, part)
            if source is None or not part.names:
                continue
            name, old = own_name(trace, part), own_name(trace, source)
            says = (
                f"`{name}` was computed once, and `{old}`, of which it was made, has changed since"
            )
            slip = Slip("computed-once", says, "compute it in every iteration")
            place = part.names[0][0]
            return Finding(slip, place, name, last.iteration.number, None, None, part)
    return None


#: The iterations after which a value of the first one is stale, and no state handed on.
MOST_STALE = 3


def _source(trace: Trace, value: Value) -> Value | None:
    """The parameter, changed since, that a value was computed from, by more than a copy."""
    stack: list[Value] = [value]
    seen: set[int] = set()
    made, found = False, None
    while stack and len(seen) < 60:
        one = stack.pop()
        if one.index in seen:
            continue
        seen.add(one.index)
        if trace.updates.goes_on(one):
            found = one
            continue
        made = made or one.op in {"dot", "matmul"}
        stack.extend(one.parts)
    return found if made else None


def changed_otherwise(trace: Trace, judged: Judged) -> list[Finding]:
    """What takes part in the forward phase and is changed by something that no error went into."""
    reading = judged.reading
    known = {u.old.index for u in reading.iteration.updates if u.events}
    last = max(reading.forward, default=0)
    for value in reading.iteration.values:
        if value.op != "subtract" or value.index <= last or not value.parts:
            continue
        old = value.parts[0]
        truth = reading.derivatives.by.get(old.index)
        called = {trace.places[p].code for p, _ in old.names}
        again = any(trace.places[p].code in called for p, _ in value.names)
        if truth is None or old.index in known or not again or old.index > reading.iteration.start:
            continue
        change = np.asarray(value.value, float) - np.asarray(old.value, float)
        if change.shape != np.shape(truth) or not np.any(truth):
            continue
        if reading.known.is_of(change, old) is None:
            name = own_name(trace, old)
            says = f"`{name}` is changed here by something that no error went into"
            mend = f"change it along the derivative of the cost by `{name}`"
            number = reading.iteration.number
            slip = Slip("", says, mend)
            return [Finding(slip, value.place, f"{name}_new", number, change, -truth, value)]
    return []
