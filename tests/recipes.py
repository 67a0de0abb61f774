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
