"""Makes pytorch.json: ``python -m tests.reference.make``, where PyTorch is installed.

Every loss with every activation that it may stand on, and with them each bias kind, reduction
and update rule in turn, in float64: all quantities of iteration 1 and of iteration 50 as
PyTorch's autograd and optimisers have them. The suite reads the file and needs no PyTorch.
"""

import importlib
import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any, cast

import numpy as np

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.losses import LOSSES
from chainstep.core.setup import Array, Layer, Setup
from chainstep.core.updates import UPDATES
from tests.networks import BIAS_KINDS, SETTINGS, last_activations, random_setup

PATH = Path(__file__).with_name("pytorch.json")
ITERATIONS = (1, 50)
_SHAPES = ((1, 1), (2, 3), (3, 2, 2), (1, 3, 1, 2), (2, 2), (2, 1, 3), (3, 3, 3))


def cases() -> dict[str, Setup]:
    """The networks of the file, by the names of their tests."""
    found: dict[str, Setup] = {}
    hidden, biases, reductions = cycle(ACTIVATIONS), cycle(BIAS_KINDS), cycle(("sum", "mean"))
    rules, shapes, frozen = cycle(UPDATES), cycle(_SHAPES), cycle(("", "b1", "", "W2", "W1"))
    for loss in LOSSES:
        for last in last_activations(loss):
            widths, bias, rule = next(shapes), next(biases), next(rules)
            activations = [*(next(hidden) for _ in widths[2:]), last]
            ice = next(frozen)
            setup = random_setup(
                len(found),
                widths,
                activations,
                1 + len(found) % 4,
                bias,
                loss,
                frozen=frozenset({ice} - {""}),
                reduction=next(reductions),
                rule=rule,
                settings=SETTINGS[rule],
            )
            name = f"{loss}, {'-'.join(map(str, widths))} {' '.join(activations)}, bias {bias}"
            found[f"{name}, {setup.reduction}, {rule}, frozen {ice or 'nothing'}"] = setup
    return found


def computed_by_torch(setup: Setup, iterations: tuple[int, ...]) -> dict[int, dict[str, Array]]:
    """The quantities of some iterations, by the engine's names, as PyTorch computes them."""
    network = _Network(setup)
    found = {}
    for iteration in range(1, max(iterations) + 1):
        quantities = network.iterate()
        if iteration in iterations:
            found[iteration] = {name: tensor.numpy() for name, tensor in quantities.items()}
    return found


class _Network:
    """The same network in PyTorch: parameters as leaves, the rule as an optimiser."""

    def __init__(self, setup: Setup) -> None:
        # found at run time, so that type checkers need no PyTorch either
        self.torch: Any = importlib.import_module("torch")
        self.setup = setup
        self.weights, self.biases = [], []
        for k, matrix in enumerate(setup.weights):
            rows = self.tensor(matrix)
            bias = None
            if setup.bias == "row":
                bias, rows = rows[:1].clone(), rows[1:].clone()
            elif setup.biases:
                bias = self.tensor(setup.biases[k])
            self.weights.append(rows.requires_grad_())
            self.biases.append(None if bias is None else bias.requires_grad_())
        named = {f"W{k}": W for k, W in enumerate(self.weights, start=1)}
        named |= {f"b{k}": b for k, b in enumerate(self.biases, start=1) if b is not None}
        self.parameters = list(named.values())
        learning = [tensor for name, tensor in named.items() if name not in setup.frozen]
        self.optimiser = self._optimiser(learning) if learning else None

    def tensor(self, array: Array) -> Any:
        return self.torch.tensor(np.array(array), dtype=self.torch.float64)

    def _optimiser(self, learning: list[Any]) -> Any:
        optim, settings = self.torch.optim, self.setup.settings
        rate = settings["learning_rate"]
        match self.setup.rule:
            case "gradient-descent":
                return optim.SGD(learning, rate)
            case "momentum":
                return optim.SGD(learning, rate, momentum=settings["momentum"])
            case "nesterov":
                return optim.SGD(learning, rate, momentum=settings["momentum"], nesterov=True)
            case "rmsprop":
                decay, epsilon = settings["decay"], settings["epsilon"]
                return optim.RMSprop(learning, rate, alpha=decay, eps=epsilon)
            case "adam":
                betas = (settings["beta1"], settings["beta2"])
                return optim.Adam(learning, rate, betas=betas, eps=settings["epsilon"])
        raise KeyError(self.setup.rule)

    def _activated(self, z: Any, name: str) -> Any:
        torch = self.torch
        match name:
            case "identity":
                return z * 1
            case "leaky-relu":
                return torch.nn.functional.leaky_relu(z)
            case "softplus":
                return torch.nn.functional.softplus(z, threshold=1e9)
            case "softmax":
                return torch.softmax(z, 1)
        return getattr(torch, name)(z)

    def _costs(self, a: Any, y: Any) -> Any:
        torch = self.torch
        each = torch.nn.functional
        match self.setup.loss:
            case "squared-error":
                return each.mse_loss(a, y, reduction="none").sum(1)
            case "half-squared-error":
                return each.mse_loss(a, y, reduction="none").sum(1) / 2
            case "mean-squared-error":
                return each.mse_loss(a, y, reduction="none").mean(1)
            case "binary-cross-entropy":
                return each.binary_cross_entropy(a, y, reduction="none").sum(1)
            case "cross-entropy":
                return -torch.special.xlogy(y, a).sum(1)
        raise KeyError(self.setup.loss)

    def iterate(self) -> dict[str, Any]:
        """One iteration: forward, ``backward()``, the optimiser's step."""
        for parameter in self.parameters:
            parameter.grad = None
        found = self._forward()
        found["C"].backward()
        seen = {name: tensor.detach() for name, tensor in found.items()}
        for k in range(1, len(self.weights) + 1):
            seen[f"dC/da{k}"] = found[f"a{k}"].grad
            seen[f"delta{k}"] = found[f"z{k}"].grad
        seen |= self._of_parameters("dC/d", "", lambda parameter: parameter.grad.clone())
        if self.optimiser is not None:
            self.optimiser.step()
        seen |= self._of_parameters("", "_new", lambda parameter: parameter.detach().clone())
        return seen

    def _forward(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        a = self.tensor(self.setup.inputs)
        for k, layer in enumerate(self.setup.layers, start=1):
            z = a @ self.weights[k - 1]
            if self.biases[k - 1] is not None:
                z = z + self.biases[k - 1]
            a = self._activated(z, layer.activation)
            z.retain_grad()
            a.retain_grad()
            found |= {f"z{k}": z, f"a{k}": a}
        costs = self._costs(a, self.tensor(self.setup.targets))
        found["C_obs"] = costs[:, None]
        found["C"] = costs.sum() if self.setup.reduction == "sum" else costs.mean()
        return found

    def _of_parameters(self, before: str, after: str, value: Any) -> dict[str, Any]:
        found = {}
        for k, (weights, bias) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            of_weights = value(weights)
            if self.setup.bias == "row":
                of_weights = self.torch.cat([value(bias), of_weights])
            elif bias is not None:
                found[f"{before}b{k}{after}"] = value(bias)
            found[f"{before}W{k}{after}"] = of_weights
        return found


# ── the file ──


def stored() -> dict[str, tuple[Setup, dict[int, dict[str, Array]]]]:
    """The cases of the file: each setup, and its quantities by iteration and name."""
    with PATH.open(encoding="utf-8") as file:
        plain = json.load(file)
    return {
        name: (
            _setup_from(case["setup"]),
            {
                int(iteration): {name: np.array(value) for name, value in quantities.items()}
                for iteration, quantities in case["iterations"].items()
            },
        )
        for name, case in plain.items()
    }


_PLAIN = ("bias", "loss", "reduction", "rule", "settings")


def _plain(setup: Setup) -> dict[str, Any]:
    return {
        "inputs": setup.inputs.tolist(),
        "targets": setup.targets.tolist(),
        "layers": [[layer.units, layer.activation] for layer in setup.layers],
        "weights": [matrix.tolist() for matrix in setup.weights],
        "biases": [bias.tolist() for bias in setup.biases],
        "frozen": sorted(setup.frozen),
        **{name: getattr(setup, name) for name in _PLAIN},
    }


def _setup_from(plain: Mapping[str, Any]) -> Setup:
    setup = Setup(
        np.array(plain["inputs"]),
        np.array(plain["targets"]),
        tuple(Layer(units, activation) for units, activation in plain["layers"]),
        tuple(map(np.array, plain["weights"])),
        tuple(map(np.array, plain["biases"])),
        frozen=frozenset(plain["frozen"]),
    )
    return replace(setup, **{name: cast("Any", plain[name]) for name in _PLAIN})


def main() -> None:
    """Writes the file, an array a line."""
    lines = []
    for name, setup in cases().items():
        parts = [f'"setup": {json.dumps(_plain(setup))}']
        for iteration, quantities in computed_by_torch(setup, ITERATIONS).items():
            arrays = [f"{json.dumps(n)}: {json.dumps(v.tolist())}" for n, v in quantities.items()]
            parts.append(f'"{iteration}": {{\n' + ",\n".join(arrays) + "\n}")
        setup_text, *iterations = parts
        inside = ",\n".join(iterations)
        lines.append(f'{json.dumps(name)}: {{{setup_text},\n"iterations": {{{inside}}}}}')
    PATH.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
