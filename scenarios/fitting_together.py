"""Whether the values of a scenario fit each other; and what the engine is given of them."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.layers import LAYER_KINDS
from chainstep.core.losses import LOSSES
from chainstep.core.roles import PARAMETERS
from chainstep.core.setup import Array, Batches, Layer, Penalty, Setup
from chainstep.core.text.counting import counted
from chainstep.scenarios.draft import Draft, in_size
from chainstep.scenarios.everyday_words import KEYS
from chainstep.scenarios.faults import nearest_of, quoted
from chainstep.scenarios.layers_given import layers_of, one_per_layer, scales_of
from chainstep.scenarios.memory_needed import MOST_BYTES, bytes_needed, in_bytes
from chainstep.scenarios.overrides import ANY_UPDATE
from chainstep.scenarios.starting_weights import starting_biases, starting_weights


def fit(draft: Draft) -> Setup | None:
    """What the engine is given, of the values of a file; None where faults stand in the way.

    Each check runs as soon as it can, so that as many faults as possible are told at once; but
    nothing large is allocated or drawn before its size is known to fit into memory.
    """
    inputs = _data(draft, "inputs")
    layers = layers_of(draft, inputs)
    targets = _targets(draft, inputs, layers)
    draft.settings_fit()
    _frozen_exist(draft)
    if inputs is not None and targets is not None:
        _same_observations(draft, inputs, targets)
    if layers:
        _targets_fit(draft, targets, layers)
        _loss_fits(draft, layers)
    if inputs is not None:
        _batches_fit(draft, len(inputs))
    if inputs is None or layers is None or None in (draft.network["bias"], draft.values["update"]):
        return None
    widths = (inputs.shape[1], *(layer.units for layer in layers))
    if not _memory_fits(draft, widths, len(inputs)):
        return None
    dense = tuple(layer.kind == "dense" for layer in layers)
    its = (widths[0], *(width for width, own in zip(widths[1:], dense, strict=True) if own))
    weights, biases = starting_weights(draft, its), starting_biases(draft, its)
    scales = scales_of(draft, layers)
    if draft.faults.found or targets is None or weights is None or biases is None:
        return None
    return _setup(
        draft,
        inputs,
        targets,
        layers=layers,
        weights=one_per_layer(weights, dense),
        biases=one_per_layer(biases, dense) if biases else (),
        state=scales,
    )


def _setup(draft: Draft, inputs: Array, targets: Array, **network: Any) -> Setup:
    values = draft.values
    settings = dict(values["update"])
    batch, seed, last = (settings.pop(key) for key in ("batch", "shuffle", "last_batch"))
    order: Any = "given" if seed is None else "shuffled"
    if not settings["weight_decay"]:
        del settings["weight_decay"]
    return Setup(
        inputs=inputs,
        targets=targets,
        **network,
        bias=draft.network["bias"],
        frozen=frozenset(draft.network["frozen"]),
        loss=values["loss"],
        reduction=values["reduction"],
        rule=settings.pop("rule"),
        settings=settings,
        arithmetic=values["arithmetic"],
        products=values["products"],
        batches=None if batch is None else Batches(batch, order, seed or 0, last),
        penalty=Penalty(**values["penalty"]) if values["penalty"] else None,
        input_gradient=draft.network["input_gradient"],
    )


def _data(draft: Draft, name: str) -> Array | None:
    """The rows of data, one per observation; turned where the file has them as columns."""
    data = draft.values["data"] or {}
    rows = data.get(name)
    if isinstance(rows, dict):
        rows = draft.array(rows, "data", name)
    if rows is None:
        return None
    if np.ndim(rows) != 2:
        found = f"{name} are {in_size(np.asarray(rows))}, not observations × units"
        draft.at(("data", name), found, "give them a shape of two numbers")
        return None
    array = draft.cast(rows, "data", name)
    return array.T if array is not None and data["observations"] == "columns" else array


def _targets(draft: Draft, inputs: Array | None, layers: tuple[Layer, ...] | None) -> Array | None:
    """The targets; of classes, a 1 in the column of each observation's class.

    No columns where there are none and the loss takes none.
    """
    if draft.node("data", "targets") is draft.node("data"):
        return _no_targets(draft, inputs)
    rows = (draft.values["data"] or {}).get("targets")
    if not isinstance(rows, dict) or "classes" not in rows:
        return _data(draft, "targets")
    classes = rows["classes"]
    if layers is None or classes is None or None in classes:
        return None
    last, units = len(layers), layers[-1].units
    most = max(units, 2) - 1
    for index, each in enumerate(classes):
        if each > most:
            has = f"layer {last} has {counted(units, 'unit')}: classes are 0 to {most}"
            draft.at(("data", "targets", "classes", index), f"{each} is no class, for {has}")
            return None
    numbers = np.array(classes)
    hot = numbers[:, None] if units == 1 else np.eye(units)[numbers]
    return draft.cast(hot, "data", "targets")


def _no_targets(draft: Draft, inputs: Array | None) -> Array | None:
    loss = draft.values["loss"]
    if loss is not None and LOSSES[loss].has_targets:
        data = draft.node("data")
        there = getattr(data, "keys", {})
        meant = any(KEYS.get(key.lower(), ("",))[-1] == "targets" for key in there)
        if draft.values["data"] is not None and not meant:  # that has been answered
            mend = "targets: a row of numbers per observation"
            draft.at(("data",), "data needs `targets:`", mend)
        return None
    return None if inputs is None else np.empty((len(inputs), 0), dtype=inputs.dtype)


def _batches_fit(draft: Draft, observations: int) -> None:
    update = draft.values["update"] or {}
    batch = update.get("batch")
    given = {key for key in ANY_UPDATE if draft.node("update", key) is not draft.node("update")}
    if "batch" not in given:
        for key in sorted(given - {"weight_decay"}):
            draft.at(("update", key), f"`{key}:` is about batches", "say `batch:` too")
    elif batch is not None and batch > observations:
        draft.at(
            ("update", "batch"),
            f"a batch of {batch} is more than there is: {counted(observations, 'observation')}",
            f"a number up to {observations}",
        )


def _same_observations(draft: Draft, inputs: Array, targets: Array) -> None:
    if len(inputs) != len(targets):
        draft.at(
            ("data", "targets"),
            f"there are {len(inputs)} rows of inputs and {len(targets)} of targets",
            _whose_rows(draft, turned=inputs.shape[1] == targets.shape[1]),
        )


def _whose_rows(draft: Draft, *, turned: bool) -> str:
    columns = (draft.values["data"] or {}).get("observations") == "columns"
    if turned and not columns:
        return "your data fit if you say `observations: columns`"
    line = "column" if columns else "row"
    return f"a {line} is an observation: give each one its inputs and its targets"


def _targets_fit(draft: Draft, targets: Array | None, layers: tuple[Layer, ...]) -> None:
    last, units = len(layers), layers[-1].units
    if targets is not None and targets.shape[1] not in {units, 0}:
        draft.at(
            ("data", "targets"),
            f"the targets are {in_size(targets)} (observations × units of layer {last}), "
            f"but layer {last} has {counted(units, 'unit')}: give it {counted(units, 'column')}",
        )


def _loss_fits(draft: Draft, layers: tuple[Layer, ...]) -> None:
    """Refuses outputs of which the loss would take the logarithm of 0 or less."""
    loss, last = draft.values["loss"], layers[-1].activation
    outputs = LOSSES[loss].outputs if loss else None
    if outputs is None or _keeps_to(last, outputs):
        return
    low, high = outputs
    wanted = f"between {low:g} and {high:g}" if isfinite(high) else f"above {low:g}"
    fitting = ", ".join(sorted(word for word in ACTIVATIONS if _keeps_to(word, outputs)))
    draft.at(
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


def _frozen_exist(draft: Draft) -> None:
    depth, bias = len(draft.network.get("layers") or ()), draft.network.get("bias")
    layers = draft.network.get("layers") or ()
    known = [
        f"{letter}{k}"
        for letter in PARAMETERS
        for k, layer in enumerate(layers, start=1)
        if layer and letter in LAYER_KINDS[layer.get("kind") or "dense"].parameters
        if letter != "b" or bias != "none"
    ]
    for index, name in enumerate(draft.network.get("frozen") or ()):
        if depth and bias and name is not None and name not in known:
            found = f"this network has no parameter {quoted(name)}"
            draft.at(("network", "frozen", index), found, nearest_of(name, known))


def _memory_fits(draft: Draft, widths: tuple[int, ...], observations: int) -> bool:
    needed = bytes_needed(draft.values, widths, observations)
    if needed <= MOST_BYTES:
        return True
    widest = max(range(1, len(widths)), key=lambda k: widths[k])
    draft.at(
        ("network", "layers", widest - 1, "units"),
        f"this network would need {in_bytes(needed)} of memory; {in_bytes(MOST_BYTES)} is the most",
        f"layer {widest} has {counted(widths[widest], 'unit')}: give it fewer",
    )
    return False
