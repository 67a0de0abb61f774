"""Slopes where an expression runs several times: for each layer, each observation, each unit.

An expression in a loop needs another local derivative each time; which one, the order says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import repeat
from chainstep.scenarios.programs.mistakes.edits import Edit, Now
from chainstep.scenarios.programs.mistakes.scene import Scene
from chainstep.scenarios.programs.mistakes.swaps import Swap, base_of, before, local_derivative
from chainstep.scenarios.programs.reading.layers import Layer
from chainstep.scenarios.programs.seeing.values import Value

#: Local derivatives that are computed for all places.
MOST_SLOPES = 400
#: Expressions of the forward phase whose local derivatives are tried, without layers.
MOST_PLACES = 12


@dataclass(frozen=True)
class Course:
    """Local derivatives in the order in which the forward phase made them, or backwards.

    ``layers`` are the layers whose slopes they are, where they are such.
    """

    of: tuple[Value, ...]
    by: tuple[Value, ...]
    amounts: tuple[Any, ...]
    layers: tuple[Layer, ...] = ()

    def turned(self) -> Course:
        """The same from the last to the first."""
        return Course(self.of[::-1], self.by[::-1], self.amounts[::-1], self.layers[::-1])


def courses_of(scene: Scene) -> list[Course]:
    """The slopes of each layer over the observations, of all layers downwards, of each unit."""
    found = list(_of_layers(scene)) or list(_of_places(scene))
    return found + [one.turned() for one in found if len(one.of) > 1]


def _of_layers(scene: Scene) -> Iterator[Course]:
    every = [(n, x) for n, x in scene.roles.every if x.a is not x.z][:MOST_SLOPES]
    slopes = {
        x.a.index: local_derivative(scene.reading, x.a, x.z)
        for _, x in every
        if x.activation != "softmax"
    }
    known = [(n, x) for n, x in every if slopes.get(x.a.index) is not None]
    numbers = sorted({n for n, _ in known}, reverse=True)
    last = len(scene.roles.layers)
    rows = [[x for n, x in known if n == number] for number in numbers]
    if len(numbers) > 1 and len({len(row) for row in rows}) == 1:
        down = [[row[k] for row in rows] for k in range(len(rows[0]))]
        rows.append([x for group in down for x in group])
        if numbers[0] == last and len(numbers) > 2:
            rows.append([x for group in down for x in group[1:]])
    for row in rows:
        yield Course(
            tuple(x.a for x in row),
            tuple(x.z for x in row),
            tuple(slopes[x.a.index] for x in row),
            tuple(row),
        )


def _of_places(scene: Scene) -> Iterator[Course]:
    """The local derivatives of expressions that bend, where no layers were recognised."""
    reading = scene.reading
    places: dict[int, list[Value]] = {}
    for index in sorted(reading.forward):
        value = reading.values[index]
        if _bends(scene, value):
            places.setdefault(value.place, []).append(value)
    left = MOST_SLOPES
    for rows in list(places.values())[:MOST_PLACES]:
        chains = [list(before(reading, value)) for value in rows]
        for depth in range(min(map(len, chains))):
            left -= len(rows)
            if left < 0:
                return
            by = [chain[depth] for chain in chains]
            amounts = [local_derivative(reading, o, b) for o, b in zip(rows, by, strict=True)]
            if all(amount is not None for amount in amounts):
                yield Course(tuple(rows), tuple(by), tuple(amounts))


def _bends(scene: Scene, value: Value) -> bool:
    """Whether a value is made by a function, or is a parameter times something."""
    if value.op == "multiply":
        return any(p.chain >= 0 for p in value.parts)
    first = value.arguments[0] if value.arguments else None
    above = isinstance(first, Value) and scene.reading.iteration.depends(first)
    return value.op in _BENDING and not (value.op == "divide" and above)


_BENDING = {
    "tanh", "divide", "maximum", "max", "where", "exp", "log", "sin", "cos", "power",
    "expit", "sqrt", "logaddexp", "log1p", "arctan", "pow",
}  # fmt: skip


def slope_edits(
    scene: Scene, place: int, values: Sequence[Value], courses: Sequence[Course]
) -> Iterator[Edit]:
    """A slope more, or another one, each time that an expression runs."""
    at = frozenset(v.index for v in values)
    carries = [v.index in scene.errors.carry for v in values]
    for course in courses:
        if not _fits(values, course):
            continue
        table = _table(values, course)
        if all(carries):
            yield Edit("slope-more", place, at, _times(table), course=course)
            for number in _slopes_of(scene, values):
                makes = _instead(table, number)
                yield Edit("slope-other", place, at, makes, course=course, operand=number)
        elif not any(carries):
            yield Edit("slope-other", place, at, _always(table), course=course)


def fewer_slopes(
    scene: Scene, place: int, values: Sequence[Value], courses: Sequence[Course]
) -> Iterator[Edit]:
    """One slope fewer, each time that an expression runs."""
    if all(v.index in scene.errors.carry for v in values):
        at = frozenset(v.index for v in values)
        for course in courses:
            if _fits(values, course):
                makes = _over(_table(values, course))
                yield Edit("slope-fewer", place, at, makes, course=course)


def _table(values: Sequence[Value], course: Course) -> dict[int, Any]:
    """The slope that belongs to each value."""
    return {v.index: _like(s, v) for v, s in zip(values, course.amounts, strict=True)}


def compared_edits(
    scene: Scene, place: int, values: Sequence[Value], courses: Sequence[Course]
) -> Iterator[Edit]:
    """z of the layer, where a derivative is held against 0 for a slope."""
    at = frozenset(v.index for v in values)
    bases = [base_of(p)[0] for v in values[:1] for p in v.parts if p.index in scene.errors.carry]
    if values[0].op not in COMPARED_OPS or len(bases) != 1:
        return
    for course in courses:
        if not _fits(values, course):
            continue
        for rows in (course.by, course.of):
            pairs = zip(values, rows, strict=True)
            partners = {base_of(v.parts[0])[0].index: z for v, z in pairs}
            swap = Swap(bases[0], rows[0], partners)
            yield Edit("swap", place, at, swap.makes, swap=swap, course=course)


COMPARED_OPS = {"greater", "greater_equal", "less", "less_equal"}


def _slopes_of(scene: Scene, values: Sequence[Value]) -> Iterator[int]:
    """Which operand of a product stands where a slope may: it carries no error."""
    for number in (0, 1):
        if all(
            v.op in {"multiply", "divide"}
            and isinstance(part := v.arguments[number], Value)
            and part.index not in scene.errors.carry
            and np.size(part.value) == np.size(v.value)
            for v in values
        ):
            yield number


def _fits(values: Sequence[Value], course: Course) -> bool:
    return len(values) == len(course.amounts) and all(
        np.size(v.value) == np.size(amount)
        for v, amount in zip(values, course.amounts, strict=True)
    )


def _like(amount: Any, value: Value) -> Any:
    array, shape = np.asarray(amount, dtype=float), np.shape(value.value)
    if array.shape != shape and array.T.shape == shape:
        array = array.T
    return np.reshape(array, shape) if shape else float(np.reshape(array, ()))


def _times(table: dict[int, Any]) -> Callable[[Value, Now], Any]:
    def makes(value: Value, now: Now) -> Any:
        return repeat(value, tuple(now(a) for a in value.arguments)) * table[value.index]

    return makes


def _over(table: dict[int, Any]) -> Callable[[Value, Now], Any]:
    def makes(value: Value, now: Now) -> Any:
        made = repeat(value, tuple(now(a) for a in value.arguments))
        slope = np.asarray(table[value.index])
        return np.divide(made, slope, out=np.array(made, dtype=float), where=slope != 0)

    return makes


def _instead(table: dict[int, Any], number: int) -> Callable[[Value, Now], Any]:
    def makes(value: Value, now: Now) -> Any:
        arguments = [now(a) for a in value.arguments]
        arguments[number] = table[value.index]
        return repeat(value, tuple(arguments))

    return makes


def _always(table: dict[int, Any]) -> Callable[[Value, Now], Any]:
    def makes(value: Value, now: Now) -> Any:
        del now
        return table[value.index]

    return makes
