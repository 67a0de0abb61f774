"""Numbers as people paste them."""

import pytest

from chainstep.core.quantities import InputError
from chainstep.core.text.typed import Names
from chainstep.scenarios import load
from chainstep.scenarios.pasted_numbers import pasted, rows_of

NUMPY = "[[ 0.02956687  0.02199233]\n [-0.00075429  0.03770345]]"
WAYS = {
    "numpy printed": NUMPY,
    "numpy repr": "array([[ 0.02956687,  0.02199233],\n       [-0.00075429,  0.03770345]])",
    "numpy repr with a type": (
        "np.array([[0.02956687, 0.02199233], [-0.00075429, 0.03770345]], dtype=float32)"
    ),
    "torch": "tensor([[ 0.02956687,  0.02199233],\n        [-0.00075429,  0.03770345]])",
    "MATLAB": "[0.02956687 0.02199233; -0.00075429 0.03770345]",
    "MATLAB with commas": "[0.02956687, 0.02199233; ...\n -0.00075429, 0.03770345];",
    "CSV": "0.02956687,0.02199233\n-0.00075429,0.03770345\n",
    "CSV with blanks": "0.02956687, 0.02199233\r\n-0.00075429, 0.03770345",
    "columns": "  0.02956687   0.02199233\n -0.00075429   0.03770345\n\n",
    "a table of a page": "| 0.02956687 | 0.02199233 |\n| -0.00075429 | 0.03770345 |",
    "a true minus": "0.02956687 0.02199233\n−0.00075429 0.03770345",
    "Python lists": "[[0.02956687, 0.02199233], [-0.00075429, 0.03770345]]",
}
ROWS = [["0.02956687", "0.02199233"], ["-0.00075429", "0.03770345"]]


@pytest.mark.parametrize("text", WAYS.values(), ids=WAYS)
def test_a_table_is_read_however_it_is_pasted(text: str) -> None:
    assert rows_of(text) == ROWS


@pytest.fixture
def names() -> Names:
    return Names(load("same-weights").program)


def test_tables_with_names_stand_below_each_other(names: Names) -> None:
    text = f"{NUMPY}\na3 = [1 2; 3 4]\nC: 1.9"
    found = pasted(text, "delta3", 2, names)
    assert [(one.quantity, one.texts.shape) for one in found] == [
        ("delta3", (2, 2)),
        ("a3", (2, 2)),
        ("C", ()),
    ]
    assert {one.iteration for one in found} == {2}


def test_a_number_that_is_not_given_is_left_out(names: Names) -> None:
    (found,) = pasted("1 ?\n_ 4", "delta3", 1, names)
    assert found.texts.tolist() == [["1", ""], ["", "4"]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 2 x", "'x' is no number; ? stands for one that is not given"),
        ("1 2\n3", "delta3: the rows have 1 and 2 numbers; ? stands for one not given"),
        ("", "there are no numbers in this yet"),
        ("C = 1 2", "C is one number, and here are 2"),
        ("9" * 50, "'9999999999999999999999999999999999999999' is no number"),
    ],
    ids=["no number", "uneven rows", "nothing", "one number", "too long"],
)
def test_what_cannot_be_read_is_said(text: str, said: str, names: Names) -> None:
    with pytest.raises(InputError) as error:
        pasted(text, "delta3", 1, names)
    assert str(error.value).startswith(said)
