from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainstep.core.check.intervals import EPSILON, Interval, as_interval
from chainstep.core.expressions import evaluate
from chainstep.core.stepper import Stepper
from chainstep.scenarios import load, names

_NUMBERS = st.lists(st.floats(-5, 5), min_size=3, max_size=3)

_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "negative": np.negative,
    "square": np.square,
    "exp": np.exp,
    "tanh": np.tanh,
    "trunc": np.trunc,
    "positive": np.positive,
    "step": lambda x: np.heaviside(x, 0),
    "leaky": lambda x: np.maximum(x, 0.01 * x),
    "softplus": lambda x: np.logaddexp(x, 0),
    "slope": lambda x: x * (1 - x),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "root": lambda x: np.sqrt(x * x),
    "logarithm": lambda x: np.log(x * x + 1),
}


@pytest.mark.parametrize("function", _FUNCTIONS.values(), ids=_FUNCTIONS)
@given(_NUMBERS, _NUMBERS, st.floats(0, 1))
def test_a_function_of_what_lies_inside_lies_inside(
    function: Callable[[Any], Any], ends: list[float], others: list[float], where: float
) -> None:
    low, high = np.minimum(ends, others), np.maximum(ends, others)
    inside = low + where * (high - low)
    found = as_interval(function(Interval(low, high, EPSILON["float64"])))
    with np.errstate(all="ignore"):
        exact = function(inside)
    room = 1e-12 * (1 + np.abs(exact))
    assert (found.low - room <= exact).all()
    assert (exact <= found.high + room).all()


def test_a_product_holds_every_order_of_summing() -> None:
    generator = np.random.default_rng(0)
    left, right = generator.normal(size=(3, 50)), generator.normal(size=(50, 2))
    eps = EPSILON["float64"]
    found = Interval(left, left, eps) @ Interval(right, right, eps)
    backwards = left[:, ::-1] @ right[::-1]
    assert (found.low <= backwards).all()
    assert (backwards <= found.high).all()


def test_what_is_divided_by_zero_is_not_known() -> None:
    found = 1 / Interval([-1.0], [1.0])
    assert found.low.tolist() == [-np.inf]
    assert found.high.tolist() == [np.inf]


@pytest.mark.parametrize("name", names())
def test_every_step_of_a_scenario_lies_inside_its_interval(name: str) -> None:
    stepper = Stepper(load(name))
    stepper.iterate()
    eps = EPSILON[stepper.setup.arithmetic]
    values = {
        quantity.name: Interval.around(
            stepper[quantity.name], eps * np.abs(stepper[quantity.name]), eps
        )
        for quantity in stepper.program.start
    }
    for step in stepper.program.steps:
        found = as_interval(evaluate(step.expression, values))
        values[step.quantity.name] = found
        exact = np.asarray(stepper[step.quantity.name]).reshape(found.shape)
        assert (found.low <= exact).all(), step.quantity.name
        assert (exact <= found.high).all(), step.quantity.name
