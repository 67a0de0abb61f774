"""A program in memory: one flat array, the calls of its steps, and the ways to run it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from chainstep.core.engine.binding import Call, Views, bind
from chainstep.core.engine.feeding import Feeding
from chainstep.core.engine.layout import Layout
from chainstep.core.engine.lowering import lower
from chainstep.core.program import Program, Step
from chainstep.core.quantities import InputError
from chainstep.core.setup import Array

if TYPE_CHECKING:
    from chainstep.core.engine.compiling import Kernel
    from chainstep.core.engine.watching import Watch

Backend = Literal["numpy", "numba"]


class Machine:
    """One program laid out and bound, by the backend of a run.

    ``carried`` is what an iteration begins with, ``fresh`` what it leaves to the next, both
    parts of the flat array; ``stepped`` are the calls of each step.
    """

    def __init__(self, program: Program, backend: Backend) -> None:
        self.program = program
        self.layout = Layout(program)
        self._lowered = [lower(self.layout, step) for step in program.steps]
        self._kernel = _compiled(self.layout) if backend == "numba" else None
        with np.errstate(all="ignore"):  # numbers too large for the arithmetic become infinite
            self.flat = self.layout.new_array()
            self._views = Views(self.flat)
            self.stepped = [self.calls(step, self._views) for step in program.steps]
            self.feeding = Feeding(self.layout, self.flat)
        self.carried = self.flat[: self.layout.carried_size]
        self.fresh = self.flat[self.layout.carried_size : 2 * self.layout.carried_size]

    def calls(self, step: Step, views: Views) -> tuple[Call, ...]:
        """A step as calls on a flat array."""
        if self._kernel is not None:
            return ((self._kernel.step, (views.flat, step.number)),)
        ordered = self.program.products == "ordered"
        parts = self._lowered[step.number - 1]
        return tuple(bind(part, views, ordered=ordered) for part in parts)

    @cached_property
    def unwatched(self) -> Watch:
        """The way to run that leaves nothing to be looked at, made when first asked for."""
        with np.errstate(all="ignore"):
            return self.watch(())

    def view(self, name: str) -> Array:
        """The numbers of a quantity where they lie."""
        return self.layout.view(self.flat, name)

    def watch(self, names: Collection[str], into: Mapping[str, Array] | None = None) -> Watch:
        """A way to run that leaves these quantities to be looked at after every iteration.

        They are copied ``into`` arrays, the first rows of them, where those are given.
        Raises: InputError where one is laid out only to be shown, a softmax's Jacobian;
        KeyError where there is none such.
        """
        for name in names:
            if name in self.program.quantities and name not in self.layout.places:
                raise InputError(f"{name} is laid out only to be shown; a run does without it")
        from chainstep.core.engine.watching import copied, watch  # stepping does without

        way = watch(self._views, self.layout, names, self._kernel)
        return way if into is None else copied(way, into)


def _compiled(layout: Layout) -> Kernel:
    from chainstep.core.engine.compiling import compiled  # few runs are worth compiling

    return compiled(layout)
