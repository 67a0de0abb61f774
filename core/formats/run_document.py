"""The records of a run as a document: what was run, every step with its numbers, what came out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from chainstep.core.formats.document import (
    Block,
    Chain,
    Document,
    Equation,
    Heading,
    Lines,
    Look,
    Numbers,
    Sentence,
    StepOf,
    Title,
)
from chainstep.core.formats.step_numbers import numbers_of, shapes
from chainstep.core.program import Program
from chainstep.core.quantities import Kind
from chainstep.core.records import Record
from chainstep.core.setup import Array
from chainstep.core.stepper import Stepper
from chainstep.core.text.commands import Commands
from chainstep.core.text.formulas import right_side
from chainstep.core.text.network_in_words import network_line, place_in_epoch, start_line
from chainstep.core.text.notation import Notation
from chainstep.core.text.notations import DEFAULT
from chainstep.core.text.tables import list_table
from chainstep.core.why.meaning import meaning, why_now
from chainstep.core.why.remarks import equal_groups, remarks

#: What may be said of a step, with its help.
LINES = {
    "story": "what the scenario tells, once",
    "formula": "the formula in the page's names",
    "meaning": "what the step computes",
    "axes": "what rows and columns are",
    "chain": "the chain of a gradient",
    "derivation": "where the formula comes from, in letters and in parts; only where asked for",
    "numbers": "the matrices",
    "remarks": "what there is to see in them",
    "page": "what the page says",
}


#: What is told where nothing is asked for.
USUAL = tuple(name for name in LINES if name != "derivation")


class Said(NamedTuple):
    """A note at a quantity of an iteration, with who says it."""

    iteration: int
    quantity: str
    text: str


class About(NamedTuple):
    """What is run, where it comes from, and which part of it is shown.

    ``state`` is weights, biases and what the update rule remembers at the first moment shown.
    ``typed`` writes commands about the scenario as it was typed, ``changed`` is what differs
    from its file.
    """

    name: str
    program: Program
    state: Mapping[str, Array]
    title: str = ""
    place: str = ""
    story: str = ""
    typed: Commands | None = None
    changed: tuple[str, ...] = ()
    said: Sequence[Said] = ()
    shown: tuple[int, int] = (1, 1)
    iterations: int = 1

    @property
    def full_title(self) -> str:
        """The name with its title."""
        return f"{self.name}: {self.title}" if self.title else self.name


def state_of(stepper: Stepper) -> dict[str, Array]:
    """Weights, biases and rule state as they are now, by the names that a file calls them."""
    names = [quantity.name for quantity in stepper.program.start if quantity.kind is not Kind.DATA]
    return {name.removesuffix("_old"): stepper[name] for name in names}


def run_document(
    about: About,
    stepper: Stepper,
    records: Iterable[Record],
    look: Look,
    lines: Collection[str] = USUAL,
) -> Document:
    """The document of a run; its records are asked for one by one."""
    return Document(about.full_title, _blocks(about, stepper, records, look, lines), about.program)


def _blocks(
    about: About,
    stepper: Stepper,
    records: Iterable[Record],
    look: Look,
    lines: Collection[str],
) -> Iterator[Block]:
    yield from head(about)
    if "story" in lines:
        yield from (Sentence(part, "story") for part in about.story.split("\n\n") if part.strip())
    several = about.shown[0] != about.shown[1]
    teller = Teller(look.notation, lines, about.said)
    before: Record | None = None
    for record in records:
        moved_on = before is None or record.iteration != before.iteration
        if moved_on and several:
            epoch = place_in_epoch(about.program, record.iteration)
            yield Heading(f"Iteration {record.iteration}{epoch and f', {epoch}'}", 2)
        if moved_on or before is None or record.phase != before.phase:
            yield Heading(record.phase.capitalize(), 3)
        before = record
        yield teller.step(record)
    yield from summary(stepper, about.typed or Commands(about.name))


# ── the head ──────────────────────────────────────────────────────────────────────────────


def head(about: About) -> Iterator[Block]:
    """What is run, what it starts at, and which part of it follows."""
    yield Title(about.full_title, about.place)
    yield Sentence(network_line(about.program))
    if start := start_line(about.program):
        yield Sentence(start)
    if about.changed:
        changed = ", ".join(name.replace("_", " ") for name in about.changed)
        yield Sentence(f"changed from the scenario: {changed}")
    yield Sentence(_which_part(about), "line")


def _which_part(about: About) -> str:
    (first, last), steps = about.shown, f"{len(about.program.steps)} steps"
    if first != last:
        return f"iterations {first} to {last} of the {about.iterations} run, {steps} each"
    done = "update" if first == 2 else "updates"
    epoch = place_in_epoch(about.program, first)
    line = f"iteration {first}{epoch and f', {epoch}'} ({first - 1} {done} done), {steps}"
    if about.iterations > 1:
        were = f"{about.iterations} were run, this is the only one shown"
        line += f"; {were} (--show all shows them)"
    return line


# ── a step ────────────────────────────────────────────────────────────────────────────────


class Teller:
    """Tells the steps of a run one by one; what it said of a layer already it does not repeat."""

    def __init__(
        self,
        notation: Notation = DEFAULT,
        lines: Collection[str] = USUAL,
        said: Sequence[Said] = (),
    ) -> None:
        self.notation = notation
        self.lines = lines
        self._page = said
        self._place: tuple[int, str, int] | None = None
        self._axes: set[str] = set()

    def step(self, record: Record) -> StepOf:
        """A step with all that is told of it."""
        quantity = record.definition.quantity
        name = self.notation.quantity(quantity, record.program)
        numbers = numbers_of(record, self.notation)
        told = self._told(record, numbers)
        blocks = tuple(block for kind, block in told if kind in self.lines)
        return StepOf(
            record.iteration,
            record.definition,
            _formula(record, self.notation),
            shapes(numbers),
            "" if name == quantity.name else name,
            blocks,
        )

    def _told(self, record: Record, numbers: Numbers) -> Iterator[tuple[str, Block]]:
        step, program, notation = record.definition, record.program, self.notation
        if "formula" in self.lines:
            yield "formula", Equation(step, program, notation, record.took_short_way)
        what, now = meaning(step, program, notation), why_now(step, program, notation)
        if ", transposed" in what:
            right = right_side(step, notation, program)
            if "ᵀ" not in right and ".T" not in right:  # as the page lays it out, it is not
                what = what.replace(", transposed", "")
        if what or now:
            text = f"{what}. {now}".strip() if what else now
            yield "meaning", Sentence(text, "meaning")
        if axes := self._new_axes(record):
            yield "axes", Sentence(axes, "axes")
        if "chain" in self.lines and (chain := chain_block(record, notation)):
            yield "chain", chain
        if "derivation" in self.lines:
            yield from (("derivation", block) for block in _derived(record, notation))
        yield "numbers", numbers
        for sentence in remarks(record, notation):
            yield "remarks", Sentence(sentence, "remark")
        for each in self._page:
            if (each.iteration, each.quantity) == (record.iteration, record.quantity):
                yield "page", Sentence(each.text, "page")

    def _new_axes(self, record: Record) -> str:
        """What rows and columns are, where that was not said before in this layer."""
        place = (record.iteration, record.phase, record.layer)
        if place != self._place:
            self._place, self._axes = place, set()
        axes = axes_of(record, self.notation)
        if axes in self._axes:
            return ""
        self._axes.add(axes)
        return axes


def _formula(record: Record, notation: Notation) -> str:
    """The formula in the engine's names, as the arrays stand."""
    if not notation.engine_names:
        return record.formula
    short = record.took_short_way
    return right_side(record.definition, notation, record.program, short=short)


def _derived(record: Record, notation: Notation) -> Iterator[Block]:
    """Where a formula comes from, and what its parts come to."""
    from chainstep.core.text.derivations import derivation  # told where it is asked for

    for line in derivation(record.definition, record.program, notation, record.frame):
        if line.value is None:
            yield Sentence(line.text, "meaning")
        elif line.value.ndim == 2 and line.value.size <= _FEW:
            yield Lines((f"{line.text} =", *list_table(line.value)), drawn=True)


_FEW = 60  # numbers of a part that is written out


def chain_block(record: Record, notation: Notation) -> Chain | None:
    """The chain of a gradient, where the record is one."""
    if not record.definition.quantity.is_gradient:
        return None
    from chainstep.core.text.layer_chain import chain_of  # what prints text does without

    found = chain_of(record.program, record.definition, notation)
    return None if found is None else Chain(found)


def axes_of(record: Record, notation: Notation) -> str:
    """What the rows and the columns of a record's table are."""
    if len(record.axes) < 2:
        return ""
    names = [axis.plural for axis in notation.axes(record.definition.quantity, record.program)]
    rows, columns = names[-2:]
    where = f"rows: {rows}, columns: {columns}"
    return where if len(names) == 2 else f"one matrix per observation; {where}"


# ── the end ───────────────────────────────────────────────────────────────────────────────


def summary(stepper: Stepper, typed: Commands) -> Iterator[Block]:
    """The cost, the groups of equal units at this moment, and what to run next."""
    if cost := stepper.program.cost:
        value = float(np.sum(stepper[cost]))
        yield Sentence(f"iteration {stepper.moment.iteration}: cost {value:.7g}", "line")
    for k in range(1, stepper.program.depth):
        for group in equal_groups(stepper[f"a{k}"], 1):
            axis = stepper.program.quantities[f"a{k}"].axes[1]
            units = ", ".join(axis.label(position) for position in group[:6])
            more = f" and {len(group) - 6} more" if len(group) > 6 else ""
            yield Sentence(
                f"layer {k}: equal to the last bit in every observation: {units}{more}", "line"
            )
    if typed.runs_again:
        why, step = typed.about("why"), typed.about("open")
        yield Sentence(f"next: {why}, or step through it: {step}", "line")
