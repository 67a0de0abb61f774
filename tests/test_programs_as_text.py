"""What the engine makes of networks, as whole texts: their quantities, calls, source and names."""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import cycle, islice

import numpy as np
import pytest

from chainstep.core.engine.checkpoints import spacings
from chainstep.core.engine.fast import fast, in_place
from chainstep.core.engine.layout import Layout, Slot
from chainstep.core.engine.lowering import Instruction, lower
from chainstep.core.engine.scalars import Source
from chainstep.core.formats.network_drawing import network_svg, parts_of
from chainstep.core.program import Program
from chainstep.core.quantities import Entry, InputError, Quantity
from chainstep.core.text.entry_formulas import in_letters
from chainstep.core.text.formulas import formula, latex_equation
from chainstep.core.text.notations import NOTATIONS
from chainstep.core.text.typed import Names, entry, moment, reading, two_meanings
from chainstep.scenarios import load
from tests.test_answers_of_kinds import KINDS
from tests.test_layerless import perceptron


@cache
def program_of(name: str) -> Program:
    return perceptron() if name == "own" else load(KINDS[name] | {"title": name}).program


def place(slot: Slot | float) -> str:
    if not isinstance(slot, Slot):
        return f"{slot:g}"
    sides = "×".join(map(str, slot.shape))
    stride = f"/{slot.stride}" if slot.stride else ""
    return f"{slot.offset}:{sides}{'T' * slot.transposed}{stride}"


def call(instruction: Instruction) -> str:
    function = instruction.function
    name = getattr(function, "__name__", "") or instruction.kind
    inputs = ", ".join(map(place, instruction.inputs))
    kind = "" if instruction.kind == "ufunc" else f"{instruction.kind} "
    text = f"{place(instruction.out)} = {kind}{name}({inputs})"
    if instruction.choice is None:
        return text
    parts = zip(("if not finite", "long", "short"), instruction.choice, strict=True)
    return "\n".join([text, *(f"    {said}: {call(one)}" for said, many in parts for one in many)])


def facts(quantity: Quantity) -> str:
    told = [
        quantity.name,
        "×".join(map(str, quantity.shape)) or "one number",
        ", ".join(axis.plural for axis in quantity.axes),
        quantity.kind.value,
        f"of {quantity.of}" if quantity.of else "",
        f"by {quantity.by}" if quantity.by else "",
        f"layer {quantity.layer}",
        quantity.parameter,
        "learns" * quantity.learns,
        quantity.part.name if quantity.part else "",
    ]
    return "; ".join(filter(None, told))


def quantities(program: Program) -> Iterator[str]:
    """The graph: what there is, and by which steps."""
    yield from map(facts, program.quantities.values())
    for step in program.steps:
        yield f"{step.number} {step.phase} {step.layer} {step.layout}: {formula(step.expression)}"
        if step.short:
            yield f"    short: {formula(step.short.expression)}"
    yield from (f"{pair.new.name} becomes {pair.old.name}" for pair in program.carried)
    yield f"fed: {', '.join(sorted(program.fed))}; {program.updates_per_epoch} an epoch"


def calls(program: Program) -> Iterator[str]:
    """Where everything lies, and the calls of a step, of a run, and of one that is looked at."""
    layout = Layout(program)
    yield f"{layout.size} numbers, {layout.named_size} named, {layout.carried_size} carried"
    yield f"checkpoints {spacings(program)}"
    yield from (f"{name} at {place(slot)}" for name, slot in layout.places.items())
    yield from (f"constant at {place(slot)}" for slot in layout.constants.values())
    for step in program.steps:
        yield from (f"{step.number}: {call(one)}" for one in lower(layout, step))
    for new, old in in_place(program, layout).items():
        yield f"{place(new)} in the place of {place(old)}"
    for kept in ((), (program.cost,)):
        once, each = fast(layout, kept)
        yield f"once, {len(kept)} kept"
        yield from map(call, once)
        yield "each"
        yield from map(call, each)


def source(program: Program) -> Iterator[str]:
    """The lines of an iteration for a compiler."""
    made = Source(Layout(program))
    yield from made.text.splitlines()
    yield from (f"c[{n}] = {value!r}" for n, value in enumerate(np.ravel(made.constants).tolist()))


def names(program: Program) -> Iterator[str]:
    """What everything is called, and its first and last number, in three notations in turn."""
    turns = cycle(NOTATIONS.values())
    for quantity in program.quantities.values():
        first, last = (0,) * len(quantity.shape), tuple(size - 1 for size in quantity.shape)
        yield quantity.name
        for notation in islice(turns, 3):
            called = [
                notation.quantity(quantity, program),
                notation.latex_quantity(quantity, program),
            ]
            called += [notation.entry(quantity, at, program) for at in (first, last)]
            yield f"    {notation.name}: {'   '.join(called)}"


def equations(program: Program) -> Iterator[str]:
    """Every step in LaTeX, and its last number in letters, in two notations in turn."""
    turns = cycle(NOTATIONS.values())
    for step in program.steps:
        last = Entry(step.quantity.name, tuple(size - 1 for size in step.quantity.shape))
        yield step.quantity.name
        for notation in islice(turns, 2):
            yield f"    {notation.name}: {latex_equation(step, notation, program)}"
            yield f"        {in_letters(program, last, notation)}"


def drawing(program: Program) -> Iterator[str]:
    """The drawn network, and which parts of it a step is about."""
    yield network_svg(program).replace("><", ">\n<")
    yield from (f"{step.quantity.name}: {', '.join(parts_of(step))}" for step in program.steps)


TYPED = (
    *("W1", "W1.0.1", "W1[0,1]", "W1[ 0 , 1 ]", "W1.9.9", "W1.0", "W1.", "b1", "b1.1", "b1.0.1"),
    *("C", "cost", "-delta2", "−delta2.0.0", "a1.T", "a1.T.1.0", "a1ᵀ[1,0]", "dC/dW1.1.0", "x1"),
    *("dC_dw1", "delta1", "δ2", "w1", "w_{1,1}^{1}", "W^[1]", "dZ2", "∂C/∂W¹", "net_h1", "new W1"),
    *("weight1", "-(a1)", "", "9", "W" * 300, "y.0.0", "sigma", "m.W1.0.0", "m.W1_old", "t", "Z1"),
)
MOMENTS = ("1", "1:0", "3:2", "2:delta1", "epoch 2", "epoch 2:C", "0", "1:999", "x", "1:", "1:W1")


def typed(program: Program) -> Iterator[str]:
    """What is read of what somebody types, in the engine's names and those of pages."""
    for notation in map(NOTATIONS.__getitem__, ("n-a-w", "code")):
        known = Names(program, notation)
        alone = Names(program, notation, alone=True)
        for text in TYPED:
            yield f"{notation.name} {text[:30]}: {_told(reading, text, known)}"
            yield f"    one number: {_told(entry, text, known)}"
            yield f"    alone: {_told(entry, text, alone)}"
            if note := two_meanings(text, known):
                yield f"    {note}"
    for text in MOMENTS:
        yield f"{text}: {_told(moment, text, Names(program))}"


def _told(read: Callable[[str, Names], object], text: str, names: Names) -> str:
    try:
        return str(read(text, names))
    except InputError as error:
        return str(error)


#: What is looked at of which networks: each kind of text once or twice, where it shows most.
TOLD = {
    quantities: ("kinds", "own"),
    calls: ("kinds", "saturated", "own"),
    source: ("own",),
    names: ("kinds", "saturated"),
    equations: ("kinds", "dead"),
    drawing: ("wide", "kinds"),
    typed: ("saturated",),
}


@pytest.mark.parametrize(
    ("told", "name"),
    [
        pytest.param(told, name, id=f"{told.__name__}-{name}")
        for told, several in TOLD.items()
        for name in several
    ],
)
def test_what_is_made_of_a_network_is_this(
    told: Callable[[Program], Iterator[str]],
    name: str,
    snapshot: Callable[[str, str], None],
) -> None:
    snapshot(f"made-{name}-{told.__name__}", "\n".join(told(program_of(name))))
