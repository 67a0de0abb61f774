"""Expressions to numpy calls: the program as functions, operands and outputs.

An instruction names the places that it reads and writes; binding.py makes a call of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from chainstep.core.engine.layout import Layout, Slot
from chainstep.core.expression_parts import needs
from chainstep.core.expressions import (
    Apply,
    Expression,
    Filled,
    LaidOut,
    Named,
    Number,
    Product,
    Reduce,
    ZeroRows,
)
from chainstep.core.program import Step


class Instruction(NamedTuple):
    """One numpy call: a ufunc, ``dot``, ``reduce`` along an axis, ``fill``, or a choice.

    An expression that has no call of its own (a mistake's, at most) is evaluated as a whole;
    ``names`` are then the quantities behind ``inputs``.
    """

    kind: str
    function: Any
    inputs: tuple[Slot | float, ...]
    out: Slot
    choice: Choice | None = None
    names: tuple[str, ...] = ()

    @property
    def reads(self) -> Iterable[Slot]:
        if self.choice:
            for instruction in self.choice.all:
                yield from instruction.reads
        for place in self.inputs:
            if isinstance(place, Slot):
                yield place

    @property
    def writes(self) -> Iterable[Slot]:
        yield self.out
        if self.choice:
            for instruction in self.choice.all:
                yield instruction.out

    def touches(self, place: Slot) -> bool:
        """Whether it reads or writes a number of that place."""
        return any(touched.overlaps(place) for touched in (*self.reads, *self.writes))

    @property
    def is_flat(self) -> bool:
        """Whether it is element-wise and can go along its operands as they lie."""
        out = self.out
        return self.kind == "ufunc" and all(
            not isinstance(place, Slot)
            or not place.shape
            or (
                place.shape == out.shape
                and place.transposed == out.transposed
                and not place.stride
                and not out.stride
            )
            for place in self.inputs
        )


class Choice(NamedTuple):
    """The long way, and the short one for where the inverse of a divisor is not finite."""

    inverses: tuple[Instruction, ...]
    long: tuple[Instruction, ...]
    short: tuple[Instruction, ...]

    @property
    def all(self) -> tuple[Instruction, ...]:
        return (*self.inverses, *self.long, *self.short)


class _Emitter:
    """Writes the instructions of one step."""

    def __init__(self, layout: Layout, step: Step) -> None:
        self.layout = layout
        self.step = step
        self.instructions: list[Instruction] = []
        self.scratched = 0

    def scratch(self, expression: Expression) -> Slot:
        self.scratched += 1
        return self.layout.beside(self.step.quantity, expression.shape, f"~{self.scratched}")

    def operand(self, expression: Expression, room: Slot | None = None) -> Slot | float:
        """Where an operand stands, after computing it into ``room`` or scratch if need be."""
        constant = folded(expression)
        if constant is not None:
            return constant
        place = self.layout.alias(expression)
        if place is not None:
            return place
        if room is None or room.shape != expression.shape:
            room = self.scratch(expression)
        self.emit(expression, room)
        return room

    def add(self, kind: str, function: Any, inputs: Sequence[Slot | float], out: Slot) -> None:
        self.instructions.append(Instruction(kind, function, tuple(inputs), out))

    def emit(self, expression: Expression, out: Slot) -> None:
        """Makes ``out`` hold the expression."""
        if not out.shape:  # a sum along both axes is one number, in two dimensions
            out = out._replace(shape=expression.shape)
        constant = folded(expression)
        if constant is not None:
            self.add("fill", None, (constant,), out)
            return
        match expression:
            case Named(body=body):
                self.emit(body, out)
            case Filled(value=value):
                self.add("fill", None, (value,), out)
            case Apply(function=function, args=args):
                self.add("ufunc", function, self._operands(args, out), out)
            case Reduce(function=function, of=of, axis=axis):
                self.add(f"reduce{axis}", function, (self.operand(of),), out)
            case Product(left=left, right=right):
                self.add("dot", None, (self.operand(left), self.operand(right)), out)
            case ZeroRows(of=of, start=start, stop=stop):
                self.emit(of, out)
                self.add("fill", None, (0.0,), out.rows(start, stop))
            case _ if (standing := self.layout.alias(expression)) is not None:
                self.add("ufunc", np.positive, (standing,), out)
            case _:
                names = tuple(sorted(needs(expression)))
                places = tuple(self.layout.places[name] for name in names)
                self.instructions.append(
                    Instruction("evaluate", expression, places, out, names=names)
                )

    def _operands(self, args: tuple[Expression, ...], out: Slot) -> list[Slot | float]:
        """The operands of a ufunc; one that must be computed first may use ``out`` as its room."""
        standing = [self.layout.alias(arg) for arg in args]
        free = not any(place is not None and place.overlaps(out) for place in standing)
        found: list[Slot | float] = []
        for arg, place in zip(args, standing, strict=True):
            computed = place is None and folded(arg) is None
            room = out if computed and free and not self._reads(arg, args, out) else None
            found.append(self.operand(arg, room))
            free = free and room is None
        return found

    def _reads(self, arg: Expression, args: tuple[Expression, ...], out: Slot) -> bool:
        """Whether another operand, still to be computed, reads what lies at ``out``."""
        others = [other for other in args if other is not arg]
        names = {name for other in others for name in needs(other)}
        places = (self.layout.places.get(name) for name in names)
        return any(place is not None and place.overlaps(out) for place in places)


def folded(expression: Expression) -> float | None:
    """The value of an expression of constants alone, computed once, in double precision."""
    match expression:
        case Number(value=value):
            return value
        case Apply(function=function, args=args, shape=()):
            values = [folded(arg) for arg in args]
            if all(value is not None for value in values):
                return float(function(*values))
    return None


def lower(layout: Layout, step: Step) -> list[Instruction]:
    """The instructions of one step; none where its quantity already stands in its place."""
    name = step.quantity.name
    if isinstance(step.expression, LaidOut):
        return []
    out = layout.places[name]
    standing = layout.alias(step.expression)
    if standing == out:
        return []
    emitter = _Emitter(layout, step)
    emitter.emit(step.expression, out)
    if step.short is None:
        return emitter.instructions
    long = tuple(emitter.instructions)
    emitter.instructions = []
    emitter.emit(step.short.expression, out)
    short = tuple(emitter.instructions)
    emitter.instructions = []
    for divisor in step.short.divisors:
        room = emitter.scratch(divisor)
        place = emitter.operand(divisor, room)
        emitter.add("ufunc", np.divide, (1.0, place), room)
    inverses = tuple(emitter.instructions)
    return [Instruction("choose", None, (), out, Choice(inverses, long, short))]
