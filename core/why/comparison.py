"""Two chains side by side: which factors are the same, which differ, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite, isnan, prod
from typing import Literal

from chainstep.core.quantities import Entry
from chainstep.core.records import Frame
from chainstep.core.stepper import Stepper
from chainstep.core.why.causes import Causes, Difference, Reason
from chainstep.core.why.chain import Chain, Factor, Term, Unfolding, chain
from chainstep.core.why.other_iterations import Later, first_apart, seen_later
from chainstep.core.why.places import Place
from chainstep.core.why.structure import Structure, equal_now, structure_of
from chainstep.core.why.symmetry import identical_units


@dataclass(frozen=True, slots=True)
class PairedFactors:
    """One factor of each of two products."""

    one: Factor
    other: Factor

    @property
    def same(self) -> bool:
        return same(self.one.value, self.other.value)


@dataclass(frozen=True, slots=True)
class PairedTerms:
    """Two products factor by factor: one term of each of two sums."""

    lines: tuple[PairedFactors, ...]

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


By = Literal["structure", "chance", "unknown"]


@dataclass(frozen=True)
class Comparison:
    """Whether two numbers are the same, and why or why not.

    ``by`` is ``structure`` where exact arithmetic keeps them equal from now on, ``chance`` where
    they are equal now and a later iteration parts them, ``unknown`` where neither was found,
    None where they are not equal. ``structure`` is what exact arithmetic says, from the first
    iteration or from this one, whatever the bits: entries that it keeps equal and that differ
    are apart by rounding alone. ``constant`` says that neither ever changes. ``units`` are the
    identical units that the two belong to, by layer. ``moves`` is the parameter that belongs to
    the first, with its value before this iteration's update and after it, where they differ.
    ``equal_now`` says of two that differ a little that they are equal in exact arithmetic in
    this iteration, with nothing said of others.
    ``reasons`` are the factors that differ, where the numbers differ; ``although`` those that
    differ where the numbers are equal all the same. ``shared`` are factors that chains of two
    kinds have in common; ``blocks`` are then empty. ``since`` is the first iteration in which
    rounding had put the two apart.
    """

    one: Chain
    other: Chain
    equal: bool
    structure: bool
    constant: bool = False
    blocks: tuple[PairedTerms, ...] = ()
    reasons: tuple[Reason, ...] = ()
    although: tuple[Reason, ...] = ()
    shared: tuple[Factor, ...] = ()
    later: Later | None = None
    since: int | None = None
    units: tuple[tuple[int, tuple[int, ...]], ...] = ()
    moves: tuple[Entry, float, float] | None = None
    equal_now: bool = False

    @property
    def by(self) -> By | None:
        if not self.equal:
            return None
        if self.structure:
            return "structure"
        return "chance" if self.later and self.later.parted else "unknown"

    @property
    def apart(self) -> float:
        return abs(self.one.value - self.other.value)

    @property
    def finite(self) -> bool:
        """Whether both are numbers that something can be read from."""
        return isfinite(self.one.value) and isfinite(self.other.value)

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


def compared(stepper: Stepper, iteration: int, one: Entry, other: Entry) -> Comparison:
    """Two numbers of an iteration, with what the iterations before and after it say of them.

    The stepper is moved. Raises: InputError where the network has no such entry.
    """
    stepper.goto(iteration)
    frame = stepper.iterate()[-1].frame
    found = compare(frame, one, other)
    if not found.finite or found.one.entry == found.other.entry:
        return found
    if iteration > 1 and not found.structure:
        stepper.goto(1)
        start = structure_of(stepper.iterate()[-1].frame)
        if start is not None and start.same(*_ends(found)):
            found = replace(found, structure=True)
    if found.apart_by_rounding:
        return replace(found, since=first_apart(stepper, iteration, *_ends(found)))
    if not found.equal:
        return replace(found, equal_now=equal_now(frame, *_ends(found)))
    if found.by == "unknown":
        return replace(found, later=seen_later(stepper, iteration, *_ends(found)))
    return found


def _ends(found: Comparison) -> tuple[Entry, Entry]:
    return found.one.entry, found.other.entry


def compare(frame: Frame, one: Entry, other: Entry) -> Comparison:
    """Lays two chains of an iteration side by side.

    Raises: InputError where the network has no such entry.
    """
    chains = chain(frame, one), chain(frame, other)
    equal = same(chains[0].value, chains[1].value)
    exactly = structure_of(frame)
    ends = chains[0].entry, chains[1].entry
    kept = exactly is not None and exactly.same(*ends)
    constant = exactly is not None and all(exactly.is_constant(end) for end in ends)
    if chains[0].quantity != chains[1].quantity:
        return replace(_of_two_kinds(*chains, equal=equal), structure=kept, constant=constant)
    unfolding = Unfolding(frame)
    places = tuple(Place(each.quantity, each.entry.position) for each in chains)
    blocks = _blocks(unfolding, *places)
    reasons = _reasons(unfolding, *places)
    if chains[0].terms:
        reasons = tuple(_with_share(reason, blocks) for reason in reasons)
    return Comparison(
        *chains,
        equal,
        kept,
        constant,
        blocks,
        () if equal else reasons,
        reasons if equal else (),
        units=_identical(frame, exactly, *ends) if exactly and kept else (),
        moves=_moves(frame, ends[0]),
    )


def _identical(
    frame: Frame, kept: Structure, one: Entry, other: Entry
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """The identical units that two entries belong to; none where they differ in more than that."""
    program = frame.layout.program
    if not program.depth:
        return ()
    (groups, _), found = identical_units(frame, program, kept), []
    quantity = program.quantities[one.quantity]
    for axis, left, right in zip(quantity.axes, one.position, other.position, strict=True):
        if left == right:
            continue
        bias = 1 if axis.kind == "bias + unit" else 0
        pair = {left - bias, right - bias}
        known = [
            each.units for each in groups if each.layer == axis.layer and pair <= {*each.units}
        ]
        if not known:
            return ()
        found.append((int(axis.layer or 0), tuple(sorted(pair))))
    return tuple(dict.fromkeys(found))


def _moves(frame: Frame, entry: Entry) -> tuple[Entry, float, float] | None:
    """The parameter of an entry before and after this iteration's update, where it changes."""
    program = frame.layout.program
    name = program.quantities[entry.quantity].parameter
    new = next((pair.new.name for pair in program.carried if pair.old.name == name), None)
    if new is None or frame[name].shape != frame[entry.quantity].shape:
        return None
    before, after = (float(frame[each][entry.position]) for each in (name, new))
    return (Entry(name, entry.position), before, after) if before != after else None


def _reasons(unfolding: Unfolding, one: Place, other: Place) -> tuple[Reason, ...]:
    return Causes(unfolding).reasons(one, other) if one != other else ()


def _blocks(unfolding: Unfolding, one: Place, other: Place) -> tuple[PairedTerms, ...]:
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
        blocks.append(PairedTerms(tuple(PairedFactors(*pair) for pair in pairs)))
    if not blocks:  # a formula: its operands
        operands = unfolding.operands(one), causes.beside(one, other, unfolding.operands(other))
        if len(operands[0]) == len(operands[1]):
            pairs = zip(*operands, strict=True)
            blocks.append(PairedTerms(tuple(PairedFactors(*pair) for pair in pairs)))
    return tuple(blocks)


def _with_share(reason: Reason, blocks: tuple[PairedTerms, ...]) -> Reason:
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
    return Comparison(
        one=one, other=other, equal=equal, structure=False, shared=shared,
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
    only_parameters = all(cause.quantity.is_parameter for cause in causes)
    before_update = all(
        program.step(each.entry.quantity).phase != "update" for each in chains if not each.given
    )
    if not causes or not only_parameters or not before_update or not program.depth:
        return None
    values = {quantity.name: frame[quantity.name].copy() for quantity in program.start}
    for cause in causes:
        assert cause.one is not None
        assert cause.other is not None
        values[cause.quantity.name][cause.other.position] = cause.values[0]
    stepper = Stepper(program.standing(values))
    values |= stepper.alone("forward", values)
    values |= stepper.alone("backward", values)
    one, other = (float(values[each.entry.quantity][each.entry.position]) for each in chains)
    return one, other
