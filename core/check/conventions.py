"""Conventions, which are no mistakes: a table; each is found by trying and told in a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Literal

from chainstep.core.program import Program
from chainstep.core.quantities import Kind, Quantity

#: What a convention about factors is shown by: numbers that come after those that it changes.
Shown = Literal["what is learned", "the derivatives"]


@dataclass(frozen=True, eq=False)
class Convention:
    """One way to write the same calculation, other than the engine's.

    ``factor`` is what somebody's number of a quantity is, times the engine's. ``question``
    is what it answers; of those with the same question one holds. ``shown`` says which numbers
    must be right beside it, for it to be no mistake.
    """

    name: str
    question: str
    says: str
    factor: Callable[[Quantity, Program], float]
    fits: Callable[[Program], bool]
    shown: Shown
    proof: str


def _before_gradients(quantity: Quantity) -> bool:
    """dC/da and delta, of any layer."""
    return quantity.kind is Kind.DERIVATIVE and not quantity.parameter


def _gradients(quantity: Quantity) -> bool:
    return quantity.is_gradient


def _costs(quantity: Quantity) -> bool:
    return quantity.name in {"C", "C_obs"}


def _times(
    number: Callable[[Program], float], *of: Callable[[Quantity], bool]
) -> Callable[..., float]:
    def factor(quantity: Quantity, program: Program) -> float:
        return number(program) if any(one(quantity) for one in of) else 1.0

    return factor


def _observations(program: Program) -> float:
    return float(program.observations)


def _is_mean(program: Program) -> bool:
    return program.reduction == "mean" and program.observations > 1


def _loss_is(*names: str) -> Callable[[Program], bool]:
    return lambda program: program.loss is not None and program.loss.name in names


CONVENTIONS: tuple[Convention, ...] = (
    Convention(
        "y-minus-a",
        "sign",
        "your deltas have the sign of y − a, and the gradients turn it round",
        _times(lambda _: -1.0, _before_gradients),
        lambda _: True,
        "what is learned",
        "dC/dW1 or W1_new",
    ),
    Convention(
        "y-minus-a-and-plus",
        "sign",
        "your deltas and gradients have the sign of y − a, and the update adds them",
        _times(lambda _: -1.0, _before_gradients, _gradients),
        lambda _: True,
        "what is learned",
        "W1_new",
    ),
    Convention(
        "mean-at-the-gradient",
        "mean",
        "your deltas are of the sum; the 1/m of the mean enters at the gradient",
        _times(_observations, _before_gradients),
        _is_mean,
        "what is learned",
        "dC/dW1 or W1_new",
    ),
    Convention(
        "mean-at-the-update",
        "mean",
        "your deltas and gradients are of the sum; the 1/m of the mean enters at the update",
        _times(_observations, _before_gradients, _gradients),
        _is_mean,
        "what is learned",
        "W1_new",
    ),
    Convention(
        "two-at-the-gradient",
        "two",
        "the 2 of the squared error enters at your gradients, not at dC/da",
        _times(lambda _: 0.5, _before_gradients),
        _loss_is("squared-error", "mean-squared-error"),
        "what is learned",
        "dC/dW1 or W1_new",
    ),
    Convention(
        "half-in-the-cost",
        "cost",
        "½ stands in your cost only, and the derivatives are those without it",
        _times(lambda _: 0.5, _costs),
        _loss_is("squared-error", "mean-squared-error"),
        "the derivatives",
        "delta or a gradient",
    ),
    Convention(
        "no-half-in-the-cost",
        "cost",
        "your cost is without the ½, and the derivatives are those with it",
        _times(lambda _: 2.0, _costs),
        _loss_is("half-squared-error"),
        "the derivatives",
        "delta or a gradient",
    ),
)


def combinations(program: Program) -> list[tuple[Convention, ...]]:
    """All conventions that may hold together, the fewest first; none is the first of them."""
    choices: dict[str, list[Convention | None]] = {}
    for one in CONVENTIONS:
        if one.fits(program):
            choices.setdefault(one.question, [None]).append(one)
    found = [
        tuple(one for one in chosen if one is not None) for chosen in product(*choices.values())
    ]
    return sorted(found, key=len)


def factors_of(quantity: Quantity, program: Program) -> dict[Convention, float]:
    """The conventions that change a quantity: what somebody's number is, times the engine's."""
    factors = {one: one.factor(quantity, program) for one in CONVENTIONS}
    return {one: factor for one, factor in factors.items() if factor != 1.0}


def shows(quantity: Quantity, convention: Convention) -> bool:
    """Whether numbers of a quantity, right beside the convention, show that it is one."""
    if quantity.is_gradient or quantity.is_new_value:
        return True
    return convention.shown == "the derivatives" and quantity.kind is Kind.DERIVATIVE
