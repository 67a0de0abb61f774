"""A run as a program of numpy and of PyTorch: both are executed, and agree with the engine."""

from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from chainstep.core import InputError, Stepper
from chainstep.core.check.mistakes import MISTAKES, program_with
from chainstep.core.formats.program_text import names_of
from chainstep.core.formats.registry import FORMATS
from chainstep.core.formats.run_document import About, state_of
from chainstep.core.program import Program
from chainstep.core.quantities import OBSERVATION, Axis, Kind, Quantity
from chainstep.core.setup import Setup
from chainstep.core.updates import UPDATES
from chainstep.scenarios import load, names
from chainstep.tui.command import main
from tests.networks import SETTINGS, random_setup, setups, varied_setup
from tests.recipes import plain_scenario

try:
    import torch  # noqa: F401
except ImportError:
    HAS_TORCH = False
else:
    HAS_TORCH = True

WITH_TORCH = pytest.mark.skipif(not HAS_TORCH, reason="no PyTorch here")
LANGUAGES = ["numpy", pytest.param("pytorch", marks=WITH_TORCH)]
ITERATIONS = 3


def written(language: str, run: Setup | Program, title: str = "", iterations: int = 3) -> str:
    stepper = Stepper(run)
    about = About(
        "run", stepper.program, state_of(stepper), title, shown=(1, iterations),
        iterations=iterations,
    )  # fmt: skip
    return FORMATS[language].write_program(about)


def executed(text: str) -> tuple[dict[str, Any], list[float]]:
    """What a program leaves, and the costs that it prints."""
    space: dict[str, Any] = {}
    out = StringIO()
    with redirect_stdout(out), np.errstate(all="ignore"):
        exec(compile(text, "program", "exec"), space)
    return space, [float(line.rpartition(" ")[2]) for line in out.getvalue().splitlines()]


def assert_agrees(language: str, run: Setup | Program) -> None:
    space, costs = executed(written(language, run))
    stepper = Stepper(run)
    relative, least = (1e-9, 1e-11) if run.arithmetic == "float64" else (2e-3, 1e-5)
    expected = [float(next(r.value for r in stepper.iterate() if r.quantity == "C")) for _ in costs]
    assert np.allclose(costs, expected, relative, least, equal_nan=True)
    called = names_of(stepper.program, ())  # beta2 is a setting of Adam too
    for quantity in stepper.program.parameters:
        new = f"{quantity.name}_new"
        engine = stepper[new if new in stepper.program.numbers else quantity.name]
        found = space[called[quantity.name]]
        own = np.asarray(found.detach() if hasattr(found, "detach") else found)
        assert np.allclose(own, engine, relative, least, equal_nan=True), quantity.name


def steady(setup: Setup) -> Setup:
    """The same network, its update not divided by what may be a rest of rounding."""
    if setup.rule not in {"rmsprop", "adam"}:
        return setup
    return setup._replace(arithmetic="float64", settings={**setup.settings, "epsilon": 1e-2})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", names())
def test_a_scenario_as_a_program_does_what_the_engine_does(name: str, language: str) -> None:
    assert_agrees(language, load(name).setup)


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=20)
@given(setup=setups(deepest=3))
def test_any_network_as_a_program_does_what_the_engine_does(language: str, setup: Setup) -> None:
    assert_agrees(language, steady(setup))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("seed", range(24))
def test_batches_masks_penalties_and_other_layers_are_part_of_the_program(
    seed: int, language: str
) -> None:
    assert_agrees(language, steady(varied_setup(seed)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", UPDATES)
@pytest.mark.parametrize("frozen", [frozenset[str](), frozenset({"b1"}), frozenset({"W1", "b2"})])
@pytest.mark.parametrize("bias", ["row", "separate", "shared"])
def test_every_rule_and_frozen_part_is_one_of_the_program(
    language: str, rule: str, frozen: frozenset[str], bias: Any
) -> None:
    setup = random_setup(
        2, (2, 3, 2), ("tanh", "sigmoid"), 3, bias, "squared-error",
        rule=rule, settings=SETTINGS[rule], frozen=frozen,
    )  # fmt: skip
    assert_agrees(language, setup)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_program_of_numpy_makes_a_mistake_that_was_asked_for(mistake: str) -> None:
    setup = random_setup(1, (3, 3, 3), ("tanh", "softmax"), 3, "row", "cross-entropy")
    try:
        program = program_with((mistake,), setup)
    except InputError:
        return
    assert_agrees("numpy", program)


def test_a_program_of_pytorch_cannot_make_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["replay", "two-neurons", "--mistake", "slope-of-activation", "--format", "pytorch"]
    assert main(words) == 2
    assert capsys.readouterr().err == (
        "chainstep: PyTorch differentiates by itself, so a program of it cannot make the mistake "
        "slope-of-activation; --format numpy makes it\n"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_breaks_down_the_long_way_goes_the_short_way(language: str) -> None:
    setup = random_setup(1, (2, 2), ("softmax",), 2, "none", "cross-entropy")
    setup = setup._replace(weights=(np.array([[800.0, -800.0], [0.0, 0.0]]),))
    space, _ = executed(written(language, setup, iterations=1))
    stepper = Stepper(setup)
    stepper.iterate()
    if language == "numpy":
        assert np.allclose(space["delta1"], stepper["delta1"])


HOSTILE = 'x"""\nimport os\nos.abort()\n"""\x1b[31m\u2028print(1)'


@pytest.mark.parametrize("language", ["numpy", "pytorch"])
def test_words_from_a_file_are_no_code(language: str) -> None:
    text = written(language, load("two-neurons").setup, HOSTILE)
    plain = written(language, load("two-neurons").setup, "plain")
    assert text.splitlines()[1:] == plain.splitlines()[1:]
    assert text.startswith('# run: x""" import os os.abort() """ [31m print(1)\n')


def test_a_run_that_starts_from_too_much_is_refused() -> None:
    setup = random_setup(1, (500, 500), ("sigmoid",), 2, "none", "squared-error")
    with pytest.raises(InputError, match="no program should hold as text"):
        written("numpy", setup)


def test_names_of_any_program_are_made_to_fit() -> None:
    odd = [Quantity(name, (1, 1), (OBSERVATION, Axis("sum")), Kind.VALUE)
           for name in ("class", "l2-delta", "l2_delta", "2x", "np", "x[0]")]  # fmt: skip
    program = load("two-neurons").program._replace(quantities={q.name: q for q in odd})
    found = names_of(program, ("np",))
    assert len(set(found.values())) == len(odd)
    assert all(name.isidentifier() for name in found.values())
    assert "np" not in found.values()
    assert found["class"] == "q_class"


def test_the_program_of_a_scenario_is_written_as_it_was(snapshot: Any) -> None:
    for language in ("numpy", "pytorch"):
        snapshot(f"program-{language}", written(language, load("same-weights").setup, "A title"))


@pytest.mark.parametrize(
    ("bias", "frozen", "has_one"),
    [("separate", [], True), ("separate", ["W1"], True), ("row", [], True), ("row", ["W1"], False)],
)
def test_pytorchs_optimiser_is_taken_where_it_can_leave_out_what_is_frozen(
    bias: str, frozen: list[str], has_one: bool
) -> None:
    recipe = plain_scenario()
    recipe["network"] |= {"bias": bias, "frozen": frozen, "weights": {"fill": 1}}
    stepper = Stepper(load(recipe))
    text = FORMATS["pytorch"].write_program(About("own", stepper.program, state_of(stepper)))
    assert ("torch.optim." in text) is has_one
