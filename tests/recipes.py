"""Scenarios as plain data, to be changed in tests."""

from typing import Any


def plain_scenario() -> dict[str, Any]:
    """A small network without anything special, new at each call."""
    return {
        "data": {"inputs": [[1, 2], [3, 4], [5, 6]], "targets": [[1], [0], [1]]},
        "network": {
            "bias": "separate",
            "layers": [
                {"units": 2, "activation": "sigmoid"},
                {"units": 1, "activation": "sigmoid"},
            ],
            "weights": [[[0.1, 0.2], [0.3, 0.4]], [[0.5], [0.6]]],
        },
        "loss": "squared-error",
        "update": {"learning_rate": 0.5},
    }


def rich_scenario() -> dict[str, Any]:
    """A small network with something of everything, new at each call."""
    return {
        "draws": {
            "seed": 1,
            "generator": "legacy",
            "arrays": [
                {"name": "X", "random": "normal", "shape": [2, 5]},
                {"name": "W1", "random": "uniform", "low": -1, "high": 1, "shape": [3, 2]},
            ],
        },
        "arithmetic": "float64",
        "data": {
            "inputs": {"drawn": "X"},
            "targets": {"classes": [0, 1, 1, 0, 2]},
            "observations": "columns",
        },
        "network": {
            "bias": "separate",
            "weights_are": "units × inputs",
            "layers": [
                {"units": 3, "activation": "tanh"},
                {"kind": "dropout", "rate": 0.5, "seed": 2},
                {"kind": "batch-norm", "activation": "relu"},
                {"units": 3, "activation": "softmax"},
            ],
            "weights": [
                {"drawn": "W1"},
                {"random": "normal", "seed": 3},
            ],
            "frozen": ["b1"],
            "input_gradient": True,
        },
        "loss": "cross-entropy",
        "reduction": "mean",
        "penalty": {"strength": 0.01, "half": True},
        "update": {"rule": "momentum", "learning_rate": 0.1, "batch": 2, "shuffle": 4},
    }  # fmt: skip
