"""A run as a program of numpy: a line for each step, from the expressions that the engine runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chainstep.core.formats.program_text import (
    fed_values,
    literal,
    names_of,
    remarks_on_top,
    settings_of,
    starting_values,
)
from chainstep.core.formats.run_document import About
from chainstep.core.program import Step
from chainstep.core.text.formulas import program_line
from chainstep.core.text.operators import CODE


def write_program(about: About) -> str:
    """The whole program; run, it prints C in every iteration."""
    return "".join(f"{line}\n" for line in _lines(about))


def _lines(about: About) -> Iterator[str]:
    program = about.program
    names = names_of(program, ("np", "iteration"))
    yield from remarks_on_top(about, "made by chainstep: a line is a step, in the order of steps")
    yield from ("", "import numpy as np", "", 'np.seterr(all="ignore")')
    yield from settings_of(program)
    for quantity, value in starting_values(about):
        yield f"{names[quantity.name]} = {_array(literal(value), program.arithmetic)}"
    yield from ("", f"for iteration in range(1, {about.iterations + 1}):")
    yield from fed_values(about, names, _array("{}", program.arithmetic))
    phase = ""
    for step in program.steps:
        if step.phase != phase:
            phase = step.phase
            yield f"    # {phase}"
        yield from (f"    {line}" for line in _step(step, names))
    if program.cost:
        yield f'    print(f"iteration {{iteration}}: C = {{float({names[program.cost]})}}")'
    if program.carried:
        yield "    # the next iteration begins with these"
        olds = ", ".join(names[old.name] for old, _ in program.carried)
        news = ", ".join(names[new.name] for _, new in program.carried)
        yield f"    {olds} = {news}"


def _array(text: str, arithmetic: str) -> str:
    return f"np.array({text}, dtype=np.{arithmetic})"


def _step(step: Step, names: Mapping[str, str]) -> Iterator[str]:
    """A step's line; two where another way is taken when the first breaks down."""
    line = program_line(step.expression, lambda quantity: names[quantity.name], CODE)
    if step.expression.shape != step.quantity.shape and step.quantity.shape:
        line = f"np.reshape({line}, {step.quantity.shape})"
    name = names[step.quantity.name]
    yield f"{name} = {line}"
    if step.short is None:
        return
    divisors = [
        program_line(each, lambda quantity: names[quantity.name], CODE)
        for each in step.short.divisors
    ]
    short = program_line(step.short.expression, lambda quantity: names[quantity.name], CODE)
    broken = " and ".join(f"np.isfinite(1 / ({each})).all()" for each in divisors)
    yield f"if not ({broken}):  # the long way breaks down"
    yield f"    {name} = {short}"
