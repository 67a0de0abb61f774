"""Batches, penalties, dropout and batch normalisation: time, epochs, and the terms of their own."""

import numpy as np
import pytest

from chainstep.core.feeds import masks, rows_of_update, updates_per_epoch
from chainstep.core.network import build
from chainstep.core.quantities import Entry, InputError, Kind
from chainstep.core.runs.conditions import parse_condition
from chainstep.core.runs.curves import Curve
from chainstep.core.runs.runs import run
from chainstep.core.setup import Batches, Layer, Penalty, Setup
from chainstep.core.stepper import Stepper
from chainstep.core.text.typed import Names
from tests.networks import random_setup, varied_setup

SEEDS = range(16)


@pytest.mark.parametrize("seed", SEEDS)
def test_runs_and_steps_of_any_kind_have_the_same_bits(seed: int) -> None:
    setup = varied_setup(seed)
    walked, ran = Stepper(setup), Stepper(setup)
    for iteration in range(1, 24):
        walked.iterate()
        ran.goto(1)
        ran.run(iteration)
        assert ran.moment == (iteration + 1, 0)
        for old, new in walked.program.carried:
            assert ran[old.name].tobytes() == walked[new.name].tobytes()


@pytest.mark.parametrize("seed", SEEDS)
def test_any_moment_of_any_kind_is_what_walking_there_leaves(seed: int) -> None:
    setup = varied_setup(seed)
    records = list(Stepper(setup).walk(30))
    other = Stepper(setup, store=2000)
    other.run(500)
    for record in records[:: max(1, len(records) // 40)]:
        gone = other.goto(record.iteration, after=record.quantity)
        assert gone is not None
        assert gone.value.tobytes() == record.value.tobytes(), record


@pytest.mark.parametrize("seed", SEEDS)
def test_stepping_back_through_an_epoch_restores_every_number(seed: int) -> None:
    stepper = Stepper(varied_setup(seed))
    seen = [
        (record.iteration, record.quantity, record.value.tobytes()) for record in stepper.walk(7)
    ]
    for iteration, quantity, value in reversed(seen[1:]):
        record = stepper.record
        assert record is not None
        assert (record.iteration, record.quantity) == (iteration, quantity)
        assert stepper[quantity].tobytes() == value
        stepper.back()


# ── batches ──


def batched(batches: Batches, observations: int = 7) -> Setup:
    plain = random_setup(3, [2, 3, 1], ["tanh", "sigmoid"], observations, "row", "squared-error")
    return plain._replace(batches=batches)


def test_an_epoch_takes_every_observation_once() -> None:
    for batches in (Batches(3), Batches(2, "shuffled", 5), Batches(7), Batches(1, "shuffled")):
        rows = rows_of_update(batches, 7)
        per_epoch = updates_per_epoch(batches, 7)
        for epoch in range(40):
            taken = [rows(1 + epoch * per_epoch + n) for n in range(per_epoch)]
            assert sorted(np.concatenate(taken)) == list(range(7))


def test_a_last_batch_that_is_dropped_is_drawn_anew() -> None:
    batches = Batches(3, "shuffled", 1, "dropped")
    rows = rows_of_update(batches, 7)
    assert updates_per_epoch(batches, 7) == 2
    left_out = [set(range(7)) - {*rows(2 * n + 1), *rows(2 * n + 2)} for n in range(50)]
    assert all(map(len, left_out))
    assert len(set(map(tuple, left_out))) > 1


def test_epochs_are_shuffled_each_anew_from_the_seed() -> None:
    first, again = (rows_of_update(Batches(7, "shuffled", 4), 7) for _ in range(2))
    other = rows_of_update(Batches(7, "shuffled", 5), 7)
    orders = [tuple(first(epoch)) for epoch in range(1, 400)]
    assert orders == [tuple(again(epoch)) for epoch in range(1, 400)]
    assert orders != [tuple(other(epoch)) for epoch in range(1, 400)]
    assert len(set(orders)) > 350


def test_an_update_works_on_the_rows_of_its_batch() -> None:
    setup = batched(Batches(3))
    stepper = Stepper(setup)
    shapes = []
    for iteration in range(1, 7):
        stepper.goto(iteration, after="a2")
        rows = stepper.program.rows
        assert rows is None or len(rows(iteration)) == len(stepper["a0"])
        shapes.append(stepper["a2"].shape[0])
        begin = 3 * ((iteration - 1) % 3)
        assert (stepper["a0"] == setup.inputs[begin : begin + 3]).all()
        assert (stepper["y"] == setup.targets[begin : begin + 3]).all()
    assert shapes == [3, 3, 1, 3, 3, 1]


def test_one_observation_an_update_is_online_learning() -> None:
    setup = batched(Batches(1), observations=3)
    online, by_hand = Stepper(setup), setup._replace(batches=None)
    for iteration in range(1, 10):
        row = (iteration - 1) % 3
        one = by_hand._replace(
            inputs=setup.inputs[row : row + 1], targets=setup.targets[row : row + 1]
        )
        alone = Stepper(one)
        alone.run(1)
        online.goto(iteration + 1)
        by_hand = by_hand._replace(weights=(alone["W1"], alone["W2"]))
        assert online["W1"] == pytest.approx(alone["W1"], rel=1e-13)


def test_an_epoch_is_a_place_to_go_to() -> None:
    stepper = Stepper(batched(Batches(3)))
    assert stepper.program.updates_per_epoch == 3
    stepper.goto(epoch=4)
    assert stepper.moment == (10, 0)
    assert stepper.epoch == 4
    stepper.goto(12, after="C")
    assert stepper.epoch == 4
    stepper.step()
    stepper.goto(epoch=1, after="a1")
    assert (stepper.moment.iteration, stepper.epoch) == (1, 1)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"epoch": 0}, "no epoch 0: epochs count from 1"),
        ({}, "give the iteration to go to, or the epoch"),
        ({"iteration": 1, "epoch": 1}, "give the iteration to go to, or the epoch"),
    ],
)
def test_where_to_go_is_one_iteration_or_one_epoch(where: dict[str, int], message: str) -> None:
    with pytest.raises(InputError) as error:
        Stepper(batched(Batches(3))).goto(**where)
    assert str(error.value) == message


def test_without_batches_an_epoch_is_an_iteration() -> None:
    stepper = Stepper(batched(Batches(3))._replace(batches=None))
    stepper.goto(epoch=5)
    assert (stepper.moment.iteration, stepper.epoch) == (5, 5)


def test_a_curve_and_a_condition_see_every_batch_the_smaller_too() -> None:
    stepper = Stepper(batched(Batches(3)))
    costs = [record.value.item() for record in stepper.walk(60) if record.quantity == "C"]
    stepper.goto(1)
    curve = Curve(Entry("C", ()))
    run(stepper, iterations=60, curves=[curve])
    assert min(span.low for span in curve) == min(costs)
    floor = sorted(costs)[5]
    first = next(n for n, cost in enumerate(costs, start=1) if cost < floor)
    stepper.goto(1)
    condition = parse_condition(f"C < {floor!r}", Names(stepper.program))
    assert run(stepper, iterations=60, until=condition).moment.iteration == first


# ── penalties ──


def test_a_penalty_is_a_term_of_the_cost_and_of_the_gradient() -> None:
    setup = batched(Batches(3))._replace(batches=None, penalty=Penalty(0.5))
    stepper = Stepper(setup)
    stepper.iterate()
    paid = [0.25 * (stepper[f"W{k}"][1:] ** 2).sum() for k in (1, 2)]
    assert stepper["penalty_W1"] == pytest.approx(paid[0])
    assert stepper["C"] == pytest.approx(stepper["C_data"] + sum(paid))
    pull = stepper["dC/dW1"] - stepper["dC_data/dW1"]
    assert pull[1:] == pytest.approx(0.5 * stepper["W1"][1:])
    assert not pull[0].any()
    assert stepper.program.quantities["dpenalty_W1/dW1"].kind is Kind.FACTOR
    assert stepper.program.quantities["dC/dW1"].is_gradient
    assert not stepper.program.quantities["dC_data/dW1"].is_gradient


def test_weight_decay_pulls_biases_too_and_costs_nothing() -> None:
    setup = batched(Batches(3))._replace(batches=None)
    decayed = setup._replace(settings={"learning_rate": 0.1, "weight_decay": 0.2})
    plain, stepper = Stepper(setup), Stepper(decayed)
    plain.iterate()
    stepper.iterate()
    assert stepper["C"] == plain["C"]
    assert stepper["dC/dW1"].tobytes() == plain["dC/dW1"].tobytes()
    assert stepper["decayW1"] == pytest.approx(0.2 * stepper["W1"])
    assert stepper["changeW1"] == pytest.approx(0.1 * (stepper["dC/dW1"] + stepper["decayW1"]))


# ── layers that are not dense ──


def test_a_mask_is_a_function_of_its_seed_and_the_iteration() -> None:
    layer = Layer(5, "identity", "dropout", {"rate": 0.4, "seed": 3})
    at, again = masks(layer, 2, (6, 5)), masks(layer, 2, (6, 5))
    drawn = [at(iteration).tobytes() for iteration in range(1, 3000, 7)]
    assert drawn[::-1] == [again(iteration).tobytes() for iteration in range(2997, 0, -7)]
    assert set(np.unique(at(9))) <= {0.0, 1 / 0.6}
    kept = np.mean([at(iteration) > 0 for iteration in range(1, 2000)])
    assert kept == pytest.approx(0.6, abs=0.01)
    assert masks(layer, 3, (6, 5))(1).tobytes() != at(1).tobytes()


def test_masks_that_are_given_take_turns() -> None:
    given = (np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]))
    at = masks(Layer(2, "identity", "dropout", {"rate": 0.5}, given), 2, (1, 2))
    assert [at(n).tolist() for n in (1, 2, 3)] == [[[2.0, 0.0]], [[0.0, 2.0]], [[2.0, 0.0]]]


def test_batch_normalisation_leaves_a_mean_of_0_and_a_variance_of_1() -> None:
    layers = (Layer(3, "tanh"), Layer(3, "identity", "batch-norm", {"safety": 1e-12}))
    plain = random_setup(1, [2, 3, 3], ["tanh", "identity"], 6, "none", "squared-error")
    stepper = Stepper(plain._replace(layers=layers, weights=(plain.weights[0], np.empty((0, 0)))))
    stepper.iterate()
    assert stepper["ahat2"].mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-12)
    assert stepper["ahat2"].var(axis=0) == pytest.approx(np.ones(3), rel=1e-9)
    assert stepper["a2"] == pytest.approx(stepper["ahat2"])
    assert [record.quantity for record in stepper.records if record.layer == 2][:5] == [
        *("mean2", "var2", "ahat2", "z2", "a2"),
    ]


def test_the_gradient_by_the_inputs_is_there_on_request() -> None:
    setup = batched(Batches(3))._replace(batches=None)
    assert "dC/da0" not in build(setup).quantities
    stepper = Stepper(setup._replace(input_gradient=True))
    stepper.iterate()
    assert stepper["dC/da0"] == pytest.approx(stepper["delta1"] @ stepper["dz1/da0"])
    assert stepper["dC/da0"].shape == setup.inputs.shape


def test_a_cost_that_is_the_output_needs_no_targets() -> None:
    setup = batched(Batches(3))._replace(batches=None, loss="output", targets=np.empty((7, 0)))
    stepper = Stepper(setup)
    stepper.iterate()
    assert stepper["C"] == pytest.approx(stepper["a2"].sum())
    assert (stepper["dC/da2"] == 1).all()
    assert "y" not in stepper.program.quantities


# ── the numbers of a rule ──


@pytest.mark.parametrize("beta2", [0.999, 0.99999, 0.999999999])
def test_the_constants_of_adam_are_computed_in_double_precision_and_cast_once(beta2: float) -> None:
    settings = {"learning_rate": 0.1, "beta1": 0.9, "beta2": beta2, "epsilon": 1e-12}
    plain = random_setup(5, [2, 3, 1], ["tanh", "sigmoid"], 4, "none", "squared-error")
    stepper = Stepper(plain._replace(rule="adam", settings=settings, arithmetic="float32"))
    stepper.iterate()
    assert stepper["changeW1"].dtype == np.float32
    assert np.abs(stepper["changeW1"]) == pytest.approx(0.1, rel=3e-7)
    stepper.run(50)
    assert stepper.is_finite
