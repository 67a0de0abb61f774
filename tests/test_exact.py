"""Exact arithmetic: residues are those of whole numbers, and functions keep their symmetries."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from chainstep.core.why.exact import PRIME, constants, drawn, exact, is_constant, negated_where

SEEDS = np.arange(1, 13).reshape(3, 4)
A = drawn(SEEDS, np.linspace(-1, 1, 12).reshape(3, 4))
B = drawn(SEEDS + 50, np.linspace(2, 3, 12).reshape(3, 4))
WORDS = ("one", "two")
ZERO, ONE, TWO = exact(0.0), exact(1.0), exact(2.0)


def same(one: Any, other: Any) -> bool:
    """Whether two arrays of exact numbers are the same, whatever was drawn."""
    return all(np.array_equal(one[part], np.broadcast_to(other[part], one.shape)) for part in WORDS)


def whole(numbers: Any, part: str) -> Any:
    """The residues as whole numbers of Python, which run over nowhere."""
    return np.asarray(numbers[part]).astype(object)


@pytest.mark.parametrize(
    ("function", "of_whole"),
    [
        (np.add, lambda a, b: a + b),
        (np.subtract, lambda a, b: a - b),
        (np.multiply, lambda a, b: a * b),
        (np.divide, lambda a, b: a * np.vectorize(lambda x: pow(x, -1, PRIME), otypes="O")(b)),
        (lambda a, b: a @ b.T, lambda a, b: a @ b.T),
        (lambda a, _: np.negative(a), lambda a, _: -a),
        (lambda a, _: np.square(a), lambda a, _: a * a),
        (lambda a, _: np.add.reduce(a, axis=0), lambda a, _: a.sum(axis=0, keepdims=True)),
        (lambda a, _: np.add.reduce(a, axis=1), lambda a, _: a.sum(axis=1, keepdims=True)),
    ],
    ids=["+", "-", "*", "/", "@", "negative", "square", "sum of rows", "sum of columns"],
)
def test_arithmetic_is_that_of_whole_numbers(function: Any, of_whole: Any) -> None:
    found = function(A, B)
    for part in WORDS:
        expected = of_whole(whole(A, part), whole(B, part)) % PRIME
        assert whole(found, part).tolist() == expected.tolist()


def test_a_product_of_the_largest_residues_is_exact() -> None:
    most = negated_where(constants(np.ones((2, 3))), np.ones((2, 3), dtype=bool))
    assert same(most @ most.T, exact(3.0))
    assert same(most * most, ONE)


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, 0.5, 0.1, -3.75, 1e300, 5e-324])
def test_a_constant_is_its_fraction(value: float) -> None:
    ratio = Fraction(value)
    number = exact(value)
    assert int(number["one"]) * ratio.denominator % PRIME == ratio.numerator % PRIME
    assert is_constant(number)
    assert float(number["real"]) == value


def test_what_is_no_number_is_like_itself_alone() -> None:
    strange = [exact(value) for value in (np.nan, np.inf, -np.inf)]
    assert len({int(one["one"]) for one in strange}) == 3
    assert same(strange[0], exact(np.nan))


def test_what_is_drawn_hangs_on_its_seed_alone_and_is_the_same_everywhere() -> None:
    assert same(drawn(SEEDS, np.zeros((3, 4))), A)
    assert len(set(A["one"].ravel().tolist()) | set(A["two"].ravel().tolist())) == 24
    assert not is_constant(A).any()
    assert A["one"][0].tolist() == [2127603413, 960686582, 1059597589, 17941679]
    assert A["two"][0].tolist() == [665779914, 454211603, 178817159, 761048775]


#: What is equal by algebra, of any numbers A and B.
LAWS = {
    "exp of the negative": (np.exp(A) * np.exp(-A), ONE),
    "exp of 0": (np.exp(A * ZERO), ONE),
    "tanh is odd": (np.tanh(-A), -np.tanh(A)),
    "tanh of 0": (np.tanh(A * ZERO), ZERO),
    "log of the inverse": (np.log(ONE / A), -np.log(A)),
    "log of 1": (np.log(A / A), ZERO),
    "a size is even": (np.absolute(-A), np.absolute(A)),
    "the size of 0": (np.absolute(A * ZERO), ZERO),
    "the larger of two": (np.maximum(A, B), np.maximum(B, A)),
    "the larger of one": (np.maximum(A, A), A),
    "the larger and the smaller": (np.maximum(A, B) + np.minimum(A, B), A + B),
    "how far two are apart": (np.maximum(A, B) - np.minimum(A, B), np.absolute(A - B)),
    "logaddexp of two": (np.logaddexp(A, B), np.logaddexp(B, A)),
    "logaddexp moves along": (np.logaddexp(A + ONE, B + ONE), np.logaddexp(A, B) + ONE),
    "one side or the other": (np.heaviside(A, ZERO) + np.heaviside(-A, ZERO), ONE),
    "at 0 as it is said": (np.heaviside(A * ZERO, B), B),
    "equal": (np.equal(A, A), ONE),
    "not equal": (np.equal(A, B), ZERO),
    "as it is": (np.positive(A), A),
    "any function of the same": (np.arctan(A), np.arctan(A + B - B)),
    "the largest in any order": (
        np.maximum.reduce(A, axis=1, keepdims=True),
        np.maximum.reduce(A[:, ::-1], axis=1, keepdims=True),
    ),
    "turned": ((A + B).T, A.T + B.T),
    "over 0": (A / (A - A), ZERO),
}


@pytest.mark.parametrize("law", LAWS)
def test_what_is_equal_by_algebra_comes_out_equal(law: str) -> None:
    one, other = LAWS[law]
    assert same(one, other)


def test_what_is_not_equal_by_algebra_comes_out_different() -> None:
    different = [
        *(A, B, A / TWO, A + B, (A + B) / TWO, A * B, A @ B.T, -A, ONE / A, A - B, B - A),
        *(np.exp(A), np.tanh(A), np.log(A), np.absolute(A), np.arctan(A), np.sinh(A)),
        *(np.maximum(A, B), np.minimum(A, B), np.logaddexp(A, B), np.heaviside(A, ZERO)),
        *(np.power(A, B), np.power(B, A), np.arctan2(A, B), np.arctan2(B, A)),
        *(np.maximum.reduce(A, axis=1), np.minimum.reduce(A, axis=0), np.add.reduce(A, axis=1)),
    ]
    every = [number for each in different for number in each["one"].ravel().tolist()]
    assert len(set(every)) == len(every)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (np.maximum, [3.0, 2.0, 5.0, 2.0]),
        (np.minimum, [2.0, -1.0, 2.0, 2.0]),
        (np.heaviside, [1.0, 0.0, 1.0, 1.0]),
    ],
)
def test_constants_are_decided_by_their_sides(function: Any, expected: list[float]) -> None:
    found = function(constants(np.array([3.0, -1.0, 5.0, 2.0])), TWO)
    assert same(found, constants(np.array(expected)))
    assert found["real"].tolist() == expected


def test_real_numbers_go_along() -> None:
    for function in (np.exp, np.tanh, np.square, np.negative):
        assert np.array_equal(function(B)["real"], function(B["real"]))
    assert np.array_equal((B @ A.T)["real"], B["real"] @ A["real"].T)
    assert np.array_equal(np.add.reduce(A, axis=0)["real"][0], A["real"].sum(axis=0))


def test_only_the_signs_that_are_to_be_turn() -> None:
    turned = negated_where(A, SEEDS > 6)
    assert same(turned[:1], A[:1])
    assert same(turned[2:], -A[2:])
    assert np.array_equal(turned["real"], A["real"])
