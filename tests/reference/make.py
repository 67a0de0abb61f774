"""Makes pytorch.json: ``python -m tests.reference.make``, where PyTorch is installed.

Every loss with every activation that it may stand on, and with them each bias kind, reduction
and update rule in turn, in float64: all quantities of iteration 1 and of iteration 50 as
PyTorch's autograd and optimisers have them; and networks of any kind, with batches, penalties,
weight decay, dropout and batch normalisation. The suite reads the file and needs no PyTorch.
"""

import importlib
import json
from collections.abc import Mapping
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any, cast

import numpy as np

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.feeds import masks, rows_of_update
from chainstep.core.losses import LOSSES
from chainstep.core.setup import Array, Batches, Layer, Penalty, Setup
from chainstep.core.updates import UPDATES
from tests.networks import BIAS_KINDS, SETTINGS, last_activations, random_setup, varied_setup

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
    return found | {f"of any kind, {seed}": varied_setup(seed) for seed in range(24)}


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
        self.named: dict[str, Any] = {}
        for k, layer in enumerate(setup.layers, start=1):
            self._declare(k, layer)
        self.parameters = list(self.named.values())
        learning = [tensor for name, tensor in self.named.items() if name not in setup.frozen]
        self.optimiser = self._optimiser(learning) if learning else None
        self.iteration = 0

    def _declare(self, k: int, layer: Layer) -> None:
        setup, found = self.setup, {}
        if layer.kind == "batch-norm":
            found = {f"{letter}{k}": setup.state[f"{letter}{k}"] for letter in ("gamma", "beta")}
        elif layer.kind == "dense":
            matrix = setup.weights[k - 1]
            if setup.bias == "row":
                found = {f"W{k}": matrix[1:], f"b{k}": matrix[:1]}
            else:
                found = {f"W{k}": matrix}
                found |= {f"b{k}": setup.biases[k - 1]} if setup.biases else {}
        self.named |= {name: self.tensor(a).requires_grad_() for name, a in found.items()}

    def tensor(self, array: Array) -> Any:
        return self.torch.tensor(np.array(array), dtype=self.torch.float64)

    def _optimiser(self, learning: list[Any]) -> Any:
        optim, settings = self.torch.optim, self.setup.settings
        rate, decay = settings["learning_rate"], settings.get("weight_decay", 0.0)
        sgd = partial(optim.SGD, learning, rate, weight_decay=decay)
        match self.setup.rule:
            case "gradient-descent":
                return sgd()
            case "momentum":
                return sgd(momentum=settings["momentum"])
            case "nesterov":
                return sgd(momentum=settings["momentum"], nesterov=True)
            case "rmsprop":
                alpha, eps = settings["decay"], settings["epsilon"]
                return optim.RMSprop(learning, rate, alpha=alpha, eps=eps, weight_decay=decay)
            case "adam":
                betas = (settings["beta1"], settings["beta2"])
                eps = settings["epsilon"]
                return optim.Adam(learning, rate, betas=betas, eps=eps, weight_decay=decay)
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
            case "output":
                return a.sum(1)
        raise KeyError(self.setup.loss)

    def iterate(self) -> dict[str, Any]:
        """One iteration: forward, ``backward()``, the optimiser's step."""
        for parameter in self.parameters:
            parameter.grad = None
        self.iteration += 1
        found = self._forward()
        found["C"].backward()
        seen = {name: tensor.detach() for name, tensor in found.items()}
        for name, tensor in found.items():
            if name[0] in "az":
                key = f"delta{name[1:]}" if name[0] == "z" else f"dC/d{name}"
                seen[key] = tensor.grad
        del seen["a0"]
        if not self.setup.input_gradient:
            del seen["dC/da0"]
        seen |= self._of_parameters("dC/d", "", lambda parameter: parameter.grad.clone())
        if self.optimiser is not None:
            self.optimiser.step()
        seen |= self._of_parameters("", "_new", lambda parameter: parameter.detach().clone())
        return seen

    def _forward(self) -> dict[str, Any]:
        setup, batches = self.setup, self.setup.batches
        rows = np.arange(setup.observations)
        if batches is not None:
            rows = rows_of_update(batches, setup.observations)(self.iteration)
        a = self.tensor(setup.inputs[rows]).requires_grad_()
        found: dict[str, Any] = {"a0": a}
        for k, layer in enumerate(setup.layers, start=1):
            if layer.kind == "dropout":
                size = batches.size if batches else setup.observations
                mask = masks(layer, k, (size, layer.units))(self.iteration)[: len(rows)]
                a = found[f"a{k}"] = a * self.tensor(mask)
                continue
            z = found[f"z{k}"] = self._pre_activation(k, layer, a)
            a = found[f"a{k}"] = self._activated(z, layer.activation)
        costs = self._costs(a, self.tensor(setup.targets[rows]))
        found["C_obs"] = costs[:, None]
        found["C"] = costs.sum() if setup.reduction == "sum" else costs.mean()
        found["C"] = found["C"] + self._penalty(len(rows))
        for name, tensor in found.items():
            if name[0] in "az":
                tensor.retain_grad()
        return found

    def _pre_activation(self, k: int, layer: Layer, a: Any) -> Any:
        if layer.kind == "batch-norm":
            gamma, beta = self.named[f"gamma{k}"][0], self.named[f"beta{k}"][0]
            return self.torch.nn.functional.batch_norm(
                a, None, None, gamma, beta, training=True, eps=layer.settings["safety"]
            )
        z = a @ self.named[f"W{k}"]
        return z + self.named[f"b{k}"] if f"b{k}" in self.named else z

    def _penalty(self, rows: int) -> Any:
        penalty, paid = self.setup.penalty, self.torch.zeros(())
        for name, tensor in self.named.items():
            letter = name.rstrip("0123456789")
            if penalty and (letter == "W" or (letter == "b" and penalty.biases)):
                paid = paid + penalty.strength * (tensor**2).sum()
        if penalty and penalty.half:
            paid = paid / 2
        return paid / rows if penalty and penalty.per_observation else paid

    def _of_parameters(self, before: str, after: str, value: Any) -> dict[str, Any]:
        found = {name: value(tensor) for name, tensor in self.named.items()}
        if self.setup.bias == "row":
            for k in range(1, len(self.setup.layers) + 1):
                if f"W{k}" in found:
                    rows = [found.pop(f"b{k}"), found[f"W{k}"]]
                    found[f"W{k}"] = self.torch.cat(rows)
        return {f"{before}{name}{after}": tensor for name, tensor in found.items()}


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


_PLAIN = ("bias", "loss", "reduction", "rule", "settings", "input_gradient")


def _plain(setup: Setup) -> dict[str, Any]:
    return {
        "inputs": setup.inputs.tolist(),
        "targets": setup.targets.tolist(),
        "layers": [
            [*layer[:3], dict(layer.settings), [mask.tolist() for mask in layer.masks]]
            for layer in setup.layers
        ],
        "weights": [matrix.tolist() for matrix in setup.weights],
        "biases": [bias.tolist() for bias in setup.biases],
        "frozen": sorted(setup.frozen),
        "batches": setup.batches,
        "penalty": setup.penalty,
        "state": {name: array.tolist() for name, array in setup.state.items()},
        **{name: getattr(setup, name) for name in _PLAIN},
    }


def _setup_from(plain: Mapping[str, Any]) -> Setup:
    setup = Setup(
        np.array(plain["inputs"]),
        np.array(plain["targets"]),
        tuple(
            Layer(units, activation, kind, settings, tuple(map(np.array, given)))
            for units, activation, kind, settings, given in plain["layers"]
        ),
        tuple(map(np.array, plain["weights"])),
        tuple(map(np.array, plain["biases"])),
        frozen=frozenset(plain["frozen"]),
        batches=Batches(*plain["batches"]) if plain["batches"] else None,
        penalty=Penalty(*plain["penalty"]) if plain["penalty"] else None,
        state={name: np.array(array) for name, array in plain["state"].items()},
    )
    return setup._replace(**{name: cast("Any", plain[name]) for name in _PLAIN})


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
