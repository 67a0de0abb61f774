"""Fewer calls for the same work: neighbours in memory go in one."""

from __future__ import annotations

from collections.abc import Iterable

from chainstep.core.engine.layout import Layout, Slot
from chainstep.core.engine.lowering import Instruction

_LONGEST = 8192  # numbers; a longer run gains nothing from a saved call, and blocks.py parts it
_BACK = 64  # calls that are looked back upon; with all of them, hundreds of layers take minutes


def joined(instructions: Iterable[Instruction], layout: Layout) -> list[Instruction]:
    """The same work in fewer calls: neighbours in memory go in one, where order allows it."""
    result: list[Instruction] = []
    for instruction in instructions:
        for n in range(len(result) - 1, max(-1, len(result) - 1 - _BACK), -1):
            union = _union(result[n], instruction, layout)
            if union is not None:
                result[n] = union
                break
            if _conflict(result[n], instruction):
                result.append(instruction)
                break
        else:
            result.append(instruction)
    return result


def _conflict(earlier: Instruction, later: Instruction) -> bool:
    earlier_writes, later_writes = list(earlier.writes), list(later.writes)
    return (
        any(a.overlaps(b) for a in earlier_writes for b in later.reads)
        or any(a.overlaps(b) for a in earlier.reads for b in later_writes)
        or any(a.overlaps(b) for a in earlier_writes for b in later_writes)
    )


def _union(first: Instruction, second: Instruction, layout: Layout) -> Instruction | None:
    """One instruction for two, where each operand of one follows that of the other alike."""
    if not (
        first.function is second.function
        and first.is_flat
        and second.is_flat
        and first.out.size <= _LONGEST >= second.out.size
        and not _conflict(first, second)
    ):
        return None
    if first.out.offset > second.out.offset:
        first, second = second, first
    pairs = [(first.out, second.out)]
    for a, b in zip(first.inputs, second.inputs, strict=True):
        if isinstance(a, Slot) and isinstance(b, Slot) and a.shape and b.shape:
            pairs.append((a, b))
        elif a != b:
            return None
    gaps = {b.offset - a.stop for a, b in pairs}
    padded = all(a.stop in layout.padded_stops for a, _ in pairs)
    if gaps != {0} and not (padded and gaps == {layout.pad}):
        return None
    inputs = tuple(
        _span(a, b) if isinstance(a, Slot) and isinstance(b, Slot) and a.shape else a
        for a, b in zip(first.inputs, second.inputs, strict=True)
    )
    return first._replace(inputs=inputs, out=_span(first.out, second.out))


def _span(first: Slot, second: Slot) -> Slot:
    return Slot(first.offset, (second.stop - first.offset,))
