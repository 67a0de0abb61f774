"""Networks as people have them (a scenario, PyTorch, scikit-learn, Keras), as the engine's setup.

Nothing here imports a framework: a model is recognised by what it has, so that none need be
installed, and whichever is used is the caller's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.check.conclusion import NAMELESS
from chainstep.core.losses import LOSSES
from chainstep.core.network import build
from chainstep.core.program import Program
from chainstep.core.quantities import InputError, nearest
from chainstep.core.setup import Layer, Setup
from chainstep.scenarios.loading import load
from chainstep.scenarios.scenario import Scenario

#: What frameworks call the activations: the names of modules and functions, without marks.
_ACTIVATIONS = {
    "identity": "identity", "linear": "identity", "dropout": "identity", "flatten": "identity",
    "sigmoid": "sigmoid", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu",
    "leakyrelu": "leaky-relu", "softplus": "softplus", "softmax": "softmax",
}  # fmt: skip

#: What frameworks call the losses: ours, and the activation that they apply themselves.
_LOSSES = {
    "mseloss": ("mean-squared-error", None),
    "bceloss": ("binary-cross-entropy", None),
    "bcewithlogitsloss": ("binary-cross-entropy", "sigmoid"),
    "crossentropyloss": ("cross-entropy", "softmax"),
}


class Dense(NamedTuple):
    """One layer of a model: its weights (units before, units), its biases, its activation."""

    weights: Any
    biases: Any
    activation: str


@dataclass(frozen=True)
class Network:
    """A network that came as no scenario: its setup, and what it is called."""

    setup: Setup
    name: str = NAMELESS
    notation: str | None = None

    @cached_property
    def program(self) -> Program:
        """The program of an iteration of it."""
        return build(self.setup)


def network_of(
    network: Any, inputs: Any = None, targets: Any = None, loss: Any = None
) -> Scenario | Network:
    """A network from whatever somebody has it as.

    ``network`` is a scenario, its name, its path or its plain data; a setup; or a model of
    dense layers of PyTorch, scikit-learn or Keras, which needs ``inputs`` (observations,
    units), ``targets`` and a ``loss``: PyTorch's own or the name of one of the engine's.
    Raises: InputError where it is none of these, or something is missing.
    """
    if isinstance(network, Setup):
        return Network(network)
    if isinstance(network, Scenario | Network):
        return network
    if isinstance(network, str | Path | Mapping):
        return load(network)
    layers = layers_of(network)
    if inputs is None or targets is None:
        raise InputError("a model needs the data too: inputs=…, targets=…")
    name, own, reduction = _loss(loss, network)
    last = layers[-1]
    if own is not None:
        if last.activation not in {"identity", own}:
            raise InputError(
                f"{type(loss).__name__} applies {own} itself, and the model ends in "
                f"{last.activation}: leave one of them out"
            )
        layers[-1] = last._replace(activation=own)
    setup = _setup(layers, array_of(inputs), array_of(targets), name, reduction)
    return Network(setup)


def _setup(layers: list[Dense], inputs: Any, targets: Any, loss: str, reduction: str) -> Setup:
    inputs = inputs.reshape(len(inputs), -1)
    width = np.shape(layers[-1].weights)[1]
    if targets.ndim == 1 and targets.dtype.kind in "iu" and width > 1:
        targets = np.eye(width)[targets]  # labels as classes
    targets = targets.reshape(len(targets), -1)
    if targets.shape != (len(inputs), width):
        raise InputError(
            f"targets have the shape {targets.shape}, the outputs {(len(inputs), width)} "
            "(observations × units)"
        )
    if loss == "binary-cross-entropy" and reduction == "mean" and width > 1:
        raise InputError(
            "a mean binary cross-entropy over several outputs averages over the outputs too, "
            "and the engine's does not: use reduction='sum'"
        )
    kind: Any = np.float32 if np.asarray(layers[0].weights).dtype == np.float32 else np.float64
    has_biases = all(layer.biases is not None for layer in layers)
    if not has_biases and any(layer.biases is not None for layer in layers):
        raise InputError("some layers have biases and some have none: give all of them or none")
    return Setup(
        inputs=inputs.astype(kind),
        targets=targets.astype(kind),
        layers=tuple(Layer(np.shape(layer.weights)[1], layer.activation) for layer in layers),
        weights=tuple(np.asarray(layer.weights, kind) for layer in layers),
        biases=tuple(np.asarray(layer.biases, kind).reshape(1, -1) for layer in layers)
        if has_biases
        else (),
        bias="separate" if has_biases else "none",
        loss=loss,
        reduction="mean" if reduction == "mean" else "sum",
        arithmetic="float32" if kind is np.float32 else "float64",
    )


def _loss(loss: Any, network: Any) -> tuple[str, str | None, str]:
    """The engine's loss, the activation that a framework's loss applies itself, the reduction."""
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise InputError(
                f"no loss is called {loss!r}{nearest(loss, LOSSES)} ({', '.join(LOSSES)})"
            )
        return loss, None, "mean"
    word = type(loss).__name__.lower()
    if loss is None and hasattr(network, "out_activation_"):  # scikit-learn's are fixed
        word = {"identity": "half", "softmax": "crossentropy", "logistic": "bce"}[
            network.out_activation_
        ]
        names = {"half": "half-squared-error", "crossentropy": "cross-entropy"}
        return names.get(word, "binary-cross-entropy"), None, "mean"
    if word not in _LOSSES:
        raise InputError(
            "say the loss: loss='mean-squared-error' or another of the engine's "
            f"({', '.join(LOSSES)}), or PyTorch's MSELoss, BCELoss, BCEWithLogitsLoss, "
            "CrossEntropyLoss"
        )
    reduction = str(getattr(loss, "reduction", "mean"))
    if reduction not in {"mean", "sum"}:
        raise InputError(f"a loss with reduction={reduction!r} has no one cost: use mean or sum")
    return (*_LOSSES[word], reduction)


# ── layers ────────────────────────────────────────────────────────────────────────────────


def layers_of(model: Any) -> list[Dense]:
    """The dense layers of a model, by what it has.

    Raises: InputError where it is no chain of dense layers, or of no known framework.
    """
    if hasattr(model, "coefs_") and hasattr(model, "intercepts_"):
        return _of_sklearn(model)
    if hasattr(model, "named_modules") and hasattr(model, "parameters"):
        return _of_torch(model)
    if hasattr(model, "layers") and hasattr(model, "get_weights"):
        return _of_keras(model)
    raise InputError(
        f"a {type(model).__name__} is no network that can be read: give a scenario, a model of "
        "dense layers (PyTorch, scikit-learn's MLP, Keras), or a function that runs a program"
    )


def _of_sklearn(model: Any) -> list[Dense]:
    hidden = _activation(model.activation)
    last = _activation(model.out_activation_)
    kinds = [hidden] * (len(model.coefs_) - 1) + [last]
    pairs = zip(model.coefs_, model.intercepts_, kinds, strict=True)
    return [Dense(np.asarray(W), np.asarray(b), kind) for W, b, kind in pairs]


def _of_keras(model: Any) -> list[Dense]:
    found = []
    for layer in model.layers:
        arrays = layer.get_weights()
        kind = getattr(getattr(layer, "activation", None), "__name__", None)
        if arrays:
            biases = arrays[1] if len(arrays) > 1 else None
            found.append(Dense(np.asarray(arrays[0]), biases, _activation(kind or "linear")))
        elif found and type(layer).__name__.lower() not in {"inputlayer", "flatten", "dropout"}:
            found[-1] = found[-1]._replace(activation=_activation(kind or type(layer).__name__))
    return _some(found, model)


def _of_torch(model: Any) -> list[Dense]:
    found: list[Dense] = []
    for name, operation in _operations(model):
        if hasattr(operation, "weight") and name == "linear":
            bias = None if operation.bias is None else array_of(operation.bias)
            found.append(Dense(array_of(operation.weight).T.copy(), bias, "identity"))
        elif found:
            kind = _activation(name)
            if kind != "identity":
                if found[-1].activation != "identity":
                    raise InputError(f"{name} follows another activation: no chain of dense layers")
                found[-1] = found[-1]._replace(activation=kind)
    return _some(found, model)


def _operations(model: Any) -> Iterable[tuple[str, Any]]:
    """What a PyTorch module does, in order: each by its name, with the module that does it."""
    from torch import fx  # the model is PyTorch's, so it is there

    try:
        graph = fx.symbolic_trace(model).graph
    except Exception as error:
        raise InputError(
            f"the operations of this {type(model).__name__} cannot be read off ({error}): "
            "describe it as a scenario, or as plain data"
        ) from error
    modules = dict(model.named_modules())
    for node in graph.nodes:
        if node.op == "call_module":
            module = modules[node.target]
            name = type(module).__name__.lower()
            if "dropout" in name and module.training and module.p > 0:
                raise InputError("dropout draws anew at each call: model.eval() turns it off")
            yield name, module
        elif node.op in {"call_function", "call_method"}:
            yield getattr(node.target, "__name__", str(node.target)), node


def _some(found: list[Dense], model: Any) -> list[Dense]:
    if not found:
        raise InputError(f"this {type(model).__name__} has no dense layer")
    return found


def _activation(name: str) -> str:
    word = name.lower().replace("_", "").replace("-", "")
    if word not in _ACTIVATIONS:
        raise InputError(
            f"{name!r} is no operation of a chain of dense layers ({', '.join(ACTIVATIONS)})"
        )
    return _ACTIVATIONS[word]


def array_of(value: Any) -> np.ndarray[Any, np.dtype[Any]]:
    """An array or a tensor, as numpy's."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    return np.asarray(value)


def gradients_of(model: Any) -> dict[str, Any]:
    """The gradients that a PyTorch model holds after ``backward()``, by the engine's names.

    Raises: InputError where there are none.
    """
    linear = [operation for name, operation in _operations(model) if name == "linear"]
    found: dict[str, Any] = {}
    for k, layer in enumerate(linear, start=1):
        if layer.weight.grad is not None:
            found[f"dC/dW{k}"] = array_of(layer.weight.grad).T
        if layer.bias is not None and layer.bias.grad is not None:
            found[f"dC/db{k}"] = array_of(layer.bias.grad).reshape(1, -1)
    if not found:
        raise InputError("the model holds no gradients: call loss.backward() before, or give mine=")
    return found
