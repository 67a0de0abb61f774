"""One walk through an expression, and all its readers agree on what an entry is made of."""

import re
from math import isclose, prod

import numpy as np
import pytest
from hypothesis import given, settings

from chainstep.core import Entry, Stepper
from chainstep.core.entries import cells, entry
from chainstep.core.expression_parts import evaluate, needs, operands_of
from chainstep.core.program import Step
from chainstep.core.setup import Array, Setup
from chainstep.core.text.entry_formulas import in_letters, with_numbers
from chainstep.core.text.notations import DEFAULT
from chainstep.core.why.places import Place, operand_places, products
from chainstep.scenarios import load, names
from chainstep.tui.widgets.operation import lit_by
from tests.networks import setups, varied_setup


def stepped(setup: Setup) -> Stepper:
    stepper = Stepper(setup)
    stepper.iterate()
    return stepper


def position_of(step: Step, index: tuple[int, ...]) -> tuple[int, ...]:
    """The place in the quantity; a cost has axes only while it is summed."""
    return index if step.quantity.shape else ()


def assert_readers_agree(stepper: Stepper) -> None:
    values = {name: np.asarray(stepper[name]) for name in stepper.present}
    for step in stepper.program.steps:
        value = values[step.quantity.name]
        for index in np.ndindex(*step.expression.shape):
            position = position_of(step, index)
            assert_entry_agrees(stepper, step, position, values, float(value[position]))


def assert_entry_agrees(
    stepper: Stepper,
    step: Step,
    position: tuple[int, ...],
    values: dict[str, Array],
    engine: float,
) -> None:
    asked = Entry(step.quantity.name, position)
    number = entry(step.expression, position)
    made_of = list(cells(number))
    # evaluated, it is the engine's number (where a division did not break down)
    with np.errstate(all="ignore"):
        found = float(evaluate(number, values))
    wide = np.dtype(stepper.program.setup.arithmetic).itemsize == 8
    if np.isfinite(found) and np.isfinite(engine) and step.short is None:
        size = max(1.0, *(abs(float(values[c.quantity.name][c.position])) for c in made_of), 1.0)
        assert abs(found - engine) <= (1e-9 if wide else 1e-3) * size * size, asked
    # what is lit are its cells, and each lies in a quantity that the step is shown with
    lit = {Entry(cell.quantity.name, cell.position) for cell in made_of}
    assert lit_by(step, asked) == lit
    assert {cell.quantity.name for cell in made_of} <= {q.name for q in step.operands}
    for cell in made_of:
        assert len(cell.position) == len(cell.quantity.shape), asked
        assert all(map(int.__lt__, cell.position, cell.quantity.shape)), asked
    # the operands of a formula are the same
    operands = operand_places(step.expression, position)
    assert [place.entry for place in operands] == [
        Entry(cell.quantity.name, cell.position) for cell in made_of
    ]
    # so are the places of its products, which add up to what is evaluated
    terms = products(step.expression, position)
    if terms is not None:
        placed = {place.entry for term in terms for place in term if place.quantity}
        assert placed == lit
        total = sum(prod(value_of(place, values) for place in term) for term in terms)
        sizes = sum(abs(prod(value_of(place, values) for place in term)) for term in terms)
        if np.isfinite(total):
            assert abs(total - found) <= (1e-9 if wide else 1e-3) * max(1.0, sizes), asked
    # the line with numbers put in has each of them, and the entry in letters each letter
    if len(made_of) <= 5:
        written = with_numbers(step.expression, asked, values, 17)
        numbers = {float(text.replace("−", "-")) for text in re.findall(_NUMBER, written)}
        for cell in made_of:
            shown = float(values[cell.quantity.name][cell.position])
            if np.isfinite(shown):
                assert any(isclose(abs(shown), abs(n), rel_tol=1e-6) for n in numbers), written


_NUMBER = re.compile(r"−?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def value_of(place: Place, values: dict[str, Array]) -> float:
    if place.quantity is None:
        return place.constant
    return float(values[place.quantity.name][place.position])


@pytest.mark.parametrize("name", names())
def test_all_readers_of_an_entry_agree_in_every_scenario(name: str) -> None:
    assert_readers_agree(stepped(load(name).setup))


@settings(max_examples=12)
@given(setup=setups(deepest=3))
def test_all_readers_of_an_entry_agree_in_any_network(setup: Setup) -> None:
    assert_readers_agree(stepped(setup))


@pytest.mark.parametrize("seed", range(12))
def test_all_readers_of_an_entry_agree_in_layers_of_any_kind(seed: int) -> None:
    assert_readers_agree(stepped(varied_setup(seed)._replace(arithmetic="float64")))


@settings(max_examples=12)
@given(setup=setups(deepest=3))
def test_the_letters_of_a_forward_entry_are_its_cells(setup: Setup) -> None:
    program = Stepper(setup).program
    for step in program.steps:
        if step.quantity.role not in {"z", "a", "C_obs", "C"}:
            continue
        asked = Entry(step.quantity.name, position_of(step, (0, 0)))
        made_of = list(cells(entry(step.expression, asked.position)))
        if len(made_of) > 5:
            continue
        written = in_letters(program, asked, DEFAULT)
        assert written is not None
        for cell in made_of:
            if cell.quantity.role not in {"a+", "y"}:  # told as the letters that they copy
                assert DEFAULT.entry(cell.quantity, cell.position, program) in written


@pytest.mark.parametrize("name", names())
def test_an_entry_reads_nothing_that_its_step_does_not(name: str) -> None:
    for step in Stepper(load(name).setup).program.steps:
        first = entry(step.expression, position_of(step, (0,) * len(step.expression.shape)))
        assert needs(first) <= needs(step.expression)
        assert {q.name for q in operands_of(first)} <= {q.name for q in step.operands}
