"""The rules bound to a network's layers: the program of an iteration of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.expressions import Expression, Filled, Number, Ref, Rows, ZeroRows
from chainstep.core.layers import LAYER_KINDS, Given, LayerKind, Row
from chainstep.core.losses import LOSSES
from chainstep.core.program import Graph, Program, Short
from chainstep.core.quantities import COST, OBSERVATION, Axis, Kind, ShapeError, units
from chainstep.core.roles import PARAMETERS, Phase, name_of, role
from chainstep.core.roles import quantity as quantity_of
from chainstep.core.rules import RULES, Rule, Rules, bound, parameters
from chainstep.core.setup import Array, Setup
from chainstep.core.updates import UPDATES


class Roles(dict[str, Any]):
    """What the parameters of a rule stand for in one layer, made when first asked for.

    ``delta_above`` is what the layer above calls ``delta``, ``m_old`` what ``m`` was in the
    iteration before.
    """

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
            key = name.removesuffix("_old").replace("dC_d", "dC/d")
            return self.builder.previous(key, self.layer)
        if name.endswith("_above") and "above" in self:
            return self["above"][name.removesuffix("_above")]
        raise ShapeError(f"layer {self.layer} has no {name}")


class Binding(NamedTuple):
    """How a step came about: the field of ``Rules``, its layer, and what the rule was given."""

    field: str
    layer: int
    roles: Roles


class _Builder:
    """Walks the layers forward, backward and forward again, and notes each step.

    ``rows`` is how many observations an update works on.
    """

    def __init__(self, setup: Setup, rules_of: Callable[[int], Rules], rows: int) -> None:
        self.setup = setup
        self.rules_of = rules_of
        self.rows = rows
        self.graph = Graph()
        self.wanted: dict[str, Ref] = {}
        self.starting: dict[str, Array] = {}
        self.bindings: dict[str, Binding] = {}
        self.depth = len(setup.layers)
        self.roles = {k: self._roles(k) for k in range(self.depth + 1)}
        for k in range(1, self.depth + 1):
            for given in self._kind(k).declares(setup, k, rows):
                self.roles[k][given.role] = self._given(k, given)

    def _kind(self, k: int) -> LayerKind:
        return LAYER_KINDS[self.setup.layers[k - 1].kind]

    def _roles(self, k: int) -> Roles:
        setup = self.setup
        roles = Roles(self, k)
        observations = Number(float(self.rows))
        roles.update(
            layer=k,
            depth=self.depth,
            setup=setup,
            update=UPDATES[setup.rule],
            loss=LOSSES[setup.loss],
            divisor=observations if setup.reduction == "mean" else None,
            observations=observations,
            above_has_bias_row=setup.bias == "row",
            bias_row=setup.bias == "row" or None,
            sends_down=k > 1 or setup.input_gradient or None,
            b=None,
            y=None,
        )
        roles.update({name: Number(value, name) for name, value in setup.settings.items()})
        if k:
            layer = setup.layers[k - 1]
            roles["activation"] = ACTIVATIONS[layer.activation]
            roles.update({name: Number(value) for name, value in layer.settings.items()})
        return roles

    # ── quantities ──

    def _given(self, k: int, given: Given) -> Ref:
        learns = given.role in PARAMETERS
        learns = learns and self._frozen_rows(k, given.role, given.shape[0]) != "all"
        quantity = quantity_of(given.role, k, given.shape, given.axes, learns=learns)
        if given.start:
            self.starting[quantity.name] = np.full(given.shape, given.start)
        return self.graph.given(quantity, given.at)

    def previous(self, key: str, k: int) -> Ref:
        """The value that a role had in the iteration before; 0 before the first."""
        now = name_of(key, k)
        if now not in self.wanted:
            like = self.roles[k][role(key).letter or "W"]
            self.wanted[now] = self._given(k, Given(f"{key}_old", like.shape, like.axes))
        return self.wanted[now]

    def count(self) -> Ref:
        """How many updates there were, this one included: Adam's t."""
        before = self.setup.updates_before
        return self._given(0, Given("t", (), (), lambda iteration: before + iteration))

    def _add(
        self,
        phase: Phase,
        k: int,
        key: str,
        expression: Expression,
        *,
        axes: tuple[Axis, ...] | None = None,
        shape: tuple[int, ...] | None = None,
        short: Short | None = None,
        layer: int | None = None,
    ) -> Ref:
        quantity = quantity_of(
            key,
            k - 1 if key == "a+" else k,
            expression.shape if shape is None else shape,
            expression.axes if axes is None else axes,
        )
        layer = k if layer is None else layer
        ref = self.graph.add(phase, quantity, expression, layer=layer, short=short)
        if quantity.name in self.wanted:
            self.graph.carry(self.wanted[quantity.name], ref)
        return ref

    def _rule(self, row: Row, k: int) -> Rule:
        """The rule of a step, which may be one that a mistake exchanges."""
        rules = self.rules_of(k) if k else RULES
        if isinstance(row.rule, str):
            rule: Rule = getattr(rules, row.rule)
            return rule
        return (rules.own or {}).get(row.rule.__name__, row.rule)

    def _take(self, phase: Phase, k: int, row: Row, short: Short | None = None) -> Ref | None:
        """One step of a layer, where it is wanted."""
        roles = self.roles[k]
        if row.needs and roles[row.needs] is None:
            return None
        expression = bound(self._rule(row, k), roles)
        axes = expression.axes
        if not isinstance(row.rule, str):  # as many units as below, but not the same
            axes = tuple(units(k) if axis.kind == "unit" else axis for axis in axes)
        made = role(row.role)
        if made.kind is Kind.DERIVATIVE and made.letter:
            ref = self._gradient(k, made.letter, expression)
        else:
            ref = self._add(phase, k, row.role, expression, axes=axes, short=short, layer=max(k, 1))
        if isinstance(row.rule, str) and k and expression is self.graph.steps[-1].expression:
            self._note(ref, row.rule, k, roles)
        roles[row.key] = ref
        return ref

    def _note(self, ref: Ref, field: str, k: int, roles: Roles) -> None:
        self.bindings[ref.quantity.name] = Binding(field, k, roles)

    # ── phases ──

    def forward(self) -> None:
        a = self._data("a", 0, self.setup.inputs)
        self.roles[0]["a"] = a
        if LOSSES[self.setup.loss].has_targets:
            self.roles[self.depth]["y"] = self._data("y", self.depth, self.setup.targets)
        for k in range(1, self.depth + 1):
            roles = self.roles[k]
            roles["a_before"] = roles["a_in"] = self.roles[k - 1]["a"]
            for row in self._kind(k).forward:
                self._take("forward", k, row)
        self._cost()

    def _data(self, key: str, k: int, array: Array) -> Ref:
        """Inputs or targets: all rows, or those of an update."""
        shape, axes = (self.rows, self.setup.widths[k]), (OBSERVATION, units(k))
        batches = self.setup.batches
        if batches is None:
            self.starting[name_of(key, k)] = array
            return self._given(k, Given(key, shape, axes))
        from chainstep.core.feeds import rows_of_update  # few networks are fed

        rows = rows_of_update(batches, self.setup.observations)
        return self._given(k, Given(key, shape, axes, lambda iteration: array[rows(iteration)]))

    def _cost(self) -> None:
        last = self.depth
        roles, rules = self.roles[last], self.rules_of(last)
        per_observation = bound(rules.cost_of_observations, roles)
        axes = (OBSERVATION, COST)
        roles["C_obs"] = self._add("forward", last, "C_obs", per_observation, axes=axes)
        self._note(roles["C_obs"], "cost_of_observations", last, roles)
        cost = bound(rules.cost, roles)
        if self.setup.penalty is None:
            total = self._add("forward", last, "C", cost, shape=(), axes=())
            self._note(total, "cost", last, roles)
            return
        roles["C_data"] = self._add("forward", last, "C_data", cost, shape=(), axes=())
        roles["penalties"] = list(self._penalties())
        self._add("forward", last, "C", bound(rules.penalised_cost, roles), shape=(), axes=())

    def _penalties(self) -> Iterator[Ref]:
        for k in range(1, self.depth + 1):
            for letter in self._kind(k).parameters:
                if self._is_penalised(k, letter):
                    roles = self._penalty_roles(k, letter)
                    paid = bound(self.rules_of(k).penalty, roles)
                    yield self._add("forward", k, f"penalty{letter}", paid, shape=(), axes=())

    def _is_penalised(self, k: int, letter: str) -> bool:
        penalty = self.setup.penalty
        spared = letter != "W" and not (letter == "b" and penalty and penalty.biases)
        return penalty is not None and not spared and self.roles[k][letter] is not None

    def _penalty_roles(self, k: int, letter: str) -> Roles:
        penalty, roles = self.setup.penalty, self.roles[k].copy()
        assert penalty is not None, "there is one where a parameter is penalised"
        value = roles[letter]
        spared = int(self.setup.bias == "row" and not penalty.biases and letter == "W")
        roles.update(
            value=value,
            penalised=Rows(value, spared, value.shape[0]) if spared else value,
            spared=spared,
            strength=Number(penalty.strength, "lambda"),
            halved=penalty.half,
            over=roles["observations"] if penalty.per_observation else None,
        )
        return roles

    def backward(self) -> None:
        for k in range(self.depth, 0, -1):
            roles = self.roles[k]
            if k == self.depth:
                error = bound(self.rules_of(k).output_error, roles)
                roles["dC_da"] = self._add("backward", k, "dC/da", error)
                self._note(roles["dC_da"], "output_error", k, roles)
            else:
                self._from_above(k)
            for row in self._kind(k).backward:
                self._take("backward", k, row, self._short(k) if row.rule == "delta" else None)
        if self.setup.input_gradient:
            self._from_above(0)

    def _from_above(self, k: int) -> None:
        """What the layer above leaves to this one, up to dC/da."""
        self.roles[k]["above"] = self.roles[k + 1]
        for row in self._kind(k + 1).below:
            self._take("backward", k, row)

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

    def _gradient(self, k: int, letter: str, of_data: Expression) -> Ref:
        """dC/dW, in one step or, where the weights cost something too, in three."""
        axes = self.roles[k][letter].axes
        key = f"dC/d{letter}"
        if not self._is_penalised(k, letter):
            return self._add("backward", k, key, of_data, axes=axes)
        roles, rules = self._penalty_roles(k, letter), self.rules_of(k)
        roles["of_data"] = self._add("backward", k, f"dC_data/d{letter}", of_data, axes=axes)
        pull = bound(rules.penalty_gradient, roles)
        roles["of_penalty"] = self._add("backward", k, f"dpenalty/d{letter}", pull, axes=axes)
        return self._add("backward", k, key, bound(rules.penalised_gradient, roles), axes=axes)

    def update(self) -> None:
        for k in range(1, self.depth + 1):
            for letter in self._kind(k).parameters:
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
        if frozen == "none":
            self._note(roles["change"], "change", k, roles)
        rule = self.rules_of(k).new_value
        new = self._add("update", k, f"{letter}_new", bound(rule, roles))
        self._note(new, "new_value", k, roles)
        self.graph.carry(value, new)

    def change(
        self, roles: Roles, letter: str, note: Callable[[str, Expression], Expression]
    ) -> Expression:
        """What the update rule takes off a parameter; ``note`` takes down its new state."""
        roles.update(letter=letter, value=roles[letter], gradient=roles[f"dC_d{letter}"])
        rule, rules = roles["update"], self.rules_of(roles.layer)
        if "weight_decay" in roles:
            roles["pull"] = note(f"decay{letter}", bound(rules.decay, roles))
            roles["gradient"] = note(f"pulled{letter}", bound(rules.pulled, roles))
        if "t" in parameters(rule.change):
            roles["t"] = self.count()
        for state, law in rule.state.items():
            roles[f"{state}_old"] = self.previous(f"{state}.{letter}", roles.layer)
            law_taken = (rules.state or {}).get(state, law)
            roles[state] = note(f"{state}.{letter}", bound(law_taken, roles))
        change: Expression = bound(rules.change or rule.change, roles)
        return change

    def _frozen_rows(
        self, k: int, letter: str, rows: int
    ) -> tuple[int, int] | Literal["all", "none"]:
        frozen = self.setup.frozen
        if self.setup.bias != "row" or letter != "W":
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
    batches, observations = setup.batches, setup.observations
    if batches is None:
        return _built(setup, rules_of, observations, mistakes=mistakes)
    from chainstep.core.feeds import rows_of_update, updates_per_epoch  # few networks are fed

    rest = observations % batches.size if batches.last == "smaller" else 0
    return _built(
        setup,
        rules_of,
        batches.size,
        mistakes=mistakes,
        updates_per_epoch=updates_per_epoch(batches, observations),
        rows=rows_of_update(batches, observations),
        remainder=_built(setup, rules_of, rest, mistakes=mistakes) if rest else None,
    )


def restarted(program: Program, setup: Setup) -> Program:
    """The same program, begun with the data and the parameters of another setup."""
    data = {"a0": setup.inputs, "y": setup.targets}
    own = {name: array for name, array in data.items() if name in program.starting}
    return program._replace(starting={**program.starting, **_starting(setup), **own})


def bindings_of(program: Program) -> dict[str, Binding]:
    """How each step of a network's right program came about, by its quantity."""
    return _walked(program.setup, lambda _: RULES, program.observations).bindings


def _walked(setup: Setup, rules_of: Callable[[int], Rules], size: int) -> _Builder:
    builder = _Builder(setup, rules_of, size)
    builder.forward()
    builder.backward()
    builder.update()
    return builder


def _built(setup: Setup, rules_of: Callable[[int], Rules], size: int, **facts: Any) -> Program:
    """The program of an update of so many observations."""
    builder = _walked(setup, rules_of, size)
    return builder.graph.program(
        starting={**builder.starting, **_starting(setup)},
        arithmetic=setup.arithmetic,
        products=setup.products,
        inputs="a0",
        outputs=f"a{builder.depth}",
        targets="y" if "y" in builder.graph.quantities else "",
        cost="C",
        network=setup,
        **facts,
    )


def _starting(setup: Setup) -> Mapping[str, Array]:
    """The parameters and the state that a run begins with."""
    arrays = dict(setup.state)
    for letter, several in (("W", setup.weights), ("b", setup.biases)):
        arrays |= {f"{letter}{k}": array for k, array in enumerate(several, start=1)}
    return arrays
