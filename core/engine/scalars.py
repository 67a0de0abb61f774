"""The program as scalar source: one line for every number, for a compiler.

The second backend of a run, for small networks and very many iterations. numba compiles the
source; the compiled function makes single steps and whole runs alike, so that both have the
same bits. They differ from numpy's in last places.
"""

from __future__ import annotations

import numpy as np

from chainstep.core.engine.layout import Layout, Place
from chainstep.core.expressions import (
    Apply,
    Expression,
    Filled,
    LaidOut,
    Named,
    Number,
    Product,
    Reduce,
    Ref,
    Rows,
    Transpose,
    WithOnes,
    ZeroRows,
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

Index = tuple[int, ...]


class Source:
    """The lines of one iteration, and the constants that they read.

    ``kernel(f, c, iterations, first, last)`` does the steps from first to last; with one step
    more than there are, it ends each iteration by carrying new weights over the old.
    """

    def __init__(self, layout: Layout) -> None:
        setup = layout.program.setup
        size = sum(int(matrix.size) for matrix in setup.weights) * setup.observations
        if size > MOST:
            raise InputError(
                f"numba takes small networks: weights times observations are {size} here, "
                f"{MOST} at most; numpy runs this one"
            )
        self.layout = layout
        self.constants = [0.0, 1.0]
        self.lines: list[str] = []
        self._known: dict[tuple[Expression, Index], str] = {}
        self._indent = " " * 12
        self._names = 0
        steps = layout.program.steps
        end = len(steps) + 1
        if "t" in layout.places:
            self.lines.append(f"        if last == {end}: f[{layout.places['t'].offset}] += 1")
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
        self._known = {}
        return [self._name(expression, index) for index in np.ndindex(*expression.shape)]

    def _assign(self, expression: Expression, place: Place) -> None:
        """Every number of the expression into its place, once all of them are computed."""
        names = self._all(expression)
        for name, index in zip(names, np.ndindex(*expression.shape), strict=True):
            self.lines.append(f"{self._indent}f[{_position(place, index)}] = {name}")

    def _name(self, node: Expression, index: Index) -> str:
        """A variable, or a place, that holds one number of an expression."""
        key = (node, index)
        if key not in self._known:
            form = self._form(node, index)
            self._names += 1
            self._known[key] = f"v{self._names}"
            self.lines.append(f"{self._indent}v{self._names} = {form}")
        return self._known[key]

    def _form(self, node: Expression, index: Index) -> str:
        match node:
            case Ref(quantity=quantity):
                return f"f[{_position(self.layout.places[quantity.name], index)}]"
            case Number(value=value) | Filled(value=value):
                if value not in self.constants:
                    self.constants.append(value)
                return f"c[{self.constants.index(value)}]"
            case Apply(function=function, args=args):
                names = [self._name(arg, _stretched(index, arg)) for arg in args]
                form = _FORMS.get(function.__name__)
                if form is None:
                    return f"np.{function.__name__}({', '.join(names)})"
                return form.format(*names)
            case Reduce(function=function, of=of, axis=axis):
                places = [_with(index, axis, n) for n in range(of.shape[axis])]
                return self._folded(function.__name__, [self._name(of, at) for at in places])
            case Product(left=left, right=right):
                terms = [
                    f"{self._name(left, (index[0], n))} * {self._name(right, (n, index[1]))}"
                    for n in range(left.shape[1])
                ]
                return " + ".join(terms)
            case Transpose(of=of):
                return self._name(of, index[::-1])
            case WithOnes(of=of):
                return self._name(of, (index[0], index[1] - 1)) if index[1] else "c[1]"
            case Rows(of=of, start=start):
                return self._name(of, (index[0] + start, index[1]))
            case ZeroRows(of=of, start=start, stop=stop):
                return "c[0]" if start <= index[0] < stop else self._name(of, index)
            case Named(body=body):
                return self._name(body, index)
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


def _position(place: Place, index: Index) -> int:
    if not index:
        return place.offset
    row, column = index
    if place.transposed:
        return place.offset + column * (place.stride or place.shape[0]) + row
    return place.offset + row * (place.stride or place.shape[1]) + column


def _stretched(index: Index, arg: Expression) -> Index:
    """Where an operand stands; its axes of size 1 serve all positions."""
    return tuple(0 if size == 1 else at for at, size in zip(index, arg.shape, strict=False))


def _with(index: Index, axis: int, position: int) -> Index:
    return (*index[:axis], position, *index[axis + 1 :])
