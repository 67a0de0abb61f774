"""The symbol that a rule is called on, and the expression that it leaves.

A rule is an ordinary function of arrays. Called on symbols it returns an expression of the
same shape instead, which the engine lowers to numpy calls, prints as a formula, takes apart
into factors, or evaluates on other kinds of numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainstep.core.frozen import Frozen
from chainstep.core.quantities import SUM, Axis, Quantity, ShapeError

Shape = tuple[int, ...]
Position = tuple[int, ...]
Axes = tuple[Axis, ...]


class Expression:
    """Something computed from quantities; it takes ufuncs, operators, ``@``, ``.T`` and sums."""

    shape: Shape
    axes: Axes

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            return NotImplemented
        return apply(ufunc, *args)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function is np.ones_like:
            return Filled(1.0, self.shape, self.axes)
        return NotImplemented

    @property
    def T(self) -> Expression:
        return Transpose(self)

    def sum(self, axis: int, keepdims: bool = True) -> Expression:
        return Reduce(np.add, self, axis)

    def max(self, axis: int, keepdims: bool = True) -> Expression:
        return Reduce(np.maximum, self, axis)

    def __add__(self, other: Any) -> Expression:
        return apply(np.add, self, other)

    def __radd__(self, other: Any) -> Expression:
        return apply(np.add, other, self)

    def __sub__(self, other: Any) -> Expression:
        return apply(np.subtract, self, other)

    def __rsub__(self, other: Any) -> Expression:
        return apply(np.subtract, other, self)

    def __mul__(self, other: Any) -> Expression:
        return apply(np.multiply, self, other)

    def __rmul__(self, other: Any) -> Expression:
        return apply(np.multiply, other, self)

    def __truediv__(self, other: Any) -> Expression:
        return apply(np.divide, self, other)

    def __rtruediv__(self, other: Any) -> Expression:
        return apply(np.divide, other, self)

    def __pow__(self, other: Any) -> Expression:
        return apply(np.square, self) if other == 2 else apply(np.power, self, other)

    def __rpow__(self, other: Any) -> Expression:
        return apply(np.power, other, self)

    def __neg__(self) -> Expression:
        return apply(np.negative, self)

    def __matmul__(self, other: Expression) -> Expression:
        return Product(self, other)


class Ref(Frozen, Expression):
    """A quantity of the iteration, by name."""

    quantity: Quantity

    @property
    def shape(self) -> Shape:  # type: ignore[override]
        return self.quantity.shape

    @property
    def axes(self) -> Axes:  # type: ignore[override]
        return self.quantity.axes


class Number(Frozen, Expression):
    """A constant, cast once to the arithmetic of the run; ``name`` where it is a setting."""

    value: float
    name: str = ""
    shape: Shape = ()
    axes: Axes = ()


class Filled(Frozen, Expression):
    """An array of one value that never changes: the ones of dz/db, the step of what is frozen."""

    value: float
    shape: Shape
    axes: Axes


class Apply(Frozen, Expression):
    """A ufunc, entry by entry."""

    function: np.ufunc
    args: tuple[Expression, ...]
    shape: Shape
    axes: Axes


class Reduce(Frozen, Expression):
    """A sum or maximum along one axis, which stays with size 1."""

    function: np.ufunc
    of: Expression
    axis: int

    @property
    def shape(self) -> Shape:  # type: ignore[override]
        return tuple(1 if n == self.axis else size for n, size in enumerate(self.of.shape))

    @property
    def axes(self) -> Axes:  # type: ignore[override]
        return tuple(SUM if n == self.axis else axis for n, axis in enumerate(self.of.axes))


class Product(Frozen, Expression):
    """A matrix product.

    Raises: ShapeError where the columns of the left are not the rows of the right.
    """

    left: Expression
    right: Expression

    def __post_init__(self) -> None:
        if self.left.shape[1] != self.right.shape[0]:
            raise ShapeError(
                f"{described(self.left)} · {described(self.right)}: the left factor has "
                f"{self.left.shape[1]} columns, the right {self.right.shape[0]} rows"
            )

    @property
    def shape(self) -> Shape:  # type: ignore[override]
        return (self.left.shape[0], self.right.shape[1])

    @property
    def axes(self) -> Axes:  # type: ignore[override]
        return (self.left.axes[0], self.right.axes[1])


class Transpose(Frozen, Expression):
    """Rows and columns exchanged."""

    of: Expression

    @property
    def shape(self) -> Shape:  # type: ignore[override]
        return self.of.shape[::-1]

    @property
    def axes(self) -> Axes:  # type: ignore[override]
        return self.of.axes[::-1]


class WithOnes(Frozen, Expression):
    """A column of ones in front, for the bias row of the weights."""

    of: Expression

    @property
    def shape(self) -> Shape:  # type: ignore[override]
        return (self.of.shape[0], self.of.shape[1] + 1)

    @property
    def axes(self) -> Axes:  # type: ignore[override]
        return (self.of.axes[0], Axis("bias + unit", self.of.axes[1].layer))


class Rows(Frozen, Expression):
    """Some of the rows, from ``start`` to before ``stop``."""

    of: Expression
    start: int
    stop: int

    @property
    def shape(self) -> Shape:  # type: ignore[override]
        return (self.stop - self.start, self.of.shape[1])

    @property
    def axes(self) -> Axes:  # type: ignore[override]
        first = self.of.axes[0]
        return (
            Axis("unit", first.layer) if first.kind == "bias + unit" else first,
            self.of.axes[1],
        )


class ZeroRows(Frozen, Expression):
    """The same array with some rows set to 0: the change of what is frozen."""

    of: Expression
    start: int
    stop: int

    @property
    def shape(self) -> Shape:  # type: ignore[override]
        return self.of.shape

    @property
    def axes(self) -> Axes:  # type: ignore[override]
        return self.of.axes


class Named(Frozen, Expression):
    """An expression that a page writes by a name: ``σ(z1)`` for ``1 / (1 + exp(−z1))``.

    The body is computed; the symbol and the arguments are shown. Without a symbol it is shown
    as its one argument. ``index`` is set for a single number of a function that makes several
    of all its arguments: which of them it is.
    """

    symbol: str
    args: tuple[Expression, ...]
    body: Expression
    index: int | None = None

    @property
    def shape(self) -> Shape:  # type: ignore[override]
        return self.body.shape

    @property
    def axes(self) -> Axes:  # type: ignore[override]
        return self.body.axes


class Called(Frozen, Expression):
    """Somebody's own operations on quantities, computed as they stand; ``symbol`` is their text."""

    symbol: str
    function: Callable[..., Any]
    args: tuple[Expression, ...]
    shape: Shape
    axes: Axes


class LaidOut(Frozen, Expression):
    """An array that is never computed with, only laid out to be shown: a softmax's Jacobian.

    ``function(one, other, same)`` gives an entry from two entries of a row and whether they
    are one (1 or 0).
    """

    symbol: str
    function: Callable[[Any, Any, Any], Any]
    of: Expression
    shape: Shape
    axes: Axes


class Cell(Frozen, Expression):
    """One number of a quantity. Expressions of single numbers are made by ``entries.entry``."""

    quantity: Quantity
    position: Position
    shape: Shape = ()
    axes: Axes = ()


class Fold(Frozen, Expression):
    """Single numbers folded into one by a ufunc: their sum, or the largest.

    A term is made when it is asked for, so that a long sum may be read in part.
    """

    function: np.ufunc
    count: int
    term: Callable[[int], Expression]
    shape: Shape = ()
    axes: Axes = ()

    @property
    def terms(self) -> tuple[Expression, ...]:
        return tuple(map(self.term, range(self.count)))


def laid_out(function: Callable[[Any, Any, Any], Any], a: Any) -> Any:
    """A matrix per row of ``a``, from a function of two of the row's entries.

    Shapes: a (observations, units) -> (observations, units, units).
    """
    here = np.eye(a.shape[1], dtype=a.dtype)
    return function(a[:, :, None], a[:, None, :], here)


def apply(function: np.ufunc, *args: Any) -> Expression:
    """The ufunc on expressions and numbers.

    Raises: ShapeError where shapes differ, save for an axis of size 1 that stands for all
    positions (the one row of a bias, the one column of a sum).
    """
    if any(arg is None for arg in args):
        raise ShapeError(f"{function.__name__}: one of what it takes is not there")
    operands = tuple(arg if isinstance(arg, Expression) else Number(float(arg)) for arg in args)
    shape: Shape = ()
    axes: Axes = ()
    for operand in operands:
        if not operand.shape:
            continue
        if not shape:
            shape, axes = operand.shape, operand.axes
        elif shape != operand.shape:
            shape, axes = _stretched(function, operands, shape, axes, operand)
    return Apply(function, operands, shape, axes)


def _stretched(
    function: np.ufunc,
    operands: tuple[Expression, ...],
    shape: Shape,
    axes: Axes,
    other: Expression,
) -> tuple[Shape, Axes]:
    sizes, kinds = [], []
    for size, axis, other_size, other_axis in zip(
        shape, axes, other.shape, other.axes, strict=False
    ):
        if size == other_size or (other_size == 1 and other_axis.is_single):
            sizes.append(size)
            kinds.append(axis)
        elif size == 1 and axis.is_single:
            sizes.append(other_size)
            kinds.append(other_axis)
        else:
            break
    if len(sizes) != max(len(shape), len(other.shape)):
        names = ", ".join(described(operand) for operand in operands)
        raise ShapeError(f"{function.__name__} of {names}: the shapes do not fit")
    return tuple(sizes), tuple(kinds)


def described(expression: Expression) -> str:
    """An operand with its shape and what its axes are, for error texts.

    >>> from chainstep.core.quantities import OBSERVATION, units
    >>> described(Ref(Quantity("delta2", (4, 1), (OBSERVATION, units(2)))))
    'delta2 (4×1, observations × units of layer 2)'
    """
    name = expression.quantity.name if isinstance(expression, Ref) else "a term"
    sizes = "×".join(map(str, expression.shape))
    meanings = " × ".join(axis.plural for axis in expression.axes)
    return f"{name} ({sizes}, {meanings})" if meanings else name
