"""What was seen of a running program: its values, and the expression that failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(eq=False, slots=True)
class Value:
    """One number or array that the program made: by which operation, from what, and where.

    ``arguments`` are the operation's, with values in the places of what they stand for.
    """

    index: int
    op: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    value: Any
    place: int
    thing: Any
    parts: tuple[Value, ...] = ()
    function: Any = None
    names: list[tuple[int, int]] = field(default_factory=list)
    returns: list[tuple[int, int]] = field(default_factory=list)
    shown: bool = False
    calls: tuple[int, ...] = ()
    chain: int = -1
    literal: int = 0

    def __repr__(self) -> str:
        return f"<{self.index} {self.op} {np.shape(self.value)}>"


@dataclass(frozen=True)
class Failure:
    """The expression that raised: its place, the operation, and what it was given."""

    error: BaseException
    place: int
    op: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]
