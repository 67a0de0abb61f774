"""Expressions to numpy calls: the program as functions, operands and outputs.

An instruction names the places that it reads and writes; bound to a flat array it is a call
``function(*args)`` that allocates nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

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
    evaluate,
    needs,
)
from chainstep.core.layout import Layout, Place
from chainstep.core.program import Program, Step
from chainstep.core.setup import Array

Call = tuple[Callable[..., Any], tuple[Any, ...]]


@dataclass(frozen=True)
class Instruction:
    """One numpy call: a ufunc, ``dot``, ``reduce`` along an axis, ``fill``, or a choice.

    An expression that has no call of its own (a mistake's, at most) is evaluated as a whole;
    ``names`` are then the quantities behind ``inputs``.
    """

    kind: str
    function: Any
    inputs: tuple[Place | float, ...]
    out: Place
    choice: Choice | None = None
    names: tuple[str, ...] = ()

    @property
    def reads(self) -> Iterable[Place]:
        if self.choice:
            for instruction in self.choice.all:
                yield from instruction.reads
        for place in self.inputs:
            if isinstance(place, Place):
                yield place

    @property
    def writes(self) -> Iterable[Place]:
        yield self.out
        if self.choice:
            for instruction in self.choice.all:
                yield instruction.out


@dataclass(frozen=True)
class Choice:
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

    def scratch(self, expression: Expression) -> Place:
        self.scratched += 1
        return self.layout.beside(self.step.quantity, expression.shape, f"~{self.scratched}")

    def operand(self, expression: Expression, room: Place | None = None) -> Place | float:
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

    def add(self, kind: str, function: Any, inputs: Sequence[Place | float], out: Place) -> None:
        self.instructions.append(Instruction(kind, function, tuple(inputs), out))

    def emit(self, expression: Expression, out: Place) -> None:
        """Makes ``out`` hold the expression."""
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
                columns = out.shape[1]
                rows = Place(out.offset + start * columns, (stop - start, columns))
                self.add("fill", None, (0.0,), rows)
            case _ if (standing := self.layout.alias(expression)) is not None:
                self.add("ufunc", np.positive, (standing,), out)
            case _:
                names = tuple(sorted(needs(expression)))
                places = tuple(self.layout.places[name] for name in names)
                self.instructions.append(
                    Instruction("evaluate", expression, places, out, names=names)
                )

    def _operands(self, args: tuple[Expression, ...], out: Place) -> list[Place | float]:
        """The operands of a ufunc; one that must be computed first may use ``out`` as its room."""
        standing = [self.layout.alias(arg) for arg in args]
        free = not any(place is not None and place.overlaps(out) for place in standing)
        found: list[Place | float] = []
        for arg, place in zip(args, standing, strict=True):
            computed = place is None and folded(arg) is None
            room = out if computed and free and not self._reads(arg, args, out) else None
            found.append(self.operand(arg, room))
            free = free and room is None
        return found

    def _reads(self, arg: Expression, args: tuple[Expression, ...], out: Place) -> bool:
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


class Views:
    """The views of one flat array, one object for each place.

    numpy takes an output that is the same object as an operand 140 ns faster than one that
    only lies in the same memory.
    """

    def __init__(self, flat: Array) -> None:
        self.flat = flat
        self._matrices: dict[Place, Array] = {}
        self._runs: dict[tuple[int, int], Array] = {}
        self._constants: dict[float, Array] = {}

    def matrix(self, operand: Place | float) -> Array:
        """The place in the shape that the rules see; a constant as an array of its own."""
        if not isinstance(operand, Place):
            return self._constants.setdefault(operand, np.array(operand, dtype=self.flat.dtype))
        if operand not in self._matrices:
            self._matrices[operand] = operand.view(self.flat)
        return self._matrices[operand]

    def run(self, operand: Place | float) -> Array:
        """The place as one row of numbers, as they lie."""
        if not isinstance(operand, Place) or not operand.shape:
            return self.matrix(operand)
        key = (operand.offset, operand.stop)
        if key not in self._runs:
            self._runs[key] = operand.run(self.flat)
        return self._runs[key]


def bind(instruction: Instruction, views: Views, *, ordered: bool = False) -> Call:
    """The instruction as a function and its arguments, views of the flat array."""
    out = instruction.out
    match instruction.kind:
        case "fill":
            return views.run(out).fill, (views.matrix(instruction.inputs[0])[()],)
        case "dot":
            return _bind_product(instruction, views, ordered=ordered)
        case "choose":
            return _bind_choice(instruction, views, ordered=ordered), ()
        case "evaluate":
            return _bind_evaluation(instruction, views), ()
        case "reduce0" | "reduce1":
            axis = int(instruction.kind[-1])
            source = views.matrix(instruction.inputs[0])
            return instruction.function.reduce, (source, axis, None, views.matrix(out), True)
    form = views.run if _is_flat(instruction) else views.matrix
    return instruction.function, (*map(form, instruction.inputs), form(out))


def _is_flat(instruction: Instruction) -> bool:
    """Whether an element-wise call can go along the runs as they lie."""
    out = instruction.out
    return all(
        not isinstance(place, Place)
        or not place.shape
        or (place.shape == out.shape and place.transposed == out.transposed)
        for place in instruction.inputs
    )


def _bind_product(instruction: Instruction, views: Views, *, ordered: bool) -> Call:
    left, right = map(views.matrix, instruction.inputs)
    out = views.matrix(instruction.out)
    if ordered:
        return ordered_product, (left, right, out)
    if out.flags.c_contiguous:
        return left.dot, (right, out)
    return right.T.dot, (left.T, out.T)


def ordered_product(left: Array, right: Array, out: Array) -> None:
    """A matrix product that adds up every entry in the same order, whatever its column."""
    np.multiply(left[:, :1], right[:1], out)
    for n in range(1, left.shape[1]):
        out += left[:, n : n + 1] * right[n : n + 1]


def _bind_evaluation(instruction: Instruction, views: Views) -> Callable[[], None]:
    values = dict(zip(instruction.names, map(views.matrix, instruction.inputs), strict=True))
    out, number = views.matrix(instruction.out), views.flat.dtype.type

    def compute() -> None:
        out[...] = evaluate(instruction.function, values, number)

    return compute


def _bind_choice(instruction: Instruction, views: Views, *, ordered: bool) -> Callable[[], None]:
    choice = instruction.choice
    assert choice is not None, "an instruction that chooses has a choice"
    inverses, long, short = (
        tuple(bind(part, views, ordered=ordered) for part in way)
        for way in (choice.inverses, choice.long, choice.short)
    )
    tested = [views.run(part.out) for part in choice.inverses if part.function is np.divide]

    def choose() -> None:
        for function, args in inverses:
            function(*args)
        finite = all(np.isfinite(inverse).all() for inverse in tested)
        for function, args in long if finite else short:
            function(*args)

    return choose


# ── the fast program ──────────────────────────────────────────────────────────────────────


def needed_steps(program: Program, keep: Iterable[str] = ()) -> list[Step]:
    """The steps that the next iteration, or a quantity to keep, hangs on."""
    wanted = {pair.new.name for pair in program.carried} | set(keep)
    chosen = []
    for step in reversed(program.steps):
        if step.quantity.name in wanted:
            chosen.append(step)
            wanted |= needs(step.expression)
            if step.short:
                wanted |= needs(step.short.expression)
    return chosen[::-1]


def in_place(program: Program, layout: Layout) -> dict[Place, Place]:
    """New values that may take the place of the old at once, since nobody reads those later."""
    moves = {}
    for pair in program.carried:
        old, new = layout.places[pair.old.name], layout.places[pair.new.name]
        number = program.numbers[pair.new.name]
        later = program.steps[number:]
        if any(pair.old.name in needs(step.expression) for step in later):
            continue
        if _reads_before_writing(lower(layout, program.steps[number - 1]), old, new):
            moves[new] = old
    return moves


def _reads_before_writing(instructions: list[Instruction], old: Place, new: Place) -> bool:
    """Whether ``old`` is read up to the first call that writes ``new``, entry by entry."""
    written = False
    for instruction in instructions:
        reads_old = any(place.overlaps(old) for place in instruction.reads)
        writes_new = any(place.overlaps(new) for place in instruction.writes)
        if reads_old and (written or (writes_new and instruction.kind != "ufunc")):
            return False
        written = written or writes_new
    return True


def moved(instruction: Instruction, moves: dict[Place, Place]) -> Instruction:
    """The instruction with places exchanged for others."""
    inputs = tuple(
        moves.get(place, place) if isinstance(place, Place) else place
        for place in instruction.inputs
    )
    return replace(instruction, inputs=inputs, out=moves.get(instruction.out, instruction.out))


def joined(instructions: Iterable[Instruction], layout: Layout) -> list[Instruction]:
    """The same work in fewer calls: neighbours in memory go in one, where order allows it."""
    result: list[Instruction] = []
    for instruction in instructions:
        for n in range(len(result) - 1, -1, -1):
            union = _union(result[n], instruction, layout)
            if union is not None:
                result[n] = union
                break
            if _conflict(result[n], instruction):
                result.append(instruction)
                break
        else:
            result.append(instruction)
    return result


def _conflict(earlier: Instruction, later: Instruction) -> bool:
    earlier_writes, later_writes = list(earlier.writes), list(later.writes)
    return (
        any(a.overlaps(b) for a in earlier_writes for b in later.reads)
        or any(a.overlaps(b) for a in earlier.reads for b in later_writes)
        or any(a.overlaps(b) for a in earlier_writes for b in later_writes)
    )


def _union(first: Instruction, second: Instruction, layout: Layout) -> Instruction | None:
    """One instruction for two, where each operand of one follows that of the other alike."""
    if not (
        first.kind == second.kind == "ufunc"
        and first.function is second.function
        and _is_flat(first)
        and _is_flat(second)
        and not _conflict(first, second)
    ):
        return None
    if first.out.offset > second.out.offset:
        first, second = second, first
    pairs = [(first.out, second.out)]
    for a, b in zip(first.inputs, second.inputs, strict=True):
        if isinstance(a, Place) and isinstance(b, Place) and a.shape and b.shape:
            pairs.append((a, b))
        elif a != b:
            return None
    gaps = {b.offset - a.stop for a, b in pairs}
    padded = all(a.stop in layout.padded_stops for a, _ in pairs)
    if gaps != {0} and not (padded and gaps == {layout.pad}):
        return None
    inputs = tuple(
        _span(a, b) if isinstance(a, Place) and isinstance(b, Place) and a.shape else a
        for a, b in zip(first.inputs, second.inputs, strict=True)
    )
    return replace(first, inputs=inputs, out=_span(first.out, second.out))


def _span(first: Place, second: Place) -> Place:
    return Place(first.offset, (second.stop - first.offset,))


def fast(layout: Layout, keep: Iterable[str] = ()) -> tuple[list[Instruction], list[Instruction]]:
    """What runs once before many iterations, and what each of them runs.

    Raises nothing; ``keep`` names quantities that must be right at the end of an iteration.
    """
    program = layout.program
    moves = in_place(program, layout)
    every: list[Instruction] = []
    if "t" in layout.places:
        t = layout.places["t"]
        every.append(Instruction("ufunc", np.add, (t, 1.0), t))
    for step in needed_steps(program, keep):
        every.extend(moved(part, moves) for part in lower(layout, step))
    for pair in program.carried:
        old, new = layout.places[pair.old.name], layout.places[pair.new.name]
        if new not in moves:
            every.append(Instruction("ufunc", np.positive, (new,), old))
    once = [part for part in every if part.kind == "fill" and _written_once(part, every)]
    once_ids = {id(part) for part in once}
    return once, joined((part for part in every if id(part) not in once_ids), layout)


def _written_once(part: Instruction, every: list[Instruction]) -> bool:
    return not any(
        place.overlaps(part.out) for other in every if other is not part for place in other.writes
    )
