"""Follows rules with a memory over the iterations: the sign of a velocity, Adam's corrections.

What is kept from one iteration to the next is found by its numbers: a running mean of the
gradients or of their squares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chainstep.scenarios.programs.judging.findings import Finding, Judged, Judgement
from chainstep.scenarios.programs.mistakes.scene import Slip
from chainstep.scenarios.programs.reading.iterations import Update
from chainstep.scenarios.programs.reading.optimisers import gradients
from chainstep.scenarios.programs.seeing.values import Array, Value

#: How near two numbers of a rule must be to be taken for one.
NEAR = 1e-5


@dataclass(frozen=True)
class _Course:
    """One parameter over the iterations: its gradients, its changes, and what was on the way."""

    name: str
    truths: list[Array]
    gradients: list[Array]
    changes: list[Array]
    weights: list[Array]
    kept: list[list[Value]]
    last: Value


@dataclass(frozen=True)
class _Mean:
    """A running mean: `old · kept + new · added`, and its values in the iterations."""

    kept: float
    added: float
    values: list[Array]
    at: Value


def of_memory(answer: Judgement) -> Finding | None:
    """The mistake in a rule with a memory that otherwise goes along the right gradients."""
    for course in _courses(answer):
        for look in (_uphill, _against, _forgets, _written_back, _corrected):
            found = look(course)
            if found is not None:
                slip, value = found
                number = answer.iterations[1].reading.iteration.number
                return Finding(slip, value.place, f"{course.name}_new", number)
    return None


def always_zero(answer: Judgement) -> Finding | None:
    """A velocity that is set to 0 before it is used: what it kept is lost in every iteration."""
    rows = answer.iterations
    for judged in rows[1:2]:
        iteration = judged.reading.iteration
        for update in iteration.updates:
            for index in sorted(iteration.ancestors(update.events)):
                value = answer.trace.values[index]
                zero = _scaled_zero(judged, value)
                sums = [c.op for c in iteration.consumers.get(index, ())]
                if zero is None or not {"add", "subtract"} & set(sums):
                    continue
                name = judged.roles.names.get(update.old.index, "W")
                slip = Slip(
                    "momentum-left-out",
                    f"`{answer.trace.places[value.place].code}` is always 0: the velocity is set "
                    "to 0 in every iteration",
                    "make it 0 once, before the first iteration",
                )
                number = iteration.number
                return Finding(slip, zero.place, f"{name}_new", number, None, None, value)
    return None


def _scaled_zero(judged: Judged, value: Value) -> Value | None:
    """The zeros that were made in this iteration, where a value is a number times those."""
    if value.op != "multiply" or np.size(value.value) < 2 or np.any(value.value):
        return None
    wide = [p for p in value.parts if np.size(p.value) > 1]
    single = [p for p in value.parts if np.size(p.value) == 1]
    made = len(wide) == 1 and wide[0].op in {"zeros", "zeros_like"}
    inside = made and judged.reading.iteration.inside(wide[0])
    return wide[0] if inside and single and np.any(single[0].value) else None


def unknown_rules(answer: Judgement) -> list[str]:
    """The parameters whose rule has a memory, and is none of those that are known."""
    return [
        course.name
        for course in _courses(answer)
        if np.any(course.gradients[0]) and not _is_known(course)
    ]


def _courses(answer: Judgement) -> Iterator[_Course]:
    rows = answer.iterations
    if len(rows) < 3 or not all(one.reading.explained for one in rows):
        return
    for chain in sorted(rows[1].reading.rules & rows[2].reading.rules):
        course = _course(answer, rows, chain)
        if course is not None:
            yield course


def _course(answer: Judgement, rows: list[Judged], chain: int) -> _Course | None:
    updates = [next(u for u in one.reading.iteration.updates if u.chain == chain) for one in rows]
    found = [
        {v.place: v for v, _ in reversed(gradients(answer.trace, one.reading, update))}
        for one, update in zip(rows, updates, strict=True)
    ]
    shared = [p for p in reversed(found[1]) if all(p in places for places in found)]
    if not shared or np.size(updates[0].old.value) < 4:
        return None
    shape = np.shape(updates[0].old.value)
    kept: list[list[Value]] = []
    for one, update in zip(rows, updates, strict=True):
        way = sorted(one.reading.iteration.ancestors(update.events))
        values = [answer.trace.values[i] for i in way]
        kept.append([v for v in values if np.shape(v.value) == shape and v not in update.events])
    return _Course(
        rows[0].roles.names.get(updates[0].old.index, "W"),
        _down(rows, updates),
        [np.asarray(g[shared[0]].value, dtype=float).reshape(shape) for g in found],
        [np.asarray(u.change, dtype=float) for u in updates],
        [np.asarray(u.old.value, dtype=float) for u in updates],
        kept,
        updates[1].events[-1],
    )


def _down(rows: list[Judged], updates: list[Update]) -> list[Array]:
    """The derivatives of the cost by a parameter; none where the cost is one that is to grow."""
    costs = [one.reading.cost for one in rows]
    value = float(np.reshape(costs[0].seeds[-1][0].value, (-1,))[0])
    if costs[0].own and value < 0:
        return []
    by = [one.reading.derivatives.by[u.old.index] for one, u in zip(rows, updates, strict=True)]
    return [np.asarray(one, dtype=float) for one in by]


def _uphill(course: _Course) -> tuple[Slip, Value] | None:
    """A rule that goes up the cost in every iteration, from the first on."""
    ways = [
        float(np.vdot(np.ravel(change), np.ravel(truth)))
        for change, truth in zip(course.changes, course.truths, strict=False)
    ]
    if len(ways) < len(course.changes) or min(ways) <= 0:
        return None
    says = f"`{course.name}` goes up the cost in every iteration"
    return Slip("sign-flipped", says, "turn the sign of the gradient or of the step"), course.last


def _fit(rows: list[Array], added: list[Array]) -> tuple[float, float] | None:
    """Kept and added of `x_t = kept · x_(t−1) + added · g_t`, where all iterations agree."""
    if not all(np.all(np.isfinite(r)) for r in (*rows, *added)):
        return None
    first = float(np.vdot(rows[0], added[0])) / (float(np.vdot(added[0], added[0])) or 1.0)
    if not _same(rows[0], first * added[0]):
        return None
    columns = np.stack([rows[0].ravel(), added[1].ravel()], axis=1)
    solution, _, rank, _ = np.linalg.lstsq(columns, rows[1].ravel(), rcond=None)
    kept, new = float(solution[0]), float(solution[1])
    if rank < 2 or not _same(rows[1], kept * rows[0] + new * added[1]):
        return None
    return (kept, new) if _same(rows[2], kept * rows[1] + new * added[2]) else None


def _same(one: Array, other: Array) -> bool:
    return bool(np.linalg.norm(one - other) <= NEAR * max(float(np.linalg.norm(one)), 1e-300))


def _against(course: _Course) -> tuple[Slip, Value] | None:
    """A velocity of which the old one is subtracted."""
    found = _fit(course.changes, course.gradients)
    if found is None or found[0] > -NEAR:
        return None
    says = f"the velocity before is taken {abs(found[0]):.4g} times with the other sign"
    velocity = next(iter(_means(course, course.gradients)), None)
    at = velocity.at if velocity is not None else course.last
    return Slip("momentum-sign", says, "add the velocity before to the step, with a plus"), at


def _means(course: _Course, added: list[Array]) -> Iterator[_Mean]:
    """The running means of these that are on the way to the update, by their places."""
    places = [{v.place: v for v in rows} for rows in course.kept]
    for place, value in places[1].items():
        if place not in places[0] or place not in places[2]:
            continue
        values = [np.asarray(rows[place].value, dtype=float) for rows in places]
        if not all(np.all(np.isfinite(v)) and np.any(v) for v in values):
            continue
        found = _fit(values, added)
        if found is not None and abs(found[0]) > NEAR:
            yield _Mean(found[0], found[1], values, value)


def _forgets(course: _Course) -> tuple[Slip, Value] | None:
    """A root of the squares of this iteration alone: every entry moves equally far."""
    sizes = np.abs(course.changes[1])
    moved = sizes[sizes > 0.5 * sizes.max()]
    ops = {v.op for rows in course.kept for v in rows}
    if moved.size < 4 or not np.allclose(moved, moved[0], rtol=1e-4) or not ops & _ROOTS:
        return None
    squares = [v for v in course.kept[1] if _is_multiple(v, course.gradients[1] ** 2)]
    if not squares or any(True for _ in _means(course, [g**2 for g in course.gradients])):
        return None
    says = (
        "the squares of the iterations before are left out, so that every entry moves equally far"
    )
    return Slip("squares-written-over", says, "add the new squares to those before"), squares[-1]


def _written_back(course: _Course) -> tuple[Slip, Value] | None:
    """Adam: a mean that goes on from the corrected one, which was written over it."""
    places = [{v.place: v for v in rows} for rows in course.kept]
    for place, value in places[1].items():
        if not all(place in rows for rows in places):
            continue
        values = [np.ravel(np.asarray(rows[place].value, dtype=float)) for rows in places]
        for added in (course.gradients, [g**2 for g in course.gradients]):
            steps = [np.ravel(one) for one in added]
            share = float(np.vdot(values[0], steps[0])) / (float(np.vdot(steps[0], steps[0])) or 1)
            if not 0 < share < 1 or not _same(values[0], share * steps[0]):
                continue
            kept = 1 - share
            if all(
                _same(values[t], kept / (1 - kept**t) * values[t - 1] + share * steps[t])
                for t in (1, 2)
            ):
                divided = [v for v in course.kept[1] if v.op == "divide" and value in v.parts]
                says = (
                    "the corrected mean is written over the mean, and the next step goes on from it"
                )
                mend = "give the corrected mean a name of its own"
                return Slip("adam-correction-kept", says, mend), (divided or [value])[0]
    return None


_ROOTS = {"sqrt", "power"}


def _is_multiple(value: Value, of: Array) -> bool:
    array = np.asarray(value.value, dtype=float)
    size = float(np.vdot(of, of))
    if not size or not np.all(np.isfinite(array)) or not np.any(array):
        return False
    return _same(array, float(np.vdot(array, of)) / size * of)


def _is_known(course: _Course) -> bool:
    """Whether a rule is a velocity, or steps divided by the root of the squares, or both."""
    firsts = [m for m in _means(course, course.gradients) if m.kept > 0]
    if any(all(_spanned(course, m.values, t) for t in (1, 2)) for m in firsts):
        return True
    if _fit(course.changes, course.gradients) is not None or _decaying(course):
        return True
    seconds = [m.values for m in _means(course, [g**2 for g in course.gradients]) if m.kept > 0]
    seconds += [
        [np.maximum(v - w**2, 0) for v, w in zip(second, m.values, strict=True)]
        for second in seconds
        for m in firsts
    ]
    seconds += [[v + small for v in second] for second in list(seconds) for small in SMALL]
    if any(_of_changes(course, second, small) for second in seconds for small in SMALL):
        return True
    steps = [course.gradients, *(m.values for m in firsts)]
    for second in seconds:
        for step in steps:
            rows = zip(course.changes, step, second, course.weights, strict=True)
            if all(_scale(c, m, v, w) is not None for c, m, v, w in rows):
                return True
        if _of_two(course, second, steps) or _of_quotients(course, second):
            return True
    bounded = {v.op for v in course.kept[1]} & {"clip", "sign", "minimum", "maximum"}
    return bool(bounded)


#: What is added under a root, so that nothing is divided by 0.
SMALL = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)


def _of_changes(course: _Course, second: list[Array], small: float) -> bool:
    """Adadelta: the root of a running mean of squared changes, over that of squared gradients."""
    with np.errstate(all="ignore"):
        sizes = [
            (change * np.sqrt(square + small) / gradient) ** 2
            for change, square, gradient in zip(
                course.changes, second, course.gradients, strict=True
            )
        ]
    if not all(np.all(np.isfinite(one)) for one in sizes[:2]):
        return False
    if not np.allclose(sizes[0], small, rtol=1e-3):
        return False
    share = (sizes[1] - small) / np.maximum(course.changes[0] ** 2, 1e-300)
    return bool(np.allclose(share, np.median(share), rtol=1e-2))


def _of_two(course: _Course, second: list[Array], steps: list[list[Array]]) -> bool:
    """Whether each change is made of the gradient and a mean of it, both over the root."""
    for step in steps[1:]:
        for change, mean, square, gradient in zip(
            course.changes, step, second, course.gradients, strict=True
        ):
            root = np.sqrt(np.maximum(square, 0))
            chosen = root > 0.03 * root.max()
            columns = np.stack([(mean / root)[chosen], (gradient / root)[chosen]], axis=1)
            if len(columns) < 4:
                return False
            solution = np.linalg.lstsq(columns, change[chosen], rcond=None)[0]
            if not np.allclose(columns @ solution, change[chosen], rtol=1e-3, atol=1e-12):
                break
        else:
            return True
    return False


def _of_quotients(course: _Course, second: list[Array]) -> bool:
    """Whether the changes are a velocity of the gradients over the root, where ε does not count."""
    roots = [np.sqrt(np.maximum(v, 0)) for v in second]
    chosen = np.all([r > 0.03 * r.max() for r in roots], axis=0)
    if np.count_nonzero(chosen) < 4:
        return False
    pairs = zip(course.gradients, roots, strict=True)
    return (
        _fit([c[chosen] for c in course.changes], [(g / r)[chosen] for g, r in pairs]) is not None
    )


def _decaying(course: _Course) -> bool:
    """Whether each change is the one before, the gradient and the weights, by the same shares."""
    rows = [
        np.stack([np.ravel(x) for x in parts], axis=1)
        for parts in zip(course.changes[:-1], course.gradients[1:], course.weights[1:], strict=True)
    ]
    solution, _, rank, _ = np.linalg.lstsq(
        np.concatenate(rows[:2]), np.concatenate([np.ravel(c) for c in course.changes[1:3]])
    )
    return bool(rank == 3) and all(
        _same(np.ravel(change), columns @ solution)
        for change, columns in zip(course.changes[1:], rows, strict=True)
    )


def _spanned(course: _Course, kept: list[Array], at: int) -> bool:
    """Whether a change is made of a velocity, the one before, the gradient and the weights."""
    rows = (kept[at], kept[at - 1], course.gradients[at], course.weights[at])
    columns = np.stack([np.ravel(one) for one in rows], axis=1)
    change = np.ravel(course.changes[at])
    solution = np.linalg.lstsq(columns, change, rcond=None)[0]
    return _same(change, columns @ solution)


def _corrected(course: _Course) -> tuple[Slip, Value] | None:
    """Adam: what the two means are divided by in each iteration, from the changes themselves."""
    first = next(iter(_means(course, course.gradients)), None)
    second = next(iter(_means(course, [g**2 for g in course.gradients])), None)
    if any(v.op in {"maximum", "max"} for v in course.kept[1]):
        return None  # the largest of the running squares needs no correction
    if first is None or second is None or not (0 < first.kept < 1 and 0 < second.kept < 1):
        return None
    size = first.added / (1 - first.kept)
    if abs(second.added / (1 - second.kept) / size**2 - 1) > NEAR:
        return None
    rows = zip(course.changes, first.values, second.values, strict=True)
    scales = [scale for c, m, v in rows if (scale := _scale(c, m, v)) is not None]
    if len(scales) < len(course.changes):
        return None
    sizes = [scale / scales[0] for scale in scales]
    if _near(sizes, _growth(first.kept, second.kept, 0)):
        return None
    corrected = [v for v in course.kept[1] if v.op == "divide" and first.at in v.parts]
    if corrected and _near(sizes, [1.0] * len(sizes)):
        says = "the corrections 1 − βᵗ are the same in each iteration: t does not go up"
        return Slip("adam-counts-wrong", says, "let t go up by 1 with each update"), corrected[0]
    for mean, square, says in (
        (True, False, "the mean of the squares is not divided by 1 − β₂ᵗ"),
        (False, True, "the mean of the gradients is not divided by 1 − β₁ᵗ"),
        (False, False, "the two means are not corrected for having started at 0"),
    ):
        if _near(sizes, _growth(first.kept * mean, second.kept * square, 0)):
            mend = "divide both: m / (1 − β₁ᵗ) and v / (1 − β₂ᵗ), with t from 1"
            return Slip("adam-not-corrected", says, mend), course.last
    for step in range(1, MOST_STEPS):
        for late in range(step if step > 1 else 3):
            if _near(sizes, _growth(first.kept, second.kept, late, step)):
                says = f"t begins at {1 + late} in the corrections 1 − βᵗ"
                if step > 1:
                    says += f", and goes up by {step} in each iteration"
                mend = "let t be 1 in the first update, and go up by 1 with each"
                return Slip("adam-counts-wrong", says, mend), (corrected or [course.last])[0]
    return None


#: By how much the counter of Adam is tried to go up at once: once for each parameter, say.
MOST_STEPS = 13


def _growth(mean: float, square: float, late: int, step: int = 1) -> list[float]:
    """How the step grows from the first iteration on, by the corrections alone."""
    counts = [1 + late + step * n for n in range(3)]
    sizes = [np.sqrt(1 - square**t) / (1 - mean**t) for t in counts]
    return [float(s / sizes[0]) for s in sizes]


def _near(one: list[float], other: list[float]) -> bool:
    return all(abs(a / b - 1) <= 1e-4 for a, b in zip(one, other, strict=True))


def _scale(change: Array, mean: Array, square: Array, weights: Array | None = None) -> float | None:
    """What m/√v was multiplied with, from the entries where ε does not count."""
    root = np.sqrt(np.maximum(square, 0))
    with np.errstate(all="ignore"):
        step = mean / root
        chosen = (root > 0.03 * root.max()) & (np.abs(mean) > 0)
        ratio = (change / step)[chosen]
    if not ratio.size or not np.all(np.isfinite(ratio)):
        return None
    middle = float(np.median(ratio))
    if np.allclose(ratio, middle, rtol=1e-3):
        return middle
    if weights is None or ratio.size < 4:
        return None
    columns = np.stack([step[chosen], weights[chosen]], axis=1)  # and a decay of its own
    solution = np.linalg.lstsq(columns, change[chosen], rcond=None)[0]
    near = np.allclose(columns @ solution, change[chosen], rtol=1e-3, atol=1e-12)
    return float(solution[0]) if near and solution[1] < 0 else None
