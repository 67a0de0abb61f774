"""The usual losses of what a program holds against each other: outputs and targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import plain
from chainstep.scenarios.programs.reading.iterations import Iteration
from chainstep.scenarios.programs.seeing.values import Value


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


def losses_of(iteration: Iteration) -> list[Cost]:
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
