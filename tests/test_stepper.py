"""Time: steps forward and back, phases, jumps, fast runs, and the records that they leave."""

import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainstep.core import InputError, Moment, Record, Setup, Stepper
from chainstep.core.roles import PHASES
from chainstep.core.setup import Array
from chainstep.core.updates import UPDATES
from tests.networks import BIAS_KINDS, SETTINGS, bits, random_setup, setups

FURTHEST = 9  # iterations that the random walks below stay within


def network(rule: str = "gradient-descent", **others: Any) -> Setup:
    return random_setup(
        2, [2, 3, 2], ["tanh", "sigmoid"], 4, "row", "squared-error",
        rule=rule, settings=SETTINGS[rule], **others,
    )  # fmt: skip


def seen(stepper: Stepper) -> dict[str, bytes]:
    """Everything that is computed at this moment."""
    return {name: bits(stepper[name]) for name in stepper.present}


class Truth:
    """What each moment holds, from a walk of single steps that never turned."""

    def __init__(self, setup: Setup, iterations: int = FURTHEST) -> None:
        self.moments: dict[Moment, dict[str, bytes]] = {}
        stepper = Stepper(setup)
        self.last = len(stepper.program.steps)
        for _ in range(iterations * self.last):
            record = stepper.step()
            self.moments[stepper.moment] = seen(stepper)
            if record.step == 1:
                start = dict(self.moments[stepper.moment])
                del start[record.quantity]
                self.moments[Moment(record.iteration)] = start

    def holds(self, stepper: Stepper) -> bool:
        return seen(stepper) == self.moments[stepper.moment]


# ── any way to a moment ──

WAYS = st.one_of(
    st.tuples(st.sampled_from(["step", "back", "iterate"]), st.integers(1, 9)),
    st.tuples(st.just("finish"), st.sampled_from(PHASES)),
    st.tuples(st.just("run"), st.integers(0, 4)),
    st.tuples(st.just("goto"), st.integers(1, FURTHEST - 4), st.integers(0, 100)),
)


def walk(stepper: Stepper, way: tuple[Any, ...], last: int) -> None:
    match way:
        case "step", count:
            for _ in range(count):
                stepper.step()
        case "back", count:
            for _ in range(count):
                stepper.back()
        case "iterate", _:
            stepper.iterate()
        case "finish", phase:
            stepper.finish(phase)
        case "run", count:
            stepper.run(count)
        case "goto", iteration, step:
            stepper.goto(iteration, step % (last + 1))


@settings(max_examples=10)
@given(setups(deepest=3), st.lists(WAYS, max_size=8), st.sampled_from([0, 2000, 1 << 20]))
def test_a_moment_holds_the_same_however_one_came_there(
    setup: Setup, ways: list[tuple[Any, ...]], store: int
) -> None:
    truth, stepper = Truth(setup), Stepper(setup, store=store)
    for way in ways:
        if stepper.moment.iteration > FURTHEST - 5:
            stepper.goto(1)
        walk(stepper, way, truth.last)
        assert truth.holds(stepper), way


@settings(max_examples=5)
@given(setups(deepest=3), st.integers(1, 6), st.data())
def test_stepping_back_goes_through_every_moment_to_the_start(
    setup: Setup, iteration: int, data: st.DataObject
) -> None:
    truth, stepper = Truth(setup, 6), Stepper(setup)
    stepper.goto(iteration, data.draw(st.integers(0, truth.last)))
    moments = [stepper.moment]
    while stepper.moment != Moment(1):
        stepper.back()
        assert truth.holds(stepper)
        moments.append(stepper.moment)
    without_starts = [moment for moment in moments if moment.step or moment == moments[0]]
    numbers = [moment.iteration * truth.last + moment.step for moment in without_starts]
    assert all(now - then == 1 for then, now in pairwise(numbers[::-1]) if now % truth.last)
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("rule", UPDATES)
@pytest.mark.parametrize("arithmetic", ["float64", "float32"])
@pytest.mark.parametrize("bias", BIAS_KINDS)
def test_going_to_a_moment_equals_walking_there(rule: str, arithmetic: Any, bias: Any) -> None:
    setup = random_setup(
        4, [2, 3, 2], ["sigmoid", "softmax"], 3, bias, "cross-entropy", rule=rule,
        settings=SETTINGS[rule], arithmetic=arithmetic, frozen=frozenset({"W2"}),
    )  # fmt: skip
    truth, stepper = Truth(setup, 5), Stepper(setup)
    for iteration, after in ((5, "delta1"), (1, "C"), (4, "W1_new"), (4, "a1"), (2, "W2_new")):
        stepper.goto(iteration, after)
        assert truth.holds(stepper)


@pytest.mark.parametrize("rule", UPDATES)
def test_stepping_back_after_a_run_restores_the_weights_bit_for_bit(rule: str) -> None:
    truth, stepper = Truth(network(rule), 9), Stepper(network(rule))
    stepper.run(8)
    for _ in range(3 * truth.last):
        stepper.back()
        assert truth.holds(stepper)


def test_steps_after_stepping_back_leave_the_same_records() -> None:
    stepper = Stepper(network("adam"))
    stepper.run(3)
    first = [bits(record.value) for record in stepper.iterate()]
    stepper.goto(2, after="delta2")
    again = [bits(record.value) for record in stepper.iterate()]
    stepper.goto(4)
    assert [bits(record.value) for record in stepper.iterate()] == first != again


def test_at_the_start_there_is_nothing_to_step_back_to() -> None:
    stepper = Stepper(network())
    assert stepper.back() is None
    assert stepper.moment == Moment(1, 0)


def test_a_step_back_gives_the_record_that_now_stands_last() -> None:
    stepper = Stepper(network())
    first, _ = stepper.step(), stepper.step()
    record = stepper.back()
    assert record is not None
    assert (record.quantity, record.iteration) == (first.quantity, 1)


def test_after_the_last_step_the_next_iteration_begins() -> None:
    stepper = Stepper(network())
    stepper.iterate()
    assert stepper.moment == Moment(1, len(stepper.program.steps))
    assert stepper.step().iteration == 2


def test_at_the_last_step_everything_of_the_iteration_is_still_there() -> None:
    stepper = Stepper(network("adam"))
    stepper.iterate()
    assert set(stepper.present) == set(stepper.program.quantities)


# ── phases ──


@pytest.mark.parametrize("phase", PHASES)
def test_finishing_a_phase_stops_after_its_last_step(phase: str) -> None:
    stepper = Stepper(network())
    records = stepper.finish(phase)
    assert records[-1].step == stepper.program.last_of(phase)  # type: ignore[arg-type]
    assert {record.iteration for record in records} == {1}


def test_finishing_a_phase_that_is_past_ends_in_the_next_iteration() -> None:
    stepper = Stepper(network())
    stepper.goto(1, after="delta2")
    records = stepper.finish("forward")
    assert (records[-1].quantity, records[-1].iteration) == ("C", 2)
    assert len(records) == len(stepper.program.steps) - stepper.program.step("delta2").number + (
        stepper.program.last_of("forward")
    )


def test_the_phases_one_after_the_other_are_the_iteration() -> None:
    stepper = Stepper(network())
    names = [record.quantity for phase in PHASES for record in stepper.finish(phase)]
    assert names == [step.quantity.name for step in stepper.program.steps]


@settings(max_examples=20)
@given(setups(deepest=3))
def test_a_phase_alone_computes_what_the_steps_compute(setup: Setup) -> None:
    stepper = Stepper(setup)
    stepper.run(2)
    for phase in PHASES:
        before = {name: stepper[name] for name in stepper.present}
        records = stepper.finish(phase)
        lying = {name: v for name, v in before.items() if lies(stepper, name)}
        found = stepper.alone(phase, lying)
        assert {name: bits(value) for name, value in found.items()} == {
            record.quantity: bits(record.value) for record in records
        }


def test_a_phase_alone_leaves_the_run_where_it_is() -> None:
    stepper = Stepper(network())
    stepper.goto(3, after="a2")
    before = seen(stepper)
    stepper.alone("forward", {"W1": np.zeros((3, 3))})
    assert stepper.moment == Moment(3, stepper.program.step("a2").number)
    assert seen(stepper) == before


def test_adams_update_alone_is_that_of_iteration_1_where_nothing_else_is_said() -> None:
    stepper = Stepper(network("adam"))
    stepper.finish("backward")
    gradients = {name: stepper[name] for name in stepper.present if name.startswith("dC/dW")}
    found = stepper.alone("update", gradients)
    stepper.finish("update")
    assert bits(found["W1_new"]) == bits(stepper["W1_new"])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        pytest.param(
            lambda stepper: stepper.alone("backward", {}), "dC/da2 needs a2", id="missing"
        ),
        pytest.param(
            lambda stepper: stepper.alone("forward", {"q": 1}),
            "this network has no quantity 'q' to start from",
            id="unknown",
        ),
        pytest.param(
            lambda stepper: stepper.alone("sideways", {}),
            "no phase is called 'sideways': forward, backward, update",
            id="no phase alone",
        ),
        pytest.param(
            lambda stepper: stepper.finish("sideways"),
            "no phase is called 'sideways': forward, backward, update",
            id="no phase to finish",
        ),
        pytest.param(
            lambda stepper: stepper.run(-1),
            "-1 iterations cannot be run; goto goes back",
            id="run back",
        ),
        pytest.param(
            lambda stepper: stepper.goto(0),
            "no moment 0:0: iterations count from 1, steps of this network from 1 to 23",
            id="iteration 0",
        ),
        pytest.param(
            lambda stepper: stepper.goto(1, 24),
            "no moment 1:24: iterations count from 1, steps of this network from 1 to 23",
            id="past the last step",
        ),
        pytest.param(
            lambda stepper: stepper.goto(1, "detla2"),
            "no step of this network computes 'detla2'; did you mean 'delta2'?",
            id="misspelt",
        ),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_moves(
    asked: Callable[[Stepper], object], message: str
) -> None:
    stepper = Stepper(network())
    stepper.goto(2, after="a1")
    with pytest.raises(InputError) as caught:
        asked(stepper)
    assert str(caught.value) == message
    assert stepper.moment == Moment(2, stepper.program.step("a1").number)


# ── fast ──


def test_a_run_ends_before_an_iteration() -> None:
    stepper = Stepper(network())
    stepper.run(10)
    assert stepper.moment == Moment(11, 0)
    assert stepper.updates_done == 10


def test_a_run_from_within_an_iteration_begins_it_anew() -> None:
    within, whole = Stepper(network("adam")), Stepper(network("adam"))
    within.goto(3, after="W1_new")
    within.run(4)
    whole.run(6)
    assert within.moment == whole.moment == Moment(7)
    assert seen(within) == seen(whole)


def test_a_run_from_the_end_of_an_iteration_counts_it_as_done() -> None:
    stepper, whole = Stepper(network("adam")), Stepper(network("adam"))
    stepper.iterate()
    stepper.run(4)
    whole.run(5)
    assert stepper.moment == Moment(6)
    assert seen(stepper) == seen(whole)


def test_a_run_in_pieces_equals_one_run() -> None:
    pieces, whole = Stepper(network("adam")), Stepper(network("adam"))
    for count in (1, 0, 63, 1, 64, 65, 6):
        pieces.run(count)
    whole.run(200)
    assert seen(pieces) == seen(whole)


@settings(max_examples=8)
@given(setups(deepest=3))
def test_what_is_watched_is_that_of_the_iteration_just_run(setup: Setup) -> None:
    truth, stepper = Truth(setup, 5), Stepper(setup)
    watched = stepper.watch(
        [
            name
            for name, quantity in stepper.program.quantities.items()
            if lies(stepper, name) and quantity.role != "dz/da"
        ]
    )
    found = []

    def look(iteration: int) -> bool:
        right = truth.moments[Moment(iteration, truth.last)]
        for name, value in watched.values.items():
            shaped = value.reshape(stepper.program.quantities[name].shape)
            if bits(shaped) != right[name]:
                found.append((iteration, name))
        return False

    stepper.run(4, watched, look)
    assert found == []
    assert truth.holds(stepper)


def test_watched_weights_as_a_factor_are_those_of_the_iteration_just_run() -> None:
    stepper, other = Stepper(network()), Stepper(network())
    watched = stepper.watch(["dz2/da1"])
    stepper.run(1, watched)
    other.iterate()
    assert np.array_equal(watched.values["dz2/da1"], other["dz2/da1"])


def lies(stepper: Stepper, name: str) -> bool:
    """Whether the quantity has a place, as all but a softmax's Jacobian have."""
    return name in stepper.layout.places


def test_a_run_ends_after_the_iteration_at_which_looking_says_so() -> None:
    stepper, straight = Stepper(network("adam")), Stepper(network("adam"))
    stepper.run(100, look=lambda iteration: iteration == 7)
    straight.run(7)
    assert stepper.moment == Moment(8)
    assert seen(stepper) == seen(straight)


def test_the_furthest_iteration_is_remembered() -> None:
    stepper = Stepper(network())
    stepper.run(10)
    stepper.goto(2)
    assert stepper.furthest == 11


def test_walking_gives_the_records_of_so_many_iterations() -> None:
    stepper = Stepper(network())
    stepper.goto(2, after="C")
    records = list(stepper.walk(3))
    last = len(stepper.program.steps)
    assert (records[0].quantity, records[0].iteration) == ("dC/da2", 2)
    assert (records[-1].step, records[-1].iteration) == (last, 4)
    assert len(records) == 3 * last - stepper.program.last_of("forward")


@pytest.mark.parametrize("rule", ["gradient-descent", "adam"])
def test_memory_does_not_grow_with_the_iterations(rule: str) -> None:
    stepper = Stepper(network(rule), store=4000)
    stepper.run(1000)
    tracemalloc.start()
    try:
        stepper.run(500)
        before = tracemalloc.get_traced_memory()[0]
        stepper.run(4000)
        for _ in range(50):
            stepper.iterate()
        assert tracemalloc.get_traced_memory()[0] - before < 10_000
    finally:
        tracemalloc.stop()


# ── quantities ──


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("delta2", "delta2 is not computed at 1:3: step 11 does"),
        ("detla2", "this network has no quantity 'detla2'; did you mean 'delta2'?"),
        ("", "this network has no quantity ''"),
    ],
)
def test_what_is_not_computed_is_a_key_error_that_says_when(name: str, message: str) -> None:
    stepper = Stepper(network())
    stepper.goto(1, after="a1")
    assert name not in stepper
    with pytest.raises(KeyError) as caught:
        stepper[name]
    assert caught.value.args == (message,)


def test_what_an_earlier_iteration_left_is_not_there_in_the_next() -> None:
    stepper = Stepper(network("adam"))
    stepper.iterate()
    stepper.step()
    assert {"C", "delta1", "W1_new", "m.W1"}.isdisjoint(stepper.present)
    assert {"a0", "y", "W1", "m.W1_old", "t", "a0+"} == set(stepper.present) - {
        "W2", "m.W2_old", "v.W1_old", "v.W2_old",
    }  # fmt: skip


def test_adams_t_is_the_iteration() -> None:
    stepper = Stepper(network("adam"))
    found = []
    for way in (stepper.iterate, stepper.iterate, lambda: stepper.run(70), stepper.step):
        way()
        found.append((stepper.moment.iteration, float(stepper["t"])))
    stepper.goto(5)
    found.append((5, float(stepper["t"])))
    assert found == [(1, 1), (2, 2), (73, 73), (73, 73), (5, 5)]


@settings(max_examples=15)
@given(setups(deepest=3))
def test_no_quantity_can_be_written_to(setup: Setup) -> None:
    stepper = Stepper(setup)
    for record in stepper.iterate():
        for value in (record.value, *record.operand_values, stepper[record.quantity]):
            with pytest.raises(ValueError, match="read-only"):
                value[...] = 0


def test_changing_what_was_given_changes_nothing() -> None:
    setup = network()
    given = setup._replace(weights=tuple(matrix.copy() for matrix in setup.weights))
    stepper, untouched = Stepper(given), Stepper(setup)
    given.weights[0][:] = 7
    stepper.iterate()
    stepper.goto(1)
    untouched.goto(1)
    assert seen(stepper) == seen(untouched)


# ── records ──


AWAY: dict[str, Callable[[Stepper], object]] = {
    "a step": Stepper.step,
    "an iteration": Stepper.iterate,
    "a step back": Stepper.back,
    "a run": lambda stepper: stepper.run(3),
    "a run of nothing": lambda stepper: stepper.run(0),
    "a jump ahead": lambda stepper: stepper.goto(9),
    "a jump back": lambda stepper: stepper.goto(1, after="C"),
    "a walk": lambda stepper: list(stepper.walk(2)),
    "a phase alone": lambda stepper: stepper.alone("forward", {}),
}


@pytest.mark.parametrize("way", AWAY.values(), ids=AWAY)
@pytest.mark.parametrize("after", ["z1", "delta2", "W2_new"])
def test_a_record_read_for_the_first_time_later_is_what_it_was(
    way: Callable[[Stepper], object], after: str
) -> None:
    stepper, other = Stepper(network("adam")), Stepper(network("adam"))
    stepper.goto(3, after)
    other.goto(3, after)
    right = [(bits(r.value), list(map(bits, r.operand_values))) for r in other.records]
    records = stepper.records
    way(stepper)
    way(stepper)
    assert [(bits(r.value), list(map(bits, r.operand_values))) for r in records] == right


@pytest.mark.parametrize("way", AWAY.values(), ids=AWAY)
def test_a_record_that_was_read_does_not_change_later(way: Callable[[Stepper], object]) -> None:
    stepper = Stepper(network("adam"))
    stepper.goto(3, after="W2_new")
    records = stepper.records
    before = [(record.value, record.value.copy(), record.formula) for record in records]
    way(stepper)
    way(stepper)
    for record, (value, copy, formula) in zip(records, before, strict=True):
        assert np.array_equal(value, copy)
        assert record.value is value or np.array_equal(record.value, copy)
        assert record.formula == formula


def test_a_softmaxs_jacobian_is_that_of_its_own_iteration_when_read_later() -> None:
    setup = random_setup(1, [2, 3], ["softmax"], 4, "row", "cross-entropy")
    stepper, other = Stepper(setup), Stepper(setup)
    record = stepper.goto(2, after="da1/dz1")
    stepper.run(20)
    other.goto(2, after="da1/dz1")
    assert record is not None
    assert bits(record.value) == bits(other["da1/dz1"])
    assert record.value.shape == (4, 3, 3)


def test_a_record_knows_where_it_stands() -> None:
    stepper = Stepper(network())
    record = stepper.goto(3, after="delta1")
    assert record is not None
    found = (record.iteration, record.phase, record.layer, record.quantity, record.operands)
    assert found == (3, "backward", 1, "delta1", ("dC/da1", "da1/dz1"))
    assert tuple(map(str, record.axes)) == ("observation", "unit")


def test_a_quantity_asked_for_too_early_is_not_a_stale_number_later() -> None:
    stepper, other = Stepper(network()), Stepper(network())
    stepper.iterate()
    early = stepper.step()
    with pytest.raises(KeyError):
        early.frame["C"]
    stepper.finish("forward")
    other.goto(2, after="C")
    assert stepper.record is not None
    assert stepper.record.value == other["C"]


def test_a_phase_alone_takes_no_value_of_another_shape() -> None:
    stepper = Stepper(network())
    with pytest.raises(InputError, match="a0"):
        stepper.alone("forward", {"a0": np.ones((2, 4))})


def test_a_run_that_is_interrupted_stands_at_a_moment_as_it_is() -> None:
    stepper, truth = Stepper(network()), Truth(network())
    passed = []

    def interrupt() -> None:
        passed.append(1)
        if len(passed) == 4:
            raise KeyboardInterrupt

    watched = stepper.watch(())
    calls = (*watched.each[:3], (interrupt, ()), *watched.each[3:])
    with pytest.raises(KeyboardInterrupt):
        stepper.run(10, watched._replace(each=calls))
    assert truth.holds(stepper)


# ── out of range ──


def first_notes(stepper: Stepper, iterations: int) -> list[tuple[int, str]]:
    return [
        (record.iteration, record.quantity)
        for record in stepper.walk(iterations)
        if any(note.startswith("not finite") for note in record.notes)
    ]


def test_an_overflow_is_noted_at_the_step_where_it_began_and_nowhere_else() -> None:
    setup = random_setup(
        1, [1, 1], ["identity"], 1, "none", "squared-error",
        settings={"learning_rate": 1e30}, arithmetic="float32",
    )  # fmt: skip
    stepper = Stepper(setup)
    assert first_notes(stepper, 5)[0] == (2, "C_obs")
    assert np.isinf(stepper["C"]) or np.isnan(stepper["C"])


@settings(max_examples=15)
@given(setups(deepest=3, arithmetics=["float32"]), st.sampled_from([1e10, 1e20, 1e36]))
def test_a_huge_learning_rate_warns_of_nothing_and_notes_only_beginnings(
    setup: Setup, rate: float
) -> None:
    stepper = Stepper(setup._replace(settings={**setup.settings, "learning_rate": rate}))
    for record in stepper.walk(4):
        begins = any(note.startswith("not finite") for note in record.notes)
        whole = all(np.isfinite(value).all() for value in record.operand_values)
        assert begins == (whole and not np.isfinite(record.value).all())
    stepper.run(5)
    stepper.back()


def test_nan_goes_through_and_is_noted_only_where_it_began() -> None:
    setup = network()
    broken: Array = setup.weights[0].copy()
    broken[1, 1] = np.nan
    stepper = Stepper(setup._replace(weights=(broken, setup.weights[1])))
    assert first_notes(stepper, 1) == []
    assert np.isnan(stepper["z1"][:, 1]).all()
    assert np.isfinite(stepper["z1"][:, [0, 2]]).all()


def test_numpys_settings_outside_are_neither_heeded_nor_changed() -> None:
    setup = random_setup(
        1, [2, 3], ["softmax"], 4, "row", "cross-entropy",
        settings={"learning_rate": 1e5}, arithmetic="float32",
    )  # fmt: skip
    with np.errstate(all="raise"):
        before = np.geterr()
        stepper = Stepper(setup)
        records: list[Record] = list(stepper.walk(3))
        stepper.run(20)
        stepper.back()
        stepper.goto(2)
        stepper.alone("forward", {})
        assert [record.notes for record in records]
        assert np.geterr() == before


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"inputs": np.full((4, 2), 1e300)}, id="inputs"),
        pytest.param({"settings": {"learning_rate": 1e300}}, id="learning rate"),
    ],
)
def test_numbers_too_large_for_float32_warn_of_nothing(change: dict[str, Any]) -> None:
    stepper = Stepper(network()._replace(arithmetic="float32", **change))
    stepper.iterate()
    stepper.run(1)


def test_a_run_that_begins_with_what_a_rule_remembered_goes_on_as_before() -> None:
    setup = network("adam")
    whole, first = Stepper(setup), Stepper(setup)
    whole.run(12)
    first.run(5)
    program = first.program
    state = {p.old.name: first[p.old.name] for p in program.carried if p.old.name.endswith("_old")}
    rest = Stepper(
        setup._replace(
            weights=tuple(first[f"W{k + 1}"] for k in range(len(setup.layers))),
            biases=tuple(first[f"b{k + 1}"] for k in range(len(setup.biases))),
            state=state,
            updates_before=5,
        )
    )
    rest.run(7)
    assert seen(rest) == seen(whole)
    rest.back()
    rest.step()
    rest.goto(8)
    assert seen(rest) == seen(whole)
