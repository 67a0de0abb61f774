from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainstep.core.check.arrangement import Written
from chainstep.core.check.check_numbers import check
from chainstep.core.check.mistakes import MISTAKES
from chainstep.core.check.mistakes_made import Made, program_made
from chainstep.core.setup import Setup
from chainstep.scenarios import load
from tests.calculations import as_written, calculation
from tests.networks import setups


def _given(values: list[list[float]], name: str, digits: int = 8, iteration: int = 1) -> Written:
    return Written(name, iteration, name, as_written(np.array(values), digits))


@settings(max_examples=40)
@given(setups(), st.integers(3, 16), st.sampled_from([(1,), (2,), (1, 2)]))
def test_right_numbers_are_never_accused(
    setup: Setup, digits: int, iterations: tuple[int, ...]
) -> None:
    found = check(setup, calculation(setup, iterations=iterations, digits=digits))
    assert found.holds
    assert found.diagnosis.names == ()


@settings(max_examples=20)
@given(setups())
def test_numbers_of_single_precision_are_not_accused_in_a_scenario_of_double(
    setup: Setup,
) -> None:
    single = setup._replace(arithmetic="float32")
    found = check(setup._replace(arithmetic="float64"), calculation(single, digits=None))
    assert found.holds


@pytest.mark.parametrize("name", ["same-weights", "two-layer-network", "softmax-hidden-layer"])
def test_right_numbers_of_iteration_10_000_are_not_accused(name: str) -> None:
    setup = load(name).setup
    found = check(setup, calculation(setup, iterations=(10_000,), digits=6))
    assert found.holds


def test_an_early_slip_is_wrong_once_and_the_rest_follows() -> None:
    setup = load("same-weights").setup
    mistake = MISTAKES["slope-of-activation"]
    slip = program_made([Made(mistake, mistake.ways[0], (2,))], setup)
    found = check(setup, calculation(setup, made=slip, digits=7))
    verdicts = {one.given.quantity: one.worst.word for one in found.marked}
    assert [name for name, verdict in verdicts.items() if verdict == "wrong"] == ["delta2"]
    assert {verdicts[name] for name in ("dC/dW2", "delta1", "dC/dW1", "W1_new")} == {"follows"}
    assert verdicts["delta3"] == "right"


def test_a_curve_of_costs_is_wrong_where_it_first_leaves_and_the_same_mistake_from_there() -> None:
    setup = load("two-layer-network").setup
    costs = calculation(setup, made=("sign-flipped",), iterations=range(1, 11), digits=6, roles=())
    found = check(setup, costs)
    assert [one.worst.word for one in found.marked] == ["right", "wrong", *["same-mistake"] * 8]
    assert found.diagnosis.names[0] == "sign-flipped"


def test_two_mistakes_are_both_found() -> None:
    setup = load("two-layer-network").setup
    made = ("slope-of-activation", "learning-rate-omitted")
    setup = setup._replace(settings={"learning_rate": 0.3})
    found = check(setup, calculation(setup, made=made, digits=7))
    assert set(found.diagnosis.names[:2]) == set(made)


def test_what_no_mistake_gives_is_not_guessed_at() -> None:
    setup = load("two-layer-network").setup
    numbers = [_given([[0.7519], [0.7711], [0.7909], [0.8012]], "a2", 4)]
    found = check(setup, numbers)
    assert found.verdict.word == "wrong"
    assert found.diagnosis.names == ()


def test_mistakes_that_give_the_same_numbers_are_said_to() -> None:
    setup = load("same-weights").setup
    found = check(setup, calculation(setup, made=("factor-two",), digits=7))
    assert any({"factor-two", "mean-for-sum"} <= set(group) for group in found.diagnosis.confusable)


def test_a_gradient_that_is_not_square_is_found_to_be_transposed() -> None:
    setup = load("two-layer-network").setup
    numbers = calculation(setup, digits=7)
    turned = [
        replace(one, texts=one.texts.T) if one.quantity == "dC/dW1" else one for one in numbers
    ]
    assert check(setup, turned).diagnosis.names[0] == "gradient-transposed"


def test_columns_as_observations_are_found_by_trying() -> None:
    setup = load("two-layer-network").setup
    numbers = [replace(one, texts=one.texts.T) for one in calculation(setup, digits=6)]
    found = check(setup, numbers)
    assert found.holds
    assert found.reading.arrangement.observations == "columns"


def test_biases_at_the_bottom_and_apart_are_found_by_trying() -> None:
    setup = load("same-weights-random").setup
    numbers = calculation(setup, roles=("a", "dC/dW"), digits=6)
    bottom = [
        replace(one, texts=np.roll(one.texts, -1, axis=0)) if "W" in one.quantity else one
        for one in numbers
    ]
    found = check(setup, bottom)
    assert (found.holds, found.reading.arrangement.bias) == (True, "bottom")
    apart = [replace(one, texts=one.texts[1:]) if "W" in one.quantity else one for one in numbers]
    found = check(setup, apart)
    assert (found.holds, found.reading.arrangement.bias) == (True, "apart")


def _by_hand(setup: Setup, digits: int, **changes: float) -> dict[str, np.ndarray]:
    """A forward phase and the last delta with every number rounded as soon as it is there."""

    def rounded(array: np.ndarray) -> np.ndarray:
        texts = [float(f"{value:.{digits}g}") for value in np.ravel(array)]
        return np.array(texts).reshape(np.shape(array))

    a, found = setup.inputs, {}
    for k, (weights, layer) in enumerate(zip(setup.weights, setup.layers, strict=True), start=1):
        assert layer.activation == "sigmoid"
        found[f"z{k}"] = rounded(a @ weights)
        found[f"a{k}"] = a = rounded(1 / (1 + np.exp(-found[f"z{k}"])))
    error = rounded(a - setup.targets) * changes.get("sign", 1.0)
    found[f"delta{k}"] = rounded(error * rounded(a * (1 - a)))
    return found


@pytest.mark.parametrize("digits", [3, 4, 5])
def test_numbers_rounded_at_steps_that_are_not_written_down_are_not_accused(digits: int) -> None:
    setup = load("two-layer-network").setup
    numbers = _by_hand(setup, digits)
    written = [_given(numbers[name].tolist(), name, digits) for name in ("a1", "a2", "delta2")]
    assert check(setup, written).holds


@pytest.mark.parametrize("digits", [3, 4, 5])
def test_a_mistake_is_named_where_steps_that_are_not_written_down_were_rounded(
    digits: int,
) -> None:
    setup = load("two-layer-network").setup
    numbers = _by_hand(setup, digits, sign=-1.0)
    written = [_given(numbers[name].tolist(), name, digits) for name in ("a1", "a2", "delta2")]
    assert check(setup, written).diagnosis.names[:1] == ("sign-flipped",)


def test_a_mistake_is_named_in_numbers_of_single_precision_of_which_none_is_right() -> None:
    setup = load("two-layer-network").setup
    single = setup._replace(arithmetic="float32")
    written = calculation(
        single,
        made=("gradient-accumulated",),
        iterations=(3,),
        digits=8,
        roles=("a", "delta", "dC/dW"),
    )
    found = check(setup, written)
    assert found.diagnosis.names == ("gradient-accumulated",)
    assert found.arithmetic == "float32"
