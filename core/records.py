"""What a step leaves: a quantity, its value, its operands, its formula, where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from chainstep.core.engine.layout import Layout
from chainstep.core.expression_parts import evaluate
from chainstep.core.expressions import LaidOut
from chainstep.core.in_notebooks import InNotebooks
from chainstep.core.program import Program, Step
from chainstep.core.quantities import Axis, Quantity
from chainstep.core.setup import Array
from chainstep.core.text.formulas import formula


class Frame(Mapping[str, Array]):
    """All quantities of one iteration, by name, as they were when a record was left.

    It reads the engine's own array for as long as that stands in this iteration, and keeps a
    copy of it when the engine moves on (``freeze``), so that what it gives never changes.
    ``done`` is the last step that it knows; what comes later is a KeyError.
    """

    __slots__ = ("__weakref__", "_flat", "_frozen", "_kept", "done", "layout")

    def __init__(self, layout: Layout, flat: Array, done: int) -> None:
        self.layout = layout
        self.done = done
        self._flat = flat
        self._frozen = False
        self._kept: dict[str, Array] = {}

    def freeze(self) -> None:
        """Keeps what the array holds now; called before it changes."""
        if not self._frozen:
            self._flat = self._flat[: self.layout.named_size].copy()
            self._frozen = True

    def __getitem__(self, name: str) -> Array:
        if name not in self:
            raise KeyError(f"{name} is not computed yet: step {self.done} is the last one done")
        if name not in self._kept:
            self._kept[name] = self.read(name)
        return self._kept[name]

    def read(self, name: str) -> Array:
        """The value of a quantity now, a copy that cannot be written to."""
        program = self.layout.program
        quantity = program.quantities[name]
        if name in self.layout.places:
            value = np.array(self.layout.view(self._flat, name), order="C")
        else:
            expression = program.steps[program.numbers[name] - 1].expression
            assert isinstance(expression, LaidOut), f"{name} lies nowhere"
            value = np.array(evaluate(expression, self))
        value = value.reshape(quantity.shape)
        value.flags.writeable = False
        return value

    def __contains__(self, name: object) -> bool:
        program = self.layout.program
        return name in program.quantities and program.numbers.get(str(name), 0) <= self.done

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.layout.program.quantities if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Record(InNotebooks):
    """One step that was done, in one iteration. Nothing in it changes later."""

    __slots__ = ("definition", "frame", "iteration", "program")

    def __init__(self, program: Program, definition: Step, iteration: int, frame: Frame) -> None:
        self.program = program
        self.definition = definition
        self.iteration = iteration
        self.frame = frame

    @property
    def step(self) -> int:
        """Its number in the iteration, from 1."""
        return self.definition.number

    @property
    def phase(self) -> str:
        return self.definition.phase

    @property
    def layer(self) -> int:
        return self.definition.layer

    @property
    def quantity(self) -> str:
        """The engine's name of what was computed."""
        return self.definition.quantity.name

    @property
    def axes(self) -> tuple[Axis, ...]:
        return self.definition.quantity.axes

    @property
    def value(self) -> Array:
        """What was computed; it cannot be written to."""
        return self.frame[self.quantity]

    @property
    def operands(self) -> tuple[str, ...]:
        """The names of the quantities in the formula, in its order."""
        return tuple(operand.name for operand in self.operand_quantities)

    @property
    def operand_quantities(self) -> tuple[Quantity, ...]:
        return self.definition.operands

    @property
    def operand_values(self) -> tuple[Array, ...]:
        return tuple(self.frame[name] for name in self.operands)

    @property
    def took_short_way(self) -> bool:
        """Whether the long way broke down here and the engine took the one of the theorem."""
        short = self.definition.short
        if short is None:
            return False
        with np.errstate(all="ignore"):
            return not all(
                np.isfinite(1 / np.asarray(evaluate(divisor, self.frame))).all()
                for divisor in short.divisors
            )

    @property
    def formula(self) -> str:
        """How it was computed, in the engine's names."""
        if self.took_short_way and self.definition.short is not None:
            return formula(self.definition.short.expression)
        return formula(self.definition.expression)

    @property
    def layout(self) -> str:
        """The kind of table that shows it: ``product``, ``elementwise`` or ``list``."""
        return self.definition.layout

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be said of this value: where it is not finite, and whether it began here."""
        found = []
        if self.took_short_way and self.definition.short is not None:
            theorem = self.definition.short.theorem
            found.append(
                f"the short way, delta = {theorem.text}: 1/a is not finite here, so dC/da and "
                f"da/dz cannot be multiplied ({theorem.condition})"
            )
        strange = int(np.size(self.value) - np.isfinite(self.value).sum())
        if strange and all(np.isfinite(value).all() for value in self.operand_values):
            of = f"{strange} of {np.size(self.value)} numbers" if np.size(self.value) > 1 else "it"
            found.append(
                f"not finite here, though all that it is made of is: {of} left the range of "
                f"{self.program.arithmetic}"
            )
        return tuple(found)

    def __repr__(self) -> str:
        return f"<Record {self.iteration}:{self.step} {self.quantity}>"
