"""Where formulas come from: told in every notation, and true in this run."""

from itertools import cycle
from typing import Any

import numpy as np
import pytest

from chainstep.core import Stepper
from chainstep.core.expression_parts import evaluate
from chainstep.core.expressions import Ref
from chainstep.core.text.derivations import derivation
from chainstep.core.text.notation import Notation
from chainstep.core.text.notations import NOTATIONS
from chainstep.scenarios import load, names
from tests.networks import varied_setup

TURNS = cycle(NOTATIONS.values())


def told(scenario: str, quantity: str, notation: str) -> list[str]:
    stepper = Stepper(load(scenario))
    record = next(each for each in stepper.iterate() if each.quantity == quantity)
    lines = derivation(record.definition, record.program, NOTATIONS[notation], record.frame)
    return [line.text for line in lines]


def test_the_order_of_the_factors_is_explained_by_the_sum() -> None:
    assert told("same-weights", "dC/dW3", "n-a-w") == [
        "For one number: ∂ΣC/∂w²₀,₀ = ₀a²₀·∂ΣC/∂₀n³₀ + ₁a²₀·∂ΣC/∂₁n³₀.",
        (
            "The sum is over the observations. In a product of matrices the sum is over the "
            "columns of the first factor, which are the rows of the second: there the "
            "observations must stand."
        ),
        "All of them at once: ∂ΣC/∂w² = ∂n³/∂w² · ∂ΣC/∂n³.",
        (
            "For single numbers the order of two factors makes no difference. For matrices it "
            "does: with ∂ΣC/∂n³ before ∂n³/∂w², it does not fit: (2,2)·(4,2)."
        ),
    ]


def test_the_slope_is_taken_in_the_steps_of_the_page() -> None:
    assert told("same-weights", "da3/dz3", "n-a-w") == [
        "1 − a³",
        "The page writes it as (a³ − 1) ⊙ a³·(−1):",
        "a³ − 1",
        "(a³ − 1) ⊙ a³",
        "(a³ − 1) ⊙ a³·(−1)",
    ]
    assert told("same-weights", "dC/da3", "n-a-w") == ["a³ − y"]


def test_a_softmax_and_its_update_are_told_in_letters() -> None:
    assert told("softmax-no-hidden-layer", "a1", "affine-softmax")[0] == (
        "For one number: y₁ = exp(a₁) / (exp(a₁) + exp(a₂) + exp(a₃))."
    )
    assert told("softmax-no-hidden-layer", "W1_new", "affine-softmax") == [
        "For one number: new W₁,₁ = W₁,₁ − α·x₁(y₁ − t₁).",
        "With the new weights: a₁ = x₁(W₁,₁ − α·∂L/∂W₁,₁) + x₂(W₂,₁ − α·∂L/∂W₂,₁).",
    ]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        *(pytest.param(name, next(TURNS), id=name) for name in names()),
        *(pytest.param(126, named, id=named.name) for named in NOTATIONS.values()),
    ],
)
def test_every_step_is_derived_in_every_notation(given: Any, named: Notation) -> None:
    stepper = Stepper(load(given) if isinstance(given, str) else varied_setup(given))
    for record in stepper.iterate():
        for line in derivation(record.definition, record.program, named, record.frame):
            assert line.text
            assert line.value is None or line.value.ndim in {2, 3}


@pytest.mark.parametrize("named", NOTATIONS.values(), ids=list(NOTATIONS))
def test_a_slope_of_a_page_is_the_slope(named: Notation) -> None:
    for name, slope in named.slopes.items():
        stepper = Stepper(load("same-weights", {"activation": name}))
        for record in stepper.iterate():
            quantity = record.definition.quantity
            if quantity.role == "da/dz":
                other = slope(Ref(record.program.quantities[quantity.of]))
                assert np.allclose(evaluate(other, record.frame), record.value, 1e-5)
