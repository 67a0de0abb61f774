"""Mistakes that show in the shape: arrays that the network has no room for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainstep.core.check.mistakes import MISTAKES
from chainstep.core.check.mistakes_made import Way
from chainstep.core.check.right_numbers import Truth
from chainstep.core.check.rule_changes import Bound, Where
from chainstep.core.check.verdicts import Marked
from chainstep.core.expression_parts import evaluate
from chainstep.core.expressions import Expression
from chainstep.core.network import build
from chainstep.core.quantities import ShapeError
from chainstep.core.roles import name_of
from chainstep.core.rules import RULES, Rule, Rules, bound, parameters
from chainstep.core.setup import Setup

#: The role of the quantity that each rule gives, for the rules that odd ways change.
_ROLES = {
    "bias_gradient": "dC/db",
    "factor_below": "dz/da",
    "output_error": "dC/da",
    "delta": "delta",
}


def odd_mistakes(first: Marked, marked: list[Marked], truth: Truth) -> tuple[str, ...]:
    """The mistakes that give numbers of another shape than the quantity has."""
    iteration = first.given.iteration
    values = _own_values(truth, marked, iteration)
    found = []
    for name, quantity, value in _arrays(truth, values):
        if _named(first, quantity, truth.setup) and _same(value, first):
            found.append(name)
    return tuple(dict.fromkeys(found))


def _own_values(truth: Truth, marked: list[Marked], iteration: int) -> dict[str, Any]:
    """The right numbers, with the author's own where they were given whole."""
    values: dict[str, Any] = {
        name: np.asarray(value, dtype=np.float64) for name, value in truth.values(iteration).items()
    }
    for one in marked:
        if one.given.iteration == iteration and not one.given.odd and one.given.here.all():
            values[one.given.quantity] = one.given.values
    return values


def _arrays(truth: Truth, values: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """What each odd way makes of which quantity; and gradients that are not square, turned."""
    for k in range(1, len(truth.setup.layers) + 1):
        gradient = values[f"dC/dW{k}"]
        yield "gradient-transposed", f"dC/dW{k}", gradient.T
        yield "gradient-transposed", f"dC/dW{k}", gradient[1:].T
    setup, values = _biases_apart(truth.setup, values)
    for mistake in MISTAKES.values():
        for way in mistake.ways:
            if way.odd:
                for quantity, expression in _expressions(way, setup):
                    with np.errstate(all="ignore"):
                        yield mistake.name, quantity, np.asarray(evaluate(expression, values))


def _biases_apart(setup: Setup, values: Mapping[str, Any]) -> tuple[Setup, dict[str, Any]]:
    """The same network with the biases of a row in arrays of their own."""
    found = dict(values)
    if setup.bias != "row":
        return setup, found
    for k in range(1, len(setup.layers) + 1):
        found[f"W{k}"], found[f"b{k}"] = values[f"W{k}"][1:], values[f"W{k}"][:1]
    apart = setup._replace(
        bias="separate",
        weights=tuple(w[1:] for w in setup.weights),
        biases=tuple(w[:1] for w in setup.weights),
        frozen=frozenset(),
    )
    return apart, found


def _expressions(way: Way, setup: Setup) -> list[tuple[str, Expression]]:
    """What an odd way's rules give, layer by layer, while the program goes on by the right ones."""
    seen: list[tuple[str, Expression]] = []
    depth = len(setup.layers)

    def rules_of(layer: int) -> Rules:
        watched: dict[str, Any] = {}
        for field, alteration in way.changes.items():
            right = getattr(RULES, field)
            wrong = alteration(right, Where(layer, depth))
            if wrong is not right:
                watched[field] = _watched(right, wrong, name_of(_ROLES[field], layer), seen)
        return RULES._replace(**watched)

    build(setup, rules_of)
    return seen


def _watched(right: Rule, wrong: Rule, name: str, seen: list[tuple[str, Expression]]) -> Rule:
    names = tuple(dict.fromkeys((*parameters(right), *parameters(wrong))))

    def call(roles: dict[str, Any]) -> Any:
        with suppress(ShapeError):  # nobody could make it there
            seen.append((name, bound(wrong, roles)))
        return bound(right, roles)

    return Bound(names, call)


def _named(first: Marked, quantity: str, setup: Setup) -> bool:
    """Whether the array is one of the quantity that was given."""
    if first.given.quantity == quantity:
        return True
    of_bias = setup.bias == "row" and "b" in first.given.name
    return of_bias and first.given.quantity == quantity.replace("/db", "/dW")


def _same(value: NDArray[np.float64], first: Marked) -> bool:
    """Whether the numbers are these, standing or lying."""
    given = first.given
    found = given.values
    if value.size != found.size or sorted(value.shape) != sorted(n for n in found.shape):
        flat = value.ndim == 2 and 1 in value.shape and found.ndim == 1
        if not (flat and value.size == found.size):
            return False
    for turned in (value, value.T):
        shaped = turned.reshape(found.shape) if turned.size == found.size else turned
        if found.ndim == 2 and turned.shape != found.shape:
            continue
        room = 4 * given.half + 1e-6 * np.max(np.abs(shaped), initial=0.0)
        with np.errstate(all="ignore"):
            if bool((np.abs(shaped - found) <= room)[given.here].all()):
                return True
    return False
