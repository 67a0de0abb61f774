"""A program of our own that learns by backpropagation, in plain numpy: what check is tried on.

It shares no line with the engine. Every step goes through ``keep``, which rounds as somebody
does who works by hand, and asks ``slip``, a word for a mistake, at the places where one is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Keep = Callable[[str, Array], Array]


@dataclass(frozen=True)
class Net:
    """A network with its data, as somebody would write it down."""

    x: Array
    y: Array
    weights: tuple[Array, ...]
    biases: tuple[Array, ...] | None
    activations: tuple[str, ...]
    loss: str
    mean: bool
    rate: float
    slips: Mapping[str, int | None] = field(default_factory=dict)

    def slips_in(self, slip: str, layer: int) -> bool:
        """Whether a mistake is made in a layer; None stands for every layer."""
        return slip in self.slips and self.slips[slip] in {None, layer}


def activate(name: str, z: Array) -> Array:
    """The activation of every unit."""
    if name == "sigmoid":
        return 1 / (1 + np.exp(-z))
    if name == "tanh":
        return np.tanh(z)
    if name == "relu":
        return np.maximum(z, 0)
    if name == "softmax":
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return np.asarray(e / e.sum(axis=1, keepdims=True))
    return z


def slope(name: str, z: Array, a: Array) -> Array:
    """The derivative of the activation, entry by entry."""
    if name == "sigmoid":
        return a * (1 - a)
    if name == "tanh":
        return 1 - a**2
    if name == "relu":
        return (z > 0).astype(float)
    return np.ones_like(z)


def cost(net: Net, a: Array) -> float:
    """The cost of all observations."""
    y = net.y
    if net.loss == "cross-entropy":
        each = -(y * np.log(a)).sum(axis=1)
    elif net.loss == "binary-cross-entropy":
        each = -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum(axis=1)
    else:
        each = ((a - y) ** 2).sum(axis=1)
        each = each / 2 if net.loss == "half-squared-error" else each
        each = each / y.shape[1] if net.loss == "mean-squared-error" else each
    return float(each.mean() if net.mean else each.sum())


def iterate(  # noqa: PLR0915  one iteration, written down from top to bottom
    net: Net, weights: list[Array], biases: list[Array] | None, keep: Keep
) -> dict[str, Array]:
    """One iteration: every quantity by the engine's name, the new weights among them."""
    found: dict[str, Array] = {}
    depth, m = len(weights), len(net.x)

    def put(name: str, value: Any) -> Array:
        found[name] = keep(name, np.asarray(value, dtype=float))
        return found[name]

    a = [net.x]
    for k in range(1, depth + 1):
        w = weights[k - 1]
        z = a[-1] @ (
            w.T if net.slips_in("forward-transposed", k) and w.shape[0] == w.shape[1] else w
        )
        if biases is not None and not net.slips_in("bias-missing-forward", k):
            z = z + biases[k - 1]
        z = put(f"z{k}", z)
        name = net.activations[k - 1]
        a.append(put(f"a{k}", z if net.slips_in("activation-missing", k) else activate(name, z)))
    put("C", cost(net, a[-1]))
    delta, grads_w, grads_b = np.zeros(0), [np.zeros(0)] * depth, [np.zeros(0)] * depth
    for k in range(depth, 0, -1):
        name = net.activations[k - 1]
        zk, ak = found[f"z{k}"], a[k]
        if k == depth:
            delta = _output_delta(net, ak, zk, m, put)
        else:
            w = weights[k]
            if net.slips_in("updated-weights", k):
                w = w - net.rate * grads_w[k]
            if net.slips_in("backward-not-transposed", k) and w.shape[0] == w.shape[1]:
                w = w.T
            above = found.get(f"dC/da{k + 1}", delta)
            sent = above if net.slips_in("error-not-delta", k) else delta
            error = put(f"dC/da{k}", sent @ w.T)
            delta = put(f"delta{k}", error * _own_slope(net, k, name, zk, ak, put))
        before = a[k - 1]
        grad = before.T @ delta
        if net.slips_in("gradient-transposed", k) and grad.shape[0] == grad.shape[1]:
            grad = grad.T
        if net.slips_in("gradient-doubled", k):
            grad = 2 * grad
        if net.slips_in("gradient-negative", k):
            grad = -grad
        if net.slips_in("gradient-averaged", k):
            grad = grad / m
        if net.slips_in("last-observation", k):
            grad = before[-1:].T @ delta[-1:]
        grads_w[k - 1] = put(f"dC/dW{k}", grad)
        if biases is not None:
            grad_b = delta.sum(axis=0, keepdims=True)
            if net.slips_in("bias-last-observation", k):
                grad_b = delta[-1:]
            if net.slips_in("bias-averaged", k):
                grad_b = grad_b / m
            if net.slips_in("bias-over-all", k):
                grad_b = np.full_like(grad_b, delta.sum())
            grads_b[k - 1] = put(f"dC/db{k}", grad_b)
    _update(net, weights, biases, grads_w, grads_b, put)
    return found


def _output_delta(net: Net, a: Array, z: Array, m: int, put: Callable[..., Array]) -> Array:
    depth = len(net.weights)
    name = net.activations[-1]
    factor = 1.0 / m if net.mean else 1.0
    if net.slips_in("not-averaged", depth):
        factor = 1.0
    if net.slips_in("averaged", depth):
        factor = 1.0 / m
    error = a - net.y
    if net.slips_in("y-minus-a", depth):
        error = -error
    if net.loss == "squared-error":
        error = error if net.slips_in("two-missing", depth) else 2 * error
    elif net.loss == "half-squared-error":
        error = 2 * error if net.slips_in("two-too-many", depth) else error
    elif net.loss == "mean-squared-error":
        error = 2 * error / a.shape[1]
    if net.loss in {"cross-entropy", "binary-cross-entropy"}:
        delta = factor * error
        if net.slips_in("slope-again", depth):
            delta = delta * a * (1 - a)
        return put(f"delta{depth}", delta)
    error = put(f"dC/da{depth}", factor * error)
    if net.slips_in("output-slope-missing", depth):
        return put(f"delta{depth}", error)
    return put(f"delta{depth}", error * _own_slope(net, depth, name, z, a, put))


def _own_slope(  # noqa: PLR0917
    net: Net, k: int, name: str, z: Array, a: Array, put: Callable[..., Array]
) -> Array:
    if net.slips_in("hidden-slope-missing", k) and k < len(net.weights):
        return np.ones_like(z)
    if net.slips_in("slope-at-a", k):
        found = slope(name, a, activate(name, a))
    elif net.slips_in("slope-fed-z", k):
        found = slope(name, z, z)
    elif net.slips_in("slope-of-another", k) and name in {"sigmoid", "tanh"}:
        found = slope("tanh" if name == "sigmoid" else "sigmoid", z, a)
    elif net.slips_in("slope-negative", k):
        found = -slope(name, z, a)
    else:
        found = slope(name, z, a)
    return put(f"da{k}/dz{k}", found)


def _update(  # noqa: PLR0917
    net: Net,
    weights: list[Array],
    biases: list[Array] | None,
    grads_w: list[Array],
    grads_b: list[Array],
    put: Callable[..., Array],
) -> None:
    for k in range(1, len(weights) + 1):
        rate = net.rate
        if net.slips_in("rate-missing", k):
            rate = 1.0
        if net.slips_in("rate-twice", k):
            rate = rate**2
        if net.slips_in("plus", k):
            rate = -rate
        change = put(f"changeW{k}", rate * grads_w[k - 1])
        weights[k - 1] = put(
            f"W{k}_new",
            weights[k - 1] if net.slips_in("weights-kept", k) else weights[k - 1] - change,
        )
        if biases is not None:
            change = put(f"changeb{k}", rate * grads_b[k - 1])
            biases[k - 1] = put(
                f"b{k}_new",
                biases[k - 1] if net.slips_in("biases-kept", k) else biases[k - 1] - change,
            )


def run(net: Net, iterations: int, keep: Keep = lambda _, value: value) -> list[dict[str, Array]]:
    """So many iterations, each with all its quantities."""
    weights = list(net.weights)
    biases = None if net.biases is None else list(net.biases)
    return [iterate(net, weights, biases, keep) for _ in range(iterations)]
