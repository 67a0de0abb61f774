"""Gives a derivative to the values it belongs to, summed where numpy repeated them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from chainstep.scenarios.programs.seeing.values import Array, Value


class NoRule(Exception):
    """A function that cannot be differentiated here; its name is the message."""


Pull = list[tuple[Value, Any]]


def values_in(thing: Any) -> Iterable[Value]:
    """The values in an argument, lists and tuples walked through."""
    if isinstance(thing, Value):
        yield thing
    elif isinstance(thing, list | tuple):
        for one in thing:
            yield from values_in(one)


def spread(thing: Any, given: Array) -> Pull:
    """A derivative by a list of values, to each of them."""
    if isinstance(thing, Value):
        return [(thing, fitted(given, np.shape(thing.value)))]
    if isinstance(thing, list | tuple):
        return [pair for one, g in zip(thing, given, strict=True) for pair in spread(one, g)]
    return []


def fitted(given: Any, shape: tuple[int, ...]) -> Any:
    """A derivative, summed over the axes along which numpy repeated the value."""
    given = np.asarray(given)
    if given.shape == shape:
        return given
    while given.ndim > len(shape):
        given = given.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1 and given.shape[axis] != 1:
            given = given.sum(axis=axis, keepdims=True)
    return given.reshape(shape) if given.size == math.prod(shape) else np.broadcast_to(given, shape)
