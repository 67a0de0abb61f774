"""Finds that a program computes one cost and goes along the gradient of another."""

from __future__ import annotations

import numpy as np

from chainstep.scenarios.programs.judging.findings import Finding, Judged, derivative_name
from chainstep.scenarios.programs.mistakes.scene import Slip
from chainstep.scenarios.programs.reading.layers import inputs_of
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


def other_scale(trace: Trace, judged: Judged) -> list[Finding]:
    """All gradients have a factor that the cost does not: of a logarithm's base, or of a count."""
    reading = judged.reading
    if not reading.explained:
        return []
    used = reading.iteration.ancestors([e for u in reading.iteration.updates for e in u.events])
    logs = [
        v
        for v in reading.iteration.values
        if v.op in _BASES and reading.iteration.depends(v) and np.size(v.value) > 1
    ]
    if not reading.cost.own:
        apart = [v for v in logs if v.index not in used and reading.cost.kind.endswith("entropy")]
        return [_of_base(judged, apart[0])] if apart else []
    rows = [
        (trace.values[i], judged.errors.right(trace.values[i])[0])
        for i in sorted(reading.path)
        if judged.errors.right(trace.values[i]) and judged.errors.right(trace.values[i])[0].factor
    ]
    for value, match in rows:
        factor = abs(match.factor)
        for log in logs:
            base = _BASES[log.op]
            if abs(factor / np.log(base) - 1) < 1e-9:
                return [_of_base(judged, log)]
        counts = _counted(judged)
        if counts is None or value.op.removesuffix("=") != "divide":
            continue
        rows_of, columns = counts
        if abs(factor * columns / rows_of - 1) < 1e-9 and rows_of != columns > 1:
            says = (
                f"this is divided by {columns}, and the cost is a mean over {rows_of} observations"
            )
            slip = Slip("wrong-count", says, f"divide by {rows_of}")
            made = np.asarray(value.value, float) / factor
            quantity = derivative_name(trace, judged.roles, match.of)
            number = reading.iteration.number
            return [Finding(slip, value.place, quantity, number, value.value, made, value)]
    return []


def _of_base(judged: Judged, log: Value) -> Finding:
    """A cost with the logarithm of another base than its gradient."""
    says = (
        f"the cost is made with the logarithm of base {_BASES[log.op]}, and the gradient is that "
        "of the natural one"
    )
    slip = Slip("logarithm-base", says, "write np.log")
    return Finding(slip, log.place, "C", judged.reading.iteration.number, None, None, log)


_BASES = {"log10": 10, "log2": 2}


def _counted(judged: Judged) -> tuple[int, int] | None:
    """How many observations the inputs hold, and how many numbers each."""
    layers = judged.roles.layers
    inputs = inputs_of(layers[0]) if layers else None
    shape = np.shape(inputs.value) if inputs is not None else ()
    if len(shape) != 2:
        return None
    first, second = (int(n) for n in shape)
    return (second, first) if layers[0].columns else (first, second)
