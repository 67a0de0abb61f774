"""Sheets to practise on: short numbers, no answers on the sheet, mistakes told apart."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from chainstep.core import Stepper
from chainstep.core.check.mistakes import program_with
from chainstep.core.check.telling_numbers import RIGHT, practice
from chainstep.core.text.numbers import Digits, number_text
from chainstep.scenarios import load
from chainstep.tui.command import main

SMALL = ["two-neurons", "two-layer-network", "softmax-no-hidden-layer"]


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["worksheet", *words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", SMALL)
def test_mistakes_that_can_be_told_apart_give_other_answers(name: str) -> None:
    setup = load(name).setup
    drawn = practice(setup, 1, 4)
    never = set.intersection(*(set(practice(setup, seed, 4).alike) for seed in range(2, 4)))
    assert set(drawn.alike) == never & set(drawn.alike)
    told = set(combinations(drawn.answers, 2)) - set(drawn.alike)
    for one, other in told:
        answers = [
            [
                number_text(float(number), Digits(4))
                for value in drawn.answers[each].values()
                for number in np.ravel(value)
            ]
            for each in (one, other)
        ]
        assert answers[0] != answers[1]


@pytest.mark.parametrize("name", SMALL)
def test_the_answers_are_those_of_the_engine_with_and_without_a_mistake(name: str) -> None:
    drawn = practice(load(name).setup, 5, 4)
    for mistake, values in drawn.answers.items():
        program = program_with([mistake] if mistake else [], drawn.setup)
        stepper = Stepper(program)
        for record in stepper.iterate():
            assert np.allclose(values[record.quantity], record.value, rtol=2e-5, equal_nan=True)


def test_a_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    setup = load("logistic-zeros").setup
    first, again, other = (practice(setup, seed, 4).setup for seed in (3, 3, 4))
    assert np.array_equal(first.inputs, again.inputs)
    assert np.array_equal(first.weights[0], again.weights[0])
    assert not np.array_equal(first.inputs, other.inputs)


def test_the_numbers_given_are_short_and_none_is_nought() -> None:
    setup = practice(load("two-neurons").setup, 7, 4).setup
    for array in (setup.inputs, *setup.weights):
        assert np.array_equal(np.round(array, 1), array)
        assert (array != 0).all()


def test_the_sheet_has_room_and_no_answers_and_the_key_has_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sheet = printed(capsys, "two-neurons", "--seed", "3")
    key = printed(capsys, "two-neurons", "--seed", "3", "--key")
    drawn = practice(load("two-neurons").setup, 3, 4)
    delta = number_text(float(drawn.answers[RIGHT]["delta1"][0, 0]), Digits(4))
    assert delta in key
    assert delta not in sheet
    assert "[[______, ______]]" in sheet
    assert "______" not in key
    wrong = drawn.answers["slope-of-activation"]["da2/dz2"][0, 0]
    assert number_text(float(wrong), Digits(4)) in key.partition("WHAT A WRONG ANSWER TELLS")[2]


def test_a_sheet_and_its_key_print_as_they_did(snapshot: object) -> None:
    from chainstep.core.formats.document import Look
    from chainstep.core.formats.plain_text import write_document
    from chainstep.core.formats.worksheet import worksheet

    drawn = practice(load("two-neurons").setup, 3, 4)
    look = Look(digits=Digits(4))
    for key in (False, True):
        text = "".join(write_document(worksheet(drawn, "sheet 3", look, key=key), look))
        snapshot(f"worksheet{'-key' if key else ''}", text)  # type: ignore[operator]


@pytest.mark.parametrize("kind", ["text", "markdown", "markdown-text", "latex", "html"])
@pytest.mark.parametrize("key", [(), ("--key",)], ids=["sheet", "key"])
def test_a_sheet_is_one_of_every_format(kind: str, key: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "sheet"
    words = ["worksheet", "two-layer", *key, "--format", kind, "--output", str(path)]
    assert main(words) == 0
    text = path.read_text(encoding="utf-8")
    assert "two-layer-network: sheet 1" in text
    assert "<script" not in text


def test_more_digits_than_anybody_writes_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worksheet", "two-neurons", "--digits", "10"]) == 2
    assert capsys.readouterr().err == (
        "chainstep: --digits 10: nobody writes more than 9 digits by hand\n"
    )


def test_a_sheet_is_not_a_format_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worksheet", "two-neurons", "--format", "jsonl"]) == 2
    assert "invalid choice: 'jsonl'" in capsys.readouterr().err
