"""What there is to see of a training in one iteration: layers, outputs, regions of the plane."""

from typing import Any

import numpy as np
import pytest

from chainstep.core import Stepper
from chainstep.core.runs.training import Watcher
from chainstep.scenarios import load
from tests.test_layerless import perceptron


def plane(layers: list[dict[str, Any]], weights: list[Any], targets: list[Any]) -> Watcher:
    """A network of two inputs, (0, 0), (4, 0), (0, 2) and (4, 2), as it is watched."""
    scenario = load(
        {
            "title": "plane",
            "data": {"inputs": [[0, 0], [4, 0], [0, 2], [4, 2]], "targets": targets},
            "network": {"bias": "separate", "layers": layers, "weights": weights},
            "loss": "squared-error",
            "update": {"learning_rate": 0.5},
        }
    )
    return Watcher(scenario.program)


def seen_at_the_start(watcher: Watcher) -> Any:
    return watcher.see(1, watcher.program.starting)


def test_a_region_holds_what_the_network_answers_at_its_place() -> None:
    watcher = plane([{"units": 1, "activation": "identity"}], [[[1], [10]]], [[0], [1], [1], [0]])
    found = seen_at_the_start(watcher).regions
    across, down = np.linspace(-0.6, 4.6, 40), np.linspace(2.3, -0.3, 20)
    assert found.answers == pytest.approx(across[None, :] + 10 * down[:, None])
    assert found.classes == 1
    assert found.points == ((17, 4, 0), (17, 34, 1), (2, 4, 1), (2, 34, 0))


def test_of_several_outputs_a_region_has_the_class_that_is_nearest() -> None:
    one_hot = [[1, 0], [0, 1], [1, 0], [0, 1]]
    weights = [[[0, 0.25], [0, 0]]]  # the second output is x / 4, so nearer to (0, 1) where x > 0
    watcher = plane([{"units": 2, "activation": "identity"}], weights, one_hot)
    found = seen_at_the_start(watcher).regions
    assert found.classes == 2
    borders = [int(row.argmax()) for row in found.answers]
    assert borders == [int((np.linspace(-0.6, 4.6, 40) > 0).argmax())] * 20
    assert [kind for _, _, kind in found.points] == [0, 1, 0, 1]


def test_the_plane_reaches_a_little_beyond_data_that_lie_anywhere() -> None:
    program = load("xor-batch").program
    setup = program.setup._replace(inputs=np.array(program.setup.inputs) + 3)
    found = seen_at_the_start(Watcher(Stepper(setup).program)).regions
    assert {row for row, _, _ in found.points} == {2, 17}
    assert {column for _, column, _ in found.points} == {4, 34}


def test_data_on_a_line_has_room_around_it() -> None:
    scenario = load("xor-batch")
    inputs = np.array(scenario.setup.inputs)
    inputs[:, 1] = 3.0
    found = Watcher(Stepper(scenario.setup._replace(inputs=inputs)).program)
    regions = seen_at_the_start(found).regions
    assert {row for row, _, _ in regions.points} == {10}  # in the middle of a width of 1.3


def test_what_is_no_plane_of_dense_layers_has_no_regions() -> None:
    assert seen_at_the_start(Watcher(load("same-weights").program)).regions is not None
    assert seen_at_the_start(Watcher(load("two-layer-network").program)).regions is None
    assert Watcher(perceptron())._plane is None


def test_a_layer_tells_its_gradient_and_which_units_are_silent() -> None:
    watcher = plane(
        [{"units": 3, "activation": "relu"}, {"units": 1, "activation": "sigmoid"}],
        [[[1, -1, 1], [1, -1, 0]], [[0.1], [0.2], [-0.1]]],
        [[0], [1], [1], [1]],
    )
    seen = seen_at_the_start(watcher)
    frame = Stepper(watcher.program).iterate()[-1].frame
    for layer in seen.layers:
        k = layer.number
        every = np.concatenate([np.ravel(frame[f"dC/d{letter}{k}"]) for letter in ("W", "b")])
        assert layer.gradient == pytest.approx(float(np.sqrt(np.mean(every**2))))
    assert [layer.units for layer in seen.layers] == [3, 1]
    assert (seen.layers[0].dead, seen.layers[0].saturated) == (1, 0)
    assert seen.cost == float(frame["C"])
    assert seen.iteration == 1
    assert seen.agrees.tolist() == [True, False, True, True]  # of 0.5 as of 0
