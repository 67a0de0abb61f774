"""Finds what looks like a parameter and is never updated."""

from __future__ import annotations

import numpy as np

from chainstep.scenarios.programs.seeing.values import Value


def never_updated(values: list[Value], start: int, known: set[int]) -> list[Value]:
    """What looks like a parameter and is never updated: made at random, or added to each row."""
    found: dict[int, Value] = {}
    data: set[int] = set()
    for value in values:
        if value.op not in {"dot", "matmul", "add"} or len(value.parts) != 2:
            continue
        for part, other in (value.parts, value.parts[::-1]):
            base = _base(part)
            if value.op != "add" and _base(other).index in known:
                data.add(base.index)  # what is multiplied with weights are the data
                continue
            if (
                base.index > start
                or base.index in known
                or np.asarray(base.value).dtype.kind != "f"
            ):
                continue
            if value.op == "add":
                wide = np.size(base.value) < np.size(other.value) and np.ndim(base.value) >= 1
                if (
                    wide
                    and base.op in {"zeros", "random", "ones", "zeros_like"}
                    and not (other.index <= start)
                ):
                    found[base.index] = base
            elif np.ndim(base.value) == 2 and _is_random(base):
                found[base.index] = base
    return [value for index, value in found.items() if index not in data][:20]


def _base(value: Value) -> Value:
    while value.op in {"part", "transpose", "copy", "reshape", "item"} and value.parts:
        value = value.parts[0]
    return value


def _is_random(value: Value) -> bool:
    """Whether a matrix was drawn and scaled, as weights are."""
    for _ in range(4):
        if value.op == "random":
            return len(value.names) == 0 or _weight_name(value)
        if value.op not in {"multiply", "divide", "subtract", "add", "astype", "copy"}:
            return False
        parts = [p for p in value.parts if np.size(p.value) > 1]
        if len(parts) != 1:
            return False
        value = parts[0]
    return False


def _weight_name(value: Value) -> bool:
    return np.size(value.value) < 2000
