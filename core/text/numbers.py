"""Numbers as text: how many digits of them are shown."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class Digits(NamedTuple):
    """How many digits of a number are shown at most, trailing zeros left out.

    ``significant`` None is all that tell the number from its neighbours of the same width:
    what is printed reads back to the same bits. ``decimals`` None is as many as that takes.
    A plain 7, wherever digits are asked for, means ``Digits(7, 7)``: the page's numbers.
    """

    significant: int | None = None
    decimals: int | None = None


EXACT = Digits()

_LOWEST_PLAIN = -4  # '%g' turns to powers of ten below 1e-4
_LONGEST_PLAIN = 1e15  # whole numbers below it are all there in float64


def as_digits(digits: int | Digits) -> Digits:
    """What a plain number of digits stands for; 1 is the least that shows anything."""
    return digits if isinstance(digits, Digits) else Digits(digits, digits)


def number_texts(values: ArrayLike, digits: int | Digits = 7) -> list[str]:
    """The numbers of an array, row after row, as text; strings stay what they are.

    A number is rounded from its exact value, half to even. It never becomes 0 by rounding:
    what the decimals cannot hold is written with a power of ten. Whole numbers of few enough
    digits are written out. 0 has no sign, except where every bit is shown.

    >>> number_texts([0.97589063, 0.028122, 2.2, 1.0, -0.00075429, 1.4e-09, 10_000_000.0])
    ['0.9758906', '0.028122', '2.2', '1', '-0.0007543', '1.4e-09', '10000000']
    """
    array = np.asarray(values).ravel()
    if array.dtype.kind == "U":
        return list(array.tolist())
    chosen = as_digits(digits)
    if chosen.significant is None:
        return _exact(array)
    limits, forms = _forms(chosen.significant, chosen.decimals)
    return [
        form % number
        if (form := forms[bisect_right(limits, abs(number))])
        else _odd(number, chosen)
        for number in array.tolist()
    ]


def number_text(value: float | np.floating | np.integer | str, digits: int | Digits = 7) -> str:
    """One number as text."""
    return number_texts(np.asarray(value), digits)[0]


@lru_cache
def _forms(significant: int, decimals: int | None) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """The '%g' form of each power of ten, and where each begins; at both ends none fits."""
    lowest = _LOWEST_PLAIN if decimals is None else max(_LOWEST_PLAIN, -decimals)
    exponents = [lowest]
    if decimals is not None:  # up to where the decimals no longer take digits away
        exponents = list(range(lowest, max(lowest, significant - decimals - 1) + 1))
    shown = [
        significant if decimals is None else min(significant, decimals + exponent + 1)
        for exponent in exponents
    ]
    limits = [float(f"1e{exponent}") for exponent in (*exponents, significant)]
    return tuple(limits), ("", *(f"%.{count}g" for count in shown), "")


def _odd(number: float, digits: Digits) -> str:
    """The text of a number that is 0, very small, very large or not finite."""
    significant = digits.significant or 1
    if number == 0:
        return "0"
    if not isfinite(number):
        return f"{number:g}"
    if abs(number) < 1:
        if digits.decimals is not None:
            text = f"{number:.{digits.decimals}f}".rstrip("0").rstrip(".")
            if text not in ("", "-", "0", "-0"):
                return text
        return _power_of_ten(number, significant)
    if abs(number) < _LONGEST_PLAIN and number == int(number):
        text = str(int(number))
        if len(text.lstrip("-").rstrip("0")) <= significant:
            return text
    return _power_of_ten(number, significant)


def _power_of_ten(number: float, significant: int) -> str:
    mantissa, _, exponent = f"{number:.{significant - 1}e}".partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{exponent}"


def _exact(array: np.ndarray) -> list[str]:
    """The shortest texts that read back to the same bits in the array's own width."""
    whole = array.tolist() if array.dtype == np.float64 else array.astype("U32").tolist()
    return [str(number).removesuffix(".0") for number in whole]
