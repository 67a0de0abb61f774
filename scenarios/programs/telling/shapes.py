"""Says what the axes of arrays mean: observations, inputs, units; for a program that crashed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chainstep.scenarios.programs.deriving.operations import MOVES
from chainstep.scenarios.programs.reading.roles import own_name
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Failure, Value

if TYPE_CHECKING:
    from chainstep.scenarios.programs.judging.findings import Judgement


Axes = tuple[str, ...]


def explained(judgement: Judgement, failure: Failure) -> tuple[list[str], str, str]:
    """Sentences about the arrays that do not fit, the mistake where it has a name, and the mend."""
    trace = judgement.trace
    given = [a for a in failure.arguments if isinstance(a, Value)]
    text = str(failure.error)
    if "Cannot cast ufunc" in text or "same_kind" in text:
        return _whole_numbers(trace, given)
    axes = axes_of(trace)
    said = [_meaning(trace, axes, value) for value in given if np.ndim(value.value)]
    name, mend = "", ""
    if len(given) == 2 and failure.op.rstrip("=") in {"subtract", "add"}:
        name, more, mend = _update(trace, axes, given)
        said += more
    elif failure.op in {"call", "matmul"} and len(given) == 2:
        mend = _turned(trace, given)
    return said, name, mend


def _whole_numbers(trace: Trace, given: list[Value]) -> tuple[list[str], str, str]:
    whole = [v for v in given if np.asarray(v.value).dtype.kind in "iu" and np.ndim(v.value)]
    if not whole:
        return [], "", ""
    name, kind = own_name(trace, whole[0]), np.asarray(whole[0].value).dtype
    return (
        [(f"`{name}` holds whole numbers ({kind}), and in place it takes no fractions")],
        "integer-weights",
        f"make `{name}` an array of fractions: write 1.0 for 1, or dtype=float",
    )


def _meaning(trace: Trace, axes: dict[int, Axes], value: Value) -> str:
    shape = np.shape(value.value)
    words = axes.get(value.index, ())
    text = f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
    name = own_name(trace, value)
    if len(words) == len(shape) and all(words):
        return f"`{name}` is {text}: {' × '.join(words)}"
    return f"`{name}` is {text}"


def axes_of(trace: Trace) -> dict[int, Axes]:
    """What each axis means: it begins with the data, and goes on through every product."""
    found: dict[int, Axes] = {}
    layer = 0
    for value in trace.values:
        if value.op in {"dot", "matmul"} and len(value.parts) >= 2:
            layer = _product(found, value, layer)
        elif value.op in {"part", "transpose"} and value.parts:
            found[value.index] = found.get(value.parts[0].index, ())[::-1]
        elif value.op in MOVES:
            continue
        else:
            for part in value.parts:
                if np.shape(part.value) == np.shape(value.value) and part.index in found:
                    found[value.index] = found[part.index]
                    break
    return found


def _product(found: dict[int, Axes], value: Value, layer: int) -> int:
    left, right = value.parts[:2]
    if np.ndim(left.value) != 2 or np.ndim(right.value) != 2:
        return layer
    one, other = (_two(found.get(each.index)) for each in (left, right))
    if one is None and other is None and layer == 0:
        rows = np.shape(left.value)[0] != np.shape(right.value)[0]
        leaf_right = _is_drawn(right)
        if leaf_right or (rows and not _is_drawn(left)):
            found[left.index] = one = ("observations", "inputs")
        else:
            found[right.index] = other = ("inputs", "observations")
    if one is not None and other is None and one[0] == "observations":
        layer += 1
        found[right.index] = other = (one[1], f"units of layer {layer}")
    elif other is not None and one is None and other[1] == "observations":
        layer += 1
        found[left.index] = one = (f"units of layer {layer}", other[0])
    if one is not None and other is not None:
        found[value.index] = (one[0], other[1])
    return layer


def _two(words: Axes | None) -> Axes | None:
    """The words of both axes of a matrix; None where a slice or a reshape lost them."""
    return words if words is not None and len(words) == 2 else None


def _is_drawn(value: Value) -> bool:
    for _ in range(5):
        if value.op == "random":
            return True
        if not value.parts:
            return False
        value = value.parts[0]
    return False


def _update(trace: Trace, axes: dict[int, Axes], given: list[Value]) -> tuple[str, list[str], str]:
    """`W - rate * delta`: what is subtracted has a row for each observation, not for each unit."""
    old, by = given
    words = axes.get(by.index, ())
    own = axes.get(old.index, ())
    if words[:1] == ("observations",) and own[:1] and own[:1] != ("observations",):
        before = own[0]
        return (
            "missing-activation",
            [
                (
                    f"this is a delta, a row for each observation, not yet the derivative by "
                    f"`{own_name(trace, old)}`"
                )
            ],
            (
                f"multiply by what `{own_name(trace, old)}` was multiplied with ({before}), "
                "transposed: "
                "the product sums over the observations"
            ),
        )
    return "", [], ""


def _turned(trace: Trace, given: list[Value]) -> str:
    left, right = given
    one, other = np.shape(left.value), np.shape(right.value)
    if len(one) != 2 or len(other) != 2:
        return ""
    names = own_name(trace, left), own_name(trace, right)
    if one[0] == other[0]:
        return f"`{names[0]}.T @ {names[1]}` would fit: ({one[1]}, {one[0]}) · {other}"
    if one[1] == other[1]:
        return f"`{names[0]} @ {names[1]}.T` would fit: {one} · ({other[1]}, {other[0]})"
    if one[0] == other[1]:
        return f"`{names[1]} @ {names[0]}` would fit: {other} · {one}"
    return ""
