"""Judges a program: what every line is, and the first one that is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainstep.scenarios.programs.costs import Reading
from chainstep.scenarios.programs.factors import odd_ones
from chainstep.scenarios.programs.iterations import Iteration, Update, iterations_of
from chainstep.scenarios.programs.optimisers import accumulated, gradients
from chainstep.scenarios.programs.places import Errors, Wrong, first_wrong, unexplained
from chainstep.scenarios.programs.readings import Choice, choose, read_all
from chainstep.scenarios.programs.roles import Roles, own_name, roles_of
from chainstep.scenarios.programs.slips import Scene, Slip, bare, slip_at
from chainstep.scenarios.programs.tracing import Trace
from chainstep.scenarios.programs.values import Value


@dataclass(frozen=True)
class Finding:
    """Something wrong: the mistake, its place, and its numbers as they are and should be."""

    slip: Slip | None
    place: int
    quantity: str
    iteration: int
    you: Any = None
    expected: Any = None
    value: Value | None = None
    wrong: Wrong | None = None


@dataclass(eq=False)
class Judged:
    """One iteration, judged."""

    reading: Reading
    roles: Roles
    errors: Errors
    findings: list[Finding] = field(default_factory=list)
    choice: Choice | None = None


@dataclass(eq=False)
class Judgement:
    """A program, judged: ``verdict`` is right, wrong, cannot tell or not understood."""

    verdict: str
    trace: Trace
    iterations: list[Judged] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def first(self) -> Finding | None:
        return self.findings[0] if self.findings else None


def judge(trace: Trace, most: int) -> Judgement:
    """Reads the iterations, and finds the first wrong place of them."""
    every = [read_all(trace, iteration) for iteration in iterations_of(trace)[:most]]
    made = [_judged(trace, choice) for choice in choose([rows for rows in every if rows])]
    if not made:
        return Judgement("not understood", trace)
    answer = Judgement("right", trace, made)
    _settle(answer)
    return answer


def _settle(answer: Judgement) -> None:
    """The verdict of the whole: the findings of the first iteration that has any."""
    first = next((one for one in answer.iterations if one.findings), None)
    if first is not None:
        answer.findings = first.findings
        answer.verdict = "wrong"
        if not _understood(first):
            answer.verdict = "cannot tell"
        return
    found = _accumulated(answer)
    if found is not None:
        answer.findings = [found]
        answer.verdict = "wrong"
        return
    if all(not _finite(one) for one in answer.iterations):
        answer.verdict = "cannot tell"
        answer.notes.append("its numbers are not finite")
    missing = {name for one in answer.iterations for name in one.reading.derivatives.missing}
    if missing and not all(one.reading.explained for one in answer.iterations):
        answer.verdict = "cannot tell"


def _finite(one: Judged) -> bool:
    return all(np.all(np.isfinite(u.change)) for u in one.reading.iteration.updates)


def _understood(one: Judged) -> bool:
    """Whether enough was recognised to say that something is wrong."""
    reading = one.reading
    if reading.derivatives.missing or not _finite(one):
        return False
    right = sum(1 for c in reading.learned if reading.updates.get(c))
    known = sum(1 for i in reading.path if reading.matches.get(i))
    return bool(right or known) or (reading.cost.own and reading.cost.named)


def _judged(trace: Trace, choice: Choice) -> Judged:
    reading = choice.reading
    roles = roles_of(trace, reading)
    errors = Errors(trace, reading)
    judged = Judged(reading, roles, errors, choice=choice)
    judged.findings = [
        *_disagreement(trace, judged),
        *_wrong_updates(trace, judged),
        *_odd(trace, judged),
        *_uphill(trace, judged),
        *_never_changed(trace, judged),
    ]
    return judged


def _wrong_updates(trace: Trace, judged: Judged) -> list[Finding]:
    """The updates that do not go along their derivative, by the place that comes first."""
    reading = judged.reading
    updates = [
        (unexplained(judged.errors, update), update)
        for update in reading.iteration.updates
        if update.chain in reading.learned
        and reading.updates.get(update.chain) is None
        and np.all(np.isfinite(update.change))
    ]
    updates.sort(key=lambda row: (_begins(row), len(row[0]), row[1].events[0].index))
    wrongs = [
        first_wrong(trace, reading, judged.errors, update, judged.roles.names)
        for _, update in updates[:3]
    ]
    found: list[Finding] = []
    seen: set[int] = set()
    for wrong in sorted(wrongs, key=lambda w: (w.value.index, w.expected is None)):
        if wrong.value.index in seen:
            continue
        seen.add(wrong.value.index)
        scene = Scene(trace, reading, judged.roles, wrong)
        slip = slip_at(scene) if not found else None
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


def quantity_of(trace: Trace, roles: Roles, wrong: Wrong) -> str:
    """The quantity that a wrong value should be, with its sign."""
    if wrong.truth is None:
        return own_name(trace, wrong.value)
    sign = "−" if wrong.factor < 0 else ""
    if wrong.value in wrong.update.events:
        return f"{roles.names.get(wrong.update.old.index, own_name(trace, wrong.update.old))}_new"
    return sign + derivative_name(trace, roles, wrong.truth.of)


def derivative_name(trace: Trace, roles: Roles, value: Value) -> str:
    """dC/da2, delta2, or dC/d with the program's own name."""
    name = roles.names.get(value.index, "")
    if name.startswith("z") and name[1:].isdigit():
        return f"delta{name[1:]}"
    return f"dC/d{bare(name or own_name(trace, value))}"


def _odd(trace: Trace, judged: Judged) -> list[Finding]:
    found = []
    for odd in odd_ones(trace, judged.reading, judged.errors, judged.roles.names):
        truth = judged.reading.derivatives.by[odd.update.old.index]
        match = judged.reading.updates[odd.update.chain]
        assert match is not None
        name = judged.roles.names.get(odd.update.old.index, own_name(trace, odd.update.old))
        if odd.value in odd.update.events:
            quantity, you = f"{name}_new", odd.update.change
            expected = np.asarray(truth) * match.factor / odd.ratio
        else:
            right = judged.errors.right(odd.value)
            quantity = derivative_name(trace, judged.roles, right[0].of) if right else name
            you = odd.value.value
            expected = np.asarray(you) / odd.ratio
        found.append(
            Finding(
                odd.slip,
                odd.place,
                quantity,
                judged.reading.iteration.number,
                you,
                expected,
                odd.value,
            )
        )
    return found


def _uphill(trace: Trace, judged: Judged) -> list[Finding]:
    """All updates go the same way, and that is up: the cost grows."""
    reading = judged.reading
    rows = [
        (u, m) for u in reading.iteration.updates if (m := reading.updates.get(u.chain)) is not None
    ]
    rows = [(u, m) for u, m in rows if m.factor]
    if not rows or not reading.explained or any(m.factor < 0 for _, m in rows):
        return []
    if any(u.chain in reading.rules for u, _ in rows):
        return []
    if not any(np.any(np.asarray(m.truth.value)) for _, m in rows):
        return []
    if reading.cost.own and not _is_loss(reading):
        return []
    place, value = _turned(trace, judged, [u for u, _ in rows])
    slip = Slip(
        "sign-flipped",
        "every update goes up the cost, so that it grows",
        "turn one sign round: a − y with W − change, or y − a with W + change",
    )
    right = judged.errors.right(value)
    quantity = (
        derivative_name(trace, judged.roles, right[0].of)
        if right
        else (f"{judged.roles.names.get(rows[0][0].old.index, 'W')}_new")
    )
    you = value.value if value not in [e for u, _ in rows for e in u.events] else rows[0][0].change
    return [Finding(slip, place, quantity, reading.iteration.number, you, -np.asarray(you), value)]


def _is_loss(reading: Reading) -> bool:
    """Whether a cost of the program is one to be made small: it has a minimum where outputs fit.

    A likelihood, which is to grow, falls away on both sides instead.
    """
    value = float(np.reshape(reading.cost.seeds[-1][0].value, ()))
    return value >= 0


def _turned(trace: Trace, judged: Judged, updates: list[Update]) -> tuple[int, Value]:
    """The line whose sign is to be turned: the error, or the one place of all updates."""
    places = {e.place for u in updates for e in u.events}
    errors = [
        trace.values[i]
        for i in sorted(judged.reading.path)
        if i in judged.errors.carry
        and trace.values[i].op == "subtract"
        and judged.errors.right(trace.values[i])
    ]
    event = updates[0].events[-1]
    if not errors:
        return event.place, event
    first = errors[0]
    if len(places) == 1:
        return event.place, event
    return first.place, first


def _never_changed(trace: Trace, judged: Judged) -> list[Finding]:
    """A parameter that takes part and is never updated, though its gradient or its sisters are."""
    reading = judged.reading
    found: list[Finding] = []
    for update in reading.iteration.updates:
        if update.events or update.old.index not in reading.derivatives.by:
            continue
        truth = reading.derivatives.by[update.old.index]
        computed = [
            v
            for v in reading.iteration.values
            if np.size(v.value) == np.size(truth)
            and np.size(truth) > 1
            and v.index in reading.iteration.masks
            and np.asarray(v.value).dtype.kind == "f"
            and any(
                m.of is update.old and m.truth.way is None for m in reading.known.matches(v.value)
            )
            and any(p.index in judged.errors.carry or judged.errors.right(p) for p in v.parts)
        ]
        bias = np.ndim(update.old.value) == 1 or 1 in np.shape(update.old.value)
        sisters = [
            u
            for u in reading.iteration.updates
            if u.events and (np.ndim(u.old.value) == 1 or 1 in np.shape(u.old.value))
        ]
        if not computed and not (bias and sisters):
            continue
        name = own_name(trace, update.old)
        role = judged.roles.names.get(update.old.index, name)
        slip = Slip(
            "bias-not-updated" if bias else "weights-not-updated",
            f"`{name}` takes part and never changes, and the others do",
            f"update `{name}` as the others are",
        )
        at = computed[-1] if computed else sisters[0].events[-1]
        kept = [p for p, time in update.old.names if computed and time > computed[0].index]
        found.append(
            Finding(
                slip,
                kept[0] if kept else at.place,
                f"{role}_new",
                reading.iteration.number,
                np.zeros(np.shape(truth)),
                -np.asarray(truth),
                at,
            )
        )
    return found


_FAMILY = {
    "half-squared-error": "squared error",
    "binary-cross-entropy": "binary cross-entropy",
    "cross-entropy": "cross-entropy",
    "absolute-error": "absolute error",
}


def _disagreement(trace: Trace, judged: Judged) -> list[Finding]:
    """The program computes one of the usual costs, and goes along the gradient of another."""
    choice = judged.choice
    if choice is None or choice.other is None or not choice.reading.explained:
        return []
    own, followed = _FAMILY[choice.other_kind], _FAMILY[choice.reading.cost.kind]
    squares = choice.other_kind == "half-squared-error"
    if not squares and choice.reading.cost.kind != "half-squared-error":
        return []
    name = "missing-output-slope" if squares else "extra-output-slope"
    says = f"the program computes the {own}, and goes along the gradient of the {followed}"
    mend = (
        "multiply the difference of output and target by the slope of the output"
        if squares
        else "leave the slope of the output out: a − t has it already with this cost"
    )
    place, value = _output_error(trace, judged, slope=not squares)
    right = judged.errors.right(value)
    quantity = derivative_name(trace, judged.roles, right[0].of) if right else "delta"
    return [
        Finding(
            Slip(name, says, mend),
            place,
            quantity,
            judged.reading.iteration.number,
            value.value,
            None,
            value,
        )
    ]


def _output_error(trace: Trace, judged: Judged, *, slope: bool) -> tuple[int, Value]:
    """The line of delta of the outputs: the last where dC/dz of the outputs is made."""
    layers = judged.roles.layers
    last = layers[-1].z.index if layers else -1
    outputs = {v.index for v, _ in judged.reading.cost.pairs}
    right = [
        (trace.values[i], m)
        for i in sorted(judged.reading.path)
        for m in judged.errors.right(trace.values[i])
        if m.of.index == last or m.of.index in outputs or not layers
    ]
    deltas = [v for v, m in right if m.of.index == last or not layers]
    if slope and deltas:
        return deltas[0].place, deltas[0]
    if deltas:
        truth = judged.reading.derivatives.by.get(last)
        first = deltas[0]
        same = [
            v
            for v in deltas
            if truth is None or trace.places[v.place].line == trace.places[first.place].line
        ]
        return same[-1].place, same[-1]
    value = right[0][0] if right else trace.values[min(judged.reading.path)]
    return value.place, value


def _accumulated(answer: Judgement) -> Finding | None:
    """Gradients that are added to those of the iterations before, and never set to zero."""
    rows = answer.iterations
    if len(rows) < 2 or not all(one.reading.explained for one in rows):
        return None
    for chain in rows[-1].reading.rules:
        updates = [u for one in rows for u in one.reading.iteration.updates if u.chain == chain]
        truths = [
            one.reading.derivatives.by[u.old.index] for one, u in zip(rows, updates, strict=False)
        ]
        if len(updates) == len(rows) and accumulated([u.change for u in updates], truths):
            last = rows[1]
            update = updates[1]
            found = gradients(answer.trace, last.reading, update)
            at = _adding(found[-1][0], last.reading.iteration)
            slip = Slip(
                "gradient-accumulated",
                "the gradient is added to those of the iterations before",
                "set it to zero before every backward phase",
            )
            return Finding(
                slip,
                at.place,
                f"dC/d{last.roles.names.get(update.old.index, 'W')}",
                last.reading.iteration.number,
                at.value,
                found[-1][0].value,
                at,
            )
    return None


def _adding(gradient: Value, iteration: Iteration) -> Value:
    for consumer in iteration.consumers.get(gradient.index, ()):
        if consumer.op == "add":
            return consumer
    return gradient
