"""A run as a program of numpy: a line for each step, from the expressions that the engine runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from chainstep.core.expressions import Expression
from chainstep.core.formats.program_text import (
    batch_data,
    fed_values,
    for_each_size,
    literal,
    names_of,
    remarks_on_top,
    setting_name,
    settings_of,
    starting_values,
)
from chainstep.core.formats.run_document import About
from chainstep.core.program import Program, Step
from chainstep.core.text.formulas import program_line
from chainstep.core.text.operators import CODE


def write_program(about: About) -> str:
    """The whole program; run, it prints C in every iteration."""
    return "".join(f"{line}\n" for line in _lines(about))


def _lines(about: About) -> Iterator[str]:
    program = about.program
    array = _array("{}", program.arithmetic)
    names = names_of(program, ("np", "iteration", "rows", "rows_of"))
    yield from remarks_on_top(about, "made by chainstep: a line is a step, in the order of steps")
    yield from ("", "import numpy as np", "", 'np.seterr(all="ignore")')
    yield from settings_of(program)
    for quantity, value in starting_values(about):
        yield f"{names[quantity.name]} = {array.format(literal(value))}"
    yield from batch_data(about, names, array)
    yield from ("", f"for iteration in range(1, {about.iterations + 1}):")
    yield from fed_values(about, names, array)
    yield from for_each_size(program, partial(_steps, names=names))
    if program.cost:
        yield f'    print(f"iteration {{iteration}}: C = {{float({names[program.cost]})}}")'
    if program.carried:
        yield "    # the next iteration begins with these"
        olds = ", ".join(names[old.name] for old, _ in program.carried)
        news = ", ".join(names[new.name] for _, new in program.carried)
        yield f"    {olds} = {news}"


def _steps(program: Program, names: Mapping[str, str]) -> Iterator[str]:
    phase = ""
    for step in program.steps:
        if step.phase != phase:
            phase = step.phase
            yield f"# {phase}"
        yield from _step(step, names)


def _array(text: str, arithmetic: str) -> str:
    return f"np.array({text}, dtype=np.{arithmetic})"


def _step(step: Step, names: Mapping[str, str]) -> Iterator[str]:
    """A step's line; two where another way is taken when the first breaks down."""
    line = _line(step.expression, names)
    if step.expression.shape != step.quantity.shape and step.quantity.shape:
        line = f"np.reshape({line}, {step.quantity.shape})"
    name = names[step.quantity.name]
    yield f"{name} = {line}"
    if step.short is None:
        return
    divisors = [_line(each, names) for each in step.short.divisors]
    broken = " and ".join(f"np.isfinite(1 / ({each})).all()" for each in divisors)
    yield f"if not ({broken}):  # the long way breaks down"
    yield f"    {name} = {_line(step.short.expression, names)}"


def _line(expression: Expression, names: Mapping[str, str]) -> str:
    return program_line(expression, lambda quantity: names[quantity.name], setting_name, CODE)
