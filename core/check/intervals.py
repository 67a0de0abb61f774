"""Numbers that are known within bounds: the same expressions, computed on intervals.

Every operation rounds outwards by ``eps`` of its result, so that whatever a machine of that
precision makes of the same numbers, in whatever order, lies inside.

Source: Moore, Kearfott, Cloud, Introduction to Interval Analysis (2009), chapters 2 and 5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

EPSILON = {"float64": 2.0**-52, "float32": 2.0**-23}


class Interval(NDArrayOperatorsMixin):
    """An array of intervals; what is not known at all reaches from −∞ to ∞."""

    __slots__ = ("eps", "high", "low")

    def __init__(self, low: ArrayLike, high: ArrayLike | None = None, eps: float = 0.0) -> None:
        self.low: Floats = np.asarray(low, dtype=np.float64)
        self.high: Floats = self.low if high is None else np.asarray(high, dtype=np.float64)
        self.eps = eps

    @classmethod
    def around(cls, middle: ArrayLike, radius: ArrayLike, eps: float = 0.0) -> Interval:
        """What lies within a radius of a number."""
        centre: Floats = np.asarray(middle, dtype=np.float64)
        around: Floats = np.asarray(radius, dtype=np.float64)
        return cls(centre - around, centre + around, eps)

    # ── as an array ──

    @property
    def shape(self) -> tuple[int, ...]:
        return self.low.shape

    @property
    def ndim(self) -> int:
        return self.low.ndim

    @property
    def dtype(self) -> np.dtype[np.float64]:
        return self.low.dtype

    @property
    def T(self) -> Interval:
        return Interval(self.low.T, self.high.T, self.eps)

    def __len__(self) -> int:
        return len(self.low)

    def __getitem__(self, key: Any) -> Interval:
        return Interval(self.low[key], self.high[key], self.eps)

    def __setitem__(self, key: Any, value: Any) -> None:
        other = as_interval(value)
        self.low[key], self.high[key] = other.low, other.high

    def copy(self) -> Interval:
        """Bounds of its own, to be written to."""
        return Interval(self.low.copy(), self.high.copy(), self.eps)

    def reshape(self, shape: tuple[int, ...]) -> Interval:
        """The same intervals in another shape."""
        return Interval(self.low.reshape(shape), self.high.reshape(shape), self.eps)

    @property
    def middle(self) -> Floats:
        """The number in the middle; 0 where nothing is known, what is not finite as it is."""
        with np.errstate(all="ignore"):
            between = (self.low + self.high) / 2
            unknown = np.isnan(between) & ~np.isnan(self.low)
            return np.asarray(np.where(unknown, 0.0, between))

    @property
    def radius(self) -> Floats:
        """How far the bounds lie from the middle."""
        with np.errstate(all="ignore"):
            return (self.high - self.low) / 2

    def __repr__(self) -> str:
        return f"Interval({self.low.tolist()}, {self.high.tolist()})"

    # ── computing ──

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **options: Any) -> Any:
        with np.errstate(all="ignore"):
            if method == "reduce":
                reduction = {"add": _sum, "maximum": _largest}[ufunc.__name__]
                return reduction(args[0], options["axis"])
            if method != "__call__" or options:
                return NotImplemented
            operands = [as_interval(arg) for arg in args]
            eps = max(operand.eps for operand in operands)
            low, high = _OPERATIONS[ufunc.__name__](*operands)
            return _outward(low, high, eps)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function is np.concatenate:
            parts = [as_interval(part) for part in args[0]]
            axis = options.get("axis", 0)
            low = np.concatenate([part.low for part in parts], axis=axis)
            high = np.concatenate([part.high for part in parts], axis=axis)
            return Interval(low, high, max(part.eps for part in parts))
        return NotImplemented


def as_interval(value: Any) -> Interval:
    """A number that is known exactly, or the interval that it is already."""
    return value if isinstance(value, Interval) else Interval(value)


def _outward(low: Floats, high: Floats, eps: float) -> Interval:
    unknown = np.isnan(low) | np.isnan(high)
    low, high = low - eps * np.abs(low), high + eps * np.abs(high)
    if unknown.any() or np.isnan(low).any() or np.isnan(high).any():
        low = np.where(np.isnan(low) | unknown, -np.inf, low)
        high = np.where(np.isnan(high) | unknown, np.inf, high)
    return Interval(low, high, eps)


Bounds = tuple[Floats, Floats]


def _corners(function: Callable[[Any, Any], Any], x: Interval, y: Interval) -> Bounds:
    """The bounds of a function that is monotonic in each of its arguments."""
    values = [function(a, b) for a in (x.low, x.high) for b in (y.low, y.high)]
    low = np.minimum(np.minimum(values[0], values[1]), np.minimum(values[2], values[3]))
    high = np.maximum(np.maximum(values[0], values[1]), np.maximum(values[2], values[3]))
    return low, high


def _divided(x: Interval, y: Interval) -> Bounds:
    low, high = _corners(np.divide, x, y)
    through_zero = (y.low <= 0) & (y.high >= 0)
    return np.where(through_zero, -np.inf, low), np.where(through_zero, np.inf, high)


def _squared(x: Interval) -> Bounds:
    ends = x.low * x.low, x.high * x.high
    inside = (x.low <= 0) & (x.high >= 0)
    return np.where(inside, 0, np.minimum(*ends)), np.maximum(*ends)


def _logarithm(x: Interval) -> Bounds:
    return np.log(np.maximum(x.low, 0)), np.log(np.maximum(x.high, 0))


def _equal(x: Interval, y: Interval) -> Bounds:
    may = (x.low <= y.high) & (x.high >= y.low)
    must = (x.low == x.high) & (y.low == y.high) & (x.low == y.low)
    return must.astype(np.float64), may.astype(np.float64)


def _product(x: Interval, y: Interval) -> Bounds:
    """A matrix product: middle and radius, with the rounding of a sum in any order."""
    x_middle, y_middle = (x.low + x.high) / 2, (y.low + y.high) / 2
    x_radius, y_radius = (x.high - x.low) / 2, (y.high - y.low) / 2
    x_size, y_size = np.abs(x_middle), np.abs(y_middle)
    eps = max(x.eps, y.eps) * (x.shape[-1] + 1)
    middle = x_middle @ y_middle
    radius = x_size @ y_radius + x_radius @ (y_size + y_radius) + eps * (x_size @ y_size)
    return middle - radius, middle + radius


def _monotonic(function: Callable[[Any], Any]) -> Callable[[Interval], Bounds]:
    return lambda x: (function(x.low), function(x.high))


_OPERATIONS: dict[str, Callable[..., Bounds]] = {
    "add": lambda x, y: (x.low + y.low, x.high + y.high),
    "subtract": lambda x, y: (x.low - y.high, x.high - y.low),
    "multiply": lambda x, y: _corners(np.multiply, x, y),
    "divide": _divided,
    "negative": lambda x: (-x.high, -x.low),
    "positive": lambda x: (x.low, x.high),
    "square": _squared,
    "sqrt": lambda x: (np.sqrt(np.maximum(x.low, 0)), np.sqrt(x.high)),
    "power": lambda x, y: _corners(np.power, x, y),
    "exp": _monotonic(np.exp),
    "log": _logarithm,
    "tanh": _monotonic(np.tanh),
    "trunc": _monotonic(np.trunc),
    "heaviside": lambda x, y: (np.heaviside(x.low, y.low), np.heaviside(x.high, y.high)),
    "maximum": lambda x, y: (np.maximum(x.low, y.low), np.maximum(x.high, y.high)),
    "logaddexp": lambda x, y: (np.logaddexp(x.low, y.low), np.logaddexp(x.high, y.high)),
    "equal": _equal,
    "matmul": _product,
}


def _sum(x: Interval, axis: int) -> Interval:
    low, high = x.low.sum(axis=axis, keepdims=True), x.high.sum(axis=axis, keepdims=True)
    sizes = np.maximum(np.abs(x.low), np.abs(x.high)).sum(axis=axis, keepdims=True)
    slack = x.eps * x.shape[axis] * sizes
    return _outward(low - slack, high + slack, x.eps)


def _largest(x: Interval, axis: int) -> Interval:
    return Interval(
        x.low.max(axis=axis, keepdims=True), x.high.max(axis=axis, keepdims=True), x.eps
    )


def meet(first: Interval, second: Interval) -> NDArray[np.bool_]:
    """Whether two intervals have a number in common, entry by entry."""
    return np.asarray((first.low <= second.high) & (second.low <= first.high))


def hull(parts: Sequence[Interval]) -> Interval:
    """The smallest intervals that hold all of these."""
    low, high = parts[0].low, parts[0].high
    for part in parts[1:]:
        low, high = np.minimum(low, part.low), np.maximum(high, part.high)
    return Interval(low, high, max(part.eps for part in parts))
