"""What somebody typed stands for: a quantity of a network, one number of it, a moment."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from chainstep.core.frozen import Frozen
from chainstep.core.quantities import (
    MOST,
    Entry,
    InputError,
    Moment,
    Quantity,
    nearest,
    parse_entry,
    whole_number,
)
from chainstep.core.text.typed_names import PageNames, Reading, UnknownName

if TYPE_CHECKING:
    from chainstep.core.program import Program
    from chainstep.core.text.notation import Notation

#: Characters of the longest name that is looked for.
LONGEST = 200


class Names(Frozen):
    """The names that are read: the engine's, and after them those of a page's notation.

    Where the page's are asked for ``alone``, as by ``--notation``, only they are read.
    """

    program: Program
    notation: Notation | None = None
    alone: bool = False

    @cached_property
    def page(self) -> PageNames | None:
        """The page's names, where they are read, too."""
        if self.notation is None or self.notation.engine_names:
            return None
        return PageNames(self.notation, self.program)


# ── names ─────────────────────────────────────────────────────────────────────────────────


def reading(text: str, names: Names) -> Reading:
    """What a typed name stands for, with its sign and its layout.

    A bias of a network that has its biases in row 0 of the weights is an entry of that row.
    Raises: InputError where it stands for nothing, with the nearest that does.

    >>> from chainstep.scenarios import load
    >>> from chainstep.core.stepper import program_of
    >>> names = Names(program_of(load("same-weights").setup))
    >>> reading("W1.0.2", names).entry, reading("b1.2", names).entry
    (Entry(quantity='W1', position=(0, 2)), Entry(quantity='W1', position=(0, 2)))
    """
    if len(text) > LONGEST:
        raise InputError(f"'{text[:39]}…' is longer than any name")
    if text.strip().lower() == "cost" and names.program.cost:
        text = names.program.cost
    sign, own, turned = _bare(text)
    known = _engines(own, names.program)
    if known is not None and (sign < 0 or turned):
        known = known._replace(sign=sign, transposed=turned)
    if known is not None and not (names.page and names.alone):
        return known
    if names.page is None:
        raise InputError(_unknown(own.quantity, names.program))
    try:
        return names.page.read(text)
    except UnknownName as error:
        if known is not None:
            return known
        if names.alone or (error.has_guess and not nearest(own.quantity, names.program.quantities)):
            raise
        raise InputError(_unknown(own.quantity, names.program)) from None


def whole_reading(text: str, program: Program) -> Reading | None:
    """What the engine's name of somebody's numbers stands for; None where it is none.

    It may have a sign and a transpose, ``-delta2``, ``a1.T``; the name of biases stays, whether
    they are a quantity or row 0 of the weights.
    """
    if len(text) > LONGEST:
        return None
    sign, own, turned = _bare(text)
    if own.quantity not in program.quantities and weights_of_bias(own.quantity, program) is None:
        return None
    return Reading(own.quantity, own.position or None, sign, turned)


def _bare(text: str) -> tuple[int, Entry, bool]:
    """An entry without its sign, with the sign, and whether its array is turned: ``a1.T[0,1]``."""
    text, sign = text.strip(), 1
    if text[:1] in {"-", "−"}:
        text, sign = text[1:].lstrip(), -1
    own = parse_entry(text)
    for mark in (".T", "ᵀ"):
        if own.quantity.endswith(mark):
            return sign, Entry(own.quantity.removesuffix(mark), own.position[::-1]), True
    return sign, own, False


def two_meanings(text: str, names: Names) -> str:
    """What else a typed name means, the page's or the engine's; nothing where there is one.

    >>> from chainstep.core.stepper import program_of
    >>> from chainstep.core.text.notations import NOTATIONS
    >>> from chainstep.scenarios import load
    >>> names = Names(program_of(load("two-layer-network").setup), NOTATIONS["code"])
    >>> two_meanings("delta2.0.0", names)
    'delta2.0.0 is read as the name that chainstep uses. In the notation code it is −dC/da2[0,0].'
    >>> two_meanings("delta1.0.0", names)
    ''
    """
    known = _engines(parse_entry(text), names.program)
    if known is None or names.page is None:
        return ""
    try:
        page = names.page.read(text)
    except InputError:
        return ""
    if (page.quantity, page.position, page.sign) == (known.quantity, known.position, known.sign):
        return ""
    sign = "−" if page.sign < 0 else ""
    here, notation = f"{sign}{page.entry}", names.page.notation.name
    if names.alone:
        return (
            f"{text.strip()} is read in the notation {notation}: it is {here}. "
            f"Without a notation it would be {known.entry}."
        )
    return (
        f"{text.strip()} is read as the name that chainstep uses. "
        f"In the notation {notation} it is {here}."
    )


def notes_on(typed: Iterable[object], names: Names) -> tuple[str, ...]:
    """What is to be said of names that mean two things, each once."""
    said = (two_meanings(text, names) for text in typed if isinstance(text, str))
    return tuple(dict.fromkeys(note for note in said if note))


def _engines(own: Entry, program: Program) -> Reading | None:
    if own.quantity in program.quantities:
        return Reading(own.quantity, own.position or None)
    weights = weights_of_bias(own.quantity, program)
    if weights is None or not own.position:
        return None
    return Reading(weights, own.position if len(own.position) > 1 else (0, *own.position))


def weights_of_bias(name: str, program: Program) -> str | None:
    """The weights whose row 0 are the biases of this name; None where they stand apart.

    ``dC/db2`` stands in ``dC/dW2``.
    """
    before, letter, after = name.rpartition("b")
    weights = f"{before}W{after}"
    if not letter or name in program.quantities or weights not in program.quantities:
        return None
    first = program.quantities[weights].axes[:1]
    return weights if first and first[0].kind == "bias + unit" else None


def _unknown(name: str, program: Program) -> str:
    if weights := weights_of_bias(name, program):
        return f"{name} is row 0 of {weights} here: name one of its numbers, {name}.0, or {weights}"
    guess = nearest(name, program.quantities)
    return f"this network has no quantity {name!r}{guess}"


def quantity(text: str, names: Names) -> str:
    """The engine's name of a whole quantity.

    Raises: InputError where there is none such, or where one number of it was typed.
    """
    found = reading(text, names)
    if found.position is not None:
        raise InputError(f"{text.strip()!r} is one number of {found.quantity}: name the whole")
    return found.quantity


def computed(text: str, names: Names) -> str:
    """The engine's name of a quantity that a step computes.

    Raises: InputError where none does.
    """
    found = quantity(text, names)
    if found not in names.program.numbers:
        raise InputError(f"no step computes {found}: it is there when an iteration begins")
    return found


def entry(text: str, names: Names) -> Reading:
    """One number of a network's quantities, with the position written out.

    Raises: InputError where there is none such, with the nearest name or the shape.
    """
    found = reading(text, names)
    return found._replace(position=resolved(names.program, found.entry).position)


def resolved(program: Program, asked: Entry) -> Entry:
    """The entry, known to be one of this network; ``b1.2`` stands for ``b1.0.2``, and so on.

    Raises: InputError with the nearest name, or with the shape and what its axes are.
    """
    known = program.quantities.get(asked.quantity)
    if known is None:
        raise InputError(_unknown(asked.quantity, program))
    position, shape = asked.position, known.shape
    if len(position) == 1 and len(shape) == 2 and 1 in shape:
        position = (0, *position) if shape[0] == 1 else (*position, 0)
    if not position and known.size == 1:
        position = (0,) * len(shape)
    fits = len(position) == len(shape) and all(
        index < size for index, size in zip(position, shape, strict=True)
    )
    if not fits:
        raise InputError(_misfit(asked, known))
    return Entry(asked.quantity, position)


def _misfit(asked: Entry, known: Quantity) -> str:
    if not known.shape:
        return f"{known.name} is one number: write {known.name}"
    sizes = "×".join(map(str, known.shape))
    words = ("row", "column") if len(known.shape) == 2 else ("index",) * 3
    ranges = ", ".join(
        f"{word} 0" if size == 1 else f"{word}s 0–{size - 1}".replace("indexs", "indices")
        for word, size in zip(words, known.shape, strict=False)
    )
    meaning = " × ".join(axis.plural for axis in known.axes)
    last = ".".join(str(size - 1) for size in known.shape)
    begun = f"there is no {asked}: " if asked.position else "which entry? "
    return f"{begun}{known.name} is {sizes} ({meaning}): {ranges}; the last is {known.name}.{last}"


# ── moments and counts ────────────────────────────────────────────────────────────────────


def moment(text: str, names: Names) -> Moment:
    """Reads ``1000``, ``1000:13``, ``1000:delta2`` or ``epoch 3`` as a moment of a network.

    Raises: InputError with what was expected.
    """
    iteration_text, colon, step_text = text.strip().partition(":")
    in_epochs = iteration_text.lower().startswith("epoch")
    iteration = whole_number(iteration_text[5:] if in_epochs else iteration_text)
    if iteration is None:
        raise InputError(
            f"{_cut(text)!r} is no moment: write an iteration, 1000, or one of its steps, "
            "1000:13 or 1000:delta2"
        )
    if iteration < 1:
        counted = "epochs" if in_epochs else "iterations"
        raise InputError(f"{counted} count from 1: the start is 1:0")
    if iteration >= MOST:
        raise InputError(f"{_cut(iteration_text)} is too many iterations")
    if in_epochs:
        iteration = names.program.first_of_epoch(iteration)
    if not colon:
        return Moment(iteration)
    return Moment(iteration, _step(step_text, names))


def _step(text: str, names: Names) -> int:
    numbers = names.program.numbers
    step = whole_number(text)
    if step is not None:
        if step > len(numbers):
            raise InputError(
                f"an iteration of this network has {len(numbers)} steps; {_cut(text)} is none"
            )
        return step
    return numbers[computed(text, names)]


def _cut(text: str) -> str:
    """What was typed, short enough to be repeated."""
    text = text.strip()
    return text if len(text) <= 40 else f"{text[:39]}…"
