"""Conditions that a run can stop at: ``C < 0.01``, ``|dC/dW1| < 1e-6``, ``iteration = 500``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from chainstep.core.expressions import LaidOut
from chainstep.core.program import Program
from chainstep.core.quantities import Entry, InputError, Quantity, nearest, parse_entry
from chainstep.core.setup import Array
from chainstep.core.stepper import Stepper
from chainstep.core.text.numbers import number_text

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}
_SPELLINGS = {"≤": "<=", "≥": ">=", "==": "="}
_FORM = re.compile(
    r"\s*(?P<bars>\|)?\s*(?P<name>[^|<>=≤≥\s][^|<>=≤≥]*?)\s*(?(bars)\|)\s*"
    r"(?P<sign><=|>=|==|[<>=≤≥])\s*(?P<bound>\S+)\s*"
)
#: What a condition looks like, for a prompt.
EXPECTED = "write C < 0.01, |dC/dW1| < 1e-6, a3[0,1] >= 0.9 or iteration = 500"


@dataclass(frozen=True)
class Condition:
    """A comparison of one number, of the largest absolute value of a quantity, or of the time.

    The entry ``iteration`` is the number of the iteration itself.
    """

    entry: Entry
    absolute: bool
    sign: str
    bound: float
    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def names(self) -> tuple[str, ...]:
        """The quantity that it reads; none where it is about the iteration."""
        return () if self.entry.quantity == "iteration" else (self.entry.quantity,)

    def step(self, program: Program) -> int:
        """The number of the step that shows it; 0 for what an iteration begins with."""
        return program.numbers.get(self.entry.quantity, 0)

    def value(self, stepper: Stepper) -> float:
        """What is compared, as it is at this moment.

        Raises: KeyError where it is not computed at this moment.
        """
        values = {name: stepper[name] for name in self.names}
        return self.reader(values)(stepper.moment.iteration)

    def holds(self, stepper: Stepper) -> bool:
        """Whether it is so at this moment; not where the number is not a number."""
        return _COMPARISONS[self.sign](self.value(stepper), self.bound)

    def last(self, stepper: Stepper) -> str:
        """What is compared, as text: ``C is 0.0099``."""
        bars = "|" if self.absolute else ""
        return f"{bars}{self.entry}{bars} is {number_text(self.value(stepper))}"

    def reader(self, values: Mapping[str, Array]) -> Callable[[int], float]:
        """A function of the iteration that reads what is compared out of these arrays."""
        if not self.names:
            return float
        array, position = values[self.entry.quantity], self.entry.position
        if self.absolute:
            part = array[position] if position else array
            return lambda _: float(np.abs(part).max())
        item = array.item
        return lambda _: float(item(*position))

    def test(self, values: Mapping[str, Array]) -> Callable[[int], bool]:
        """A function of the iteration that says whether it holds, fast."""
        read, compare, bound = self.reader(values), _COMPARISONS[self.sign], self.bound
        return lambda iteration: compare(read(iteration), bound)


def parse_condition(text: str, program: Program) -> Condition:
    """Reads a condition on a network.

    Raises: InputError with what was expected.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise InputError(f"{text.strip()!r} is no condition: {EXPECTED}")
    entry, absolute = parse_entry(match["name"]), bool(match["bars"])
    sign = _SPELLINGS.get(match["sign"], match["sign"])
    bound = _bound(match["bound"], text)
    if entry.quantity != "iteration":
        entry = _entry_of(entry, program, absolute=absolute)
        if sign == "=":
            raise InputError(
                f"{text.strip()!r}: computed numbers hardly ever equal one that is typed; "
                f"ask with < or >"
            )
    elif absolute or entry.position or bound != int(bound) or bound < 1:
        raise InputError(f"{text.strip()!r}: iterations count from 1; write iteration = 500")
    return Condition(entry, absolute, sign, bound, text.strip())


def parse_entry_of(text: str, program: Program) -> Entry:
    """Reads one number of a network's quantities: ``C``, ``W1.0.2``, ``a3[0,1]``.

    Raises: InputError where there is none such, with the nearest or an example.
    """
    return _entry_of(parse_entry(text), program, absolute=False)


def _entry_of(entry: Entry, program: Program, *, absolute: bool) -> Entry:
    quantity = program.quantities.get(entry.quantity)
    if quantity is None:
        known = [*program.quantities, "iteration"]
        raise InputError(
            f"this network has no quantity {entry.quantity!r}{nearest(entry.quantity, known)}"
        )
    _check_laid_out(quantity, program)
    if entry.position and len(entry.position) != len(quantity.shape):
        raise InputError(
            f"{quantity.name} has {len(quantity.shape)} axes, not {len(entry.position)}: "
            f"{_example(quantity)}"
        )
    if any(at >= size for at, size in zip(entry.position, quantity.shape, strict=False)):
        sizes = "×".join(map(str, quantity.shape))
        raise InputError(
            f"{quantity.name} is {sizes} and has no entry {entry}; rows and columns count from 0"
        )
    if entry.position or absolute or not quantity.shape:
        return entry
    if quantity.size > 1:
        raise InputError(f"{quantity.name} has {quantity.size} numbers: {_example(quantity)}")
    return Entry(entry.quantity, (0,) * len(quantity.shape))


def _check_laid_out(quantity: Quantity, program: Program) -> None:
    number = program.numbers.get(quantity.name)
    if number and isinstance(program.steps[number - 1].expression, LaidOut):
        raise InputError(f"{quantity.name} is laid out only to be shown; ask about another")


def _example(quantity: Quantity) -> str:
    if not quantity.shape:
        return f"it is one number, {quantity.name}"
    first = Entry(quantity.name, (0,) * len(quantity.shape))
    return f"one of them is {first}, the largest without its sign |{quantity.name}|"


def _bound(text: str, whole: str) -> float:
    try:
        bound = float(text)
    except ValueError:
        raise InputError(f"{whole.strip()!r}: {text!r} is no number; {EXPECTED}") from None
    if not np.isfinite(bound):
        raise InputError(f"{whole.strip()!r}: compare with a finite number")
    return bound
