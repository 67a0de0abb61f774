"""`assert_backward`: scenarios, models of frameworks, hand-written functions, and its failures."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from chainstep.core import InputError, Stepper
from chainstep.core.setup import Array, Setup
from chainstep.networks import network_of
from chainstep.scenarios import load
from chainstep.testing import BackwardError, assert_backward

RANDOM = np.random.default_rng(3)
X, Y = RANDOM.uniform(size=(4, 3)), RANDOM.uniform(size=(4, 2))


def _gradients(setup: Setup) -> dict[str, Array]:
    """What the engine itself makes of a setup, as a right calculation of somebody's."""
    stepper = Stepper(setup)
    stepper.iterate()
    return {name: stepper[name] for name in ("dC/dW1", "dC/db1", "dC/dW2", "dC/db2")}


def _sklearn_like() -> Any:
    """What scikit-learn's MLPRegressor has after `fit`, with the names that it has it by."""
    return SimpleNamespace(
        coefs_=[RANDOM.normal(size=(3, 5)), RANDOM.normal(size=(5, 2))],
        intercepts_=[RANDOM.normal(size=5), RANDOM.normal(size=2)],
        activation="tanh",
        out_activation_="identity",
    )


class _Dense:
    """What a layer of Keras has."""

    def __init__(self, before: int, units: int, activation: str) -> None:
        self.arrays = [RANDOM.normal(size=(before, units)), RANDOM.normal(size=units)]
        self.activation = SimpleNamespace(__name__=activation)

    def get_weights(self) -> list[Any]:
        return self.arrays


class _Keras:
    """What a Sequential model of Keras has."""

    def __init__(self) -> None:
        self.layers = [_Dense(3, 5, "relu"), _Dense(5, 2, "softmax")]

    def get_weights(self) -> list[Any]:
        return [array for layer in self.layers for array in layer.arrays]


def test_right_numbers_of_a_scenario_pass() -> None:
    assert_backward("two-layer-network", _gradients_of("two-layer-network"))


def _gradients_of(name: str) -> dict[str, Array]:
    stepper = Stepper(load(name))
    stepper.iterate()
    return {quantity: stepper[quantity] for quantity in ("dC/dW1", "dC/dW2", "delta2")}


def test_a_wrong_number_fails_with_the_answer_of_check() -> None:
    mine = _gradients_of("two-layer-network")
    mine["dC/dW1"] = 2 * mine["dC/dW1"]
    with pytest.raises(BackwardError) as caught:
        assert_backward("two-layer-network", mine)
    assert "dC/dW1" in caught.value.text
    assert "WRONG" in caught.value.text
    assert caught.value.found.first_wrong.quantity == "dC/dW1"


def test_own_names_say_what_each_array_is() -> None:
    mine = _gradients_of("two-layer-network")
    own = {"dW1": mine["dC/dW1"], "err": -mine["delta2"]}
    assert_backward("two-layer-network", own, names={"dW1": "dC/dW1", "err": "-delta2"})


@pytest.mark.parametrize("model", [_sklearn_like(), _Keras()], ids=["scikit-learn", "Keras"])
def test_a_model_is_read_by_what_it_has(model: Any) -> None:
    loss = "cross-entropy" if isinstance(model, _Keras) else "half-squared-error"
    setup = network_of(model, X, Y, loss).setup
    assert setup.widths == (3, 5, 2)
    assert_backward(model, _gradients(setup), inputs=X, targets=Y, loss=loss)
    wrong = _gradients(setup)
    wrong["dC/db1"] = 4 * wrong["dC/db1"]
    with pytest.raises(BackwardError, match="dC/db1"):
        assert_backward(model, wrong, inputs=X, targets=Y, loss=loss)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({}, "a model needs the data too", id="no data"),
        pytest.param({"inputs": X, "targets": Y}, "say the loss", id="no loss"),
        pytest.param(
            {"inputs": X, "targets": Y, "loss": "squard-error"},
            "did you mean 'squared-error'",
            id="a loss misspelt",
        ),
        pytest.param(
            {"inputs": X, "targets": Y[:3], "loss": "squared-error"},
            r"targets have the shape \(3, 2\), the outputs \(4, 2\)",
            id="targets of another shape",
        ),
    ],
)
def test_what_is_missing_is_said(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        network_of(_Keras(), **arguments)


def test_something_that_is_no_network_is_refused() -> None:
    with pytest.raises(InputError, match="a list is no network that can be read"):
        assert_backward([1, 2], {"C": 1.0}, inputs=X, targets=Y)


_FAILING = """
def test_mine(assert_backward):
    assert_backward("two-layer-network", {"C": 0.75})


def test_misspelt(assert_backward):
    assert_backward("two-layer-network", {"dC/dW3": [[0.5]]})
"""


def test_the_plugin_shows_the_answer_in_the_place_of_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(_FAILING, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py"],
        cwd=tmp_path, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "test_mine.py:3: the backward pass is not right" in done.stdout
    assert "WRONG HERE" in done.stdout
    assert "test_mine.py:7: this cannot be checked" in done.stdout
    assert "no quantity 'dC/dW3'; did you mean 'dC/dW2'?" in done.stdout
    assert "check_arrays" not in done.stdout


# ── PyTorch, where it is installed ────────────────────────────────────────────────────────


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch")


def _model(torch: Any) -> Any:
    torch.manual_seed(1)
    nn = torch.nn
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()


def test_a_pytorch_model_holds_its_own_gradients(torch: Any) -> None:
    model, loss = _model(torch), torch.nn.MSELoss()
    x, y = torch.as_tensor(X), torch.as_tensor(Y)
    loss(model(x), y).backward()
    assert_backward(model, inputs=x, targets=y, loss=loss)


def test_a_gradient_of_a_pytorch_model_that_was_changed_is_found(torch: Any) -> None:
    model, loss = _model(torch), torch.nn.MSELoss()
    x, y = torch.as_tensor(X), torch.as_tensor(Y)
    loss(model(x), y).backward()
    model[0].weight.grad *= 3
    with pytest.raises(BackwardError, match="dC/dW1"):
        assert_backward(model, inputs=x, targets=y, loss=loss)


def test_a_module_with_a_forward_of_its_own_is_read_off(torch: Any) -> None:
    class Net(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.first = torch.nn.Linear(3, 4)
            self.second = torch.nn.Linear(4, 2)

        def forward(self, x: Any) -> Any:
            return self.second(torch.relu(self.first(x)))

    model = Net().double()
    loss = torch.nn.CrossEntropyLoss()
    x, y = torch.as_tensor(X), torch.tensor([0, 1, 1, 0])
    loss(model(x), y).backward()
    assert_backward(model, inputs=x, targets=y, loss=loss)


def test_a_hand_written_function_is_held_against_differences(torch: Any) -> None:
    class Right(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, z: Any) -> Any:
            a = 1 / (1 + torch.exp(-z))
            ctx.save_for_backward(a)
            return a

        @staticmethod
        def backward(ctx: Any, sent: Any) -> Any:
            (a,) = ctx.saved_tensors
            return sent * a * (1 - a)

    class Doubled(Right):
        @staticmethod
        def backward(ctx: Any, sent: Any) -> Any:
            (a,) = ctx.saved_tensors
            return 2 * sent * a * (1 - a)

    z = torch.linspace(-2, 2, 6).reshape(2, 3)
    assert_backward(Right, inputs=z)
    with pytest.raises(BackwardError, match="every entry of yours is 2 times the right one"):
        assert_backward(Doubled, inputs=z)


@pytest.mark.parametrize(
    "biases",
    [
        [np.array([[0.1, 0.2]]), np.array([[0.3]])],
        [np.array([[0.1], [0.2]]), np.array([0.3])],
        [[[0.1, 0.2]], [0.3]],
    ],
    ids=["rows", "columns", "lists"],
)
def test_biases_are_taken_as_numpy_programs_have_them(biases: list[Any]) -> None:
    scenario = load(
        {
            "data": {"inputs": [[1, 2]], "targets": [[1]]},
            "network": {
                "bias": "separate",
                "layers": [
                    {"units": 2, "activation": "tanh"},
                    {"units": 1, "activation": "sigmoid"},
                ],
                "weights": "zeros",
                "biases": biases,
            },
            "loss": "squared-error",
            "update": {"learning_rate": 0.1},
        }
    )
    assert [row.tolist() for row in scenario.setup.biases] == [[[0.1, 0.2]], [[0.3]]]
