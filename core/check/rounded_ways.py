"""The ways to calculate by hand: what is rounded, and how; a table, and the runs pushed by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np

from chainstep.core.check.written_numbers import Rounding
from chainstep.core.program import Program
from chainstep.core.quantities import Kind, Part, Quantity

#: How many numbers all pushed calculations together may hold, how many steps they may do, and
#: how many there are of them.
_NUMBERS, _STEPS = 4_000_000, 50_000
_LEAST, _MOST = 6, 32

#: What is rounded inside a step too: what an operation gives, each product of a sum, or both.
Inner = Literal["", "operations", "products", "both"]
_INNER: tuple[Inner, ...] = ("operations", "products", "both")

Rounded = Callable[[Quantity], bool]


def _is_kept(quantity: Quantity) -> bool:
    """What the next iteration or the reader needs: activations, new values, the cost."""
    return quantity.part in {Part.ACTIVATION, Part.COST} or quantity.is_new_value


def _is_sum(quantity: Quantity) -> bool:
    return quantity.part is Part.PRE_ACTIVATION


def _is_delta(quantity: Quantity) -> bool:
    return quantity.part is Part.DELTA


def _is_inside(quantity: Quantity) -> bool:
    """What many people write no line for: the cost of each observation."""
    return quantity.part is Part.COST_OF_OBSERVATIONS


#: Which quantities somebody rounds who rounds; the likeliest first.
ROUNDED_AT: dict[str, Rounded] = {
    "every step": lambda _: True,
    "the main steps": lambda q: _is_sum(q) or _is_kept(q) or _is_delta(q) or q.is_gradient,
    "every step but the cost of each observation": lambda q: not _is_inside(q),
    "every step but the slopes": lambda q: not _is_inside(q) and q.kind is not Kind.FACTOR,
    "every step but the changes": lambda q: not _is_inside(q) and q.kind is not Kind.CHANGE,
    "every step but slopes and changes": lambda q: (
        not _is_inside(q) and q.kind not in {Kind.FACTOR, Kind.CHANGE}
    ),
    "the main steps and what they are multiplied by": lambda q: (
        _is_sum(q) or _is_kept(q) or _is_delta(q) or q.kind is Kind.FACTOR
    ),
    "activations, deltas, gradients, new values": lambda q: (
        _is_kept(q) or _is_delta(q) or q.is_gradient
    ),
    "activations, deltas, new values": lambda q: _is_kept(q) or _is_delta(q),
    "pre-activations, activations, new values": lambda q: _is_sum(q) or _is_kept(q),
    "activations and new values": _is_kept,
    "gradients and new values": lambda q: q.is_gradient or q.is_new_value or q.part is Part.COST,
    "new values": lambda q: q.is_new_value or q.part is Part.COST,
    "activations": lambda q: q.part in {Part.ACTIVATION, Part.COST},
}
_FIRST = ("every step", "the main steps")
_INSIDE = (*_FIRST, "activations, deltas, gradients, new values")


class Way(NamedTuple):
    """One way to calculate: how it rounds, and at which quantities.

    Where ``pushed`` is given, nothing is rounded: every number lies half a unit above or below.
    ``inner`` says what is rounded, or pushed, on the way to a number.
    """

    rounding: Rounding
    where: Rounded = ROUNDED_AT["every step"]
    pushed: int | None = None
    inner: Inner = ""

    @property
    def rounds(self) -> bool:
        """Whether it rounds as somebody does, and not as a machine."""
        return self.pushed is None and self.rounding != Rounding()


def ways_of(roundings: Sequence[Rounding]) -> list[Way]:
    """The exact calculation, and the likeliest that round."""
    rounding = [Way(one, ROUNDED_AT[name]) for one in roundings for name in _FIRST]
    return [Way(Rounding()), *rounding]


def further_ways(roundings: Sequence[Rounding]) -> Iterator[Way]:
    """All calculations that round: at each of the places, a half in each of its ways."""
    for where in ROUNDED_AT.values():
        for one in roundings:
            yield Way(one, where)
            if not one.cut:
                yield Way(replace(one, halves="binary"), where)
                yield Way(replace(one, halves="even"), where)


def inner_ways(roundings: Sequence[Rounding]) -> Iterator[Way]:
    """Calculations that round inside a step too."""
    for inner in _INNER:
        for name in _INSIDE:
            for one in roundings:
                yield Way(one, ROUNDED_AT[name], inner=inner)


def pushed_ways(roundings: Sequence[Rounding], program: Program, iterations: int) -> list[Way]:
    """Calculations pushed at every step; as many as the size of the network allows.

    Half of them are pushed inside the steps too: of significant digits a sum has a larger unit
    than what is left of it, of decimals a sum of products comes to several; with a single one
    nothing would be certain any more.
    """
    numbers = iterations * sum(step.quantity.size for step in program.steps)
    steps = iterations * len(program.steps)
    count = min(_NUMBERS // max(1, numbers), _STEPS // max(1, steps))
    count = int(np.clip(count, _LEAST, _MOST))
    if not roundings:
        return [Way(Rounding(), pushed=n) for n in range(count)]
    found = []
    for n in range(count):
        rounding = roundings[n % len(roundings)]
        inner: Inner = "products" if rounding.figures is None else "both"
        odd = n // len(roundings) % 2 and rounding.place != -1
        found.append(Way(rounding, pushed=n, inner=inner if odd else ""))
    return found
