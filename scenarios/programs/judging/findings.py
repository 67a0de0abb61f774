"""What judging a program gives: findings, by iteration, and the names of their quantities."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chainstep.scenarios.programs.mistakes.scene import Slip, Wrong, bare
from chainstep.scenarios.programs.reading.choosing import Choice
from chainstep.scenarios.programs.reading.errors import Errors
from chainstep.scenarios.programs.reading.reading import Reading
from chainstep.scenarios.programs.reading.roles import Roles, own_name
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Value


@dataclass(frozen=True)
class Finding:
    """Something wrong: the mistake, its place, and its numbers as they are and should be.

    ``sure`` where a change there was tried and made every update right.
    """

    slip: Slip | None
    place: int
    quantity: str
    iteration: int
    you: Any = None
    expected: Any = None
    value: Value | None = None
    wrong: Wrong | None = None
    sure: bool = False


@dataclass(eq=False)
class Judged:
    """One iteration, judged."""

    reading: Reading
    roles: Roles
    errors: Errors
    findings: list[Finding] = field(default_factory=list)
    choice: Choice | None = None


@dataclass(eq=False)
class Judgement:
    """A program, judged: ``verdict`` is right, wrong, cannot tell or not understood."""

    verdict: str
    trace: Trace
    iterations: list[Judged] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def first(self) -> Finding | None:
        return self.findings[0] if self.findings else None


def quantity_of(trace: Trace, roles: Roles, wrong: Wrong) -> str:
    """The quantity that a wrong value should be, with its sign."""
    if wrong.truth is None:
        return own_name(trace, wrong.value)
    sign = "−" if wrong.factor < 0 else ""
    if wrong.value in wrong.update.events:
        return f"{roles.names.get(wrong.update.old.index, own_name(trace, wrong.update.old))}_new"
    return sign + derivative_name(trace, roles, wrong.truth.of)


def derivative_name(trace: Trace, roles: Roles, value: Value) -> str:
    """dC/da2, delta2, or dC/d with the program's own name."""
    name = roles.names.get(value.index, "")
    if name.startswith("z") and name[1:].isdigit():
        return f"delta{name[1:]}"
    return f"dC/d{bare(name or own_name(trace, value))}"
