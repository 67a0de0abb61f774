"""The JSON Schema says the same as the checks."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from chainstep.core.updates import UPDATES
from chainstep.scenarios import ScenarioError, build, load, names, schema, starting_scenario

VALIDATOR = jsonschema.Draft202012Validator(schema())


def recipe(**changes: Any) -> dict[str, Any]:
    """A small scenario as plain data, with some of its keys changed; None takes one out."""
    plain = {
        "data": {"inputs": [[0.8, 0.4], [0.3, 0.3]], "targets": [[0.2], [1]]},
        "network": {
            "layers": [{"units": 1, "activation": "sigmoid"}],
            "weights": {"fill": 1},
        },
        "loss": "squared-error",
        "update": {"rule": "gradient-descent", "learning_rate": 0.5},
        **changes,
    }
    return {key: value for key, value in plain.items() if value is not None}


def network(**changes: Any) -> dict[str, Any]:
    """The network of a small scenario, with some of its keys changed."""
    return {**recipe()["network"], **changes}


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", names())
def test_every_scenario_fits_the_schema(name: str) -> None:
    VALIDATOR.validate(load(name).recipe)


def test_the_starting_scenario_fits_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(starting_scenario(), encoding="utf-8")
    VALIDATOR.validate(load(path).recipe)


@pytest.mark.parametrize(
    "good",
    [
        pytest.param(recipe(), id="small"),
        pytest.param(recipe(update={"learning_rate": 1}), id="no rule"),
        *(
            pytest.param(recipe(update={"rule": rule, "learning_rate": 1}), id=rule)
            for rule in UPDATES
        ),
        pytest.param(recipe(network=network(weights="zeros")), id="zeros"),
        pytest.param(recipe(network=network(weights=[[[1], [2]]])), id="matrices"),
        pytest.param(
            recipe(network=network(weights={"random": "normal", "mean": 1, "seed": 3})), id="drawn"
        ),
        pytest.param(recipe(network=network(bias="separate", biases=[[1]])), id="biases"),
        pytest.param(recipe(network=network(frozen=["W1"])), id="frozen"),
        pytest.param(recipe(claims=[{"quantity": "C", "printed": 0.5}]), id="a claim"),
    ],
)
def test_what_fits_the_checks_fits_the_schema(good: dict[str, Any]) -> None:
    build(good, "good")
    VALIDATOR.validate(good)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(recipe(loss=None), id="no loss"),
        pytest.param(recipe(loss="sqared"), id="unknown loss"),
        pytest.param(recipe(titel="x"), id="unknown key"),
        pytest.param(recipe(notation="none"), id="unknown notation"),
        pytest.param(recipe(data={"inputs": [], "targets": [[1]]}), id="no observations"),
        pytest.param(recipe(data={"inputs": [["x"]], "targets": [[1]]}), id="text"),
        pytest.param(recipe(data={"inputs": [[True]], "targets": [[1]]}), id="boolean"),
        pytest.param(recipe(update={"learning_rate": 0}), id="learning rate 0"),
        pytest.param(recipe(update={"learning_rate": 1, "momentum": 0.5}), id="other rule's"),
        pytest.param(recipe(update={"rule": "adam"}), id="no learning rate"),
        pytest.param(
            recipe(update={"rule": "adam", "learning_rate": 1, "beta1": 1}), id="beta1 of 1"
        ),
        pytest.param(recipe(network=network(layers=[])), id="no layers"),
        pytest.param(recipe(network=network(weights="ones")), id="unknown start"),
        pytest.param(recipe(network=network(weights={"fill": "1"})), id="fill of text"),
        pytest.param(recipe(network=network(weights={"random": "uniform"})), id="no seed"),
        pytest.param(
            recipe(network=network(layers=[{"units": 0, "activation": "relu"}])), id="zero units"
        ),
        pytest.param(
            recipe(network=network(layers=[{"units": 1.5, "activation": "relu"}])), id="a fraction"
        ),
        pytest.param(
            recipe(network=network(layers=[{"units": True, "activation": "relu"}])), id="true units"
        ),
        pytest.param(recipe(claims=[{"quantity": "C"}]), id="nothing printed"),
        pytest.param(recipe(claims=[{"quantity": "C", "printed": ["1"]}]), id="one row printed"),
        pytest.param(recipe(notes=[{"text": "x"}]), id="a note nowhere"),
    ],
)
def test_what_breaks_the_checks_breaks_the_schema(broken: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError):
        build(broken, "broken")
    assert not VALIDATOR.is_valid(broken)
