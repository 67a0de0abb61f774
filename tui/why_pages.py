"""Why a number is what it is, why two are the same, which units are identical: pages to be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.message import Message

from chainstep.core import Entry, Stepper
from chainstep.core.program import Program
from chainstep.core.records import Frame
from chainstep.core.runs.runs import running
from chainstep.core.text.notations import notation
from chainstep.core.why.chain import Chain, chain
from chainstep.core.why.chain_text import chain_lines
from chainstep.core.why.comparison import Comparison, compared, evened
from chainstep.core.why.comparison_text import comparison_lines
from chainstep.core.why.opening import opening, out_of_range
from chainstep.core.why.verdict import verdict
from chainstep.core.why.wording import Words, filled
from chainstep.scenarios import Scenario
from chainstep.tui.messages import Read, Say, See, Work
from chainstep.tui.mover import Tell
from chainstep.tui.reader import Link, Page
from chainstep.tui.view import Choices
from chainstep.tui.widgets.coloured import coloured
from chainstep.tui.widgets.spans import Lines

if TYPE_CHECKING:
    from chainstep.tui.now import Now

_OPERANDS = 9  # operands that a digit leads on to
_WIDEST = 110  # cells that an answer takes at most

#: How what is advised is done here, by keys.
_WAYS = {
    "other-weights": "R draws new random weights",
    "smaller-rate": "e changes it where no number is picked",
    "leaky": "e, then activation = leaky-relu",
    "further": "r runs on",
}


class _Asked:
    """What is asked about: the numbers of one iteration of one run, in a notation."""

    def __init__(self, now: Now) -> None:
        self.scenario: Scenario = now.session.scenario
        self.program: Program = now.view.program
        self.choices: Choices = now.choices
        self.iteration, self.furthest = now.view.moment.iteration, now.view.furthest
        self.whole_iteration: Callable[[], Frame] = now.session.whole_iteration

    @property
    def words(self) -> Words:
        return Words(self.program, notation(self.choices.notation))


def ask_why(now: Now) -> Message:
    """Leads to the chain of the picked entry, or compares it with the one chosen before."""
    asked, entry, first = _Asked(now), now.choices.picked, now.choices.first_of_two
    if entry is None:
        return _of_network(asked)
    if first is not None and first != entry:
        return _of_two(asked, first, entry)
    return Read(_of_entry(asked, asked.whole_iteration(), entry))


def _of_entry(asked: _Asked, frame: Frame, entry: Entry) -> Page:
    found = chain(frame, entry)
    links = {
        "w": Link("compare with another", lambda: _compare_next(asked, found.entry)),
        "u": Link("identical units", lambda: _of_network(asked)),
    }
    for number, operand in enumerate(operands_of(found), start=1):
        links[str(number)] = Link(str(operand), _leading_to(asked, frame, operand))

    first = _opening(asked, frame)

    def lines(width: int) -> Lines:
        room = min(width - 2, _WIDEST)
        said = chain_lines(frame, found, asked.words, asked.iteration, room)
        return coloured([*first(room), *said], width)

    return Page(f"Why {found.entry}, iteration {asked.iteration}", lines, links)


def operands_of(found: Chain) -> tuple[Entry, ...]:
    """The numbers that an entry is made of, to be asked about next."""
    factors = [factor for term in found.terms for factor in term.factors] or found.operands
    entries = [
        Entry(factor.place.quantity.name, factor.place.position)
        for factor in factors
        if factor.place.quantity is not None
    ]
    others = dict.fromkeys(entry for entry in entries if entry != found.entry)
    return tuple(others)[:_OPERANDS]


def _leading_to(asked: _Asked, frame: Frame, operand: Entry) -> Callable[[], Page]:
    return lambda: _of_entry(asked, frame, operand)


def _compare_next(asked: _Asked, entry: Entry) -> Message:
    """Goes back to the tables for the second of two numbers."""
    choices = replace(asked.choices, first_of_two=entry, picking=True)
    return See(choices, f"{entry} and which other? Pick it, then w; Esc for none")


def _of_two(asked: _Asked, one: Entry, other: Entry) -> Message:
    """Compares two numbers beside the screen: the run is made once more, up to them."""

    def work(tell: Tell) -> Message:
        stepper = Stepper(asked.scenario)
        for told in running(stepper, iterations=asked.iteration - 1):
            tell(f"the run once more: iteration {told.done} of {asked.iteration}")
        found = compared(stepper, asked.iteration, one, other)
        stepper.goto(asked.iteration)
        frame = stepper.iterate()[-1].frame
        return Read(_two_page(asked, frame, found))

    return Work(f"comparing {one} with {other}", work)


def _two_page(asked: _Asked, frame: Frame, found: Comparison) -> Page:
    words, first = asked.words, _opening(asked, frame)
    sentences = verdict(found, words, asked.iteration, evened(frame, found))

    def lines(width: int) -> Lines:
        room = min(width - 2, _WIDEST)
        said = comparison_lines(frame, found, words, asked.iteration, width=room)
        more = [part for sentence in sentences for part in filled(sentence, room)]
        return coloured([*first(room), *said, "", *more], width)

    title = f"{found.one.entry} and {found.other.entry}, iteration {asked.iteration}"
    return Page(title, lines)


def _opening(asked: _Asked, frame: Frame) -> Callable[[int], list[str]]:
    """What must be said first, in lines of a width, with a blank one below."""
    said = opening(asked.program, out_of_range(frame, asked.iteration))
    return lambda width: [line for one in said for line in [*filled(one, width), ""]]


def _of_network(asked: _Asked) -> Message:
    """Works out which units are identical and what is dead, in the run so far."""
    if not asked.program.depth:
        return Say("This program has no layers: Enter picks a number of it, w then says why it is")

    def work(tell: Tell) -> Message:
        from chainstep.core.why.network import network
        from chainstep.core.why.network_text import network_lines

        found = network(
            asked.scenario,
            asked.iteration,
            asked.furthest,
            lambda at: tell(f"looking for identical units: iteration {at} of {asked.furthest}"),
        )

        def lines(width: int) -> Lines:
            room = min(width - 2, _WIDEST)
            said = network_lines(found, asked.words, asked.scenario.name, _WAYS, room)
            return coloured(said, width)

        return Read(Page(f"Identical units, iteration {asked.iteration}", lines))

    return Work("looking for identical units", work)
