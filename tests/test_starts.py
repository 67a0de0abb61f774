"""What networks start with: matrices as pages write them, files, draws in a page's own order."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainstep.core import Stepper
from chainstep.core.setup import Setup
from chainstep.core.text.typed import Names
from chainstep.scenarios import Scenario, ScenarioError, build, dump, load
from chainstep.tui.edits import edited
from tests.recipes import plain_scenario


def changed(**network: Any) -> dict[str, Any]:
    recipe = plain_scenario()
    recipe["network"] |= network
    return recipe


def same(one: Setup, other: Setup) -> bool:
    arrays = [(each.inputs, each.targets, *each.weights, *each.biases) for each in (one, other)]
    return all(np.array_equal(a, b) for a, b in zip(*arrays, strict=True))


PLAIN = build(plain_scenario(), "plain").setup
TURNED = [[[0.1, 0.3], [0.2, 0.4]], [[0.5, 0.6]]]


def refused(recipe: dict[str, Any], path: Path | None = None) -> str:
    with pytest.raises(ScenarioError) as caught:
        build(recipe, "mine", path)
    return str(caught.value)


# ── layouts ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("words", ["units × inputs", "units x inputs"])
def test_weights_may_have_a_row_per_unit(words: str) -> None:
    assert same(build(changed(weights=TURNED, weights_are=words), "mine").setup, PLAIN)


def test_with_a_bias_row_turned_weights_have_the_bias_in_column_0() -> None:
    ours = changed(bias="row", weights=[[[1, 2], [3, 4], [5, 6]], [[7], [8], [9]]])
    theirs = changed(
        bias="row", weights=[[[1, 3, 5], [2, 4, 6]], [[7, 8, 9]]], weights_are="units × inputs"
    )
    assert same(build(ours, "mine").setup, build(theirs, "mine").setup)


def test_observations_may_be_columns() -> None:
    recipe = plain_scenario()
    recipe["data"] = {
        "inputs": [[1, 3, 5], [2, 4, 6]], "targets": [[1, 0, 1]], "observations": "columns",
    }  # fmt: skip
    assert same(build(recipe, "mine").setup, PLAIN)


@pytest.mark.parametrize("text", ["b1.1 = 9", "W1.0.1 = 9", "a0.2.0 = 9", "y.1.0 = 9"])
def test_an_edited_number_stays_where_it_is_in_any_layout(text: str) -> None:
    recipe = changed(weights=TURNED, weights_are="units × inputs")
    recipe["data"] = {
        "inputs": [[1, 3, 5], [2, 4, 6]], "targets": [[1, 0, 1]], "observations": "columns",
    }  # fmt: skip

    def after(scenario: Scenario) -> Setup:
        stepper = Stepper(scenario)
        stepper.goto(3)
        return edited(scenario, stepper, text, Names(stepper.program)).setup

    assert same(after(build(recipe, "mine")), after(build(plain_scenario(), "mine")))


def test_a_matrix_in_the_other_layout_is_told_how_it_fits() -> None:
    three = [{"units": 3, "activation": "tanh"}, {"units": 1, "activation": "tanh"}]
    first = [[1, 2], [3, 4], [5, 6]]
    told = refused(changed(layers=three, weights=[first, [[1], [2], [3]]]))
    assert told == (
        "network.weights[0]: W1 is 3×2 (inputs × units of layer 1), but the inputs have 2 numbers "
        "per row: give it 2 rows\nyour matrix fits if you say `weights_are: units × inputs`"
    )
    told = refused(
        changed(layers=three, weights=[first, [[1], [2], [3]]], weights_are="units × inputs")
    )
    assert told == (
        "network.weights[1]: W2 is 3×1 (units of layer 2 × units of layer 1), but layer 1 has 3 "
        "units: give it 3 columns\nyour matrix fits if you say `weights_are: inputs × units`"
    )


def test_data_in_columns_are_told_how_they_fit() -> None:
    recipe = plain_scenario()
    recipe["data"] = {"inputs": [[1, 3, 5], [2, 4, 6]], "targets": [[1, 0, 1]]}
    assert "your data fit if you say `observations: columns`" in refused(recipe)


# ── files ─────────────────────────────────────────────────────────────────────────────────


def test_weights_and_biases_come_out_of_files(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", W1=[[0.1, 0.2], [0.3, 0.4]], W2=[[0.5], [0.6]], b1=[0, 0], b2=[0])
    (tmp_path / "w1.csv").write_text("0.1,0.2\n0.3,0.4\n", encoding="utf-8")
    at = tmp_path / "mine.yaml"
    for weights in (
        {"npz": "w.npz", "keys": ["W1", "W2"]},
        [{"csv": "w1.csv"}, {"npz": "w.npz", "key": "W2"}],
    ):
        biases = {"npz": "w.npz", "keys": ["b1", "b2"]}
        scenario = build(changed(weights=weights, biases=biases), "mine", at)
        assert same(scenario.setup, PLAIN)
        elsewhere = tmp_path / "away"
        elsewhere.mkdir(exist_ok=True)
        (elsewhere / "copy.yaml").write_text(dump(scenario.recipe, tmp_path), encoding="utf-8")
        assert same(load(elsewhere / "copy.yaml").setup, PLAIN)


WRONG_FILES = {
    "a key that is not there": (
        {"npz": "w.npz", "keys": ["W1", "W3"]}, "no array 'W3'\nthere are 'W1', 'W2'",
    ),
    "too few": ({"npz": "w.npz", "keys": ["W1"]}, "there are weights for 1 layer"),
    "another shape": ({"npz": "w.npz", "keys": ["W2", "W2"]}, "W1 is 2×1 (inputs × units of"),
    "no file": ({"npz": "v.npz", "keys": ["W1", "W2"]}, "there is no file 'v.npz'"),
    "nothing drawn": ([{"drawn": "W1"}, {"drawn": "W2"}], "no array is drawn as 'W1'\n`draws:`"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_FILES)
def test_weights_that_a_file_does_not_have_are_told(name: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", W1=[[0.1, 0.2], [0.3, 0.4]], W2=[[0.5], [0.6]])
    weights, message = WRONG_FILES[name]
    assert message in refused(changed(weights=weights), tmp_path / "mine.yaml")


# ── draws ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("generator", ["legacy", "default"])
def test_arrays_are_drawn_in_the_pages_order_from_one_seed(generator: str) -> None:
    make = np.random.RandomState if generator == "legacy" else np.random.default_rng
    source = make(7)
    x, unused = source.normal(0, 1, (3, 2)), source.uniform(0, 1, 5)
    w1, w2 = source.uniform(-1, 1, (2, 2)), source.normal(0, 0.01, (1, 2))
    recipe = changed(weights=[{"drawn": "W1"}, {"drawn": "W2"}])
    recipe["network"]["weights_are"] = "units × inputs"
    recipe["data"]["inputs"] = {"drawn": "X"}
    recipe["draws"] = {
        "seed": 7,
        "generator": generator,
        "arrays": [
            {"name": "X", "random": "normal", "shape": [3, 2]},
            {"name": "noise", "random": "uniform", "shape": [5]},
            {"name": "W1", "random": "uniform", "low": -1, "high": 1, "shape": [2, 2]},
            {"name": "W2", "random": "normal", "deviation": 0.01, "shape": [1, 2]},
        ],
    }
    setup = build(recipe, "mine").setup
    assert len(unused) == 5
    assert np.array_equal(setup.inputs, x)
    assert np.array_equal(setup.weights[0], w1.T)
    assert np.array_equal(setup.weights[1], w2.T)
    again = build(recipe, "mine", None, {"seed": 8})
    assert again.overridden == ("seed",)
    assert not np.array_equal(again.setup.inputs, x)


def test_each_layer_may_be_drawn_in_its_own_way() -> None:
    weights = [
        {"random": "uniform", "low": -1, "high": 1, "seed": 3},
        {"random": "normal", "deviation": 0.1, "seed": 4, "generator": "legacy"},
    ]
    setup = build(changed(weights=weights, biases={"random": "normal", "seed": 5}), "mine").setup
    assert np.array_equal(setup.weights[0], np.random.default_rng(3).uniform(-1, 1, (2, 2)))
    assert np.array_equal(setup.weights[1], np.random.RandomState(4).normal(0, 0.1, (2, 1)))
    assert np.array_equal(setup.biases[0], np.random.default_rng(5).normal(0, 1, (1, 2)))


WRONG_DRAWS = {
    "twice": (
        [{"name": "X", "random": "normal", "shape": [3, 2]}] * 2, "a second array is called 'X'",
    ),
    "too many": (
        [{"name": "X", "random": "normal", "shape": [9999, 9999]}], "more than 33554432 numbers",
    ),
    "a length that is none": (
        [{"name": "X", "random": "normal", "shape": [3, "x"]}], "a length has to be a whole number",
    ),
    "low above high": (
        [{"name": "X", "random": "uniform", "low": 2, "shape": [3, 2]}], "low is above high",
    ),
    "another way": ([{"name": "X", "random": "poisson", "shape": [3, 2]}], "no way to draw is"),
    "no shape": ([{"name": "X", "random": "normal", "shape": []}], "this list of lengths is empty"),
    "flat": ([{"name": "X", "random": "normal", "shape": [6]}], "inputs are 6, not observations"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_DRAWS)
def test_what_cannot_be_drawn_is_told(name: str) -> None:
    arrays, message = WRONG_DRAWS[name]
    recipe = plain_scenario()
    recipe["draws"] = {"seed": 1, "arrays": arrays}
    recipe["data"]["inputs"] = {"drawn": "X"}
    assert message in refused(recipe)


# ── classes ───────────────────────────────────────────────────────────────────────────────


def classes(given: list[Any], units: int) -> dict[str, Any]:
    recipe = plain_scenario()
    recipe["data"]["targets"] = {"classes": given}
    recipe["network"] = {
        "layers": [{"units": units, "activation": "sigmoid"}], "weights": "zeros",
    }  # fmt: skip
    return recipe


def test_targets_may_be_classes() -> None:
    setup = build(classes([0, 2, 1], 3), "mine").setup
    assert setup.targets.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert build(classes([0, 1, 1], 1), "mine").setup.targets.tolist() == [[0], [1], [1]]


@pytest.mark.parametrize(
    ("given", "units", "message"),
    [
        ([0, 3, 1], 3, "data.targets.classes[1]: 3 is no class, for layer 1 has 3 units: classes"),
        ([0, 2, 1], 1, "2 is no class, for layer 1 has 1 unit: classes are 0 to 1"),
        ([0, -1, 1], 3, "a class has to be at least 0, and this is -1"),
        ([0, 0.5, 1], 3, "a class has to be a whole number, and this is 0.5"),
        ([0, 1], 3, "there are 3 rows of inputs and 2 of targets"),
        ([], 3, "this list of classes is empty"),
        (["cat", "dog", "cat"], 3, "a class has to be a whole number, and this is 'cat'"),
    ],
)
def test_what_is_no_class_is_told(given: list[Any], units: int, message: str) -> None:
    assert message in refused(classes(given, units))
