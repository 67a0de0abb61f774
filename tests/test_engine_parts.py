"""The engine's parts one by one: files of checkpoints, calls, blocks, ways to run, runs."""

import shutil
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

from chainstep.core.engine.binding import Views, bind, ordered_product
from chainstep.core.engine.blocks import BLOCK, blocked, with_shared_places
from chainstep.core.engine.checkpoints import spacings
from chainstep.core.engine.layout import Slot
from chainstep.core.engine.lowering import Instruction
from chainstep.core.engine.spill import Spill
from chainstep.core.network import build
from chainstep.core.quantities import Entry, InputError
from chainstep.core.runs.curves import Curve
from chainstep.core.runs.runs import Outcome, Progress, run, running
from chainstep.core.setup import Setup
from chainstep.core.stepper import Stepper
from chainstep.scenarios import load
from tests.networks import random_setup
from tests.recipes import plain_scenario

# ── a file of arrays ──


def numbered(number: int) -> np.ndarray:
    return np.arange(5.0) + 10 * number


def test_a_file_takes_arrays_up_to_its_limit_and_not_one_more() -> None:
    spill = Spill(numbered(0), limit=3 * 5 * 8)
    assert [spill.put(n, numbered(n)) for n in range(4)] == [True, True, True, False]
    assert spill.nbytes == 3 * 5 * 8
    assert 3 not in spill
    for n in range(3):
        assert spill.read(n).tobytes() == numbered(n).tobytes()


def test_a_slot_that_was_let_go_is_used_again_and_disturbs_no_other() -> None:
    spill = Spill(numbered(0), limit=3 * 5 * 8)
    for n in range(3):
        spill.put(n, numbered(n))
    spill.keep_only(lambda n: n != 1)
    assert 1 not in spill
    assert spill.nbytes == 2 * 5 * 8
    assert spill.put(7, numbered(7))
    assert not spill.put(8, numbered(8))
    assert [spill.read(n).tolist() for n in (0, 2, 7)] == [numbered(n).tolist() for n in (0, 2, 7)]


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_file_takes_no_more_than_half_of_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1000, 800, 2 * 2 * 5 * 8))
    spill = Spill(numbered(0), limit=10**6)
    assert [spill.put(n, numbered(n)) for n in range(3)] == [True, True, False]


def test_a_disk_that_fails_ends_the_file_and_not_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> Usage:
        raise OSError("no such disk")

    monkeypatch.setattr(shutil, "disk_usage", fail)
    spill = Spill(numbered(0))
    assert not spill.put(1, numbered(1))
    monkeypatch.undo()
    assert not spill.put(2, numbered(2))
    assert spill.nbytes == 0


# ── places and calls ──


def flat_of(size: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=size)


@pytest.mark.parametrize("transposed", [False, True])
def test_the_rows_of_a_place_are_those_of_its_matrix(transposed: bool) -> None:
    flat = flat_of(40)
    place = Slot(3, (5, 4), transposed=transposed)
    part = place.rows(1, 4)
    assert part.view(flat).tolist() == place.view(flat)[1:4].tolist()
    assert part.rows(1, 3).view(flat).tolist() == place.view(flat)[2:4].tolist()
    assert place.stop == 23
    assert part.size == 12


@pytest.mark.parametrize("out_turned", [False, True])
@pytest.mark.parametrize("left_turned", [False, True])
@pytest.mark.parametrize("strided", [False, True])
def test_a_product_is_that_of_the_matrices_however_they_lie(
    out_turned: bool, left_turned: bool, strided: bool
) -> None:
    flat = flat_of(80)
    left = Slot(0, (4, 4), transposed=left_turned)
    if strided:
        left = left.rows(1, 4)
    right, out = Slot(20, (4, 2)), Slot(40, (left.shape[0], 2), transposed=out_turned)
    expected = left.view(flat) @ right.view(flat)
    function, args = bind(Instruction("dot", None, (left, right), out), Views(flat))
    function(*args)
    assert out.view(flat) == pytest.approx(expected)
    assert flat[48:].tolist() == flat_of(80)[48:].tolist()


def test_an_ordered_product_adds_up_from_the_first_term_on() -> None:
    left, right = np.array([[1e16, 1.0, -1e16]]), np.ones((3, 2))
    out = np.empty((1, 2))
    ordered_product(left, right, out)
    assert out.tolist() == [[(1e16 + 1.0) - 1e16] * 2]
    left, right = flat_of(12).reshape(3, 4), flat_of(8).reshape(4, 2)
    out = np.empty((3, 2))
    ordered_product(left, right, out)
    assert out == pytest.approx(left @ right)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("function", [np.add, np.maximum])
def test_a_fold_is_along_its_axis(axis: int, function: np.ufunc) -> None:
    flat = flat_of(30)
    of = Slot(0, (3, 4))
    out = Slot(20, (1, 4) if axis == 0 else (3, 1))
    call, args = bind(Instruction(f"reduce{axis}", function, (of,), out), Views(flat))
    call(*args)
    assert out.view(flat) == pytest.approx(function.reduce(of.view(flat), axis=axis, keepdims=True))


@pytest.mark.parametrize("function", [np.maximum, np.minimum, np.add, np.subtract])
def test_a_call_of_two_operands_writes_where_it_should(function: np.ufunc) -> None:
    flat = flat_of(30)
    one, two, out = Slot(0, (2, 3)), Slot(6, (2, 3)), Slot(12, (2, 3))
    call, args = bind(Instruction("ufunc", function, (one, two), out), Views(flat))
    call(*args)
    assert out.view(flat).tolist() == function(one.view(flat), two.view(flat)).tolist()
    call, args = bind(Instruction("ufunc", function, (one, 2.0), out), Views(flat))
    call(*args)
    assert out.view(flat).tolist() == function(one.view(flat), 2.0).tolist()


# ── blocks ──


def calls(instructions: list[Instruction], flat: np.ndarray) -> np.ndarray:
    views = Views(flat)
    for instruction in instructions:
        function, args = bind(instruction, views)
        function(*args)
    return flat


def long_chain() -> tuple[list[Instruction], int]:
    """z is made of two arrays, a of z, then a sum of a and z: each longer than a block."""
    n = 2 * BLOCK + 17
    x, y, z, a, out = (Slot(k * n, (n,)) for k in range(5))
    chain = [
        Instruction("ufunc", np.add, (x, y), z),
        Instruction("ufunc", np.exp, (z,), a),
        Instruction("ufunc", np.multiply, (a, 0.5), out),
    ]
    return chain, n


def test_long_calls_are_cut_into_blocks_with_the_same_bits() -> None:
    chain, n = long_chain()
    out = chain[-1].out
    expected = calls(chain, flat_of(5 * n))[out.offset : out.stop]
    cut = blocked(chain, [out])
    assert len(cut) == 3 * len(chain)
    assert all(one.out.size <= BLOCK for one in cut)
    found = calls(cut, flat_of(5 * n))[out.offset : out.stop]
    assert found.tobytes() == expected.tobytes()


def test_what_only_passes_through_shares_the_place_of_what_is_made_of_it() -> None:
    chain, n = long_chain()
    out = chain[-1].out
    shared = with_shared_places(chain, [out])
    assert {one.out.offset for one in shared} == {out.offset}
    expected = calls(chain, flat_of(5 * n))[out.offset : out.stop]
    assert calls(shared, flat_of(5 * n))[out.offset : out.stop].tobytes() == expected.tobytes()


def test_what_is_kept_keeps_its_place() -> None:
    chain, n = long_chain()
    kept = chain[0].out
    shared = with_shared_places(chain, [kept])
    assert shared[0].out == kept
    expected = calls(chain, flat_of(5 * n))[kept.offset : kept.stop]
    made = calls(blocked(shared, [kept]), flat_of(5 * n))[kept.offset : kept.stop]
    assert made.tobytes() == expected.tobytes()


def test_a_call_of_a_block_or_less_is_left_alone() -> None:
    place, out = Slot(0, (BLOCK,)), Slot(BLOCK, (BLOCK,))
    chain = [Instruction("ufunc", np.exp, (place,), out)]
    assert blocked(chain, []) == chain
    assert with_shared_places(chain, []) == chain


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "softplus"])
@pytest.mark.parametrize("bias", ["row", "separate"])
def test_a_large_network_runs_as_it_steps(activation: str, bias: Any) -> None:
    large = random_setup(
        2, (20, 150, 140, 3), [activation, activation, "softmax"], 130, bias, "cross-entropy"
    )
    walked, ran = Stepper(large), Stepper(large)
    for _ in range(3):
        walked.iterate()
    way = ran.watch(["z2", "a1", "C"])
    seen: list[dict[str, np.ndarray]] = []

    def look(_: int) -> bool:
        seen.append({name: np.array(value) for name, value in way.values.items()})
        return False

    ran.run(3, way, look)
    for old, new in walked.program.carried:
        assert ran[old.name].tobytes() == walked[new.name].tobytes()
    for name, value in seen[-1].items():
        assert np.ascontiguousarray(value).tobytes() == walked[name].tobytes(), name


# ── what is looked at in a run ──


def small(**changes: Any) -> Setup:
    setup = random_setup(4, [2, 3, 2], ["tanh", "sigmoid"], 4, "row", "squared-error")
    return setup._replace(**changes)


def test_a_run_shows_the_weights_that_an_iteration_began_with_and_what_it_computed() -> None:
    stepper, walked = Stepper(small()), Stepper(small())
    names = ["W1", "W2", "dz2/da1", "dz2/dW2", "delta1", "C", "W1_new"]
    way, seen = stepper.watch(names), {}

    def look(iteration: int) -> bool:
        seen[iteration] = {name: np.array(way.values[name]) for name in names}
        return False

    stepper.run(6, way, look)
    for iteration in range(1, 7):
        walked.goto(iteration)
        walked.iterate()
        for name in names:
            found = np.ascontiguousarray(seen[iteration][name]).reshape(walked[name].shape)
            assert found.tobytes() == walked[name].tobytes(), (iteration, name)


def test_a_look_that_says_so_ends_the_run_behind_its_iteration() -> None:
    stepper = Stepper(small())
    way = stepper.watch(["C"])
    asked: list[int] = []

    def look(iteration: int) -> bool:
        asked.append(iteration)
        return iteration == 7

    stepper.run(100, way, look)
    assert asked == [1, 2, 3, 4, 5, 6, 7]
    assert stepper.moment == (8, 0)


def test_what_nothing_computes_is_looked_at_too() -> None:
    stepper = Stepper(small())
    assert stepper.watch(["a0", "y"]).values["a0"].tolist() == small().inputs.tolist()
    with pytest.raises(KeyError):
        stepper.watch(["a9"])


# ── one iteration, and runs in slices ──


def test_a_run_of_one_iteration_is_one_iteration() -> None:
    stepper, walked = Stepper(small()), Stepper(small())
    curve = Curve(Entry("C", ()))
    outcome = run(stepper, iterations=1, curves=[curve])
    walked.iterate()
    assert (outcome.reason, outcome.done) == ("iterations", 1)
    assert stepper.moment == (2, 0)
    assert stepper["W1"].tobytes() == walked["W1_new"].tobytes()
    assert [span.low for span in curve] == [walked["C"].item()]


def test_a_run_of_no_iterations_stands_where_it_stood() -> None:
    stepper = Stepper(small())
    stepper.goto(5, after="a1")
    assert run(stepper, iterations=0).done == 0
    assert stepper.moment == (5, stepper.program.numbers["a1"])


def test_a_run_tells_how_far_it_is_slice_by_slice() -> None:
    told = list(running(Stepper(small()), iterations=500, slice_seconds=1e-9))
    assert isinstance(told[-1], Outcome)
    steps = [one.done for one in told[:-1] if isinstance(one, Progress)]
    assert steps == sorted(set(steps))
    assert steps[0] == 1
    assert steps[-1] == 500
    first = told[0]
    assert isinstance(first, Progress)
    assert first.left == pytest.approx(499 * first.seconds)


def test_a_run_of_no_time_is_over_at_once() -> None:
    outcome = run(Stepper(small()), seconds=0.0)
    assert (outcome.reason, outcome.done) == ("seconds", 0)


def test_a_run_that_is_stopped_tells_what_it_did() -> None:
    asked: Iterator[bool] = iter([False, True])
    stepper = Stepper(small())
    outcome = run(stepper, iterations=10**6, stop=lambda: next(asked))
    assert outcome.reason == "stopped"
    assert outcome.done == stepper.moment.iteration - 1 > 0


def test_a_run_needs_an_end() -> None:
    with pytest.raises(InputError, match="a run needs an end"):
        run(Stepper(small()))


# ── the row of the biases ──


def test_the_factor_below_leaves_the_row_of_the_biases_out() -> None:
    stepper = Stepper(small())
    stepper.iterate()
    assert stepper["dz2/da1"].tolist() == stepper["W2"][1:].T.tolist()
    assert stepper["dC/da1"] == pytest.approx(stepper["delta2"] @ stepper["W2"][1:].T)


@pytest.mark.parametrize(("frozen", "still"), [("b1", slice(0, 1)), ("W1", slice(1, None))])
def test_what_is_frozen_of_a_matrix_with_biases_are_its_rows(frozen: str, still: slice) -> None:
    stepper = Stepper(small(frozen=frozenset({frozen})))
    stepper.iterate()
    changed = stepper["changeW1"]
    assert not changed[still].any()
    assert np.count_nonzero(changed) == changed.size - changed[still].size
    assert stepper.program.quantities["W1"].learns
    both = Stepper(small(frozen=frozenset({"W1", "b1"})))
    both.iterate()
    assert not both["changeW1"].any()
    assert not both.program.quantities["W1"].learns


# ── how far apart checkpoints lie ──


@pytest.mark.parametrize(
    ("widths", "rows", "expected"),
    [
        pytest.param((2, 3, 2), 1, (64, 256), id="small"),
        pytest.param((50, 100, 50), 100, (4, 32), id="larger"),
        pytest.param((784, 300, 10), 512, (1, 2), id="large"),
    ],
)
def test_checkpoints_lie_as_far_apart_as_an_iteration_is_short(
    widths: tuple[int, ...], rows: int, expected: tuple[int, int]
) -> None:
    setup = random_setup(1, widths, ["tanh"] * 2, rows, "separate", "squared-error")
    assert spacings(build(setup)) == expected


def test_an_iteration_goes_on_from_old_state_and_a_count_and_from_no_data_that_is_fed() -> None:
    recipe = plain_scenario()
    recipe["update"] = {"rule": "adam", "learning_rate": 0.1, "batch": 2}
    program = load(recipe).program
    state = {f"{kind}.{name}_old" for kind in "mv" for name in ("W1", "b1", "W2", "b2")}
    assert program.fed == {"a0", "y", "t"}
    assert program.remembered == state | {"t"}
    assert [quantity.name for quantity in program.data] == ["a0", "y"]
