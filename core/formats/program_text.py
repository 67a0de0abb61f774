"""What programs in any language of arrays have in common: names, numbers, data, loops."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping

import numpy as np

from chainstep.core.formats.run_document import About
from chainstep.core.program import Program
from chainstep.core.quantities import InputError, Quantity
from chainstep.core.setup import Array
from chainstep.core.text.network_in_words import network_line
from chainstep.core.text.numbers import EXACT, number_texts

_MOST = 200_000  # numbers that are written out as text
_NOT_A_LETTER = re.compile(r"\W")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def names_of(program: Program, taken: tuple[str, ...]) -> dict[str, str]:
    """A name for each quantity that a program may use: ``dC_dW3``, ``a0_with_ones``."""
    used = {*taken, *program.settings}
    found: dict[str, str] = {}
    for quantity in program.quantities:
        name = quantity.replace("+", "_with_ones").replace("dC/d", "dC_d")
        name = _NOT_A_LETTER.sub("_", name)
        if not name.isidentifier() or keyword.iskeyword(name):
            name = f"q_{name}"
        while name in used:
            name += "_"
        used.add(name)
        found[quantity] = name
    return found


def remarks_on_top(about: About, how: str) -> Iterator[str]:
    """Comments that say what the program is; a person's words stay on their lines."""
    yield f"# {_CONTROL.sub(' ', about.full_title)}"
    if about.place:
        yield f"# {_CONTROL.sub(' ', about.place)}"
    if about.program.network:
        yield f"# {network_line(about.program)}"
    yield f"# {how}"


def settings_of(program: Program) -> Iterator[str]:
    """The numbers of the update rule."""
    for name, value in program.settings.items():
        yield f"{name} = {float(value)!r}"


def starting_values(about: About) -> Iterator[tuple[Quantity, Array]]:
    """What no step computes, as iteration 1 begins, in the arithmetic of the run.

    Raises: InputError where that is too much to be written out.
    """
    program = about.program
    given = [quantity for quantity in program.start if quantity.name not in program.fed]
    count = sum(quantity.size for quantity in given)
    if count > _MOST:
        raise InputError(
            f"this run starts from {count} numbers, which no program should hold as text: "
            "write it with --format npz"
        )
    for quantity in given:
        value = program.starting.get(quantity.name, np.zeros(quantity.shape))
        yield quantity, np.asarray(value, dtype=program.arithmetic).reshape(quantity.shape)


def literal(value: Array) -> str:
    """An array as nested lists, each number with the digits that tell it."""
    texts = iter(number_texts(value, EXACT))

    def nested(shape: tuple[int, ...]) -> str:
        if not shape:
            text = next(texts)
            return text if text[-1].isdigit() else f"float({text!r})"
        return f"[{', '.join(nested(shape[1:]) for _ in range(shape[0]))}]"

    return nested(value.shape)


def fed_values(about: About, names: Mapping[str, str], array: str) -> Iterator[str]:
    """Lines that give what follows from the number of the iteration: Adam's t, a batch.

    A number that counts along with the iteration is said to; all else is a table.
    """
    program = about.program
    for quantity, at in program.feeds:
        name = names[quantity.name]
        values = [np.asarray(at(iteration)) for iteration in range(1, about.iterations + 1)]
        offset = float(values[0]) - 1 if not quantity.shape else None
        if offset is not None and all(
            float(value) == n + offset for n, value in enumerate(values, 1)
        ):
            yield f"    {name} = iteration{f' + {offset:g}' if offset else ''}"
            continue
        if sum(value.size for value in values) > _MOST:
            raise InputError(
                f"{quantity.name} is another in each of {about.iterations} iterations, too much "
                "for a program: run fewer (--iterations 10)"
            )
        table = ", ".join(literal(value.astype(program.arithmetic)) for value in values)
        yield f"    {name} = {array.format(f'[{table}][iteration - 1]')}"
