"""The second backend: compiled number by number, with one and the same bits wherever it runs."""

import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from chainstep.core import InputError, Stepper
from chainstep.core.engine.feeding import Feeding
from chainstep.core.engine.layout import Layout
from chainstep.core.engine.scalars import Source
from chainstep.core.network import build
from chainstep.core.setup import Array, Setup
from chainstep.core.updates import UPDATES
from chainstep.scenarios import load, names
from tests.networks import SETTINGS, bits, random_setup, setups


def test_a_large_network_is_refused() -> None:
    setup = random_setup(1, [40, 30, 2], ["tanh", "tanh"], 9, "row", "squared-error")
    with pytest.raises(InputError, match="numba takes small networks: weights times observations"):
        Source(Layout(build(setup)))


def test_a_backend_that_is_none_is_refused() -> None:
    setup = random_setup(1, [2, 1], ["tanh"], 2, "row", "squared-error")
    with pytest.raises(InputError, match="no backend is called 'fortran': numpy, numba"):
        Stepper(setup, backend="fortran")  # type: ignore[arg-type]


def computed_by_source(setup: Setup) -> tuple[dict[str, Array], Stepper]:
    """An iteration by the source as plain Python, on numpy's numbers, and one by numpy."""
    stepper = Stepper(setup)
    source = Source(stepper.layout)
    plain = source.text.replace("from numba import njit\n", "")
    plain = plain.replace('@njit(cache=True, error_model="numpy")\n', "")
    space: dict[str, Any] = {}
    exec(plain, space)
    flat = stepper.layout.new_array()
    Feeding(stepper.layout, flat).fill(1)
    constants = np.array(source.constants, dtype=setup.arithmetic)
    with np.errstate(all="ignore"):
        space["kernel"](flat, constants, 1, 1, len(stepper.program.steps))
    stepper.iterate()
    found = {
        name: stepper.layout.view(flat, name).reshape(stepper[name].shape)
        for name in stepper.present
        if name in stepper.layout.places
    }
    return found, stepper


@given(setups())
@settings(max_examples=20)
def test_the_source_of_any_network_computes_what_numpy_does(setup: Setup) -> None:
    found, stepper = computed_by_source(setup)
    tolerance = 1e-9 if setup.arithmetic == "float64" else 1e-3
    divides_by_size = setup.rule in {"rmsprop", "adam"}  # a rest of rounding becomes a whole step
    for name, value in found.items():
        number = stepper.program.numbers.get(name, 0)
        if not (divides_by_size and number > stepper.program.last_of("backward")):
            assert np.allclose(value, stepper[name], tolerance, tolerance, equal_nan=True), name


@pytest.mark.parametrize("rule", UPDATES)
def test_the_source_of_every_rule_computes_what_numpy_does(rule: str) -> None:
    setup = random_setup(
        1, [2, 3, 2], ["tanh", "sigmoid"], 4, "row", "squared-error",
        rule=rule, settings=SETTINGS[rule],
    )  # fmt: skip
    found, stepper = computed_by_source(setup)
    for name, value in found.items():
        assert np.allclose(value, stepper[name], 1e-9, 1e-12), name


@pytest.mark.parametrize(
    ("scenario", "changes"),
    [("same-weights", {}), ("two-neurons", {"arithmetic": "float64"}), ("same-weights", "adam")],
    ids=str,
)
def test_stepping_running_and_going_have_the_same_bits(scenario: str, changes: Any) -> None:
    pytest.importorskip("numba")
    overrides = {"rule": "adam", "learning_rate": 0.01} if changes == "adam" else changes
    setup = load(scenario, overrides).setup
    running, walking, looked = (Stepper(setup, backend="numba") for _ in range(3))
    assert running.backend == "numba"
    running.run(5000)
    for _ in walking.walk(40):
        pass
    looked.run(40, looked.watch(["C", "W1"]), lambda _: False)
    for stepper in (running, walking, looked):
        stepper.goto(30, after="delta1")
    for name in running.present:
        assert bits(running[name]) == bits(walking[name]) == bits(looked[name])
    running.goto(4999)
    assert running["W1"].shape == setup.weights[0].shape
    by_numpy = Stepper(setup)
    by_numpy.goto(30, after="delta1")
    running.goto(30, after="delta1")
    assert np.allclose(running["delta1"], by_numpy["delta1"], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("name", names())
def test_every_scenario_is_small_enough(name: str) -> None:
    assert Source(Layout(build(load(name).setup))).lines


def test_numba_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(InputError, match=r"the backend numba is not installed: pip install"):
        Stepper(load("two-neurons"), backend="numba")
