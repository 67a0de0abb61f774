"""Sheets to practise on: short numbers, no answers on the sheet, mistakes told apart."""

from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from chainstep.core import Stepper
from chainstep.core.check.mistakes import program_with
from chainstep.core.check.telling_numbers import RIGHT, Practice, practice
from chainstep.core.formats.document import Look
from chainstep.core.formats.plain_text import write_document
from chainstep.core.formats.worksheet import worksheet
from chainstep.core.text.numbers import Digits, number_text
from chainstep.scenarios import load
from chainstep.tui.command import main

SMALL = ["two-neurons", "two-layer-network", "softmax-no-hidden-layer"]


@cache
def of_seed(name: str, seed: int) -> Practice:
    return practice(load(name).setup, seed, 4)


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["worksheet", *words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", SMALL)
def test_mistakes_that_can_be_told_apart_give_other_answers(name: str) -> None:
    drawn = of_seed(name, 5)
    assert set(drawn.alike) <= set(of_seed(name, 3).alike)
    answers = {
        each: [number_text(x, Digits(4)) for v in values.values() for x in np.ravel(v).tolist()]
        for each, values in drawn.answers.items()
    }
    for one, other in set(combinations(drawn.answers, 2)) - set(drawn.alike):
        assert answers[one] != answers[other]


@pytest.mark.parametrize("name", SMALL)
def test_the_answers_are_those_of_the_engine_with_and_without_a_mistake(name: str) -> None:
    drawn = of_seed(name, 5)
    for mistake, values in drawn.answers.items():
        program = program_with([mistake] if mistake else [], drawn.setup)
        stepper = Stepper(program)
        for record in stepper.iterate():
            assert np.allclose(values[record.quantity], record.value, rtol=2e-5, equal_nan=True)


def test_a_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    first, again = of_seed("two-neurons", 3).setup, practice(load("two-neurons").setup, 3, 4).setup
    other = of_seed("two-neurons", 5).setup
    assert np.array_equal(first.inputs, again.inputs)
    assert np.array_equal(first.weights[0], again.weights[0])
    assert not np.array_equal(first.inputs, other.inputs)


def test_the_numbers_given_are_short_and_none_is_nought() -> None:
    setup = of_seed("two-neurons", 5).setup
    for array in (setup.inputs, *setup.weights):
        assert np.array_equal(np.round(array, 1), array)
        assert (array != 0).all()


def test_the_sheet_has_room_and_no_answers_and_the_key_has_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sheet = printed(capsys, "two-neurons", "--seed", "3")
    key = printed(capsys, "two-neurons", "--seed", "3", "--key")
    drawn = of_seed("two-neurons", 3)
    delta = number_text(float(drawn.answers[RIGHT]["delta1"][0, 0]), Digits(4))
    assert delta in key
    assert delta not in sheet
    assert "[[______, ______]]" in sheet
    assert "______" not in key
    wrong = drawn.answers["slope-of-activation"]["da2/dz2"][0, 0]
    assert number_text(float(wrong), Digits(4)) in key.partition("WHAT A WRONG ANSWER TELLS")[2]


def test_a_sheet_and_its_key_print_as_they_did(snapshot: object) -> None:
    drawn = of_seed("two-neurons", 3)
    look = Look(digits=Digits(4))
    for key in (False, True):
        text = "".join(write_document(worksheet(drawn, "sheet 3", look, key=key), look))
        snapshot(f"worksheet{'-key' if key else ''}", text)  # type: ignore[operator]


@pytest.mark.parametrize("kind", ["text", "markdown", "markdown-text", "latex", "html"])
@pytest.mark.parametrize("key", [(), ("--key",)], ids=["sheet", "key"])
def test_a_sheet_is_one_of_every_format(kind: str, key: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "sheet"
    words = ["worksheet", "one-neuron", *key, "--format", kind, "--output", str(path)]
    assert main(words) == 0
    text = path.read_text(encoding="utf-8")
    assert "one-neuron: sheet 1" in text
    assert "<script" not in text


def test_more_digits_than_anybody_writes_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worksheet", "two-neurons", "--digits", "10"]) == 2
    assert capsys.readouterr().err == (
        "chainstep: --digits 10: nobody writes more than 9 digits by hand\n"
    )


def test_a_sheet_is_not_a_format_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worksheet", "two-neurons", "--format", "jsonl"]) == 2
    assert "invalid choice: 'jsonl'" in capsys.readouterr().err


def test_of_what_is_told_to_be_right_no_pair_is_told_too() -> None:
    drawn = replace(
        of_seed("two-neurons", 3), alike=frozenset({(RIGHT, "a"), ("a", "b"), ("c", "d")})
    )
    text = "".join(write_document(worksheet(drawn, "sheet", Look(), key=True), Look()))
    assert "nothing comes out wrong by: a." in text
    assert "The same numbers come of: c and d." in text
