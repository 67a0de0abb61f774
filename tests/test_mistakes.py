import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from chainstep.core.check.arrangement import Written
from chainstep.core.check.check_numbers import check
from chainstep.core.check.mistakes import MISTAKES, program_with
from chainstep.core.check.mistakes_made import Made, Mistake, layers_where, program_made
from chainstep.core.check.mistakes_markdown import page, small_networks, ways_of
from chainstep.core.quantities import InputError, ShapeError
from chainstep.core.setup import Setup
from chainstep.core.stepper import Stepper
from chainstep.scenarios import load
from tests.calculations import calculation

ROOT = Path(__file__).parent.parent

#: The ids that people rely on: in scenarios, in --mistake and in --json.
IDS = [
    "weights-not-transposed",
    "activations-not-transposed",
    "gradient-transposed",
    "elementwise-product",
    "updated-weights",
    "slope-of-activation",
    "slope-fed-preactivation",
    "missing-output-slope",
    "missing-hidden-slope",
    "extra-output-slope",
    "error-not-delta",
    "own-activation",
    "weight-for-activation",
    "missing-activation",
    "sign-flipped",
    "factor-two",
    "mean-for-sum",
    "sum-for-mean",
    "bias-wrong-axis",
    "bias-not-summed",
    "bias-row-kept",
    "bias-not-updated",
    "broadcast-vector",
    "softmax-diagonal",
    "softmax-from-preactivation",
    "softmax-wrong-axis",
    "shortcut-unnormalised-target",
    "gradient-accumulated",
    "integer-weights",
    "learning-rate-omitted",
    "learning-rate-twice",
]


def test_no_id_that_people_rely_on_is_gone() -> None:
    assert set(IDS) <= set(MISTAKES)


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_says_what_it_looks_like_and_how_to_mend_it(mistake: Mistake) -> None:
    assert all((mistake.title, mistake.looks, mistake.mend, mistake.source, mistake.ways))


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_the_wrong_formula_is_not_the_right_one(mistake: Mistake) -> None:
    pairs = [pair for _, pair in ways_of(mistake)]
    assert pairs
    assert all(pair.wrong != pair.right for pair in pairs)


def test_the_page_has_a_wrong_and_a_right_table_of_each() -> None:
    sections = page().split("\n## ")[1:]
    assert [section.split("\n")[0] for section in sections] == list(MISTAKES)
    for section in sections:
        tables = section.split("```")[1]
        assert tables.split("\n")[1].split()[::2] == ["wrong", "right"], section
        rows = [re.findall(r"\[[^\]]*\]", row) for row in tables.split("\n")[2:-1]]
        assert any(len(row) != 2 or row[0].split() != row[1].split() for row in rows), section


#: The mistakes that two iterations of a network of any kind can show.
_SHOWN = [
    name for name, one in MISTAKES.items() if any(not (way.odd or way.start) for way in one.ways)
]


def _made(mistake: Mistake) -> Iterator[tuple[Setup, list[Written]]]:
    """The networks where it shows, each with the numbers of a calculation that has the mistake."""
    for way, setup in product(mistake.ways, small_networks()):
        if way.odd or way.start:
            continue
        try:
            made = Made(mistake, way, layers_where(mistake, way, setup))
        except ShapeError:
            continue
        right, wrong = _both(setup, made)
        if any("nan" in one.texts for one in wrong):  # no number is nan's equal
            continue
        if any(not np.array_equal(a.texts, b.texts) for a, b in zip(right, wrong, strict=True)):
            yield setup, wrong


def _both(setup: Setup, made: Made) -> tuple[list[Written], list[Written]]:
    right = calculation(setup, iterations=(1, 2))
    return right, calculation(setup, made=program_made([made], setup), iterations=(1, 2))


@pytest.mark.parametrize(("number", "name"), list(enumerate(_SHOWN)), ids=_SHOWN)
def test_a_mistake_that_is_made_is_found(number: int, name: str) -> None:
    cases = list(_made(MISTAKES[name]))
    setup, wrong = cases[number % len(cases)]  # other ways and networks, mistake by mistake
    assert name in check(setup, wrong).diagnosis.names


@pytest.mark.parametrize("name", MISTAKES)
def test_a_run_with_a_mistake_is_the_same_stepped_and_fast(name: str) -> None:
    for setup in small_networks():
        try:
            stepped = Stepper(program_with((name,), setup))
        except InputError:
            continue
        fast = Stepper(program_with((name,), setup))
        for _ in range(3):
            stepped.iterate()
        fast.run(3)
        for pair in fast.program.carried:
            np.testing.assert_array_equal(stepped[pair.new.name], fast[pair.old.name])


def test_a_mistake_that_cannot_be_made_is_refused_with_the_reason() -> None:
    setup = load("two-layer-network").setup
    with pytest.raises(InputError) as error:
        program_with(("bias-row-kept",), setup)
    assert str(error.value) == (
        "the mistake bias-row-kept is impossible here: there is no row of biases"
    )


def test_two_mistakes_can_be_made_together() -> None:
    made = ("slope-of-activation", "factor-two")
    stepper = Stepper(program_with(made, load("same-weights").setup))
    stepper.iterate()
    right = Stepper(load("same-weights"))
    right.iterate()
    np.testing.assert_allclose(stepper["dC/da3"], right["dC/da3"] / 2, rtol=1e-6)
    assert not np.allclose(stepper["da3/dz3"], right["da3/dz3"])
