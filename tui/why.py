"""Why a number is what it is, why two are the same, which units are one: to be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chainstep.core import Entry, InputError, Stepper
from chainstep.core.records import Frame
from chainstep.core.text.notations import notation
from chainstep.core.why.chain import Chain, chain
from chainstep.core.why.chain_text import chain_lines
from chainstep.core.why.comparison import compare, evened
from chainstep.core.why.comparison_text import comparison_lines
from chainstep.core.why.symmetry import colouring_now
from chainstep.core.why.verdict import verdict
from chainstep.core.why.wording import Words, filled
from chainstep.tui.reader import Reader
from chainstep.tui.widgets.spans import Lines, Span, line

if TYPE_CHECKING:
    from chainstep.tui.session import Move
    from chainstep.tui.stepper import StepperScreen

_OPERANDS = 9  # operands that a digit leads on to


def ask_why(screen: StepperScreen) -> None:
    """Opens the chain of the picked entry, or the comparison where one was chosen before."""
    entry = screen.look.picked
    if entry is None:
        ask_of_network(screen)
        return
    first, screen.first_of_two = screen.first_of_two, None
    if first is not None and first != entry:
        _later(screen, lambda: _two(screen, first, entry))
    else:
        _later(screen, lambda: _one(screen, entry))


def _later(screen: StepperScreen, make: Callable[[], Reader]) -> None:
    """Works an answer out, beside the screen where that takes long, and opens it."""
    made: list[Reader] = []

    def work() -> Move:
        yield "looking for the reasons"
        made.append(make())

    def opened(error: str) -> None:
        if error:
            screen.say(error, "bad")
        elif made:
            screen.open(made[0])

    screen.beside(work(), opened)


def _frame(screen: StepperScreen, stepper: Stepper) -> Frame:
    """All numbers of the iteration that the screen stands in."""
    stepper.goto(screen.view.moment.iteration)
    return stepper.iterate()[-1].frame


def _words(screen: StepperScreen) -> Words:
    return Words(screen.view.program, notation(screen.look.notation))


def _one(screen: StepperScreen, entry: Entry) -> Reader:
    frame = _frame(screen, Stepper(screen.session.scenario))
    return _of_entry(screen, frame, entry)


def _of_entry(screen: StepperScreen, frame: Frame, entry: Entry) -> Reader:
    found, words = chain(frame, entry), _words(screen)
    iteration = screen.view.moment.iteration
    keys: dict[str, tuple[str, Callable[[], None]]] = {
        "w": ("compare with another", lambda: _compare_next(screen, found.entry)),
        "u": ("units that are one", lambda: ask_of_network(screen)),
    }
    for number, operand in enumerate(operands_of(found), start=1):
        keys[str(number)] = (str(operand), _leading_to(screen, frame, operand))

    def lines(width: int) -> Lines:
        return _plain(chain_lines(frame, found, words, iteration, min(width, 100)))

    return Reader(f"Why {found.entry}, iteration {iteration}", lines, keys)


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


def _leading_to(screen: StepperScreen, frame: Frame, operand: Entry) -> Callable[[], None]:
    def lead() -> None:
        try:
            screen.open(_of_entry(screen, frame, operand))
        except InputError as error:
            screen.say(str(error), "bad")

    return lead


def _compare_next(screen: StepperScreen, entry: Entry) -> None:
    """Goes back to the tables for the second of two numbers."""
    screen.close_readers()
    screen.first_of_two = entry
    screen.say(f"{entry} and which other? Pick it, then w; Esc for none", "warn")


def _two(screen: StepperScreen, one: Entry, other: Entry) -> Reader:
    stepper = Stepper(screen.session.scenario)
    start = colouring_now(stepper)
    frame = _frame(screen, stepper)
    found, words = compare(frame, one, other, start), _words(screen)
    iteration = screen.view.moment.iteration

    def lines(width: int) -> Lines:
        room = min(width, 100)
        said = comparison_lines(frame, found, words, iteration, width=room)
        sentences = verdict(found, words, evened(frame, found), None)
        told = [part for sentence in sentences for part in filled(sentence, room)]
        return _plain([*said, "", *told])

    return Reader(f"{one} and {other}, iteration {iteration}", lines)


def ask_of_network(screen: StepperScreen) -> None:
    """Opens which units are one and what is dead, in the iterations that were run so far."""
    from chainstep.core.why.network import network
    from chainstep.core.why.network_text import network_lines

    iteration, furthest = screen.view.moment.iteration, screen.view.furthest

    def make() -> Reader:
        scenario = screen.session.scenario
        found = network(scenario, iteration, furthest)
        words = _words(screen)

        def lines(width: int) -> Lines:
            return _plain(network_lines(found, words, scenario.name, min(width, 100)))

        return Reader(f"Which units are one, iteration {iteration}", lines)

    _later(screen, make)


def _plain(texts: list[str]) -> Lines:
    return [line(Span(f" {text}")) for text in texts]
