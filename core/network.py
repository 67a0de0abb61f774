"""The rules bound to a network's layers: the program of an iteration of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.expressions import Expression, Filled, Number, Ref, ZeroRows
from chainstep.core.losses import LOSSES
from chainstep.core.program import Graph, Program, Short
from chainstep.core.quantities import BIAS, COST, OBSERVATION, Axis, bias_and_units, units
from chainstep.core.roles import PARAMETERS, Phase, name_of
from chainstep.core.roles import quantity as quantity_of
from chainstep.core.rules import RULES, Rules, bound, parameters
from chainstep.core.setup import Array, Setup
from chainstep.core.updates import UPDATES


class Roles(dict[str, Any]):
    """What the parameters of a rule stand for in one layer, made when first asked for."""

    def __init__(self, builder: _Builder, layer: int) -> None:
        self.builder = builder
        self.layer = layer

    def copy(self) -> Roles:
        """The same, to be added to."""
        roles = Roles(self.builder, self.layer)
        roles.update(self)
        return roles

    def __missing__(self, name: str) -> Any:
        if name.endswith("_old"):
            role = name.removesuffix("_old").replace("dC_d", "dC/d")
            return self.builder.previous(role, self.layer)
        raise KeyError(f"no rule may ask for {name!r} in layer {self.layer}")


class _Builder:
    """Walks the layers forward, backward and forward again, and notes each step."""

    def __init__(self, setup: Setup, rules_of: Callable[[int], Rules]) -> None:
        self.setup = setup
        self.rules_of = rules_of
        self.graph = Graph()
        self.wanted: dict[str, Ref] = {}
        self.depth = len(setup.layers)
        self.roles = {k: self._roles(k) for k in range(1, self.depth + 1)}
        for k in range(1, self.depth + 1):
            self._declare_parameters(k)

    def _roles(self, k: int) -> Roles:
        setup = self.setup
        roles = Roles(self, k)
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

    def _given(
        self,
        role: str,
        k: int,
        shape: tuple[int, ...],
        axes: tuple[Axis, ...],
        at: Callable[[int], Any] | None = None,
    ) -> Ref:
        learns = role in PARAMETERS and self._frozen_rows(k, role, shape[0]) != "all"
        return self.graph.given(quantity_of(role, k, shape, axes, learns=learns), at)

    def _declare_parameters(self, k: int) -> None:
        widths, bias = self.setup.widths, self.setup.bias
        before = bias_and_units(k - 1) if bias == "row" else units(k - 1)
        rows = widths[k - 1] + (bias == "row")
        self.roles[k]["W"] = self._given("W", k, (rows, widths[k]), (before, units(k)))
        if bias == "separate":
            self.roles[k]["b"] = self._given("b", k, (1, widths[k]), (BIAS, units(k)))
        elif bias == "shared":
            self.roles[k]["b"] = self._given("b", k, (1, 1), (BIAS, BIAS))

    def previous(self, role: str, k: int) -> Ref:
        """The value that a role had in the iteration before; 0 before the first."""
        now, old = name_of(role, k), name_of(f"{role}_old", k)
        if now not in self.wanted:
            like = self.roles[k]["b" if role.endswith("b") else "W"]
            self.wanted[now] = self._given(f"{role}_old", k, like.shape, like.axes)
        assert self.wanted[now].quantity.name == old, "what was is called after what is"
        return self.wanted[now]

    def count(self) -> Ref:
        """How many updates there were, this one included: Adam's t."""
        before = self.setup.updates_before
        return self._given("t", 0, (), (), lambda iteration: before + iteration)

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
        quantity = quantity_of(
            role,
            k - 1 if role == "a+" else k,
            expression.shape if shape is None else shape,
            expression.axes if axes is None else axes,
        )
        ref = self.graph.add(phase, quantity, expression, layer=k, short=short)
        if quantity.name in self.wanted:
            self.graph.carry(self.wanted[quantity.name], ref)
        return ref

    # ── phases ──

    def forward(self) -> None:
        setup = self.setup
        shape = (setup.observations, setup.widths[0])
        a = self._given("a", 0, shape, (OBSERVATION, units(0)))
        y_shape = (setup.observations, setup.widths[-1])
        self.roles[self.depth]["y"] = self._given(
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
        roles = self.roles[k].copy()
        value = roles[letter]
        frozen = self._frozen_rows(k, letter, value.shape[0])
        if frozen == "all":
            change: Expression = Filled(0.0, value.shape, value.axes)
        else:
            change = self.change(roles, letter, lambda role, law: self._add("update", k, role, law))
        if isinstance(frozen, tuple):
            change = ZeroRows(change, *frozen)
        roles["value"] = value
        roles["change"] = self._add("update", k, f"change{letter}", change)
        rule = self.rules_of(k).new_value
        new = self._add("update", k, f"{letter}_new", bound(rule, roles))
        self.graph.carry(value, new)

    def change(
        self, roles: Roles, letter: str, note: Callable[[str, Expression], Expression]
    ) -> Expression:
        """What the update rule takes off a parameter; ``note`` takes down its new state."""
        roles.update(letter=letter, value=roles[letter], gradient=roles[f"dC_d{letter}"])
        rule = roles["update"]
        if "t" in parameters(rule.change):
            roles["t"] = self.count()
        for state, law in rule.state.items():
            roles[f"{state}_old"] = self.previous(f"{state}.{letter}", roles.layer)
            roles[state] = note(f"{state}.{letter}", bound(law, roles))
        change: Expression = bound(self.rules_of(roles.layer).change or rule.change, roles)
        return change

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


def build(
    setup: Setup,
    rules: Rules | Callable[[int], Rules] = RULES,
    mistakes: tuple[str, ...] = (),
) -> Program:
    """Binds the rules to the layers of a network; ``rules`` may differ from layer to layer.

    ``mistakes`` names those that the rules make, for whoever shows the program.
    """
    rules_of = (lambda _: rules) if isinstance(rules, Rules) else rules
    builder = _Builder(setup, rules_of)
    builder.forward()
    builder.backward()
    builder.update()
    return builder.graph.program(
        starting=_starting(setup),
        arithmetic=setup.arithmetic,
        products=setup.products,
        inputs="a0",
        outputs=f"a{builder.depth}",
        targets="y",
        cost="C",
        mistakes=mistakes,
        network=setup,
    )


def _starting(setup: Setup) -> Mapping[str, Array]:
    """The first values of what no step computes."""
    arrays = {"a0": setup.inputs, "y": setup.targets, **setup.state}
    for letter, several in (("W", setup.weights), ("b", setup.biases)):
        arrays |= {f"{letter}{k}": array for k, array in enumerate(several, start=1)}
    return arrays
