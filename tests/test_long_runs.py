"""Long runs: the same bits as stepping, any moment of them, under control."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainstep.core import Entry, InputError, Moment, Stepper
from chainstep.core.engine.blocks import BLOCK
from chainstep.core.engine.checkpoints import Checkpoints
from chainstep.core.engine.spill import Spill
from chainstep.core.runs.conditions import parse_condition
from chainstep.core.runs.curves import Curve
from chainstep.core.runs.runs import Outcome, Progress, first_not_finite, run, running
from chainstep.core.setup import Array, BiasKind, Setup
from chainstep.core.text.typed import Names
from chainstep.core.updates import UPDATES
from chainstep.scenarios import load
from tests.networks import BIAS_KINDS, SETTINGS, bits, random_setup


def same_weights(**others: Any) -> Setup:
    setup = load("same-weights", {"arithmetic": "float64"}).setup
    return setup._replace(**others)


def small(**others: Any) -> Setup:
    settings = {"learning_rate": 0.05}
    return random_setup(
        1, [2, 3, 2], ["tanh", "softmax"], 4, "row", "cross-entropy",
        **({"settings": settings} | others),
    )  # fmt: skip


def large(bias: BiasKind = "row", **others: Any) -> Setup:
    """Wide enough that weights lie by columns and element-wise calls go block by block."""
    setup = random_setup(
        3, [150, 120, 140, 4], ["sigmoid", "tanh", "softmax"], 160, bias, "cross-entropy",
        **({"settings": {"learning_rate": 0.001}} | others),
    )  # fmt: skip
    assert 120 * 160 > BLOCK < 150 * 120
    return setup


def weights(stepper: Stepper) -> dict[str, bytes]:
    return {name: bits(stepper[name]) for name in stepper.present}


# ── the same bits ──


@pytest.mark.parametrize("bias", BIAS_KINDS)
@pytest.mark.parametrize("arithmetic", ["float64", "float32"])
def test_a_large_network_runs_to_the_bits_that_it_steps_to(bias: BiasKind, arithmetic: Any) -> None:
    setup = large(bias, arithmetic=arithmetic)
    running_, walking = Stepper(setup), Stepper(setup)
    running_.run(4)
    for _ in walking.walk(4):
        pass
    walking.goto(5)
    assert weights(running_) == weights(walking)


@pytest.mark.parametrize("rule", UPDATES)
@pytest.mark.parametrize(
    "frozen",
    [set(), {"b1"}, {"W2"}, {"W1", "b1", "b3"}],
    ids=lambda names: " ".join(sorted(names)) or "nothing",
)
def test_rules_and_frozen_rows_of_a_large_network_run_as_they_step(
    rule: str, frozen: set[str]
) -> None:
    setup = large(rule=rule, settings=SETTINGS[rule], frozen=frozenset(frozen))
    running_, walking = Stepper(setup), Stepper(setup)
    running_.run(3)
    for _ in walking.walk(3):
        pass
    walking.goto(4)
    assert weights(running_) == weights(walking)


def test_a_run_that_is_looked_at_has_the_bits_of_one_that_is_not() -> None:
    setup = large()
    seen, unseen, stepped = Stepper(setup), Stepper(setup), Stepper(setup)
    names = ["C", "W1", "a1", "dC/da1", "delta2", "da1/dz1", "dC/dW2", "changeW1", "W3_new", "z2"]
    watch = seen.watch(names)
    stepped.iterate()
    for iteration in range(1, 5):
        looked = {}
        seen.run(1, watch, lambda _: False)
        looked = {name: bits(np.array(watch.values[name]).reshape(-1)) for name in names}
        stepped.goto(iteration, after=len(stepped.program.steps))
        assert looked == {name: bits(stepped[name].reshape(-1)) for name in names}
    unseen.run(4)
    assert weights(seen) == weights(unseen)


def test_looking_can_end_a_run() -> None:
    stepper = Stepper(small())
    stepper.run(100, stepper.watch(["C"]), lambda iteration: iteration == 7)
    assert stepper.moment == Moment(8)


def test_what_is_only_laid_out_cannot_be_looked_at() -> None:
    with pytest.raises(InputError, match="da2/dz2 is laid out only to be shown"):
        Stepper(small()).watch(["da2/dz2"])


# ── any moment ──


def test_a_hundred_thousand_iterations_take_little_store_and_few_to_compute_again() -> None:
    stepper = Stepper(same_weights())
    stepper.run(100_000)
    assert stepper.checkpoints.nbytes <= 8 * 2**20
    assert stepper.checkpoints.file_nbytes == 0
    last = {}
    for iteration in (99_999, 50_000, 3):
        assert iteration - stepper.checkpoints.before(iteration)[0] < 512
        stepper.goto(iteration, after="C")
        last[iteration] = float(stepper["C"])
        stepper.back()
        assert stepper.moment == Moment(iteration, stepper.program.numbers["C"] - 1)
    assert last[3] > last[50_000] > last[99_999]


def big_store(limit: int, file_limit: int, iterations: int) -> Checkpoints:
    checkpoints = Checkpoints(carried(1), limit, coarsest=2, file_limit=file_limit)
    for iteration in range(2, iterations + 1):
        checkpoints.offer(iteration, carried(iteration))
    return checkpoints


def carried(iteration: int) -> Array:
    return np.full(1000, float(iteration))


def test_what_memory_cannot_hold_goes_to_a_file() -> None:
    checkpoints = big_store(50_000, 10**8, 1001)
    assert checkpoints.nbytes <= 50_000
    assert checkpoints.spacing == 2
    assert checkpoints.file_nbytes > 450 * 8000
    for iteration in (1, 2, 500, 501, 1000, 1001):
        kept, found = checkpoints.before(iteration)
        assert iteration - 2 < kept <= iteration
        assert np.array_equal(found, carried(kept))


def test_a_full_file_is_thinned_and_its_room_used_again() -> None:
    checkpoints = big_store(50_000, 100 * 8000, 3000)
    assert checkpoints.file_nbytes <= 100 * 8000
    assert checkpoints.nbytes <= 50_000
    for iteration in range(1, 3001, 97):
        kept, found = checkpoints.before(iteration)
        assert iteration - checkpoints.spacing < kept <= iteration
        assert np.array_equal(found, carried(kept))


def test_a_disk_without_room_only_makes_the_store_coarser(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    checkpoints = big_store(50_000, 10**8, 300)
    assert checkpoints.file_nbytes == 0
    assert checkpoints.nbytes <= 50_000
    assert np.array_equal(checkpoints.before(300)[1], carried(checkpoints.before(300)[0]))


def test_a_large_network_computes_at_most_two_iterations_again() -> None:
    setup = large()
    stepper = Stepper(setup, store=1)
    stepper.checkpoints.coarsest = 2
    stepper.run(40)
    straight = Stepper(setup)
    for iteration in (40, 39, 17, 2, 1, 23):
        assert iteration - stepper.checkpoints.before(iteration)[0] <= 2
        stepper.goto(iteration)
        straight.goto(iteration)
        assert weights(stepper) == weights(straight)
    assert stepper.checkpoints.file_nbytes > 0


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open has a name there")
def test_the_file_is_gone_even_where_the_process_is_killed(tmp_path: Path) -> None:
    program = """
import numpy as np, os, signal
from chainstep.core.engine.spill import Spill
spill = Spill(np.zeros(100))
assert spill.put(1, np.ones(100)) and spill.read(1).sum() == 100
os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=False)
    assert done.returncode == -9
    assert list(tmp_path.iterdir()) == []


def test_arrays_come_out_of_the_file_as_they_went_in() -> None:
    spill = Spill(np.zeros(7, dtype=np.float32))
    arrays = {n: np.arange(7, dtype=np.float32) * n for n in range(1, 20)}
    for number, array in arrays.items():
        assert spill.put(number, array)
    spill.keep_only(lambda number: number % 2 == 0)
    assert 3 not in spill
    for number in range(101, 120):
        assert spill.put(number, arrays[number - 100])
    assert spill.nbytes == (9 + 19) * 28
    for number in (2, 18, 101, 119):
        assert np.array_equal(spill.read(number), arrays[number if number < 100 else number - 100])


# ── control ──


@pytest.mark.parametrize(("rate", "iteration"), [(0.5, 5661), (1, 2815), (2, 1391), (5, 228)])
def test_a_run_ends_where_its_condition_first_holds(rate: float, iteration: int) -> None:
    stepper = Stepper(same_weights(settings={"learning_rate": rate}))
    until = parse_condition("C < 0.01", Names(stepper.program))
    outcome = run(stepper, until=until, iterations=10_000)
    assert (outcome.reason, outcome.moment.iteration, outcome.done) == (
        "condition", iteration, iteration,
    )  # fmt: skip
    assert stepper.moment == outcome.moment == Moment(iteration, stepper.program.numbers["C"])
    assert until.holds(stepper)
    stepper.goto(iteration - 1, after="C")
    assert not until.holds(stepper)


def test_a_condition_on_what_an_iteration_begins_with_ends_before_it() -> None:
    stepper = Stepper(same_weights())
    outcome = run(stepper, until=parse_condition("W1[0,0] < 0.99", Names(stepper.program)))
    assert outcome.moment.step == 0
    assert float(stepper["W1"][0, 0]) < 0.99
    ninth = parse_condition("iteration = 9", Names(stepper.program))
    assert run(Stepper(same_weights()), until=ninth).moment == Moment(9)


def test_a_run_ends_after_its_iterations_and_curves_see_each() -> None:
    stepper, curve = Stepper(small()), Curve(Entry("C", ()))
    outcome = run(stepper, iterations=300, curves=[curve])
    assert outcome == Outcome("iterations", Moment(301), 300, outcome.seconds)
    straight = Stepper(small())
    for span in curve:
        straight.goto(span.first, after="C")
        assert span.first == span.last
        assert span.low == span.high == float(straight["C"])
    assert curve.furthest == 300


def test_a_run_ends_after_its_seconds() -> None:
    stepper = Stepper(small())
    outcome = run(stepper, seconds=0.05)
    assert outcome.reason == "seconds"
    assert outcome.seconds >= 0.05
    assert stepper.moment == Moment(outcome.done + 1)


def test_a_run_without_an_end_is_refused() -> None:
    with pytest.raises(InputError, match="a run needs an end"):
        run(Stepper(small()))


def test_a_stop_leaves_a_state_to_go_on_from() -> None:
    stepper, straight = Stepper(small()), Stepper(small())
    told: list[Progress] = []
    outcome = run(
        stepper, iterations=10**9, progress=told.append, stop=lambda: len(told) == 3
    )  # fmt: skip
    assert outcome.reason == "stopped"
    assert stepper.moment == Moment(outcome.done + 1)
    stepper.step()
    straight.goto(outcome.done + 1, after=1)
    assert weights(stepper) == weights(straight)


def test_progress_tells_the_speed_and_what_is_left() -> None:
    told = [one for one in running(Stepper(small()), iterations=3000) if isinstance(one, Progress)]
    assert [one.done for one in told] == sorted({one.done for one in told})
    last = told[-1]
    assert last.per_second == pytest.approx(last.done / last.seconds)
    assert told[0].left is not None
    assert last.left == 0


def test_a_run_that_nobody_asks_on_stands_before_an_iteration() -> None:
    stepper = Stepper(small())
    moves = running(stepper, iterations=10**9)
    next(moves)
    next(moves)
    assert stepper.moment.step == 0
    stepper.step()


OVERFLOWING = {
    "at once": same_weights(
        settings={"learning_rate": 0.05},
        layers=tuple(layer._replace(activation="identity") for layer in same_weights().layers),
    ),
    "slowly": random_setup(
        1, [2, 1], ["identity"], 4, "row", "squared-error", settings={"learning_rate": 0.3}
    ),
}


@pytest.mark.parametrize("case", OVERFLOWING)
def test_an_overflow_is_found_at_the_iteration_where_it_starts(case: str) -> None:
    stepper, straight = Stepper(OVERFLOWING[case]), Stepper(OVERFLOWING[case])
    strange = next(r for r in straight.walk(5000) if not np.isfinite(r.value).all())
    assert (strange.iteration > 300) == (case == "slowly")
    outcome = run(stepper, iterations=5000)
    assert outcome.reason == "not finite"
    assert outcome.moment == stepper.moment == Moment(strange.iteration, strange.step)
    assert stepper.record is not None
    assert any("not finite here" in note for note in stepper.record.notes)
    assert stepper.goto(outcome.moment.iteration) is None
    assert stepper.is_finite


def test_a_cost_that_is_not_finite_ends_a_run_whose_curve_sees_it() -> None:
    stepper = Stepper(OVERFLOWING["slowly"])
    outcome = run(stepper, iterations=5000, curves=[Curve(Entry("C", ()))])
    assert outcome.reason == "not finite"
    assert stepper.record is not None
    assert stepper.record.quantity in {"C_obs", "C"}


def test_a_start_that_is_not_finite_is_found_at_once() -> None:
    setup = same_weights(weights=tuple(W * np.inf for W in same_weights().weights))
    assert first_not_finite(Stepper(setup), 1, 1).iteration == 1


@pytest.mark.parametrize("rule", UPDATES)
@pytest.mark.parametrize("bias", BIAS_KINDS)
def test_a_learning_rate_of_1_is_run_as_it_is_stepped(rule: str, bias: BiasKind) -> None:
    setup = random_setup(
        1, [2, 3, 2], ["tanh", "sigmoid"], 4, bias, "squared-error",
        rule=rule, settings=SETTINGS[rule] | {"learning_rate": 1.0}, frozen=frozenset({"W2"}),
    )  # fmt: skip
    running_, walking = Stepper(setup), Stepper(setup)
    watch = running_.watch(["changeW1"])
    running_.run(9)
    running_.run(1, watch, lambda _: False)
    for _ in walking.walk(10):
        pass
    assert bits(np.array(watch.values["changeW1"])) == bits(walking["changeW1"])
    walking.goto(11)
    assert weights(running_) == weights(walking)
