"""Large arrays in nearer memory: places shared, element-wise calls block by block.

Neither changes a bit: the calls and the order in which each number meets them stay the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from chainstep.core.engine.layout import Slot
from chainstep.core.engine.lowering import Instruction

BLOCK = 16_384  # numbers; some three arrays of them lie in a processor's own cache together


def with_shared_places(
    instructions: Sequence[Instruction], kept: Collection[Slot]
) -> list[Instruction]:
    """The same calls, where what an element-wise call reads last stands where it writes.

    So z is computed in the place of a, and dC/da in that of delta.
    """
    result = list(instructions)
    for last in range(len(result)):
        for operand in result[last].inputs if result[last].is_flat else ():
            if isinstance(operand, Slot) and operand.size > BLOCK:
                first = _whole_life(operand, result, last, kept)
                if first is not None and _free(result[last].out, result[first : last + 1]):
                    for n in range(first, last + 1):
                        result[n] = _with_offset(result[n], operand, result[last].out.offset)
    return result


def _whole_life(
    place: Slot, instructions: Sequence[Instruction], last: int, kept: Collection[Slot]
) -> int | None:
    """The call that fills the place, where no call before it or after ``last`` touches it."""
    touching = [n for n, one in enumerate(instructions) if one.touches(place)]
    if touching[-1:] != [last] or any(other.overlaps(place) for other in kept):
        return None
    if not all(_handles_whole(instructions[n], place) for n in touching):
        return None
    first = instructions[touching[0]]
    filled = first.out.same_run(place) and not any(read.overlaps(place) for read in first.reads)
    return touching[0] if filled else None


def _handles_whole(instruction: Instruction, place: Slot) -> bool:
    """Whether the call takes the place as one operand, not a part of it or more than it."""
    return instruction.kind in {"ufunc", "dot", "reduce0", "reduce1"} and all(
        touched.same_run(place) or not touched.overlaps(place)
        for touched in (*instruction.reads, *instruction.writes)
    )


def _free(place: Slot, life: Sequence[Instruction]) -> bool:
    """Whether nothing touches the place before the last of these calls writes it."""
    return not (
        any(one.touches(place) for one in life[:-1])
        or any(read.overlaps(place) for read in life[-1].reads)
    )


def _with_offset(instruction: Instruction, old: Slot, offset: int) -> Instruction:
    """The call with the places at ``old`` put elsewhere."""
    inputs = tuple(
        place._replace(offset=offset) if isinstance(place, Slot) and place.same_run(old) else place
        for place in instruction.inputs
    )
    out = instruction.out
    out = out._replace(offset=offset) if out.same_run(old) else out
    return instruction._replace(inputs=inputs, out=out)


def blocked(instructions: Sequence[Instruction], kept: Collection[Slot]) -> list[Instruction]:
    """The same work with long element-wise calls cut, so that a block stays near to the next."""
    result: list[Instruction] = []
    rest = list(instructions)
    while rest:
        group = [rest.pop(0)]
        while rest and _goes_along(group, rest[0]):
            group.append(rest.pop(0))
        if _is_long(group[0]):
            ours = {id(one) for one in group}
            others = [one for one in instructions if id(one) not in ours]
            result.extend(_cut(group, _passing(group, others, kept)))
        else:
            result.extend(group)
    return result


def _is_long(instruction: Instruction) -> bool:
    return instruction.is_flat and instruction.out.size > BLOCK


def _goes_along(group: Sequence[Instruction], next_one: Instruction) -> bool:
    """Whether a call meets the numbers of these calls at the same positions or not at all."""
    if not (_is_long(group[0]) and _is_long(next_one) and group[0].out.size == next_one.out.size):
        return False
    ours = [place for one in group for place in (*one.reads, *one.writes)]
    return all(
        theirs.same_run(place) or not theirs.overlaps(place)
        for theirs in (*next_one.reads, *next_one.writes)
        for place in ours
    )


def _passing(
    group: Sequence[Instruction], others: Sequence[Instruction], kept: Collection[Slot]
) -> set[int]:
    """The offsets of places that are filled and read in these calls only."""
    found = set()
    for n, one in enumerate(group):
        used_before = any(earlier.touches(one.out) for earlier in group[:n])
        reads_itself = any(read.overlaps(one.out) for read in one.reads)
        used_elsewhere = any(other.touches(one.out) for other in others)
        wanted = any(place.overlaps(one.out) for place in kept)
        if not (used_before or reads_itself or used_elsewhere or wanted):
            found.add(one.out.offset)
    return found


def _cut(group: Sequence[Instruction], passing: set[int]) -> Iterator[Instruction]:
    """Block after block of these calls; what only passes through uses one block's room."""
    size = group[0].out.size

    def part(place: Slot | float, start: int, stop: int) -> Slot | float:
        if not isinstance(place, Slot) or not place.shape:
            return place
        offset = place.offset if place.offset in passing else place.offset + start
        return Slot(offset, (stop - start,))

    for start in range(0, size, BLOCK):
        stop = min(size, start + BLOCK)
        for one in group:
            out = part(one.out, start, stop)
            assert isinstance(out, Slot), "an output is a place"
            inputs = tuple(part(place, start, stop) for place in one.inputs)
            yield one._replace(inputs=inputs, out=out)
