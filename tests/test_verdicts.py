"""Right and wrong numbers, by the number of their digits: what check says of each."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.own_program import Net, iterate, run
from bench.verdicts import (
    Style,
    right_cases,
    setup_of,
    slip_cases,
    written,
    wrong_cases,
)
from chainstep.core.check.arrays import check_arrays
from chainstep.core.check.check_numbers import Check, check
from chainstep.core.check.guessed_programs import Guess, Plain
from chainstep.core.check.guesses_of_mistakes import joined, single_guesses
from chainstep.core.check.mistakes import program_with
from chainstep.core.check.verdict import Verdict
from chainstep.core.network import build
from chainstep.core.setup import Setup
from chainstep.core.stepper import Stepper
from chainstep.scenarios import load
from chainstep.scenarios.numbers_file import load_numbers
from tests.calculations import ROLES, calculation

CASES = Path(__file__).parent / "reference" / "verdicts"


def _checked(scenario: str, numbers: str) -> Check:
    setup = load(str(CASES / f"{scenario}.yaml")).setup
    return check(setup, load_numbers(CASES / f"{numbers}.yaml", build(setup)).written)


@pytest.mark.parametrize(
    ("scenario", "numbers", "verdict", "first", "mistake"),
    [
        ("one-unit", "one-unit-new-weight", "wrong", "W1_new", "sign-flipped"),
        ("one-unit", "one-unit-all", "wrong", "z1", ""),
        ("t-minus-a", "t-minus-a-gradients", "wrong", "dC/dW2", "sign-flipped"),
        ("slope-again", "slope-again-gradients", "wrong", "dC/dW2", "extra-output-slope"),
        ("two-units", "two-units-few-digits", "wrong", "dC/dW2", ""),
        ("two-layers", "two-layers-biases-kept", "wrong", "b1_new", "bias-not-updated"),
        ("relu-at-zero", "relu-at-zero-units-first", "right", "", ""),
    ],
)
def test_a_case_that_was_judged_wrongly_once_is_judged_rightly(
    scenario: str, numbers: str, verdict: str, first: str, mistake: str
) -> None:
    found = _checked(scenario, numbers)
    assert found.verdict.word == verdict
    assert (found.first_wrong.quantity if found.first_wrong else "") == first
    assert (found.mistakes[:1] or ("",))[0] == mistake


def test_where_a_convention_is_shown_rounding_alone_is_spoken_of() -> None:
    found = _checked("products-by-hand", "products-by-hand-biases-last")
    assert "Rounding alone may explain what is off here" in found.text()


def test_numbers_that_are_nearly_right_have_no_factor_and_no_other_place() -> None:
    setup = load("same-weights").setup
    right = next(one for one in calculation(setup) if one.quantity == "dC/dW3")
    value = np.array([[f"{float(text) * 1.00004:.8f}" for text in row] for row in right.texts])
    text = check(setup, [replace(right, texts=value)]).text()
    assert "WRONG HERE" in text
    assert not re.search(r"times (about )?1\b|other places", text)


def _net(digits: int = 2) -> Net:
    generator = np.random.default_rng(3)

    def drawn(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return generator.uniform(-1, 1, shape).round(digits)

    return Net(
        x=drawn(3, 2),
        y=np.abs(drawn(3, 2)),
        weights=(drawn(2, 3), drawn(3, 2)),
        biases=(drawn(1, 3), drawn(1, 2)),
        activations=("tanh", "sigmoid"),
        loss="half-squared-error",
        mean=False,
        rate=0.5,
    )


_STYLES = [Style(n, None) for n in (1, 2, 3, 4, 6, 8)] + [Style(None, n) for n in (2, 3, 5, 8)]


@pytest.mark.parametrize("style", _STYLES, ids=str)
def test_numbers_rounded_once_are_right_at_any_number_of_digits(style: Style) -> None:
    net = _net()
    numbers = written(dict(enumerate(run(net, 2), start=1)), style)
    found = check(setup_of(net), numbers)
    assert found.verdict is Verdict.RIGHT


@pytest.mark.parametrize("digits", [2, 3, 4, 5])
def test_numbers_cut_off_are_right_and_said_to_be(digits: int) -> None:
    net = _net()
    numbers = written(dict(enumerate(run(net, 1), start=1)), Style(digits, None, cut=True))
    found = check(setup_of(net), numbers)
    assert (found.verdict, found.reading.cut) == (Verdict.RIGHT, True)
    assert "cut off, not rounded" in found.text()


def test_one_number_cut_off_is_no_single_precision() -> None:
    setup = load("two-layer-network").setup
    stepper = Stepper(setup)
    stepper.iterate()
    value = f"{stepper['a2'][0, 0]:.12f}"[:11]
    found = check_arrays(setup, {"a2": [[float(value)], [np.nan], [np.nan], [np.nan]]})
    assert found.arithmetic == "float64"


@pytest.mark.parametrize("style", [Style(2, None), Style(3, None), Style(4, None), Style(None, 4)])
def test_numbers_rounded_at_every_step_are_not_accused(style: Style) -> None:
    net = _net()
    numbers = written({2: run(net, 2, style.keep)[1]}, style)
    found = check(setup_of(net), numbers)
    assert found.verdict <= Verdict.CANNOT_TELL


@pytest.mark.parametrize("digits", [2, 3, 4])
@pytest.mark.parametrize(
    ("name", "factor"), [("delta2", 2.0), ("delta1", -1.0), ("dC/dW1", 2.0), ("dC/dW2", -1.0)]
)
def test_a_doubled_or_turned_quantity_is_never_right(name: str, factor: float, digits: int) -> None:
    net = _net()
    values = dict(run(net, 1)[0])
    values[name] = values[name] * factor
    style = Style(digits, None)
    found = check(setup_of(net), written({1: values}, style))
    visible = np.abs(values[name]) > 4 * 10.0**-digits
    assert not visible.any() or found.verdict >= Verdict.CANNOT_TELL
    if digits > 2:
        assert found.verdict is Verdict.WRONG
        assert found.first_wrong is not None
        assert found.first_wrong.quantity == name


def test_a_given_weight_is_not_rounded() -> None:
    setup = load(str(CASES / "one-unit.yaml")).setup
    found = check_arrays(setup, {"W1": [[0.1]], "W1_new": [[0.117]]})
    assert found.verdict >= Verdict.CANNOT_TELL


def test_what_rounding_alone_explains_cannot_be_told_and_the_range_is_said() -> None:
    setup = load(str(CASES / "two-units.yaml")).setup
    right = Stepper(setup)
    right.iterate()
    near = round(float(right["delta2"][0, 0]), 2) + 0.01
    found = check_arrays(setup, {"delta2": [[near]]})
    assert found.verdict is Verdict.CANNOT_TELL
    assert found.verdict.exit_code == 3
    assert "rounding alone gives" in found.text()
    assert "What would tell" in found.text()


def test_follows_is_said_only_of_what_is_made_of_the_wrong_number() -> None:
    net = _net()
    values = dict(run(net, 1)[0])
    values["delta2"] = values["delta2"] + 0.3
    values["dC/dW2"] = values["a1"].T @ values["delta2"]
    values["dC/db1"] = values["dC/db1"] + 0.2
    names = ("a1", "delta2", "dC/dW2", "delta1", "dC/db1")
    found = check(setup_of(net), written({1: {n: values[n] for n in names}}, Style(6, None)))
    words = {name: verdict.word for (_, name), verdict in found.verdicts.items()}
    assert words == {
        "a1": "right",
        "delta2": "wrong",
        "dC/dW2": "follows",
        "delta1": "right",
        "dC/db1": "wrong",
    }


def test_single_precision_is_asked_of_dtypes_and_of_many_digits_only() -> None:
    setup = load("two-layer-network").setup
    stepper = Stepper(setup)
    stepper.iterate()
    a1 = np.array(stepper["a1"])
    single = check_arrays(setup, {"a1": a1.astype(np.float32)})
    assert (single.verdict, single.arithmetic) == (Verdict.RIGHT, "float64")
    a1[0, 0] += 1e-5
    off = check_arrays(setup, {"a1": a1})
    assert (off.verdict, off.arithmetic) == (Verdict.WRONG, "float64")


def test_the_same_file_gets_the_same_answer_every_time() -> None:
    case = next(iter(wrong_cases(np.random.default_rng(5), 1)))
    answers = {check(case.setup, case.written).text() for _ in range(2)}
    assert len(answers) == 1


@pytest.mark.parametrize("seed", [11, 12])
def test_right_numbers_in_any_form_are_not_accused(seed: int) -> None:
    for case in right_cases(np.random.default_rng(seed), 12):
        found = check(case.setup, case.written)
        assert found.verdict.exit_code != 1, (case.kind, found.text())


@pytest.mark.parametrize("seed", [21, 22])
def test_visibly_wrong_numbers_never_pass(seed: int) -> None:
    for case in wrong_cases(np.random.default_rng(seed), 4):
        found = check(case.setup, case.written)
        assert found.verdict.exit_code != 0, (case.kind, found.text())


def test_a_mistake_of_another_program_is_named() -> None:
    cases = slip_cases(np.random.default_rng(31), 6, 1)
    assert sum(bool(check(case.setup, case.written).mistakes) for case in cases) >= 5


# ── conventions ───────────────────────────────────────────────────────────────────────────


def _arrays(setup: Setup, iteration: int = 1) -> dict[str, np.ndarray]:
    stepper = Stepper(setup)
    stepper.goto(iteration)
    stepper.iterate()
    names = ("a1", "a2", "C", "delta2", "delta1", "dC/dW2", "dC/dW1", "W1_new", "W2_new")
    return {name: np.array(stepper[name]) for name in names}


def _mean_setup() -> Setup:
    net = _net()
    return setup_of(net.__class__(**{**net.__dict__, "mean": True}))


def test_the_mean_at_the_gradient_is_a_convention_and_told_in_one_line() -> None:
    setup = _mean_setup()
    arrays = _arrays(setup)
    for name in ("delta1", "delta2"):
        arrays[name] = arrays[name] * 3
    found = check_arrays(setup, arrays)
    assert found.verdict is Verdict.RIGHT
    assert "1/m of the mean enters at the gradient" in " ".join(found.text().split())


def test_several_conventions_may_hold_at_once() -> None:
    setup = _mean_setup()
    arrays = {name: value.T for name, value in _arrays(setup).items()}
    for name in ("delta1", "delta2"):
        arrays[name] = arrays[name] * -3
    arrays["C"] = arrays["C"] * 2
    found = check_arrays(setup, arrays)
    assert found.verdict is Verdict.RIGHT
    assert [one.name for one in found.reading.conventions] == [
        "y-minus-a",
        "mean-at-the-gradient",
        "no-half-in-the-cost",
    ]
    assert found.reading.arrangement[:2] == ("columns", "units × inputs")


def test_another_sign_that_nothing_turns_round_is_a_mistake() -> None:
    setup = _mean_setup()
    arrays = _arrays(setup)
    wrong = {name: -arrays[name] for name in ("dC/dW1", "dC/dW2")}
    found = check_arrays(setup, wrong)
    assert (found.verdict, found.mistakes[0]) == (Verdict.WRONG, "sign-flipped")
    kept = {name: -arrays[name] for name in ("delta2", "dC/dW2")} | {"W2_new": arrays["W2_new"]}
    kept["W2_new"] = _arrays(setup)["W2_new"] + 0.2
    assert check_arrays(setup, kept).verdict is Verdict.WRONG


@pytest.mark.parametrize(
    ("names", "factor", "convention", "mistake"),
    [
        (("delta2", "delta1"), -1, "y-minus-a", "sign-flipped"),
        (("delta2", "dC/dW2"), -1, "y-minus-a-and-plus", "sign-flipped"),
        (("delta2",), 3, "mean-at-the-gradient", "sum-for-mean"),
    ],
)
def test_deltas_in_a_convention_that_nothing_shows_cannot_be_told_from_a_mistake(
    names: tuple[str, ...], factor: float, convention: str, mistake: str
) -> None:
    setup = _mean_setup()
    arrays = {name: factor * _arrays(setup)[name] for name in names}
    for style in (None, Style(4, None)):
        numbers = written({1: arrays}, style)
        found = check(setup, numbers)
        assert found.verdict is Verdict.CANNOT_TELL
        assert [one.name for one in found.reading.supposed] == [convention]
        assert mistake in found.mistakes
        assert "What would tell: your" in " ".join(found.text().split())


def test_a_square_gradient_turned_alone_cannot_be_told_from_a_mistake() -> None:
    generator = np.random.default_rng(1)
    net = Net(
        x=generator.uniform(-1, 1, (1, 2)).round(2),
        y=np.array([[0.3, 0.8]]),
        weights=(generator.uniform(-1, 1, (2, 2)).round(2),),
        biases=None,
        activations=("sigmoid",),
        loss="squared-error",
        mean=False,
        rate=0.1,
    )
    values = run(net, 1)[0]
    turned = check_arrays(setup_of(net), {"dC/dW1": values["dC/dW1"].T})
    assert turned.verdict is Verdict.CANNOT_TELL
    assert turned.mistakes == ("gradient-transposed",)
    both = {name: values[name].T for name in ("dC/dW1", "W1_new")}
    assert check_arrays(setup_of(net), both).verdict is Verdict.RIGHT


def test_a_mean_in_the_gradients_of_a_sum_may_be_meant() -> None:
    setup = setup_of(_net())
    arrays = {name: _arrays(setup)[name] for name in ("delta2", "dC/dW2")}
    arrays["dC/dW2"] = arrays["dC/dW2"] / 3
    found = check_arrays(setup, arrays)
    assert found.verdict is Verdict.CANNOT_TELL
    assert "mean-for-sum" in found.mistakes
    assert "`reduction: mean`" in " ".join(found.text().split())


# ── what nothing explains ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: 2.5 * w, "the right ones times 2.5"),
        (lambda w: w[[1, 0, 2]], "in another order: 1, 0, 2"),
        (lambda w: w + np.array([[0, 0], [0.3, 0.2], [0, 0]]), "only unit 1 is off"),
    ],
)
def test_where_nothing_fits_the_difference_is_described(change: object, words: str) -> None:
    setup = setup_of(_net())
    arrays = _arrays(setup)
    found = check_arrays(setup, {"dC/dW2": change(arrays["dC/dW2"])})  # type: ignore[operator]
    assert found.verdict is Verdict.WRONG
    assert words in " ".join(found.text().split())


# ── several ways to round, and several mistakes ───────────────────────────────────────────


def _rounded_at(names: tuple[str, ...], style: Style) -> dict[int, dict[str, np.ndarray]]:
    """Two iterations in which the quantities whose names begin so are rounded."""

    def keep(name: str, value: np.ndarray) -> np.ndarray:
        return style.keep(name, value) if name.startswith(names) else value

    return dict(enumerate(run(_net(), 3, keep), start=1))


_PLACES = {
    "every-step": ("z", "a", "C", "dC", "da", "delta", "change", "W", "b"),
    "no-slopes": ("z", "a", "C", "dC", "delta", "change", "W", "b"),
    "no-changes": ("z", "a", "C", "dC", "da", "delta", "W", "b"),
    "activations-deltas-new": ("a1", "a2", "C", "delta", "W", "b"),
    "new": ("W", "b", "C"),
}


@pytest.mark.parametrize("places", _PLACES.values(), ids=_PLACES)
@pytest.mark.parametrize("style", [Style(3, None), Style(None, 3)], ids=str)
def test_outputs_after_updates_that_round_somewhere_are_right_as_rounded(
    places: tuple[str, ...], style: Style
) -> None:
    values = _rounded_at(places, style)
    outputs = {i: {"a2": values[i]["a2"], "C": values[i]["C"]} for i in (2, 3)}
    assert check(setup_of(_net()), written(outputs, style)).verdict.holds


def test_two_mistakes_written_down_step_by_step_are_both_named() -> None:
    setup = setup_of(_net())
    for pair in (
        ("last-observation-only", "activation-missing"),
        ("missing-hidden-slope", "bias-zeroed"),
        ("error-in-gradient", "bias-not-updated"),
    ):
        wrong = calculation(setup, made=pair, digits=7, roles=(*ROLES, "da/dz", "change"))
        found = check(setup, wrong)
        assert set(found.mistakes) >= set(pair), (pair, found.mistakes)
        assert found.diagnosis.complete


def test_a_mistake_beside_a_convention_that_it_hides_is_named() -> None:
    setup = setup_of(_net())
    stepper = Stepper(program_with(("learning-rate-omitted",), setup))
    stepper.iterate()
    names = ("a2", "delta2", "delta1", "W2_new", "W1_new")
    arrays = {name: np.array(stepper[name]) for name in names}
    arrays |= {name: -arrays[name] for name in ("delta2", "delta1")}
    found = check_arrays(setup, arrays)
    assert found.mistakes[0] == "learning-rate-omitted"
    assert "your deltas have the sign of y − a" in " ".join(found.text().split())


def test_an_update_after_each_observation_is_named() -> None:
    setup = setup_of(_net())
    net, weights, biases = _net(), list(_net().weights), list(_net().biases or ())
    outputs = np.zeros((0, 2))
    for n in range(3):
        one = replace(net, x=net.x[n : n + 1], y=net.y[n : n + 1])
        values = iterate(one, weights, biases, lambda _, value: value)
        outputs = np.concatenate([outputs, values["a2"]])
    arrays = {"a2": outputs, "W1_new": weights[0], "W2_new": weights[1]}
    assert check_arrays(setup, arrays).mistakes == ("updated-after-each-observation",)


def test_targets_in_any_order_are_named_with_the_order() -> None:
    setup = setup_of(_net())
    other = setup._replace(targets=setup.targets[[1, 0, 2]])
    found = check(setup, calculation(other, digits=7))
    assert found.mistakes == ("targets-shuffled",)
    assert "y, its rows in the order 1, 0, 2" in " ".join(found.text().split())


def test_a_weight_that_was_kept_is_known_by_having_no_more_digits() -> None:
    net = _net()
    values = dict(run(net, 1)[0])
    numbers = written({1: {n: values[n] for n in ("a2", "W1_new", "W2_new")}}, Style(9, None))
    assert net.biases is not None
    numbers += written({1: {"b1_new": net.biases[0], "b2_new": net.biases[1]}}, Style(2, None))
    assert check(setup_of(net), numbers).mistakes == ("bias-not-updated",)


def test_short_numbers_in_a_file_of_long_ones_keep_their_own_digits() -> None:
    net = _net()
    values = dict(run(net, 1)[0])
    numbers = written({1: {n: values[n] for n in ("delta2", "W1_new", "W2_new")}}, Style(6, None))
    numbers += written({1: {"a2": values["a2"]}}, Style(3, None))
    assert check(setup_of(net), numbers).verdict is Verdict.RIGHT


def test_a_slow_machine_gets_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    case = next(iter(slip_cases(np.random.default_rng(8), 1, 2)))
    quick = check(case.setup, case.written).text()
    clock = iter(range(10**9))
    for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
        monkeypatch.setattr(f"time.{name}", lambda: 3600.0 * next(clock))
        monkeypatch.setattr(f"time.{name}_ns", lambda: 3600 * 10**9 * next(clock), raising=False)
    assert check(case.setup, case.written).text() == quick


def test_no_module_of_the_verdicts_knows_a_clock() -> None:
    room = Path(__file__).parent.parent / "core" / "check"
    clock = re.compile(r"^(import|from) (time|datetime|signal|threading)\b", re.MULTILINE)
    known = [path.name for path in room.rglob("*.py") if clock.search(path.read_text("utf-8"))]
    assert known == []


def test_numbers_that_are_none_name_the_mistake_that_makes_them() -> None:
    setup = setup_of(_net())._replace(
        rule="adam",
        settings={"learning_rate": 0.1, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    )
    found = check_arrays(setup, {"W2_new": np.full((3, 2), np.nan)})
    assert found.mistakes == ("adam-counts-wrong",)


@pytest.mark.parametrize("names", [("W1_new",), ("b1_new", "W1_new")], ids="+".join)
def test_a_plain_list_is_the_weights_of_one_unit_with_its_bias_or_without(
    names: tuple[str, ...],
) -> None:
    generator = np.random.default_rng(3)
    net = Net(
        x=generator.uniform(-1, 1, (2, 4)).round(2),
        y=np.array([[0.2], [0.7]]),
        weights=(generator.uniform(-1, 1, (4, 1)).round(2),),
        biases=(np.array([[0.3]]),),
        activations=("sigmoid",),
        loss="squared-error",
        mean=False,
        rate=0.1,
    )
    values = run(net, 1)[0]
    flat = np.concatenate([values[name].ravel() for name in names])
    assert check_arrays(setup_of(net), {"W1_new": flat}).verdict is Verdict.RIGHT


def _one_unit(bias: float, loss: str = "half-squared-error") -> Net:
    return Net(
        x=np.array([[0.79, -0.24, -0.09, 1.56]]),
        y=np.array([[0.5]]),
        weights=(np.array([[-0.75], [-0.35], [-1.47], [-0.98]]),),
        biases=(np.array([[bias]]),),
        activations=("tanh",),
        loss=loss,
        mean=False,
        rate=0.2,
    )


def test_a_weighted_sum_that_was_rounded_before_the_bias_was_added_is_right_as_rounded() -> None:
    # by hand: -1.905 is -1.91, + 1.39 is -0.52, and its tanh -0.478
    found = check_arrays(setup_of(_one_unit(1.39)), {"z1": [["-0.520"]], "a1": [["-0.478"]]})
    assert found.verdict is Verdict.RIGHT_AS_ROUNDED


def test_no_convention_is_taken_on_where_its_own_numbers_are_right_without_it() -> None:
    net = _one_unit(0.2, "squared-error")
    values = run(net, 1)[0]
    off = _flat(values, "dC/dW1")
    off[0][1] += 0.00001
    cost = round(float(values["C"]), 5)
    new = _flat(values, "W1_new")
    found = check_arrays(setup_of(net), {"C": cost, "dC/dW1": off, "W1_new": new})
    assert found.reading.conventions == ()
    assert found.verdict <= Verdict.CANNOT_TELL


def _flat(values: dict[str, np.ndarray], name: str) -> np.ndarray:
    """The weights of one unit in a row, its bias first, with five decimals."""
    bias = values[name.replace("W", "b")]
    return np.concatenate([bias, values[name]]).T.round(5)


@pytest.mark.parametrize(
    "pair",
    [("sign-flipped", "error-in-gradient"), ("integer-weights", "weights-not-updated")],
    ids="+".join,
)
def test_two_mistakes_of_which_one_hides_the_other_are_both_named(pair: tuple[str, str]) -> None:
    plain = Plain.of(setup_of(_net()))
    ways = {
        "sign-flipped": "in the gradients",
        "error-in-gradient": "of the weights",
        "integer-weights": "at the start",
        "weights-not-updated": "",
    }
    one, other = (_single(plain, name, ways[name]) for name in pair)
    both = joined(one, other)
    assert both is not None
    values = {name: both.values(1)[name] for name in both.program.numbers}
    found = check(plain.setup, written({1: values}, Style(7, None)))
    assert set(found.mistakes) >= set(pair)


def test_each_product_of_a_sum_may_be_rounded() -> None:
    style = Style(2, None)
    net = _net()
    rounded = style.keep("", net.x[:, :, None] * net.weights[0][None])
    assert net.biases is not None
    z1 = rounded.sum(axis=1) + net.biases[0]
    a1 = style.keep("", np.tanh(z1))
    assert (style.texts(z1) != style.texts(run(net, 1)[0]["z1"])).any()
    found = check(setup_of(net), written({1: {"z1": z1, "a1": a1}}, style))
    assert found.verdict <= Verdict.CANNOT_TELL


def test_a_mistake_behind_a_slip_of_its_own_is_named() -> None:
    setup = setup_of(_net())
    plain = _arrays(setup)
    slipped = plain["a2"].copy()
    slipped[0, 0] += 0.1
    delta = (slipped - setup.targets) * slipped * (1 - slipped)
    arrays = {"a1": plain["a1"], "a2": slipped, "delta2": delta}
    arrays |= {"dC/dW2": plain["a1"].T @ delta, "delta1": delta @ setup.weights[1].T}
    found = check_arrays(setup, arrays)
    assert found.mistakes[0] == "missing-hidden-slope"
    words = " ".join(found.text().split())
    assert "No mistake of the catalogue gives a2 (" in words
    assert "That gives all that is wrong behind the slip" in words


def test_where_two_mistakes_were_made_each_is_wrong_where_it_first_shows() -> None:
    setup = setup_of(_net())
    made = ("missing-hidden-slope", "sign-flipped")
    plain = Plain.of(setup)
    ways = {"missing-hidden-slope": "", "sign-flipped": "W + change for W − change"}
    both = joined(*(_single(plain, name, ways[name]) for name in made))
    assert both is not None
    names = ("delta2", "delta1", "dC/dW2", "W2_new", "W1_new")
    values = {name: both.values(1)[name] for name in names}
    found = check(setup, written({1: values}, Style(7, None)))
    words = {name: verdict.word for (_, name), verdict in found.verdicts.items()}
    assert (words["delta1"], words["W1_new"], words["W2_new"]) == ("wrong", "wrong", "same-mistake")


def test_what_would_tell_is_nothing_that_was_given() -> None:
    setup = load("two-layer-network").setup
    found = check(setup, calculation(setup, made=("mean-for-sum",), digits=7))
    advice = " ".join(found.text().split()).partition("What would tell: also give ")[2]
    assert advice.split("[")[0] not in {one.given.quantity for one in found.marked}


def _single(plain: Plain, name: str, says: str) -> Guess:
    """A mistake made in one of its ways wherever it fits."""
    return next(
        guess
        for guess in single_guesses(plain)
        if guess.names == (name,) and guess.everywhere and guess.made[0].way.says == says
    )


def test_deltas_of_the_sum_that_were_rounded_by_hand_are_right_as_rounded() -> None:
    net, style = _net(), Style(2, None)
    setup = _mean_setup()
    values = run(net, 1, style.keep)[0]  # of a sum: 1/m enters at the gradients
    names = ("z1", "a1", "z2", "a2", "delta2", "delta1")
    arrays = {name: values[name] for name in names}
    for layer, below in ((1, net.x), (2, values["a1"])):
        delta = values[f"delta{layer}"]
        products = style.keep("", below[:, :, None] * delta[:, None])
        arrays[f"dC/dW{layer}"] = style.keep("", products.sum(axis=0) / 3)
    assert check(setup, written({1: arrays}, style)).verdict <= Verdict.CANNOT_TELL
