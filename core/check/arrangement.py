"""How somebody lays numbers out: what rows are, which way weights stand, where the biases are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal, NamedTuple

import numpy as np

from chainstep.core.check.written_numbers import (
    Given,
    Texts,
    digits_of,
    half_units,
    merged,
    value_of,
)
from chainstep.core.program import Program
from chainstep.core.quantities import Kind, Quantity

BiasPlace = Literal["top", "bottom", "apart"]
Side = Literal["rows", "columns"]
Way = Literal["inputs × units", "units × inputs"]
_ALL_OF_DOUBLE, _ALL_OF_SINGLE = 17, 9  # digits that a machine's number has


@dataclass(frozen=True)
class Written:
    """Numbers as a file has them, before it is known how they are laid out.

    ``quantity`` is the engine's name; where the file names biases that the network has in a
    row of its weights, it is that of the weights and ``bias`` is True. ``values`` are a
    machine's own numbers, in place of ``texts``.
    """

    name: str
    iteration: int
    quantity: str
    texts: Texts
    values: np.ndarray[Any, np.dtype[Any]] | None = None
    entry: tuple[int, ...] | None = None
    within: int = 0
    sign: int = 1
    transposed: bool = False
    bias: bool = False


class Arrangement(NamedTuple):
    """What the rows of data are, which way weights stand, and where the biases stand."""

    observations: Side
    weights: Way
    bias: BiasPlace

    @property
    def turned_weights(self) -> bool:
        return self.weights == "units × inputs"


def usual(program: Program) -> Arrangement:
    """The engine's own arrangement."""
    return Arrangement("rows", "inputs × units", "top" if program.bias == "row" else "apart")


def arrangements(program: Program) -> list[Arrangement]:
    """All the ways to lay out the numbers of a network; the engine's own comes first."""
    kinds: tuple[BiasPlace, ...] = ("apart",)
    if program.bias == "row":
        kinds = ("top", "apart", "bottom")
    elif program.bias == "separate":
        kinds = ("apart", "top", "bottom")
    sides: tuple[tuple[Side, Way], ...] = (
        ("rows", "inputs × units"),
        ("columns", "units × inputs"),
        ("rows", "units × inputs"),
        ("columns", "inputs × units"),
    )
    return [Arrangement(*side, bias) for bias, side in product(kinds, sides)]


def _bias_of_weights(name: str) -> str:
    return name.replace("W", "b", 1)


@dataclass
class Cells:
    """Arrays that are turned and cut together."""

    values: Any
    half: Any
    full: Any
    digits: Any
    texts: Any

    def map(self, change: Any) -> Cells:
        """Each array changed."""
        return Cells(
            change(self.values),
            change(self.half),
            change(self.full),
            change(self.digits),
            change(self.texts),
        )


def _blank(shape: tuple[int, ...]) -> Cells:
    return Cells(
        np.full(shape, np.nan),
        np.zeros(shape),
        np.zeros(shape),
        np.zeros(shape, dtype=np.int64),
        np.full(shape, "", dtype="U40"),
    )


def cells_of(written: Sequence[Written]) -> list[Cells]:
    """The numbers of a file, each with what it leaves open; the file is judged as one."""
    flat = [text for one in written if one.values is None for text in one.texts.ravel().tolist()]
    halves, fulls = half_units([text or None for text in flat])
    open_by = iter(zip(halves, fulls, strict=True))
    found = []
    for one in written:
        if one.values is not None:
            found.append(_of_machine(np.asarray(one.values)))
            continue
        cells = _blank(one.texts.shape)
        cells.texts = one.texts
        for position in np.ndindex(one.texts.shape):
            half, full = next(open_by)
            text = str(one.texts[position])
            if text:
                cells.values[position] = value_of(text)
                written_digits = digits_of(text)
                cells.half[position] = half * (1 + 2 * one.within)
                cells.full[position] = full * (1 + 2 * one.within)
                most = written_digits.significant if written_digits else 0
                cells.digits[position] = max(1, most)
        found.append(cells)
    return found


def _of_machine(machine: np.ndarray[Any, np.dtype[Any]]) -> Cells:
    single = machine.dtype.kind == "f" and machine.dtype.itemsize < 8
    values = machine.astype(np.float64)
    half = np.abs(values) * 2.0**-24 if single else np.zeros(machine.shape)
    texts = np.array([_short(x) for x in machine.ravel()], dtype="U40").reshape(machine.shape)
    most = _ALL_OF_SINGLE if single else _ALL_OF_DOUBLE
    return Cells(values, half, half, np.full(machine.shape, most), texts)


def _short(number: Any) -> str:
    return str(number.item() if number.dtype == np.float64 else number)


def arranged(
    written: Sequence[Written], cells: Sequence[Cells], program: Program, arrangement: Arrangement
) -> list[Given]:
    """The numbers in the shapes of the engine, as far as they fit this arrangement."""
    found = []
    for one, its in zip(written, cells, strict=True):
        signed = replace(its, values=-its.values) if one.sign < 0 else its
        found += _placed(one, signed, program, arrangement)
    return merged(found)


def is_turned(quantity: Quantity, arrangement: Arrangement) -> bool:
    """Whether the arrangement exchanges the rows and columns of a quantity."""
    if quantity.parameter and quantity.kind is not Kind.FACTOR:
        return arrangement.turned_weights
    observed = any(axis.kind == "observation" for axis in quantity.axes)
    return observed and arrangement.observations == "columns"


def _placed(one: Written, cells: Cells, program: Program, arrangement: Arrangement) -> list[Given]:
    quantity = program.quantities[one.quantity]
    if one.entry is not None:
        return [_one_entry(one, cells, quantity, arrangement)]
    if (
        cells.values.ndim == len(quantity.shape) == 2
        and is_turned(quantity, arrangement) != one.transposed
    ):
        cells = cells.map(np.transpose)
    cells = _stood_up(cells, quantity, program, arrangement)
    if one.bias:
        if arrangement.bias != "apart":
            return [_given(one, cells, quantity, odd=True)]
        return [_bias_row(one, cells, quantity)]
    cells = _bias_to_top(cells, quantity, arrangement)
    split = _split(one, cells, quantity, program, arrangement)
    if split:
        return split
    without_row = (quantity.shape[0] - 1, *quantity.shape[1:]) if quantity.shape else ()
    apart = program.bias == "row" and arrangement.bias == "apart"
    if apart and _has_bias_rows(quantity) and cells.values.shape == without_row:
        cells = _below(cells, quantity.shape)
    return [_whole(one, cells, quantity)]


def _stood_up(
    cells: Cells, quantity: Quantity, program: Program, arrangement: Arrangement
) -> Cells:
    """A plain list of the weights of one unit, or of one input, as a column or a row.

    With its biases where they stand among the weights, without them where they stand apart.
    """
    if cells.values.ndim != 1 or len(quantity.shape) != 2 or not quantity.parameter:
        return cells
    rows, columns = written_shape(quantity, program, arrangement)
    if 1 not in {rows, columns} or cells.values.size != rows * columns:
        return cells
    return cells.map(lambda array: np.reshape(array, (rows, columns)))


def written_shape(
    quantity: Quantity, program: Program, arrangement: Arrangement
) -> tuple[int, ...]:
    """The shape of a quantity as inputs × units, with its biases where they stand there."""
    if len(quantity.shape) != 2 or not quantity.parameter:
        return quantity.shape
    rows, columns = quantity.shape
    bias = program.quantities.get(_bias_of_weights(quantity.name))
    if program.bias == "separate" and arrangement.bias != "apart" and bias is not None:
        return rows + 1, columns
    if _has_bias_rows(quantity) and arrangement.bias == "apart":
        return rows - 1, columns
    return rows, columns


def _has_bias_rows(quantity: Quantity) -> bool:
    return bool(quantity.axes) and quantity.axes[0].kind == "bias + unit"


def _bias_to_top(cells: Cells, quantity: Quantity, arrangement: Arrangement) -> Cells:
    """The last row, or column of ``a+``, in front, where the biases stand at the bottom."""
    if arrangement.bias != "bottom" or cells.values.ndim != 2:
        return cells
    if _has_bias_rows(quantity):
        return cells.map(lambda array: np.roll(array, 1, axis=0))
    if len(quantity.axes) > 1 and quantity.axes[1].kind == "bias + unit":
        return cells.map(lambda array: np.roll(array, 1, axis=1))
    return cells


def _split(
    one: Written,
    cells: Cells,
    quantity: Quantity,
    program: Program,
    arrangement: Arrangement,
) -> list[Given]:
    """Weights with a row of biases that the network keeps apart, as two quantities."""
    bias = program.quantities.get(_bias_of_weights(quantity.name))
    if (
        program.bias != "separate"
        or arrangement.bias == "apart"
        or bias is None
        or len(quantity.shape) != 2
        or cells.values.shape != (quantity.shape[0] + 1, quantity.shape[1])
    ):
        return []
    if arrangement.bias == "bottom":
        cells = cells.map(lambda array: np.roll(array, 1, axis=0))
    return [
        _whole(one, cells.map(lambda array: array[1:]), quantity),
        _whole(one, cells.map(lambda array: array[:1]), bias),
    ]


def _whole(one: Written, cells: Cells, quantity: Quantity) -> Given:
    """All numbers of a quantity; of another shape, they stand as they are."""
    shape = quantity.shape
    found = cells.values.shape
    if found != shape and cells.values.size == quantity.size and _same_but_ones(found, shape):
        cells = cells.map(lambda array: np.reshape(array, shape))
    return _given(one, cells, quantity, odd=cells.values.shape != shape)


def _same_but_ones(found: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether two shapes are one list of numbers, standing or lying."""
    longer = [n for n in shape if n != 1]
    return [n for n in found if n != 1] == longer and len(longer) < 2


def _below(cells: Cells, shape: tuple[int, ...]) -> Cells:
    """The numbers under a row that nobody gave."""

    def fill(array: Any) -> Any:
        blank = np.zeros(shape, dtype=array.dtype)
        blank[1:] = array
        return blank

    found = cells.map(fill)
    found.values[0] = np.nan
    found.texts[0] = ""
    return found


def _bias_row(one: Written, cells: Cells, quantity: Quantity) -> Given:
    """Biases in the bias row of the weights."""
    columns = quantity.shape[1]
    if cells.values.size != columns or max(cells.values.shape, default=1) != columns:
        return _given(one, cells, quantity, odd=True)
    blank = _blank(quantity.shape)
    _fill(blank, 0, cells.map(np.ravel))
    return _given(one, blank, quantity, odd=False)


def _fill(blank: Cells, at: Any, cells: Cells) -> None:
    blank.values[at], blank.half[at], blank.full[at] = cells.values, cells.half, cells.full
    blank.digits[at], blank.texts[at] = cells.digits, cells.texts


def _one_entry(one: Written, cells: Cells, quantity: Quantity, arrangement: Arrangement) -> Given:
    position = list(one.entry or ())
    if len(position) == 2 and is_turned(quantity, arrangement):
        position.reverse()
    if one.bias:
        position = [0, position[-1] if position else 0]
    elif _has_bias_rows(quantity) and position and arrangement.bias == "bottom":
        position[0] = (position[0] + 1) % quantity.shape[0]
    elif _has_bias_rows(quantity) and position and arrangement.bias == "apart":
        position[0] += 1
    fits = len(position) == len(quantity.shape) and all(
        place < size for place, size in zip(position, quantity.shape, strict=False)
    )
    if not fits or cells.values.size != 1:
        return _given(one, cells, quantity, odd=True)
    blank = _blank(quantity.shape)
    _fill(blank, tuple(position), cells.map(lambda array: array.ravel()[0]))
    return _given(one, blank, quantity, odd=False)


def _given(one: Written, cells: Cells, quantity: Quantity, *, odd: bool) -> Given:
    return Given(
        one.iteration,
        quantity.name,
        np.asarray(cells.values, dtype=np.float64),
        np.asarray(cells.half, dtype=np.float64),
        np.asarray(cells.texts != ""),
        np.asarray(cells.digits, dtype=np.int64),
        np.asarray(cells.texts),
        one.name,
        float(one.sign),
        odd,
        np.asarray(cells.full, dtype=np.float64),
    )
