"""The program as numpy calls: fewer of them in a fast run, and the same bits."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from chainstep.core import Setup, Stepper
from chainstep.core.activations import ACTIVATIONS
from chainstep.core.engine.layout import Layout
from chainstep.core.network import build
from chainstep.core.updates import UPDATES
from tests.networks import BIAS_KINDS, SETTINGS, bits, parameters, random_setup, setups


def carried(stepper: Stepper) -> dict[str, bytes]:
    """The weights and the rule's state that this iteration begins with."""
    pairs = stepper.program.carried
    return {pair.old.name: bits(stepper[pair.old.name]) for pair in pairs}


def assert_run_equals_steps(setup: Setup, iterations: int) -> None:
    running, stepping = Stepper(setup), Stepper(setup)
    running.run(iterations)
    for _ in range(iterations):
        stepping.iterate()
    stepping.step()  # enters the next iteration
    assert carried(running) == carried(stepping)


def setup_of(
    widths: list[int], observations: int, bias: Any = "row", rule: str = "adam", **others: Any
) -> Setup:
    names = ["sigmoid", "tanh", "softplus", "leaky-relu", "sigmoid", "relu"]
    return random_setup(
        11, widths, names[: len(widths) - 1], observations, bias, "squared-error",
        rule=rule, settings=SETTINGS[rule], **others,
    )  # fmt: skip


# ── a fast run and the steps ──


@settings(max_examples=25)
@given(setups())
def test_a_run_leaves_what_the_steps_leave_bit_for_bit(setup: Setup) -> None:
    assert_run_equals_steps(setup, 7)


@pytest.mark.parametrize("rule", UPDATES)
@pytest.mark.parametrize("arithmetic", ["float64", "float32"])
@pytest.mark.parametrize("bias", BIAS_KINDS)
def test_many_iterations_leave_the_same_bits(bias: Any, arithmetic: Any, rule: str) -> None:
    assert_run_equals_steps(setup_of([2, 3, 3, 2], 4, bias, rule, arithmetic=arithmetic), 300)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("bias", ["row", "none"])
def test_layers_of_one_activation_join_and_leave_the_same_bits(bias: Any, name: str) -> None:
    setup = random_setup(3, [3, 4, 5, 4, 3], [name] * 4, 7, bias, "half-squared-error")
    assert_run_equals_steps(setup._replace(settings={"learning_rate": 0.01}), 20)


SHAPES = {
    "1-1-1, one observation": ([1, 1, 1], 1),
    "1-1-1, many observations": ([1, 1, 1], 8),
    "a pad of one number": ([3, 2, 2], 1),
    "observations as the size of W2": ([2, 3, 2], 6),
    "observations as the size of W2 with its biases": ([2, 3, 2], 8),
    "observations as the size of W1": ([2, 2, 2, 2], 4),
    "observations as an alignment": ([8, 8, 8], 8),
    "one unit between": ([4, 1, 4, 1], 5),
    "six layers": ([2, 2, 2, 2, 2, 2, 2], 2),
    "six layers of one unit": ([1] * 7, 1),
}


@pytest.mark.parametrize("bias", BIAS_KINDS)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_sizes_that_coincide_join_nothing_that_does_not_belong(
    shape: tuple[list[int], int], bias: Any
) -> None:
    widths, observations = shape
    assert_run_equals_steps(setup_of(widths, observations, bias), 12)


@pytest.mark.parametrize("rule", UPDATES)
@pytest.mark.parametrize("frozen", parameters(3, "row"))
@pytest.mark.parametrize("observations", [4, 6, 9])
def test_a_frozen_layer_between_two_that_learn_stays(
    frozen: str, rule: str, observations: int
) -> None:
    setup = setup_of([2, 3, 3, 2], observations, "row", rule, frozen=frozenset({frozen}))
    assert_run_equals_steps(setup, 9)
    stepper = Stepper(setup)
    stepper.run(9)
    rows = slice(0, 1) if frozen[0] == "b" else slice(1, None)
    k = int(frozen[1:])
    assert np.array_equal(stepper[f"W{k}"][rows], setup.weights[k - 1][rows])


@pytest.mark.parametrize("bias", ["row", "separate"])
def test_a_network_in_which_nothing_learns_runs(bias: Any) -> None:
    setup = setup_of([2, 3, 1], 4, bias, frozen=frozenset(parameters(2, bias)))
    stepper = Stepper(setup)
    stepper.run(5)
    assert np.array_equal(stepper["W1"], setup.weights[0])


LARGE = {
    "wide layers": ([200, 110, 10], 30),
    "many observations": ([3, 70, 70, 2], 600),
    "784-128-10, 256 observations": ([784, 128, 10], 256),
}


@pytest.mark.parametrize("rule", UPDATES)
@pytest.mark.parametrize("shape", LARGE.values(), ids=LARGE)
def test_large_arrays_leave_the_same_bits(shape: tuple[list[int], int], rule: str) -> None:
    widths, observations = shape
    setup = setup_of(widths, observations, "row", rule, arithmetic="float32")
    quiet = {**setup.settings, "learning_rate": 1e-4}
    assert_run_equals_steps(setup._replace(settings=quiet), 2)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("bias", ["row", "separate"])
def test_large_arrays_of_every_activation_leave_the_same_bits(name: str, bias: Any) -> None:
    setup = random_setup(3, [4, 40, 41, 3], [name] * 3, 450, bias, "half-squared-error")
    assert_run_equals_steps(setup._replace(settings={"learning_rate": 1e-4}), 2)


def test_a_fast_run_makes_fewer_calls_than_the_steps() -> None:
    stepper = Stepper(setup_of([2, 3, 3, 2], 2, rule="gradient-descent"))
    assert len(stepper._machine.unwatched.each) < sum(map(len, stepper._machine.stepped))


# ── places ──


@settings(max_examples=20)
@given(setups())
def test_only_what_is_the_same_numbers_shares_a_place(setup: Setup) -> None:
    layout = Layout(build(setup))
    steps = {step.quantity.name: step for step in layout.program.steps}
    own = [
        place
        for name, place in layout.places.items()
        if name not in steps or layout.alias(steps[name].expression) != place
    ]
    taken = sorted((place.offset, place.stop) for place in own)
    assert all(stop <= start for (_, stop), (start, _) in pairwise(taken))


@settings(max_examples=20)
@given(setups())
def test_the_columns_of_ones_and_the_data_are_there_after_a_run(setup: Setup) -> None:
    stepper = Stepper(setup)
    stepper.run(5)
    stepper.finish("forward")
    for name in stepper.present:
        if name.endswith("+"):
            assert (stepper[name][:, 0] == 1).all()
    assert np.array_equal(stepper["a0"], setup.inputs.astype(setup.arithmetic))
    if stepper.program.targets:
        assert np.array_equal(stepper["y"], setup.targets.astype(setup.arithmetic))


# ── arithmetic ──


@settings(max_examples=20)
@given(setups())
def test_no_operation_promotes(setup: Setup) -> None:
    stepper = Stepper(setup)
    stepper.run(2)
    assert {record.value.dtype for record in stepper.iterate()} == {np.dtype(setup.arithmetic)}


def equal_units(products: Any, arithmetic: Any = "float64") -> Setup:
    """Twelve hidden units with equal weights, on data that numpy's products part."""
    generator = np.random.default_rng(1)
    inputs = generator.integers(0, 2, (64, 2)) + generator.normal(0, 0.1, (64, 2))
    targets = (inputs.round()[:, :1] != inputs.round()[:, 1:]).astype(float)
    setup = random_setup(1, [2, 12, 1], ["sigmoid", "sigmoid"], 64, "row", "squared-error")
    return setup._replace(
        inputs=inputs, targets=targets, weights=(np.ones((3, 12)), np.ones((13, 1))),
        settings={"learning_rate": 0.5 / 64}, products=products, arithmetic=arithmetic,
    )  # fmt: skip


@pytest.mark.parametrize("arithmetic", ["float64", "float32"])
def test_ordered_products_keep_equal_units_equal_bit_for_bit(arithmetic: Any) -> None:
    stepper = Stepper(equal_units("ordered", arithmetic))
    stepper.run(1500)
    assert (stepper["W1"] == stepper["W1"][:, :1]).all()
    assert (stepper["W2"][1:] == stepper["W2"][1]).all()


@settings(max_examples=20)
@given(setups(arithmetics=["float64"], products=["ordered"]))
def test_ordered_products_differ_from_others_by_rounding_only(setup: Setup) -> None:
    # up to the update, which for some rules divides a gradient by its own size, noise or not
    one, other = Stepper(setup), Stepper(setup._replace(products="blas"))
    for a, b in zip(one.iterate(), other.iterate(), strict=True):
        if a.phase == "update":
            break
        np.testing.assert_allclose(a.value, b.value, rtol=1e-9, atol=1e-10)
