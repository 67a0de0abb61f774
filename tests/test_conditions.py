"""How a condition that a run can stop at is read, and when it holds."""

import numpy as np
import pytest

from chainstep.core import InputError, Stepper
from chainstep.core.runs.conditions import parse_condition
from chainstep.core.setup import Array
from chainstep.core.text.typed import Names
from tests.networks import random_setup

PROGRAM = Stepper(
    random_setup(1, [2, 3, 2], ["tanh", "softmax"], 4, "row", "cross-entropy")
).program
NAMES = Names(PROGRAM)


@pytest.mark.parametrize(
    ("text", "quantity", "position", "absolute", "sign", "bound"),
    [
        ("C < 0.01", "C", (), False, "<", 0.01),
        ("C<1e-3", "C", (), False, "<", 1e-3),
        ("  C >= 2 ", "C", (), False, ">=", 2.0),
        ("C ≤ 0.5", "C", (), False, "<=", 0.5),
        ("|dC/dW1| < 1e-6", "dC/dW1", (), True, "<", 1e-6),
        ("|W1[0,2]| > 3", "W1", (0, 2), True, ">", 3.0),
        ("a2[0,1] >= 0.9", "a2", (0, 1), False, ">=", 0.9),
        ("W1.0.2 < -1", "W1", (0, 2), False, "<", -1.0),
        ("b1.1 < 0", "W1", (0, 1), False, "<", 0.0),
        ("dC/db2[1] < −1", "dC/dW2", (0, 1), False, "<", -1.0),
        ("iteration = 500", "iteration", (), False, "=", 500.0),
        ("iteration == 500", "iteration", (), False, "=", 500.0),
        ("iteration >= 500", "iteration", (), False, ">=", 500.0),
    ],
)
def test_a_condition_is_read(
    text: str, quantity: str, position: tuple[int, ...], absolute: bool, sign: str, bound: float
) -> None:
    found = parse_condition(text, NAMES)
    assert (found.entry.quantity, found.entry.position) == (quantity, position)
    assert (found.absolute, found.sign, found.bound) == (absolute, sign, bound)
    assert str(found) == text.strip()


WRONG = {
    "C": "'C' is no condition: write C < 0.01, |dC/dW1| < 1e-6, a3[0,1] >= 0.9 or iteration = 500",
    "": "'' is no condition: write C < 0.01, |dC/dW1| < 1e-6, a3[0,1] >= 0.9 or iteration = 500",
    "|C < 1": "'|C < 1' is no condition: "
    "write C < 0.01, |dC/dW1| < 1e-6, a3[0,1] >= 0.9 or iteration = 500",
    "C < small": "'C < small': 'small' is no number; "
    "write C < 0.01, |dC/dW1| < 1e-6, a3[0,1] >= 0.9 or iteration = 500",
    "C < nan": "'C < nan': compare with a finite number",
    "delta9 < 1": "this network has no quantity 'delta9'; did you mean 'delta2'?",
    "W1 < 1": "W1 has 9 numbers: one of them is W1[0,0], the largest without its sign |W1|",
    "W1[0] < 1": "there is no W1[0]: W1 is 3×3 (the bias and the inputs × units of layer 1): "
    "rows 0–2, columns 0–2; the last is W1.2.2",
    "C[0] < 1": "C is one number: write C",
    "W1[3,0] < 1": "there is no W1[3,0]: W1 is 3×3 (the bias and the inputs × units of layer 1): "
    "rows 0–2, columns 0–2; the last is W1.2.2",
    f"W1.{'9' * 5000} < 1": f"'W1.{'9' * 36}…' is no condition: "
    "write C < 0.01, |dC/dW1| < 1e-6, a3[0,1] >= 0.9 or iteration = 500",
    "C = 0.5": "'C = 0.5': computed numbers hardly ever equal one that is typed; ask with < or >",
    "iteration = 0": "'iteration = 0': iterations count from 1; write iteration = 500",
    "iteration = 1.5": "'iteration = 1.5': iterations count from 1; write iteration = 500",
    "|da2/dz2| < 1": "da2/dz2 is laid out only to be shown; ask about another",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_condition_is_told_with_the_mend(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_condition(text, NAMES)
    assert str(caught.value) == WRONG[text]


@pytest.mark.parametrize(
    ("text", "values", "holds"),
    [
        ("C < 2", {"C": np.array(1.5)}, True),
        ("C < 2", {"C": np.array(2.0)}, False),
        ("C <= 2", {"C": np.array(2.0)}, True),
        ("C < 2", {"C": np.array(np.nan)}, False),
        ("C > 2", {"C": np.array(np.nan)}, False),
        ("|W1| < 1", {"W1": np.full((3, 3), -0.5)}, True),
        ("|W1| < 1", {"W1": np.full((3, 3), -1.5)}, False),
        ("|W1[0,1]| > 1", {"W1": np.full((3, 3), -1.5)}, True),
        ("iteration = 7", {}, True),
        ("iteration > 7", {}, False),
    ],
)
def test_a_condition_holds_or_does_not(text: str, values: dict[str, Array], holds: bool) -> None:
    assert parse_condition(text, NAMES).test(values)(7) is holds


def test_a_condition_is_asked_of_a_moment() -> None:
    stepper = Stepper(PROGRAM.setup)
    condition = parse_condition("C < 1000", NAMES)
    stepper.goto(3, after="C")
    assert condition.holds(stepper)
    assert condition.value(stepper) == float(stepper["C"])
    assert condition.last(stepper).startswith("C is ")
    assert condition.step(PROGRAM) == PROGRAM.numbers["C"]
    stepper.goto(3)
    with pytest.raises(KeyError, match="C is not computed at 3:0"):
        condition.value(stepper)
