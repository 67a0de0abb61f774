"""A run as a program of PyTorch: the forward steps, and derivatives that PyTorch finds itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

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
from chainstep.core.program import Program
from chainstep.core.quantities import InputError, Kind, Quantity
from chainstep.core.text.formulas import program_line
from chainstep.core.text.operators import TORCH

#: PyTorch's own optimiser for an update rule; other rules are written out from their steps.
_OPTIMISERS = {
    "gradient-descent": "torch.optim.SGD({}, lr=learning_rate)",
    "momentum": "torch.optim.SGD({}, lr=learning_rate, momentum=momentum)",
    "nesterov": "torch.optim.SGD({}, lr=learning_rate, momentum=momentum, nesterov=True)",
    "rmsprop": "torch.optim.RMSprop({}, lr=learning_rate, alpha=decay, eps=epsilon)",
    "adam": "torch.optim.Adam({}, lr=learning_rate, betas=(beta1, beta2), eps=epsilon)",
}


def write_program(about: About) -> str:
    """The whole program; run, it prints C in every iteration.

    Raises: InputError where PyTorch cannot do this run.
    """
    program = about.program
    if program.mistakes:
        raise InputError(
            "PyTorch differentiates by itself, so a program of it cannot make the mistake "
            f"{', '.join(program.mistakes)}; --format numpy makes it"
        )
    if not program.cost or not program.parameters:
        raise InputError("this program names no cost or no parameters for PyTorch to learn")
    return "".join(f"{line}\n" for line in _lines(about))


def _lines(about: About) -> Iterator[str]:
    program = about.program
    tensor = _tensor("{}", program.arithmetic)
    names = names_of(program, ("torch", "iteration", "optimiser", "parameter", "rows", "rows_of"))
    yield from remarks_on_top(about, "made by chainstep: the derivatives are PyTorch's own")
    yield from ("", "import torch", "", f"torch.set_default_dtype(torch.{program.arithmetic})")
    yield from settings_of(program)
    by_optimiser = _has_optimiser(program)
    for quantity, value in starting_values(about):
        if by_optimiser and quantity.kind is Kind.STATE:
            continue  # its optimiser remembers by itself
        grad = ".requires_grad_()" if quantity.is_parameter else ""
        yield f"{names[quantity.name]} = {tensor.format(literal(value))}{grad}"
    yield from batch_data(about, names, tensor)
    if by_optimiser:
        learning = ", ".join(names[each.name] for each in program.parameters if each.learns)
        assert program.network is not None, "an update rule is that of a network"
        yield f"optimiser = {_OPTIMISERS[program.network.rule].format(f'[{learning}]')}"
    yield from ("", f"for iteration in range(1, {about.iterations + 1}):")
    yield from fed_values(about, names, tensor)
    yield from for_each_size(program, partial(_forward, names=names))
    cost = names[program.cost]
    yield f'    print(f"iteration {{iteration}}: C = {{{cost}.item()}}")'
    yield from _by_optimiser(cost) if by_optimiser else _by_steps(program, names)


def _forward(program: Program, names: dict[str, str]) -> Iterator[str]:
    for step in program.steps:
        if step.phase == "forward":
            line = program_line(step.expression, lambda each: names[each.name], setting_name, TORCH)
            yield f"{names[step.quantity.name]} = {line}"


def _tensor(text: str, arithmetic: str) -> str:
    return f"torch.tensor({text}, dtype=torch.{arithmetic})"


def _has_optimiser(program: Program) -> bool:
    """Whether PyTorch's optimiser does what this run does, from its first update on."""
    setup = program.network
    return (
        setup is not None
        and setup.rule in _OPTIMISERS
        and "weight_decay" not in setup.settings
        and not setup.updates_before
        and not any(np.any(program.starting.get(name, 0)) for name in _remembered(program))
        and not (program.frozen and program.bias == "row")
        and any(each.learns for each in program.parameters)
    )


def _remembered(program: Program) -> Iterator[str]:
    """What the update rule brings along into iteration 1."""
    return (each.name for each in program.start if each.kind is Kind.STATE)


def _by_optimiser(cost: str) -> Iterator[str]:
    yield "    optimiser.zero_grad()"
    yield f"    {cost}.backward()"
    yield "    optimiser.step()"


def _by_steps(program: Program, names: dict[str, str]) -> Iterator[str]:
    """The update from its steps, PyTorch's derivatives put in for ours."""

    def name(quantity: Quantity) -> str:
        if quantity.is_gradient:
            return f"{names[quantity.parameter]}.grad"
        return names[quantity.name]

    parameters = ", ".join(names[each.name] for each in program.parameters)
    yield f"    for parameter in [{parameters}]:"
    yield "        parameter.grad = torch.zeros_like(parameter)"
    yield f"    {names[program.cost]}.backward()"
    yield "    with torch.no_grad():"
    for step in program.steps:
        if step.phase == "update":
            line = program_line(step.expression, name, setting_name, TORCH)
            yield f"        {names[step.quantity.name]} = {line}"
    for old, new in program.carried:
        grad = ".requires_grad_()" if old.is_parameter else ""
        yield f"    {names[old.name]} = {names[new.name]}{grad}"
