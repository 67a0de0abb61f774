"""Tables come out as the page prints them, and say what they leave out."""

import re
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import ArrayLike, NDArray

from chainstep.core.quantities import OBSERVATION, bias_and_units, units
from chainstep.core.text import excerpts
from chainstep.core.text.numbers import EXACT, number_texts
from chainstep.core.text.tables import Labels, Style, elementwise_table, list_table, product_table

Factors = tuple[list[list[str]], list[list[str]], list[list[str]]]
Array = NDArray[np.float64]

# What the page prints, number by number.
INPUTS = [["1", "0.8", "0.4"], ["1", "0.3", "0.3"]]
ONES = [["1", "1", "1"]] * 3
SUMS = [["2.2", "2.2", "2.2"], ["1.6", "1.6", "1.6"]]
ACTIVATIONS = [["1", "1"], *[["0.9758906", "0.9705753"]] * 3]
DELTA = [["0.02956687", "0.02199233"], ["-0.0007543", "0.03770352"]]
GRADIENT = [["0.0288126", "0.0596958"], *[["0.028122", "0.0580562"]] * 3]

FIRST_OPEN = """\
                |   1 |   1 |   1 |
                |   1 |   1 |   1 |
                |   1 |   1 |   1 |
| 1   0.8   0.4 | 2.2 | 2.2 | 2.2 |
| 1   0.3   0.3 | 1.6 | 1.6 | 1.6 |"""

FIRST_BOXED = """\
                +-----+-----+-----+
                |   1 |   1 |   1 |
                |   1 |   1 |   1 |
                |   1 |   1 |   1 |
+---+-----+-----+-----+-----+-----+
| 1   0.8   0.4 | 2.2 | 2.2 | 2.2 |
| 1   0.3   0.3 | 1.6 | 1.6 | 1.6 |
+---+-----+-----+-----+-----+-----+"""

SECOND_OPEN = """\
                        |  0.02956687 |  0.02199233 |
                        |  -0.0007543 |  0.03770352 |
|         1           1 |   0.0288126 |   0.0596958 |
| 0.9758906   0.9705753 |    0.028122 |   0.0580562 |
| 0.9758906   0.9705753 |    0.028122 |   0.0580562 |
| 0.9758906   0.9705753 |    0.028122 |   0.0580562 |"""

SECOND_BOXED = """\
                        +-------------+-------------+
                        |  0.02956687 |  0.02199233 |
                        |  -0.0007543 |  0.03770352 |
+-----------+-----------+-------------+-------------+
|         1           1 |   0.0288126 |   0.0596958 |
| 0.9758906   0.9705753 |    0.028122 |   0.0580562 |
| 0.9758906   0.9705753 |    0.028122 |   0.0580562 |
| 0.9758906   0.9705753 |    0.028122 |   0.0580562 |
+-----------+-----------+-------------+-------------+"""

# The page once more, its white space folded.
FIRST_FOLDED = (
    "+-----+-----+-----+ | 1 | 1 | 1 | | 1 | 1 | 1 | | 1 | 1 | 1 | "
    "+---+-----+-----+-----+-----+-----+ | 1 0.8 0.4 | 2.2 | 2.2 | 2.2 | "
    "| 1 0.3 0.3 | 1.6 | 1.6 | 1.6 | +---+-----+-----+-----+-----+-----+"
)
SECOND_FOLDED = (
    "+-------------+-------------+ | 0.02956687 | 0.02199233 | | -0.0007543 | 0.03770352 | "
    "+-----------+-----------+-------------+-------------+ | 1 1 | 0.0288126 | 0.0596958 | "
    "| 0.9758906 0.9705753 | 0.028122 | 0.0580562 | | 0.9758906 0.9705753 | 0.028122 | 0.0580562 | "
    "| 0.9758906 0.9705753 | 0.028122 | 0.0580562 | "
    "+-----------+-----------+-------------+-------------+"
)

ERRORS = np.array([[1.5613815, 1.1613815], [-0.0392271, 1.9607729]])
SLOPES = np.array([[0.0189364, 0.0189364], [0.0192289, 0.0192289]])
NO_LABELS = Labels()
NAMED = Labels(OBSERVATION.label, units(3).label)

MATRICES = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    elements=st.floats(-1e9, 1e9, allow_nan=False),
)


def text(lines: list[str]) -> str:
    return "\n".join(lines)


def drawn(picture: str) -> str:
    return dedent(picture).strip("\n")


@pytest.mark.parametrize(
    ("factors", "style", "table"),
    [
        pytest.param((INPUTS, ONES, SUMS), "open", FIRST_OPEN, id="first, open"),
        pytest.param((INPUTS, ONES, SUMS), "boxed", FIRST_BOXED, id="first, boxed"),
        pytest.param((ACTIVATIONS, DELTA, GRADIENT), "open", SECOND_OPEN, id="second, open"),
        pytest.param((ACTIVATIONS, DELTA, GRADIENT), "boxed", SECOND_BOXED, id="second, boxed"),
    ],
)
def test_the_numbers_of_the_page_make_its_tables(
    factors: Factors, style: Style, table: str
) -> None:
    assert text(product_table(*factors, style=style)) == table


@pytest.mark.parametrize(
    ("factors", "folded"),
    [
        pytest.param((INPUTS, ONES, SUMS), FIRST_FOLDED, id="first"),
        pytest.param((ACTIVATIONS, DELTA, GRADIENT), SECOND_FOLDED, id="second"),
    ],
)
def test_boxed_tables_are_the_page_when_both_are_folded(factors: Factors, folded: str) -> None:
    assert " ".join(text(product_table(*factors)).split()) == folded


@pytest.mark.parametrize("arithmetic", [np.float32, np.float64])
def test_the_first_table_comes_out_of_computed_numbers(arithmetic: type[np.floating]) -> None:
    left = np.array([[1, 0.8, 0.4], [1, 0.3, 0.3]], arithmetic)
    right = np.ones((3, 3), arithmetic)
    assert text(product_table(left, right, left @ right, digits=7)) == FIRST_BOXED


def test_a_list_pads_short_numbers_as_the_page_does() -> None:
    assert list_table([[0.2, 0.4], [1.0, 0.0]]) == ["[[0.2, 0.4],", " [1  , 0  ]]"]


@pytest.mark.parametrize(
    ("matrix", "lines"),
    [
        pytest.param(
            [["0.9002495"] * 3, ["0.8320184"] * 3],
            [
                "[[0.9002495, 0.9002495, 0.9002495],",
                " [0.8320184, 0.8320184, 0.8320184]]",
            ],
            id="the page's numbers",
        ),
        pytest.param([[0.5, -1], [0.25, 10]], ["[[ 0.5 , -1 ],", " [ 0.25,  10]]"], id="signs"),
        pytest.param([[2]], ["[[2]]"], id="one by one"),
        pytest.param([1, 2.5], ["[1, 2.5]"], id="vector"),
        pytest.param(0.25, ["0.25"], id="number"),
        pytest.param(
            np.arange(4).reshape(2, 1, 2),
            [
                "observation 0:",
                "[[0, 1]]",
                "observation 1:",
                "[[2, 3]]",
            ],
            id="three axes",
        ),
        pytest.param([[np.nan, -np.inf]], ["[[ nan, -inf]]"], id="not finite"),
    ],
)
def test_a_list_reads(matrix: ArrayLike, lines: list[str]) -> None:
    assert list_table(matrix) == lines


def test_names_stand_around_a_product() -> None:
    labels = Labels(bias_and_units(2).label, units(3).label, OBSERVATION.label)
    assert text(product_table(ACTIVATIONS, DELTA, GRADIENT, labels=labels)) == drawn("""
             obs 0       obs 1        unit 0        unit 1
                               +-------------+-------------+
                         obs 0 |  0.02956687 |  0.02199233 |
                         obs 1 |  -0.0007543 |  0.03770352 |
       +-----------+-----------+-------------+-------------+
  bias |         1           1 |   0.0288126 |   0.0596958 |
unit 0 | 0.9758906   0.9705753 |    0.028122 |   0.0580562 |
unit 1 | 0.9758906   0.9705753 |    0.028122 |   0.0580562 |
unit 2 | 0.9758906   0.9705753 |    0.028122 |   0.0580562 |
       +-----------+-----------+-------------+-------------+
""")


def test_names_of_terms_have_room_beside_a_narrow_factor() -> None:
    labels = Labels(terms=OBSERVATION.label)
    assert text(product_table([[1]], [[2]], [[2]], labels=labels)) == drawn("""
      obs 0
            +---+
      obs 0 | 2 |
    +-------+---+
    |     1 | 2 |
    +-------+---+
    """)


def test_a_product_as_lists_stands_in_one_line() -> None:
    assert text(product_table([[1, 2]], [[3], [4]], [[11]], style="list")) == drawn("""
               [[3],
    [[1, 2]] ·  [4]] = [[11]]
    """)


def test_a_row_times_its_jacobian_is_a_table_per_observation() -> None:
    rows, jacobians = np.array([[1, 2], [3, 4]]), np.array([np.eye(2), 2 * np.eye(2)])
    lines = product_table(rows, jacobians, np.array([[1, 2], [6, 8]]), labels=NAMED)
    assert text(lines) == drawn("""
    observation 0:
              unit 0   unit 1
            +--------+--------+
            |      1 |      0 |
            |      0 |      1 |
    +---+---+--------+--------+
    | 1   2 |      1 |      2 |
    +---+---+--------+--------+
    observation 1:
              unit 0   unit 1
            +--------+--------+
            |      2 |      0 |
            |      0 |      2 |
    +---+---+--------+--------+
    | 3   4 |      6 |      8 |
    +---+---+--------+--------+
    """)


def side_by_side(width: int, labels: Labels = NO_LABELS, names: tuple[str, ...] = ()) -> str:
    terms = [ERRORS, "⊙", SLOPES, "=", ERRORS * SLOPES]
    return text(elementwise_table(terms, width=width, labels=labels, names=names))


def test_operands_stand_in_one_line_with_the_operator_between() -> None:
    names = ("dC/da3", "da3/dz3", "delta3")
    assert side_by_side(80, labels=NAMED, names=names) == drawn("""
           dC/da3                    da3/dz3                   delta3
          unit 0    unit 1        unit 0    unit 1         unit 0     unit 1
obs 0[  1.561381  1.161382]   [0.0189364 0.0189364]   [ 0.0295669  0.0219924]
obs 1[-0.0392271  1.960773] ⊙ [0.0192289 0.0192289] = [-0.0007543  0.0377035]
""")


def test_blanks_go_before_anything_else_does() -> None:
    assert side_by_side(68) == drawn("""
    [  1.561381  1.161382] [0.0189364 0.0189364] [ 0.0295669  0.0219924]
    [-0.0392271  1.960773]⊙[0.0192289 0.0192289]=[-0.0007543  0.0377035]
    """)


def test_operands_stand_one_below_the_other_where_the_line_is_too_narrow() -> None:
    assert side_by_side(67, labels=NAMED) == drawn("""
            unit 0    unit 1
  obs 0[  1.561381  1.161382]
  obs 1[-0.0392271  1.960773]
           unit 0    unit 1
  obs 0[0.0189364 0.0189364]
⊙ obs 1[0.0192289 0.0192289]
            unit 0     unit 1
  obs 0[ 0.0295669  0.0219924]
= obs 1[-0.0007543  0.0377035]
""")


@pytest.mark.parametrize(
    ("terms", "table"),
    [
        pytest.param(
            ["σ", [[2.2], [1.6]], "=", [[0.9], [0.8]]],
            """
          [2.2]   [0.9]
        σ [1.6] = [0.8]
        """,
            id="a function",
        ),
        pytest.param([0.5, "·", [[4, 2]], "=", [[2, 1]]], "0.5 · [4 2] = [2 1]", id="a number"),
        pytest.param(
            [[[1], [2], [3]], "+", [[5]], "=", [[6], [7], [8]]],
            """
        [1]         [6]
        [2] + [5] = [7]
        [3]         [8]
        """,
            id="a row for all rows",
        ),
    ],
)
def test_what_stands_between_is_free(terms: list[str | ArrayLike], table: str) -> None:
    assert text(elementwise_table(terms)) == drawn(table)


def test_a_jacobian_stands_beside_the_row_it_belongs_to() -> None:
    jacobians = np.array([np.eye(2), np.eye(2)])
    assert text(elementwise_table([[[1, 2], [3, 4]], "→", jacobians])) == drawn("""
    observation 0:
            [1 0]
    [1 2] → [0 1]
    observation 1:
            [1 0]
    [3 4] → [0 1]
    """)


def test_a_wide_list_says_which_columns_it_leaves_out() -> None:
    assert text(list_table(np.arange(20).reshape(2, 10), width=30)) == drawn("""
    [[0 , 1 , 2 , ..., 8 , 9 ],
     [10, 11, 12, ..., 18, 19]]
    … 5 of 10 columns left out: 3
    to 7 …
    """)


def test_a_list_that_just_fits_is_not_shortened() -> None:
    whole = list_table(np.ones((2, 10)))
    assert list_table(np.ones((2, 10)), width=len(whole[0])) == whole
    assert list_table(np.ones((2, 10)), width=len(whole[0]) - 1) != whole


def test_a_large_product_says_what_it_leaves_out_of_each_factor() -> None:
    left, right = np.ones((100, 30)), np.ones((30, 20))
    lines = product_table(left, right, left @ right, width=40, max_rows=5)
    assert text(lines) == drawn("""
                      +-----+-----+-----+
                      |   1 | ... |   1 |
                      |   1 | ... |   1 |
                      | ... | ... | ... |
                      |   1 | ... |   1 |
                      |   1 | ... |   1 |
    +-----+-----+-----+-----+-----+-----+
    |   1   ...     1 |  30 | ... |  30 |
    |   1   ...     1 |  30 | ... |  30 |
    | ...   ...   ... | ... | ... | ... |
    |   1   ...     1 |  30 | ... |  30 |
    |   1   ...     1 |  30 | ... |  30 |
    +-----+-----+-----+-----+-----+-----+
    … 96 of 100 rows left out: 2 to 97 …
    … 18 of 20 columns left out: 1 to 18 …
    … 28 of 30 columns of the left factor
    left out: 1 to 28 …
    … 26 of 30 rows of the right factor left
    out: 2 to 27 …
    """)


def test_matrices_one_below_the_other_leave_out_the_same_columns() -> None:
    narrow, wide = np.ones((1, 30)), np.full((1, 30), 0.123)
    assert text(elementwise_table([narrow, "⊙", wide, "=", wide], width=40)) == drawn("""
      [1 1 1 ... 1 1]
    ⊙ [0.123 0.123 0.123 ... 0.123 0.123]
    = [0.123 0.123 0.123 ... 0.123 0.123]
    … 25 of 30 columns left out: 3 to 27 …
    """)


def test_many_jacobians_say_which_they_leave_out() -> None:
    lines = list_table(np.ones((50, 2, 2)), max_rows=6)
    assert lines[3] == "… 48 of 50 observations left out: 1 to 48 …"
    assert lines[4] == "observation 49:"


def test_without_a_width_nothing_is_left_out() -> None:
    matrix = np.arange(300.0 * 200).reshape(300, 200)
    tables = [
        product_table(matrix, matrix.T, matrix @ matrix.T),
        elementwise_table([matrix, "+", matrix]),
        list_table(matrix),
    ]
    assert not any("..." in line or "left out" in line for lines in tables for line in lines)


def _numbers_written(rows: int, inner: int, columns: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many numbers are turned into text for the table of a product of that size."""
    generator = np.random.default_rng(1)
    left, right = generator.normal(size=(rows, inner)), generator.normal(size=(inner, columns))
    written = 0

    def counting(values: ArrayLike, *args: Any, **options: Any) -> list[str]:
        nonlocal written
        written += np.size(values)
        return number_texts(values, *args, **options)

    with monkeypatch.context() as patched:
        patched.setattr(excerpts, "number_texts", counting)
        product_table(left, right, left @ right, width=80)
    return written


def test_what_is_left_out_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, inner, columns = 1000, 784, 128
    every = rows * inner + inner * columns + rows * columns
    assert 0 < _numbers_written(rows, inner, columns, monkeypatch) < every / 50


@given(MATRICES, st.integers(60, 120))
def test_no_line_is_longer_than_the_width(matrix: Array, width: int) -> None:
    for lines in (
        product_table(matrix, matrix.T, matrix @ matrix.T, digits=4, width=width),
        elementwise_table([matrix, "+", matrix], digits=4, width=width),
        list_table(matrix, digits=4, width=width),
    ):
        assert max(map(len, lines)) <= width


@given(MATRICES)
def test_the_lines_of_a_boxed_product_end_together(matrix: Array) -> None:
    lines = product_table(matrix, matrix.T, matrix @ matrix.T)
    assert len({len(line) for line in lines}) == 1


@given(MATRICES)
def test_exact_tables_read_back_to_the_same_bits(matrix: Array) -> None:
    numbers = re.findall(r"[-+.e\d]+", text(list_table(matrix, digits=EXACT)))
    assert np.array(numbers, np.float64).tobytes() == matrix.tobytes()
    body = product_table(np.ones((len(matrix), 1)), matrix[:1], matrix, style="open", digits=EXACT)
    corner = [line.split("|")[2:-1] for line in body[1:]]
    assert np.array(corner, np.float64).tobytes() == matrix.tobytes()
