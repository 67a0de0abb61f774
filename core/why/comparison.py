"""Two chains side by side: which factors are the same, which differ, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isnan, prod
from typing import Literal

from chainstep.core.quantities import Entry
from chainstep.core.records import Frame
from chainstep.core.stepper import Stepper
from chainstep.core.why.causes import Causes, Difference, Reason
from chainstep.core.why.chain import Chain, Factor, Term, Unfolding, chain
from chainstep.core.why.places import Place
from chainstep.core.why.symmetry import Colouring, colouring


@dataclass(frozen=True, slots=True)
class Line:
    """One factor of each of two products."""

    one: Factor
    other: Factor

    @property
    def same(self) -> bool:
        return same(self.one.value, self.other.value)


@dataclass(frozen=True, slots=True)
class Block:
    """Two products factor by factor: one term of each of two sums."""

    lines: tuple[Line, ...]

    @property
    def products(self) -> tuple[float, float]:
        return prod(line.one.value for line in self.lines), prod(
            line.other.value for line in self.lines
        )

    @property
    def observation(self) -> int | None:
        """The observation of both terms; None where they belong to two, or to none."""
        found = {Term((line.one, line.other)).observation for line in self.lines} - {None}
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True)
class Comparison:
    """Whether two numbers are the same, and why or why not.

    ``by`` is ``structure`` where the colouring has them as one, ``chance`` where they are equal
    at this moment only, None where they are not equal. ``structure`` is what the colouring of
    the first iteration or of this one says, whatever the bits: entries that it has as one and
    that differ are apart by rounding alone.
    ``reasons`` are the factors that differ, where the numbers differ; ``although`` those that
    differ where the numbers are equal all the same. ``shared`` are factors that chains of two
    kinds have in common; ``blocks`` are then empty.
    """

    one: Chain
    other: Chain
    equal: bool
    by: Literal["structure", "chance"] | None
    structure: bool
    blocks: tuple[Block, ...]
    reasons: tuple[Reason, ...] = ()
    although: tuple[Reason, ...] = ()
    shared: tuple[Factor, ...] = ()

    @property
    def apart(self) -> float:
        return abs(self.one.value - self.other.value)

    @property
    def ratio(self) -> float | None:
        return _ratio(self.one.value, self.other.value)

    @property
    def apart_by_rounding(self) -> bool:
        """Whether the two are one number in exact arithmetic, and not in this run."""
        return self.structure and not self.equal

    @property
    def of_one_kind(self) -> bool:
        """Whether both are entries of one quantity, so that their factors stand in pairs."""
        return self.one.quantity == self.other.quantity


def same(one: float, other: float) -> bool:
    """Whether two numbers are the same; nothing that is no number differs from another."""
    return one == other or (isnan(one) and isnan(other))


def _ratio(one: float, other: float) -> float | None:
    return other / one if one and abs(one) != float("inf") else None


def compare(frame: Frame, one: Entry, other: Entry, start: Colouring | None = None) -> Comparison:
    """Lays two chains of an iteration side by side.

    ``start`` is the colouring of the first iteration, where the frame is of a later one.
    Raises: InputError where the network has no such entry.
    """
    chains = chain(frame, one), chain(frame, other)
    equal = same(chains[0].value, chains[1].value)
    if chains[0].quantity != chains[1].quantity:
        return _of_two_kinds(*chains, equal=equal)
    unfolding = Unfolding(frame)
    places = tuple(Place(each.quantity, each.entry.position) for each in chains)
    colourings = [colouring(frame, unfolding.program), *([start] if start else [])]
    structure = any(
        each.same(chains[0].quantity, places[0].position, places[1].position)
        for each in colourings
    )  # fmt: skip
    by = _by(equal=equal, structure=structure)
    blocks = _blocks(unfolding, *places)
    reasons = _reasons(unfolding, *places)
    if chains[0].terms:
        reasons = tuple(_with_share(reason, blocks) for reason in reasons)
    return Comparison(
        *chains, equal, by, structure, blocks, () if equal else reasons, reasons if equal else ()
    )


def _by(*, equal: bool, structure: bool) -> Literal["structure", "chance"] | None:
    if not equal:
        return None
    return "structure" if structure else "chance"


def _reasons(unfolding: Unfolding, one: Place, other: Place) -> tuple[Reason, ...]:
    return Causes(unfolding).reasons(one, other) if one != other else ()


def _blocks(unfolding: Unfolding, one: Place, other: Place) -> tuple[Block, ...]:
    """The terms of both sums in pairs, single products taken apart as far as they go."""
    causes = Causes(unfolding)
    left = unfolding.places(one)
    right = causes.aligned(one, other, unfolding.places(other))
    if [len(term) for term in left] != [len(term) for term in right]:
        return ()  # one of them is frozen
    blocks = []
    for ours, theirs in zip(left, right, strict=True):
        terms = [unfolding.unfolded(unfolding.term(term)) for term in (ours, theirs)]
        if len(terms[0].factors) != len(terms[1].factors):
            return ()
        pairs = zip(terms[0].factors, terms[1].factors, strict=True)
        blocks.append(Block(tuple(Line(*pair) for pair in pairs)))
    if not blocks:  # a formula: its operands
        operands = unfolding.operands(one), unfolding.operands(other)
        if len(operands[0]) == len(operands[1]):
            pairs = zip(*operands, strict=True)
            blocks.append(Block(tuple(Line(*pair) for pair in pairs)))
    return tuple(blocks)


def _with_share(reason: Reason, blocks: tuple[Block, ...]) -> Reason:
    """The reason with what it alone makes of the first chain, where it is a line of its own."""
    total = changed = 0.0
    for block in blocks:
        if not any(line.one.quantity == reason.quantity.name for line in block.lines):
            return reason
        total += block.products[0]
        changed += prod(
            (line.other if line.one.quantity == reason.quantity.name else line.one).value
            for line in block.lines
        )
    return replace(reason, share=_ratio(total, changed))


def _of_two_kinds(one: Chain, other: Chain, *, equal: bool) -> Comparison:
    """Chains of two quantities: they have other lengths, so only common factors compare."""
    ours = _factors(one)
    theirs = _factors(other)
    shared = tuple(factor for factor in ours if factor in theirs)
    differences = [
        *(Difference(factor.place, None, (factor.value, None)) for factor in ours),
        *(Difference(None, factor.place, (None, factor.value)) for factor in theirs),
    ]
    common = {factor.place for factor in shared}
    found: dict[str, list[Difference]] = {}
    for each in differences:
        place = each.one or each.other
        if place and place.quantity and place not in common:
            found.setdefault(place.name, []).append(each)
    reasons = tuple(Reason(each[0].quantity, tuple(each), (), 0) for each in found.values())
    by: Literal["chance"] | None = "chance" if equal else None
    return Comparison(
        one=one, other=other, equal=equal, by=by, structure=False, blocks=(), shared=shared,
        reasons=() if equal else reasons, although=reasons if equal else (),
    )  # fmt: skip


def _factors(of: Chain) -> tuple[Factor, ...]:
    factors = (factor for term in of.terms for factor in term.factors)
    return tuple(dict.fromkeys(factors)) or of.operands


def evened(frame: Frame, comparison: Comparison) -> tuple[float, float] | None:
    """Both numbers once more, with the second's causes set to the first's, as the engine has them.

    None where the causes are not weights and biases alone.
    """
    causes = [cause for reason in comparison.reasons for cause in reason.causes]
    program, chains = frame.layout.program, (comparison.one, comparison.other)
    only_parameters = all(cause.quantity.role in {"W", "b"} for cause in causes)
    before_update = all(
        program.step(each.entry.quantity).phase != "update" for each in chains if not each.given
    )
    if not causes or not only_parameters or not before_update:
        return None
    values = {quantity.name: frame[quantity.name].copy() for quantity in program.start}
    for cause in causes:
        assert cause.one is not None
        assert cause.other is not None
        values[cause.quantity.name][cause.other.position] = cause.values[0]
    stepper = Stepper(program)
    values |= stepper.alone("forward", values)
    values |= stepper.alone("backward", values)
    one, other = (float(values[each.entry.quantity][each.entry.position]) for each in chains)
    return one, other
