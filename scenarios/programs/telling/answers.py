"""The answer about a program, as plain data: what each line is, and the first wrong one."""

from __future__ import annotations

from dataclasses import dataclass, field

from chainstep.core.in_notebooks import Told
from chainstep.scenarios.programs.telling.crashes import Crash

#: What exit code each verdict has.
CODES = {"right": 0, "wrong": 1, "cannot tell": 3, "not understood": 2, "cannot be run": 2}


@dataclass(frozen=True)
class Line:
    """One line of the program: what its value is, and whether it is right."""

    line: int
    place: str
    code: str
    quantity: str
    verdict: str
    note: str = ""


@dataclass(frozen=True)
class First:
    """The first wrong line: its quantity, one entry of it as it is and as it should be."""

    line: int
    place: str
    code: str
    quantity: str
    entry: str = ""
    you: float | None = None
    expected: float | None = None
    ratio: float | None = None
    iteration: int = 1
    file: str = ""


@dataclass(frozen=True)
class Mistake:
    """A mistake of the catalogue, or one without a name, and how to mend it."""

    id: str
    says: str
    mend: str = ""
    line: int = 0


@dataclass(frozen=True, repr=False)
class Answer(Told):
    """What watching a program found."""

    program: str
    verdict: str
    network: str = ""
    cost: str = ""
    facts: tuple[str, ...] = ()
    iterations: int = 0
    lines: tuple[Line, ...] = ()
    first: First | None = None
    mistakes: tuple[Mistake, ...] = ()
    notes: tuple[str, ...] = ()
    crash: Crash | None = None
    parameters: tuple[str, ...] = field(default=())

    @property
    def code(self) -> int:
        """The exit code: 0 right, 1 wrong, 2 not run or not understood, 3 cannot tell."""
        return CODES[self.verdict]

    @property
    def exit_code(self) -> int:
        """The same as ``code``: what the command ends with."""
        return self.code

    def text(self, width: int | None = None) -> str:
        """The answer as the command prints it."""
        from chainstep.scenarios.programs.telling.answer_text import text

        return "\n".join(text(self, width))

    def __str__(self) -> str:
        return self.text()

    @property
    def holds(self) -> bool:
        """Whether nothing wrong was found, and it was understood."""
        return self.verdict == "right"
