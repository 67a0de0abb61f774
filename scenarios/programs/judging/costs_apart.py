"""Finds that a program computes one cost and goes along the gradient of another."""

from __future__ import annotations

import numpy as np

from chainstep.scenarios.programs.judging.findings import Finding, Judged, derivative_name
from chainstep.scenarios.programs.mistakes.scene import Slip
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Value

_FAMILY = {
    "half-squared-error": "squared error",
    "binary-cross-entropy": "binary cross-entropy",
    "cross-entropy": "cross-entropy",
    "absolute-error": "absolute error",
}


def disagreement(trace: Trace, judged: Judged) -> list[Finding]:
    """The program computes one of the usual costs, and goes along the gradient of another."""
    choice = judged.choice
    if choice is None or choice.other is None or not choice.reading.explained:
        return []
    followed = _FAMILY[choice.reading.cost.kind]
    if choice.other_kind == "own":
        line = trace.places[choice.other.place].line
        name, squares = "another-loss", True
        says = (
            f"the program computes a cost in line {line}, and goes along the gradient of the "
            f"{followed}"
        )
        mend = f"take the derivative of the cost in line {line} by the outputs"
    else:
        own = _FAMILY[choice.other_kind]
        squares = choice.other_kind == "half-squared-error"
        if not squares and choice.reading.cost.kind != "half-squared-error":
            return []
        name = "missing-output-slope" if squares else "extra-output-slope"
        says = f"the program computes the {own}, and goes along the gradient of the {followed}"
        mend = (
            "multiply the difference of output and target by the slope of the output"
            if squares
            else "leave the slope of the output out: a − t has it already with this cost"
        )
    place, value = _output_error(trace, judged, slope=not squares)
    right = judged.errors.right(value)
    quantity = derivative_name(trace, judged.roles, right[0].of) if right else "delta"
    return [
        Finding(
            Slip(name, says, mend),
            place,
            quantity,
            judged.reading.iteration.number,
            value.value,
            None,
            value,
        )
    ]


def softmax_across(judged: Judged) -> list[Finding]:
    """A softmax whose outputs add up to 1 over the observations, not over the units."""
    for value in judged.reading.iteration.values:
        if value.index not in judged.reading.forward or value.op.removesuffix("=") != "divide":
            continue
        above, below = value.arguments[:2]
        if not (isinstance(above, Value) and isinstance(below, Value) and above.op == "exp"):
            continue
        layer = judged.roles.layers[-1] if judged.roles.layers else None
        if layer is None or np.ndim(value.value) != 2 or not _is_sum_of(below, above):
            continue
        units, rows = (0, 1) if layer.columns else (1, 0)
        shape, ones = np.shape(value.value), np.asarray(value.value, dtype=float)
        if shape[units] != layer.units or min(shape) < 2:
            continue
        if shape[rows] > 1 and abs(float(ones.sum()) - 1) < 1e-9:
            slip = Slip(
                "softmax-wrong-axis",
                "the softmax adds up to 1 over everything: over the units and the observations",
                f"sum along axis={units} alone, with keepdims=True",
            )
            made = np.asarray(above.value, dtype=float)
            made = made / made.sum(axis=units, keepdims=True)
            number = judged.reading.iteration.number
            quantity = f"a{len(judged.roles.layers)}"
            return [Finding(slip, value.place, quantity, number, value.value, made, value)]
        if np.allclose(ones.sum(axis=rows), 1) and not np.allclose(ones.sum(axis=units), 1):
            where = ("row", "column")[layer.columns]
            slip = Slip(
                "softmax-wrong-axis",
                "the softmax adds up over the observations, not over the units",
                f"sum along axis={units}, so that each {where} adds up to 1",
            )
            number = judged.reading.iteration.number
            quantity = f"a{len(judged.roles.layers)}"
            made = np.asarray(above.value, dtype=float)
            made = made / made.sum(axis=units, keepdims=True)
            return [Finding(slip, value.place, quantity, number, value.value, made, value)]
    return []


def _is_sum_of(value: Value, part: Value) -> bool:
    return value.op == "sum" and bool(value.parts) and value.parts[0] is part


def _output_error(trace: Trace, judged: Judged, *, slope: bool) -> tuple[int, Value]:
    """The line of delta of the outputs: the last where dC/dz of the outputs is made."""
    layers = judged.roles.layers
    last = layers[-1].z.index if layers else -1
    outputs = {v.index for v, _ in judged.reading.cost.pairs}
    right = [
        (trace.values[i], m)
        for i in sorted(judged.reading.path)
        for m in judged.errors.right(trace.values[i])
        if m.of.index == last or m.of.index in outputs or not layers
    ]
    deltas = [v for v, m in right if m.of.index == last or not layers]
    choice = judged.choice
    if not slope and choice is not None and choice.other is not None:
        cost = judged.reading.iteration.ancestors([v for v, _ in choice.other.seeds])
        deltas = [v for v in deltas if v.index not in cost] or deltas
        used = [
            c.index
            for v in deltas
            for c in judged.reading.iteration.consumers.get(v.index, ())
            if c.op in {"dot", "matmul", "einsum", "outer", "sum"}
        ]
        if used:
            last_of = [v for v in deltas if v.index < min(used)]
            return last_of[-1].place, last_of[-1]
    if slope and deltas:
        return deltas[0].place, deltas[0]
    if deltas:
        truth = judged.reading.derivatives.by.get(last)
        first = deltas[0]
        same = [
            v
            for v in deltas
            if truth is None or trace.places[v.place].line == trace.places[first.place].line
        ]
        return same[-1].place, same[-1]
    value = right[0][0] if right else trace.values[min(judged.reading.path)]
    return value.place, value
