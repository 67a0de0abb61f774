"""A network bound once, of which programs with some rules exchanged are made fast."""

from __future__ import annotations

from collections.abc import Callable

from chainstep.core.network import bindings_of, build
from chainstep.core.program import Program
from chainstep.core.rules import RULES, Rule, Rules, bound, parameters
from chainstep.core.setup import Setup


class Template:
    """A network bound once, of which programs with some rules changed are made fast."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.program = build(setup)
        self.bindings = bindings_of(self.program)
        noted = {binding.field for binding in self.bindings.values()}
        self._walked_for = _walked_for(setup, noted)

    def with_rules(self, rules_of: Callable[[int], Rules], mistakes: tuple[str, ...]) -> Program:
        """The program with these rules: what ``build`` makes, without walking all layers.

        Raises: ShapeError where a rule does not fit.
        """
        changed = {k: _changed(rules_of(k)) for k in range(1, len(self.setup.layers) + 1)}
        if self.setup.batches is not None or any(
            field in self._walked_for or any(need.endswith("_old") for need in parameters(rule))
            for fields in changed.values()
            for field, rule in fields.items()
        ):
            return build(self.setup, rules_of, mistakes)
        steps = list(self.program.steps)
        for name, binding in self.bindings.items():
            rule = changed[binding.layer].get(binding.field)
            if rule is None:
                continue
            at = self.program.numbers[name] - 1
            expression = bound(rule, binding.roles)
            if expression.shape != steps[at].expression.shape:
                return build(self.setup, rules_of, mistakes)
            steps[at] = steps[at]._replace(expression=expression)
        if changed[len(changed)]:
            steps = [step if step.short is None else step._replace(short=None) for step in steps]
        return self.program._replace(steps=tuple(steps), mistakes=mistakes)


def _walked_for(setup: Setup, noted: set[str]) -> set[str]:
    """The fields of the rules that more hangs on than the expression of one step."""
    fields = {"state", "own"}
    if setup.penalty is not None:
        fields |= set(Rules._fields) - noted
    if "weight_decay" in setup.settings:
        fields |= {"decay", "pulled"}
    if setup.frozen:
        fields.add("change")
    return fields


def _changed(rules: Rules) -> dict[str, Rule]:
    """The fields of the rules that are not the right ones."""
    return {
        name: rule for name, rule in rules._asdict().items() if rule is not getattr(RULES, name)
    }
