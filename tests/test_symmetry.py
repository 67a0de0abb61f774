"""Units that are one, flow that is dead, and rounding: on planted networks and the documents'."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainstep.core import Layer, Setup, Stepper
from chainstep.core.network import build
from chainstep.core.setup import Array, BiasKind
from chainstep.core.updates import UPDATES
from chainstep.core.why.dead_units import dead_units
from chainstep.core.why.drift import affordable, drift, stops
from chainstep.core.why.network import network
from chainstep.core.why.symmetry import Group, alike, colouring, colouring_now, groups
from chainstep.scenarios import load
from tests.networks import BIAS_KINDS, SETTINGS, random_setup, setups

# ── planting ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Planted:
    """A network with units that are one, and which they are."""

    setup: Setup
    groups: set[Group]


def planted(
    seed: int, classes: list[list[int]], bias: BiasKind, rule: str, *, turned: bool
) -> Planted:
    """Layers of classes of so many units each, in a random order; the last layer's are outputs.

    Between two classes of one size the weights are a ring of different numbers where ``turned``:
    each unit has the same ones, in another order. Otherwise they are all one number.
    """
    generator = np.random.default_rng(seed)
    labels = [np.arange(3)] + [
        generator.permutation(np.repeat(np.arange(len(sizes)), sizes)) for sizes in classes
    ]
    weights, biases = [], []
    for before, after in pairwise(labels):
        matrix = _between(generator, before, after, turned=turned)
        own = generator.normal(0, 1, after.max() + 1)[after][None]
        weights.append(np.concatenate([own, matrix]) if bias == "row" else matrix)
        biases.append(own if bias == "separate" else generator.normal(0, 1, (1, 1)))
    targets = generator.uniform(0, 1, (4, len(classes[-1])))[:, labels[-1]]
    setup = Setup(
        inputs=generator.normal(0, 1, (4, 3)),
        targets=targets,
        layers=tuple(Layer(len(each), "tanh") for each in labels[1:]),
        weights=tuple(weights),
        biases=tuple(biases) if bias in {"separate", "shared"} else (),
        bias=bias,
        rule=rule,
        settings=SETTINGS[rule],
        products="ordered",
    )
    expected = {
        Group(layer, tuple(int(unit) for unit in np.flatnonzero(each == label)))
        for layer, each in enumerate(labels)
        if layer
        for label in set(each.tolist())
        if (each == label).sum() > 1
    }
    return Planted(setup, expected)


def _between(generator: np.random.Generator, before: Array, after: Array, *, turned: bool) -> Array:
    matrix = np.zeros((len(before), len(after)))
    for one in range(before.max() + 1):
        for other in range(after.max() + 1):
            rows, columns = np.flatnonzero(before == one), np.flatnonzero(after == other)
            ring = generator.normal(0, 1, len(rows))
            if not turned or len(rows) != len(columns):
                ring[:] = ring[0]
            for n, column in enumerate(columns):
                matrix[rows, column] = np.roll(ring, n)
    return matrix


@st.composite
def plantings(draw: st.DrawFn, *, turned: bool) -> Planted:
    depth = draw(st.integers(1, 4))
    layer = st.lists(st.sampled_from([1, 1, 2, 3]), min_size=1, max_size=3)
    classes = draw(st.lists(layer, min_size=depth, max_size=depth))
    bias = draw(st.sampled_from(BIAS_KINDS))
    rule = draw(st.sampled_from(list(UPDATES)))
    return planted(draw(st.integers(0, 2**16)), classes, bias, rule, turned=turned)


# ── which units are one ───────────────────────────────────────────────────────────────────


@given(plantings(turned=False))
def test_all_planted_units_are_found_and_none_invented(plant: Planted) -> None:
    assert set(groups(Stepper(plant.setup))) == plant.groups


@given(plantings(turned=True))
def test_units_that_are_equal_only_after_ordering_are_found(plant: Planted) -> None:
    assert set(groups(Stepper(plant.setup))) == plant.groups


@given(plantings(turned=True))
@settings(max_examples=20)
def test_units_that_are_one_act_as_one_for_as_long_as_they_are_run(plant: Planted) -> None:
    stepper = Stepper(plant.setup)
    stepper.run(5)
    stepper.iterate()
    for group in plant.groups:
        for name in (f"a{group.layer}", f"delta{group.layer}"):
            columns = stepper[name][:, list(group.units)]
            scale = 1e-9 * (np.abs(columns).max() + 1e-6)
            assert np.abs(columns - columns[:, :1]).max() <= scale


@given(plantings(turned=False))
@settings(max_examples=20)
def test_equal_weights_stay_one_under_every_rule_when_sums_are_ordered(plant: Planted) -> None:
    stepper = Stepper(plant.setup)
    stepper.run(6)
    assert set(groups(stepper)) >= plant.groups


@given(plantings(turned=False))
@settings(max_examples=20)
def test_units_that_are_not_one_do_not_act_as_one(plant: Planted) -> None:
    stepper = Stepper(plant.setup)
    stepper.finish("backward")
    classes = colouring_now(stepper).classes
    for layer, codes in enumerate(classes):
        if layer:
            acts = np.concatenate([stepper[f"a{layer}"], stepper[f"delta{layer}"]]).T
            for one in range(len(codes)):
                for other in range(one):
                    if codes[one] != codes[other]:
                        assert not np.allclose(acts[one], acts[other], rtol=1e-12, atol=0)


@given(setups())
def test_the_colouring_of_a_random_network_is_stable(setup: Setup) -> None:
    stepper = Stepper(setup)
    found = colouring(stepper, stepper.program)
    for group in found.groups:
        weights = stepper[f"W{group.layer}"]
        rows = np.sort(weights[:, list(group.units)], axis=0)
        assert (rows == rows[:, :1]).all()


def equal_everywhere(width: int = 3) -> Setup:
    setup = random_setup(2, (2, width, 2), ["tanh", "tanh"], 3, "row", "squared-error")
    return setup._replace(weights=(np.ones((3, width)), np.ones((width + 1, 2))))


def test_inputs_are_never_one_even_where_their_columns_are() -> None:
    setup = equal_everywhere()
    same = setup._replace(inputs=np.repeat(setup.inputs[:, :1], 2, axis=1))
    assert [group.layer for group in groups(Stepper(same))] == [1]


def test_a_last_bit_makes_two_units_different() -> None:
    setup = equal_everywhere()
    setup.weights[0][1, 2] = np.nextafter(1.0, 2.0)
    assert groups(Stepper(setup)) == (Group(1, (0, 1)),)


def test_outgoing_weights_and_the_bias_count_too() -> None:
    setup = equal_everywhere()
    setup.weights[1][3, 1] = 2.0
    assert groups(Stepper(setup)) == (Group(1, (0, 1)),)
    setup.weights[0][0, 0] = 2.0
    assert groups(Stepper(setup)) == ()


def test_zero_and_minus_zero_are_one_number() -> None:
    setup = equal_everywhere()
    setup.weights[0][1] = [0.0, -0.0, 0.0]
    assert groups(Stepper(setup)) == (Group(1, (0, 1, 2)),)


def test_a_rules_memory_tells_units_apart() -> None:
    setup = equal_everywhere()._replace(rule="momentum", settings=SETTINGS["momentum"])
    stepper = Stepper(setup)
    stepper.run(2)
    memory = {name: stepper[name] for name in ("W1", "W2", "a0", "y", "v.W1_old", "v.W2_old")}
    assert colouring(memory, stepper.program).groups == (Group(1, (0, 1, 2)),)
    memory["v.W1_old"] = memory["v.W1_old"].copy()
    memory["v.W1_old"][0, 2] += 1e-9
    assert colouring(memory, stepper.program).groups == (Group(1, (0, 1)),)


def test_a_weight_and_its_memory_have_codes_that_no_other_pair_has() -> None:
    setup = equal_everywhere()._replace(rule="momentum", settings=SETTINGS["momentum"])
    stepper = Stepper(setup)
    stepper.run(2)
    memory = {name: stepper[name] for name in ("W1", "W2", "a0", "y", "v.W1_old", "v.W2_old")}
    memory["W1"], memory["v.W1_old"] = np.ones_like(memory["W1"]), np.ones_like(memory["W1"])
    memory["W1"][0, 1] = memory["v.W1_old"][0, 0] = 2.0  # as ranks the two add up to one number
    assert colouring(memory, stepper.program).groups == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("same-weights", {Group(1, (0, 1, 2)), Group(2, (0, 1, 2))}),
        ("same-weights-random", set()),
        ("softmax-no-hidden-layer", {Group(1, (1, 2))}),
        ("softmax-hidden-layer", {Group(1, (0, 1)), Group(2, (1, 2))}),
        ("two-neurons", set()),
        ("two-neurons-same", {Group(1, (0, 1))}),
        ("two-neurons-free", set()),
        ("two-layer-network", set()),
    ],
)
def test_the_units_of_the_documents(name: str, expected: set[Group]) -> None:
    assert set(groups(Stepper(load(name)))) == expected


def test_groups_follow_the_stepper_to_another_iteration() -> None:
    setup = equal_everywhere()
    stepper = Stepper(setup)
    assert groups(stepper) == groups(stepper) == (Group(1, (0, 1, 2)),)
    stepper = Stepper(load("rounding-separates"))
    assert len(groups(stepper)) == 1
    stepper.goto(3000)
    assert set(groups(stepper)) != {Group(1, tuple(range(10)))}


def test_columns_alike_have_one_code() -> None:
    assert alike(np.array([[np.nan, 1.0, np.nan]])).tolist() == [0, 1, 0]


def test_wide_layers_are_coloured_in_a_moment() -> None:
    setup = random_setup(1, (784, 128, 10), ["relu", "softmax"], 2, "row", "cross-entropy")
    first = setup.weights[0]
    first[:, 64:] = first[:, :64]
    setup.weights[1][65:] = setup.weights[1][1:65]
    found = groups(Stepper(setup))
    assert {group.units for group in found} == {(n, n + 64) for n in range(64)}


# ── rounding ──────────────────────────────────────────────────────────────────────────────


def test_the_units_of_same_weights_stay_equal_while_the_cost_falls() -> None:
    found = network(load("same-weights").setup)
    assert found.drift.last == 10_000
    assert found.drift.since is None
    assert {look.spread for look in found.drift.looks} == {0.0}
    costs = {look.iteration: look.cost for look in found.drift.looks}
    assert costs[1] > 1.9
    assert 0.39 < costs[1000] < 0.41
    assert costs[10_000] < 0.001


def test_a_cost_that_stays_has_not_fallen() -> None:
    setup = load("two-neurons").setup
    names = frozenset({"W1", "W2", "b1", "b2"})
    still, learning = (
        network(setup._replace(frozen=each), iterations=5) for each in (names, frozenset[str]())
    )
    assert still.costs is not None
    assert still.costs[0] == still.costs[1]
    assert (still.fell, learning.fell) == (False, True)


def test_ordered_sums_keep_equal_units_equal_where_plain_ones_part_them() -> None:
    setup = load("rounding-separates").setup
    plain, ordered = (
        drift(Stepper(setup._replace(products=way)), 3000) for way in ("blas", "ordered")
    )
    assert ordered.since is None
    assert ordered.apart == 0.0
    assert plain.since is not None
    assert plain.apart > 1


def test_since_is_the_first_iteration_in_which_bits_differ() -> None:
    setup = load("rounding-separates").setup
    found = drift(Stepper(setup), 100)
    assert found.since is not None
    stepper = Stepper(setup)
    for iteration in range(1, found.since + 1):
        stepper.goto(iteration)
        differs = (stepper["W1"] != stepper["W1"][:, :1]).any() or (
            stepper["W2"][1:] != stepper["W2"][1]
        ).any()
        assert differs == (iteration == found.since)
    assert found.since in {look.iteration for look in found.looks}


def test_the_table_of_a_run_is_spread_on_a_logarithm() -> None:
    assert stops(1, 10_000) == [2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]
    assert stops(1, 1) == []
    assert stops(1, 7) == [2, 5, 7]
    assert stops(40, 60) == [50, 60]


def test_a_large_network_is_run_less_far_without_being_asked() -> None:
    small = load("same-weights").setup
    large = random_setup(1, (784, 128, 10), ["relu", "softmax"], 1000, "row", "cross-entropy")
    assert affordable(build(small)) == 10_000
    assert affordable(build(large)) == 10


# ── dead flow ─────────────────────────────────────────────────────────────────────────────


def dead_in(setup: Setup) -> list[tuple[int, tuple[int, ...], str]]:
    stepper = Stepper(setup)
    stepper.finish("backward")
    return [(each.layer, each.units, each.cause) for each in dead_units(stepper, stepper.program)]


def small(activation: str, first: list[list[float]], second: list[list[float]]) -> Setup:
    return Setup(
        inputs=np.array([[1.0, 2.0], [3.0, 1.0]]),
        targets=np.array([[0.3], [0.8]]),
        layers=(Layer(2, activation), Layer(1, "identity")),
        weights=(np.array(first), np.array(second)),
    )


def test_a_dead_relu_is_one_that_is_off_in_every_observation() -> None:
    assert dead_in(small("relu", [[-1, 1], [-1, 1]], [[1], [1]])) == [(1, (0,), "relu")]
    assert dead_in(small("relu", [[-1, 1], [1, 1]], [[1], [1]])) == []


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_a_saturated_unit_has_no_slope_to_speak_of(activation: str) -> None:
    assert dead_in(small(activation, [[50, 0.1], [50, 0.1]], [[1], [1]])) == [
        (1, (0,), "saturated")
    ]
    weight = {"sigmoid": 6.0, "tanh": 3.0}[activation]
    gently = small(activation, [[weight, 0.1], [weight, 0.1]], [[1], [1]])
    stepper = Stepper(gently)
    stepper.finish("backward")
    (found,) = dead_units(stepper, stepper.program)
    assert not found.exactly
    assert "its slope is at most" in found.because


def test_zero_weights_above_let_nothing_back() -> None:
    assert dead_in(small("tanh", [[0.5, 0.1], [0.5, 0.2]], [[0], [1]])) == [
        (1, (0,), "zero-weights-above")
    ]


def test_where_there_is_no_error_nothing_flows_anywhere() -> None:
    setup = small("identity", [[1, 0], [0, 1]], [[1], [1]])
    right = setup._replace(targets=np.array([[3.0], [4.0]]))
    assert dead_in(right) == [(2, (0,), "zero-error"), (1, (0, 1), "nothing-from-above")]


def test_off_in_some_observations_and_without_an_error_in_the_others_is_dead_too() -> None:
    setup = small("identity", [[1, 1], [0, 0]], [[1], [0]])
    last = setup._replace(
        layers=(Layer(2, "identity"), Layer(1, "relu")),
        inputs=np.array([[-1.0, 0.0], [2.0, 0.0]]),
        targets=np.array([[5.0], [2.0]]),
    )
    found = dead_in(last)
    assert (2, (0,), "mixed") in found


def test_deltas_that_cancel_are_told_from_weights_that_are_zero() -> None:
    assert dead_in(load("softmax-hidden-layer").setup) == [(1, (0, 1), "cancels")]
    assert dead_in(load("hidden-zeros").setup) == [(1, (0, 1), "zero-weights-above")]


def test_what_rounding_leaves_of_a_sum_that_cancels_is_said() -> None:
    setup = load("softmax-hidden-layer").setup
    other = setup._replace(targets=np.array([[0.7, 0.2, 0.1]]), weights=(
        setup.weights[0], np.full((2, 3), 0.3)))  # fmt: skip
    stepper = Stepper(other)
    stepper.finish("backward")
    (found,) = dead_units(stepper, stepper.program)
    assert found.cause == "cancels"
    assert found.exactly == (not stepper["dC/da1"].any())


@given(setups(arithmetics=("float64",), deepest=4))
def test_units_said_to_get_nothing_have_no_delta_and_the_others_some(setup: Setup) -> None:
    stepper = Stepper(setup)
    stepper.finish("backward")
    dead = {
        (each.layer, unit): each
        for each in dead_units(stepper, stepper.program)
        for unit in each.units
    }
    for layer in range(1, len(setup.layers) + 1):
        delta = stepper[f"delta{layer}"]
        if np.isfinite(delta).all():
            for unit in range(delta.shape[1]):
                known = dead.get((layer, unit))
                if known and known.exactly:
                    assert not delta[:, unit].any()
                elif not known and setup.layers[layer - 1].activation != "softmax":
                    assert delta[:, unit].any()
