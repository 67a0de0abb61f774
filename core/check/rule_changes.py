"""Rules changed on purpose: a rule exchanged for another, or followed by something more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from chainstep.core.entries import within
from chainstep.core.expressions import Apply, Axes, Expression, Position, Shape
from chainstep.core.quantities import ShapeError
from chainstep.core.rules import Rule, bound, parameters


class Where(NamedTuple):
    """The layer that a rule is changed in, and the last one."""

    layer: int
    depth: int


#: Makes a mistaken rule out of the one that stands there.
Alteration = Callable[[Rule, Where], Rule]


class Bound:
    """A rule that names its parameters itself; it is called like any other."""

    def __init__(self, needs: tuple[str, ...], call: Callable[[dict[str, Any]], Any]) -> None:
        self.needs = needs
        self._call = call

    def __call__(self, *args: Any) -> Any:
        return self._call(dict(zip(self.needs, args, strict=True)))


def _union(*names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for part in names for name in part))


def instead(rule: Rule) -> Alteration:
    """Another rule in its place."""
    return lambda _, __: rule


def after(change: Rule) -> Alteration:
    """The rule as it is, and ``change(result, …)`` on what it gives."""
    further = parameters(change)[1:]

    def alter(rule: Rule, _: Where) -> Rule:
        def call(roles: dict[str, Any]) -> Any:
            return change(bound(rule, roles), *(roles[name] for name in further))

        return Bound(_union(parameters(rule), further), call)

    return alter


def given(role: str, other: Rule) -> Alteration:
    """The rule as it is, called with something else in one of its roles."""

    def alter(rule: Rule, _: Where) -> Rule:
        def call(roles: dict[str, Any]) -> Any:
            return bound(rule, {**roles, role: bound(other, roles)})

        return Bound(_union(parameters(rule), parameters(other)), call)

    return alter


def anywhere(alteration: Alteration) -> Alteration:
    """The alteration in every layer."""
    return alteration


def outputs(alteration: Alteration) -> Alteration:
    """The alteration in the last layer, the rule as it is in the others."""
    return lambda rule, at: alteration(rule, at) if at.layer == at.depth else rule


def hidden(alteration: Alteration) -> Alteration:
    """The alteration in all layers but the last."""
    return lambda rule, at: alteration(rule, at) if at.layer < at.depth else rule


class _NoFactor:
    """What stands where a factor was left out: ``factor * x`` is ``x``."""

    def __mul__(self, other: Any) -> Any:
        return other


NO_FACTOR = _NoFactor()


def impossible(why: str) -> ShapeError:
    """What a mistaken rule raises where nobody could make the mistake."""
    return ShapeError(why)


# ── arrays put together as only mistakes do ───────────────────────────────────────────────


@dataclass(frozen=True)
class Arrangement:
    """Numbers of arrays in other places; called like a ufunc, with the output last.

    ``source`` gives the number of the array that an entry comes from, and its position there;
    None for a 1.
    """

    name: str
    arranged: Callable[..., Any]
    source: Callable[[tuple[Expression, ...], Position], tuple[int, Position] | None]

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self, *args: Any) -> Any:
        count = len(parameters(self.arranged))
        made = self.arranged(*args[:count])
        if len(args) == count:
            return made
        args[count][...] = made
        return args[count]


TAKEN = Arrangement("", lambda x: x, lambda _, at: (0, at))
STACKED = Arrangement(
    "stacked",
    lambda top, below: np.concatenate([top, below], axis=0),
    lambda args, at: (
        (0, at) if at[0] < args[0].shape[0] else (1, (at[0] - args[0].shape[0], *at[1:]))
    ),
)
WITH_ONES = Arrangement(
    "with ones",
    lambda x: np.concatenate([np.ones((len(x), 1)), x], axis=1),
    lambda _, at: (0, (at[0], at[1] - 1)) if at[1] else None,
)
SPREAD = Arrangement(
    "spread", lambda x, like: x + 0 * like, lambda args, at: (0, within(args[0], at))
)


def _made(function: Any, args: tuple[Expression, ...], shape: Shape, axes: Axes) -> Expression:
    return Apply(function, args, shape, axes)


def taken_as(expression: Expression, like: Expression) -> Expression:
    """The numbers as they are, where numbers of other axes belong.

    Raises: ShapeError where not even the sizes agree.
    """
    if expression.shape != like.shape:
        sizes = ["×".join(map(str, part.shape)) for part in (expression, like)]
        raise impossible(f"{sizes[0]} numbers cannot stand for {sizes[1]}")
    return _made(TAKEN, (expression,), like.shape, like.axes)


def stacked(top: Expression, below: Expression, like: Expression) -> Expression:
    """One row above others.

    Raises: ShapeError where that is not the shape of ``like``.
    """
    rows = top.shape[0] + below.shape[0]
    if like.shape != (rows, below.shape[1]) or top.shape[1] != below.shape[1]:
        raise impossible("the rows do not fit above each other")
    return _made(STACKED, (top, below), like.shape, like.axes)


def on_top(top: Expression, below: Expression) -> Expression:
    """One row above others, with the axes of those."""
    shape = (top.shape[0] + below.shape[0], below.shape[1])
    return _made(STACKED, (top, below), shape, below.axes)


def with_ones(expression: Expression, like: Expression) -> Expression:
    """A column of ones in front of what has none in the network.

    Raises: ShapeError where that is not the shape of ``like``.
    """
    if like.shape != (expression.shape[0], expression.shape[1] + 1):
        raise impossible("with the ones it has another shape")
    return _made(WITH_ONES, (expression,), like.shape, like.axes)


def spread(expression: Expression, like: Expression, shape: Shape, axes: Axes) -> Expression:
    """One row or column repeated over the rows or columns of ``like``, as numpy does."""
    return _made(SPREAD, (expression, like), shape, axes)


@cache
def _broken_into(shape: Shape) -> Arrangement:
    """The same numbers in the same order, in rows of another length."""

    def source(args: tuple[Expression, ...], at: Position) -> tuple[int, Position]:
        flat = int(np.ravel_multi_index(at, shape))
        return 0, tuple(int(n) for n in np.unravel_index(flat, args[0].shape))

    return Arrangement("reshape", lambda x: np.reshape(x, shape), source)


def reshaped(expression: Expression, like: Expression) -> Expression:
    """The numbers in rows of another length, as numpy's reshape breaks them.

    Raises: ShapeError where that changes nothing.
    """
    if 1 in like.shape:
        raise impossible("one row reshaped is that row transposed")
    if like.shape[0] == like.shape[1]:
        raise impossible("a square matrix reshaped is as it was")
    return _made(_broken_into(like.shape), (expression,), like.shape, like.axes)
