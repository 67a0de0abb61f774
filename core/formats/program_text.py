"""What programs in any language of arrays have in common: names, numbers, data, loops."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from chainstep.core.expression_parts import parts
from chainstep.core.expressions import Expression, Number
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
    used = {*taken, *map(setting_name, _settings(program))}
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


def setting_name(name: str) -> str:
    """A setting's name, where a language has another use for it: ``lambda_``."""
    return f"{name}_" if keyword.iskeyword(name) else name


def _settings(program: Program) -> dict[str, float]:
    """The numbers with a name: of the update rule, of a penalty, of layers."""
    found: dict[str, float] = {}
    pending: list[Expression] = [step.expression for step in program.steps]
    while pending:
        node = pending.pop()
        if isinstance(node, Number) and node.name:
            found.setdefault(node.name, node.value)
        pending.extend(parts(node, shown=False))
    return dict(sorted(found.items()))


def remarks_on_top(about: About, how: str) -> Iterator[str]:
    """Comments that say what the program is; a person's words stay on their lines."""
    yield f"# {_CONTROL.sub(' ', about.full_title)}"
    if about.place:
        yield f"# {_CONTROL.sub(' ', about.place)}"
    if about.program.network:
        yield f"# {network_line(about.program)}"
    yield f"# {how}"


def settings_of(program: Program) -> Iterator[str]:
    """Lines that say what the numbers with a name are."""
    for name, value in _settings(program).items():
        yield f"{setting_name(name)} = {float(value)!r}"


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


# ── what follows from the number of the iteration ─────────────────────────────────────────


def batch_data(about: About, names: Mapping[str, str], array: str) -> Iterator[str]:
    """Lines that hold all the data, and which rows of it each iteration works on."""
    program, network = about.program, about.program.network
    if program.rows is None or network is None:
        return
    for name, value in ((program.inputs, network.inputs), (program.targets, network.targets)):
        if name:
            text = literal(np.asarray(value, dtype=program.arithmetic))
            yield f"all_{names[name]} = {array.format(text)}"
    given = network.batches is not None and network.batches.order == "given"
    count = program.updates_per_epoch if given else about.iterations
    rows = [program.rows(iteration).tolist() for iteration in range(1, count + 1)]
    yield f"rows_of = {rows}"


def fed_values(about: About, names: Mapping[str, str], array: str) -> Iterator[str]:
    """Lines that give what follows from the number of the iteration: Adam's t, a batch, a mask.

    Raises: InputError where it is too much to be written out.
    """
    program = about.program
    if program.rows is not None:
        yield "    rows = rows_of[(iteration - 1) % len(rows_of)]"
    for quantity, _ in program.feeds:
        name = names[quantity.name]
        if program.rows is not None and quantity.name in {program.inputs, program.targets}:
            yield f"    {name} = all_{name}[rows]"
            continue
        yield f"    {name} = {_fed(about, quantity, array)}"


def _fed(about: About, quantity: Quantity, array: str) -> str:
    """A number that counts along with the iteration, or a table of what it is in each."""
    values = [
        np.asarray(feed.at(iteration))
        for iteration in range(1, about.iterations + 1)
        for feed in about.program.at(iteration).feeds
        if feed.quantity.name == quantity.name
    ]
    offset = float(values[0]) - 1 if not quantity.shape else None
    if offset is not None and all(float(value) == n + offset for n, value in enumerate(values, 1)):
        return f"iteration{f' + {offset:g}' if offset else ''}"
    if sum(value.size for value in values) > _MOST:
        raise InputError(
            f"{quantity.name} is another in each of {about.iterations} iterations, too much for "
            "a program: run fewer (--iterations 10)"
        )
    table = ", ".join(literal(value.astype(about.program.arithmetic)) for value in values)
    return array.format(f"[{table}][iteration - 1]")


def for_each_size(program: Program, lines: Callable[[Program], Iterator[str]]) -> Iterator[str]:
    """Lines within the loop; where the last batch of an epoch is smaller, it has its own."""
    if program.remainder is None:
        yield from (f"    {line}" for line in lines(program))
        return
    yield f"    if iteration % {program.updates_per_epoch}:"
    yield from (f"        {line}" for line in lines(program))
    yield "    else:  # the last batch of an epoch is smaller"
    yield from (f"        {line}" for line in lines(program.remainder))
