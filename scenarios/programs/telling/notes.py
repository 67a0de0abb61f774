"""What is worth saying of a program that is right: why plus, why the transposed activation."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from chainstep.scenarios.programs.judging.findings import Judged, Judgement
from chainstep.scenarios.programs.reading.layers import Layer, inputs_of
from chainstep.scenarios.programs.reading.roles import own_name
from chainstep.scenarios.programs.seeing.values import Value

_GRADIENT_NAME = re.compile(
    r"^(d|grad|g|nabla|delta)_?(c|l|j|e|loss|cost)?_?(d_?)?(w|weight|theta)", re.IGNORECASE
)


def notes_of(judgement: Judgement) -> Iterator[str]:
    """The sentences for a program in which nothing is wrong."""
    if judgement.findings or not judgement.iterations:
        return
    judged = judgement.iterations[0]
    if not any(one.reading.cost.own for one in judgement.iterations):
        yield (
            "No cost was seen in what was watched: which one it is was found from the gradients, "
            "and the program may mean another."
        )
    named = _misnamed(judgement, judged)
    if named is not None:
        yield named
    plus = _plus(judgement, judged)
    if plus is not None:
        yield plus


def _layer_of(judged: Judged, value: Value) -> tuple[int, Layer] | None:
    truths = judged.reading.derivatives.by
    for match in judged.errors.right(value):
        for number, layer in enumerate(judged.roles.layers, 1):
            theirs = truths.get(layer.z.index)
            if theirs is not None and match.of in (layer.z, layer.product):
                return number, layer
    return None


def _misnamed(judgement: Judgement, judged: Judged) -> str | None:
    """A delta that is called a derivative by the weights: what is missing, and where."""
    for index in sorted(judged.reading.path):
        value = judgement.trace.values[index]
        found = _layer_of(judged, value) if value.names else None
        name = own_name(judgement.trace, value)
        if found is None or not _GRADIENT_NAME.search(name):
            continue
        number, layer = found
        sign = "−" if judged.errors.right(value)[0].factor < 0 else ""
        before = inputs_of(layer)
        if before is None:
            return None
        inputs, weights = (
            own_name(judgement.trace, before),
            own_name(judgement.trace, layer.weights),
        )
        turned = f"{inputs}.T" if inputs.isidentifier() else f"({inputs}).T"
        count = (
            np.shape(layer.z.value)[1 if layer.columns else 0] if np.ndim(layer.z.value) == 2 else 1
        )
        return (
            f"`{name}` is {sign}delta{number}, the derivative by what stands before the "
            f"activation, not yet the one by `{weights}`: `{turned}` is the factor "
            f"∂z{number}/∂W{number} that is missing, and the product with it sums over the {count} "
            "observations."
        )
    return None


def _plus(judgement: Judgement, judged: Judged) -> str | None:
    """Why `+`: the error carries the minus of gradient descent already."""
    events = [e for u in judged.reading.iteration.updates for e in u.events]
    if not events or any(e.op != "add" for e in events) or judged.reading.rules:
        return None
    for index in sorted(judged.reading.path):
        value = judgement.trace.values[index]
        right = judged.errors.right(value)
        if value.op == "subtract" and right and right[0].factor < 0:
            code = judgement.trace.places[value.place].code
            return (
                f"Plus is right here: `{code}` has the sign of −dC/da, so that every gradient made "
                "of it has a minus inside, and adding it goes down the cost."
            )
    return None
