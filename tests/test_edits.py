"""A change is the same change wherever it is made: on the screen, by an option, in a variant."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainstep.core import InputError, Stepper
from chainstep.core.losses import LOSSES
from chainstep.core.setup import Setup
from chainstep.core.text.typed import Names
from chainstep.scenarios import Scenario, load
from chainstep.tui.edits import edited, with_mistake
from tests.recipes import rich_scenario

MOMENTUM = """\
data: {inputs: [[1, 2], [3, 4]], targets: [[1], [0]]}
network:
  bias: separate
  layers: [{units: 2, activation: tanh}, {units: 2, activation: tanh}, {units: 1, activation: relu}]
  weights: {random: uniform, low: -1, high: 1, seed: 3}
loss: squared-error
update: {rule: momentum, learning_rate: 0.25, momentum: 0.5}
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    path = tmp_path / "momentum.yaml"
    path.write_text(MOMENTUM, encoding="utf-8")
    return load(path)


def change(scenario: Scenario, text: str, iteration: int = 1) -> Scenario:
    stepper = Stepper(scenario)
    stepper.goto(iteration)
    return edited(scenario, stepper, text, Names(stepper.program))


SAME = [
    ("rule = nesterov", {"rule": "nesterov"}),
    ("rule = gradient descent", {"rule": "gradient-descent"}),
    ("learning rate = 1", {"learning_rate": "1"}),
    ("Momentum = 0.9", {"momentum": "0.9"}),
    ("activation = relu", {"activation": "relu"}),
    ("output activation = sigmoid", {"output_activation": "sigmoid"}),
    ("activation 2 = Leaky ReLU", {"activation_2": "leaky-relu"}),
    ("seed = 4", {"seed": "4"}),
    ("arithmetic = float32", {"arithmetic": "float32"}),
    ("reduction = mean", {"reduction": "mean"}),
    ("bias = none", {"bias": "none"}),
    ("mistake = sign-flipped", {"mistake": "sign-flipped"}),
]


def told(setup: Setup) -> dict[str, Any]:
    """A setup as plain data."""
    return {
        key: np.asarray(value).tolist() if key in {"inputs", "targets"} else repr(value)
        for key, value in setup._asdict().items()
    }


@pytest.mark.parametrize(("text", "overrides"), SAME, ids=[text for text, _ in SAME])
def test_the_screen_and_an_option_make_the_same_change(
    scenario: Scenario, text: str, overrides: dict[str, str]
) -> None:
    assert scenario.path is not None
    on_screen, by_option = change(scenario, text), load(scenario.path, overrides)
    assert told(on_screen.setup) == told(by_option.setup)
    assert on_screen.overridden == (text.partition("=")[0].strip(),)


def test_another_rule_keeps_the_settings_that_it_has_too(scenario: Scenario) -> None:
    assert change(scenario, "rule = nesterov").setup.settings == {
        "learning_rate": 0.25, "momentum": 0.5,
    }  # fmt: skip


def test_a_bias_is_changed_by_its_number(scenario: Scenario) -> None:
    assert change(scenario, "b1.1 = −2").setup.biases[0].tolist() == [[0, -2]]


def test_a_seed_far_on_draws_the_weights_anew(scenario: Scenario) -> None:
    assert scenario.path is not None
    far = change(scenario, "seed = 4", iteration=20).setup.weights
    for one, other in zip(far, load(scenario.path, {"seed": 4}).setup.weights, strict=True):
        assert np.array_equal(one, other)


EXPECTED = (
    "write W1.1.1 = 0.5, W1 = 0.5, learning rate = 1, activation = relu, activation 2 = tanh, "
    "loss = …"
)
WRONG = {
    "rate": f"'rate' changes nothing: {EXPECTED}",
    "learn rate = 1": "nothing here is called 'learn rate'; did you mean 'learning rate'?; "
    + EXPECTED,
    "learning rate = 0.25": "learning rate is 0.25 already",
    "learning rate = -1": "learning rate: learning_rate has to be above 0, and this is -1",
    "decay = 1": "decay: momentum has no decay\nrmsprop has it",
    "loss = square": "loss: no loss is called 'square'\ndid you mean 'squared-error'? "
    f"({', '.join(sorted(LOSSES))})",
    "activation 4 = relu": "activation 4: no layer 4: this network has layers 1 to 3",
    "a1.0.0 = 1": "a1[0,0] cannot be changed here: a weight, a bias, an input or a target can",
    "W1.0.9 = 1": "there is no W1[0,9]: W1 is 2×2 (inputs × units of layer 1): rows 0–1, "
    "columns 0–1; the last is W1.1.1",
    "W1.0.0 = much": "'much' is no number",
    "W1.0.0 = 1e999": "1e999 is not finite: write a number",
    "notation = code": "n chooses how quantities are written",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_be_changed_is_told(scenario: Scenario, text: str) -> None:
    with pytest.raises(InputError) as caught:
        change(scenario, text)
    assert str(caught.value) == WRONG[text]


@pytest.mark.parametrize("where", ["", " from here"])
@pytest.mark.parametrize(
    "text", ["W4.1.1 = 0.5", "b1.2 = −1", "learning rate = 1", "rule = nesterov", "batch = 3"]
)
def test_a_network_with_everything_can_be_changed_anywhere(text: str, where: str) -> None:
    scenario = load(rich_scenario())
    stepper = Stepper(scenario)
    stepper.goto(4)
    made = edited(scenario, stepper, text + where, Names(stepper.program))
    again = Stepper(made)
    stepper.goto(4 if where else 1)
    for quantity in stepper.program.parameters:
        same = np.array_equal(again[quantity.name], stepper[quantity.name])
        assert same is not text.startswith(quantity.name), quantity.name
    again.run(3)
    assert load(made.recipe).setup.widths == scenario.setup.widths


def test_a_mistake_is_made_and_taken_back() -> None:
    scenario = load("two-layer-network")
    wrong = with_mistake(scenario, "sign-flipped")
    assert wrong.mistakes == ("sign-flipped",)
    assert with_mistake(wrong, None).mistakes == ()
