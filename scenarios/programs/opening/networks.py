"""Writes the scenario of a watched program, where it is a chain of layers."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.quantities import InputError
from chainstep.core.text.harmless import plain_name
from chainstep.scenarios.programs.judging.findings import Judged, Judgement
from chainstep.scenarios.programs.judging.judging import judge
from chainstep.scenarios.programs.reading.layers import Layer, inputs_of
from chainstep.scenarios.programs.reading.losses import LOSSES
from chainstep.scenarios.programs.reading.reading import Reading
from chainstep.scenarios.programs.seeing.running import run
from chainstep.scenarios.programs.seeing.values import Array, Value
from chainstep.scenarios.programs.sources import Source, read_source
from chainstep.scenarios.programs.telling.answering import answer_of
from chainstep.scenarios.programs.telling.answers import Answer, Line
from chainstep.scenarios.scenario import Scenario

#: Decimals of the numbers that are written: enough for any of float64 to read back.
DIGITS = 17


def recipe_of(name: str, arguments: Sequence[str] = (), iterations: int = 3) -> dict[str, Any]:
    """Runs a program, and gives its network as the plain data of a scenario.

    Raises: InputError where it cannot be run, or is no chain of layers of the engine's kinds.
    """
    source = read_source(name)
    with redirect_stdout(sys.stderr):  # standard output is for the answer
        judgement = judge(run(source, arguments, iterations), iterations)
    answer = answer_of(source, judgement)
    if answer.crash is not None:
        raise InputError(f"{source.shown} raises {answer.crash.error} in line {answer.crash.place}")
    if not judgement.iterations:
        raise InputError(
            f"{source.shown}: no update of a parameter was seen, so there is no network"
        )
    try:
        return network_of(source, judgement, answer)
    except _Otherwise as reason:
        raise InputError(
            f"{source.shown} is no network that a scenario can say: {reason}\n"
            f"`chainstep open {name}` steps through its own lines"
        ) from None


class _Otherwise(Exception):
    """What a scenario has no words for."""


def network_of(source: Source, judgement: Judgement, answer: Answer) -> dict[str, Any]:
    """The plain data of the scenario, with the program's lines as notes."""
    judged = judgement.iterations[0]
    layers = judged.roles.layers
    _fits(judged, layers)
    columns = layers[0].columns
    inputs, targets = _data(judged, layers[0], columns=columns)
    loss, scale = _loss(judged.reading)
    data: dict[str, Any] = {
        "title": f"{source.shown}: {answer.network}",
        "story": f"The network of {source.shown}, found by running it.",
        "data": {"inputs": _rows(inputs), "targets": _rows(targets)},
        "network": _network(judged, layers, columns=columns),
        "loss": loss,
        "update": {"rule": "gradient-descent", "learning_rate": _rate(judged, scale)},
    }
    notes = list(_notes(answer, layers))
    return {**data, **({"notes": notes} if notes else {})}


def _fits(judged: Judged, layers: list[Layer]) -> None:
    reading = judged.reading
    if not layers:
        raise _Otherwise("no chain of matrix products was found in it")
    if len({layer.weights.index for layer in layers}) != len(layers):
        raise _Otherwise("its weights are used more than once in an update")
    for layer in layers:
        if layer.activation not in ACTIVATIONS:
            raise _Otherwise("one of its layers has an activation of its own")
        if np.ndim(layer.z.value) != 2 or np.ndim(layer.weights.value) != 2:
            raise _Otherwise("it takes one observation at a time, as a row without a column")
        if layer.bias is None and layer.product is not layer.z:
            raise _Otherwise("something is added in a layer that is no bias")
    used = {layer.weights.index for layer in layers} | {
        layer.bias.index for layer in layers if layer.bias is not None
    }
    others = [
        u for u in reading.iteration.updates
        if u.chain in reading.learned and u.old.index not in used
    ]  # fmt: skip
    if others:
        raise _Otherwise("it learns more than weights and biases")
    if reading.rules:
        raise _Otherwise("its update rule has a memory: write it into `update` by hand")


def _turned(value: Any, *, columns: bool) -> Array:
    array = np.asarray(value, dtype=float)
    return array.T if columns else array


def _data(judged: Judged, first: Layer, *, columns: bool) -> tuple[Array, Array]:
    inputs = inputs_of(first)
    if inputs is None or judged.reading.iteration.depends(inputs):
        raise _Otherwise("its inputs were not found")
    if not judged.reading.cost.pairs:
        raise _Otherwise("no target was found that its outputs are compared with")
    output, target = judged.reading.cost.pairs[-1]
    given = np.asarray(inputs.value, dtype=float)
    rows = _turned(given, columns=columns)
    size = np.shape(first.weights.value)
    if rows.ndim != 2 or rows.shape[1] != size[1 if columns else 0]:
        raise _Otherwise("its bias stands among its weights")
    wanted = _wanted(output, target)
    return rows, _turned(wanted, columns=columns)


def _wanted(output: Value, target: Any) -> Array:
    """The targets as an array like the outputs; class labels as rows with one 1."""
    shape = np.shape(output.value)
    if isinstance(target, tuple):
        made = np.zeros(shape)
        made[target] = 1.0
        return made
    array = np.asarray(target, dtype=float)
    try:
        return np.array(
            np.broadcast_to(array if array.shape == shape else array.reshape(shape), shape)
        )
    except ValueError:
        raise _Otherwise("its targets have not the shape of its outputs") from None


def _network(judged: Judged, layers: list[Layer], *, columns: bool) -> dict[str, Any]:
    biases = [layer.bias for layer in layers]
    if any(b is None for b in biases) and any(b is not None for b in biases):
        raise _Otherwise("some of its layers have a bias, and others have none")
    made: dict[str, Any] = {
        "bias": "separate" if biases[0] is not None else "none",
        "layers": [{"units": one.units, "activation": one.activation} for one in layers],
        "weights": [_rows(_turned(one.weights.value, columns=columns)) for one in layers],
    }
    if biases[0] is not None:
        for layer, bias in zip(layers, biases, strict=True):
            if bias is None or np.size(bias.value) != layer.units:
                raise _Otherwise("one of its biases has not a number for each unit")
        made["biases"] = [_numbers(np.ravel(np.asarray(b.value))) for b in biases if b is not None]
    kept = [
        f"b{number}" for number, bias in enumerate(biases, 1)
        if bias is not None and not _learns(judged, bias)
    ]  # fmt: skip
    return {**made, **({"frozen": kept} if kept else {})}


def _learns(judged: Judged, value: Value) -> bool:
    updates = judged.reading.iteration.updates
    return any(u.old is value and u.events for u in updates)


def _loss(reading: Reading) -> tuple[str, float]:
    """The engine's loss, summed, and how much of it the program's cost is."""
    if not reading.cost.own:
        if reading.cost.kind not in {"half-squared-error", "binary-cross-entropy", "cross-entropy"}:
            raise _Otherwise("its cost is none of the engine's")
        return reading.cost.kind, 1.0
    for output, target in reading.cost.pairs[-1:]:
        truth = np.asarray(reading.derivatives.by[output.index], dtype=float)
        wanted = _wanted(output, target)
        for kind in ("half-squared-error", "binary-cross-entropy", "cross-entropy"):
            with np.errstate(all="ignore"):
                seed = LOSSES[kind](np.asarray(output.value, dtype=float), wanted)
            size = float(np.sum(seed * seed))
            if not np.isfinite(size) or not size:
                continue
            factor = float(np.sum(truth * seed)) / size
            if np.linalg.norm(truth - factor * seed) <= 1e-5 * np.linalg.norm(truth):
                return kind, factor
    raise _Otherwise("its cost is none of the engine's")


def _rate(judged: Judged, scale: float) -> float:
    factors = [abs(m.factor) for m in judged.reading.updates.values() if m is not None and m.factor]
    if not factors:
        raise _Otherwise("its learning rate was not found")
    usual = max(set(factors), key=lambda f: sum(abs(f - g) <= 1e-6 * f for g in factors))
    return float(f"{usual * scale:.12g}")


def _notes(answer: Answer, layers: list[Layer]) -> Iterator[dict[str, Any]]:
    """What the program's lines are, at the engine's quantities."""
    known = {f"{kind}{n}" for n in range(1, len(layers) + 1) for kind in ("z", "a", "delta")}
    known |= {f"dC/d{kind}{n}" for n in range(1, len(layers) + 1) for kind in ("a", "W", "b")}
    for line in answer.lines:
        name = line.quantity.lstrip("−")
        if name in known and not (name.startswith("dC/db") and layers[0].bias is None):
            yield {"at": {"quantity": name}, "text": _said(line)}


def _said(line: Line) -> str:
    note = f", {line.note}" if line.note else ""
    return f"line {line.place}, {line.code}: {line.verdict.lower()}{note}"


def _rows(array: Array) -> list[list[float]]:
    return [_numbers(row) for row in np.atleast_2d(array)]


def _numbers(row: Array) -> list[float]:
    return [int(n) if float(n).is_integer() else float(n) for n in row]


def scenario_of(name: str, overrides: dict[str, Any]) -> Scenario:
    """The scenario of a program, with changes, ready for the engine."""
    from chainstep.scenarios.loading import build

    return build(recipe_of(name), plain_name(Path(name).name), None, overrides)
