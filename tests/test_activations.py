"""What the activations and their slopes are."""

import numpy as np
import pytest

from chainstep.core.activations import ACTIVATIONS, LEAK, Activation
from chainstep.core.expression_parts import evaluate
from chainstep.core.expressions import Ref, laid_out
from chainstep.core.quantities import OBSERVATION, Quantity, units
from chainstep.core.setup import Array

SLOPED = [entry for entry in ACTIVATIONS.values() if entry.slope is not None]
MIXING = [entry for entry in ACTIVATIONS.values() if entry.jacobian is not None]
FAR: Array = np.array([[-1000.0, -40, -1, 0], [1000, 40, 1, 1e-300]])


def names(entries: list[Activation]) -> list[str]:
    return [entry.name for entry in entries]


def some_z(shape: tuple[int, ...] = (5, 4)) -> Array:
    return np.random.default_rng(3).normal(0, 2, shape)


def complex_step(entry: Activation, z: Array, direction: Array) -> Array:
    """The derivative along a direction to the last digit.

    A central one where the function knows no complex numbers, or takes their absolute value.
    """
    h = 1e-5
    ahead, behind = entry.function(z + h * direction), entry.function(z - h * direction)
    central = np.asarray(ahead - behind) / (2 * h)
    try:
        exact = np.asarray(entry.function(z + 1e-200j * direction).imag / 1e-200)
    except TypeError:
        return central
    return exact if np.allclose(exact, central, 1e-4, 1e-6) else central


def steepness(entry: Activation, z: Array) -> Array:
    """The slope, or the Jacobian where units mix."""
    a = entry.function(z)
    found = entry.slope(z, a) if entry.slope else entry.jacobian and laid_out(entry.jacobian, a)
    return np.asarray(found)


def test_the_activations_are_those_of_the_design() -> None:
    wanted = "identity sigmoid tanh relu leaky-relu softplus softmax"
    assert set(wanted.split()) <= set(ACTIVATIONS)


@pytest.mark.parametrize("entry", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_an_activation_says_how_its_slope_is_derived_and_by_whom(entry: Activation) -> None:
    assert entry.derivation
    assert entry.source


@pytest.mark.parametrize("entry", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_an_activation_has_a_slope_or_a_jacobian(entry: Activation) -> None:
    assert (entry.slope is None) == (entry.jacobian is not None) == (entry.through is not None)


@pytest.mark.parametrize("entry", SLOPED, ids=names(SLOPED))
def test_a_slope_equals_the_complex_step(entry: Activation) -> None:
    z = some_z()
    assert entry.slope is not None
    np.testing.assert_allclose(
        entry.slope(z, entry.function(z)), complex_step(entry, z, np.ones_like(z)), rtol=1e-9
    )


@pytest.mark.parametrize("entry", SLOPED, ids=names(SLOPED))
def test_at_a_kink_the_slope_is_that_to_the_left(entry: Activation) -> None:
    for kink in entry.kinks:
        z = np.array([[kink]])
        to_the_left = (entry.function(z) - entry.function(z - 1e-6)) / 1e-6
        assert entry.slope is not None
        np.testing.assert_allclose(entry.slope(z, entry.function(z)), to_the_left, atol=1e-9)


def test_the_kinks_are_named_where_the_slope_jumps() -> None:
    before, after = np.array([[-1e-12]]), np.array([[1e-12]])
    jumps = {
        entry.name
        for entry in SLOPED
        if entry.slope is not None
        and abs(
            entry.slope(after, entry.function(after)) - entry.slope(before, entry.function(before))
        )
        > 1e-6
    }
    assert jumps == {entry.name for entry in SLOPED if entry.kinks}


@pytest.mark.parametrize(("name", "at_zero"), [("relu", 0.0), ("leaky-relu", LEAK)])
def test_the_slope_at_0_is(name: str, at_zero: float) -> None:
    slope = ACTIVATIONS[name].slope
    assert slope is not None
    for zero in (0.0, -0.0):
        z = np.array([[zero]])
        assert slope(z, ACTIVATIONS[name].function(z))[0, 0] == at_zero


@pytest.mark.parametrize("entry", MIXING, ids=names(MIXING))
def test_a_jacobian_equals_the_complex_step_by_every_z(entry: Activation) -> None:
    z = some_z()
    assert entry.jacobian is not None
    jacobian = laid_out(entry.jacobian, entry.function(z))
    for j in range(z.shape[1]):
        along = np.zeros_like(z)
        along[:, j] = 1
        np.testing.assert_allclose(jacobian[:, :, j], complex_step(entry, z, along), atol=1e-15)


@pytest.mark.parametrize("entry", MIXING, ids=names(MIXING))
def test_going_through_equals_each_row_times_its_jacobian(entry: Activation) -> None:
    a, dC_da = entry.function(some_z()), some_z()
    assert entry.jacobian is not None
    assert entry.through is not None
    rows = np.einsum("ni,nij->nj", dC_da, laid_out(entry.jacobian, a))
    np.testing.assert_allclose(entry.through(dC_da, a), rows, atol=1e-15)


@pytest.mark.parametrize("arithmetic", ["float64", "float32"])
@pytest.mark.parametrize("entry", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_far_out_nothing_becomes_nan(entry: Activation, arithmetic: str) -> None:
    z = FAR.astype(arithmetic)
    with np.errstate(all="ignore"):
        a = entry.function(z)
        steep = steepness(entry, z)
    assert np.isfinite(a).all()
    assert np.isfinite(steep).all()


@pytest.mark.parametrize(
    ("name", "z", "a"),
    [
        pytest.param("sigmoid", [-1000, 1000], [0, 1], id="sigmoid"),
        pytest.param("tanh", [-1000, 1000], [-1, 1], id="tanh"),
        pytest.param("softplus", [-1000, 1000], [0, 1000], id="softplus"),
        pytest.param("leaky-relu", [-1000, 1000], [-10, 1000], id="leaky-relu"),
        pytest.param("softmax", [0, 1000], [0, 1], id="softmax, a difference of 1000"),
        pytest.param("softmax", [1e308, 1e308], [0.5, 0.5], id="softmax, all as large"),
        pytest.param("softmax", [-1e308, -1e308], [0.5, 0.5], id="softmax, all as small"),
    ],
)
def test_far_out_the_value_is_the_limit(name: str, z: list[float], a: list[float]) -> None:
    with np.errstate(over="ignore"):
        found = ACTIVATIONS[name].function(np.array([z], dtype=float))
    assert found.tolist() == [a]


def test_softmax_does_not_hang_on_what_is_added_to_all() -> None:
    z = np.round(some_z(), 3)
    softmax = ACTIVATIONS["softmax"].function
    np.testing.assert_allclose(softmax(z + 512), softmax(z), rtol=1e-12)


def test_softmax_adds_up_to_1() -> None:
    np.testing.assert_allclose(ACTIVATIONS["softmax"].function(some_z()).sum(axis=1), 1, rtol=1e-15)


@pytest.mark.parametrize("entry", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_the_expression_that_a_function_leaves_is_the_function(entry: Activation) -> None:
    z = some_z()
    symbol = Ref(Quantity("z1", z.shape, (OBSERVATION, units(1))))
    assert np.array_equal(evaluate(entry.function(symbol), {"z1": z}), entry.function(z))


@pytest.mark.parametrize("entry", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_float32_stays_float32(entry: Activation) -> None:
    z = some_z().astype(np.float32)
    assert entry.function(z).dtype == steepness(entry, z).dtype == np.float32
