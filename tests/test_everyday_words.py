"""Words of other programs are answered with ours, each misunderstanding in one message."""

from typing import Any

import pytest

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.initialisers import INITIALISERS
from chainstep.core.losses import LOSSES
from chainstep.core.updates import UPDATES
from chainstep.scenarios import ScenarioError, build
from chainstep.scenarios.everyday_words import ELSEWHERE, KEYS, NAMES
from chainstep.scenarios.scenario_keys import FIELDS
from tests.recipes import plain_scenario

ANSWERS = {
    "mse": ("loss", "mse", "mse is called mean-squared-error here"),
    "bce": ("loss", "BCE", "BCE is called binary-cross-entropy here"),
    "nll": ("loss", "nll", "nll is called cross-entropy here"),
    "sgd": ("update.rule", "sgd", "sgd is called gradient-descent here"),
    "linear": ("network.layers.0.activation", "linear", "linear is called identity here"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_word_of_other_programs_is_answered_with_ours(name: str) -> None:
    place, word, message = ANSWERS[name]
    recipe = plain_scenario()
    *above, last = place.split(".")
    part: Any = recipe
    for step in above:
        part = part[int(step) if step.isdigit() else step]
    part[last] = word
    with pytest.raises(ScenarioError) as caught:
        build(recipe, "mine")
    found, mend = str(caught.value).split("\n")
    assert found.endswith(f": {message}")
    assert mend == f"write {message.split()[3]}"


UPDATE = "update: {rule: gradient-descent, learning_rate: 0.5}"
LR = f"lr: lr is `learning_rate:` under `update:` here\n{UPDATE}"
RULE = f"optimizer: optimizer is `rule:` under `update:` here\n{UPDATE}"
RENAMED: dict[str, tuple[list[Any], str, str, str]] = {
    "lr": (["update"], "learning_rate", "lr", "update.lr: lr is called learning_rate here"),
    "lr at the top": ([], "update", "lr", LR),
    "optimizer at the top": ([], "update", "optimizer", RULE),
    "cost": ([], "loss", "cost_function", "cost_function: cost_function is called loss here"),
    "hidden layers": (
        ["network"], "layers", "hidden_layers",
        "network.hidden_layers: hidden_layers is called layers here",
    ),
    "labels": (["data"], "targets", "labels", "data.labels: labels is called targets here"),
    "nodes": (["network", 0], "units", "nodes", "network.layers[0].nodes: nodes is called units"),
    "a slip": ([], "loss", "los", "los: a scenario has no key 'los'\ndid you mean 'loss'? ("),
}  # fmt: skip


@pytest.mark.parametrize("name", RENAMED)
def test_a_key_of_other_programs_is_told_once_and_not_missed_as_well(name: str) -> None:
    above, ours, theirs, message = RENAMED[name]
    recipe = plain_scenario()
    part = recipe
    for step in above:
        part = part["layers"][step] if isinstance(step, int) else part[step]
    part[theirs] = part.pop(ours)
    with pytest.raises(ScenarioError) as caught:
        build(recipe, "mine")
    assert str(caught.value).startswith(message)
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize("key", ELSEWHERE)
def test_a_key_that_a_file_does_not_have_is_told_who_says_it(key: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        build({**plain_scenario(), key: 100}, "mine")
    assert str(caught.value) == f"{key}: a scenario has no key '{key}'\n{ELSEWHERE[key]}"


def test_every_answer_is_a_word_of_ours_and_no_word_of_ours_needs_one() -> None:
    ours = {*LOSSES, *ACTIVATIONS, *UPDATES, *INITIALISERS, "float64", "float32", "mean", "none"}
    ours |= {"separate"}
    assert set(NAMES.values()) <= ours
    tops = {field.key for field in FIELDS}
    assert {path[0] for path in KEYS.values() if len(path) > 1} <= tops
