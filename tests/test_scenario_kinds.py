"""Batches, penalties and kinds of layers in a scenario: what is read, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from chainstep.core.setup import Batches, Penalty
from chainstep.core.stepper import Stepper
from chainstep.scenarios import Scenario, load
from chainstep.scenarios.faults import ScenarioError
from chainstep.scenarios.yaml_writer import dump

ALL = """\
data:
  inputs: [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6], [1, 0], [0.2, 0.9]]
  targets: [[1], [0], [1], [0], [1]]
network:
  bias: separate
  input_gradient: true
  layers:
    - {units: 3, activation: tanh}
    - {kind: dropout, rate: 0.5, seed: 3}
    - {units: 3, activation: identity}
    - {kind: batch-norm, activation: sigmoid, gamma: [1, 1, 2]}
    - {units: 1, activation: sigmoid}
  weights: {random: normal, deviation: 0.5, seed: 1}
loss: half-squared-error
penalty: {strength: 0.1, per_observation: true}
update: {rule: adam, learning_rate: 0.05, weight_decay: 0.01, batch: 2, shuffle: 7}
"""


def read(folder: Path, text: str = ALL) -> Scenario:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_every_key_reaches_the_engine(tmp_path: Path) -> None:
    setup = read(tmp_path).setup
    assert setup.batches == Batches(2, "shuffled", 7, "smaller")
    assert setup.penalty == Penalty(0.1, half=True, per_observation=True, biases=False)
    assert setup.settings["weight_decay"] == 0.01
    assert [layer.kind for layer in setup.layers] == [
        *("dense", "dropout", "dense", "batch-norm", "dense"),
    ]
    assert setup.widths == (2, 3, 3, 3, 3, 1)
    assert setup.layers[1].settings == {"rate": 0.5, "seed": 3}
    assert setup.state["gamma4"].tolist() == [[1, 1, 2]]
    assert [matrix.shape for matrix in setup.weights] == [(2, 3), (0, 0), (3, 3), (0, 0), (3, 1)]
    stepper = Stepper(read(tmp_path))
    stepper.run(20)
    assert stepper.is_finite
    stepper.goto(3, after="dC/da0")
    assert stepper["dC/da0"].shape == (1, 2)


def test_a_recipe_that_is_written_and_read_again_is_the_same_network(tmp_path: Path) -> None:
    first = read(tmp_path)
    again = read(tmp_path, dump(first.recipe))
    one, other = Stepper(first), Stepper(again)
    for record, twin in zip(one.walk(4), other.walk(4), strict=True):
        assert record.value.tobytes() == twin.value.tobytes()


def test_batches_and_weight_decay_can_be_changed_from_outside(tmp_path: Path) -> None:
    path = read(tmp_path).path
    assert path is not None
    changed = load(path, {"batch": 5, "weight_decay": 0, "rule": "momentum"})
    assert changed.setup.batches == Batches(5, "shuffled", 7, "smaller")
    assert "weight_decay" not in changed.setup.settings
    assert changed.overridden


def test_masks_that_are_given_are_taken_in_turn(tmp_path: Path) -> None:
    mask = "[[1, 0, 1], [0, 1, 1]]"
    text = ALL.replace("rate: 0.5, seed: 3", f"rate: 0, masks: [{mask}, [[1, 1, 1], [1, 1, 1]]]")
    stepper = Stepper(read(tmp_path, text))
    assert stepper["mask2"].tolist() == [[1, 0, 1], [0, 1, 1]]
    stepper.goto(2)
    assert (stepper["mask2"] == 1).all()
    stepper.goto(3)
    assert stepper["mask2"].tolist() == [[1, 0, 1]]


def test_a_cost_that_is_the_output_needs_no_targets(tmp_path: Path) -> None:
    text = ALL.replace("  targets: [[1], [0], [1], [0], [1]]\n", "")
    stepper = Stepper(read(tmp_path, text.replace("half-squared-error", "output")))
    stepper.iterate()
    assert np.array_equal(stepper["dC/da5"], np.ones((2, 1)))


FAULTS = {
    "a batch larger than the data": (
        "batch: 2",
        "batch: 6",
        "a batch of 6 is more than there is: 5 observations",
    ),
    "a batch of nothing": ("batch: 2", "batch: 0", "a batch has to be at least 1"),
    "an order without batches": (
        "batch: 2, shuffle: 7",
        "shuffle: 7",
        "`shuffle:` is about batches",
    ),
    "a penalty below 0": (
        "strength: 0.1",
        "strength: -0.1",
        "the strength of a penalty has to be at least 0, and this is -0.1",
    ),
    "a decay below 0": (
        "weight_decay: 0.01",
        "weight_decay: -1",
        "weight_decay has to be at least 0, and this is -1",
    ),
    "a truth that is none": (
        "per_observation: true",
        "per_observation: 1",
        "per_observation is true or false, and this is '1'",
    ),
    "an unknown kind": ("kind: dropout", "kind: conv", "no kind of layer is called 'conv'"),
    "a rate that drops all": ("rate: 0.5", "rate: 1", "rate has to be at least 0 and below 1"),
    "no rate": ("kind: dropout, rate: 0.5", "kind: dropout", "needs `rate:`"),
    "units of a dropout": ("rate: 0.5", "rate: 0.5, units: 2", "has no key 'units'"),
    "scales of another layer": (
        "gamma: [1, 1, 2]",
        "gamma: [1, 1]",
        "gamma4 has 2 numbers, but layer 4 has 3 units",
    ),
    "a mask of another shape": (
        "seed: 3",
        "masks: [[[1, 0]]]",
        "this mask is 1×2 (observations × units of layer 2), but an update has 2 observations",
    ),
    "no targets": ("  targets: [[1], [0], [1], [0], [1]]\n", "", "data needs `targets:`"),
    "a frozen scale that is none": (
        "  bias: separate",
        "  frozen: [gamma1]\n  bias: separate",
        "this network has no parameter 'gamma1'",
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_once_with_its_mend(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in ALL
    with pytest.raises(ScenarioError) as error:
        read(tmp_path, ALL.replace(old, new, 1))
    assert str(error.value).count(message) == 1
    assert len(error.value.faults) == 1 if hasattr(error.value, "faults") else True
