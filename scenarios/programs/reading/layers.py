"""Finds the layers of a forward phase: products with weights, biases, activations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainstep.core.activations import ACTIVATIONS
from chainstep.scenarios.programs.deriving.operations import MOVES
from chainstep.scenarios.programs.reading.reading import Reading
from chainstep.scenarios.programs.seeing.values import Array, Value

_PRODUCTS = {"dot", "matmul", "einsum", "inner", "tensordot"}


_SUMS = {"add", "subtract"}


@dataclass(frozen=True)
class Layer:
    """One layer of the network, in values of one iteration; ``weights`` is how they stood."""

    weights: Value
    bias: Value | None
    product: Value
    z: Value
    a: Value
    activation: str
    columns: bool

    @property
    def units(self) -> int:
        shape = np.shape(self.weights.value)
        if len(shape) < 2:
            return int(np.size(self.z.value)) if self.columns else 1
        return int(shape[0] if self.columns else shape[1])


def inputs_of(layer: Layer) -> Value | None:
    """What the weights of a layer are multiplied with."""
    for part in layer.product.parts:
        base = part
        while base is not layer.weights and base.op in MOVES and len(base.parts) == 1:
            base = base.parts[0]
        if base is not layer.weights:
            return part
    return None


def weight_products(reading: Reading) -> list[tuple[Value, Value]]:
    """Each matrix that is learned, with the product of the forward phase that it is in."""
    iteration = reading.iteration
    made: list[tuple[Value, Value]] = []
    for update in iteration.updates:
        if update.chain not in reading.learned or np.ndim(update.old.value) not in {1, 2}:
            continue
        stack = [update.old]
        while stack:
            value = stack.pop()
            for consumer in iteration.consumers.get(value.index, ()):
                if consumer.index not in reading.forward:
                    continue
                if consumer.op in _PRODUCTS:
                    made.append((update.old, consumer))
                elif consumer.op in MOVES and np.size(consumer.value) > np.size(value.value) / 2:
                    stack.append(consumer)
    return sorted(made, key=lambda row: row[1].index)


def first_is(product: Value, weights: Value) -> bool:
    """Whether the weights stand first in the product: observations are columns then."""
    first = product.arguments[0]
    while isinstance(first, Value):
        if first is weights:
            return True
        first = first.parts[0] if first.op in MOVES and first.parts else None
    return False


def with_bias(
    reading: Reading, product: Value, biases: dict[int, Value]
) -> tuple[Value, Value | None]:
    """The sum of a product and a bias, where there is one, and that bias."""
    for consumer in reading.iteration.consumers.get(product.index, ()):
        if consumer.op not in _SUMS or consumer.index not in reading.forward:
            continue
        for part in consumer.parts:
            base = part
            while base.op in MOVES and base.parts and base.index not in biases:
                base = base.parts[0]
            if base.index in biases and part is not product:
                return consumer, biases[base.index]
        others = [p for p in consumer.parts if p is not product]
        if (
            others
            and not reading.iteration.depends(others[0])
            and (np.ndim(others[0].value) and others[0].index <= reading.iteration.start)
        ):
            return consumer, others[0]  # a bias that is never updated
    return product, None


def activation_of(reading: Reading, z: Value, later: list[Value]) -> Value:
    """The value that the next layer takes, or the output that is held against the target."""
    iteration = reading.iteration
    stops = {v.index for v, _ in reading.cost.pairs}
    for product in later:
        for part in product.parts:
            base = part
            chain = [base]
            while base.op in MOVES and base.parts and base is not z:
                inner = [p for p in base.parts if iteration.depends(p)]
                if not inner:
                    break
                base = inner[0]
                chain.append(base)
            if z.index in iteration.ancestors([base]):
                own = [v for v in chain if _size(v) == _size(z)]
                return own[0] if own else base
        break
    outputs = [v for v, _ in reading.cost.pairs if z.index in iteration.ancestors([v])]
    if outputs:
        base = outputs[-1]
        while (
            base.op in MOVES and base.parts and base is not z and iteration.depends(base.parts[0])
        ):
            base = base.parts[0]
        return base
    return _follow(reading, z, stops)


def _size(value: Value) -> int:
    return int(np.size(value.value))


def _follow(reading: Reading, z: Value, stops: set[int]) -> Value:
    """The last value of this shape that all of the forward phase goes through, from z on."""
    best = z
    for value in reading.iteration.values:
        if value.index <= z.index or value.index not in reading.forward:
            continue
        if np.shape(value.value) == np.shape(z.value) and z.index in reading.iteration.ancestors(
            [value]
        ):
            if value.index in stops:
                return value
            if kind_of(z, value) not in {"", "identity"}:
                best = value
    return best


def kind_of(z: Value, a: Value) -> str:
    """The activation that makes a of z, by trying those that are known."""
    return kind_of_arrays(np.asarray(z.value, dtype=float), np.asarray(a.value, dtype=float))


def kind_of_arrays(before: Array, after: Array) -> str:
    """The same for arrays."""
    if before.size != after.size or not np.all(np.isfinite(before)):
        return ""
    after = after.reshape(before.shape)
    with np.errstate(all="ignore"):
        for name, activation in ACTIVATIONS.items():
            for turned in (False, True) if name == "softmax" and before.ndim == 2 else (False,):
                made = _made(activation.function, before.T if turned else before)
                made = made.T if turned and made is not None else made
                right = made is not None and np.allclose(made, after, rtol=1e-6, atol=1e-9)
                if right and (name != "softmax" or before.size > 1):
                    return name
    above = before > 0
    if above.any() and not above.all() and np.array_equal(after[above], before[above]):
        return "leaky-relu"
    return ""


def _made(function: object, z: Array) -> Array | None:
    try:
        return np.asarray(function(z if z.ndim == 2 else z.reshape(1, -1))).reshape(z.shape)  # type: ignore[operator]
    except (ValueError, TypeError, FloatingPointError):
        return None
