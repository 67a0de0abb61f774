"""Sentences on steps that must not be said where they are not so."""

from collections.abc import Sequence

import numpy as np
import pytest

from chainstep.core import Layer, Setup, Stepper
from chainstep.core.why.remarks import meaning, remarks


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
    assert first == ["unit 0: 0, because the weights that lead on are 0."]
    assert "unit 1" not in first[0]


@pytest.mark.parametrize(
    ("targets", "reason"),
    [
        ([[1.0, 0.0]], "delta2 is 0 wherever a weight leads on"),
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

    for rule, words in (("gradient-descent", "down the slope"), ("momentum", "less its change")):
        stepper = Stepper(load("two-neurons", {"rule": rule}))
        step = stepper.program.step("W1_new")
        assert words in meaning(step, stepper.setup)
