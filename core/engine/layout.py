"""Where every quantity of an iteration lies in one flat array.

What has rows of observations is stored transposed, so that the ones of ``a0+`` are one row and
leave ``a0`` contiguous; so are large weights. The layers of a role lie behind one another with
the same spacing in every role, so that one call can serve all layers at once.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import numpy as np

from chainstep.core.engine.constants import constants_of
from chainstep.core.expressions import Apply, Expression, LaidOut, Ref, Rows, Transpose, WithOnes
from chainstep.core.program import Program
from chainstep.core.quantities import OBSERVATION, Kind, Quantity, units
from chainstep.core.setup import Array

_ALIGNMENT = 8  # numbers; 64 bytes of float64
_LARGE = 16_384  # weights from which on OpenBLAS sums a gradient up faster by columns, by 15 %


class Slot(NamedTuple):
    """A run of the flat array that holds a matrix, by rows or by columns.

    ``stride`` is how far one line of it lies behind the other where there is something between.
    """

    offset: int
    shape: tuple[int, ...]
    transposed: bool = False
    stride: int = 0

    @property
    def stop(self) -> int:
        if not self.stride:
            return self.offset + prod(self.shape)
        lines, length = self._lines
        return self.offset + (lines - 1) * self.stride + length

    @property
    def _lines(self) -> tuple[int, ...]:
        """The shape as it lies."""
        return self.shape[::-1] if self.transposed else self.shape

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)

    def same_run(self, other: Slot) -> bool:
        """Whether the two are the same numbers, whatever their shapes."""
        return (self.offset, self.stop, self.stride) == (other.offset, other.stop, other.stride)

    def overlaps(self, other: Slot) -> bool:
        """Whether the two share a number."""
        return self.offset < other.stop and other.offset < self.stop

    def rows(self, start: int, stop: int) -> Slot:
        """The place of some of its rows."""
        height, columns = self.shape
        shape = (stop - start, columns)
        if not self.transposed:
            return self._replace(offset=self.offset + start * (self.stride or columns), shape=shape)
        stride = self.stride or height
        return Slot(self.offset + start, shape, transposed=True, stride=stride)

    def view(self, flat: Array) -> Array:
        """The numbers in the shape that the rules see."""
        if self.stride:
            size = flat.itemsize
            strides = (self.stride * size, size)
            lines = np.ndarray(self._lines, flat.dtype, flat.data, self.offset * size, strides)
        else:
            lines = flat[self.offset : self.stop].reshape(self._lines)
        return lines.T if self.transposed else lines

    def run(self, flat: Array) -> Array:
        """The same numbers as one row, as they lie."""
        return flat[self.offset : self.stop]


class Layout:
    """The places of a program's quantities, and room for what is computed in between.

    The first ``carried_size`` numbers are the parameters and the rule's state as an iteration
    found them; the next as many, in the same order, are those that it leaves.
    ``named_size`` numbers hold everything that has a name; scratch room lies behind.
    ``constants`` are the places of numbers that are made of fed ones and settings alone.
    ``padded_stops`` are the ends of those places behind which ``pad`` numbers are free.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.pad = program.observations if program.bias == "row" else 0
        self.size = 0
        self._bases: dict[str, int] = {}
        self.padded_stops: set[int] = set()
        self._parameters, self._parameters_size = self._parameter_offsets()
        self._layers, self._layers_size = self._layer_offsets()
        self._along_layers = {
            step.quantity.role
            for step in program.steps
            if step.quantity.axes == (OBSERVATION, units(step.quantity.layer))
        } - {""}
        self._reserve_carried()
        self.places: dict[str, Slot] = {}
        self.constants: dict[Expression, Slot] = {}
        for quantity in program.quantities.values():
            place = self._place(quantity)
            if place is not None:
                self.places[quantity.name] = place
        self.named_size = self.size
        self.constants = {
            expression: Slot(self._base(f"constant {n}", 1), ())
            for n, expression in enumerate(_constants(program))
        }

    def _parameter_offsets(self) -> tuple[dict[str, int], int]:
        offsets, size = {}, 0
        for quantity in self.program.quantities.values():
            if quantity.is_parameter and quantity.role:
                offsets[quantity.name] = size
                size += quantity.size
        return offsets, size

    def _layer_offsets(self) -> tuple[list[int], int]:
        offsets, size = [], 0
        for width in self.program.widths:
            offsets.append(size + self.pad)
            size += width * self.program.observations + self.pad
        return offsets, size

    def _reserve_carried(self) -> None:
        for old in (pair.old for pair in self.program.carried):
            self.beside(old, old.shape)
        self.carried_size = self.size
        for new in (pair.new for pair in self.program.carried):
            self.beside(new, new.shape)

    def _base(self, name: str, size: int) -> int:
        if name not in self._bases:
            self._bases[name] = self.size
            self.size += -(-size // _ALIGNMENT) * _ALIGNMENT
        return self._bases[name]

    def _place(self, quantity: Quantity) -> Slot | None:
        number = self.program.numbers.get(quantity.name)
        shape = quantity.shape
        if number is not None:
            expression = self.program.steps[number - 1].expression
            if isinstance(expression, LaidOut):
                return None
            alias = self.alias(expression)
            if alias is not None:
                return alias
            shape = expression.shape if quantity.shape else ()
        return self.beside(quantity, shape)

    def beside(self, quantity: Quantity, shape: tuple[int, ...], suffix: str = "") -> Slot:
        """Room for a quantity, or with a suffix for a step on the way to it, laid out alike."""
        transposed = len(shape) == 2 and quantity.axes[:1] == (OBSERVATION,)
        if quantity.role in self._along_layers and shape == quantity.shape and len(shape) == 2:
            base = self._base(quantity.role + suffix, self._layers_size)
            place = Slot(base + self._layers[quantity.layer], shape, transposed)
            self.padded_stops.add(place.stop)
            return place
        if shape == self._shape_of_parameter(quantity):
            base = self._base(_family(quantity) + suffix, self._parameters_size)
            offset = base + self._parameters[quantity.parameter]
            return Slot(offset, shape, transposed=prod(shape) > _LARGE)
        unique = f"{quantity.name}{suffix}{shape}"
        return Slot(self._base(unique, prod(shape)), shape, transposed)

    def _shape_of_parameter(self, quantity: Quantity) -> tuple[int, ...] | None:
        """The shape of the parameter that it lies along with, where it belongs to one."""
        if quantity.kind is Kind.FACTOR or quantity.parameter not in self._parameters:
            return None
        return self.program.quantities[quantity.parameter].shape

    def _has_ones(self, quantity: Quantity) -> bool:
        """Whether there is room for a row of ones before it."""
        computed_forward = quantity.kind in {Kind.VALUE, Kind.DATA}
        return bool(self.pad) and computed_forward and quantity.role in self._along_layers

    def alias(self, expression: Expression) -> Slot | None:
        """The place where an expression already stands, where nothing need be computed."""
        match expression:
            case Apply(shape=()) if self.constants:
                return self.constants.get(expression)
            case Ref(quantity=quantity):
                return self.places.get(quantity.name)
            case Transpose(of=of):
                inner = self.alias(of)
                if inner is None:
                    return None
                return inner._replace(shape=inner.shape[::-1], transposed=not inner.transposed)
            case Rows(of=of, start=start, stop=stop):
                inner = self.alias(of)
                return None if inner is None else inner.rows(start, stop)
            case WithOnes(of=Ref(quantity=quantity)) if self._has_ones(quantity):
                inner = self.places[quantity.name]
                rows, columns = inner.shape
                return inner._replace(offset=inner.offset - rows, shape=(rows, columns + 1))
        return None

    def new_array(self) -> Array:
        """A flat array with the data, the ones and the starting weights in their places."""
        flat: Array = np.zeros(self.size, dtype=self.program.arithmetic)
        for step in self.program.steps:
            if isinstance(step.expression, WithOnes) and self.alias(step.expression):
                self.places[step.quantity.name].run(flat)[: self.pad] = 1
        for name, array in self.program.starting.items():
            if name in self.places:
                self.view(flat, name)[...] = array
        return flat

    def view(self, flat: Array, name: str) -> Array:
        """The quantity of that name in a flat array."""
        return self.places[name].view(flat)


def _constants(program: Program) -> tuple[Expression, ...]:
    """What is made of fed numbers and settings alone in any step, each once."""
    if not program.fed:
        return ()
    found = (part for step in program.steps for part in constants_of(step.expression, program.fed))
    return tuple(dict.fromkeys(found))


def _family(quantity: Quantity) -> str:
    """What lies together: a role in all layers, and for W and b alike where it belongs to them."""
    if quantity.parameter and quantity.kind is not Kind.FACTOR:
        return quantity.name.replace(quantity.parameter, "*", 1)
    return quantity.role
