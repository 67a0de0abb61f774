"""The chain of one number and the comparison of two, on networks of every kind."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import isclose, isfinite

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chainstep.core import Entry, InputError, Layer, Setup, Stepper
from chainstep.core.quantities import parse_entry
from chainstep.core.records import Frame
from chainstep.core.why.chain import Unfolding, chain
from chainstep.core.why.comparison import compare, compared, evened
from chainstep.core.why.nudge import nudge
from chainstep.core.why.paths import largest, paths, sum_of_sizes
from chainstep.core.why.places import Place
from chainstep.core.why.question import why
from chainstep.scenarios import load
from tests.networks import random_setup, setups
from tests.recipes import plain_scenario

DOUBLE = setups(arithmetics=("float64",), deepest=6)


def frame_of(setup: Setup, iteration: int = 1) -> Frame:
    stepper = Stepper(setup)
    stepper.goto(iteration)
    return stepper.iterate()[-1].frame


def documents(name: str) -> Frame:
    return frame_of(load(name).setup)


def some_entry(frame: Frame, draw: st.DataObject, roles: tuple[str, ...]) -> Entry:
    known = [q for q in frame.layout.program.quantities.values() if q.role in roles and q.size]
    quantity = draw.draw(st.sampled_from(known), label="quantity")
    position = tuple(draw.draw(st.integers(0, size - 1)) for size in quantity.shape)
    return Entry(quantity.name, position)


GRADIENTS = ("dC/dW", "dC/db")


# ── one number ────────────────────────────────────────────────────────────────────────────


@given(DOUBLE, st.data())
@settings(max_examples=25)
def test_the_paths_of_a_weight_add_up_to_its_gradient(setup: Setup, data: st.DataObject) -> None:
    frame = frame_of(setup)
    entry = some_entry(frame, data, GRADIENTS)
    value = float(frame[entry.quantity][entry.position])
    place = Place(frame.layout.program.quantities[entry.quantity], entry.position)
    assume(isfinite(value) and Unfolding(frame).count(place) <= 1500)
    found = paths(frame, entry, most=1500)
    assert len(found.shown) == found.count
    total = sum(term.product for term in found.shown)
    sizes = sum(abs(term.product) for term in found.shown)
    assume(isfinite(sizes))
    assert abs(total - value) <= 1e-12 * sizes + 1e-300
    assert isclose(found.sizes, sizes, rel_tol=1e-9, abs_tol=1e-300)


@given(DOUBLE, st.data())
def test_the_terms_of_any_sum_add_up_to_it(setup: Setup, data: st.DataObject) -> None:
    frame = frame_of(setup)
    roles = (*GRADIENTS, "dC/da", "delta", "z", "C", "changeW", "W_new", "b_new")
    entry = some_entry(frame, data, roles)
    found = chain(frame, entry)
    assume(isfinite(found.sum_of_sizes))
    if found.terms:
        total = sum(term.product for term in found.terms)
        assert abs(total - found.value) <= 1e-12 * found.sum_of_sizes + 1e-300
    else:
        assert found.quantity.role in {"dC/da", "delta", "changeW"}


@given(setups(arithmetics=("float64",), deepest=4), st.data())
def test_the_largest_paths_come_first_and_none_twice(setup: Setup, data: st.DataObject) -> None:
    frame = frame_of(setup)
    entry = some_entry(frame, data, GRADIENTS)
    place = Place(frame.layout.program.quantities[entry.quantity], entry.position)
    found = paths(frame, entry, most=400).shown
    assume(all(isfinite(term.product) for term in found))
    products = [abs(term.product) for term in found]
    assert all(later <= earlier * (1 + 1e-9) for earlier, later in pairwise(products))
    assert len(set(found)) == len(found) == min(400, Unfolding(frame).count(place))


def test_many_paths_are_counted_without_walking_them() -> None:
    widths = (10,) * 7
    setup = random_setup(3, widths, ["tanh"] * 5 + ["softmax"], 4, "row", "cross-entropy")
    frame = frame_of(setup)
    found = paths(frame, Entry("dC/dW1", (1, 2)), most=7)
    assert found.count == 4 * 10**4 * 100
    assert len(found.shown) == 7
    total = sum(term.product for term in found.shown) + found.rest
    assert isclose(total, float(frame["dC/dW1"][1, 2]), rel_tol=1e-12)


def test_the_largest_paths_are_those_of_a_walk_through_all() -> None:
    setup = random_setup(5, (3, 4, 3, 4, 2), ["sigmoid"] * 4, 3, "separate", "squared-error")
    frame = frame_of(setup)
    unfolding = Unfolding(frame)
    place = Place(frame.layout.program.quantities["dC/dW1"], (2, 1))
    every = sorted((abs(term.product) for term in largest(unfolding, place)), reverse=True)
    first = [abs(term.product) for term in paths(frame, Entry("dC/dW1", (2, 1)), 10).shown]
    np.testing.assert_allclose(first, every[:10], rtol=1e-12)
    assert len(every) == 3 * 3 * 4 * 2


def test_a_weight_and_its_gradient_name_one_chain() -> None:
    frame = documents("two-neurons")
    one, other = (chain(frame, parse_entry(text)) for text in ("W1.0.0", "dC/dW1[0,0]"))
    assert one.entry == other.entry == Entry("dC/dW1", (0, 0))
    assert one.terms == other.terms


def test_the_chain_of_the_individual_neurons_page_has_its_five_factors() -> None:
    (term,) = chain(documents("two-neurons"), parse_entry("W1.0.0")).terms
    assert [(factor.quantity, factor.position) for factor in term.factors] == [
        ("dC/da2", (0, 0)),
        ("da2/dz2", (0, 0)),
        ("dz2/da1", (0, 0)),
        ("da1/dz1", (0, 0)),
        ("dz1/dW1", (0, 0)),
    ]


def test_the_collapsed_form_is_what_came_in_times_delta() -> None:
    found = chain(documents("two-layer-network"), parse_entry("W2.0.0"))
    assert [term.observation for term in found.terms] == [0, 1, 2, 3]
    assert {tuple(f.quantity for f in term.factors) for term in found.terms} == {
        ("delta2", "dz2/dW2")
    }
    assert found.paths == 4


def test_cross_terms_of_a_softmax_are_paths() -> None:
    found = paths(documents("softmax-no-hidden-layer"), parse_entry("W1.0.1"))
    outputs = {
        factor.position
        for term in found.shown
        for factor in term.factors
        if "/dz" in factor.quantity
    }
    assert {(0, i, 1) for i in range(3)} <= outputs
    assert found.count == 3


def saturated() -> Setup:
    return Setup(
        inputs=np.array([[1.0]]),
        targets=np.array([[0.0]]),
        layers=(Layer(1, "sigmoid"),),
        weights=(np.array([[900.0]]),),
        loss="binary-cross-entropy",
    )


def test_a_chain_ends_where_the_short_way_was_taken() -> None:
    found = chain(frame_of(saturated()), Entry("W1", (0, 0)))
    assert found.short
    assert [factor.quantity for factor in found.terms[0].factors] == ["delta1", "dz1/dW1"]
    assert found.terms[0].product == found.value == 1.0


def test_a_shared_bias_sums_over_observations_and_units() -> None:
    frame = frame_of(random_setup(1, (2, 3, 2), ["tanh", "identity"], 4, "shared", "squared-error"))
    found = chain(frame, parse_entry("b1"))
    assert len(found.terms) == 4 * 3
    assert isclose(sum(term.product for term in found.terms), found.value, rel_tol=1e-12)


SHAPE_OF_W1 = "W1 is 2×2 (inputs × units of layer 1): rows 0–1, columns 0–1; the last is W1.1.1"


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("W1.5.5", f"there is no W1[5,5]: {SHAPE_OF_W1}"),
        ("W1", f"which entry? {SHAPE_OF_W1}"),
        ("C.0", "C is one number: write C"),
        ("delt1.0.0", "this network has no quantity 'delt1'; did you mean 'delta1'?"),
    ],
)
def test_what_is_no_entry_is_told_with_the_shape(typed: str, complaint: str) -> None:
    with pytest.raises(InputError) as caught:
        chain(documents("two-neurons"), parse_entry(typed))
    assert str(caught.value) == complaint


def test_one_index_is_enough_for_a_row_of_biases() -> None:
    frame = frame_of(random_setup(1, (2, 3), ["tanh"], 2, "separate", "squared-error"))
    assert chain(frame, parse_entry("b1.2")).entry == Entry("dC/db1", (0, 2))
    assert chain(frame, parse_entry("C_obs.1")).entry == Entry("C_obs", (1, 0))


# ── nudging ───────────────────────────────────────────────────────────────────────────────


@given(setups(deepest=4), st.data())
def test_nudging_agrees_with_the_chain_except_at_kinks(setup: Setup, data: st.DataObject) -> None:
    frame = frame_of(setup)
    entry = some_entry(frame, data, GRADIENTS)
    if not np.isfinite(frame[entry.quantity]).all() or not np.isfinite(frame["C"]):
        return
    found = nudge(frame, entry)
    assert found.agrees or found.kinked


def test_nudging_finds_a_wrong_chain() -> None:
    frame = documents("two-neurons")
    found = nudge(frame, parse_entry("W1.0.0"))
    assert found.agrees
    assert found.in_double == found.chain
    assert not replace(found, in_double=found.chain * 1.0001).agrees


# ── two numbers ───────────────────────────────────────────────────────────────────────────


def reasons(name: str, one: str, other: str) -> list[tuple[str, list[tuple[str, str]]]]:
    found = compare(documents(name), parse_entry(one), parse_entry(other))
    assert not found.equal
    return [
        (
            reason.quantity.name,
            [
                (str(cause.one.entry), str(cause.other.entry))
                for cause in reason.causes
                if cause.one and cause.other
            ],
        )
        for reason in found.reasons
    ]


@pytest.mark.parametrize(
    ("name", "one", "other", "expected"),
    [
        ("two-neurons", "W1.0.0", "W1.0.1", [("dz2/da1", [("W2[0,0]", "W2[1,0]")])]),
        (
            "two-neurons-free",
            "W1.0.0",
            "W1.0.1",
            [
                ("dz2/da1", [("W2[0,0]", "W2[1,0]")]),
                ("da1/dz1", [("W1[0,0]", "W1[0,1]"), ("W1[1,0]", "W1[1,1]")]),
            ],
        ),
        ("two-neurons", "W1.0.0", "W1.1.0", [("dz1/dW1", [("a0[0,0]", "a0[0,1]")])]),
        (
            "two-neurons",
            "W1.0.0",
            "W1.1.1",
            [("dz2/da1", [("W2[0,0]", "W2[1,0]")]), ("dz1/dW1", [("a0[0,0]", "a0[0,1]")])],
        ),
        ("softmax-no-hidden-layer", "W1.0.0", "W1.0.1", [("dC/da1", [("y[0,0]", "y[0,1]")])]),
        (
            "same-weights",
            "W3.1.0",
            "W3.1.1",
            [("dC/da3", [("y[0,0]", "y[0,1]"), ("y[1,0]", "y[1,1]")])],
        ),
    ],
)
def test_two_numbers_differ_because_of_exactly_these(
    name: str, one: str, other: str, expected: list[tuple[str, list[tuple[str, str]]]]
) -> None:
    assert reasons(name, one, other) == expected


def planted(observations: int = 3) -> Setup:
    """Units 0 and 1 of layer 1 alike in everything; the tests make them differ somewhere."""
    setup = random_setup(11, (3, 4, 3, 2), ["tanh"] * 3, observations, "row", "squared-error")
    first, second, third = (matrix.copy() for matrix in setup.weights)
    first[:, 1] = first[:, 0]
    second[2] = second[1]
    return setup._replace(weights=(first, second, third))


@pytest.mark.parametrize(
    ("matrix", "at", "expected"),
    [
        (1, (2, 0), {"dz2/da1": {"W2[1,0]"}}),
        (1, (2, 2), {"dz2/da1": {"W2[1,2]"}}),
        (0, (1, 1), {"da1/dz1": {"W1[1,0]"}}),
        (0, (0, 1), {"da1/dz1": {"W1[0,0]"}}),
    ],
)
def test_one_changed_weight_is_the_one_cause_that_is_named(
    matrix: int, at: tuple[int, int], expected: dict[str, set[str]]
) -> None:
    setup = planted()
    setup.weights[matrix][at] += 0.25
    found = compare(frame_of(setup), Entry("W1", (1, 0)), Entry("W1", (1, 1)))
    assert {
        reason.quantity.name: {str(cause.one.entry) for cause in reason.causes if cause.one}
        for reason in found.reasons
    } == expected


@given(setups(arithmetics=("float64",), deepest=4), st.data())
def test_because_names_every_factor_that_differs_and_no_other(
    setup: Setup, data: st.DataObject
) -> None:
    frame = frame_of(setup)
    one = some_entry(frame, data, ("dC/dW",))
    quantity = frame.layout.program.quantities[one.quantity]
    k, depth = quantity.layer, len(setup.layers)
    other = Entry(
        one.quantity, tuple(data.draw(st.integers(0, size - 1)) for size in quantity.shape)
    )
    found = compare(frame, one, other)
    if not np.isfinite(frame["C"]) or found.one.short or frame[f"da{k}/dz{k}"].ndim == 3:
        return
    (i, j), (p, q) = one.position, other.position
    named = {reason.quantity.name for reason in (*found.reasons, *found.although)}
    delta, slope = frame[f"delta{k}"], frame[f"da{k}/dz{k}"]
    came, error = frame[f"dz{k}/dW{k}"], frame[f"dC/da{k}"]
    if (delta[:, [j, q]] == 0).any() or (came[[i, p]] == 0).any():
        return  # what is multiplied with 0 is no reason
    expected = set()
    if (came[i] != came[p]).any():
        expected.add(f"dz{k}/dW{k}")
    if (delta[:, j] != delta[:, q]).any():
        if (slope[:, j] != slope[:, q]).any():
            expected.add(f"da{k}/dz{k}")
        if k == depth and (error[:, j] != error[:, q]).any():
            expected.add(f"dC/da{k}")
        elif k < depth and (error[:, j] != error[:, q]).any():
            expected.add(f"dz{k + 1}/da{k}")
    assert named == expected


@given(setups(arithmetics=("float64",), deepest=4), st.data())
def test_with_the_causes_evened_out_the_engine_gives_two_equal_numbers(
    setup: Setup, data: st.DataObject
) -> None:
    # A relu that is off hides what differs behind it, and may be on in the network evened out.
    assume(all(layer.activation != "relu" for layer in setup.layers))
    frame = frame_of(setup)
    one = some_entry(frame, data, ("dC/dW",))
    quantity = frame.layout.program.quantities[one.quantity]
    columns = quantity.shape[1]
    other = Entry(one.quantity, (one.position[0], data.draw(st.integers(0, columns - 1))))
    found = compare(frame, one, other)
    if not np.isfinite(frame["C"]) or any(
        reason.traced < len(reason.differences) for reason in found.reasons
    ):
        return
    both = evened(frame, found)
    if both is not None and np.isfinite(both).all():
        scale = max(abs(both[0]), sum_of_sizes(frame, one))
        assert abs(both[0] - both[1]) <= 1e-9 * scale


def test_a_factor_that_is_multiplied_with_0_is_no_reason() -> None:
    setup = planted()
    second, third = setup.weights[1], setup.weights[2]
    second[2, 1] += 0.5  # differs, but nothing comes back through unit 1 of layer 2
    third[2] = 0.0
    found = compared(Stepper(setup), 1, Entry("W1", (1, 0)), Entry("W1", (1, 1)))
    assert found.equal
    assert found.reasons == found.although == ()
    assert found.by == "chance"
    assert found.later is not None
    assert found.later.parted == 2


def test_equal_products_of_different_factors_are_equal_by_chance() -> None:
    setup = Setup(
        inputs=np.array([[1.0, 2.0]]),
        targets=np.array([[0.0]]),
        layers=(Layer(2, "identity"), Layer(1, "identity")),
        weights=(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[2.0], [1.0]])),
    )
    found = compared(Stepper(setup), 1, Entry("W1", (0, 0)), Entry("W1", (1, 1)))
    assert (found.equal, found.by, found.reasons) == (True, "chance", ())
    assert [reason.quantity.name for reason in found.although] == ["dz2/da1", "dz1/dW1"]


def test_equal_by_structure_is_told_from_equal_at_this_moment() -> None:
    same = compare(documents("two-neurons-same"), parse_entry("W1.0.0"), parse_entry("W1.0.1"))
    assert (same.equal, same.by) == (True, "structure")
    stepper = Stepper(load("two-neurons"))
    moment = compared(stepper, 1, parse_entry("a1.0.0"), parse_entry("a1.0.1"))
    assert (moment.equal, moment.by) == (True, "chance")


def test_chains_of_two_layers_share_what_leads_to_both() -> None:
    found = compare(documents("two-neurons"), parse_entry("W1.0.0"), parse_entry("W2.0.0"))
    assert [factor.quantity for factor in found.shared] == ["dC/da2", "da2/dz2"]
    named = [each for reason in found.reasons for each in reason.differences]
    assert [each.quantity.name for each in named if each.one] == ["dz2/da1", "da1/dz1", "dz1/dW1"]
    assert [each.quantity.name for each in named if each.other] == ["dz2/dW2"]


def test_shares_of_single_factors_multiply_to_the_whole() -> None:
    found = compare(documents("two-neurons-free"), parse_entry("W1.0.0"), parse_entry("W1.0.1"))
    shares = [reason.share for reason in found.reasons]
    assert shares[0] == pytest.approx(-0.7142857)
    assert shares[1] == pytest.approx(1.2715403)
    assert found.ratio == pytest.approx(-0.9082431)


@pytest.mark.parametrize("other", [Entry("changeW1", (1, 0)), Entry("W1_new", (1, 0))])
def test_a_frozen_row_beside_one_that_learns_has_nothing_to_pair_with(other: Entry) -> None:
    setup = planted()._replace(frozen=frozenset({"b1"}))
    found = compare(frame_of(setup), Entry(other.quantity, (0, 0)), other)
    assert not found.equal
    assert evened(frame_of(setup), found) is None


def test_softmax_outputs_change_places_when_they_are_compared() -> None:
    setup = random_setup(4, (2, 3, 3, 1), ["tanh", "softmax", "tanh"], 2, "row", "squared-error")
    frame = frame_of(setup)
    found = compare(frame, Entry("W2", (1, 0)), Entry("W2", (1, 2)))
    both = evened(frame, found)
    assert both is not None
    assert isclose(*both, rel_tol=1e-9)
    columns = {
        cause.one.position[1]
        for reason in found.reasons
        for cause in reason.causes
        if cause.one and cause.quantity.name == "W2"
    }
    assert columns <= {0, 2}


@pytest.mark.parametrize(
    ("name", "given"),
    [("a0", True), ("y", True), ("a0+", False), ("a1+", False), ("W1_new", False), ("z1", False)],
)
def test_only_what_nothing_computes_is_given(name: str, given: bool) -> None:
    assert chain(documents("same-weights"), Entry(name, (0, 0))).given is given


def test_a_gradient_of_data_and_penalty_explains_no_factor_that_it_does_not_have() -> None:
    words = {"title": "penalised", "penalty": {"strength": 0.1}}
    penalised, plain = load(plain_scenario() | words), load(plain_scenario())
    assert "what came in" in str(why(plain, "W1.0.0"))
    assert "what came in" not in str(why(penalised, "W1.0.0"))
