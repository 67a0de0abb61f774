"""Sentences on steps that must not be said where they are not so."""

from collections.abc import Sequence

import numpy as np
import pytest

from chainstep.core import Layer, Setup, Stepper
from chainstep.core.text.notations import NOTATIONS
from chainstep.core.why.meaning import meaning, why_now
from chainstep.core.why.remarks import remarks
from chainstep.scenarios import load


def _said(
    quantity: str, weights: Sequence[Sequence[Sequence[float]]], targets: Sequence[Sequence[float]]
) -> list[str]:
    widths = [np.shape(matrix)[1] for matrix in weights]
    setup = Setup(
        inputs=np.array([[1.0, 2.0]]),
        targets=np.array(targets),
        layers=tuple(Layer(width, "identity") for width in widths),
        weights=tuple(map(np.array, weights)),
        settings={"learning_rate": 0.1},
        loss="half-squared-error",
    )
    stepper = Stepper(setup)
    record = next(one for one in stepper.walk(1) if one.quantity == quantity)
    return list(remarks(record))


def test_every_unit_without_a_share_gets_its_own_reason() -> None:
    weights = [[[1, 1, 1], [1, 1, 1]], [[0, 0], [1, -1], [1, 0]]]
    said = _said("dC/da1", weights, [[5.0, -3.0]])
    first = [sentence for sentence in said if sentence.startswith("unit 0")]
    assert first == ["unit 0: 0, because its weights to layer 2 are 0."]
    assert "unit 1" not in first[0]


@pytest.mark.parametrize(
    ("targets", "reason"),
    [
        ([[1.0, 0.0]], "delta2 is 0 wherever such a weight is not 0"),
        ([[1.0, 3.0]], "delta2 is 0"),
    ],
)
def test_shares_that_are_all_0_do_not_cancel(targets: list[list[float]], reason: str) -> None:
    weights = [[[1, 1], [0, 0]], [[1, 0], [0, 3]]]
    said = _said("dC/da1", weights, targets)
    assert f"unit 0: 0, because {reason}." in said or said[0].endswith(f"because {reason}.")


def test_one_output_is_not_called_another() -> None:
    said = _said("dC/dW2", [[[1, 1], [1, 1]], [[1], [1]]], [[1.0]])
    assert not any("it is another" in sentence for sentence in said)


def test_only_plain_gradient_descent_goes_down_the_slope() -> None:
    from chainstep.scenarios import load

    for rule, words in (
        ("gradient-descent", "since the cost rises along the gradient"),
        ("momentum", "W1 for the next iteration"),
    ):
        stepper = Stepper(load("two-neurons", {"rule": rule}))
        step = stepper.program.step("W1_new")
        assert words in meaning(step, stepper.program)


def _remarks_of(setup: Setup, quantity: str) -> list[str]:
    record = next(one for one in Stepper(setup).walk(1) if one.quantity == quantity)
    return list(remarks(record))


def test_a_dead_relu_is_named_at_delta() -> None:
    setup = Setup(
        inputs=np.array([[1.0, 2.0]]),
        targets=np.array([[1.0]]),
        layers=(Layer(2, "relu"), Layer(1, "identity")),
        weights=(np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([[1.0], [1.0]])),
        settings={"learning_rate": 0.1},
    )
    said = _remarks_of(setup, "delta1")
    assert "unit 1: delta1 is 0 in every observation, because the slope is." in said


def test_zero_and_minus_zero_are_equal_in_a_remark() -> None:
    setup = Setup(
        inputs=np.array([[0.0, 1.0]]),
        targets=np.array([[1.0]]),
        layers=(Layer(2, "identity"), Layer(1, "identity")),
        weights=(np.array([[1.0, -1.0], [0.0, -0.0]]), np.array([[1.0], [1.0]])),
        settings={"learning_rate": 0.1},
    )
    assert any(sentence.startswith("unit 0 = unit 1") for sentence in _remarks_of(setup, "z1"))


def test_nothing_is_read_from_numbers_that_are_not_finite() -> None:
    setup = Setup(
        inputs=np.array([[1e200]]),
        targets=np.array([[0.0]]),
        layers=(Layer(2, "identity"),),
        weights=(np.array([[1e200, 1e200]]),),
        settings={"learning_rate": 0.1},
    )
    assert _remarks_of(setup, "delta1") == ["Not finite, because dC/da1 is not."]


def test_a_step_says_why_it_is_done_now_in_the_names_of_the_page() -> None:
    from chainstep.core.text.notations import notation
    from chainstep.scenarios import load

    stepper = Stepper(load("two-neurons"))
    page = notation("w1-w6")
    for quantity, words in [
        ("z1", "the inputs are given"),
        ("dz2/da1", "layer 1 has no target of its own"),
        ("changeW1", "All gradients are known now"),
        ("delta2", "∂J/∂z₃ stands for all that comes after z₃"),
    ]:
        assert words in why_now(stepper.program.step(quantity), stepper.program, page)


def test_a_mistaken_step_says_what_is_right() -> None:
    from chainstep.scenarios import load

    program = load("two-neurons", {"mistake": ["gradient-transposed"]}).program
    said = meaning(program.step("dC/dW1"), program)
    assert said == "a mistake on purpose: right is dC/dW1 = dz1/dW1 · delta1"
    assert "mistake" not in meaning(program.step("delta1"), program)


def test_equal_lines_of_a_gradient_are_called_as_the_page_lays_them_out() -> None:
    stepper = Stepper(load("same-weights"))
    record = stepper.goto(1, after="dC/dW3")
    assert record is not None
    turned = " ".join(remarks(record, NOTATIONS["brackets"]))
    assert "Equal rows" in " ".join(remarks(record))
    assert "Equal columns" in turned
    assert "Equal rows" not in turned


def test_an_output_without_an_error_is_named_and_one_with_an_error_of_half_is_not() -> None:
    setup = Setup(
        inputs=np.array([[1.0, 0.0]]),
        targets=np.array([[2.0, 3.0]]),
        layers=(Layer(2, "identity"),),
        weights=(np.array([[2.0, 3.0], [1.0, 1.0]]),),
        settings={"learning_rate": 0.1},
    )
    assert _remarks_of(setup, "dC/da1") == ["Every number of dC/da1 is 0: no output has an error."]
    off = setup._replace(targets=np.array([[1.5, 2.5]]))
    assert not any("no output has an error" in said for said in _remarks_of(off, "dC/da1"))


def test_equal_outputs_without_targets_are_nothing_to_remark_on() -> None:
    stepper = Stepper(load("same-weights", {"loss": "output"}))
    assert [remarks(record) for record in stepper.iterate() if record.quantity == "delta3"]
