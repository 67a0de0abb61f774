"""Conditions that a run can stop at: ``C < 0.01``, ``|dC/dW1| < 1e-6``, ``W1.0.2 >= 2``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chainstep.core import Entry, InputError, Stepper
from chainstep.core.numbers import number_text
from chainstep.core.program import Program
from chainstep.core.quantities import nearest, parse_entry

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FORM = re.compile(
    r"^\s*(?P<bars>\|)?\s*(?P<name>[^|<>=\s][^|<>=]*?)\s*(?(bars)\|)\s*"
    r"(?P<sign><=|>=|<|>)\s*(?P<bound>\S+)\s*$"
)
EXPECTED = "write C < 0.01, |dC/dW1| < 1e-6, W1.0.2 > 2, or a number of iterations"


@dataclass(frozen=True)
class Condition:
    """A comparison of one number, or of the largest absolute value of a quantity."""

    entry: Entry
    absolute: bool
    sign: str
    bound: float
    text: str

    def __str__(self) -> str:
        return self.text

    def step(self, program: Program) -> int:
        """The number of the step that shows it; 0 for what an iteration begins with."""
        return program.numbers.get(self.entry.quantity, 0)

    def value(self, stepper: Stepper) -> float:
        """What is compared, as it is now."""
        value = stepper[self.entry.quantity]
        if self.absolute:
            return float(np.max(np.abs(value[self.entry.position])))
        return float(value[self.entry.position])

    def holds(self, stepper: Stepper) -> bool:
        """Whether it is so now."""
        return _COMPARISONS[self.sign](self.value(stepper), self.bound)

    def last(self, stepper: Stepper) -> str:
        """What is compared, as text."""
        bars = "|" if self.absolute else ""
        return f"{bars}{self.entry}{bars} is {number_text(self.value(stepper))}"


def parse_condition(text: str, program: Program) -> Condition:
    """Reads a condition on a quantity of a network.

    Raises: InputError with what was expected.
    """
    match = _FORM.match(text)
    if match is None:
        raise InputError(f"{text.strip()!r} is no condition: {EXPECTED}")
    entry = parse_entry(match["name"])
    quantity = program.quantities.get(entry.quantity)
    if quantity is None:
        raise InputError(
            f"this network has no quantity {entry.quantity!r}"
            f"{nearest(entry.quantity, program.quantities)}"
        )
    absolute = bool(match["bars"])
    if entry.position and len(entry.position) != len(quantity.shape):
        raise InputError(
            f"{quantity.name} has {len(quantity.shape)} axes: {_example(quantity.name)}"
        )
    if any(at >= size for at, size in zip(entry.position, quantity.shape, strict=False)):
        sizes = "×".join(map(str, quantity.shape))
        raise InputError(f"{quantity.name} is {sizes} and has no entry {entry}")
    if not entry.position and quantity.size > 1 and not absolute:
        raise InputError(f"{quantity.name} has {quantity.size} numbers: {_example(quantity.name)}")
    if not entry.position and quantity.shape and not absolute:
        entry = Entry(entry.quantity, (0,) * len(quantity.shape))
    try:
        bound = float(match["bound"])
    except ValueError:
        raise InputError(f"{match['bound']!r} is no number: {EXPECTED}") from None
    if np.isnan(bound):
        raise InputError("nothing compares with NaN")
    return Condition(entry, absolute, match["sign"], bound, text.strip())


def _example(name: str) -> str:
    return f"one of them is {name}.0.0, the largest of all |{name}|"
