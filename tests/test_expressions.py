"""What rules leave when they are called on symbols."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from chainstep.core import Layer, Setup, ShapeError, Stepper
from chainstep.core.expression_parts import evaluate, needs, operands_of
from chainstep.core.expressions import (
    Expression,
    Filled,
    Number,
    Ref,
    Rows,
    WithOnes,
    ZeroRows,
    apply,
)
from chainstep.core.quantities import BIAS, OBSERVATION, Axis, Quantity, units
from tests.networks import setups


def symbol(name: str, *shape: int, axes: tuple[Axis, ...] | None = None) -> Ref:
    return Ref(Quantity(name, shape, axes or (OBSERVATION, units(1))))


A, B = symbol("a", 4, 3), symbol("b", 4, 3)
W = symbol("W", 3, 2, axes=(units(1), units(2)))
ROW = symbol("r", 1, 3, axes=(BIAS, units(1)))
VALUES: dict[str, Any] = {
    "a": np.arange(12.0).reshape(4, 3),
    "b": np.linspace(-1, 1, 12).reshape(4, 3),
    "W": np.array([[1.0, -2], [3, 0.5], [0.25, 4]]),
    "r": np.array([[1.0, 2, 3]]),
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param(A + B, VALUES["a"] + VALUES["b"], id="sum"),
        pytest.param(1 - A, 1 - VALUES["a"], id="difference from a number"),
        pytest.param(2 * A / (B + 3), 2 * VALUES["a"] / (VALUES["b"] + 3), id="quotient"),
        pytest.param(A**2, VALUES["a"] ** 2, id="square"),
        pytest.param(A**3, VALUES["a"] ** 3, id="power"),
        pytest.param(2**A, 2 ** VALUES["a"], id="power of a number"),
        pytest.param(-A, -VALUES["a"], id="negative"),
        pytest.param(np.exp(-A), np.exp(-VALUES["a"]), id="ufunc"),
        pytest.param(np.ones_like(A), np.ones((4, 3)), id="ones like"),
        pytest.param(A @ W, VALUES["a"] @ VALUES["W"], id="product"),
        pytest.param((A @ W).T, (VALUES["a"] @ VALUES["W"]).T, id="transposed product"),
        pytest.param(A + ROW, VALUES["a"] + VALUES["r"], id="a row for all"),
        pytest.param(ROW + A, VALUES["a"] + VALUES["r"], id="a row for all, first"),
        pytest.param(A.sum(axis=1), VALUES["a"].sum(axis=1, keepdims=True), id="sum of rows"),
        pytest.param(A.max(axis=0), VALUES["a"].max(axis=0, keepdims=True), id="maximum"),
        pytest.param(Rows(W, 1, 3), VALUES["W"][1:], id="rows"),
        pytest.param(
            WithOnes(A), np.hstack([np.ones((4, 1)), VALUES["a"]]), id="with a column of ones"
        ),
        pytest.param(ZeroRows(W, 0, 1), VALUES["W"] * [[0], [1], [1]], id="a row of zeros"),
    ],
)
def test_an_expression_computes_what_numpy_would(expression: Expression, expected: Any) -> None:
    found = evaluate(expression, VALUES)
    assert np.array_equal(found, expected)
    assert expression.shape == found.shape
    assert len(expression.axes) == found.ndim


def test_evaluating_changes_no_operand() -> None:
    before = VALUES["W"].copy()
    evaluate(ZeroRows(W, 0, 1), VALUES)
    assert np.array_equal(VALUES["W"], before)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        pytest.param(
            lambda: (
                symbol("W1", 4, 4, axes=(units(0), units(1)))
                - symbol("delta1", 4, 1, axes=(OBSERVATION, units(1)))
            ),
            "subtract of W1 (4×4, inputs × units of layer 1), delta1 (4×1, observations × units "
            "of layer 1): the shapes do not fit",
            id="a column that numpy would stretch",
        ),
        pytest.param(
            lambda: A @ B,
            "a (4×3, observations × units of layer 1) · b (4×3, observations × units of layer 1): "
            "the left factor has 3 columns, the right 4 rows",
            id="a product",
        ),
        pytest.param(
            lambda: A + W,
            "add of a (4×3, observations × units of layer 1), W (3×2, units of layer 1 × units of "
            "layer 2): the shapes do not fit",
            id="other sizes",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_told_with_their_axes(made: Any, message: str) -> None:
    with pytest.raises(ShapeError) as caught:
        made()
    assert str(caught.value) == message


def test_the_operands_are_each_once_in_the_order_of_reading() -> None:
    expression = (B - A) * np.exp(A) + ROW
    assert [operand.name for operand in operands_of(expression)] == ["b", "a", "r"]


def test_what_is_needed_are_the_names_read() -> None:
    assert needs((A @ W) + 1) == {"a", "W"}
    assert needs(Filled(1.0, (1, 1), (BIAS, BIAS))) == set()


def test_a_ufunc_with_options_is_refused() -> None:
    ufunc: Any = np.exp
    with pytest.raises(TypeError):
        ufunc(A, where=True)


def test_numbers_alone_make_a_number() -> None:
    assert apply(np.subtract, 1, Number(0.9, "beta1")).shape == ()


# ── the steps of networks ──


@settings(max_examples=20)
@given(setups(arithmetics=["float64"]))
def test_every_step_evaluates_to_what_the_engine_computes(setup: Setup) -> None:
    stepper = Stepper(setup)
    stepper.run(2)
    for record in stepper.iterate():
        if record.took_short_way:
            continue
        with np.errstate(all="ignore"):
            value = evaluate(record.definition.expression, record.frame)
        np.testing.assert_allclose(
            np.reshape(value, record.value.shape),
            record.value,
            rtol=1e-12,
            atol=1e-14,
            err_msg=record.quantity,
        )


@settings(max_examples=15)
@given(setups())
def test_every_step_needs_only_what_is_there_before_it(setup: Setup) -> None:
    stepper = Stepper(setup)
    for step in stepper.program.steps:
        known = set(stepper.present)
        assert needs(step.expression) <= known
        assert {operand.name for operand in step.operands} <= known
        if step.short:
            assert needs(step.short.expression) <= known
        stepper.step()


@settings(max_examples=15)
@given(setups())
def test_a_step_reads_nothing_but_what_it_needs(setup: Setup) -> None:
    stepper = Stepper(setup)
    for record in stepper.iterate():
        expression = record.definition.expression
        given_to_it = {name: record.frame[name] for name in needs(expression)}
        with np.errstate(all="ignore"):
            evaluate(expression, given_to_it)


@settings(max_examples=15)
@given(setups(arithmetics=["float32"]))
def test_constants_of_a_kind_keep_the_result_of_that_kind(setup: Setup) -> None:
    for record in Stepper(setup).iterate():
        with np.errstate(all="ignore"):
            value = evaluate(record.definition.expression, record.frame, np.float32)
        assert value.dtype == np.float32, record.quantity


def test_a_network_of_fractions_is_computed_exactly() -> None:
    inputs, targets = np.array([[0.5, 0.25]]), np.array([[1.0]])
    setup = Setup(
        inputs,
        targets,
        (Layer(2, "identity"), Layer(1, "identity")),
        (np.array([[0.5, 2], [4, 1]]), np.array([[0.5], [0.25]])),
        (np.array([[1.0, 0]]), np.array([[0.0]])),
        bias="separate",
        settings={"learning_rate": 0.5},
    )
    stepper = Stepper(setup)
    exact: dict[str, Any] = {
        name: np.vectorize(Fraction, otypes=[object])(stepper[name]) for name in stepper.present
    }
    for step in stepper.program.steps:
        exact[step.quantity.name] = evaluate(step.expression, exact, Fraction)
        entries = np.ravel(exact[step.quantity.name])
        assert all(isinstance(entry, Fraction | int) for entry in entries), step.quantity.name
    stepper.iterate()
    assert stepper["C"] == exact["C"].item() == Fraction(49, 256)
    assert np.array_equal(stepper["W1_new"], exact["W1_new"].astype(float))
