"""Conditions that a run can stop at: ``C < 0.01``, ``|dC/dW1| < 1e-6``, ``iteration = 500``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from chainstep.core.expressions import LaidOut
from chainstep.core.program import Program
from chainstep.core.quantities import Entry, InputError, Quantity
from chainstep.core.setup import Array
from chainstep.core.stepper import Stepper
from chainstep.core.text.numbers import number_text
from chainstep.core.text.typed import LONGEST, Names, reading, resolved
from chainstep.core.text.typed_names import Reading

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}
_SPELLINGS = {"≤": "<=", "≥": ">=", "==": "="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
_FORM = re.compile(r"(?P<name>[^<>=≤≥]+)(?P<sign><=|>=|==|[<>=≤≥])(?P<bound>[^<>=≤≥]+)")
_BARS = re.compile(r"\|[^|]+\|")
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


def parse_condition(text: str, names: Names) -> Condition:
    """Reads a condition on a network.

    Raises: InputError with what was expected.
    """
    text = text.strip()
    match = _FORM.fullmatch(text) if len(text) <= LONGEST else None
    name = match["name"].strip() if match else ""
    absolute = _BARS.fullmatch(name) is not None
    if match is None or ("|" in name and not absolute) or not match["bound"].strip():
        shown = text if len(text) <= LONGEST else f"{text[:39]}…"
        raise InputError(f"{shown!r} is no condition: {EXPECTED}")
    name = name.strip("|").strip()
    sign = _SPELLINGS.get(match["sign"], match["sign"])
    bound = _bound(match["bound"].strip(), text)
    if name not in {"iteration", "epoch"}:
        if sign == "=":
            raise InputError(
                f"{text!r}: computed numbers hardly ever equal one that is typed; ask with < or >"
            )
        found = reading(name, names)
        return _on(found, Condition(found.entry, absolute, sign, bound, text), names.program)
    if absolute or bound != int(bound) or bound < 1:
        raise InputError(f"{text!r}: {name}s count from 1; write {name} = 500")
    if name == "epoch":
        sign, bound = _in_iterations(sign, int(bound), names.program)
    return Condition(Entry("iteration", ()), absolute, sign, bound, text)


def _in_iterations(sign: str, epoch: int, program: Program) -> tuple[str, int]:
    """A comparison of the epoch as one of the iteration."""
    if sign in {">", "<="}:
        sign, epoch = {">": ">=", "<=": "<"}[sign], epoch + 1
    return sign, program.first_of_epoch(epoch)


def _on(found: Reading, condition: Condition, program: Program) -> Condition:
    """The condition on the engine's number, of which the typed one may be the negative."""
    quantity = program.quantities[found.quantity]
    _check_laid_out(quantity, program)
    if quantity.size > 1 and found.position is None and not condition.absolute:
        first = Entry(quantity.name, (0,) * len(quantity.shape))
        raise InputError(
            f"{quantity.name} has {quantity.size} numbers: one of them is {first}, "
            f"the largest without its sign |{quantity.name}|"
        )
    if found.position is not None or not condition.absolute:
        condition = replace(condition, entry=resolved(program, found.entry))
    if found.sign == 1 or condition.absolute:
        return condition
    return replace(condition, sign=_TURNED[condition.sign], bound=-condition.bound)


def _check_laid_out(quantity: Quantity, program: Program) -> None:
    number = program.numbers.get(quantity.name)
    if number and isinstance(program.steps[number - 1].expression, LaidOut):
        raise InputError(f"{quantity.name} is laid out only to be shown; ask about another")


def _bound(text: str, whole: str) -> float:
    try:
        bound = float(text.replace("−", "-"))
    except ValueError:
        raise InputError(f"{whole!r}: {text!r} is no number; {EXPECTED}") from None
    if not np.isfinite(bound):
        raise InputError(f"{whole!r}: compare with a finite number")
    return bound
