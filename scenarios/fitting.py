"""Whether the parts of a scenario fit each other; and what the engine is given of them."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.losses import LOSSES
from chainstep.core.setup import Array, Layer, Setup
from chainstep.scenarios.data import table
from chainstep.scenarios.faults import nearest_of, quoted
from chainstep.scenarios.memory import bytes_needed, in_bytes, memory
from chainstep.scenarios.parts import Parts, in_size, many
from chainstep.scenarios.starts import starting_biases, starting_weights


def fit(parts: Parts) -> Setup | None:
    """What the engine is given, of the values of a file; None where faults stand in the way.

    Each check runs as soon as it can, so that as many faults as possible are told at once; but
    nothing large is allocated or drawn before its size is known to fit into memory.
    """
    inputs, targets, layers = _data(parts, "inputs"), _data(parts, "targets"), _layers(parts)
    parts.settings_fit()
    _frozen_exist(parts)
    if inputs is not None and targets is not None:
        _same_observations(parts, inputs, targets)
    if layers:
        _targets_fit(parts, targets, layers)
        _loss_fits(parts, layers)
    if inputs is None or layers is None or None in (parts.network["bias"], parts.values["update"]):
        return None
    widths = (inputs.shape[1], *(layer.units for layer in layers))
    if not _memory_fits(parts, widths, len(inputs)):
        return None
    weights, biases = starting_weights(parts, widths), starting_biases(parts, widths)
    if parts.faults.found or targets is None or weights is None or biases is None:
        return None
    return _setup(parts, inputs, targets, layers=layers, weights=weights, biases=biases)


def _setup(parts: Parts, inputs: Array, targets: Array, **network: Any) -> Setup:
    values = parts.values
    settings = dict(values["update"])
    return Setup(
        inputs=inputs,
        targets=targets,
        **network,
        bias=parts.network["bias"],
        frozen=frozenset(parts.network["frozen"]),
        loss=values["loss"],
        reduction=values["reduction"],
        rule=settings.pop("rule"),
        settings=settings,
        arithmetic=values["arithmetic"],
        products=values["products"],
        mistakes=tuple(values["mistake"]),
    )


def _data(parts: Parts, name: str) -> Array | None:
    rows = (parts.values["data"] or {}).get(name)
    if isinstance(rows, dict):
        rows = table(rows, parts.node("data", name), parts.faults, parts.folder)
    return None if rows is None else parts.cast(rows, "data", name)


def _layers(parts: Parts) -> tuple[Layer, ...] | None:
    layers = parts.network.get("layers")
    if not layers or any(layer is None or None in layer.values() for layer in layers):
        return None
    return tuple(Layer(layer["units"], layer["activation"]) for layer in layers)


def _same_observations(parts: Parts, inputs: Array, targets: Array) -> None:
    if len(inputs) != len(targets):
        parts.at(
            ("data", "targets"),
            f"there are {len(inputs)} rows of inputs and {len(targets)} of targets",
            "a row is an observation: give each one its inputs and its targets",
        )


def _targets_fit(parts: Parts, targets: Array | None, layers: tuple[Layer, ...]) -> None:
    last, units = len(layers), layers[-1].units
    if targets is not None and targets.shape[1] != units:
        parts.at(
            ("data", "targets"),
            f"the targets are {in_size(targets)} (observations × units of layer {last}), "
            f"but layer {last} has {many(units, 'unit')}: give it {many(units, 'column')}",
        )


def _loss_fits(parts: Parts, layers: tuple[Layer, ...]) -> None:
    """Refuses outputs of which the loss would take the logarithm of 0 or less."""
    loss, last = parts.values["loss"], layers[-1].activation
    outputs = LOSSES[loss].outputs if loss else None
    if outputs is None or _keeps_to(last, outputs):
        return
    low, high = outputs
    wanted = f"between {low:g} and {high:g}" if isfinite(high) else f"above {low:g}"
    fitting = ", ".join(sorted(word for word in ACTIVATIONS if _keeps_to(word, outputs)))
    parts.at(
        ("network", "layers", len(layers) - 1, "activation"),
        f"{loss} needs outputs {wanted}, and {last} gives others too",
        f"the last layer can be {fitting}; or choose another loss",
    )


def _keeps_to(activation: str, outputs: tuple[float, float]) -> bool:
    """Whether an activation's outputs lie in an open range.

    Tried at pre-activations up to 30 in size, where no right function has reached its limit.
    """
    given = ACTIVATIONS[activation].function(np.array([[-30.0, -1.0, 0.0, 1.0, 30.0]]))
    return bool(((given > outputs[0]) & (given < outputs[1])).all())


def _frozen_exist(parts: Parts) -> None:
    depth, bias = len(parts.network.get("layers") or ()), parts.network.get("bias")
    letters = "W" if bias == "none" else "Wb"
    known = [f"{letter}{k}" for letter in letters for k in range(1, depth + 1)]
    for index, name in enumerate(parts.network.get("frozen") or ()):
        if depth and bias and name is not None and name not in known:
            found = f"this network has no parameter {quoted(name)}"
            parts.at(("network", "frozen", index), found, nearest_of(name, known))


def _memory_fits(parts: Parts, widths: tuple[int, ...], observations: int) -> bool:
    needed = bytes_needed(parts.values, widths, observations)
    available = memory()
    if needed <= 0.8 * available:
        return True
    widest = max(range(1, len(widths)), key=lambda k: widths[k])
    parts.at(
        ("network", "layers", widest - 1, "units"),
        f"this network would need {in_bytes(needed)} of memory, "
        f"and this machine has {in_bytes(available)}",
        f"layer {widest} has {many(widths[widest], 'unit')}: give it fewer",
    )
    return False
