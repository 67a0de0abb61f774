"""Mistakes made on purpose: the ways of one, the layers it fits, the rules that come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chainstep.core.check.rule_changes import Alteration, Where
from chainstep.core.exchanged_rules import Template
from chainstep.core.layers import OWN_RULES, has_rule
from chainstep.core.network import build
from chainstep.core.program import Program
from chainstep.core.quantities import InputError, ShapeError
from chainstep.core.rules import RULES, Rule, Rules
from chainstep.core.setup import Setup
from chainstep.core.updates import UPDATES

#: What to write instead, which may hang on the network.
Mend = str | Callable[[Setup], str]


@dataclass(frozen=True)
class Way:
    """One way to make a mistake: what it does to which rules.

    ``says`` tells it from the mistake's other ways. ``odd`` ways give arrays of a shape that
    the network has no room for, so that only the one quantity can be looked at. ``start``
    makes the mistake in what the network starts from, or in how its observations are taken;
    ``starts`` is the formula of that, with {} for the quantity. ``rank`` says how far-fetched
    it is, its
    place among the others unless given. ``mend`` is how this way is mended, where it is not
    mended as the others are.
    """

    says: str
    changes: Mapping[str, Alteration]
    odd: bool = False
    rank: int | None = None
    start: Callable[[Setup], Setup] | None = None
    starts: str = ""
    mend: Mend | None = None


@dataclass(frozen=True)
class Mistake:
    """A named way to get a formula wrong; of its ways the first is the plainest."""

    name: str
    title: str
    ways: tuple[Way, ...]
    looks: str = field(kw_only=True)
    mend: Mend = field(kw_only=True)
    source: str = field(kw_only=True)

    def mend_for(self, setup: Setup, way: Way | None = None) -> str:
        """How to mend it in this network, where it was made in this way."""
        own = way.mend if way is not None and way.mend is not None else self.mend
        return own if isinstance(own, str) else own(setup)


@dataclass(frozen=True)
class Made:
    """A mistake, made in one of its ways in some layers."""

    mistake: Mistake
    way: Way
    layers: tuple[int, ...]


def _several(field: str, one: str, setup: Setup) -> Mapping[str, Rule]:
    """The right rules of a field that holds several.

    Raises: ShapeError where the network has no such one.
    """
    if field == "own":
        if not has_rule(setup, one):
            raise ShapeError("the network has no layer of that kind")
        return {one: OWN_RULES[one]}
    laws = UPDATES[setup.rule].state
    if one not in laws:
        raise ShapeError(f"{setup.rule} remembers no {one}")
    return laws


def altered(rules: Rules, way: Way, at: Where, setup: Setup) -> Rules:
    """The rules of one layer with one way of a mistake made there."""
    changed: dict[str, Any] = {}
    for name, alteration in way.changes.items():
        field, _, one = name.partition(".")
        if one:  # what the update rule remembers, "state.v", or a layer's own, "own.masked"
            laws = _several(field, one, setup)
            laws = {**laws, **(getattr(rules, field) or {}), **changed.get(field, {})}
            changed[field] = {**laws, one: alteration(laws[one], at)}
            continue
        rule = getattr(rules, name)
        if rule is None:
            rule = UPDATES[setup.rule].change
        new = alteration(rule, at)
        if new is not rule:
            changed[name] = new
    return rules._replace(**changed)


def rules_made(made: Iterable[Made], setup: Setup) -> Callable[[int], Rules]:
    """The rules of each layer in which these mistakes are made, the first made first."""
    depth = len(setup.layers)
    found = {}
    for layer in range(1, depth + 1):
        rules = RULES
        for one in made:
            if layer in one.layers:
                rules = altered(rules, one.way, Where(layer, depth), setup)
        found[layer] = rules
    return found.__getitem__


def program_made(made: Sequence[Made], setup: Setup, template: Template | None = None) -> Program:
    """The program of a network in which these mistakes are made; fast with its template.

    Raises: ShapeError where that cannot be.
    """
    names = tuple(dict.fromkeys(one.mistake.name for one in made))
    rules = rules_made(made, setup)
    if template is None or template.setup is not setup:
        return build(setup, rules, names)
    return template.with_rules(rules, names)


def same_program(first: Program, second: Program) -> bool:
    """Whether two programs compute the same by the same expressions."""
    return len(first.steps) == len(second.steps) and all(
        a.expression == b.expression for a, b in zip(first.steps, second.steps, strict=True)
    )


def layers_where(
    mistake: Mistake, way: Way, setup: Setup, before: Sequence[Made] = ()
) -> tuple[int, ...]:
    """The layers in which a way of a mistake can be made and changes anything.

    Raises: ShapeError with the reason where there is none.
    """
    return tuple(programs_where(mistake, way, setup, before))


def programs_where(
    mistake: Mistake,
    way: Way,
    setup: Setup,
    before: Sequence[Made] = (),
    template: Template | None = None,
) -> dict[int, Program]:
    """The programs with a mistake in one layer each, where it can be made and changes anything.

    Raises: ShapeError with the reason where there is none.
    """
    template = template or Template(setup)
    plain = program_made(before, setup, template)
    found, reason = {}, ShapeError(f"{mistake.name} changes nothing in this network")
    for layer in range(1, len(setup.layers) + 1):
        try:
            program = program_made((*before, Made(mistake, way, (layer,))), setup, template)
        except ShapeError as error:
            reason = error
        else:
            if not same_program(plain, program):
                found[layer] = program
    if not found:
        raise reason
    return found


def made_everywhere(mistake: Mistake, setup: Setup, before: Sequence[Made] = ()) -> Made:
    """The mistake in the first of its ways that fits, in all layers that it fits.

    Raises: InputError where it is impossible in this network.
    """
    reasons = []
    for way in mistake.ways:
        if way.odd or way.start:
            continue
        try:
            layers = layers_where(mistake, way, setup, before)
            made = Made(mistake, way, layers)
            program_made((*before, made), setup)
        except ShapeError as error:
            reasons.append(str(error))
        else:
            return made
    why = reasons[0] if reasons else "no formula of an iteration makes it"
    raise InputError(f"the mistake {mistake.name} is impossible here: {why}")
