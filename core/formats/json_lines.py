"""Records and answers as JSON: an object per line, numbers that read back to the same bits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from chainstep.core.formats.run_document import About
from chainstep.core.program import Program, Step
from chainstep.core.records import Record
from chainstep.core.setup import Array, Layer


def write_records(about: About, records: Iterable[Record]) -> Iterator[str]:
    """A line for what was run and a line per record, in the engine's names."""
    yield json.dumps(head(about), ensure_ascii=False) + "\n"
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    ends: dict[tuple[int, int, bool], tuple[str, str]] = {}
    for record in records:
        short = record.definition.short is not None and record.took_short_way
        key = (id(record.program), record.step, short)  # a smaller batch has its own
        if key not in ends:
            ends[key] = _around_value(record.definition, record.formula, encode)
        start, end = ends[key]
        value = encode(as_list(record.value))
        yield f'{{"iteration": {record.iteration}, {start}"value": {value}, {end}}}\n'


def _around_value(step: Step, formula: str, encode: Callable[[Any], str]) -> tuple[str, str]:
    """What a step's lines say before and after its value, the same in every iteration."""
    before = {
        "step": step.number,
        "phase": step.phase,
        "layer": step.layer,
        "quantity": step.quantity.name,
    }
    after = {
        "axes": [str(axis) for axis in step.quantity.axes],
        "operands": [operand.name for operand in step.operands],
        "formula": formula,
    }
    return f"{encode(before)[1:-1]}, ", encode(after)[1:-1]


def read_records(lines: Iterable[str]) -> dict[tuple[int, str], Array]:
    """The values of a file of JSON lines, in the arithmetic that its header names."""
    rows = (json.loads(line) for line in lines if line.strip())
    arithmetic = next(rows)["arithmetic"]
    return {(row["iteration"], row["quantity"]): _array(row["value"], arithmetic) for row in rows}


def _array(value: Any, arithmetic: str) -> Array:
    """Nested lists as an array; the strings of what is not finite are numbers to Python."""
    return np.array(_numbers(value), dtype=arithmetic)


def _numbers(value: Any) -> Any:
    return [_numbers(part) for part in value] if isinstance(value, list) else float(value)


def write_answer(data: Mapping[str, Any]) -> str:
    """The data of an answer as one line."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n"


def head(about: About) -> dict[str, Any]:
    """What a file says before its records: the network, its data, and what it started from."""
    program, setup = about.program, about.program.network
    found: dict[str, Any] = {
        "scenario": about.name,
        "layers": [_layer(layer) for layer in setup.layers] if setup else [],
        "bias": program.bias,
        "loss": setup.loss if setup else None,
        "reduction": program.reduction,
        "learning_rate": program.settings.get("learning_rate"),
        "arithmetic": program.arithmetic,
        "inputs": _data(program, program.inputs, setup.inputs if setup else None),
        "targets": _data(program, program.targets, setup.targets if setup else None),
        "state": {name: as_list(value) for name, value in about.state.items()},
    }
    if setup is not None and setup.batches is not None:
        found["batches"] = setup.batches._asdict()
    if setup is not None and setup.penalty is not None:
        found["penalty"] = setup.penalty._asdict()
    return found


def _layer(layer: Layer) -> dict[str, Any]:
    """A layer; what it is and what it takes where it is not dense."""
    if layer.kind == "dense":
        return {"units": layer.units, "activation": layer.activation}
    return {"units": layer.units, "kind": layer.kind, **layer.settings}


def _data(program: Program, name: str, given: Array | None) -> Any:
    """All inputs or targets, those of every batch; None where there are none."""
    value = program.starting.get(name) if given is None else given
    return None if value is None else as_list(np.asarray(value, dtype=program.arithmetic))


def as_list(value: Array) -> Any:
    """An array as nested lists of exact numbers; what is not finite as a string."""
    if np.isfinite(value).all():
        return value.tolist()
    return _spelt(value.tolist())


def _spelt(value: Any) -> Any:
    if isinstance(value, list):
        return [_spelt(part) for part in value]
    if value != value:  # noqa: PLR0124 (only what is not a number differs from itself)
        return "NaN"
    return value if abs(value) != float("inf") else "Infinity" if value > 0 else "-Infinity"
