"""What a scenario is once it has been read: a network, its story and its published numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainstep.core.frozen import Frozen
from chainstep.core.setup import Setup

if TYPE_CHECKING:
    from chainstep.core.program import Program

#: The last iteration that a network is run to for published numbers, or for somebody's own.
LAST = 1_000_000
#: Numbers as a page prints them, digit for digit: one text, or a matrix of texts.
Printed = str | tuple[tuple[str, ...], ...]


class Source(Frozen):
    """Where a scenario comes from: a site, its number or name there, an address."""

    site: str
    post: str | None = None
    url: str | None = None


class Note(Frozen):
    """A sentence shown at a quantity of an iteration: of a page, or of the scenario's author."""

    iteration: int
    quantity: str
    text: str
    from_page: bool = True

    @property
    def sentence(self) -> str:
        """The note with who says it."""
        return f"The page says: {self.text}" if self.from_page else f"Note: {self.text}"


class Claim(Frozen):
    """Numbers that the page prints for a quantity at an iteration.

    ``within`` allows so many units of the last printed place. ``right`` are the true numbers
    where the printed ones are known to be wrong, and ``why`` says how they came about.
    ``line`` is its place in the file, 0 where it comes from none.
    """

    iteration: int
    quantity: str
    printed: Printed
    entry: tuple[int, ...] | None = None
    within: int = 0
    right: Printed | None = None
    why: str | None = None
    line: int = 0


class Unclaimed(Frozen):
    """Numbers of the page that nothing is held against, and the reason."""

    printed: str
    reason: str


class Scenario(Frozen):
    """A file that was checked whole, ready for the engine.

    ``recipe`` is the file as plain data, overrides included, to build or write it again;
    its data files lie beside ``path``. ``overridden`` names what differs from the file; notes
    and claims are then none, because they speak of other numbers.
    """

    name: str
    path: Path | None
    title: str
    question: str
    source: Source | None
    story: str
    notation: str | None
    setup: Setup
    notes: tuple[Note, ...]
    claims: tuple[Claim, ...]
    unclaimed: tuple[Unclaimed, ...]
    recipe: Mapping[str, Any]
    overridden: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Scenario {self.name}: {self.title}>"

    @property
    def weights_turned(self) -> bool:
        """Whether the file has its matrices of weights as units × inputs."""
        return str(self.recipe.get("network", {}).get("weights_are")).startswith("units")

    @property
    def data_turned(self) -> bool:
        """Whether the file has its observations as columns."""
        return bool(self.recipe.get("data", {}).get("observations") == "columns")

    @cached_property
    def program(self) -> Program:
        """The steps of an iteration, with the mistakes that are made in it on purpose.

        Raises: InputError where one of them is impossible in this network.
        """
        if self.mistakes:  # the catalogue is read only where wanted
            from chainstep.core.check.mistakes import program_with

            return program_with(self.mistakes, self.setup)
        from chainstep.core.network import build  # a list of names needs no programs

        return build(self.setup)
