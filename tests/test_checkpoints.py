"""How the weights of some iterations are kept in bounded memory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainstep.core import Stepper
from chainstep.core.engine.checkpoints import Checkpoints
from chainstep.core.setup import Array, Setup
from chainstep.core.updates import UPDATES
from tests.networks import SETTINGS, bits, random_setup


def carried(iteration: int) -> Array:
    return np.array([float(iteration)] * 4)


def walked(limit: int, iterations: int, spacing: int = 1) -> Checkpoints:
    checkpoints = Checkpoints(carried(1), limit, spacing)
    for iteration in range(2, iterations + 1):
        checkpoints.offer(iteration, carried(iteration))
    return checkpoints


def small(rule: str = "adam") -> Setup:
    return random_setup(
        1, [2, 3, 1], ["tanh", "sigmoid"], 3, "row", "squared-error", rule=rule,
        settings=SETTINGS[rule],
    )  # fmt: skip


@pytest.mark.parametrize("limit", [500, 1000, 5000, 100_000])
def test_the_copies_take_no_more_than_the_limit(limit: int) -> None:
    assert walked(limit, 3000).nbytes <= limit


@given(st.integers(1, 5000), st.integers(1, 400), st.integers(1, 400), st.sampled_from([1, 4, 64]))
def test_the_one_before_holds_what_its_iteration_began_with(
    limit: int, iterations: int, asked: int, spacing: int
) -> None:
    kept, weights = walked(limit, iterations, spacing).before(asked)
    assert kept <= asked
    assert np.array_equal(weights, carried(kept))


@given(st.integers(2, 5000), st.integers(1, 400), st.data())
def test_the_one_before_is_less_than_a_spacing_away(
    limit: int, iterations: int, data: st.DataObject
) -> None:
    checkpoints = walked(limit, iterations)
    asked = data.draw(st.integers(1, iterations))
    assert asked - checkpoints.before(asked)[0] < checkpoints.spacing


def test_the_spacing_doubles_when_the_store_is_full() -> None:
    checkpoints = walked(10 * (carried(1).nbytes + 200), 1000)
    assert checkpoints.spacing == 128


def test_the_start_is_always_kept() -> None:
    assert walked(0, 1000).before(1)[0] == 1


def test_a_copy_does_not_change_with_what_was_offered() -> None:
    checkpoints, weights = Checkpoints(carried(1)), carried(2)
    checkpoints.offer(2, weights)
    weights[:] = 0
    assert np.array_equal(checkpoints.before(2)[1], carried(2))


def test_what_is_known_is_not_kept_again() -> None:
    checkpoints = walked(5000, 2)
    checkpoints.offer(2, carried(99))
    assert np.array_equal(checkpoints.before(2)[1], carried(2))


@given(st.integers(1, 3000), st.integers(1, 500))
def test_the_next_to_keep_is_the_first_that_an_offer_keeps(limit: int, iterations: int) -> None:
    checkpoints = walked(limit, iterations)
    coming = checkpoints.next_after(iterations)
    assert coming > iterations
    assert (coming - 1) % checkpoints.spacing == 0
    assert coming - iterations <= checkpoints.spacing


# ── under a stepper ──


@pytest.mark.parametrize("rule", UPDATES)
@pytest.mark.parametrize("store", [0, 3000, 1 << 20])
def test_any_iteration_is_found_again_whatever_the_store(rule: str, store: int) -> None:
    setup = small()._replace(rule=rule, settings=SETTINGS[rule])
    stepper, straight = Stepper(setup, store=store), Stepper(setup)
    found = {}
    for iteration in range(1, 151):
        straight.goto(iteration)
        found[iteration] = {name: bits(straight[name]) for name in straight.present}
    stepper.run(200)
    for iteration in (150, 3, 149, 150, 64, 65, 66, 1, 2, 129, 128, 100):
        stepper.goto(iteration)
        assert {name: bits(stepper[name]) for name in stepper.present} == found[iteration]


def test_a_small_store_stays_small_over_a_long_run() -> None:
    stepper = Stepper(small(), store=20_000)
    stepper.run(20_000)
    assert stepper.checkpoints.nbytes <= 20_000


def test_a_jump_over_many_iterations_equals_running_them() -> None:
    jumping, running = Stepper(small(), store=4000), Stepper(small())
    jumping.goto(9000)
    jumping.goto(17)
    jumping.goto(8999)
    running.run(8998)
    assert bits(jumping["W1"]) == bits(running["W1"])
