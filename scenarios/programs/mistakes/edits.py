"""The ways in which an expression may have been meant: each changes what one place makes.

A right value of another role in the place of an operand, another operation, number or axis, a
transpose more or less, an operand too many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chainstep.scenarios.programs.deriving.again import repeat
from chainstep.scenarios.programs.mistakes.scene import Scene
from chainstep.scenarios.programs.mistakes.swaps import Factor, Swap, base_of, scaled, swaps_of
from chainstep.scenarios.programs.reading.recognising import Truth
from chainstep.scenarios.programs.seeing.values import Value

if TYPE_CHECKING:
    from chainstep.scenarios.programs.mistakes.courses import Course

Now = Callable[[Any], Any]


@dataclass(frozen=True)
class Edit:
    """One change at one place: the values there, and what is made of each, given what is now so.

    ``swap`` has the operand and what stands for it, ``dropped`` the one that is left out, ``way``
    the one way of a derivative that was taken alone, ``course`` the slopes, and ``operand`` in
    whose place they stand, where it is one; ``kind`` says which change it is.
    """

    kind: str
    place: int
    at: frozenset[int]
    makes: Callable[[Value, Now], Any]
    code: str = ""
    swap: Swap | None = None
    dropped: Value | None = None
    way: Truth | None = None
    course: Course | None = None
    operand: int | None = None


def edits_at(scene: Scene, place: int, values: Sequence[Value]) -> Iterator[Edit]:
    """The changes of an expression that are tried: its values in one iteration are given."""
    at = frozenset(v.index for v in values)
    first = values[0]
    for swap in swaps_of(scene, values):
        yield Edit("swap", place, at, swap.makes, swap=swap)
    for kind, code, makes in _changes(first, _constants(scene)):
        yield Edit(kind, place, at, makes, code)
    for number, operand in enumerate(first.arguments[:2]):
        if first.op in {"multiply", "divide"} and _droppable(first, number):
            dropped = operand if isinstance(operand, Value) else None
            yield Edit("drop", place, at, _without(number), dropped=dropped)


def edits_of_line(scene: Scene, places: Sequence[int], values: Sequence[Value]) -> Iterator[Edit]:
    """Another value for one that a line uses several times, everywhere in it."""
    for swap in swaps_of(scene, values):
        touched = [v for v in values if swap.touches(v)]
        if len({v.place for v in touched}) > 1:
            at = frozenset(v.index for v in touched)
            place = max((v.place for v in touched), key=places.index)
            yield Edit("swap", place, at, swap.makes, swap=swap)


def edit_of_news(scene: Scene, values: Sequence[Value]) -> Iterator[Edit]:
    """All parameters as they were before their updates, wherever they are used."""
    updates = [u for u in scene.reading.iteration.updates if u.events]
    news = {i: u.old for u in updates for i in (u.new.index, *(e.index for e in u.events))}
    swap = Swap(updates[0].new, updates[0].old, news) if updates else None
    touched = [v for v in values if swap is not None and swap.touches(v)]
    if swap is not None and touched:
        base = next(base_of(p)[0] for v in touched for p in v.parts if base_of(p)[0].index in news)
        swap = Swap(base, news[base.index], news)
        at = frozenset(v.index for v in touched)
        yield Edit("swap", touched[0].place, at, swap.makes, swap=swap)


def edits_of_call(scene: Scene, place: int, values: Sequence[Value]) -> Iterator[Edit]:
    """The changes of what a function of the program's own is given, where it is called."""
    for swap in swaps_of(scene, values, call=place):
        at = frozenset(v.index for v in values if swap.touches(v))
        yield Edit("argument", place, at, swap.makes, swap=swap)


def factors_at(
    scene: Scene,
    place: int,
    values: Sequence[Value],
    factors: Sequence[Factor],
    call: int | None,
    kind: str = "factor",
) -> Iterator[Edit]:
    """An operand times something that it lacks, at one place or where it is given to a call."""
    for swap in scaled(scene, values, factors, call):
        at = frozenset(v.index for v in values if swap.touches(v))
        yield Edit(kind, place, at, swap.makes, swap=swap)


def edits_of_name(
    scene: Scene, place: int, values: Sequence[Value], bases: Sequence[Value]
) -> Iterator[Edit]:
    """Another value under a name that one was given: what uses it by that name is given."""
    bases = [b for b in bases if b.index not in scene.errors.carry]
    for swap in swaps_of(scene, values, bases=bases) if bases else ():
        at = frozenset(v.index for v in values if swap.touches(v))
        yield Edit("name", place, at, swap.makes, swap=swap)


def factors_of_result(
    place: int, values: Sequence[Value], factors: Sequence[Factor]
) -> Iterator[Edit]:
    """What an expression gives, times something that it lacks."""
    at = frozenset(v.index for v in values)
    first = values[0]
    for factor in factors:
        if np.size(factor.amount) in {1, np.size(first.value)}:
            swap = Swap(first, first, {}, factor=factor)
            yield Edit("factor", place, at, _times(factor.amount), swap=swap)


def _times(amount: Any) -> Callable[[Value, Now], Any]:
    def makes(value: Value, now: Now) -> Any:
        whole = repeat(value, tuple(now(one) for one in value.arguments))
        fits = np.size(amount) == np.size(value.value)
        return whole * (np.reshape(amount, np.shape(value.value)) if fits else amount)

    return makes


def _droppable(value: Value, number: int) -> bool:
    other = value.arguments[1 - number]
    if value.op == "divide" and number == 0:
        return False
    return bool(np.shape(_plain(other)) == np.shape(value.value))


def _plain(thing: Any) -> Any:
    return thing.value if isinstance(thing, Value) else thing


def _without(number: int) -> Callable[[Value, Now], Any]:
    def makes(value: Value, now: Now) -> Any:
        return now(value.arguments[1 - number])

    return makes


Change = tuple[str, str, Callable[[Value, Now], Any]]


def _constants(scene: Scene) -> dict[str, float]:
    """The numbers with a name that the forward phase uses: a leak, a share that is kept."""
    reading = scene.reading
    found: dict[str, float] = {}
    for index in sorted(reading.forward):
        for part in reading.values[index].parts:
            single = np.ndim(part.value) == 0 and not reading.iteration.depends(part)
            if single and (part.names or part.op == "leaf"):
                name = scene.code(part) if part.names else f"{float(part.value):g}"
                found.setdefault(name, float(part.value))
    return dict(list(found.items())[:8])


def _changes(value: Value, constants: dict[str, float]) -> Iterator[Change]:
    """Another operation, number, axis or transpose, for values like this one."""
    op = value.op.removesuffix("=")
    if op in _OTHERWISE and len(value.arguments) >= 2:
        for kind, function in _OTHERWISE[op]:
            if kind == "power" and np.size(_plain(value.arguments[1])) != 1:
                continue
            yield kind, "", _as(function)
    if op in {"sum", "mean", "max", "amax", "cumsum"} and np.ndim(_plain(value.arguments[0])):
        yield from _axes(value)
    if op in {"dot", "matmul", "multiply"} and all(np.ndim(_plain(a)) for a in value.arguments[:2]):
        for kind, function in _PRODUCTS:
            yield kind, "", _as(function)
    if op in {"part", "transpose"}:
        yield "turn", "", lambda v, now: now(v.arguments[0])
    if op == "reshape" and np.ndim(_plain(value.arguments[0])) == 2:
        yield "reshape", "", lambda v, now: np.transpose(now(v.arguments[0]))
    for number, argument in enumerate(value.arguments[:3]):
        yield from _numbers(value, number, argument, constants)


def _as(function: Callable[[Any, Any], Any]) -> Callable[[Value, Now], Any]:
    def makes(value: Value, now: Now) -> Any:
        return function(now(value.arguments[0]), now(value.arguments[1]))

    return makes


def _turned(thing: Any) -> Any:
    return np.asarray(thing).T


_OTHERWISE: dict[str, list[tuple[str, Callable[[Any, Any], Any]]]] = {
    "add": [("sign", lambda a, b: a - b), ("sign", lambda a, b: b - a)],
    "subtract": [
        ("sign", lambda a, b: a + b),
        ("sign", lambda a, b: b - a),
        ("square", lambda a, b: a - b * b),
    ],
    "multiply": [("inverse", lambda a, b: a / b), ("power", lambda a, b: a**b)],
    "power": [("times", lambda a, b: a * b)],
    "divide": [("inverse", lambda a, b: a * b)],
    "outer": [("turn-both", lambda a, b: np.outer(b, a))],
    "greater": [("compare", lambda a, b: a < b)],
    "less": [("compare", lambda a, b: a > b)],
    "greater_equal": [("compare", lambda a, b: a < b)],
    "less_equal": [("compare", lambda a, b: a > b)],
}
_PRODUCTS: list[tuple[str, Callable[[Any, Any], Any]]] = [
    ("product", np.dot),
    ("elementwise", lambda a, b: np.asarray(a) * b),
    ("turn-second", lambda a, b: np.dot(a, _turned(b))),
    ("turn-first", lambda a, b: np.dot(_turned(a), b)),
    ("turn-both", lambda a, b: np.dot(_turned(a), _turned(b))),
    ("product", lambda a, b: np.dot(b, a)),
    ("product", lambda a, b: np.dot(b, _turned(a))),
    ("product", lambda a, b: np.dot(_turned(b), a)),
    ("product", lambda a, b: np.dot(_turned(b), _turned(a))),
]


def _axes(value: Value) -> Iterator[Change]:
    """The same sum along another axis, over everything, or as a mean."""
    shape = np.shape(_plain(value.arguments[0]))
    kept = value.options.get("keepdims") is True

    def along(axis: int | None, kind: str) -> Callable[[Value, Now], Any]:
        function = {"sum": np.sum, "mean": np.mean}.get(kind, np.max)

        def makes(value: Value, now: Now) -> Any:
            return function(now(value.arguments[0]), axis=axis, keepdims=kept)  # type: ignore[operator]

        return makes

    kind = value.op.removeprefix("a")
    own = value.options.get("axis", value.arguments[1] if len(value.arguments) > 1 else None)
    for axis in range(len(shape)):
        if axis != own:
            yield "axis", f"axis={axis}", along(axis, kind)
    if kind in {"sum", "mean"}:
        other = "mean" if kind == "sum" else "sum"
        yield other, other, along(own if isinstance(own, int) else None, other)


#: Numbers that stand in formulas: what a number of the source is tried as.
_USUAL = (0, 1, 2, 3, -1, 0.5)


def _numbers(
    value: Value, number: int, argument: Any, constants: dict[str, float]
) -> Iterator[Change]:
    """Another number in the place of one that stands in the source."""
    thing = _plain(argument)
    if isinstance(thing, bool) or not isinstance(thing, int | float | np.number):
        return
    if isinstance(argument, Value) and argument.op != "leaf":
        return
    literal = not isinstance(argument, Value) or not argument.names
    if value.op in {"item", "part", "reshape", "sum", "mean", "transpose"} or not literal:
        return
    for name, other in {**{f"{n:g}": n for n in _USUAL}, **constants}.items():
        if other != thing:
            yield "number", name, _with_number(number, other)


def _with_number(number: int, other: float) -> Callable[[Value, Now], Any]:
    def makes(value: Value, now: Now) -> Any:
        arguments = [now(one) for one in value.arguments]
        arguments[number] = other
        return repeat(value, tuple(arguments))

    return makes
