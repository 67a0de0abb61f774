"""What is wrong with the updates as a whole: one apart, all uphill, one never made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chainstep.scenarios.programs.judging.comparing import Odd, odd_ones
from chainstep.scenarios.programs.judging.findings import (
    Finding,
    Judged,
    Judgement,
    derivative_name,
)
from chainstep.scenarios.programs.judging.wrong_updates import finding_of
from chainstep.scenarios.programs.mistakes.repairing import lacking, repair_of
from chainstep.scenarios.programs.mistakes.scene import Scene, Slip, Wrong, equal
from chainstep.scenarios.programs.mistakes.shapes import repeated
from chainstep.scenarios.programs.mistakes.swaps import is_scale
from chainstep.scenarios.programs.reading.iterations import Iteration, Update
from chainstep.scenarios.programs.reading.optimisers import accumulated, gradients
from chainstep.scenarios.programs.reading.reading import Reading
from chainstep.scenarios.programs.reading.roles import own_name
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Value


def odd_updates(trace: Trace, judged: Judged) -> list[Finding]:
    """The updates that have a sign, a rate or a factor of their own."""
    found = []
    odds = odd_ones(trace, judged.reading, judged.errors, judged.roles.names)
    scaled = _scaled(trace, judged, odds)
    if scaled is not None:
        return [scaled]
    for odd in odds:
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


def _scaled(trace: Trace, judged: Judged, odds: list[Odd]) -> Finding | None:
    """Updates apart from the others, where a change in one place puts them back among them."""
    odds = [odd for odd in odds if odd.ratio > 0]
    if not odds or judged.reading.rules:
        return None
    wrong = Wrong(odds[0].update, odds[0].value, None, None, 1.0, (), ())
    scene = Scene(trace, judged.reading, judged.roles, judged.errors, wrong)
    updates = [odd.update for odd in odds]
    repair = lacking(scene, updates, is_scale) or (
        repair_of(scene, updates) if all(np.size(u.old.value) == 1 for u in updates) else None
    )
    if repair is None:
        return None
    found = finding_of(scene, judged, repair)
    named = found.slip is None or not found.slip.name
    return replace(found, slip=odds[0].slip) if named and odds[0].slip.name else found


def equal_units(trace: Trace, judged: Judged) -> list[Finding]:
    """Units of a hidden layer that began equal, and whose gradients are equal: they stay so."""
    reading = judged.reading
    if reading.iteration.number != 1:
        return []
    for number, layer in enumerate(judged.roles.layers[:-1], 1):
        truth = reading.derivatives.by.get(layer.weights.index)
        weights = np.asarray(layer.weights.value, dtype=float)
        if truth is None or weights.ndim != 2 or layer.units < 2:
            continue
        rows = [np.asarray(one, dtype=float) for one in (weights, truth)]
        rows = [one if layer.columns else one.T for one in rows]
        if not all(np.all(np.isfinite(one)) and np.all(one == one[0]) for one in rows):
            continue
        name = own_name(trace, layer.weights)
        dead = not np.any(rows[1])
        says = (
            f"`{name}` is the same for all units of layer {number}, and so are their gradients: "
            + ("all are 0, and nothing in it ever changes" if dead else "they stay equal for ever")
        )
        slip = Slip("equal-units", says, f"draw `{name}` at random")
        place = layer.weights.names[0][0] if layer.weights.names else layer.weights.place
        return [Finding(slip, place, f"W{number}", 1, weights, None, layer.weights)]
    return []


def unused_biases(trace: Trace, judged: Judged) -> list[Finding]:
    """A bias that is updated along delta, and that the forward phase of its layer never adds."""
    reading = judged.reading
    for number, layer in enumerate(judged.roles.layers, 1):
        delta = reading.derivatives.by.get(layer.z.index)
        if delta is None or layer.bias is not None or np.ndim(delta) != 2:
            continue
        summed = np.asarray(delta, dtype=float).sum(axis=1 if layer.columns else 0)
        for value in reading.iteration.values:
            old = value.parts[0] if value.op in {"add", "subtract"} and value.parts else None
            free = old is not None and not reading.iteration.depends(old) and old.names
            if not free or old is None or not np.any(summed) or np.size(old.value) != summed.size:
                continue
            change = np.ravel(np.asarray(value.value, float) - np.asarray(old.value, float))
            if (
                summed.size > 1
                and np.shape(value.value) == np.shape(old.value)
                and equal(change, summed, any_factor=True)
            ):
                name = own_name(trace, old)
                slip = Slip(
                    "bias-missing",
                    f"`{name}` is updated, and layer {number} never adds it",
                    f"add `{name}` to `{trace.places[layer.product.place].code}`",
                )
                return [Finding(slip, layer.product.place, f"z{number}", 1, value=layer.product)]
    return []


def repeated_errors(trace: Trace, judged: Judged) -> list[Finding]:
    """Outputs (n,1) against targets (n,) before the first iteration that could be read.

    The update made of them has another shape than the weights, which are n networks from then on.
    """
    reading = judged.reading
    if reading.iteration.number != 1:
        return []
    for value in trace.values[: reading.iteration.start + 1]:
        slip = repeated(value) if value.place == reading.cost.place else None
        if slip is not None:
            return [Finding(slip, value.place, "−dC/da", 1, value.value, None, value)]
    return []


def uphill(trace: Trace, judged: Judged) -> list[Finding]:
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


def never_changed(trace: Trace, judged: Judged) -> list[Finding]:
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
        replaced = _replaced(trace, judged, update)
        if replaced is not None:
            found.append(replaced)
            continue
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


#: Values after the last update in which a parameter may still be replaced.
AFTER = 20


def _replaced(trace: Trace, judged: Judged, update: Update) -> Finding | None:
    """A parameter that is replaced by its change: `b =- rate * db` for `b -= rate * db`."""
    reading = judged.reading
    called = {trace.places[p].code for p, _ in update.old.names}
    truth = reading.derivatives.by[update.old.index]
    end = reading.iteration.end + AFTER
    for value in trace.values[reading.iteration.start + 1 : end]:
        again = [p for p, _ in value.names if trace.places[p].code in called]
        if not again or value.index in reading.forward or np.size(value.value) != np.size(truth):
            continue
        if not any(m.of is update.old for m in reading.known.matches(value.value)):
            continue
        name = trace.places[again[0]].code
        role = judged.roles.names.get(update.old.index, name)
        slip = Slip(
            "bias-zeroed",
            f"`{name}` is replaced by its change: what it was is lost",
            f"change it: `{name} -= …`, not `{name} =- …`",
        )
        number = reading.iteration.number
        made = np.asarray(update.old.value, float) + np.reshape(value.value, np.shape(truth))
        return Finding(slip, again[0], f"{role}_new", number, value.value, made, value)
    return None


def never_cleared(answer: Judgement) -> Finding | None:
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
