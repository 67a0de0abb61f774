"""Predict, then see: the result of a step is covered until somebody has said what it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from textual.message import Message

from chainstep.core import Entry, InputError
from chainstep.core.check.arrangement import Written
from chainstep.core.check.check_numbers import check
from chainstep.core.check.mistakes import MISTAKES
from chainstep.core.check.verdict import Verdict
from chainstep.core.check.written_numbers import digits_of
from chainstep.core.text.entry_formulas import with_numbers
from chainstep.core.text.formulas import equation
from chainstep.core.text.notations import notation
from chainstep.scenarios import Scenario
from chainstep.tui.messages import Ask, Predicted, Question, Say, Work
from chainstep.tui.mover import Tell
from chainstep.tui.reader import Page
from chainstep.tui.view import Choices, View
from chainstep.tui.widgets.entry_line import number_at
from chainstep.tui.widgets.spans import Lines, Span, folded, line

HINTS = 4  # where to look, the rule, the numbers put in, the value
LEFT = "left"  # what is told where a number was given up
_POINTS = 4  # of a number that was said at once


@dataclass(frozen=True)
class Said:
    """A number that was asked for, and how it went: with so many hints and wrong answers."""

    entry: Entry
    iteration: int
    hints: int
    wrong: int

    @property
    def points(self) -> int:
        """A point less for every hint and every wrong answer."""
        return max(0, _POINTS - self.hints - self.wrong)


@dataclass(frozen=True)
class Round:
    """What is asked now, and what was asked before it."""

    entry: Entry | None = None
    hints: int = 0
    wrong: int = 0
    before: tuple[Said, ...] = ()

    def asking(self, entry: Entry) -> Round:
        """The round with another number asked."""
        return replace(self, entry=entry, hints=0, wrong=0)

    def given_up(self) -> Round:
        """The round when nobody wants to say the number."""
        return replace(self, hints=HINTS)

    def done(self, iteration: int) -> Round:
        """The round when the number was said, or all hints were given."""
        if self.entry is None:
            return self
        said = Said(self.entry, iteration, self.hints, self.wrong)
        return replace(self, entry=None, before=(*self.before, said))


def question(entry: Entry, said: str = "") -> Question:
    """The line to type a number into; nothing typed asks for a hint."""

    def answer(text: str) -> Message:
        typed = text.strip().replace("−", "-").replace(",", ".")
        if typed and digits_of(typed) is None:
            raise InputError(f"{typed[:30]!r} is no number; Enter alone gives a hint")
        return Predicted(typed)

    expected = said or f"what is {entry}? Enter alone gives a hint, Esc ends it"
    left = Predicted("", is_right=False, told=LEFT)
    return Question("predict", expected, answer, left=left)


def hint(view: View, choices: Choices, entry: Entry, number: int) -> str:
    """The hint of that number: where to look, the rule, the numbers put in."""
    step = view.program.step(entry.quantity)
    if number == 1:
        names = [quantity.name for quantity in step.operands]
        return f"hint 1: {entry} is made of {' and '.join(names)}; what goes in is lit above"
    if number == 2:
        return f"hint 2: {equation(step, notation(choices.notation), view.program)}"
    written = with_numbers(step.expression, entry, view.values, choices.digits)
    return f"hint 3: {entry} = {written}"


def judging(scenario: Scenario, iteration: int, entry: Entry, typed: str) -> Work:
    """Holds a typed number against the right one; where it is wrong, looks for the mistake."""

    def work(_: Tell) -> Message:
        texts = np.array(typed, dtype="U40")
        position = entry.position or None
        written = Written(entry.quantity, iteration, entry.quantity, texts, entry=position)
        found = check(scenario.setup, [written], scenario.name)
        if found.verdict is Verdict.RIGHT:
            return Predicted(typed, is_right=True, told=f"{typed} is right")
        if found.verdict <= Verdict.CANNOT_TELL:
            return Predicted(typed, is_right=True, told=f"{typed} is right as rounded")
        named = [MISTAKES[name].title for name in found.mistakes if name in MISTAKES]
        why = f": you get it if {named[0]}" if named else ""
        return Predicted(typed, is_right=False, told=f"{typed} is not it{why}")

    return Work("looking at your number", work)


def value(view: View, entry: Entry, digits: int) -> str:
    """The number itself."""
    return number_at(view, entry, digits)


def answered(
    going: Round, message: Predicted, view: View, choices: Choices, scenario: Scenario
) -> tuple[Round, Message]:
    """The round after what was typed, a hint that was wanted, or a verdict; what is to happen."""
    entry, iteration = going.entry, view.moment.iteration
    if entry is None:
        return going, Say("")
    if message.is_right is None and message.text:
        return going, judging(scenario, iteration, entry, message.text)
    shown = value(view, entry, choices.digits)
    if message.told == LEFT:
        going, over, said = going.given_up(), True, f"{entry} is {shown}"
    elif message.is_right is None:
        going = replace(going, hints=going.hints + 1)
        over = going.hints >= HINTS
        said = f"hint 4: {entry} is {shown}" if over else hint(view, choices, entry, going.hints)
    else:
        over, said = message.is_right, message.told
        going = replace(going, wrong=going.wrong + (not over))
    if over:
        return going.done(iteration), Say(f"{said}    → the next one, p ends the round", "hint")
    return going, Ask(question(entry, said))


def score_page(done: Round) -> Page:
    """How a round went."""

    def lines(width: int) -> Lines:
        if not done.before:
            return folded("No number was asked for. p begins a round: each step is covered.", width)
        points = sum(each.points for each in done.before)
        most = _POINTS * len(done.before)
        at_once = sum(each.points == _POINTS for each in done.before)
        told = f"{points} of {most} points; {at_once} of {len(done.before)} numbers at once"
        rows: Lines = [line(Span(f" {told}", "title")), ()]
        for each in done.before:
            parts = [f"{each.hints} hints"] if each.hints else []
            parts += [f"{each.wrong} wrong"] if each.wrong else []
            how = ", ".join(parts) or "at once"
            role = "good" if each.points == _POINTS else "warn" if each.points else "bad"
            rows.append(
                line(
                    Span(f"   {each.entry!s:<18}"), Span(f"{each.points} ", role), Span(how, "dim")
                )
            )
        return rows

    return Page("Your round", lines)
