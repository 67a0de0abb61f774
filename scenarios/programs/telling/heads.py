"""The head of an answer: the network, its cost, and how it is trained."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from chainstep.scenarios.programs.judging.findings import Judged, Judgement
from chainstep.scenarios.programs.reading.layers import inputs_of
from chainstep.scenarios.programs.reading.roles import own_name


def network_text(shown: Judged) -> str:
    """The network: units of each layer, and activations."""
    layers = shown.roles.layers
    if not layers:
        count = sum(int(np.size(u.old.value)) for u in shown.reading.iteration.updates if u.events)
        return f"{count} numbers are learned"
    first = np.shape(layers[0].weights.value)
    inputs = (
        (first[1] if layers[0].columns else first[0]) if len(first) == 2 else int(np.prod(first))
    )
    sizes = "-".join(str(n) for n in (inputs, *(one.units for one in layers)))
    kinds = [one.activation or "its own activation" for one in layers]
    return f"{sizes}, {', '.join(kinds)}"


_NAMES = {
    "half-squared-error": "half squared error",
    "binary-cross-entropy": "binary cross-entropy",
    "cross-entropy": "cross-entropy",
    "absolute-error": "absolute error",
}


def cost_text(judgement: Judgement, shown: Judged) -> str:
    """The cost, and where it stands."""
    cost = shown.reading.cost
    code = judgement.trace.places[cost.place].code
    if cost.own:
        value = cost.seeds[-1][0]
        name, line = own_name(judgement.trace, value), _line(judgement, cost.place)
        return f"the program's cost, {name} (line {line})"
    return f"{_NAMES[cost.kind]} (from {code})"


def _line(judgement: Judgement, place: int) -> int:
    return judgement.trace.places[place].line


def facts_of(shown: Judged) -> Iterator[str]:
    """How the observations stand, and how far an update goes."""
    reading = shown.reading
    if shown.roles.layers:
        layer = shown.roles.layers[0]
        shape = np.shape(layer.z.value)
        if len(shape) == 2:
            count = shape[1] if layer.columns else shape[0]
            plural, axis = "s" if count != 1 else "", "columns" if layer.columns else "rows"
            yield f"{count} observation{plural} as {axis}"
        elif len(shape) <= 1:
            yield _of_vectors(shown)
    factors = {round(abs(m.factor), 12) for m in reading.updates.values() if m is not None}
    if reading.rules:
        yield "updates with a memory"
    elif len(factors) == 1:
        yield f"rate {short_number(factors.pop())}"
    if any(m is not None and m.decay for m in reading.updates.values()):
        yield "weights decay"


def _of_vectors(shown: Judged) -> str:
    """How many observations a vector holds: one for each number, where the inputs are a table."""
    layer = shown.roles.layers[0]
    inputs = inputs_of(layer)
    shape = np.shape(inputs.value) if inputs is not None else ()
    if (
        len(shape) == 2
        and np.ndim(layer.z.value) == 1
        and len(shape) > np.ndim(layer.weights.value)
    ):
        count = int(np.size(layer.z.value))
        return f"{count} observation{'s' if count != 1 else ''} as rows"
    return "one observation at a time"


#: Denominators whose fractions people write as decimals.
_DECIMAL = {1, 2, 4, 5, 8, 10, 20, 25, 40, 50, 100, 200, 500, 1000}


def short_number(number: float) -> str:
    """A number as people write it: 1/30 for 0.0333…."""
    fraction = Fraction(number).limit_denominator(1000)
    near = abs(float(fraction) - number) < 1e-9 * abs(number)
    if fraction.numerator == 1 and near and fraction.denominator not in _DECIMAL:
        return f"1/{fraction.denominator}"
    return f"{number:.6g}"
