"""What people write themselves: the numpy loop of the posts, and one tuned by hand.

Both are peers to be timed against, so they are a second copy of the maths on purpose. A peer is
made from a setup; called with a number it runs so many iterations and gives the weights.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chainstep.core.setup import Array, Setup

Weights = list[Array]
Peer = Callable[[int], Weights]


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def plain(setup: Setup) -> Peer:
    """As in the posts: a line for each formula, a new array for each result."""
    if setup.loss == "squared-error":
        return _same_weights(setup)
    if setup.loss == "half-squared-error":
        return _two_layers(setup)
    return _classifier(setup)


def _same_weights(setup: Setup) -> Peer:
    x, y, rate = setup.inputs, setup.targets, setup.settings["learning_rate"]
    W1, W2, W3 = (np.array(W, dtype=float) for W in setup.weights)
    ones = np.ones((len(x), 1))

    def run(iterations: int) -> Weights:
        nonlocal W1, W2, W3
        for _ in range(iterations):
            a0 = np.hstack([ones, x])
            a1 = np.hstack([ones, _sigmoid(a0 @ W1)])
            a2 = np.hstack([ones, _sigmoid(a1 @ W2)])
            a3 = _sigmoid(a2 @ W3)
            delta3 = 2 * (a3 - y) * (a3 * (1 - a3))
            delta2 = (delta3 @ W3[1:].T) * (a2[:, 1:] * (1 - a2[:, 1:]))
            delta1 = (delta2 @ W2[1:].T) * (a1[:, 1:] * (1 - a1[:, 1:]))
            W3 = W3 - rate * (a2.T @ delta3)
            W2 = W2 - rate * (a1.T @ delta2)
            W1 = W1 - rate * (a0.T @ delta1)
        return [W1, W2, W3]

    return run


def _two_layers(setup: Setup) -> Peer:
    x, y, rate = setup.inputs, setup.targets, setup.settings["learning_rate"]
    W1, W2 = (np.array(W, dtype=float) for W in setup.weights)

    def run(iterations: int) -> Weights:
        nonlocal W1, W2
        for _ in range(iterations):
            a1 = _sigmoid(x @ W1)
            a2 = _sigmoid(a1 @ W2)
            delta2 = (a2 - y) * (a2 * (1 - a2))
            delta1 = (delta2 @ W2.T) * (a1 * (1 - a1))
            W2 = W2 - rate * np.dot(a1.T, delta2)
            W1 = W1 - rate * np.dot(x.T, delta1)
        return [W1, W2]

    return run


def _classifier(setup: Setup) -> Peer:
    x, y, rate = setup.inputs, setup.targets, setup.settings["learning_rate"]
    Ws = [np.array(W, dtype=float) for W in setup.weights]
    ones = np.ones((len(x), 1))

    def run(iterations: int) -> Weights:
        for _ in range(iterations):
            before = []
            a = x
            for k, W in enumerate(Ws):
                before.append(np.hstack([ones, a]))
                z = before[k] @ W
                if k < len(Ws) - 1:
                    a = _sigmoid(z)
            powers = np.exp(z - z.max(axis=1, keepdims=True))
            a = powers / powers.sum(axis=1, keepdims=True)
            delta = (a - y) / len(x)
            for k in range(len(Ws) - 1, -1, -1):
                gradient = before[k].T @ delta
                if k:
                    slope = before[k][:, 1:] * (1 - before[k][:, 1:])
                    delta = (delta @ Ws[k][1:].T) * slope
                Ws[k] = Ws[k] - rate * gradient
        return Ws

    return run


def tuned(setup: Setup) -> Peer:
    """By hand for speed: arrays made once, results written into them, ``a − t`` at once."""
    return _Tuned(setup).run


class _Tuned:
    def __init__(self, setup: Setup) -> None:
        self.y, count = setup.targets, len(setup.inputs)
        self.loss, self.row = setup.loss, setup.bias == "row"
        self.rate, self.share = np.array(setup.settings["learning_rate"]), np.array(1 / count)
        self.one, self.two, self.per_row = np.array(1.0), np.array(2.0), np.empty((count, 1))
        self.Ws = [np.array(W[1:] if self.row else W, dtype=float) for W in setup.weights]
        self.bs = [np.array(W[:1], dtype=float) for W in setup.weights] if self.row else []
        widths = [W.shape[1] for W in self.Ws]
        self.activations = [np.array(setup.inputs), *(np.empty((count, n)) for n in widths)]
        self.deltas = [np.empty_like(a) for a in self.activations]
        self.slopes = [np.empty_like(a) for a in self.activations]
        self.W_steps = [np.empty_like(W) for W in self.Ws]
        self.b_steps = [np.empty_like(b) for b in self.bs]

    def run(self, iterations: int) -> Weights:
        pairs = list(zip((*self.Ws, *self.bs), (*self.W_steps, *self.b_steps), strict=True))
        depth = len(self.Ws)
        for _ in range(iterations):
            for k in range(depth):
                self.forward(k, last=k == depth - 1)
            self.output_delta()
            for k in range(depth - 1, -1, -1):
                self.backward(k)
            for value, step in pairs:
                np.multiply(step, self.rate, step)
                np.subtract(value, step, value)
        if not self.row:
            return self.Ws
        return [np.vstack([b, W]) for b, W in zip(self.bs, self.Ws, strict=True)]

    def forward(self, k: int, *, last: bool) -> None:
        a = self.activations[k + 1]
        self.activations[k].dot(self.Ws[k], a)
        if self.row:
            np.add(a, self.bs[k], a)
        if last and self.loss == "cross-entropy":
            np.max(a, 1, self.per_row, keepdims=True)
            np.subtract(a, self.per_row, a)
            np.exp(a, a)
            np.sum(a, 1, None, self.per_row, keepdims=True)
            np.divide(a, self.per_row, a)
            return
        np.negative(a, a)
        np.exp(a, a)
        np.add(a, self.one, a)
        np.divide(self.one, a, a)

    def output_delta(self) -> None:
        a, delta, slope = self.activations[-1], self.deltas[-1], self.slopes[-1]
        np.subtract(a, self.y, delta)
        if self.loss == "cross-entropy":
            np.multiply(delta, self.share, delta)
            return
        if self.loss == "squared-error":
            np.multiply(delta, self.two, delta)
        np.subtract(self.one, a, slope)
        np.multiply(delta, a, delta)
        np.multiply(delta, slope, delta)

    def backward(self, k: int) -> None:
        delta = self.deltas[k + 1]
        self.activations[k].T.dot(delta, self.W_steps[k])
        if self.row:
            np.sum(delta, 0, None, self.b_steps[k], keepdims=True)
        if k:
            a, below, slope = self.activations[k], self.deltas[k], self.slopes[k]
            np.dot(delta, self.Ws[k].T, below)
            np.subtract(self.one, a, slope)
            np.multiply(below, a, below)
            np.multiply(below, slope, below)
