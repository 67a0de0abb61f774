"""What the update rules make of a gradient."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from chainstep.core.updates import SETTING_RANGES, UPDATES, Update

RULES = pytest.mark.parametrize("rule", UPDATES.values(), ids=UPDATES)


def changes(name: str, gradients: Sequence[float], **settings: float) -> list[float]:
    """What the rule subtracts in iterations 1, 2 …, from these gradients of one weight."""
    rule = UPDATES[name]
    state: dict[str, Any] = dict.fromkeys(rule.state, 0.0)
    found = []
    for t, gradient in enumerate(gradients, start=1):
        known: dict[str, Any] = {**rule.settings, **settings, "gradient": gradient, "t": t}
        known |= {f"{key}_old": value for key, value in state.items()}
        for key, law in rule.state.items():
            known[key] = state[key] = _called(law, known)
        found.append(float(_called(rule.change, known)))
    return found


def _called(function: Callable[..., Any], known: dict[str, Any]) -> Any:
    return function(**{name: known[name] for name in inspect.signature(function).parameters})


def test_the_rules_are_those_of_the_design() -> None:
    assert {"gradient-descent", "momentum", "nesterov", "rmsprop", "adam"} <= set(UPDATES)


@RULES
def test_a_rule_has_a_title_and_a_source(rule: Update) -> None:
    assert rule.title
    assert rule.source


@RULES
def test_a_rule_asks_for_nothing_that_it_does_not_declare(rule: Update) -> None:
    states = {name for key in rule.state for name in (key, f"{key}_old")}
    for function in (rule.change, *rule.state.values()):
        asked = set(inspect.signature(function).parameters)
        assert asked <= {"gradient", "t", *rule.settings, *states}


@RULES
def test_every_setting_is_used_and_has_a_range_that_holds_its_default(rule: Update) -> None:
    functions = (rule.change, *rule.state.values())
    asked = {name for function in functions for name in inspect.signature(function).parameters}
    for name, default in rule.settings.items():
        kind, low, high = SETTING_RANGES[name]
        assert name in asked
        assert default is None or (low < default if kind == "above" else low <= default)
        assert default is None or default < high


@RULES
def test_the_learning_rate_must_be_given(rule: Update) -> None:
    assert [name for name, default in rule.settings.items() if default is None] == ["learning_rate"]


@RULES
def test_no_gradient_no_change(rule: Update) -> None:
    assert changes(rule.name, [0, 0, 0], learning_rate=0.5) == [0, 0, 0]


@RULES
def test_the_first_change_goes_down_the_slope(rule: Update) -> None:
    for gradient in (2.0, -2.0):
        (change,) = changes(rule.name, [gradient], learning_rate=0.5)
        assert change * gradient > 0


@pytest.mark.parametrize(
    ("name", "settings", "gradients", "expected"),
    [
        pytest.param("gradient-descent", {}, [1, 2], [0.1, 0.2], id="gradient descent"),
        pytest.param("momentum", {"momentum": 0.9}, [1, 1, 0], [0.1, 0.19, 0.171], id="momentum"),
        pytest.param("nesterov", {"momentum": 0.9}, [1, 1], [0.19, 0.271], id="nesterov"),
        pytest.param(
            "rmsprop",
            {"decay": 0.75, "epsilon": 0.5},
            [2, 4],
            [0.2 / (1 + 0.5), 0.4 / (np.sqrt(0.75 + 4) + 0.5)],
            id="rmsprop",
        ),
        pytest.param(
            "adam",
            {"beta1": 0.5, "beta2": 0.75, "epsilon": 0.5},
            [2, 4],
            [0.2 / (2 + 0.5), 0.1 * (2.5 / 0.75) / (np.sqrt(4.75 / (1 - 0.75**2)) + 0.5)],
            id="adam",
        ),
    ],
)
def test_the_changes_are_those_worked_by_hand(
    name: str, settings: dict[str, float], gradients: list[float], expected: list[float]
) -> None:
    found = changes(name, gradients, learning_rate=0.1, **settings)
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_without_momentum_it_is_gradient_descent(name: str) -> None:
    gradients = [1.0, -0.3, 2.5]
    found = changes(name, gradients, learning_rate=0.1, momentum=0)
    assert found == changes("gradient-descent", gradients, learning_rate=0.1)


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
def test_adams_first_change_is_the_learning_rate_whatever_the_size(size: float) -> None:
    assert changes("adam", [size], learning_rate=0.1) == pytest.approx([0.1], rel=2e-4)
