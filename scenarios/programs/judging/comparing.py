"""Compares the updates with each other: a sign, a rate or a factor that only one of them has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chainstep.scenarios.programs.judging.factors import place_of
from chainstep.scenarios.programs.mistakes.scene import Slip
from chainstep.scenarios.programs.reading.errors import Errors
from chainstep.scenarios.programs.reading.iterations import Update
from chainstep.scenarios.programs.reading.optimisers import gradients
from chainstep.scenarios.programs.reading.reading import Reading
from chainstep.scenarios.programs.reading.recognising import Match
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Value


@dataclass(frozen=True)
class Odd:
    """An update that goes along its derivative, but ``ratio`` times as far as the others."""

    update: Update
    ratio: float
    place: int
    value: Value
    slip: Slip


def odd_ones(trace: Trace, reading: Reading, errors: Errors, names: dict[int, str]) -> list[Odd]:
    """The updates whose factor is another than that of most."""
    rows = _rows(reading)
    if reading.rules:  # a rule with a memory is compared by its gradients
        rows = [r for r in rows if r[0].chain in reading.rules and np.size(r[0].old.value) > 1]
    if len(rows) < 2:
        return []
    usual = _usual(rows, names)
    if reading.rules:
        usual, rows = _by_gradients(trace, reading, rows, usual)
    found: list[Odd] = []
    for update, match in rows:
        ratio = match.factor / usual
        if abs(ratio - 1) <= 1e-5:
            continue
        same = [(u, m) for u, m in rows if abs(m.factor / usual - 1) <= 1e-5]
        place, value, inner = place_of(trace, reading, errors, update, same, ratio)
        slip = _slip(trace, reading, update, ratio, same[0][0], inner=inner)
        if slip is not None:
            found.append(Odd(update, ratio, place, value, slip))
    return sorted(found, key=lambda odd: odd.value.index)


def _by_gradients(
    trace: Trace, reading: Reading, rows: list[tuple[Update, Match]], usual: float
) -> tuple[float, list[tuple[Update, Match]]]:
    """Of rules with a memory: the factor that most gradients have at some point, and each one's.

    A rule is written in other steps for each parameter: here the rate comes first, there last.
    """
    every = [(u, gradients(trace, reading, u)) for u, _ in rows]
    counts: dict[float, int] = {}
    for _, found in every:
        for factor in {float(f"{m.factor:.6g}") for _, m in found if m.factor}:
            counts[factor] = counts.get(factor, 0) + 1
    best = max(counts, key=lambda f: (counts[f], abs(f / usual - 1) < 1e-5), default=usual)
    made = []
    for (update, match), (_, found) in zip(rows, every, strict=True):
        own = [m for _, m in found if m.factor and abs(m.factor / best - 1) <= 1e-5]
        made.append((update, own[0] if own else match))
    return best, made


def _rows(reading: Reading) -> list[tuple[Update, Match]]:
    rows = []
    for update in reading.iteration.updates:
        match = reading.updates.get(update.chain)
        moves = match is not None and match.factor != 0 and not _clipped(reading, update)
        if update.chain in reading.learned and match is not None and moves:
            rows.append((update, match))
    return rows


def _clipped(reading: Reading, update: Update) -> bool:
    """Whether an update is scaled by the size of its own gradient: its factor is its own then."""
    stack: list[Value] = list(update.events)
    seen: set[int] = set()
    while stack:
        value = stack.pop()
        if value.index in seen or not reading.iteration.inside(value):
            continue
        seen.add(value.index)
        if value.op in {"multiply", "divide"} and np.size(value.value) > 1:
            single = [p for p in value.parts if np.size(p.value) == 1]
            if any(reading.iteration.depends(p) for p in single):
                wide = [p for p in value.parts if np.size(p.value) > 1]
                own = [m for p in wide for m in reading.matches.get(p.index, ())]
                return any(m.of is update.old for m in own)
        if value.op not in {"dot", "matmul", "sum", "einsum"}:
            stack.extend(value.parts)
    return False


def _usual(rows: Sequence[tuple[Update, Match]], names: dict[int, str]) -> float:
    """The factor that most updates have; of equally many, that of the weights, then of the last."""
    groups: list[tuple[float, list[str]]] = []
    for update, match in rows:
        name = names.get(update.old.index, "")
        if np.size(update.old.value) == 1:  # all that one line updates number by number is one
            name = f"{update.events[0].place}"
        for factor, members in groups:
            if abs(match.factor / factor - 1) <= 1e-5:
                members.append(name)
                break
        else:
            groups.append((match.factor, [name]))

    def weight(group: tuple[float, list[str]]) -> tuple[int, bool, int, int]:
        layers = [int(n[1:]) for n in group[1] if n[:1] == "W" and n[1:].isdigit()]
        return (len(set(group[1])), group[0] < 0, len(layers), max(layers, default=0))

    return max(groups, key=weight)[0]


def _slip(
    trace: Trace,
    reading: Reading,
    update: Update,
    ratio: float,
    usual: Update,
    *,
    inner: bool,
) -> Slip | None:
    rate, named = _rate(trace, reading, update)
    other, other_named = _rate(trace, reading, usual)
    size = abs(ratio)
    apart = named and other_named and named != other_named and "rate (" not in named + other_named
    if apart and rate and other and abs(rate / other / ratio - 1) <= 1e-5:
        return None  # a rate of its own, by a name of its own
    if ratio < 0 and abs(size - 1) <= 1e-5:
        return Slip(
            "sign-flipped", "this update goes the other way than the others", "turn its sign round"
        )
    if not inner and rate and other and named and other_named and named != other_named:
        return None  # a rate of its own, by a name of its own
    if not inner and rate is None and other and abs(size * abs(other) - 1) <= 1e-5:
        return Slip(
            "learning-rate-omitted",
            "the learning rate is left out of this update",
            f"multiply by `{other_named.split(' (')[0]}`"
            if other_named
            else f"multiply by {other:.6g}",
        )
    if other and abs(size / abs(other) - 1) <= 1e-5 and abs(other) != 1:
        return Slip(
            "learning-rate-twice", "the learning rate is multiplied in twice", "multiply by it once"
        )
    if min(abs(size - 2), abs(size - 0.5)) <= 1e-5:
        word = "twice" if size > 1 else "half of"
        return Slip("factor-two", f"this is {word} what belongs to the others", "")
    counts = _counts(reading)
    for n, what in counts.items():
        if abs(size / n - 1) <= 1e-5:
            return Slip(
                "sum-for-mean",
                f"{n} times what the others are: the division by the number "
                f"of {what} is missing here",
                f"divide by {n}",
            )
        if abs(size * n - 1) <= 1e-5:
            return Slip(
                "mean-for-sum",
                f"divided by {n}, the number of {what}, and the others are not",
                "leave the division out, or divide all of them",
            )
    return Slip("", f"this is {size:.6g} times what belongs to the others", "")


def _counts(reading: Reading) -> dict[int, str]:
    found: dict[int, str] = {}
    for output, _ in reading.cost.pairs:
        for n in np.shape(output.value):
            if n > 1:
                found.setdefault(n, "observations")
    for value, _ in reading.cost.seeds:
        for part in value.parts:
            for n in np.shape(part.value):
                if n > 2:
                    found.setdefault(n, "observations")
    for value in reading.iteration.values[:400]:
        if value.op in {"dot", "matmul"}:
            for part in value.parts:
                if not reading.iteration.depends(part):
                    for n in np.shape(part.value):
                        if n > 2:
                            found.setdefault(n, "observations")
    return found


def _rate(trace: Trace, reading: Reading, update: Update) -> tuple[float | None, str]:
    """The number that an update multiplies its gradient with, and its name."""
    stack, seen = list(update.events), 0
    while stack and seen < 12:
        value = stack.pop(0)
        seen += 1
        if value.op == "multiply":
            for one, other in (value.arguments[:2], value.arguments[1::-1]):
                wide = isinstance(other, Value) and np.size(other.value) > 1
                if isinstance(other, Value) and (wide or reading.iteration.depends(other)):
                    if isinstance(one, Value) and not reading.iteration.depends(one):
                        if np.size(one.value) == 1:
                            literal = bool(value.literal)
                            return float(np.reshape(one.value, ())), _name(trace, one, literal)
                    elif isinstance(one, int | float):
                        return float(one), ""
        stack.extend(p for p in value.parts if reading.iteration.inside(p))
    return None, ""


def _name(trace: Trace, value: Value, literal: bool) -> str:  # noqa: FBT001 - of the source
    """What a rate is called, and by which object where one name has several: `self.rate`."""
    base = value
    while base.op in {"negative", "divide", "multiply"} and base.parts:
        base = base.parts[0]
    code = trace.places[value.names[-1][0]].code if value.names else ""
    if base.names:
        name = code or trace.places[base.names[-1][0]].code
        return f"{name} ({base.index})" if "." in name or "[" in name else name
    return "" if literal else f"rate ({base.index})"
