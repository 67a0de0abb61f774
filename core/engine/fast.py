"""The fast program: what the next iteration hangs on, in few calls and near memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from chainstep.core.engine.blocks import blocked, with_shared_places
from chainstep.core.engine.joining import joined
from chainstep.core.engine.layout import Layout, Slot
from chainstep.core.engine.lowering import Instruction, lower
from chainstep.core.expression_parts import needs
from chainstep.core.expressions import Apply, Number, Ref
from chainstep.core.program import Program, Step


def needed_steps(program: Program, keep: Iterable[str] = ()) -> list[Step]:
    """The steps that the next iteration, or a quantity to keep, hangs on."""
    wanted = {pair.new.name for pair in program.carried} | set(keep)
    chosen = []
    for step in reversed(program.steps):
        if step.quantity.name in wanted:
            chosen.append(step)
            wanted |= needs(step.expression)
            if step.short:
                wanted |= needs(step.short.expression)
    return chosen[::-1]


def in_place(program: Program, layout: Layout) -> dict[Slot, Slot]:
    """New values that may take the place of the old at once, since nobody reads those later."""
    moves = {}
    for pair in program.carried:
        old, new = layout.places[pair.old.name], layout.places[pair.new.name]
        number = program.numbers[pair.new.name]
        later = program.steps[number:]
        if any(pair.old.name in needs(step.expression) for step in later):
            continue
        instructions = lower(layout, program.steps[number - 1])
        whole = all(at == new or not at.overlaps(new) for i in instructions for at in i.writes)
        if whole and _reads_before_writing(instructions, old, new):
            moves[new] = old
    return moves


def _reads_before_writing(instructions: list[Instruction], old: Slot, new: Slot) -> bool:
    """Whether ``old`` is read up to the first call that writes ``new``, entry by entry."""
    written = False
    for instruction in instructions:
        reads_old = any(place.overlaps(old) for place in instruction.reads)
        writes_new = any(place.overlaps(new) for place in instruction.writes)
        if reads_old and (written or (writes_new and instruction.kind != "ufunc")):
            return False
        written = written or writes_new
    return True


def moved(instruction: Instruction, moves: dict[Slot, Slot]) -> Instruction:
    """The instruction with places exchanged for others."""
    inputs = tuple(
        moves.get(place, place) if isinstance(place, Slot) else place
        for place in instruction.inputs
    )
    return instruction._replace(inputs=inputs, out=moves.get(instruction.out, instruction.out))


def fast(layout: Layout, keep: Collection[str] = ()) -> tuple[list[Instruction], list[Instruction]]:
    """What runs once before many iterations, and what each of them runs.

    ``keep`` names computed quantities that must stand in their places after an iteration.
    """
    program = layout.program
    kept = [layout.places[name] for name in keep]
    moves = {new: old for new, old in in_place(program, layout).items() if new not in kept}
    every: list[Instruction] = []
    for step in needed_steps(program, keep):
        whole = _taken_once(step)
        if whole is not None and step.quantity.name not in keep:
            stands = layout.places[whole]
            moves[layout.places[step.quantity.name]] = moves.get(stands, stands)
            continue
        every.extend(moved(part, moves) for part in lower(layout, step))
    for pair in program.carried:
        old, new = layout.places[pair.old.name], layout.places[pair.new.name]
        if new not in moves:
            every.append(Instruction("ufunc", np.positive, (new,), old))
    once = [part for part in every if part.kind == "fill" and _written_once(part, every)]
    once_ids = {id(part) for part in once}
    each = joined((part for part in every if id(part) not in once_ids), layout)
    return once, blocked(with_shared_places(each, kept), kept)


def _taken_once(step: Step) -> str | None:
    """The quantity that a step multiplies by 1, a learning rate of 1, which leaves every bit."""
    match step.expression:
        case Apply(function=np.multiply, args=(Number(value=1.0), Ref(quantity=whole))):
            return whole.name
    return None


def _written_once(part: Instruction, every: list[Instruction]) -> bool:
    return not any(
        place.overlaps(part.out) for other in every if other is not part for place in other.writes
    )
