"""Numbers as somebody wrote them down: their value, and what they leave open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from chainstep.core.check.intervals import EPSILON, Floats, Interval

Texts = NDArray[np.str_]

_NUMBER = re.compile(
    r"\s*[-+−]?(?P<whole>[0-9]*)(?P<point>\.?)(?P<decimals>[0-9]*)(?:[eE](?P<power>[-+]?[0-9]+))?\s*"
)
#: From so many digits on a number is all that a machine had; shorter ones beside it are exact.
_ALL_DIGITS = 15
_MANY, _NEARLY = 8, 0.65  # numbers, and the part of them, that show how a file was rounded
_MOST_POWER = 400
_WHOLE = 0.0005  # where all numbers are whole: nobody rounds to whole numbers


@dataclass(frozen=True)
class Digits:
    """The digits of one number: how many count, and which place the last one has."""

    significant: int
    last_place: int
    whole: bool

    @property
    def half_unit(self) -> float:
        """Half of one unit in the last place."""
        return 0.5 * 10.0 ** max(min(self.last_place, _MOST_POWER), -_MOST_POWER)


def digits_of(text: str) -> Digits | None:
    """The digits of a number as it is written; None where it is no number.

    >>> digits_of("0.0288126")
    Digits(significant=6, last_place=-7, whole=False)
    >>> digits_of("1.50e-3").half_unit
    5e-06
    """
    match = _NUMBER.fullmatch(text)
    if not match or not (match["whole"] or match["decimals"]):
        return None
    figures = (match["whole"] + match["decimals"]).lstrip("0")
    power = int(match["power"] or 0)
    whole = not match["point"] and not match["power"]
    return Digits(len(figures), power - len(match["decimals"]), whole)


def value_of(text: str) -> float:
    """The number that is written; words such as ``nan`` and ``inf`` are what they say."""
    return float(text.strip().replace("−", "-"))


@dataclass(frozen=True)
class Given:
    """Numbers of one quantity at one iteration, as somebody gave them.

    ``here`` says where one is given; ``half`` is how far each may lie from what was computed,
    by the digits written down (0 for a machine's own numbers); ``digits`` is how many count.
    ``name`` is what its author calls it, ``sign`` −1 where that is the negative.
    """

    iteration: int
    quantity: str
    values: Floats
    half: Floats
    here: NDArray[np.bool_]
    digits: NDArray[np.int64]
    texts: Texts
    name: str = ""
    sign: int = 1
    odd: bool = False  # of a shape that the network has no room for

    @property
    def count(self) -> int:
        """How many numbers are given."""
        return int(self.here.sum())

    def interval(self, slack: Floats | float = 0.0) -> Interval:
        """Where the computed numbers lie, as far as the written ones tell."""
        return Interval.around(self.values, self.half + slack)


@dataclass(frozen=True)
class Rounding:
    """How somebody rounds every number: to so many digits, or at this place if that is less."""

    figures: int
    place: int

    def half(self, values: Floats) -> Floats:
        """Half a unit in the last place of numbers rounded so."""
        with np.errstate(all="ignore"):
            power = np.floor(np.log10(np.abs(values))) + 1 - self.figures
        power = np.where(np.isfinite(power), np.maximum(power, self.place), self.place)
        return np.asarray(0.5 * 10.0**power, dtype=np.float64)


def rounding_of(numbers: Sequence[Given]) -> Rounding | None:
    """How the author of these numbers rounds; None where they have all digits of a machine."""
    texts = [text for one in numbers for text in one.texts[one.here].tolist()]
    found = [d for d in map(digits_of, texts) if d and not d.whole and d.significant]
    if not found or any(not one.half[one.here].any() for one in numbers if one.count > 1):
        return None
    figures = _middle(d.significant for d in found)
    place = min(d.last_place for d in found)
    same = sum(d.last_place == place for d in found)
    return Rounding(figures, place if _NEARLY * len(found) <= same else -_MOST_POWER)


def half_units(texts: Sequence[str | None]) -> list[float]:
    """How much each of many numbers of one file leaves open, as half of its last place.

    Where nearly all end at the same place, or have as many digits, shorter ones have lost
    their zeros; whole numbers and 0 are as exact as those around them. Where they have all
    the digits of a machine, so has every other.

    >>> half_units(["1", "0.0288126", "0.028122"])[1:]
    [5e-08, 5e-07]
    """
    found = [digits_of(text) if text is not None else None for text in texts]
    exact = [d for d in found if d and not d.whole and d.significant]
    if not exact:
        return [_WHOLE if digits else 0.0 for digits in found]
    most, last = max(d.significant for d in exact), min(d.last_place for d in exact)
    if 2 * sum(d.significant >= _ALL_DIGITS for d in exact) >= len(exact):
        return [0.0 if d is None or d.significant < _ALL_DIGITS else d.half_unit for d in found]
    if len(exact) >= _MANY and _NEARLY * len(exact) <= max(
        sum(d.last_place == last for d in exact), sum(d.significant == most for d in exact)
    ):
        return [
            0.0 if d is None else _half(d, t, most, last) for d, t in zip(found, texts, strict=True)
        ]
    figures = _middle(d.significant for d in exact)
    places = _middle(d.last_place for d in exact)
    return [
        0.0
        if d is None
        else d.half_unit
        if d.significant and not d.whole
        else _half(d, t, figures, places)
        for d, t in zip(found, texts, strict=True)
    ]


def _half(digits: Digits, text: str | None, figures: int, places: int) -> float:
    """Half a unit of the last place that counts, in a file of so many digits or places."""
    value = value_of(text or "0")
    by_places = 0.5 * 10.0**places
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
        if key not in found or one.values.shape != found[key].values.shape:
            found[key] = one
            continue
        old = found[key]
        found[key] = Given(
            one.iteration,
            one.quantity,
            np.where(one.here, one.values, old.values),
            np.where(one.here, one.half, old.half),
            one.here | old.here,
            np.where(one.here, one.digits, old.digits),
            np.where(one.here, one.texts, old.texts),
            one.name,
            one.sign,
            one.odd,
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


def float_width(values: NDArray[np.floating]) -> str:
    """The arithmetic that numbers of a machine come from, by their width."""
    return "float32" if values.dtype.itemsize < 8 else "float64"


__all__ = [
    "EPSILON",
    "Digits",
    "Given",
    "Rounding",
    "agreeing_digits",
    "digits_of",
    "float_width",
    "half_units",
    "rounding_of",
    "value_of",
]
