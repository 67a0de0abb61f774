"""Which values carry the error back to the updates, and which of them are not explained."""

from __future__ import annotations

import numpy as np

from chainstep.scenarios.programs.reading.iterations import Update
from chainstep.scenarios.programs.reading.reading import Reading
from chainstep.scenarios.programs.reading.recognising import Match
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Value


class Errors:
    """Which values on the way to the updates carry the error: derivatives, and what follows."""

    def __init__(self, trace: Trace, reading: Reading) -> None:
        self._reading = reading
        self.carry: set[int] = set()
        held = {v.index for v, _ in reading.cost.pairs}
        for index in sorted(reading.path):
            value = trace.values[index]
            starts = bool(self.right(value)) or (
                value.op == "subtract"
                and any(p.index in held for p in value.parts)
                and np.size(value.value) >= 1
                and index not in self._slopes(value, held)
            )
            if starts or any(p.index in self.carry for p in value.parts):
                self.carry.add(index)
        self.lost = self._lost(reading)
        if not self.carry:
            full = max((reading.iteration.masks[i].bit_count() for i in reading.path), default=0)
            self.carry = {i for i in reading.path if reading.iteration.masks[i].bit_count() == full}

    def _lost(self, reading: Reading) -> set[int]:
        """What leads to an update without anything that carries the error: it was lost before."""
        lost: set[int] = set()
        for update in reading.iteration.updates:
            stack = [e for e in update.events if not any(p.index in self.carry for p in e.parts)]
            while stack:
                value = stack.pop()
                if value.index not in lost and (
                    value.index in reading.path or value in update.events
                ):
                    lost.add(value.index)
                    stack.extend(p for p in value.parts if p.index not in self.carry)
        return lost

    @staticmethod
    def _slopes(value: Value, held: set[int]) -> set[int]:
        """`1 - a` is no error: a number of the source is held against the output."""
        return {value.index} if value.literal or not held else set()

    def right(self, value: Value) -> list[Match]:
        """The derivatives that a value is; numbers that are flat or not finite are none."""
        return self._reading.matches.get(value.index, [])


def unexplained(errors: Errors, update: Update) -> list[Value]:
    """What is no derivative on the way to an update, up to the last values that are."""
    stack: list[Value] = list(update.events)
    found: dict[int, Value] = {}
    while stack:
        value = stack.pop()
        if value.index in found:
            continue
        found[value.index] = value
        carrying = [p for p in value.parts if p.index in errors.carry]
        if not carrying and value.index in errors.lost:
            carrying = [p for p in value.parts if p.index in errors.lost]
        stack.extend(p for p in carrying if not errors.right(p))
    return [found[index] for index in sorted(found)]
