"""Which numbers of an iteration stay equal for ever, in exact arithmetic, and which never change.

It is shown by induction. Assume that some of the numbers that an iteration starts from are
equal, and that some are constant; do one iteration in exact arithmetic; keep of the assumption
what is so again afterwards, and begin anew until all of it is. What is then equal in one
iteration is equal in every later one, whatever keeps it so: equal parameters, equal or
exchangeable inputs, observations or units, zeros, frozen arrays. It holds for any program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod

import numpy as np
from numpy.typing import NDArray

from chainstep.core.expression_parts import evaluate
from chainstep.core.expressions import Expression, LaidOut
from chainstep.core.program import Program
from chainstep.core.quantities import Entry, Quantity
from chainstep.core.records import Frame, Record
from chainstep.core.setup import Array
from chainstep.core.why.exact import Exact, constants, drawn, exact, is_constant, negated_where
from chainstep.core.why.out_of_range import is_finite

_ROUNDS = 200  # each but the last finds numbers that part; a network needs about its depth


@dataclass
class Structure:
    """The numbers of one iteration in exact arithmetic, from what stays equal and constant."""

    program: Program
    numbers: dict[str, Exact]
    _laid_out: dict[str, Exact] = field(default_factory=dict)

    def of(self, name: str) -> Exact:
        """The numbers of a quantity."""
        if name in self.numbers:
            return self.numbers[name]
        if name not in self._laid_out:
            expression = self.program.step(name).expression
            self._laid_out[name] = _evaluated(expression, self.numbers)
        return self._laid_out[name]

    def same(self, one: Entry, other: Entry) -> bool:
        """Whether two numbers are equal in exact arithmetic, now and in every later iteration."""
        left, right = (self.of(name)[position] for name, position in (one, other))
        return bool(left["one"] == right["one"] and left["two"] == right["two"])

    def is_constant(self, entry: Entry) -> bool:
        """Whether a number never changes in exact arithmetic."""
        return bool(is_constant(self.of(entry.quantity)[entry.position]))

    def columns_alike(self, name: str) -> list[int]:
        """A code for each column of a quantity: the same where the columns are always equal."""
        known: dict[bytes, int] = {}
        of = self.of(name)
        words = np.stack([of["one"], of["two"]])
        return [
            known.setdefault(np.ascontiguousarray(words[:, :, n]).tobytes(), len(known))
            for n in range(words.shape[2])
        ]


def structure_of(frame: Frame) -> Structure | None:
    """What exact arithmetic keeps equal from an iteration on; None once it left the range."""
    program = frame.layout.program
    if not is_finite(program, frame):
        return None
    return structure(program, frame, short=_took_short_way(frame))


def equal_now(frame: Frame, one: Entry, other: Entry) -> bool:
    """Whether two numbers of one iteration are equal in exact arithmetic, from its own start."""
    program = frame.layout.program
    if not is_finite(program, frame):
        return False
    with np.errstate(over="ignore"):
        assumed = _Assumed(program, frame)
        assumed.stays = np.ones_like(assumed.stays)
        numbers = assumed.numbers()
        numbers |= {quantity.name: constants(frame[quantity.name]) for quantity in assumed.fed}
        _compute(program, numbers, short=_took_short_way(frame))
        return Structure(program, numbers).same(one, other)


def _took_short_way(frame: Frame) -> bool:
    program = frame.layout.program
    steps = (step for step in program.steps if step.short)
    return any(Record(program, step, 0, frame).took_short_way for step in steps)


def _compute(program: Program, numbers: dict[str, Exact], *, short: bool) -> None:
    """Does all steps of an iteration in exact arithmetic."""
    for step in program.steps:
        if not isinstance(step.expression, LaidOut):
            way = step.short.expression if short and step.short else step.expression
            found = _evaluated(way, numbers).reshape(step.quantity.shape)
            numbers[step.quantity.name] = found.view(Exact)


def structure(program: Program, values: Mapping[str, Array], *, short: bool = False) -> Structure:
    """The structure of an iteration, from all numbers of it.

    ``short`` says that the last layer's delta came by its short way.
    """
    with np.errstate(over="ignore"):  # random words run over on purpose
        assumed = _Assumed(program, values)
        for _ in range(_ROUNDS):
            numbers = assumed.numbers()
            _compute(program, numbers, short=short)
            if not assumed.refined(numbers):
                break
    return Structure(program, numbers)


def _evaluated(expression: Expression, numbers: Mapping[str, Exact]) -> Exact:
    found = np.asarray(evaluate(expression, numbers, exact))
    if found.size == prod(expression.shape):
        return found.reshape(expression.shape).view(Exact)
    return np.broadcast_to(found, expression.shape).view(Exact)


class _Assumed:
    """What is assumed of the numbers that are carried from iteration to iteration.

    Each has a code, the same for those of one size, and a sign; or it is constant.
    """

    def __init__(self, program: Program, values: Mapping[str, Array]) -> None:
        self.program = program
        self.pairs = program.carried
        self.given = {quantity.name: constants(values[quantity.name]) for quantity in program.data}
        carried = {pair.old.name for pair in self.pairs}
        self.fed = {
            quantity: values[quantity.name]
            for quantity in program.start
            if quantity.name not in self.given and quantity.name not in carried
        }
        old = [np.asarray(values[pair.old.name]).ravel() for pair in self.pairs]
        new = [np.asarray(values[pair.new.name]).ravel() for pair in self.pairs]
        self.real = np.concatenate([np.zeros(0), *old]).astype(np.float64)
        self.stays = self.real == np.concatenate([np.zeros(0), *new])
        self.negative = self.real < 0
        sizes = np.abs(self.real)
        sizes[np.isnan(sizes)] = -1
        self.codes = np.unique(np.stack([sizes, self.stays]), axis=1, return_inverse=True)[1]
        self.codes = self.codes.ravel()
        self.constant = constants(self.real)

    def numbers(self) -> dict[str, Exact]:
        """The numbers that an iteration starts from: constants, and random ones by their codes."""
        free = negated_where(drawn(self.codes, self.real), self.negative)
        self.flat = np.where(self.stays, self.constant, free).view(Exact)
        found, begin = dict(self.given), 0
        for pair in self.pairs:
            end = begin + pair.old.size
            found[pair.old.name] = self.flat[begin:end].reshape(pair.old.shape)
            begin = end
        first = 1 << 40
        for quantity, real in self.fed.items():
            codes, constant = _of_fed(quantity, self.program)
            numbers = drawn(first + codes, np.asarray(real, dtype=np.float64))
            held = constants(np.broadcast_to(np.nan_to_num(constant), quantity.shape))
            known = np.broadcast_to(~np.isnan(constant), quantity.shape)
            found[quantity.name] = np.where(known, held, numbers).view(Exact)
            first += 2 * quantity.size
        return found

    def refined(self, numbers: Mapping[str, Exact]) -> bool:
        """Gives up what an iteration did not keep; false where it kept all."""
        after = np.concatenate([
            np.asarray(numbers[pair.new.name]).ravel() for pair in self.pairs
        ] or [np.zeros(0, self.flat.dtype)]).view(Exact)  # fmt: skip
        stays = self.stays & (after["one"] == self.flat["one"]) & (after["two"] == self.flat["two"])
        turned = negated_where(after, self.negative)
        keys = np.stack([self.codes.astype(np.uint64), stays, turned["one"], turned["two"]])
        codes = np.unique(keys, axis=1, return_inverse=True)[1].ravel()
        kept = len(np.unique(codes)) == len(np.unique(self.codes))
        kept = kept and bool((stays == self.stays).all())
        self.codes, self.stays = codes, stays
        return not kept


def _of_fed(quantity: Quantity, program: Program) -> tuple[NDArray[np.int64], Array]:
    """Codes for numbers that follow from the iteration, equal where they always are.

    Of a batch it is known which columns of all the data are equal, and which hold one number;
    beside the codes stands that number, nan where there is none. Of others nothing is known.
    """
    network = program.network
    whole = {program.inputs: network.inputs, program.targets: network.targets} if network else {}
    data = whole.get(quantity.name)
    if data is None or data.ndim != len(quantity.shape) or data.shape[1:] != quantity.shape[1:]:
        nothing = np.full(quantity.shape, np.nan)
        return np.arange(quantity.size, dtype=np.int64).reshape(quantity.shape), nothing
    columns = np.unique(data, axis=1, return_inverse=True)[1].ravel()
    rows = np.arange(quantity.shape[0], dtype=np.int64)
    same = (data == data[:1]).all(axis=0)
    return rows[:, None] * data.shape[1] + columns, np.where(same, data[0], np.nan)[None]
