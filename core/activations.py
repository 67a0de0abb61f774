"""The activations: what a unit makes of its pre-activation, and the slope of that."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

# Every function here is called on arrays and on the symbols of expressions.py alike, so it is
# written with ufuncs, operators and ``sum``/``max`` along an axis, and nothing else.


def identity(z: Any) -> Any:
    return z


def identity_slope(z: Any, a: Any) -> Any:
    return np.ones_like(z)


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def sigmoid_slope(z: Any, a: Any) -> Any:
    return a * (1 - a)


def tanh(z: Any) -> Any:
    return np.tanh(z)


def tanh_slope(z: Any, a: Any) -> Any:
    return 1 - a * a


def relu(z: Any) -> Any:
    return np.maximum(z, 0)


def relu_slope(z: Any, a: Any) -> Any:
    return np.heaviside(z, 0)


LEAK = 0.01


def leaky_relu(z: Any) -> Any:
    return np.maximum(z, LEAK * z)


def leaky_relu_slope(z: Any, a: Any) -> Any:
    return np.maximum(np.heaviside(z, 0), LEAK)


def softplus(z: Any) -> Any:
    return np.logaddexp(z, 0)


def softplus_slope(z: Any, a: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softmax(z: Any) -> Any:
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def softmax_through(dC_da: Any, a: Any) -> Any:
    """The row ``dC_da`` of each observation times its Jacobian, which is never laid out."""
    return a * (dC_da - (dC_da * a).sum(axis=1, keepdims=True))


def softmax_jacobian(a_i: Any, a_j: Any, same: Any) -> Any:
    """``da[i]/dz[j] = a[i]·([i = j] − a[j])``, for one pair of units of an observation or all."""
    return a_i * (same - a_j)


class Activation(NamedTuple):
    """One activation: its function, its slope, and where they come from.

    ``slope(z, a)`` is da/dz entry by entry and may use either. An activation that mixes the
    units of an observation has no slope: it has ``jacobian(a[i], a[j], [i = j])``, an entry of
    what is shown, and ``through(dC_da, a)``, the row times the Jacobian.
    """

    name: str
    symbol: str
    function: Callable[[Any], Any]
    derivation: str
    source: str
    slope: Callable[[Any, Any], Any] | None = None
    jacobian: Callable[[Any, Any, Any], Any] | None = None
    through: Callable[[Any, Any], Any] | None = None
    kinks: tuple[float, ...] = ()


_SIGMOID_DERIVATION = "σ = 1/(1+e⁻ᶻ), so σ′ = e⁻ᶻ/(1+e⁻ᶻ)² = σ·(1 − σ), and σ(z) is a"
_GOODFELLOW = "Goodfellow, Bengio, Courville, Deep Learning (2016)"

ACTIVATIONS: dict[str, Activation] = {
    entry.name: entry
    for entry in (
        Activation(
            "identity",
            "id",
            identity,
            "a = z, so the slope is 1",
            f"{_GOODFELLOW}, 6.2.2.1",
            slope=identity_slope,
        ),
        Activation(
            "sigmoid",
            "σ",
            sigmoid,
            _SIGMOID_DERIVATION,
            f"{_GOODFELLOW}, equation 3.30",
            slope=sigmoid_slope,
        ),
        Activation(
            "tanh",
            "tanh",
            tanh,
            "tanh = sinh/cosh, so tanh′ = (cosh² − sinh²)/cosh² = 1 − tanh², and tanh(z) is a",
            f"{_GOODFELLOW}, 6.3.2",
            slope=tanh_slope,
        ),
        Activation(
            "relu",
            "relu",
            relu,
            "a = z where z > 0, else 0; so the slope is 1 where z > 0, else 0 (at 0 too)",
            f"{_GOODFELLOW}, equation 6.37",
            slope=relu_slope,
            kinks=(0.0,),
        ),
        Activation(
            "leaky-relu",
            "leaky",
            leaky_relu,
            f"a = z where z > 0, else {LEAK}·z; so the slope is 1 where z > 0, else {LEAK}",
            "Maas, Hannun, Ng, Rectifier Nonlinearities Improve Neural Network Acoustic Models "
            "(2013), section 2",
            slope=leaky_relu_slope,
            kinks=(0.0,),
        ),
        Activation(
            "softplus",
            "softplus",
            softplus,
            "a = log(1+eᶻ), so the slope is eᶻ/(1+eᶻ) = σ(z)",
            f"{_GOODFELLOW}, equation 3.31",
            slope=softplus_slope,
        ),
        Activation(
            "softmax",
            "softmax",
            softmax,
            "aᵢ = eᶻⁱ/Σeᶻ, so ∂aᵢ/∂zⱼ = aᵢ·([i = j] − aⱼ): every output depends on every z of its "
            "observation",
            f"{_GOODFELLOW}, equation 6.29",
            jacobian=softmax_jacobian,
            through=softmax_through,
        ),
    )
}
