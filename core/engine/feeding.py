"""What follows from the number of an iteration, filled in before it: Adam's t and its powers.

The one place where fed quantities get their values, for a step as for a run. Numbers that are
made of fed numbers and settings alone, 1 − β₂ᵗ, are computed here too: once for all layers, in
double precision, and cast once to the arithmetic of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from chainstep.core.engine.layout import Layout
from chainstep.core.expressions import Apply, Expression, Number, Ref
from chainstep.core.setup import Array


class Feeding:
    """The fed quantities of a program, bound to one flat array of its layout."""

    def __init__(self, layout: Layout, flat: Array) -> None:
        self._arrays: list[tuple[Array, Callable[[int], Any]]] = []
        self._exact: dict[str, Array] = {}
        for quantity, at in layout.program.feeds:
            if quantity.name in layout.places:
                self._arrays.append((layout.view(flat, quantity.name), at))
                if not quantity.shape:
                    self._exact[quantity.name] = np.zeros(())
                    self._arrays.append((self._exact[quantity.name], at))
        self._calls: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        for expression, place in layout.constants.items():
            number = self._number(expression)
            self._calls.append((np.copyto, (place.view(flat), number, "same_kind")))

    def _number(self, expression: Expression) -> Array:
        """A double that the calls so far leave the expression in."""
        match expression:
            case Number(value=value):
                return np.array(value)
            case Ref(quantity=quantity):
                return self._exact[quantity.name]
            case Apply(function=function, args=args):
                operands = [self._number(arg) for arg in args]
                out = np.zeros(())
                self._calls.append((function, (*operands, out)))
                return out
        raise TypeError(f"not made of fed numbers: {expression!r}")

    def fill(self, iteration: int) -> None:
        """Gives every fed quantity its value in an iteration."""
        for array, at in self._arrays:
            array[...] = at(iteration)
        self._settle()

    def take(self, values: Mapping[str, Any]) -> None:
        """Takes other numbers for fed ones, as somebody gives them."""
        for name, number in self._exact.items():
            if name in values:
                number[...] = values[name]
        self._settle()

    def _settle(self) -> None:
        for function, args in self._calls:
            function(*args)
