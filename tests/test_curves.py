"""One number over a whole run, in bounded memory."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainstep.core import Entry, Stepper
from chainstep.core.runs.curve_pictures import plot
from chainstep.core.runs.curves import Curve
from tests.networks import random_setup

VALUES = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=300)


def drawn(values: list[float], most: int) -> Curve:
    curve = Curve(Entry("C", ()), most)
    for iteration, value in enumerate(values, start=1):
        curve.see(iteration, value)
    return curve


@given(VALUES, st.integers(2, 40))
def test_a_curve_has_no_more_points_than_it_may(values: list[float], most: int) -> None:
    assert len(drawn(values, most)) <= most


@given(VALUES, st.integers(2, 40))
def test_every_extreme_is_kept(values: list[float], most: int) -> None:
    spans = list(drawn(values, most))
    for span in spans:
        inside = values[span.first - 1 : span.last]
        assert (span.low, span.high) == (min(inside), max(inside))
    assert [spans[0].first, spans[-1].last] == [1, len(values)]


@given(VALUES, st.integers(2, 40), st.randoms(use_true_random=False))
def test_the_order_in_which_values_are_seen_does_not_matter(
    values: list[float], most: int, random: object
) -> None:
    seen = list(enumerate(values, start=1)) * 2
    random.shuffle(seen)  # type: ignore[attr-defined]
    curve = Curve(Entry("C", ()), most)
    for iteration, value in seen:
        curve.see(iteration, value)
    assert list(curve) == list(drawn(values, most))


def test_a_gap_is_a_gap() -> None:
    curve = Curve(Entry("C", ()), 8)
    curve.see(1, 3.0)
    curve.see(5, 2.0)
    assert [span.first for span in curve] == [1, 5]
    assert curve.span(3) is None
    assert curve.span(100) is None


@pytest.mark.parametrize("strange", [inf, -inf, nan])
def test_what_is_not_finite_is_told_and_not_drawn(strange: float) -> None:
    curve = drawn([1.0, strange, strange, 2.0], 10)
    assert curve.not_finite_from == 2
    assert [span.high for span in curve] == [1.0, 2.0]


def test_a_curve_sees_the_moments_that_have_its_entry() -> None:
    stepper = Stepper(random_setup(1, [2, 3, 1], ["tanh", "sigmoid"], 3, "row", "squared-error"))
    curve = Curve(Entry("W1", (0, 1)))
    curve.see_moment(stepper)
    stepper.goto(4)
    curve.see_moment(stepper)
    assert [span.first for span in curve] == [1, 4]
    cost = Curve(Entry("C", ()))
    cost.see_moment(stepper)
    assert list(cost) == []


# ── as text ──

TWO_CURVES = """\
C
8 │++bbbbbbbbbbbbbbbbbbbbbbbb
  │  a
  │  a
  │  a
  │  aaa
3 │     a
  │     aaa
1 │        aaaaaaaaaaaaaaaaaa
  └──────────────────────────
   1            5          10""".splitlines()


def test_curves_are_drawn_under_their_letters() -> None:
    one = drawn([8.0, 4.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], 10)
    other = drawn([8.0] * 10, 10)
    lines = plot({"a": one, "b": other}, "C", width=30, height=8)
    assert lines == TWO_CURVES


def test_values_far_apart_are_drawn_by_powers_of_ten() -> None:
    lines = plot({"a": drawn([1000.0, 1.0, 0.001], 10)}, "C", height=7)
    assert lines[0] == "C, by powers of ten"
    assert [lines[1][:5].strip(), lines[7][:5].strip()] == ["1000", "0.001"]


def test_nothing_to_draw_is_said() -> None:
    assert plot({"a": drawn([nan], 4)}, "C") == ["C: there is no finite value to plot"]
