"""An independent network in long double, and what it says of sentences that why prints.

Nothing of the engine is used here: forward, backward and update are written out once more, so
that a sentence is held against mathematics and against what later iterations bring.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

Real = np.longdouble
Array = Any  # of long doubles


def activation(name: str, z: Array) -> Array:
    match name:
        case "identity":
            return z
        case "sigmoid":
            return 1 / (1 + np.exp(-z))
        case "tanh":
            return np.tanh(z)
        case "relu":
            return np.maximum(z, 0)
        case "leaky-relu":
            return np.where(z > 0, z, Real("0.01") * z)
        case "softplus":
            return np.logaddexp(z, Real(0))
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def slope(name: str, z: Array, a: Array) -> Array:
    match name:
        case "identity":
            return np.ones_like(z)
        case "sigmoid":
            return a * (1 - a)
        case "tanh":
            return 1 - a * a
        case "relu":
            return (z > 0).astype(Real)
        case "leaky-relu":
            return np.where(z > 0, Real(1), Real("0.01"))
    return 1 / (1 + np.exp(-z))


class Network:
    """A scenario's network, run in long double; ``numbers`` are those of the last iteration."""

    def __init__(self, scenario: dict[str, Any]) -> None:
        self.scenario = scenario
        network, self.update = scenario["network"], scenario["update"]
        self.layers, self.bias = network["layers"], network["bias"]
        self.frozen = set(network.get("frozen", []))
        self.x, self.y = (np.array(scenario["data"][k], Real) for k in ("inputs", "targets"))
        self.now = {f"W{k}": np.array(w, Real) for k, w in enumerate(network["weights"], 1)}
        for k, b in enumerate(network.get("biases", []), 1):
            self.now[f"b{k}"] = np.array(b, Real).reshape(1, -1)
        self.state: dict[str, Array] = {}
        self.numbers: dict[str, Array] = {}
        self.iteration = 0

    def iterate(self) -> dict[str, Array]:
        """One forward, one backward, one update; all numbers by the engine's names."""
        self.iteration += 1
        with np.errstate(all="ignore"):
            n = {**self.now, "a0": self.x, "y": self.y}
            self._forward(n)
            self._backward(n)
            self._update(n)
        self.numbers = n
        return n

    def _forward(self, n: dict[str, Array]) -> None:
        for k, layer in enumerate(self.layers, 1):
            before = n[f"a{k - 1}"]
            if self.bias == "row":
                before = n[f"a{k - 1}+"] = np.hstack([np.ones((len(before), 1), Real), before])
            n[f"dz{k}/dW{k}"] = before.T
            n[f"z{k}"] = before @ n[f"W{k}"] + n.get(f"b{k}", 0)
            n[f"a{k}"] = activation(layer["activation"], n[f"z{k}"])
        a, y = n[f"a{len(self.layers)}"], self.y
        match self.scenario["loss"]:
            case "squared-error":
                each, error = (a - y) ** 2, 2 * (a - y)
            case "half-squared-error":
                each, error = (a - y) ** 2 / 2, a - y
            case "mean-squared-error":
                each, error = (a - y) ** 2 / a.shape[1], 2 * (a - y) / a.shape[1]
            case "binary-cross-entropy":
                each = -(_times_log(y, a) + _times_log(1 - y, 1 - a))
                error = _over(1 - y, 1 - a) - _over(y, a)
            case _:
                each, error = -_times_log(y, a), -_over(y, a)
        divisor = len(y) if self.scenario.get("reduction") == "mean" else 1
        n["C_obs"] = each.sum(axis=1, keepdims=True)
        n["C"] = n["C_obs"].sum() / divisor
        n[f"dC/da{len(self.layers)}"] = error / divisor

    def _backward(self, n: dict[str, Array]) -> None:
        for k in range(len(self.layers), 0, -1):
            name, error, a = self.layers[k - 1]["activation"], n[f"dC/da{k}"], n[f"a{k}"]
            if name == "softmax":
                n[f"delta{k}"] = a * (error - (error * a).sum(axis=1, keepdims=True))
            else:
                n[f"da{k}/dz{k}"] = slope(name, n[f"z{k}"], a)
                n[f"delta{k}"] = error * n[f"da{k}/dz{k}"]
            n[f"dC/dW{k}"] = n[f"dz{k}/dW{k}"] @ n[f"delta{k}"]
            if f"b{k}" in n:
                total = n[f"delta{k}"].sum(axis=0, keepdims=True)
                n[f"dC/db{k}"] = total if n[f"b{k}"].size > 1 or total.size == 1 else (
                    total.sum(axis=1, keepdims=True))  # fmt: skip
            if k > 1:
                weights = n[f"W{k}"][1:] if self.bias == "row" else n[f"W{k}"]
                n[f"dz{k}/da{k - 1}"] = weights.T
                n[f"dC/da{k - 1}"] = n[f"delta{k}"] @ weights.T

    def _update(self, n: dict[str, Array]) -> None:
        for name in list(self.now):
            change = self._change(name, n[f"dC/d{name}"])
            first = 1 if self.bias == "row" else 0
            if name in self.frozen:
                change = np.vstack([change[:first], change[first:] * 0])
            if first and name.replace("W", "b") in self.frozen:
                change = np.vstack([change[:1] * 0, change[1:]])
            n[f"change{name}"], n[f"{name}_new"] = change, n[name] - change
            self.now[name] = n[f"{name}_new"]

    def _change(self, name: str, g: Array) -> Array:
        s, rate = self.state, Real(self.update["learning_rate"])
        match self.update["rule"]:
            case "gradient-descent":
                return rate * g
            case "momentum" | "nesterov":
                beta = Real(self.update["momentum"])
                v = s[f"v.{name}"] = beta * s.get(f"v.{name}", 0 * g) + g
                plain = self.update["rule"] == "momentum"
                return rate * (v if plain else g + beta * v)
            case "rmsprop":
                decay, epsilon = Real(self.update["decay"]), Real(self.update["epsilon"])
                v = s[f"v.{name}"] = decay * s.get(f"v.{name}", 0 * g) + (1 - decay) * g * g
                return rate * g / (np.sqrt(v) + epsilon)
        b1, b2, epsilon = (Real(self.update[k]) for k in ("beta1", "beta2", "epsilon"))
        m = s[f"m.{name}"] = b1 * s.get(f"m.{name}", 0 * g) + (1 - b1) * g
        v = s[f"v.{name}"] = b2 * s.get(f"v.{name}", 0 * g) + (1 - b2) * g * g
        t = self.iteration
        return rate * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + epsilon)


def _times_log(t: Array, a: Array) -> Array:
    return np.where(t == 0, 0, t * np.log(np.where(t == 0, 1, a)))


def _over(t: Array, a: Array) -> Array:
    return np.where(t == 0, 0, t / np.where(t == 0, 1, a))


# ── random scenarios that are full of symmetries ──────────────────────────────────────────

_SETTINGS = {
    "gradient-descent": {"learning_rate": 0.1},
    "momentum": {"learning_rate": 0.05, "momentum": 0.8},
    "nesterov": {"learning_rate": 0.05, "momentum": 0.7},
    "rmsprop": {"learning_rate": 0.01, "decay": 0.9, "epsilon": 1e-6},
    "adam": {"learning_rate": 0.02, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-7},
}
_DATA: list[tuple[Any, Any]] = [
    ([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]),
    ([[1, 2]], [[1]]),
    ([[0.5, 0.5], [1, 1]], [[0.2], [0.8]]),
    ([[0, 1], [0, 2]], [[1], [0]]),
    ([[0.8, 0.4], [0.3, 0.3]], [[0.2, 0.4], [1, 0]]),
    ([[1, 0, 1], [0, 1, 1]], [[1, 0, 0], [1, 0, 0]]),
]


def random_scenario(seed: int) -> dict[str, Any]:
    """A small network with equal, zero, exchangeable, frozen or far too large numbers."""
    rng = np.random.default_rng([7, seed])
    pick: Any = rng.choice
    inputs, targets = _DATA[int(rng.integers(len(_DATA)))]
    rule, bias = str(pick(list(_SETTINGS))), str(pick(["row", "separate", "shared", "none"]))
    loss = str(pick(["squared-error", "half-squared-error", "mean-squared-error",
                     "binary-cross-entropy", "cross-entropy"]))  # fmt: skip
    depth = int(pick([1, 2, 2, 3]))
    widths = [len(inputs[0]), *(int(pick([1, 2, 3])) for _ in range(depth - 1)), len(targets[0])]
    hidden = ["sigmoid", "tanh", "relu", "leaky-relu", "identity", "softplus"]
    names = [str(pick(hidden)) for _ in range(depth)]
    if "cross" in loss:
        softmax = loss == "cross-entropy" and widths[-1] > 1
        names[-1] = "softmax" if softmax else "sigmoid"
    elif rng.random() < 0.15 and widths[-1] > 1:
        names[-1] = "softmax"
    weights = [_weights(rng, m + (bias == "row"), n) for m, n in pairwise(widths)]
    heights = {"separate": widths[1:], "shared": [1] * depth}.get(bias, [])
    network: dict[str, Any] = {
        "bias": bias,
        "layers": [{"units": n, "activation": a} for n, a in zip(widths[1:], names, strict=True)],
        "weights": weights,
    }
    if heights:
        rows = [_weights(rng, 1, n)[0] for n in heights]
        network["biases"] = [row[0] for row in rows] if bias == "shared" else rows
    if rng.random() < 0.3:
        letters = "W" if bias == "none" else "Wb"
        network["frozen"] = [f"{pick(list(letters))}{int(rng.integers(1, depth + 1))}"]
    return {
        "title": f"network {seed}",
        "data": {"inputs": inputs, "targets": targets},
        "network": network,
        "loss": loss,
        "reduction": str(pick(["sum", "mean"])),
        "update": {"rule": rule, **_SETTINGS[rule]},
    }


def _weights(rng: np.random.Generator, rows: int, columns: int) -> list[list[float]]:
    kind = rng.choice(["equal", "columns", "zeros", "few", "random", "large", "opposite"],
                      p=[0.25, 0.2, 0.1, 0.15, 0.2, 0.05, 0.05])  # fmt: skip
    value = float(rng.choice([1.0, 0.5, -0.25, 0.3]))
    match str(kind):
        case "equal":
            found = np.full((rows, columns), value)
        case "columns":
            found = np.repeat(rng.normal(0, 1, (rows, 1)).round(2), columns, axis=1)
        case "zeros":
            found = np.zeros((rows, columns))
        case "few":
            found = rng.choice([0.0, 1.0, -1.0, 0.5], (rows, columns))
        case "large":
            found = rng.choice([30.0, -30.0], (rows, columns))
        case "opposite":
            found = np.full((rows, columns), value) * np.resize([1, -1], columns)
        case _:
            found = rng.normal(0, 0.8, (rows, columns)).round(3)
    return [[float(number) for number in row] for row in found]


def as_yaml(scenario: dict[str, Any]) -> str:
    """The scenario as a file: JSON is YAML."""
    return json.dumps(scenario)


def run(scenario: dict[str, Any], iterations: int) -> Iterator[dict[str, Array]]:
    """The numbers of so many iterations."""
    network = Network(scenario)
    for _ in range(iterations):
        yield network.iterate()
