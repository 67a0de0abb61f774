"""The program as scalar source: one line for every number, for a compiler.

The second backend of a run, for small networks and very many iterations. numba compiles the
source; the compiled function makes single steps and whole runs alike, so that both have the
same bits. They differ from numpy's in last places.
"""

from __future__ import annotations

import numpy as np

from chainstep.core.engine.layout import Layout, Slot
from chainstep.core.entries import Made, entry
from chainstep.core.expressions import (
    Apply,
    Cell,
    Expression,
    Fold,
    LaidOut,
    Named,
    Number,
    Position,
)
from chainstep.core.program import Step
from chainstep.core.quantities import InputError

MOST = 2000  # weights times observations; some ten seconds of compiling

_FORMS = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
    "negative": "-{}",
    "square": "{0} * {0}",
    "equal": "c[1] if {} == {} else c[0]",
    "maximum": "{0} if {0} >= {1} or {0} != {0} else {1}",
    "heaviside": "c[1] if {0} > c[0] else (c[0] if {0} < c[0] else ({1} if {0} == c[0] else {0}))",
}
_HEAD = """\
import numpy as np
from numba import njit

@njit(cache=True, error_model="numpy")
def kernel(f, c, iterations, first, last):
    for _ in range(iterations):
"""


class Source:
    """The lines of one iteration, and the constants that they read.

    ``kernel(f, c, iterations, first, last)`` does the steps from first to last; with one step
    more than there are, it ends each iteration by carrying new weights over the old.
    """

    def __init__(self, layout: Layout) -> None:
        program = layout.program
        size = sum(quantity.size for quantity in program.parameters) * program.observations
        if size > MOST:
            raise InputError(
                f"numba takes small networks: weights times observations are {size} here, "
                f"{MOST} at most; numpy runs this one"
            )
        self.layout = layout
        self._fed = {entry(each, ()): place for each, place in layout.constants.items()}
        self.constants = [0.0, 1.0]
        self.lines: list[str] = []
        self._known: dict[int, tuple[str, Expression]] = {}  # by id: the number is kept alive
        self._indent = " " * 12
        self._names = 0
        steps = layout.program.steps
        end = len(steps) + 1
        for step in steps:
            if not isinstance(step.expression, LaidOut):
                self._step(step)
        carried = layout.carried_size
        self.lines.append(f"        if last == {end}:")
        self.lines.append(f"            for n in range({carried}): f[n] = f[{carried} + n]")

    @property
    def text(self) -> str:
        return _HEAD + "\n".join(self.lines) + "\n"

    def _step(self, step: Step) -> None:
        place = self.layout.places[step.quantity.name]
        if self.layout.alias(step.expression) == place:
            return
        self.lines.append(f"        if first <= {step.number} <= last:")
        if step.short is None:
            self._assign(step.expression, place)
            return
        finite = []
        for divisor in step.short.divisors:
            finite += [f"np.isfinite(c[1] / {name})" for name in self._all(divisor)]
        self.lines.append(f"{self._indent}if {' and '.join(finite)}:")
        self._indent += "    "
        self._assign(step.expression, place)
        self.lines.append(f"{self._indent[4:]}else:")
        self._assign(step.short.expression, place)
        self._indent = self._indent[4:]

    def _all(self, expression: Expression) -> list[str]:
        """A variable for every number of an expression, what they share computed once."""
        self._known = {}
        made: Made = {}
        indices = np.ndindex(*expression.shape)
        return [self._name(entry(expression, index, made)) for index in indices]

    def _assign(self, expression: Expression, place: Slot) -> None:
        """Every number of the expression into its place, once all of them are computed."""
        names = self._all(expression)
        for name, index in zip(names, np.ndindex(*expression.shape), strict=True):
            self.lines.append(f"{self._indent}f[{_offset(place, index)}] = {name}")

    def _name(self, number: Expression) -> str:
        """A variable that holds one number of an expression."""
        if id(number) not in self._known:
            form = self._form(number)
            self._names += 1
            self._known[id(number)] = f"v{self._names}", number
            self.lines.append(f"{self._indent}v{self._names} = {form}")
        return self._known[id(number)][0]

    def _form(self, number: Expression) -> str:
        match number:
            case Apply() if self._fed and number in self._fed:
                return f"f[{self._fed[number].offset}]"
            case Cell(quantity=quantity, position=position):
                return f"f[{_offset(self.layout.places[quantity.name], position)}]"
            case Number(value=value):
                if value not in self.constants:
                    self.constants.append(value)
                return f"c[{self.constants.index(value)}]"
            case Apply(function=function, args=args):
                names = [self._name(arg) for arg in args]
                form = _FORMS.get(function.__name__)
                if form is None:
                    return f"np.{function.__name__}({', '.join(names)})"
                return form.format(*names)
            case Fold(function=function):
                return self._folded(function.__name__, list(map(self._name, number.terms)))
            case Named(body=body):
                return self._name(body)
        raise InputError("this network has a step that has no scalar form")

    def _folded(self, function: str, names: list[str]) -> str:
        if function == "add":
            return " + ".join(names)
        found = names[0]
        for name in names[1:]:
            self._names += 1
            form = _FORMS[function].format(found, name)
            self.lines.append(f"{self._indent}v{self._names} = {form}")
            found = f"v{self._names}"
        return found


def _offset(place: Slot, position: Position) -> int:
    if place.size == 1:
        return place.offset
    row, column = position
    if place.transposed:
        return place.offset + column * (place.stride or place.shape[0]) + row
    return place.offset + row * (place.stride or place.shape[1]) + column
