"""A sheet to practise on, and its key: one iteration by hand, and what wrong answers tell."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chainstep.core.check.mistakes import MISTAKES
from chainstep.core.check.telling_numbers import RIGHT, Practice, first_apart
from chainstep.core.formats.document import (
    Block,
    Document,
    Heading,
    Look,
    Numbers,
    Sentence,
    Table,
    Term,
    Title,
)
from chainstep.core.formats.run_document import Teller
from chainstep.core.program import Program
from chainstep.core.quantities import Entry, InputError, Quantity
from chainstep.core.records import Record
from chainstep.core.stepper import Stepper
from chainstep.core.text.network_in_words import network_line
from chainstep.core.text.numbers import Digits, number_text

_MOST = 400  # numbers of an iteration that one still computes by hand
_BLANK = "______"


def worksheet(practice: Practice, title: str, look: Look, *, key: bool) -> Document:
    """The sheet, or its key.

    Raises: InputError where an iteration has more numbers than anybody computes by hand.
    """
    stepper = Stepper(practice.setup)
    refuse_large(stepper.program)
    heading = f"{title}, key" if key else title
    blocks = _key(practice, stepper, look) if key else _sheet(practice, stepper, look)
    return Document(heading, _whole(heading, practice, stepper, look, blocks))


def refuse_large(program: Program) -> None:
    """Refuses what nobody computes by hand.

    Raises: InputError where an iteration has more numbers than a sheet holds.
    """
    count = sum(step.quantity.size for step in program.steps)
    if count > _MOST:
        raise InputError(
            f"an iteration of this network has {count} numbers to compute; a sheet holds {_MOST}: "
            "take fewer units or observations"
        )


def _whole(
    title: str, practice: Practice, stepper: Stepper, look: Look, blocks: Iterator[Block]
) -> Iterator[Block]:
    program = stepper.program
    yield Title(title)
    yield Sentence(network_line(program))
    yield Sentence(
        f"One iteration by hand: forward, backward, update. Write every number with "
        f"{practice.digits} digits, and go on with the numbers that you wrote."
    )
    yield Heading("Given")
    for quantity in program.start:
        if quantity.shape:
            yield from _given(quantity, stepper, look)
    yield from blocks


def _given(quantity: Quantity, stepper: Stepper, look: Look) -> Iterator[Block]:
    program, notation = stepper.program, look.notation
    rows, columns = (axis.plural for axis in notation.axes(quantity, program))
    name = notation.beside(quantity, program)
    yield Sentence(f"{name}; rows: {rows}, columns: {columns}", "axes")
    value = np.asarray(notation.turn(quantity, stepper[quantity.name]))
    yield _list(quantity, value, program, look)


def _list(quantity: Quantity, value: np.ndarray, program: Program, look: Look) -> Numbers:
    term = Term(quantity, value, look.notation.axes(quantity, program))
    return Numbers("list", "", (term,), program, look.notation)


# ── the sheet ─────────────────────────────────────────────────────────────────────────────


def _sheet(practice: Practice, stepper: Stepper, look: Look) -> Iterator[Block]:
    """Every step with room for its numbers; ``practice`` has said what is given."""
    del practice  # the sheet does not tell its answers
    teller = Teller(look.notation, ("formula", "meaning", "axes"))
    for record in _by_phase(stepper):
        if isinstance(record, Heading):
            yield record
            continue
        step = teller.step(record)
        shape = np.shape(look.notation.turn(record.definition.quantity, record.value))
        blank = _list(record.definition.quantity, np.full(shape, _BLANK), stepper.program, look)
        yield step._replace(blocks=(*step.blocks, blank))


def _by_phase(stepper: Stepper) -> Iterator[Heading | Record]:
    phase = ""
    for record in stepper.walk(1):
        if record.phase != phase:
            phase = record.phase
            yield Heading(phase.capitalize(), 3)
        yield record


# ── the key ───────────────────────────────────────────────────────────────────────────────


def _key(practice: Practice, stepper: Stepper, look: Look) -> Iterator[Block]:
    teller = Teller(look.notation, ("formula", "meaning", "axes", "numbers"))
    for record in _by_phase(stepper):
        yield record if isinstance(record, Heading) else teller.step(record)
    yield Heading("What a wrong answer tells")
    yield Sentence(
        "The first number that comes out wrong, where nothing but the one mistake is made. "
        f"The numbers of this sheet were drawn so that these differ ({practice.trials} draws)."
    )
    yield Table(("number", "right", "wrong", "mistake"), tuple(_telling(practice, stepper.program)))
    yield from _untold(practice)


def _telling(practice: Practice, program: Program) -> Iterator[tuple[str, ...]]:
    """A row for each mistake, in the order of the steps where they show first."""
    right = practice.answers[RIGHT]
    rows = []
    for name, values in practice.answers.items():
        place = first_apart(right, values, practice.digits) if name != RIGHT else None
        if place is None:
            continue
        quantity, position = place
        entry = str(Entry(quantity, position))
        digits = Digits(practice.digits)
        texts = (number_text(each[quantity][position], digits) for each in (right, values))
        step = program.numbers.get(quantity, 0)
        rows.append((step, (entry, *texts, f"{name}: {MISTAKES[name].title}")))
    yield from (row for _, row in sorted(rows))


def _untold(practice: Practice) -> Iterator[Block]:
    """What the numbers of the sheet cannot tell."""
    unseen = [other for one, other in practice.alike if one == RIGHT]
    if unseen:
        yield Sentence(
            f"In one iteration of this network nothing comes out wrong by: "
            f"{', '.join(sorted(unseen))}."
        )
    pairs = [
        f"{one} and {other}"
        for one, other in practice.alike
        if one != RIGHT and not {one, other} & set(unseen)
    ]
    if pairs:
        yield Sentence(f"The same numbers come of: {'; '.join(sorted(pairs))}.")
