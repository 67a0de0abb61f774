"""Numbers as somebody wrote them down: their value, and what they leave open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.str_]

_NUMBER = re.compile(
    r"\s*[-+−]?(?P<whole>[0-9]*)(?P<point>\.?)(?P<decimals>[0-9]*)(?:[eE](?P<power>[-+]?[0-9]+))?\s*"
)
#: From so many digits on a number is all that a machine had; shorter ones beside it are exact.
ALL_DIGITS = 15
_MANY, _NEARLY = 8, 0.65  # numbers, and the part of them, that show how a file was rounded
_MOST_POWER = 300
_BY_CHANCE = 0.5  # numbers that would lose so many zeros by chance
_WHOLE = 0.0005  # where all numbers are whole: nobody rounds to whole numbers


class Digits(NamedTuple):
    """The digits of one number: how many count, and which place the last one has."""

    significant: int
    last_place: int
    whole: bool
    ends_in_zero: bool = False

    @property
    def half_unit(self) -> float:
        """Half of one unit in the last place."""
        return 0.5 * 10.0 ** max(min(self.last_place, _MOST_POWER), -_MOST_POWER)


@lru_cache(maxsize=1 << 17)
def digits_of(text: str) -> Digits | None:
    """The digits of a number as it is written; None where it is no number.

    >>> digits_of("0.0288126")[:3], digits_of("1.50e-3").half_unit
    ((6, -7, False), 5e-06)
    """
    match = _NUMBER.fullmatch(text)
    if not match or not (match["whole"] or match["decimals"]):
        return None
    figures = (match["whole"] + match["decimals"]).lstrip("0")
    power = int((match["power"] or "0")[:6])
    whole = not match["point"] and not match["power"]
    zero = match["decimals"].endswith("0") and len(match["decimals"]) > 1
    return Digits(len(figures), power - len(match["decimals"]), whole, zero)


def value_of(text: str) -> float:
    """The number that is written; words such as ``nan`` and ``inf`` are what they say."""
    return float(text.strip().replace("−", "-"))


def reads_as(number: float, printed: str) -> bool:
    """Whether a number, rounded to the digits of a printed one, is that one.

    >>> reads_as(0.02956691, "0.029567"), reads_as(0.02956691, "0.029566")
    (True, False)
    """
    digits = digits_of(printed)
    if digits is None:
        return False
    places = max(0, -digits.last_place)
    return float(f"{number:.{places}f}") == value_of(printed)


@dataclass(frozen=True)
class Given:
    """Numbers of one quantity at one iteration, as somebody gave them.

    ``here`` says where one is given; ``half`` is how far each may lie from what was computed,
    by the digits written down (0 for a machine's own numbers); ``full`` the same if zeros at
    the end were left out; ``digits`` is how many count. ``name`` is what its author calls it,
    and his number is ``factor`` times the engine's: −1 where it is the negative. ``odd`` is
    what has a shape that the network has no room for.
    """

    iteration: int
    quantity: str
    values: Floats
    half: Floats
    here: Bools
    digits: NDArray[np.int64]
    texts: Texts
    name: str = ""
    factor: float = 1.0
    odd: bool = False
    full: Floats | None = None

    @property
    def count(self) -> int:
        """How many numbers are given."""
        return int(self.here.sum())

    @property
    def at(self) -> tuple[int, str]:
        """The iteration and the quantity."""
        return self.iteration, self.quantity

    def rounded(self, expected: Floats, slack: Floats | float = 0.0) -> Bools:
        """Where they are the expected numbers, rounded to the digits written down."""
        with np.errstate(all="ignore"):
            room = self.half * (1 + 1e-9) + slack + 1e-15 * np.abs(expected)
            near = np.abs(self.values - expected) <= room
        same = (self.values == expected) | (np.isnan(self.values) & np.isnan(expected))
        return np.asarray((near | same) & self.here)

    def cut_off(self, expected: Floats, slack: Floats | float = 0.0) -> Bools:
        """Where they are the expected numbers with the digits behind cut off."""
        with np.errstate(all="ignore"):
            left = (expected - self.values) * np.where(self.values == 0, 1.0, np.sign(self.values))
            left = np.where(self.values == 0, np.abs(left), left)
            room = slack + 1e-15 * np.abs(expected)
            near = (left >= -room) & (left <= 2 * self.half * (1 + 1e-9) + room)
        return np.asarray(near & self.here & (self.half > 0))

    def matches(self, expected: Floats, slack: Floats | float, *, cut: bool) -> Bools:
        """Where they are the expected numbers, in a file that rounds or that cuts off."""
        found = self.rounded(expected, slack)
        return found | self.cut_off(expected, slack) if cut else found


@dataclass(frozen=True)
class Rounding:
    """How somebody rounds every number: to a decimal place, or to so many significant digits.

    Where neither is given, to what a machine of ``precision`` keeps. A half goes up, as by hand
    and in spreadsheets, to the even digit, as numpy's ``round`` has it, or to where the binary
    number lies, as Python's ``round`` and formats have it.
    """

    place: int | None = None
    figures: int | None = None
    precision: float = 2.0**-53
    cut: bool = False
    halves: Literal["up", "even", "binary"] = "up"

    def half(self, values: Floats) -> Floats:
        """Half a unit in the last place of numbers rounded so."""
        if self.place is not None:
            return np.full(np.shape(values), 0.5 * 10.0**self.place)
        if self.figures is None:
            return np.asarray(self.precision * np.abs(values))
        return np.asarray(0.5 * 10.0 ** self._power(values), dtype=np.float64)

    def rounded(self, values: Floats) -> Floats:
        """The numbers rounded so, or cut off."""
        if self.place is None and self.figures is None:
            return values
        if self.halves == "binary" and not self.cut:
            return self._formatted(values)
        power = self.place if self.place is not None else self._power(values)
        unit = 10.0 ** np.asarray(power, dtype=np.float64)
        whole = np.trunc if self.cut else np.rint
        up = 1e-9 if self.halves == "up" else 0.0
        with np.errstate(all="ignore"):
            found = whole(values / unit + np.sign(values) * up) * unit
        return np.asarray(np.where(np.isfinite(found), found, values))

    def _formatted(self, values: Floats) -> Floats:
        """The numbers as Python writes them with so many digits."""
        form = f".{(self.figures or 1) - 1}e" if self.place is None else f".{max(0, -self.place)}f"
        flat = [float(format(value, form)) for value in np.ravel(values).tolist()]
        return np.array(flat, dtype=np.float64).reshape(np.shape(values))

    def _power(self, values: Floats) -> Floats:
        assert self.figures is not None
        with np.errstate(all="ignore"):
            power = np.floor(np.log10(np.abs(values)) + 1e-12) + 1 - self.figures
        return np.asarray(np.where(np.isfinite(power), power, -_MOST_POWER))

    def __str__(self) -> str:
        if self.place is not None:
            return f"{-self.place} decimal{'s' if self.place != -1 else ''}"
        return f"{self.figures} significant digit{'s' if self.figures != 1 else ''}"


def roundings_of(texts: Iterable[str]) -> list[Rounding]:
    """How the author of these numbers rounds, as far as the digits tell; the likeliest first.

    None where they have all the digits of a machine, or none.

    >>> [str(one) for one in roundings_of(["0.5120", "12.3145", "0.0012"])]
    ['4 decimals']
    >>> [str(one) for one in roundings_of(["0.512", "12.3", "0.00123"])]
    ['3 significant digits']
    """
    found = [d for d in map(digits_of, texts) if d and not d.whole and d.significant]
    if not found or 2 * sum(d.significant >= ALL_DIGITS for d in found) >= len(found):
        return []
    places = [d.last_place for d in found]
    figures = [d.significant for d in found]
    place, count = _most_common(places)
    most, equal = _most_common(figures)
    by_place, by_figures = Rounding(place=place), Rounding(figures=most)
    if count >= _NEARLY * len(found) and count > equal:
        return [by_place]
    if equal >= _NEARLY * len(found) and equal > count:
        return [by_figures]
    if count >= equal:
        return [by_place, by_figures]
    return [by_figures, by_place]


def _most_common(numbers: Sequence[int]) -> tuple[int, int]:
    counts = {number: numbers.count(number) for number in sorted(set(numbers))}
    best = max(counts, key=lambda number: (counts[number], abs(number)))
    return best, counts[best]


def half_units(texts: Sequence[str | None]) -> tuple[list[float], list[float]]:
    """How much each of many numbers of one file leaves open, as half of its last place.

    Where nearly all end at the same place, or have as many digits, shorter ones have lost
    their zeros; whole numbers and 0 are as exact as those around them. Where they have all
    the digits of a machine, so has every other. The second list is how much each leaves open
    if any shorter one has lost its zeros, which nobody knows.

    >>> half_units(["1", "0.0288126", "0.028122"])[0][1:]
    [5e-08, 5e-07]
    >>> half_units(["1", "0.0288126", "0.028122"])[1][1:]
    [5e-08, 5e-08]
    """
    found = [digits_of(text) if text is not None else None for text in texts]
    exact = [d for d in found if d and not d.whole and d.significant]
    if not exact:
        plain = [min(_WHOLE, d.half_unit) if d else 0.0 for d in found]
        return plain, plain
    if 2 * sum(d.significant >= ALL_DIGITS for d in exact) >= len(exact):
        sure = [
            0.0 if d is None else _half(d, t, ALL_DIGITS, -_MOST_POWER)
            for d, t in zip(found, texts, strict=True)
        ]
        return sure, sure
    most, last = max(d.significant for d in exact), min(d.last_place for d in exact)
    full = [
        0.0 if d is None else _half(d, t, most, last) for d, t in zip(found, texts, strict=True)
    ]
    if len(exact) >= _MANY and _NEARLY * len(exact) <= max(
        sum(d.last_place == last for d in exact), sum(d.significant == most for d in exact)
    ):
        return [_lost(d, whole, len(exact)) for d, whole in zip(found, full, strict=True)], full
    figures = _middle(d.significant for d in exact)
    places = _middle(d.last_place for d in exact)
    half = [
        0.0
        if d is None
        else d.half_unit
        if d.significant and not d.whole
        else _half(d, t, figures, places)
        for d, t in zip(found, texts, strict=True)
    ]
    keeps_zeros = any(d.ends_in_zero for d in exact)
    return half, half if keeps_zeros else full


def _lost(digits: Digits | None, whole: float, count: int) -> float:
    """Half a unit of a number that may have lost zeros at its end, as such a file shows.

    One zero is soon lost; that it were more is believed only of as many numbers as there would
    be by chance.
    """
    if digits is None or digits.whole or not digits.significant or not whole:
        return whole
    zeros = round(float(np.log10(digits.half_unit / whole)))
    return whole if zeros <= 1 or count * 10.0**-zeros >= _BY_CHANCE else digits.half_unit


def _half(digits: Digits, text: str | None, figures: int, places: int) -> float:
    """Half a unit of the last place that counts, in a file of so many digits or places."""
    value = value_of(text or "0")
    by_places = 0.5 * 10.0 ** max(places, -_MOST_POWER)
    if value == 0 or not isfinite(value):
        return min(digits.half_unit, by_places)
    by_figures = 0.5 * 10.0 ** (np.floor(np.log10(abs(value))) + 1 - figures)
    return float(min(digits.half_unit, max(by_places, by_figures)))


def _middle(numbers: Iterable[int]) -> int:
    ordered = sorted(numbers)
    return ordered[len(ordered) // 2]


def merged(numbers: Sequence[Given]) -> list[Given]:
    """Numbers of one quantity at one iteration put together; of two for one place, the last."""
    found: dict[tuple[int, str, bool], Given] = {}
    for one in numbers:
        key = (one.iteration, one.quantity, one.odd)
        old = found.get(key)
        if old is None or one.values.shape != old.values.shape:
            found[key] = one
            continue
        full = None
        if one.full is not None and old.full is not None:
            full = np.where(one.here, one.full, old.full)
        found[key] = Given(
            one.iteration,
            one.quantity,
            np.where(one.here, one.values, old.values),
            np.where(one.here, one.half, old.half),
            one.here | old.here,
            np.where(one.here, one.digits, old.digits),
            np.where(one.here, one.texts, old.texts),
            one.name,
            one.factor,
            one.odd,
            full,
        )
    return list(found.values())


def agreeing_digits(found: float, predicted: float, most: int) -> int:
    """To how many significant digits two numbers agree, ``most`` at most.

    >>> agreeing_digits(0.0102496, 0.01024963, 6), agreeing_digits(0.0102, 0.0103, 3)
    (6, 2)
    """
    if found == predicted:
        return most
    if not (isfinite(found) and isfinite(predicted)) or found == 0:
        return 0
    error = abs(found - predicted) / abs(found)
    return int(min(most, max(0, np.floor(-np.log10(2 * error) + 1e-9) + 1)))
