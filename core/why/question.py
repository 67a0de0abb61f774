"""A question about a run and its answer: about the network, one number, or two."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from chainstep.core.in_notebooks import Told
from chainstep.core.program import Program
from chainstep.core.quantities import Entry, InputError
from chainstep.core.records import Frame
from chainstep.core.setup import Setup
from chainstep.core.stepper import HasProgram, Stepper
from chainstep.core.text.entry_formulas import in_letters
from chainstep.core.text.notations import notation as notation_of
from chainstep.core.text.typed import Names, notes_on
from chainstep.core.text.typed import entry as typed_entry
from chainstep.core.why.answer_data import entry_answer, network_answer, pair_answer
from chainstep.core.why.chain import Chain, chain
from chainstep.core.why.chain_text import chain_lines
from chainstep.core.why.comparison import compared, evened
from chainstep.core.why.comparison_text import comparison_lines
from chainstep.core.why.network import network
from chainstep.core.why.network_text import network_lines
from chainstep.core.why.nudge import nudge
from chainstep.core.why.opening import opening, out_of_range
from chainstep.core.why.path_text import nudge_lines, path_lines
from chainstep.core.why.paths import paths
from chainstep.core.why.questions import Asked, question_lines
from chainstep.core.why.verdict import verdict
from chainstep.core.why.wording import Words, equation, filled

#: What can be asked of one number beside its chain.
EXTRAS = ("paths", "nudge", "symbols")

#: Numbers of an iteration up to which a whole network is looked at.
_MOST = 4_000_000


@dataclass(frozen=True, repr=False)
class Answer(Told):
    """What was found: in lines to be read, as plain data, and the chains in it."""

    title: str
    lines: tuple[str, ...]
    data: Mapping[str, Any]
    chains: tuple[Chain, ...] = ()

    def text(self) -> str:
        """All of it, to be read."""
        return "".join(f"{line}\n" for line in self.lines)

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class Question:
    """What is asked of which run, in whose words.

    ``name`` is what the run is called, ``width`` the columns of a line. ``ways`` says how what
    is advised is done, by its name; ``watch`` is told how far a long run has come.
    """

    stepper: Stepper
    words: Words
    iteration: int = 1
    name: str = "this network"
    width: int = 80
    ways: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    watch: Callable[[int], None] | None = None
    notes: tuple[str, ...] = ()  # on how what was typed is read

    def frame(self) -> Frame:
        """All numbers of the iteration that is asked about."""
        self.stepper.goto(self.iteration)
        return self.stepper.iterate()[-1].frame

    def of(self, entries: Collection[Entry], extras: Collection[str], most: int) -> Answer:
        """The answer about one number, or two.

        Raises: InputError where they are more, or the network has no such number.
        """
        match tuple(entries):
            case (entry,):
                return self.of_entry(entry, extras, most)
            case (one, other):
                return self.of_pair(one, other)
        raise InputError("why takes one number or two; give them as W1.0.2 or W1[0,2]")

    def of_entry(self, entry: Entry, extras: Collection[str] = (), most: int = 10) -> Answer:
        """One number: its chain, and what else was asked for; at ``most`` so many paths."""
        frame, words, width = self.frame(), self.words, self.width
        found = chain(frame, entry)
        ways = paths(frame, entry, most) if "paths" in extras else None
        moved = nudge(frame, entry) if "nudge" in extras else None
        data = entry_answer(found, ways, moved)
        lines = [*self._first(frame), *chain_lines(frame, found, words, self.iteration, width)]
        if "symbols" in extras:
            letters = in_letters(words.program, found.entry, words.notation)
            data["symbols"] = letters
            lines += ["", *self._in_letters(found, letters)]
        if ways:
            lines += ["", *path_lines(ways, words, width)]
        if moved:
            lines += ["", *nudge_lines(moved, words, width)]
        return Answer(self._title(str(entry)), self._noted(lines), data, (found,))

    def _noted(self, lines: Iterable[str]) -> tuple[str, ...]:
        """An answer's lines, and below them how what was typed is read."""
        return (
            *lines,
            *(line for note in self.notes for line in ["", *filled(note, self.width)]),
        )

    def of_pair(self, one: Entry, other: Entry) -> Answer:
        """Two numbers side by side: the same or not, and why."""
        frame, words, width = self.frame(), self.words, self.width
        found = compared(self.stepper, self.iteration, one, other)
        lines = list(self._first(frame))
        lines += [*comparison_lines(frame, found, words, self.iteration, width=width), ""]
        for sentence in verdict(found, words, self.iteration, evened(frame, found)):
            lines += filled(sentence, width)
        title = self._title(f"{one}, {other}")
        return Answer(title, self._noted(lines), pair_answer(found), (found.one, found.other))

    def of_network(self, iterations: int | None = None) -> Answer:
        """The whole network: identical units, units that get nothing back, a run.

        Raises: InputError where the program has no layers, or is too large to be searched.
        """
        if not self.stepper.program.depth:
            raise InputError("this program has no layers: ask about one of its numbers, or two")
        count = sum(quantity.size for quantity in self.stepper.program.quantities.values())
        if count > _MOST:
            raise InputError(
                f"an iteration of this network has {count} numbers, and a whole network is looked "
                f"at up to {_MOST}: ask about one of its numbers, or two"
            )
        found = network(self.stepper.program, self.iteration, iterations, self.watch)
        lines = network_lines(found, self.words, self.name, self.ways, self.width)
        return Answer(self._title("the network"), tuple(lines), network_answer(found))

    def of_learners(self) -> Answer:
        """What learners ask of such a network, each with its answer.

        Raises: InputError where the program has no layers.
        """
        if not self.stepper.program.depth:
            raise InputError("this program has no layers: ask about one of its numbers, or two")
        lines: list[str] = []
        data: dict[str, str] = {}
        for asked, answer in question_lines(Asked(self.frame(), self.words)):
            lines += [*filled(asked, self.width), *filled(answer, self.width, "  "), ""]
            data[asked] = answer
        return Answer(self._title("learners ask"), tuple(lines[:-1]), {"questions": data})

    def _title(self, asked: str) -> str:
        return f"{self.name}: why {asked} (iteration {self.iteration})"

    def _first(self, frame: Frame) -> list[str]:
        """What must be said first, in lines, with a blank one below."""
        said = opening(self.stepper.program, out_of_range(frame, self.iteration))
        return [line for one in said for line in [*filled(one, self.width), ""]]

    def _in_letters(self, found: Chain, letters: str | None) -> list[str]:
        """The number in letters, or why it has none."""
        name = self.words.name(found.place)
        if letters is not None:
            return equation(name, [letters], self.width)
        why = "it is given" if found.given else "it takes too many letters"
        return [f"  {name} is not written in letters: {why}."]


def why(
    given: Program | Setup | HasProgram,
    *entries: str | Entry,
    iteration: int = 1,
    notation: str | None = None,
    iterations: int | None = None,
    extras: Collection[str] = (),
) -> Answer:
    """Why a number is what it is, why two are the same or not, or what a network shows.

    ``entries`` are typed as on the command line: none asks about the whole network, which is
    then run for as many ``iterations``. ``extras`` of one number are its ``paths``, a ``nudge``
    and ``symbols``. The names are those of a scenario's own notation unless one is given.
    Raises: InputError where there is no such number or notation.

    >>> from chainstep.scenarios import load
    >>> print(why(load("two-neurons-same"), "a1.0.0"))
    a₁ (a1[0,0]): what a unit of layer 1 sends on (iteration 1)
    <BLANKLINE>
      a₁ = σ(z₁)
         = σ(1)
         = 0.7310586
    <BLANKLINE>
      z₁  z1[0,0]  1
    <BLANKLINE>
    """
    stepper = Stepper(given)
    chosen = notation_of(notation or getattr(given, "notation", None))
    words = Words(stepper.program.at(iteration), chosen)
    names = Names(words.program, chosen, alone=notation is not None)
    question = Question(
        stepper, words, iteration, getattr(given, "name", "this network"),
        notes=notes_on(entries, names),
    )  # fmt: skip
    if not entries:
        return question.of_network(iterations)
    read = [
        typed_entry(each, names).entry if isinstance(each, str) else each for each in entries
    ]  # fmt: skip
    return question.of(read, extras, most=10)
