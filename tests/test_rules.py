"""The equations of an iteration: against PyTorch, textbooks, and the complex step."""

import importlib.util
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings

from chainstep.core import Layer, Setup, Stepper
from chainstep.core.expression_parts import evaluate
from chainstep.core.network import build
from chainstep.core.rules import RULES
from chainstep.core.setup import Array
from tests.networks import BIAS_KINDS, random_setup, setups
from tests.reference.make import cases, computed_by_torch, stored

REFERENCE = stored()


def deviation(stepper: Stepper, name: str, right: Array) -> float:
    """The largest difference, by the largest sum of absolute products that it comes from.

    A sum may cancel, as the deltas of a softmax do that a shared bias adds up: what is left is
    rounding, and no measure.
    """
    found = stepper[name]
    right = right.reshape(found.shape)
    if not np.isfinite(right).all():
        return 0.0 if np.array_equal(found, right, equal_nan=True) else np.inf
    scale = np.abs(right).max()
    step = stepper.program.step(name)
    if name.startswith(("z", "dC/dW", "dC/db", "dC/da")):
        magnitudes = {operand.name: np.abs(stepper[operand.name]) for operand in step.operands}
        scale = max(scale, np.abs(evaluate(step.expression, magnitudes)).max())
    difference = np.abs(found - right).max()
    return float(difference / scale) if difference else 0.0


def worst(setup: Setup, iterations: Mapping[int, Mapping[str, Array]]) -> dict[str, float]:
    """The deviation of each quantity, as ``50:delta2``, that is not within 1e-12."""
    stepper = Stepper(setup)
    found = {}
    for iteration, quantities in iterations.items():
        stepper.goto(iteration)
        stepper.iterate()
        for name, right in quantities.items():
            found[f"{iteration}:{name}"] = deviation(stepper, name, right)
    return {name: value for name, value in found.items() if not value <= 1e-12}


# ── PyTorch ──


@pytest.mark.parametrize("case", REFERENCE)
def test_every_quantity_is_what_pytorch_computes(case: str) -> None:
    assert worst(*REFERENCE[case]) == {}


def test_the_reference_has_every_case_that_its_maker_makes() -> None:
    assert set(REFERENCE) == set(cases())


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
@settings(max_examples=30)
@given(setups(arithmetics=["float64"]))
def test_random_networks_are_what_pytorch_computes(setup: Setup) -> None:
    assume(is_tame(setup))
    assume(not is_noise_blown_up(setup))
    right = computed_by_torch(setup, (1,))
    assume(right[1]["C"] < 50)  # PyTorch takes the logarithm of 0 for -100
    assert worst(setup, right) == {}


def is_tame(setup: Setup) -> bool:
    """Whether all is finite and nothing saturates, where 1 − a² would be mostly rounding."""
    records = Stepper(setup).iterate()
    zs = [np.abs(record.value).max() for record in records if record.quantity[0] == "z"]
    return max(zs) < 4 and all(np.isfinite(record.value).all() for record in records)


def is_noise_blown_up(setup: Setup) -> bool:
    """Whether a gradient that is 0 but for rounding is divided by its own size."""
    softmaxes = [layer for layer in setup.layers if layer.activation == "softmax"]
    cancels = setup.bias == "shared" or any(layer.units == 1 for layer in softmaxes)
    return bool(softmaxes) and cancels and setup.rule in {"rmsprop", "adam"}


# ── the complex step ──


def cost_at(stepper: Stepper, changed: Mapping[str, Any]) -> Any:
    """The cost by the forward steps alone, on whatever numbers the changed quantities hold."""
    known = {name: stepper[name] for name in stepper.present} | dict(changed)
    for step in stepper.program.steps:
        if step.phase == "forward":
            known[step.quantity.name] = evaluate(step.expression, known)
    return known["C"]


def complex_gradient(stepper: Stepper, name: str) -> Array:
    value = stepper[name]
    gradient = np.empty_like(value)
    for position in np.ndindex(value.shape):
        nudged = value.astype(complex)
        nudged[position] += 1e-200j
        gradient[position] = np.imag(cost_at(stepper, {name: nudged})).item() / 1e-200
    return gradient


@settings(max_examples=20)
@given(setups(arithmetics=["float64"], deepest=3))
def test_every_gradient_equals_the_complex_step_of_the_cost(setup: Setup) -> None:
    assume(all(layer.activation != "softplus" for layer in setup.layers))  # not of complex numbers
    assume(is_tame(setup))
    # The sum of a softmax is 1 whatever the weights: its derivatives are rests of rounding.
    assume(setup.loss != "output" or setup.layers[-1].activation != "softmax")
    stepper = Stepper(setup)
    learnt = {name: complex_gradient(stepper, name) for name in stepper.present if name[0] in "Wb"}
    stepper.iterate()
    off = {
        name: deviation(stepper, f"dC/d{name}", right)
        for name, right in learnt.items()
        if not deviation(stepper, f"dC/d{name}", right) <= 1e-11
    }
    assert off == {}


# ── textbooks and well-known posts, at their printed digits ──


def mazur() -> Setup:
    """Mazur, A Step by Step Backpropagation Example (2015); its biases do not learn."""
    return Setup(
        np.array([[0.05, 0.10]]),
        np.array([[0.01, 0.99]]),
        (Layer(2, "sigmoid"), Layer(2, "sigmoid")),
        (np.array([[0.15, 0.25], [0.20, 0.30]]), np.array([[0.40, 0.50], [0.45, 0.55]])),
        (np.array([[0.35]]), np.array([[0.60]])),
        bias="shared",
        frozen=frozenset({"b1", "b2"}),
        loss="half-squared-error",
        settings={"learning_rate": 0.5},
    )


def han() -> Setup:
    """Han, Kamber, Data Mining: Concepts and Techniques, the example of section 9.2.3."""
    return Setup(
        np.array([[1.0, 0, 1]]),
        np.array([[1.0]]),
        (Layer(2, "sigmoid"), Layer(1, "sigmoid")),
        (np.array([[0.2, -0.3], [0.4, 0.1], [-0.5, 0.2]]), np.array([[-0.3], [-0.2]])),
        (np.array([[-0.4, 0.2]]), np.array([[0.1]])),
        bias="separate",
        loss="half-squared-error",
        settings={"learning_rate": 0.9},
    )


def nielsen(start: tuple[float, float]) -> Setup:
    """Nielsen, Neural Networks and Deep Learning (2015), chapter 3: one unit learns 1 → 0."""
    weight, bias = start
    return Setup(
        np.array([[1.0]]),
        np.array([[0.0]]),
        (Layer(1, "sigmoid"),),
        (np.array([[weight]]),),
        (np.array([[bias]]),),
        bias="separate",
        loss="half-squared-error",
        settings={"learning_rate": 0.15},
    )


def goodfellow() -> Setup:
    """Goodfellow, Bengio, Courville, Deep Learning (2016), 6.1: relu units that solve XOR."""
    return Setup(
        np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]),
        np.array([[0.0], [1], [1], [0]]),
        (Layer(2, "relu"), Layer(1, "identity")),
        (np.array([[1.0, 1], [1, 1]]), np.array([[1.0], [-2]])),
        (np.array([[0.0, -1]]), np.array([[0.0]])),
        bias="separate",
        loss="mean-squared-error",
        reduction="mean",
    )


def karpathy() -> Setup:
    """Stanford CS231n, linear classification: the scores and losses of one image."""
    return Setup(
        np.array([[-15.0, 22, -44, 56]]),
        np.array([[0.0, 0, 1]]),
        (Layer(3, "softmax"),),
        (np.array([[0.01, -0.05, 0.1, 0.05], [0.7, 0.2, 0.05, 0.16], [0, -0.45, -0.2, 0.03]]).T,),
        (np.array([[0.0, 0.2, -0.3]]),),
        bias="separate",
        loss="cross-entropy",
    )


# None where the text prints no number.
MAZUR = {
    "z1": [["0.3775", None]],
    "a1": [["0.593269992", "0.596884378"]],
    "z2": [["1.105905967", None]],
    "a2": [["0.75136507", "0.772928465"]],
    "C": "0.298371109",
    "dC/da2": [["0.74136507", None]],
    "da2/dz2": [["0.186815602", None]],
    "delta2": [["0.138498562", None]],
    "dC/dW2": [["0.082167041", None], [None, None]],
    "dC/da1": [["0.036350306", None]],
    "da1/dz1": [["0.241300709", None]],
    "dC/dW1": [["0.000438568", None], [None, None]],
    "W2_new": [["0.35891648", "0.511301270"], ["0.408666186", "0.561370121"]],
    "W1_new": [["0.149780716", "0.24975114"], ["0.19956143", "0.29950229"]],
}
HAN = {
    "z1": [["-0.7", "0.1"]],
    "a1": [["0.332", "0.525"]],
    "z2": [["-0.105"]],
    "a2": [["0.474"]],
    "delta1": [["0.0087", "0.0065"]],
    "W2_new": [["-0.261"], ["-0.138"]],
    "W1_new": [["0.192", "-0.306"], ["0.4", "0.1"], ["-0.508", "0.194"]],
    "b2_new": [["0.218"]],
    "b1_new": [["-0.408", "0.194"]],
}
GOODFELLOW = {
    "z1": [["0", "-1"], ["1", "0"], ["1", "0"], ["2", "1"]],
    "a1": [["0", "0"], ["1", "0"], ["1", "0"], ["2", "1"]],
    "a2": [["0"], ["1"], ["1"], ["0"]],
    "C": "0",
}
KARPATHY = {
    "z1": [["-2.85", "0.86", "0.28"]],
    "a1": [[None, "0.631", "0.353"]],  # 0.016 there, out of numbers rounded before
    "C": "1.04",
}


def published() -> Iterator[Any]:
    first: dict[str, tuple[Setup, dict[str, Any]]]
    first = {"Mazur": (mazur(), MAZUR), "Han and Kamber": (han(), HAN)}
    first |= {"Goodfellow": (goodfellow(), GOODFELLOW), "CS231n": (karpathy(), KARPATHY)}
    for title, (setup, numbers) in first.items():
        for name, printed in numbers.items():
            yield pytest.param(setup, 1, name, printed, id=f"{title}, {name}")
    yield pytest.param(mazur(), 10_000, "C", "0.0000351085", id="Mazur, C of iteration 10 000")
    for start, before, after in (((0.6, 0.9), "0.82", "0.09"), ((2.0, 2.0), "0.98", "0.20")):
        yield pytest.param(nielsen(start), 1, "a1", [[before]], id=f"Nielsen from {start}, start")
        yield pytest.param(nielsen(start), 301, "a1", [[after]], id=f"Nielsen from {start}, end")


def as_printed(value: Array, printed: Any) -> Any:
    """The value with as many decimals as each number was printed with."""
    if printed is None:
        return None
    if isinstance(printed, str):
        decimals = len(printed.partition(".")[2])
        return f"{float(value):.{decimals}f}"
    return [as_printed(entry, text) for entry, text in zip(value, printed, strict=True)]


@pytest.mark.parametrize(("setup", "iteration", "name", "printed"), list(published()))
def test_a_published_number_comes_out_at_its_printed_digits(
    setup: Setup, iteration: int, name: str, printed: Any
) -> None:
    stepper = Stepper(setup)
    stepper.goto(iteration, after=name)
    assert as_printed(stepper[name], printed) == printed


# ── what the program of a network is ──


@pytest.mark.parametrize("bias", BIAS_KINDS)
def test_the_steps_of_an_iteration_are_those_of_the_design(bias: Any) -> None:
    program = build(random_setup(1, [2, 3, 1], ["tanh", "sigmoid"], 4, bias, "squared-error"))
    own = bias in {"separate", "shared"}
    plus = bias == "row"
    wanted = [
        *(["a0+"] * plus), "z1", "a1", *(["a1+"] * plus), "z2", "a2", "C_obs", "C",
        "dC/da2", "da2/dz2", "delta2", "dz2/dW2", "dC/dW2", *(["dz2/db2", "dC/db2"] * own),
        "dz2/da1", "dC/da1", "da1/dz1", "delta1", "dz1/dW1", "dC/dW1",
        *(["dz1/db1", "dC/db1"] * own),
        "changeW1", "W1_new", *(["changeb1", "b1_new"] * own),
        "changeW2", "W2_new", *(["changeb2", "b2_new"] * own),
    ]  # fmt: skip
    assert [step.quantity.name for step in program.steps] == wanted


@settings(max_examples=20)
@given(setups())
def test_a_value_has_the_shape_and_an_axis_for_each_dimension(setup: Setup) -> None:
    for record in Stepper(setup).iterate():
        quantity = record.definition.quantity
        assert record.value.shape == quantity.shape
        assert len(record.axes) == record.value.ndim


def test_the_backward_phase_uses_the_weights_from_before_the_update() -> None:
    stepper = Stepper(mazur())
    stepper.iterate()
    assert np.array_equal(stepper["dz2/da1"], stepper["W2"].T)
    assert not np.array_equal(stepper["dz2/da1"], stepper["W2_new"].T)


@pytest.mark.parametrize(
    ("bias", "frozen", "name", "rows"),
    [
        pytest.param("row", {"b1"}, "W1", slice(0, 1), id="the bias row"),
        pytest.param("row", {"W1"}, "W1", slice(1, None), id="all but the bias row"),
        pytest.param("row", {"W1", "b1"}, "W1", slice(None), id="all of it"),
        pytest.param("separate", {"b1"}, "b1", slice(None), id="a bias"),
        pytest.param("shared", {"b1"}, "b1", slice(None), id="a shared bias"),
        pytest.param("none", {"W1"}, "W1", slice(None), id="weights"),
    ],
)
@pytest.mark.parametrize("rule", ["gradient-descent", "adam"])
def test_what_is_frozen_shows_its_gradient_and_changes_by_0(
    bias: Any, frozen: set[str], name: str, rows: slice, rule: str
) -> None:
    rate = {"learning_rate": 0.1}
    rest = {"beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8} if rule == "adam" else {}
    stepper = Stepper(
        random_setup(
            3, [2, 3, 1], ["tanh", "sigmoid"], 4, bias, "squared-error",
            frozen=frozenset(frozen), rule=rule, settings=rate | rest,
        )
    )  # fmt: skip
    stepper.run(3)
    stepper.iterate()
    moved = stepper[f"change{name}"] != 0
    still = np.zeros_like(moved)
    still[rows] = True
    assert (stepper[f"dC/d{name}"] != 0).all()
    assert np.array_equal(moved, ~still)


def test_rules_may_differ_from_layer_to_layer() -> None:
    def forgetful(value: Any, change: Any) -> Any:
        return value + change

    setup = random_setup(1, [2, 3, 1], ["tanh", "sigmoid"], 4, "none", "squared-error")
    program = build(setup, lambda k: RULES._replace(new_value=forgetful) if k == 2 else RULES)
    values = {"W1": np.ones((2, 3)), "changeW1": np.ones((2, 3))}
    assert not evaluate(program.step("W1_new").expression, values).any()
    values = {"W2": np.ones((3, 1)), "changeW2": np.ones((3, 1))}
    assert (evaluate(program.step("W2_new").expression, values) == 2).all()
