"""Which number is picked, and where an arrow leads from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from chainstep.core import Entry
from chainstep.core.program import Step
from chainstep.tui.view import Choices, View
from chainstep.tui.widgets.matrices import Matrix
from chainstep.tui.widgets.operation import factors_of, matrices_of

Direction = Literal["up", "down", "left", "right"]

_STEPS: dict[str, tuple[int, int]] = {
    "up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1),
}  # fmt: skip


def kept(view: View, before: Entry | None) -> Entry | None:
    """The entry that is picked at a new moment: of its result, where the last one was."""
    if view.step is None:
        return before if before and view.has(before.quantity) else None
    quantity = view.step.quantity
    position = before.position if before else ()
    if len(position) != len(quantity.shape):
        position = (*(0,) * len(quantity.shape), *position)[-len(quantity.shape) :]
        position = position if quantity.shape else ()
    fitted = tuple(min(at, size - 1) for at, size in zip(position, quantity.shape, strict=True))
    return Entry(quantity.name, fitted)


def first(view: View, choices: Choices) -> Entry | None:
    """What is picked when a person goes into the tables."""
    if choices.picked is not None and any(
        b.name == choices.picked.quantity for b in matrices_of(view, choices)
    ):
        return choices.picked
    block = matrices_of(view, choices)[-1]
    return block.entry(0, 0)


def moved(view: View, choices: Choices, direction: Direction, by: int = 1) -> Entry | None:
    """The entry in a direction; over the edge of a table lies the one beside it."""
    blocks = matrices_of(view, choices)
    at = next(
        (b for b in blocks if choices.picked and b.name == choices.picked.quantity), blocks[-1]
    )
    row, column = at.place(choices.picked)
    down, right = _STEPS[direction]
    row, column = row + by * down, column + by * right
    if 0 <= row < at.rows and 0 <= column < at.columns:
        return at.entry(row, column)
    beside = _beside(view.step, blocks, at, direction)
    if beside is None or by > 1:
        return at.entry(min(max(row, 0), at.rows - 1), min(max(column, 0), at.columns - 1))
    return _edge(beside, direction, row, column)


def _edge(block: Matrix, direction: Direction, row: int, column: int) -> Entry:
    row = {"up": block.rows - 1, "down": 0}.get(direction, min(row, block.rows - 1))
    column = {"left": block.columns - 1, "right": 0}.get(direction, min(column, block.columns - 1))
    return block.entry(row, column)


def _beside(
    step: Step | None, blocks: Sequence[Matrix], at: Matrix, direction: Direction
) -> Matrix | None:
    """The table on the other side of an edge."""
    factors = factors_of(step, blocks) if step else None
    if factors is not None:
        ways = {
            (factors.left.name, "right"): factors.result,
            (factors.result.name, "left"): factors.left,
            (factors.result.name, "up"): factors.added or factors.right,
            (factors.right.name, "down"): factors.added or factors.result,
            (factors.right.name, "left"): factors.left,
        }
        if factors.added:
            ways[factors.added.name, "down"] = factors.result
            ways[factors.added.name, "up"] = factors.right
        return ways.get((at.name, direction))
    index = [block.name for block in blocks].index(at.name)
    if direction in {"left", "up"}:
        return blocks[index - 1] if index else None
    return blocks[index + 1] if index + 1 < len(blocks) else None


def next_table(view: View, choices: Choices) -> Entry:
    """The first entry of the next table of the step."""
    blocks = matrices_of(view, choices)
    names = [block.name for block in blocks]
    index = (
        names.index(choices.picked.quantity)
        if choices.picked and choices.picked.quantity in names
        else -1
    )
    return blocks[(index + 1) % len(blocks)].entry(0, 0)
