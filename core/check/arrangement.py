"""How somebody lays numbers out: rows or columns, the biases on top, at the bottom or apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from chainstep.core.check.intervals import Interval
from chainstep.core.check.verdicts import close
from chainstep.core.check.written_numbers import (
    Given,
    Texts,
    digits_of,
    half_units,
    merged,
    value_of,
)
from chainstep.core.program import Program
from chainstep.core.quantities import Quantity

BiasPlace = Literal["top", "bottom", "apart"]


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


@dataclass(frozen=True)
class Arrangement:
    """What the rows are, and where the biases stand."""

    observations: Literal["rows", "columns"]
    bias: BiasPlace

    def told(self, program: Program) -> str:
        """How the numbers are laid out, for the head of an answer."""
        words = f"{self.observations} are observations"
        usual: BiasPlace = "top" if program.setup.bias == "row" else "apart"
        if self.bias == usual:
            return words
        return f"{words}, the biases {'apart' if self.bias == 'apart' else f'at the {self.bias}'}"


def arrangements(program: Program) -> list[Arrangement]:
    """All the ways to lay out the numbers of a network; the scenario's own comes first."""
    kinds: tuple[BiasPlace, ...] = ("apart",)
    if program.setup.bias == "row":
        kinds = ("top", "apart", "bottom")
    elif program.setup.bias == "separate":
        kinds = ("apart", "top", "bottom")
    return [Arrangement(side, bias) for side in ("rows", "columns") for bias in kinds]


def _bias_of_weights(name: str) -> str:
    return name.replace("W", "b", 1)


@dataclass
class _Cells:
    """Arrays that are turned and cut together."""

    values: Any
    half: Any
    digits: Any
    texts: Any

    def map(self, change: Any) -> _Cells:
        return _Cells(
            change(self.values), change(self.half), change(self.digits), change(self.texts)
        )


def _cells(written: Sequence[Written]) -> list[_Cells]:
    """The numbers of a file, each with what it leaves open; the file is judged as one."""
    flat = [text for one in written if one.values is None for text in one.texts.ravel().tolist()]
    halves = iter(half_units([text or None for text in flat]))
    found = []
    for one in written:
        if one.values is not None:
            machine = np.asarray(one.values)
            most = 9 if machine.dtype.itemsize < 8 else 17
            values = machine.astype(np.float64)
            half = np.zeros(machine.shape)
            if machine.dtype.itemsize < 8:
                half = np.abs(values) * 2.0**-24
            texts = np.array([_short(x) for x in machine.ravel()], dtype="U40")
            found.append(
                _Cells(values, half, np.full(machine.shape, most), texts.reshape(machine.shape))
            )
            continue
        values = np.full(one.texts.shape, np.nan)
        half = np.zeros(one.texts.shape)
        digits = np.zeros(one.texts.shape, dtype=np.int64)
        for position in np.ndindex(one.texts.shape):
            room = next(halves)
            text = str(one.texts[position])
            if text:
                values[position] = value_of(text)
                written_digits = digits_of(text)
                half[position] = room * (1 + 2 * one.within)
                digits[position] = max(1, written_digits.significant) if written_digits else 0
        found.append(_Cells(values, half, digits, one.texts))
    return found


def _short(number: Any) -> str:
    return str(number.item() if number.dtype == np.float64 else number)


def arranged(written: Sequence[Written], program: Program, arrangement: Arrangement) -> list[Given]:
    """The numbers in the shapes of the engine, as far as they fit this arrangement."""
    found = []
    for one, cells in zip(written, _cells(written), strict=True):
        if one.sign < 0:
            cells = replace(cells, values=-cells.values)  # noqa: PLW2901  the cells of this one
        found += _placed(one, cells, program, arrangement)
    return merged(found)


def _placed(one: Written, cells: _Cells, program: Program, arrangement: Arrangement) -> list[Given]:
    quantity = program.quantities[one.quantity]
    if one.entry is not None:
        return [_one_entry(one, cells, quantity, arrangement, program)]
    if cells.values.ndim == len(quantity.shape) == 2:
        turned = (arrangement.observations == "columns") != one.transposed
        if turned:
            cells = cells.map(np.transpose)
    if one.bias:
        if arrangement.bias != "apart":
            return [_given(one, cells, quantity, odd=True)]
        return [_bias_row(one, cells, quantity)]
    cells = _bias_to_top(cells, quantity, arrangement)
    split = _split(one, cells, quantity, program, arrangement)
    if split:
        return split
    apart = program.setup.bias == "row" and arrangement.bias == "apart"
    if (
        apart
        and _has_bias_rows(quantity)
        and cells.values.shape
        == (
            quantity.shape[0] - 1,
            *quantity.shape[1:],
        )
    ):
        cells = _below(cells, quantity.shape)
    return [_whole(one, cells, quantity)]


def _has_bias_rows(quantity: Quantity) -> bool:
    return bool(quantity.axes) and quantity.axes[0].kind == "bias + unit"


def _bias_to_top(cells: _Cells, quantity: Quantity, arrangement: Arrangement) -> _Cells:
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
    cells: _Cells,
    quantity: Quantity,
    program: Program,
    arrangement: Arrangement,
) -> list[Given]:
    """Weights with a row of biases that the network keeps apart, as two quantities."""
    bias = program.quantities.get(_bias_of_weights(quantity.name))
    if (
        program.setup.bias != "separate"
        or arrangement.bias == "apart"
        or bias is None
        or cells.values.ndim != 2
        or cells.values.shape != (quantity.shape[0] + 1, quantity.shape[1])
    ):
        return []
    if arrangement.bias == "bottom":
        cells = cells.map(lambda array: np.roll(array, 1, axis=0))
    return [
        _whole(one, cells.map(lambda array: array[1:]), quantity),
        _whole(one, cells.map(lambda array: array[:1]), bias),
    ]


def _whole(one: Written, cells: _Cells, quantity: Quantity) -> Given:
    """All numbers of a quantity; of another shape, they stand as they are."""
    shape = quantity.shape
    found = cells.values.shape
    if found != shape and cells.values.size == quantity.size and _same_but_ones(found, shape):
        cells = cells.map(lambda array: np.reshape(array, shape))
    return _given(one, cells, quantity, odd=cells.values.shape != shape)


def _same_but_ones(found: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether two shapes are one list of numbers, standing or lying."""
    return [n for n in found if n != 1] == [n for n in shape if n != 1] and (
        len([n for n in shape if n != 1]) < 2
    )


def _below(cells: _Cells, shape: tuple[int, ...]) -> _Cells:
    """The numbers under a row that nobody gave."""

    def fill(array: Any) -> Any:
        blank = np.zeros(shape, dtype=array.dtype)
        blank[1:] = array
        return blank

    found = cells.map(fill)
    found.values[0] = np.nan
    found.texts[0] = ""
    return found


def _bias_row(one: Written, cells: _Cells, quantity: Quantity) -> Given:
    """Biases in the bias row of the weights."""
    columns = quantity.shape[1]
    if cells.values.size != columns or max(cells.values.shape, default=1) != columns:
        return _given(one, cells, quantity, odd=True)
    blank = _Cells(
        np.full(quantity.shape, np.nan),
        np.zeros(quantity.shape),
        np.zeros(quantity.shape, dtype=np.int64),
        np.full(quantity.shape, "", dtype="U40"),
    )
    blank.values[0] = cells.values.ravel()
    blank.half[0] = cells.half.ravel()
    blank.digits[0] = cells.digits.ravel()
    blank.texts[0] = cells.texts.ravel()
    return _given(one, blank, quantity, odd=False)


def _one_entry(
    one: Written,
    cells: _Cells,
    quantity: Quantity,
    arrangement: Arrangement,
    program: Program,
) -> Given:
    position = list(one.entry or ())
    if len(position) == 2 and arrangement.observations == "columns":
        position.reverse()
    if one.bias:
        position = [0, position[-1] if position else 0]
    elif _has_bias_rows(quantity) and arrangement.bias == "bottom":
        position[0] = (position[0] + 1) % quantity.shape[0]
    elif _has_bias_rows(quantity) and arrangement.bias == "apart":
        position[0] += 1
    fits = len(position) == len(quantity.shape) and all(
        place < size for place, size in zip(position, quantity.shape, strict=False)
    )
    if not fits or cells.values.size != 1 or program is None:
        return _given(one, cells, quantity, odd=True)
    blank = _Cells(
        np.full(quantity.shape, np.nan),
        np.zeros(quantity.shape),
        np.zeros(quantity.shape, dtype=np.int64),
        np.full(quantity.shape, "", dtype="U40"),
    )
    at = tuple(position)
    blank.values[at], blank.half[at] = cells.values.item(), cells.half.item()
    blank.digits[at], blank.texts[at] = cells.digits.item(), cells.texts.item()
    return _given(one, blank, quantity, odd=False)


def _given(one: Written, cells: _Cells, quantity: Quantity, *, odd: bool) -> Given:
    return Given(
        one.iteration,
        quantity.name,
        np.asarray(cells.values, dtype=np.float64),
        np.asarray(cells.half, dtype=np.float64),
        np.asarray(cells.texts != ""),
        np.asarray(cells.digits, dtype=np.int64),
        np.asarray(cells.texts),
        one.name,
        one.sign,
        odd,
    )


def fitting(
    written: Sequence[Written],
    program: Program,
    bounds: Mapping[int, Mapping[str, Interval]],
) -> list[tuple[Arrangement, list[Given]]]:
    """The arrangements in which most numbers fit, the one in which most are right first.

    Where several have as many right, the one in which the others are nearer, in steps of a
    tenth; then the scenario's own.
    """
    found = []
    for arrangement in arrangements(program):
        given = arranged(written, program, arrangement)
        fits = [one for one in given if not one.odd]
        count = sum(one.count for one in fits)
        right = sum(_right(one, bounds) for one in fits)
        near = sum(_nearness(one, bounds) for one in fits) / max(count, 1)
        found.append(((count, right, round(near, 1)), arrangement, given))
    found.sort(key=lambda one: one[0], reverse=True)
    return [
        (arrangement, given) for score, arrangement, given in found if score[0] == found[0][0][0]
    ]


def _right(given: Given, bounds: Mapping[int, Mapping[str, Interval]]) -> int:
    bound = bounds[given.iteration][given.quantity]
    return int((close(given, bound.middle, bound.radius) & given.here).sum())


def _nearness(given: Given, bounds: Mapping[int, Mapping[str, Interval]]) -> float:
    """How near the numbers are to the right ones: a digit for each digit, six at most."""
    expected = bounds[given.iteration][given.quantity].middle
    with np.errstate(all="ignore"):
        away = np.abs(given.values - expected) / (np.abs(expected) + 1e-12)
        digits = np.clip(-np.log10(away + 1e-6), 0, 6)
    return float(np.nan_to_num(digits)[given.here].sum())
