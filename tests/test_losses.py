"""What the losses, their slopes and the shortcuts through them are."""

import numpy as np
import pytest

from chainstep.core import Layer, Setup, Stepper
from chainstep.core.activations import ACTIVATIONS
from chainstep.core.expression_parts import evaluate
from chainstep.core.expressions import Ref
from chainstep.core.losses import LOSSES, Loss
from chainstep.core.quantities import OBSERVATION, Quantity, units
from chainstep.core.setup import Array

SHORT = [loss for loss in LOSSES.values() if loss.shortcut is not None]
TARGETS: Array = np.array([[1.0, 0, 0], [0.2, 0.3, 0.5], [0, 1, 1], [0.4, 0, 0.9]])


def some_outputs(shape: tuple[int, int] = (4, 3)) -> Array:
    return np.random.default_rng(5).uniform(0.05, 0.95, shape)


def saturated(
    last: str, loss: str, weights: float, targets: list[list[float]], arithmetic: str = "float64"
) -> Stepper:
    """One layer, one input of 1, z of plus and minus ``weights``."""
    count = len(targets[0])
    setup = Setup(
        np.ones((len(targets), 1)),
        np.array(targets, dtype=float),
        (Layer(count, last),),
        (np.array([[weights, -weights, -weights][:count]]),),
        loss=loss,
    )
    stepper = Stepper(setup._replace(arithmetic="float32") if arithmetic == "float32" else setup)
    stepper.iterate()
    return stepper


def test_the_losses_are_those_of_the_design() -> None:
    wanted = "squared-error half-squared-error mean-squared-error binary-cross-entropy"
    assert {*wanted.split(), "cross-entropy"} <= set(LOSSES)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_loss_has_a_title_and_a_source(loss: Loss) -> None:
    assert loss.title
    assert loss.source


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_slope_equals_the_complex_step_by_every_output(loss: Loss) -> None:
    a = some_outputs()
    slope = loss.slope(a, TARGETS)
    for j in range(a.shape[1]):
        stepped = a.astype(complex)
        stepped[:, j] += 1e-200j
        costs = loss.function(stepped, TARGETS)
        np.testing.assert_allclose(slope[:, [j]], costs.imag / 1e-200, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_the_cost_is_one_number_for_an_observation(loss: Loss) -> None:
    assert loss.function(some_outputs(), TARGETS).shape == (4, 1)


@pytest.mark.parametrize("loss", SHORT, ids=[loss.name for loss in SHORT])
def test_the_short_way_equals_the_long_one(loss: Loss) -> None:
    assert loss.shortcut is not None
    activation = ACTIVATIONS[loss.shortcut.activation]
    z = np.random.default_rng(7).normal(0, 2, TARGETS.shape)
    a = activation.function(z)
    dC_da = loss.slope(a, TARGETS)
    long = (
        activation.through(dC_da, a)
        if activation.through
        else activation.slope and dC_da * activation.slope(z, a)
    )
    np.testing.assert_allclose(loss.shortcut.delta(a, TARGETS), np.asarray(long), atol=1e-14)


@pytest.mark.parametrize(
    ("name", "a", "y", "cost"),
    [
        pytest.param("cross-entropy", [1, 0], [1, 0], 0, id="all right"),
        pytest.param("cross-entropy", [0.5, 0.5], [1, 0], np.log(2), id="undecided"),
        pytest.param("cross-entropy", [0, 1], [1, 0], np.inf, id="all wrong"),
        pytest.param("cross-entropy", [0, 0], [0, 0], 0, id="no target"),
        pytest.param("binary-cross-entropy", [1, 0], [1, 0], 0, id="each right"),
        pytest.param("binary-cross-entropy", [0.5, 0.5], [1, 0], np.log(4), id="each undecided"),
        pytest.param("binary-cross-entropy", [1], [0], np.inf, id="wrong at 1"),
        pytest.param("binary-cross-entropy", [0], [1], np.inf, id="wrong at 0"),
        pytest.param("squared-error", [1, 2], [0, 4], 5, id="squares"),
        pytest.param("half-squared-error", [1, 2], [0, 4], 2.5, id="half"),
        pytest.param("mean-squared-error", [1, 2], [0, 4], 2.5, id="mean over the units"),
        pytest.param("squared-error", [np.nan], [0], np.nan, id="NaN stays"),
        pytest.param("cross-entropy", [np.nan], [0], np.nan, id="NaN stays, target 0"),
    ],
)
def test_the_cost_is(name: str, a: list[float], y: list[float], cost: float) -> None:
    with np.errstate(divide="ignore"):
        found = LOSSES[name].function(np.array([a], dtype=float), np.array([y], dtype=float))
    np.testing.assert_allclose(found, [[cost]], rtol=1e-15)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_the_expressions_that_it_leaves_are_the_loss(loss: Loss) -> None:
    a = some_outputs()
    axes = (OBSERVATION, units(1))
    values = {"a1": a, "y": TARGETS}
    symbols = [Ref(Quantity(name, a.shape, axes)) for name in values]
    for function in (loss.function, loss.slope):
        assert np.array_equal(evaluate(function(*symbols), values), function(a, TARGETS))


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_float32_stays_float32(loss: Loss) -> None:
    a, y = some_outputs().astype(np.float32), TARGETS.astype(np.float32)
    assert loss.function(a, y).dtype == loss.slope(a, y).dtype == np.float32


# ── where the long way breaks down ──


@pytest.mark.parametrize("arithmetic", ["float64", "float32"])
@pytest.mark.parametrize(
    ("last", "loss", "targets", "delta"),
    [
        pytest.param(
            "softmax", "cross-entropy", [[0, 1, 0]], [[1, -1, 0]], id="softmax, all wrong"
        ),
        pytest.param("softmax", "cross-entropy", [[1, 0, 0]], [[0, 0, 0]], id="softmax, all right"),
        pytest.param(
            "softmax", "cross-entropy", [[2, 1, 0]], [[1, -1, 0]], id="softmax, targets add up to 3"
        ),
        pytest.param("sigmoid", "binary-cross-entropy", [[0, 1]], [[1, -1]], id="sigmoid, wrong"),
        pytest.param("sigmoid", "binary-cross-entropy", [[1, 0]], [[0, 0]], id="sigmoid, right"),
    ],
)
def test_saturated_outputs_take_the_short_way(
    last: str, loss: str, targets: list[list[float]], delta: list[list[float]], arithmetic: str
) -> None:
    stepper = saturated(last, loss, 1000, targets, arithmetic)
    assert stepper["delta1"].tolist() == delta


def test_one_saturated_observation_sends_all_the_short_way() -> None:
    setup = Setup(
        np.array([[1000.0], [0.1]]),
        np.array([[0.0], [1]]),
        (Layer(1, "sigmoid"),),
        (np.array([[1.0]]),),
        loss="binary-cross-entropy",
    )
    stepper = Stepper(setup)
    stepper.finish("backward")
    assert np.array_equal(stepper["delta1"], stepper["a1"] - stepper["y"])


@pytest.mark.parametrize(("z", "short"), [(700.0, False), (745.0, True)])
def test_the_long_way_is_left_only_where_an_inverse_is_not_finite(z: float, short: bool) -> None:
    stepper = saturated("softmax", "cross-entropy", z / 2, [[0, 1]])
    record = stepper.goto(1, "delta1")
    assert record is not None
    assert record.took_short_way == short


def test_the_short_way_is_said_in_the_note_and_in_the_formula() -> None:
    record = saturated("softmax", "cross-entropy", 1000, [[0, 1, 0]]).goto(1, "delta1")
    assert record is not None
    assert "the short way" in record.notes[0]
    assert "dC/da1" not in record.formula


def test_a_mean_enters_the_short_way_too() -> None:
    setup = Setup(
        np.ones((2, 1)),
        np.array([[1.0], [0]]),
        (Layer(1, "sigmoid"),),
        (np.array([[1000.0]]),),
        loss="binary-cross-entropy",
        reduction="mean",
    )
    stepper = Stepper(setup)
    stepper.finish("backward")
    assert stepper["delta1"].tolist() == [[0], [0.5]]


def test_an_infinite_cost_is_shown_as_what_it_is() -> None:
    stepper = saturated("sigmoid", "binary-cross-entropy", 1000, [[0, 0]])
    assert stepper["C"] == np.inf
    record = stepper.goto(1, "C_obs")
    assert record is not None
    assert record.notes[0].startswith("not finite here")
    assert np.isfinite(stepper["a1"]).all()


@pytest.mark.parametrize(
    ("last", "loss", "targets"),
    [
        pytest.param("relu", "cross-entropy", [[0, 1]], id="relu, target 0"),
        pytest.param("sigmoid", "cross-entropy", [[0, 1]], id="sigmoid, target 0"),
        pytest.param("softmax", "binary-cross-entropy", [[0, 1]], id="softmax, both right"),
    ],
)
def test_what_costs_nothing_whatever_the_output_has_no_slope(
    last: str, loss: str, targets: list[list[float]]
) -> None:
    stepper = saturated(last, loss, -1000, targets)
    assert np.isfinite(stepper["C"])
    assert np.isfinite(stepper["delta1"]).all()
