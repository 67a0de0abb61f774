"""A program: the steps of one iteration in order, a graph of named quantities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from chainstep.core.activations import ACTIVATIONS, Activation
from chainstep.core.expression_parts import operands_of
from chainstep.core.expressions import Expression, Product, Ref
from chainstep.core.frozen import Frozen
from chainstep.core.losses import LOSSES, Loss, Shortcut
from chainstep.core.quantities import (
    OBSERVATION,
    InputError,
    Kind,
    Quantity,
    nearest,
)
from chainstep.core.roles import Phase
from chainstep.core.setup import Array, BiasKind, Setup
from chainstep.core.updates import UPDATES, Update

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Short(NamedTuple):
    """The way that a step takes where the inverse of one of ``divisors`` is not finite."""

    expression: Expression
    divisors: tuple[Expression, ...]
    theorem: Shortcut


class Step(Frozen):
    """One advance of an iteration: it computes one quantity.

    ``short`` is another way to the same quantity, for where the first breaks down.
    """

    number: int
    phase: Phase
    layer: int
    quantity: Quantity
    expression: Expression
    short: Short | None = None

    @cached_property
    def operands(self) -> tuple[Quantity, ...]:
        """The quantities that the step is shown with, in the order of its formula."""
        return operands_of(self.expression)

    @property
    def layout(self) -> Literal["product", "elementwise", "list"]:
        """Which kind of table shows the step: by how its quantity is put together."""
        if isinstance(self.expression, Product):
            return "product"
        return "elementwise" if len(self.operands) > 1 and self.quantity.shape else "list"


class Carried(NamedTuple):
    """Two quantities of which the new one becomes the old when the next iteration begins."""

    old: Quantity
    new: Quantity


class Feed(NamedTuple):
    """What a quantity is in each iteration, where that follows from its number alone.

    ``at(iteration)`` gives the array, or the number, always the same for the same iteration.
    """

    quantity: Quantity
    at: Callable[[int], Any]


class Program(Frozen):
    """All steps of one iteration, and what it starts from: a graph of named quantities.

    ``starting`` holds the first values, by name, of what no step computes; they are 0 where it
    has none. ``carried`` are the pairs that go from one iteration to the next. ``feeds`` are
    quantities that follow from the number of the iteration. A network's layers are one way to
    make a program (``network`` is then its description); it may have none.
    ``inputs``, ``outputs``, ``targets`` and ``cost`` are names of quantities, or nothing.
    ``mistakes`` names those that were made in it on purpose.
    An epoch has ``updates_per_epoch`` iterations; ``rows`` says which rows of the data one works
    on, where it is not all of them, and ``remainder`` is the program of the last, the same
    steps with fewer observations, where those do not come out even; ``whole`` is of which it is.
    """

    steps: tuple[Step, ...]
    quantities: dict[str, Quantity]
    carried: tuple[Carried, ...]
    starting: Mapping[str, Array] = MappingProxyType({})
    feeds: tuple[Feed, ...] = ()
    arithmetic: Literal["float64", "float32"] = "float64"
    products: Literal["blas", "ordered"] = "blas"
    inputs: str = ""
    outputs: str = ""
    targets: str = ""
    cost: str = ""
    mistakes: tuple[str, ...] = ()
    updates_per_epoch: int = 1
    rows: Callable[[int], NDArray[np.intp]] | None = None
    remainder: Program | None = None
    network: Setup | None = None
    whole: Program | None = None

    def __post_init__(self) -> None:
        if self.remainder is not None:  # each knows the other
            self.remainder.__dict__.update(whole=self, updates_per_epoch=self.updates_per_epoch)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of the step that computes a quantity."""
        return {step.quantity.name: step.number for step in self.steps}

    @cached_property
    def start(self) -> tuple[Quantity, ...]:
        """What exists before any step: data, weights, the state of the update rule."""
        return tuple(q for q in self.quantities.values() if q.name not in self.numbers)

    def step(self, quantity: str) -> Step:
        """The step that computes a quantity.

        Raises: InputError where no step does, with the nearest that one does.
        """
        if quantity not in self.numbers:
            raise InputError(
                f"no step of this network computes {quantity!r}{nearest(quantity, self.numbers)}"
            )
        return self.steps[self.numbers[quantity] - 1]

    def at(self, iteration: int) -> Program:
        """The program of an iteration: this one, or the remainder's at the end of an epoch."""
        if self.remainder is not None and iteration % self.updates_per_epoch == 0:
            return self.remainder
        return self

    def standing(self, values: Mapping[str, Array]) -> Program:
        """The same steps once more from these numbers, of which none follows from an iteration."""
        alone = self._replace(starting=values, feeds=(), rows=None, remainder=None)
        return alone._replace(updates_per_epoch=1, whole=None)

    def computed(self, **way: Any) -> Program:
        """The same steps in another ``arithmetic`` or with other ``products``."""
        rest = self.remainder and self.remainder._replace(**way)
        return self._replace(remainder=rest, **way)

    def epoch(self, iteration: int) -> int:
        """The epoch that an iteration belongs to, from 1."""
        return 1 + (iteration - 1) // self.updates_per_epoch

    def first_of_epoch(self, epoch: int) -> int:
        """The first iteration of an epoch."""
        return 1 + (epoch - 1) * self.updates_per_epoch

    def last_of(self, phase: Phase) -> int:
        """The number of the last step of a phase.

        Raises: InputError where this program has no step of that phase.
        """
        if phase not in self.phases:
            raise InputError(f"this program has no phase {phase!r}: {', '.join(self.phases)}")
        return max(step.number for step in self.steps if step.phase == phase)

    @cached_property
    def phases(self) -> tuple[Phase, ...]:
        """The phases that it has steps of, in their order."""
        return tuple(dict.fromkeys(step.phase for step in self.steps))

    @cached_property
    def parameters(self) -> tuple[Quantity, ...]:
        """What an update may change, what is frozen too."""
        return tuple(q for q in self.quantities.values() if q.is_parameter)

    @cached_property
    def fed(self) -> frozenset[str]:
        """The names of what follows from the number of the iteration: Adam's t."""
        return frozenset(feed.quantity.name for feed in self.feeds)

    @cached_property
    def remembered(self) -> frozenset[str]:
        """The names of what an iteration begins with to go on: old state, Adam's t."""
        state = {quantity.name for quantity in self.start if quantity.kind is Kind.STATE}
        return frozenset(state | {name for name in self.fed if not self.quantities[name].shape})

    @cached_property
    def data(self) -> tuple[Quantity, ...]:
        """What is given and never computed: inputs, targets."""
        return tuple(q for q in self.start if q.kind is Kind.DATA and q.shape)

    @cached_property
    def observations(self) -> int:
        """How many rows of data an iteration works on; 1 where none are known."""
        sizes = (
            size
            for quantity in self.quantities.values()
            for size, axis in zip(quantity.shape, quantity.axes, strict=True)
            if axis == OBSERVATION
        )
        return next(sizes, 1)

    # ── the network; without layers none of it is known ──

    @property
    def setup(self) -> Setup:
        """The description of the network that it was made of.

        Raises: InputError where it has no layers.
        """
        if self.network is None:
            raise InputError("this program has no layers, so there is no network to describe")
        return self.network

    @property
    def depth(self) -> int:
        """How many layers there are; 0 where it has none."""
        return len(self.network.layers) if self.network else 0

    @property
    def widths(self) -> tuple[int, ...]:
        """Units per layer, the inputs first: (2, 3, 3, 2)."""
        return self.network.widths if self.network else ()

    @property
    def bias(self) -> BiasKind:
        """How the layers have their biases."""
        return self.network.bias if self.network else "none"

    @property
    def loss(self) -> Loss | None:
        """The loss, where it is one of the registry."""
        return LOSSES[self.network.loss] if self.network else None

    @property
    def reduction(self) -> Literal["sum", "mean"]:
        """What the cost makes of the costs of the observations."""
        return self.network.reduction if self.network else "sum"

    @property
    def update(self) -> Update | None:
        """The update rule, where it is one of the registry."""
        return UPDATES[self.network.rule] if self.network else None

    @property
    def settings(self) -> Mapping[str, float]:
        """The numbers of the update rule."""
        return self.network.settings if self.network else {}

    @property
    def frozen(self) -> frozenset[str]:
        """Parameters that do not learn, ``b1`` also where it is the top row of ``W1``."""
        return self.network.frozen if self.network else frozenset()

    def activation(self, layer: int) -> Activation | None:
        """The activation of a layer, where it is one of the registry."""
        return ACTIVATIONS[self.network.layers[layer - 1].activation] if self.network else None


class Graph:
    """Quantities declared and steps added, one after the other, until they make a program.

    >>> from chainstep.core.quantities import OBSERVATION, Kind, Quantity, units
    >>> graph = Graph()
    >>> x = graph.given(Quantity("x", (4, 3), (OBSERVATION, units(0)), Kind.DATA))
    >>> square = graph.add("forward", Quantity("square", x.shape, x.axes), x * x)
    >>> [step.quantity.name for step in graph.steps]
    ['square']
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.quantities: dict[str, Quantity] = {}
        self.carried: list[Carried] = []
        self.feeds: list[Feed] = []

    def given(self, quantity: Quantity, at: Callable[[int], Any] | None = None) -> Ref:
        """A quantity that no step computes; ``at`` feeds it, iteration by iteration."""
        if at is not None and quantity.name not in self.quantities:
            self.feeds.append(Feed(quantity, at))
        self.quantities[quantity.name] = quantity
        return Ref(quantity)

    def add(
        self,
        phase: Phase,
        quantity: Quantity,
        expression: Expression,
        *,
        layer: int = 0,
        short: Short | None = None,
    ) -> Ref:
        """The next step: it computes the quantity as the expression says."""
        self.quantities[quantity.name] = quantity
        self.steps.append(Step(len(self.steps) + 1, phase, layer, quantity, expression, short))
        return Ref(quantity)

    def carry(self, old: Ref, new: Ref) -> None:
        """Makes the new quantity the old one of the next iteration."""
        self.carried.append(Carried(old.quantity, new.quantity))

    def program(self, **facts: Any) -> Program:
        """The program; ``facts`` are the further fields of ``Program``."""
        return Program(
            tuple(self.steps),
            self.quantities,
            tuple(self.carried),
            feeds=tuple(self.feeds),
            **facts,
        )
