"""Each number held against each rule, from its author's own numbers before it.

Whoever writes everything down shows every step by itself: a mistaken rule gives its number from
the operands that were written, whatever was wrong with those. So one table, a row for each
mistake and a column for each number, says which mistake may explain what, and which two together
explain all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import combinations, product
from typing import Any

import numpy as np

from chainstep.core.check.guess_fit import Fit, Numbers
from chainstep.core.check.guessed_programs import Guess, Plain, carried
from chainstep.core.check.right_numbers import step_value
from chainstep.core.check.written_numbers import Bools, Floats
from chainstep.core.expression_parts import needs
from chainstep.core.program import Program

_ROOM = 3.0  # times what rounding may come to where nothing is wrong
_NEAR = 0.1  # of a number: what lies as near is looked at more closely,
_UNITS = 2e4  # and not so many half units away: rounding comes to no more
_SAME = 1e-12  # of a number: so near, a rule gives what the right one gives


class OwnOperands:
    """What the rules of a guess make of each number, of its author's own numbers before it."""

    def __init__(self, plain: Plain, numbers: Numbers) -> None:
        self.plain = plain
        self.numbers = numbers
        self._at = {one.given.at: n for n, one in enumerate(numbers.marked)}
        self._right: dict[int, dict[str, Any]] = {}
        self.right = self._by_right_rules()

    def _by_right_rules(self) -> Floats:
        predicted = np.full(len(self.numbers.found), np.nan)
        before = 0
        for iteration in self.numbers.iterations:
            start = self.plain.guess.start(iteration)
            if before and before == iteration - 1:
                start = carried(self.plain.program, self._right[before], iteration)
            values = dict(start)
            for name in list(values):
                values[name] = self._own(iteration, name, values[name], predicted)
            with np.errstate(all="ignore"):
                for step in self.plain.program.steps:
                    name = step.quantity.name
                    value = np.asarray(step_value(step, values)).reshape(step.quantity.shape)
                    values[name] = self._own(iteration, name, value, predicted)
            self._right[iteration] = values
            before = iteration
        return predicted

    def _own(self, iteration: int, name: str, value: Any, predicted: Floats) -> Any:
        """What its author has of a quantity, where he gives it; ``predicted`` notes the rest."""
        index = self._at.get((iteration, name))
        if index is None:
            return value
        given = self.numbers.marked[index].given
        value = np.asarray(value, dtype=np.float64).reshape(given.values.shape)
        predicted[self.numbers.parts[index]] = value[given.here]
        return np.where(given.here, given.values, value)

    def predicted(self, guess: Guess) -> Floats:
        """The numbers as a guess makes them, each from its author's own operands.

        Only what its rules change is computed anew, up to the next number that was given.
        """
        predicted = self.right.copy()
        dirty: dict[str, Any] = {}
        before = 0
        with np.errstate(all="ignore"):
            for iteration in self.numbers.iterations:
                follows = bool(before) and before == iteration - 1
                dirty = self._begun(guess, iteration, dirty if follows else None)
                self._go_on(guess, iteration, dirty, predicted)
                before = iteration
        return predicted

    def _begun(self, guess: Guess, iteration: int, before: dict[str, Any] | None) -> dict[str, Any]:
        """What an iteration starts from otherwise than by the right rules."""
        right = self._right[iteration]
        if before is None:
            start = guess.start(iteration)
            own = self.plain.guess.start(iteration)
        else:
            last = {**self._right[iteration - 1], **before}
            start = {p.old.name: last[p.new.name] for p in guess.program.carried}
            own = {name: right[name] for name in start if name in right}
        return {
            name: value
            for name, value in start.items()
            if (iteration, name) not in self._at
            and (name not in own or not np.array_equal(own[name], value))
        }

    def _go_on(
        self, guess: Guess, iteration: int, dirty: dict[str, Any], predicted: Floats
    ) -> None:
        """The steps of an iteration that read what is otherwise, or are made otherwise."""
        values = {**self._right[iteration], **dirty}
        for step in guess.program.steps:
            name = step.quantity.name
            if name not in guess.altered and not (guess.reads(name) & dirty.keys()):
                continue
            value = np.asarray(step_value(step, values)).reshape(step.quantity.shape)
            value = self._own(iteration, name, value, predicted)
            if (iteration, name) not in self._at or not self._all_given(iteration, name):
                values[name] = dirty[name] = value

    def _all_given(self, iteration: int, name: str) -> bool:
        return bool(self.numbers.marked[self._at[iteration, name]].given.here.all())


def _is_operand(program: Program, numbers: Numbers) -> bool:
    """Whether anything is made of a number that is given; of a cost nothing is."""
    read = {pair.new.name for pair in program.carried} | {q.name for q in program.start}
    read |= {name for step in program.steps for name in needs(step.expression)}
    return any(one.given.quantity in read for one in numbers.marked)


class Table:
    """What each of many guesses makes of each number: a row for a guess."""

    def __init__(self, fits: Sequence[Fit], plain: Plain, numbers: Numbers) -> None:
        self.guesses, self.numbers = [fit.guess for fit in fits], numbers
        if _is_operand(plain.program, numbers):
            own = OwnOperands(plain, numbers)
            self._right = own.right
            rows = [own.predicted(guess) for guess in self.guesses]
        else:
            self._right = numbers.expected
            rows = [fit.predicted for fit in fits]
        self._predicted = np.array(rows).reshape(len(rows), len(numbers.found))

    @cached_property
    def _away(self) -> Floats:
        with np.errstate(all="ignore"):
            return np.asarray(np.abs(self._predicted - self.numbers.found))

    @cached_property
    def differs(self) -> Bools:
        """Where a guess makes something else of a number than the right rules."""
        right = self._right
        with np.errstate(all="ignore"):
            same = np.abs(self._predicted - right) <= _SAME * np.abs(right)
        return np.asarray(~(same | (np.isnan(self._predicted) & np.isnan(right))))

    @cached_property
    def _gives(self) -> Bools:
        return np.asarray(self._away <= self._room)

    @cached_property
    def _room(self) -> Floats:
        return np.asarray(_ROOM * self.numbers.reach + 1e-9 * np.abs(self.numbers.found))

    @cached_property
    def _as_it_is(self) -> Bools:
        """Where the right rules give a number from its author's operands."""
        right = self._right
        with np.errstate(all="ignore"):
            near = np.abs(right - self.numbers.found) <= self._room
        return np.asarray(near | np.isnan(right))

    def near(self, first: Bools) -> list[bool]:
        """Which guesses come near most of what is wrong, all that is first, or all but that."""
        numbers = self.numbers
        near = np.minimum(_NEAR * np.abs(numbers.found), _UNITS * numbers.half)
        wide = 4 * (numbers.reach + numbers.half) + near
        close = (self._away <= wide) & self.differs
        most = 2 * close[:, numbers.wrong].sum(axis=1) > numbers.wrong.sum()
        rest = numbers.wrong & ~first
        behind = close[:, rest].all(axis=1) & bool(rest.any())
        found: list[bool] = (most | close[:, first].all(axis=1) | behind).tolist()
        return found

    def pairs(self) -> Iterator[tuple[Guess, Guess]]:
        """The pairs of which one or the other gives every number, the plainest first.

        Where both change a number, only the two together can say what it is.
        """
        gives, differs, as_it_is = self._gives, self.differs, self._as_it_is
        found: list[tuple[Guess, Guess]] = []
        for (one, *ones), (other, *others) in combinations(self._useful(), 2):
            by_one = np.where(differs[other], gives[other], as_it_is)
            fits = np.where(differs[one], gives[one], by_one)
            if (fits | (differs[one] & differs[other])).all():
                alike = product((one, *ones), (other, *others))
                found += [(self.guesses[a], self.guesses[b]) for a, b in alike]
        found.sort(key=lambda pair: _plainness(*pair))
        yield from found

    def hidden_pairs(self) -> Iterator[tuple[Guess, Guess]]:
        """Pairs of which both change every number that neither of them gives alone.

        One hides the other there. The pairs that leave the fewest such numbers come first.
        """
        gives, differs = self._gives, self.differs
        by_other = np.where(differs, gives, self._as_it_is)
        found: list[tuple[int, tuple[int, ...], int, int]] = []
        different = self._different()
        for one in different:
            both = differs[one] & differs
            fits = np.where(differs[one], gives[one], by_other) | both
            possible = fits.all(axis=1) & both.any(axis=1)
            for other in (n for n in different if possible[n]):
                pair = self.guesses[one], self.guesses[other]
                if pair[0].names < pair[1].names:
                    left = int((both[other] & ~(gives[one] | gives[other])).sum())
                    found.append((left, _plainness(*pair), one, other))
        for _, _, one, other in sorted(found):
            yield self.guesses[one], self.guesses[other]

    def _different(self) -> list[int]:
        """The guesses that change a number; of a mistake's that make the same, the plainest."""
        found: dict[tuple[tuple[str, ...], bytes], int] = {}
        with np.errstate(over="ignore"):
            rows = self._predicted.astype(np.float32)
        for n, row in enumerate(rows):
            if self.differs[n].any():
                found.setdefault((self.guesses[n].names, row.tobytes()), n)
        return list(found.values())

    def _useful(self) -> list[list[int]]:
        """The guesses that give a number that is off, in groups of those that say the same.

        Of each mistake the plainest way is taken.
        """
        found: dict[bytes, dict[tuple[str, ...], int]] = {}
        helps = self._gives & self.differs
        for n in np.flatnonzero((helps & ~self._as_it_is).any(axis=1)).tolist():
            key = helps[n].tobytes() + self.differs[n].tobytes()
            found.setdefault(key, {}).setdefault(self.guesses[n].names, n)
        return [list(group.values()) for group in found.values()]


def _plainness(one: Guess, other: Guess) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one.plainness, other.plainness, strict=True))
