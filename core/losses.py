"""The losses: what an observation costs, and how the cost answers to the outputs."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from chainstep.core.expressions import Expression, Named

# As in activations.py: every function is called on arrays and on symbols alike. ``a`` are the
# outputs and ``y`` the targets, both (observations, units); a cost is (observations, 1).


def squared_error(a: Any, y: Any) -> Any:
    return ((a - y) ** 2).sum(axis=1, keepdims=True)


def squared_error_slope(a: Any, y: Any) -> Any:
    return 2 * (a - y)


def half_squared_error(a: Any, y: Any) -> Any:
    return ((a - y) ** 2).sum(axis=1, keepdims=True) / 2


def half_squared_error_slope(a: Any, y: Any) -> Any:
    return a - y


def mean_squared_error(a: Any, y: Any) -> Any:
    return ((a - y) ** 2).sum(axis=1, keepdims=True) / a.shape[1]


def mean_squared_error_slope(a: Any, y: Any) -> Any:
    return 2 * (a - y) / a.shape[1]


def counted(a: Any, t: Any) -> Any:
    """``a``, and a + 1 where t is 0: there the term counts for nothing, even if a is 0.

    So 0·log 0 and its slope 0/0 are 0. Formulas show ``a``.
    """
    safe = a + np.equal(t, 0)
    return Named("", (a,), safe) if isinstance(safe, Expression) else safe


def times_log(t: Any, a: Any) -> Any:
    """``t ⊙ log a`` with 0·log 0 = 0."""
    return t * np.log(counted(a, t))


def binary_cross_entropy(a: Any, y: Any) -> Any:
    return -(times_log(y, a) + times_log(1 - y, 1 - a)).sum(axis=1, keepdims=True)


def binary_cross_entropy_slope(a: Any, y: Any) -> Any:
    return (1 - y) / counted(1 - a, 1 - y) - y / counted(a, y)


def binary_cross_entropy_short(a: Any, y: Any) -> Any:
    return a - y


def cross_entropy(a: Any, y: Any) -> Any:
    return -times_log(y, a).sum(axis=1, keepdims=True)


def cross_entropy_slope(a: Any, y: Any) -> Any:
    return -(y / counted(a, y))


def cross_entropy_short(a: Any, y: Any) -> Any:
    return a * y.sum(axis=1, keepdims=True) - y


def output(a: Any, y: Any) -> Any:
    return a.sum(axis=1, keepdims=True)


def output_slope(a: Any, y: Any) -> Any:
    return np.ones_like(a)


class Shortcut(NamedTuple):
    """A theorem: under one activation, delta of the last layer without the two factors.

    ``delta(a, y)`` equals dC/da times da/dz wherever both are finite, under ``condition``.
    ``divisors(a)`` are the numbers that dC/da divides by; where one's inverse is not finite
    the long way breaks down and the engine goes the short one.
    """

    activation: str
    delta: Callable[[Any, Any], Any]
    divisors: Callable[[Any], tuple[Any, ...]]
    text: str
    condition: str


class Loss(NamedTuple):
    """One loss: the cost of each observation, its slope by the outputs, and its source."""

    name: str
    title: str
    function: Callable[[Any, Any], Any]
    slope: Callable[[Any, Any], Any]
    source: str
    shortcut: Shortcut | None = None
    outputs: tuple[float, float] | None = None  # the open range that the outputs must lie in
    has_targets: bool = True


_BISHOP = "Bishop, Pattern Recognition and Machine Learning (2006)"

LOSSES: dict[str, Loss] = {
    entry.name: entry
    for entry in (
        Loss(
            "squared-error",
            "squared error",
            squared_error,
            squared_error_slope,
            "Data Science Stack Exchange 79607: C = Σ(a − y)², dC/da = 2(a − y)",
        ),
        Loss(
            "half-squared-error",
            "half squared error",
            half_squared_error,
            half_squared_error_slope,
            f"{_BISHOP}, equation 5.14",
        ),
        Loss(
            "mean-squared-error",
            "mean squared error",
            mean_squared_error,
            mean_squared_error_slope,
            "PyTorch, torch.nn.MSELoss: the mean over the units too",
        ),
        Loss(
            "binary-cross-entropy",
            "binary cross-entropy",
            binary_cross_entropy,
            binary_cross_entropy_slope,
            f"{_BISHOP}, equation 5.21",
            shortcut=Shortcut(
                "sigmoid",
                binary_cross_entropy_short,
                lambda a: (a, 1 - a),
                "a − y",
                "each output is a sigmoid with binary cross-entropy",
            ),
            outputs=(0.0, 1.0),
        ),
        Loss(
            "cross-entropy",
            "cross-entropy",
            cross_entropy,
            cross_entropy_slope,
            f"{_BISHOP}, equation 5.24",
            shortcut=Shortcut(
                "softmax",
                cross_entropy_short,
                lambda a: (a,),
                "a·Σy − y",
                "softmax with cross-entropy; a − y where a row of targets adds up to 1",
            ),
            outputs=(0.0, float("inf")),
        ),
        Loss(
            "output",
            "the output itself",
            output,
            output_slope,
            "PyTorch, Tensor.backward of a sum: the gradient of the outputs, without a loss",
            has_targets=False,
        ),
    )
}
