"""The notation ``code`` runs: each line, after the lines before it, gives the engine's numbers."""

from itertools import cycle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from chainstep.core import Record, Stepper
from chainstep.core.check.mistakes import MISTAKES, program_with
from chainstep.core.expression_parts import parts
from chainstep.core.expressions import Expression, Number
from chainstep.core.program import Program
from chainstep.core.quantities import InputError
from chainstep.core.setup import Setup
from chainstep.core.text.formulas import equation
from chainstep.core.text.notations import NOTATIONS
from chainstep.scenarios import load, names
from tests.networks import random_setup, setups, varied_setup

CODE = NOTATIONS["code"]


def given_names(stepper: Stepper) -> dict[str, Any]:
    """What a program has before its first line: numpy, data, weights, settings."""
    program = stepper.program
    space: dict[str, Any] = {"np": np}
    for quantity in program.start:
        space[CODE.quantity(quantity, program)] = np.array(stepper[quantity.name])
    for step in program.steps:
        for number in numbers_in(step.expression):
            if number.name:
                space[CODE.setting(number.name)] = np.dtype(program.arithmetic).type(number.value)
    return space


def numbers_in(expression: Expression) -> list[Number]:
    """The constants of an expression."""
    if isinstance(expression, Number):
        return [expression]
    return [found for part in parts(expression, shown=False) for found in numbers_in(part)]


def run_line(record: Record, space: dict[str, Any]) -> Any:
    """The value of a line: of an expression, or of the name that it gives a value to."""
    line = equation(record.definition, CODE, record.program, short=record.took_short_way)
    name, sign = names_of(record)
    with np.errstate(all="ignore"):
        if line.startswith(f"{name} = "):
            exec(line, space)
            return sign * space[name]
        return sign * eval(line, space)


def names_of(record: Record) -> tuple[str, int]:
    """What the notation calls a quantity, and the sign that it has there."""
    quantity, program = record.definition.quantity, record.program
    return CODE.unsigned(quantity, program), CODE.sign(quantity, program)


def assert_lines_run(run: Setup | Program, iterations: int = 2) -> None:
    stepper = Stepper(run)
    relative, least = (1e-10, 1e-11) if run.arithmetic == "float64" else (2e-4, 1e-6)
    for iteration in range(1, 1 + iterations):
        stepper.goto(iteration)
        space = given_names(stepper)
        for record in stepper.iterate():
            found, engine = np.asarray(run_line(record, space)), record.value
            size = float(np.max(np.abs(engine))) if np.isfinite(engine).all() else 1.0
            where = f"{record.quantity}: {equation(record.definition, CODE, record.program)}"
            assert found.shape == engine.shape, where
            close = np.allclose(found, engine, relative, least + relative * size, equal_nan=True)
            assert close, where
            name, sign = names_of(record)
            if name.isidentifier():  # a rest of rounding would become a whole step of Adam
                space[name] = sign * np.array(engine)


@pytest.mark.parametrize("name", names())
def test_the_lines_of_a_scenario_run_one_after_the_other(name: str) -> None:
    assert_lines_run(load(name).setup)


@settings(max_examples=10)
@given(setup=setups(deepest=3))
def test_the_lines_of_any_network_run_one_after_the_other(setup: Setup) -> None:
    if setup.rule in {"rmsprop", "adam"}:  # they divide by what may be a rest of rounding
        setup = setup._replace(arithmetic="float64")
    assert_lines_run(setup)


@pytest.mark.parametrize("seed", range(12))
def test_the_lines_of_layers_and_batches_of_any_kind_run(seed: int) -> None:
    assert_lines_run(varied_setup(seed)._replace(arithmetic="float64"))


@pytest.mark.parametrize(
    ("mistake", "bias"), list(zip(MISTAKES, cycle(["row", "separate"]), strict=False))
)
def test_the_lines_of_a_mistake_make_the_mistake(mistake: str, bias: Any) -> None:
    for loss, last in (("cross-entropy", "softmax"), ("squared-error", "sigmoid")):
        setup = random_setup(1, [3, 3, 3], ["tanh", last], 3, bias, loss)
        try:
            program = program_with((mistake,), setup)
        except InputError:
            continue
        assert_lines_run(program, iterations=1)
