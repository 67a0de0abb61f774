"""The rules bound to a network's layers: the steps of one iteration, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from chainstep.core.activations import ACTIVATIONS, Activation
from chainstep.core.expressions import (
    Expression,
    Filled,
    Number,
    Product,
    Ref,
    ZeroRows,
    operands_of,
)
from chainstep.core.losses import LOSSES, Loss, Shortcut
from chainstep.core.quantities import (
    BIAS,
    COST,
    OBSERVATION,
    Axis,
    InputError,
    Kind,
    Quantity,
    bias_and_units,
    nearest,
    units,
)
from chainstep.core.roles import PARAMETERS, Phase, name_of
from chainstep.core.roles import quantity as quantity_of
from chainstep.core.rules import RULES, Rule, Rules
from chainstep.core.setup import BiasKind, Setup
from chainstep.core.updates import UPDATES, Update


class Short(NamedTuple):
    """The way that a step takes where the inverse of one of ``divisors`` is not finite."""

    expression: Expression
    divisors: tuple[Expression, ...]
    theorem: Shortcut


@dataclass(frozen=True)
class Step:
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


@dataclass(frozen=True)
class Program:
    """All steps of one iteration of a network, and the quantities that it starts from."""

    steps: tuple[Step, ...]
    quantities: dict[str, Quantity]
    carried: tuple[Carried, ...]
    setup: Setup = field(repr=False)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of the step that computes a quantity."""
        return {step.quantity.name: step.number for step in self.steps}

    @cached_property
    def start(self) -> tuple[Quantity, ...]:
        """What exists before any step: data, weights, the state of the update rule."""
        return tuple(q for q in self.quantities.values() if q.name not in self.numbers)

    # ── what readers ask; a program without layers has none, and no loss or rule by name ──

    @property
    def depth(self) -> int:
        """How many layers there are."""
        return len(self.setup.layers)

    @property
    def widths(self) -> tuple[int, ...]:
        """Units per layer, the inputs first: (2, 3, 3, 2)."""
        return self.setup.widths

    @property
    def observations(self) -> int:
        """How many rows of data an iteration works on."""
        return self.setup.observations

    @property
    def arithmetic(self) -> Literal["float64", "float32"]:
        return self.setup.arithmetic

    @property
    def bias(self) -> BiasKind:
        """How the layers have their biases."""
        return self.setup.bias

    @property
    def loss(self) -> Loss | None:
        """The loss, where it is one of the registry."""
        return LOSSES[self.setup.loss]

    @property
    def reduction(self) -> Literal["sum", "mean"]:
        """What the cost makes of the costs of the observations."""
        return self.setup.reduction

    @property
    def update(self) -> Update | None:
        """The update rule, where it is one of the registry."""
        return UPDATES[self.setup.rule]

    @property
    def settings(self) -> Mapping[str, float]:
        """The numbers of the update rule."""
        return self.setup.settings

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The names of the mistakes that were made on purpose."""
        return self.setup.mistakes

    @property
    def frozen(self) -> frozenset[str]:
        """Parameters that do not learn, ``b1`` also where it is the top row of ``W1``."""
        return self.setup.frozen

    def activation(self, layer: int) -> Activation | None:
        """The activation of a layer, where it is one of the registry."""
        return ACTIVATIONS[self.setup.layers[layer - 1].activation]

    @cached_property
    def parameters(self) -> tuple[Quantity, ...]:
        """What an update may change, what is frozen too."""
        return tuple(q for q in self.quantities.values() if q.is_parameter)

    @cached_property
    def data(self) -> tuple[Quantity, ...]:
        """What is given and never computed: inputs, targets."""
        return tuple(q for q in self.start if q.kind is Kind.DATA and q.name not in self.fed)

    @cached_property
    def fed(self) -> frozenset[str]:
        """The names of what is a function of the iteration: Adam's t."""
        return frozenset({"t"} & self.quantities.keys())

    @property
    def inputs(self) -> str:
        """The name of the inputs, nothing where there is none such."""
        return "a0"

    @property
    def outputs(self) -> str:
        """The name of what the cost is made of."""
        return f"a{self.depth}"

    @property
    def targets(self) -> str:
        """The name of the targets."""
        return "y"

    @property
    def cost(self) -> str:
        """The name of the cost."""
        return "C"

    def step(self, quantity: str) -> Step:
        """The step that computes a quantity.

        Raises: InputError where no step does, with the nearest that one does.
        """
        if quantity not in self.numbers:
            raise InputError(
                f"no step of this network computes {quantity!r}{nearest(quantity, self.numbers)}"
            )
        return self.steps[self.numbers[quantity] - 1]

    def last_of(self, phase: Phase) -> int:
        """The number of the last step of a phase."""
        return max(step.number for step in self.steps if step.phase == phase)


class _Roles(dict[str, Any]):
    """What the parameters of a rule stand for in one layer, made when first asked for."""

    def __init__(self, builder: _Builder, layer: int) -> None:
        self.builder = builder
        self.layer = layer

    def __missing__(self, name: str) -> Any:
        if name.endswith("_old"):
            role = name.removesuffix("_old").replace("dC_d", "dC/d")
            return self.builder.previous(role, self.layer)
        raise KeyError(f"no rule may ask for {name!r} in layer {self.layer}")


def bound(rule: Rule, roles: _Roles | dict[str, Any]) -> Any:
    """Calls a rule with the things that its parameters name."""
    code = rule.__code__
    return rule(*(roles[name] for name in code.co_varnames[: code.co_argcount]))


class _Builder:
    """Walks the layers forward, backward and forward again, and notes each step."""

    def __init__(self, setup: Setup, rules_of: Callable[[int], Rules]) -> None:
        self.setup = setup
        self.rules_of = rules_of
        self.steps: list[Step] = []
        self.quantities: dict[str, Quantity] = {}
        self.carried: list[Carried] = []
        self.wanted: dict[str, Ref] = {}
        self.depth = len(setup.layers)
        self.roles = {k: self._roles(k) for k in range(1, self.depth + 1)}
        for k in range(1, self.depth + 1):
            self._declare_parameters(k)

    def _roles(self, k: int) -> _Roles:
        setup = self.setup
        roles = _Roles(self, k)
        mean = Number(float(setup.observations)) if setup.reduction == "mean" else None
        roles.update(
            layer=k,
            depth=self.depth,
            setup=setup,
            update=UPDATES[setup.rule],
            loss=LOSSES[setup.loss],
            activation=ACTIVATIONS[setup.layers[k - 1].activation],
            divisor=mean,
            observations=Number(float(setup.observations)),
            above_has_bias_row=setup.bias == "row",
            b=None,
        )
        roles.update({name: Number(value, name) for name, value in setup.settings.items()})
        return roles

    # ── quantities ──

    def _quantity(self, role: str, k: int, shape: tuple[int, ...], axes: tuple[Axis, ...]) -> Ref:
        learns = role in PARAMETERS and self._frozen_rows(k, role, shape[0]) != "all"
        quantity = quantity_of(role, k, shape, axes, learns=learns)
        self.quantities[quantity.name] = quantity
        return Ref(quantity)

    def _declare_parameters(self, k: int) -> None:
        widths, bias = self.setup.widths, self.setup.bias
        before = bias_and_units(k - 1) if bias == "row" else units(k - 1)
        rows = widths[k - 1] + (bias == "row")
        self.roles[k]["W"] = self._quantity("W", k, (rows, widths[k]), (before, units(k)))
        if bias == "separate":
            self.roles[k]["b"] = self._quantity("b", k, (1, widths[k]), (BIAS, units(k)))
        elif bias == "shared":
            self.roles[k]["b"] = self._quantity("b", k, (1, 1), (BIAS, BIAS))

    def previous(self, role: str, k: int) -> Ref:
        """The value that a role had in the iteration before; 0 before the first."""
        name = name_of(f"{role}_old", k)
        if name not in self.quantities:
            like = self.roles[k]["b" if role.endswith("b") else "W"]
            self._quantity(f"{role}_old", k, like.shape, like.axes)
            self.wanted[name_of(role, k)] = Ref(self.quantities[name])
        return Ref(self.quantities[name])

    def _add(
        self,
        phase: Phase,
        k: int,
        role: str,
        expression: Expression,
        *,
        axes: tuple[Axis, ...] | None = None,
        shape: tuple[int, ...] | None = None,
        short: Short | None = None,
    ) -> Ref:
        ref = self._quantity(
            role,
            k - 1 if role == "a+" else k,
            expression.shape if shape is None else shape,
            expression.axes if axes is None else axes,
        )
        self.steps.append(Step(len(self.steps) + 1, phase, k, ref.quantity, expression, short))
        if ref.quantity.name in self.wanted:
            self.carried.append(Carried(self.wanted[ref.quantity.name].quantity, ref.quantity))
        return ref

    # ── phases ──

    def forward(self) -> None:
        setup = self.setup
        shape = (setup.observations, setup.widths[0])
        a = self._quantity("a", 0, shape, (OBSERVATION, units(0)))
        y_shape = (setup.observations, setup.widths[-1])
        self.roles[self.depth]["y"] = self._quantity(
            "y", self.depth, y_shape, (OBSERVATION, units(self.depth))
        )
        for k in range(1, self.depth + 1):
            roles, rules = self.roles[k], self.rules_of(k)
            roles["a_before"] = roles["a_in"] = a
            if setup.bias == "row":
                augmented = bound(rules.augmented, roles)
                roles["a_in"] = self._add("forward", k, "a+", augmented)
            roles["z"] = self._add("forward", k, "z", bound(rules.pre_activation, roles))
            a = roles["a"] = self._add("forward", k, "a", bound(rules.activated, roles))
        roles, rules = self.roles[self.depth], self.rules_of(self.depth)
        per_observation = bound(rules.cost_of_observations, roles)
        roles["C_obs"] = self._add(
            "forward", self.depth, "C_obs", per_observation, axes=(OBSERVATION, COST)
        )
        self._add("forward", self.depth, "C", bound(rules.cost, roles), shape=(), axes=())

    def backward(self) -> None:
        for k in range(self.depth, 0, -1):
            roles, rules = self.roles[k], self.rules_of(k)
            if k == self.depth:
                error = bound(rules.output_error, roles)
            else:
                above = self.roles[k + 1]
                roles["W_above"] = above["W"]
                roles["delta_above"] = above["delta"]
                roles["above"] = above
                factor = bound(rules.factor_below, roles)
                roles["dz_da"] = self._add("backward", k, "dz/da", factor)
                error = bound(rules.error_below, roles)
            roles["dC_da"] = self._add("backward", k, "dC/da", error)
            roles["da_dz"] = self._add("backward", k, "da/dz", bound(rules.slope, roles))
            roles["delta"] = self._add(
                "backward", k, "delta", bound(rules.delta, roles), short=self._short(k)
            )
            self._gradients(k)

    def _short(self, k: int) -> Short | None:
        """The short way to delta at the outputs, where a theorem gives one."""
        roles, rules = self.roles[k], self.rules_of(k)
        shortcut = roles["loss"].shortcut
        if (
            k != self.depth
            or shortcut is None
            or shortcut.activation != roles["activation"].name
            or rules != RULES
        ):
            return None
        short = shortcut.delta(roles["a"], roles["y"])
        divisor = roles["divisor"]
        if divisor is not None:
            short = short / divisor
        return Short(short, shortcut.divisors(roles["a"]), shortcut)

    def _gradients(self, k: int) -> None:
        roles, rules = self.roles[k], self.rules_of(k)
        roles["dz_dW"] = self._add("backward", k, "dz/dW", bound(rules.factor_to_weights, roles))
        roles["dC_dW"] = self._add("backward", k, "dC/dW", bound(rules.weight_gradient, roles))
        if roles["b"] is not None:
            factor = bound(rules.factor_to_biases, roles)
            roles["dz_db"] = self._add("backward", k, "dz/db", factor)
            gradient = bound(rules.bias_gradient, roles)
            axes = roles["b"].axes
            roles["dC_db"] = self._add("backward", k, "dC/db", gradient, axes=axes)

    def update(self) -> None:
        for k in range(1, self.depth + 1):
            for letter in ("W", "b"):
                if self.roles[k][letter] is not None:
                    self._update_parameter(k, letter)

    def _update_parameter(self, k: int, letter: str) -> None:
        rules = self.rules_of(k)
        roles = _Roles(self, k)
        roles.update(self.roles[k])
        roles.update(letter=letter, value=roles[letter], gradient=roles[f"dC_d{letter}"])
        rule = roles["update"]
        frozen = self._frozen_rows(k, letter, roles[letter].shape[0])
        if frozen != "all":
            if "t" in _parameters(rule.change):
                roles["t"] = self._quantity("t", 0, (), ())
            for state, law in rule.state.items():
                roles[f"{state}_old"] = self.previous(f"{state}.{letter}", k)
                roles[state] = self._add("update", k, f"{state}.{letter}", bound(law, roles))
            change = bound(rules.change or rule.change, roles)
        else:
            change = Filled(0.0, roles["value"].shape, roles["value"].axes)
        if isinstance(frozen, tuple):
            change = ZeroRows(change, *frozen)
        roles["change"] = self._add("update", k, f"change{letter}", change)
        new = self._add("update", k, f"{letter}_new", bound(rules.new_value, roles))
        self.carried.append(Carried(roles["value"].quantity, new.quantity))

    def _frozen_rows(
        self, k: int, letter: str, rows: int
    ) -> tuple[int, int] | Literal["all", "none"]:
        frozen = self.setup.frozen
        if self.setup.bias != "row":
            return "all" if f"{letter}{k}" in frozen else "none"
        match (f"b{k}" in frozen, f"W{k}" in frozen):
            case (True, True):
                return "all"
            case (True, False):
                return (0, 1)
            case (False, True):
                return (1, rows)
        return "none"


def _parameters(rule: Rule) -> Iterable[str]:
    code = rule.__code__
    return code.co_varnames[: code.co_argcount]


def build(setup: Setup, rules: Rules | Callable[[int], Rules] = RULES) -> Program:
    """Binds the rules to the layers of a network; ``rules`` may differ from layer to layer."""
    rules_of = (lambda _: rules) if isinstance(rules, Rules) else rules
    builder = _Builder(setup, rules_of)
    builder.forward()
    builder.backward()
    builder.update()
    return Program(tuple(builder.steps), builder.quantities, tuple(builder.carried), setup)
