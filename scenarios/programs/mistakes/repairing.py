"""Tries single changes of a program until its wrong updates are right.

What makes every wrong update right, and leaves the right ones right, is what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import UNFIT, plain
from chainstep.scenarios.programs.mistakes.courses import (
    compared_edits,
    courses_of,
    fewer_slopes,
    slope_edits,
)
from chainstep.scenarios.programs.mistakes.derivative_swaps import derivative_edits, part_edits
from chainstep.scenarios.programs.mistakes.edits import (
    Edit,
    edit_of_news,
    edits_at,
    edits_of_call,
    edits_of_line,
    edits_of_name,
    factors_at,
    factors_of_result,
)
from chainstep.scenarios.programs.mistakes.scene import Scene
from chainstep.scenarios.programs.mistakes.swaps import Factor, before, factors_of
from chainstep.scenarios.programs.mistakes.trials import Trials
from chainstep.scenarios.programs.reading.iterations import Update
from chainstep.scenarios.programs.seeing.values import Value


@dataclass(frozen=True)
class Repair:
    """A change that makes the updates right: the first value it changes, and what that becomes.

    ``values`` are all that it changes, in the order of running.
    """

    edit: Edit
    value: Value
    made: Any
    values: tuple[Value, ...] = ()


def repair_of(scene: Scene, wrong: Sequence[Update]) -> Repair | None:
    """The first change that makes every wrong update right, and leaves the right ones right."""
    trials = Trials(scene, wrong)
    for edit in _edits(scene, trials):
        if trials.left < 0:
            break
        if trials.works(edit, wrong):
            return _made(scene, edit)
    return None


def _edits(scene: Scene, trials: Trials) -> Iterator[Edit]:
    """All changes of expressions, of what calls are given, and of what is picked by a name."""
    yield from edit_of_news(scene, trials.backward())
    yield from trials.ways()
    places = trials.places()
    rows = [(min(v.index for v in values), edits_at, p, values) for p, values in places]
    rows += [
        (min(v.index for v in values), edits_of_call, p, values) for p, values in trials.calls()
    ]
    for _, edits, place, values in sorted(rows, key=lambda row: row[0]):
        yield from trials.counted(edits(scene, place, values), values)
    for place, (bases, values) in trials.names().items():
        yield from trials.counted(edits_of_name(scene, place, values, bases), values)
    for own, values in trials.lines():
        yield from trials.counted(edits_of_line(scene, own, values), values)
    for place, values in places:
        yield from trials.counted(derivative_edits(scene, place, values), values)
        yield from trials.counted(part_edits(place, values), values)
    courses = courses_of(scene)
    for place, values in _outermost_first(scene, places):
        yield from trials.counted(compared_edits(scene, place, values, courses), values)
        yield from trials.counted(fewer_slopes(scene, place, values, courses), values)


def slope_repair_of(scene: Scene, wrong: Sequence[Update]) -> Repair | None:
    """The first slope, more or another one, that makes the updates right, wherever it is taken."""
    trials, courses = Trials(scene, wrong), courses_of(scene)
    for place, values in _outermost_first(scene, trials.places()):
        for edit in trials.counted(slope_edits(scene, place, values, courses), values):
            if trials.left < 0:
                return None
            if trials.works(edit, wrong):
                return _made(scene, edit)
    return None


def _outermost_first(
    scene: Scene, places: Sequence[tuple[int, list[Value]]]
) -> list[tuple[int, list[Value]]]:
    """The places, line by line, of each line the whole expression before its parts."""
    where = scene.trace.places
    lines = list(dict.fromkeys((where[p].file, where[p].line) for p, _ in places))
    order = {line: number for number, line in enumerate(lines)}
    return sorted(
        places, key=lambda row: (order[where[row[0]].file, where[row[0]].line], -row[1][0].index)
    )


def lacking(
    scene: Scene, wrong: Sequence[Update], chosen: Callable[[Scene, Factor], bool] | None = None
) -> Repair | None:
    """A factor without which the updates are wrong, at the place where it most likely belongs."""
    trials = Trials(scene, wrong)
    factors = [one for one in factors_of(scene) if chosen is None or chosen(scene, one)]
    if not factors:
        return None
    found: list[Edit] = []
    for edit in _with_factors(scene, trials, factors):
        if trials.left < 0:
            break
        if trials.works(edit, wrong):
            found.append(edit)
    if not found:
        return None
    return _made(scene, max(found, key=lambda edit: _belongs(scene, edit)))


def _with_factors(scene: Scene, trials: Trials, factors: Sequence[Factor]) -> Iterator[Edit]:
    for place, (_, values) in trials.names().items():
        edits = factors_at(scene, place, values, factors, None, "name")
        yield from trials.counted(edits, values)
    for place, values in trials.calls():
        yield from trials.counted(factors_at(scene, place, values, factors, place), values)
    for place, values in trials.places():
        yield from trials.counted(factors_at(scene, place, values, factors, None), values)
        yield from trials.counted(factors_of_result(place, values, factors), values)


def _belongs(scene: Scene, edit: Edit) -> tuple[bool, bool, bool, int]:
    """How likely a factor is missing here: where its companions are, in one place for all."""
    factor = edit.swap.factor if edit.swap is not None else None
    of = factor.of if factor is not None else None
    code = scene.trace.places[edit.place].code
    chain = [of, *before(scene.reading, of)] if of is not None else []
    companions = _companions(scene, *chain) if of is not None else masks_of(scene, factor)
    named = any(re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", code) for name in companions)
    slope = of is not None and scene.roles.layer_of(of) is not None
    return named, edit.kind == "name", slope, -min(edit.at)


def _companions(scene: Scene, *values: Value | None) -> set[str]:
    """What stands beside the forward values of a factor: masks and numbers, by their names."""
    depends = scene.reading.iteration.depends
    parts = [p for one in values if one is not None for p in one.parts if not depends(p)]
    return {scene.trace.places[n].code for p in parts for n, _ in p.names}


def masks_of(scene: Scene, factor: Factor | None) -> set[str]:
    """The names of the masks that the forward phase multiplies together with a number."""
    wanted = factor.code.removeprefix("1 / ") if factor is not None else ""
    found: set[str] = set()
    for index in scene.reading.forward:
        value = scene.reading.values[index]
        if value.op in {"multiply", "divide"} and any(
            np.size(p.value) == 1 and scene.code(p) == wanted for p in value.parts
        ):
            found |= _companions(scene, value, *value.parts)
    return found - {wanted}


def _made(scene: Scene, edit: Edit) -> Repair:
    values = tuple(scene.reading.values[i] for i in sorted(edit.at))
    value = values[0]
    try:
        with np.errstate(all="ignore"):
            made = edit.makes(value, plain)
    except UNFIT:
        made = None
    return Repair(edit, value, made, values)
