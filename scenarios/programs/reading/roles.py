"""Says which value is which quantity of a network: W1, z1, a1 …, and the program's own names."""

from __future__ import annotations

from dataclasses import dataclass, field

from chainstep.scenarios.programs.reading.layers import (
    Layer,
    activation_of,
    first_is,
    kind_of,
    weight_products,
    with_bias,
)
from chainstep.scenarios.programs.reading.reading import Reading
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Value


@dataclass
class Roles:
    """The layers, and the quantity that each value is, by its index.

    ``every`` has a layer, with its number, for each observation that goes through by itself.
    """

    layers: list[Layer] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    every: list[tuple[int, Layer]] = field(default_factory=list)

    def layer_of(self, value: Value) -> Layer | None:
        """The layer whose pre-activation or activation this is."""
        return next((one for one in self.layers if value in (one.z, one.a, one.product)), None)


def roles_of(trace: Trace, reading: Reading) -> Roles:
    """The layers of the forward phase, as far as it is a chain of products and activations."""
    found = Roles()
    products = weight_products(reading)
    biases = {u.old.index: u.old for u in reading.iteration.updates if u.chain in reading.learned}
    counts = dict.fromkeys(biases, 0)
    for number, (weights, product) in enumerate(products):
        z, bias = with_bias(reading, product, biases)
        later = [p for _, p in products[number + 1 :]]
        a = activation_of(reading, z, later)
        kind = kind_of(z, a)
        columns = product.arguments[0] is not None and first_is(product, weights)
        found.layers.append(Layer(weights, bias, product, z, a, kind, columns))
        counts[weights.index] = counts.get(weights.index, 0) + 1
    twice = {index for index, n in counts.items() if n > 1}
    number = 0
    for layer in found.layers:
        if layer.weights.index in twice:  # one observation at a time in one round of updates
            continue
        number += 1
        _name(found, layer, number)
    found.every = list(enumerate(found.layers, 1))
    if twice:
        found = _shared(found)
    for update in reading.iteration.updates:
        named = update.new if update.new.names else update.old
        found.names.setdefault(update.old.index, own_name(trace, named))
    return found


def _shared(found: Roles) -> Roles:
    """The layers where the same weights are used for one observation after the other."""
    order: dict[int, int] = {}
    kept: list[Layer] = []
    for layer in found.layers:
        if layer.weights.index not in order:
            order[layer.weights.index] = len(order) + 1
            kept.append(layer)
        _name(found, layer, order[layer.weights.index])
    every = [(order[layer.weights.index], layer) for layer in found.layers]
    return Roles(kept, found.names, every)


def _name(found: Roles, layer: Layer, number: int) -> None:
    names = found.names
    names.setdefault(layer.weights.index, f"W{number}")
    if layer.bias is not None:
        names.setdefault(layer.bias.index, f"b{number}")
    if layer.a is layer.z and layer.activation == "identity":
        names.setdefault(layer.a.index, f"z{number}")
    else:
        names.setdefault(layer.a.index, f"a{number}")
        names.setdefault(layer.z.index, f"z{number}")
    names.setdefault(layer.product.index, f"z{number}")


def own_name(trace: Trace, value: Value, before: int | None = None) -> str:
    """What the program calls a value: the last name that it gave it, or the expression."""
    names = [p for p, time in value.names if before is None or time <= before] or [
        p for p, _ in value.names
    ]
    if names:
        return trace.places[names[-1]].code
    if 0 <= value.place < len(trace.places):
        return trace.places[value.place].code
    return "a number"
