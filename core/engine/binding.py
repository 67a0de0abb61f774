"""Instructions bound to a flat array: numpy functions with their arguments, ready to be called."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from chainstep.core.engine.layout import Slot
from chainstep.core.engine.lowering import Instruction
from chainstep.core.expression_parts import evaluate
from chainstep.core.setup import Array

Call = tuple[Callable[..., Any], tuple[Any, ...]]


class Views:
    """The views of one flat array, one object for each place.

    numpy takes an output that is the same object as an operand 140 ns faster than one that
    only lies in the same memory.
    """

    def __init__(self, flat: Array) -> None:
        self.flat = flat
        self._matrices: dict[Slot, Array] = {}
        self._runs: dict[tuple[int, int], Array] = {}
        self._constants: dict[float, Array] = {}

    def matrix(self, operand: Slot | float) -> Array:
        """The place in the shape that the rules see; a constant as an array of its own."""
        if not isinstance(operand, Slot):
            return self._constants.setdefault(operand, np.array(operand, dtype=self.flat.dtype))
        if operand not in self._matrices:
            self._matrices[operand] = operand.view(self.flat)
        return self._matrices[operand]

    def run(self, operand: Slot | float) -> Array:
        """The place as one row of numbers, as they lie."""
        if not isinstance(operand, Slot) or not operand.shape or operand.stride:
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
    form = views.run if instruction.is_flat else views.matrix
    function, inputs = instruction.function, tuple(map(form, instruction.inputs))
    if function in {np.maximum, np.minimum}:  # numpy wants their output by name
        return partial(function, out=form(out)), inputs
    return function, (*inputs, form(out))


def _bind_product(instruction: Instruction, views: Views, *, ordered: bool) -> Call:
    left, right = map(views.matrix, instruction.inputs)
    out = views.matrix(instruction.out)
    if ordered:
        return ordered_product, (left, right, out)
    if not out.flags.c_contiguous:
        left, right, out = right.T, left.T, out.T
    if any(isinstance(place, Slot) and place.stride for place in instruction.inputs):
        return np.matmul, (left, right, out)  # slower to call than dot, which would copy
    return left.dot, (right, out)


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
