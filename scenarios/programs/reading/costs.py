"""Finds the candidates for the cost: numbers that the program computes, and the usual losses."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np

from chainstep.scenarios.programs.reading.iterations import Iteration
from chainstep.scenarios.programs.reading.losses import Cost, losses_of
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Value

#: Costs that are tried in one iteration.
MOST_TRIED = 40


_COST_NAMES = re.compile(
    r"(^|[._\[\"'])(total_?|mean_?|avg_?|sum_?|train_?|epoch_?|running_?|data_?|batch_?|curr\w*_?)?"
    r"(loss(es)?|costs?|err(or)?s?|objective|mse|sse|bce|nll|total|xent|cross_?entropy|j|e|c|l)"
    r"(_?\w{0,9})?([\"'\]]|$)",
    re.IGNORECASE,
)


def costs_of(trace: Trace, iteration: Iteration) -> list[Cost]:
    """The candidates: numbers that the program computes, and losses of outputs and targets."""
    made = iteration.ancestors([e for u in iteration.updates for e in u.events])
    losses = losses_of(iteration)
    own = [_with_pairs(iteration, cost, losses) for cost in _own_costs(trace, iteration, made)]
    return [*own, *losses][:MOST_TRIED]


def _with_pairs(iteration: Iteration, cost: Cost, losses: list[Cost]) -> Cost:
    """The program's own cost, with the outputs and targets that it is made of."""
    before = iteration.ancestors([v for v, _ in cost.seeds])
    for loss in losses:
        inner = [pair for pair in loss.pairs if pair[0].index in before]
        if inner and not any(
            followers(iteration, o) & {v.index for v, _ in inner} for o, _ in inner
        ):
            return replace(cost, pairs=tuple(inner))
    return cost


def _own_costs(trace: Trace, iteration: Iteration, made: set[int]) -> list[Cost]:
    """Numbers that hang on the parameters and from which no update was made."""
    by_place: dict[int, list[Value]] = {}
    for value in iteration.values:
        if np.size(value.value) != 1 or not iteration.depends(value) or value.index in made:
            continue
        if np.asarray(value.value).dtype.kind != "f" or value.index in iteration.late:
            continue
        by_place.setdefault(value.place, []).append(value)
    rows: list[tuple[tuple[bool, ...], int, Cost]] = []
    for place, values in by_place.items():
        last = values[-1]
        named = any(_COST_NAMES.search(trace.places[p].code) for v in values for p, _ in v.names)
        named = named or bool(_COST_NAMES.search(trace.places[place].function.split(".")[-1]))
        shown = any(v.shown for v in values)
        ends = not any(iteration.depends(c) for c in iteration.consumers.get(last.index, ()))
        full = iteration.masks[last.index].bit_count()
        rank = (ends and named, ends and shown, named, ends)
        seeds: list[tuple[tuple[Value, Any], ...]] = [((last, _ones(last)),)]
        if len(values) > 1 and last.index not in followers(iteration, values[0]):
            seeds.insert(0, tuple((v, _ones(v)) for v in values))
        rows += [(rank, full, Cost("own", one, place, own=True, named=named)) for one in seeds]
    rows.sort(key=lambda row: (row[1], row[0]), reverse=True)
    return [cost for _, _, cost in rows[:14]]


def _ones(value: Value) -> Any:
    return np.ones(np.shape(value.value)) if np.shape(value.value) else 1.0


def followers(iteration: Iteration, value: Value) -> set[int]:
    """What was made from a value in this iteration."""
    found: set[int] = set()
    stack = [value]
    while stack:
        for one in iteration.consumers.get(stack.pop().index, ()):
            if one.index not in found:
                found.add(one.index)
                stack.append(one)
    return found
