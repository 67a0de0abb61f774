"""What somebody typed stands for the same everywhere: quantities, entries, moments, counts."""

import pytest

from chainstep.core import Entry, InputError, Moment
from chainstep.core.quantities import MOST, whole_number
from chainstep.core.runs.conditions import parse_condition
from chainstep.core.stepper import program_of
from chainstep.core.text.notations import notation
from chainstep.core.text.typed import (
    Names,
    entry,
    moment,
    quantity,
    reading,
    two_meanings,
    whole_reading,
)
from chainstep.scenarios import load
from tests.networks import random_setup

SEPARATE = Names(
    program_of(random_setup(1, [2, 3, 2], ["tanh", "sigmoid"], 4, "separate", "squared-error"))
)
ROW = Names(program_of(load("same-weights").setup))
PAGE = Names(ROW.program, notation("n-a-w"))


@pytest.mark.parametrize(
    ("text", "names", "meant"),
    [
        ("b1.1", SEPARATE, Entry("b1", (0, 1))),
        ("b1.0.1", SEPARATE, Entry("b1", (0, 1))),
        ("b1[1]", SEPARATE, Entry("b1", (0, 1))),
        ("dC/db2.1", SEPARATE, Entry("dC/db2", (0, 1))),
        ("C_obs.3", SEPARATE, Entry("C_obs", (3, 0))),
        ("C", SEPARATE, Entry("C", ())),
        ("b1.1", ROW, Entry("W1", (0, 1))),
        ("changeb2.2", ROW, Entry("changeW2", (0, 2))),
        ("b3.0.1", ROW, Entry("W3", (0, 1))),
        ("∂ΣC/∂w²[1,0]", PAGE, Entry("dC/dW3", (1, 0))),
        ("dC/dW3[1, 0]", PAGE, Entry("dC/dW3", (1, 0))),
    ],
)
def test_an_entry_is_the_same_to_every_command(text: str, names: Names, meant: Entry) -> None:
    assert entry(text, names).entry == meant
    assert parse_condition(f"{text} < 0.5", names).entry == meant


def test_a_sign_and_a_transpose_may_stand_with_a_name() -> None:
    assert entry("W1.T[2,0]", ROW).entry == Entry("W1", (0, 2))
    found = parse_condition("-C < −0.5", ROW)
    assert (found.entry, found.sign, found.bound) == (Entry("C", ()), ">", 0.5)
    whole = whole_reading("−a1.T", ROW.program)
    assert whole is not None
    assert (whole.quantity, whole.sign, whole.transposed) == ("a1", -1, True)


def test_a_name_for_the_negative_turns_the_condition() -> None:
    setup = load("two-layer-network")
    names = Names(program_of(setup.setup), notation(setup.notation))
    found = parse_condition("dC_dw2[0,0] < 0.5", names)
    assert (found.entry, found.sign, found.bound) == (Entry("delta2", (0, 0)), ">", -0.5)


@pytest.mark.parametrize(
    ("text", "names", "meant"),
    [
        ("1000", ROW, Moment(1000)),
        (" 1000 : 13 ", ROW, Moment(1000, 13)),
        ("1:delta3", ROW, Moment(1, 14)),
        ("1:∂ΣC/∂n³", PAGE, Moment(1, 14)),
        ("007:0", ROW, Moment(7, 0)),
        ("epoch3", ROW, Moment(3)),
        ("Epoch 3:2", ROW, Moment(3, 2)),
    ],
)
def test_a_moment_is_read_with_every_name_that_is_shown(
    text: str, names: Names, meant: Moment
) -> None:
    assert moment(text, names) == meant


MANY = "9" * 5000
WRONG = {
    "entry": {
        "W1": "which entry? W1 is 3×3 (the bias and the inputs × units of layer 1): "
        "rows 0–2, columns 0–2; the last is W1.2.2",
        "W1.3.0": "there is no W1[3,0]: W1 is 3×3 (the bias and the inputs × units of layer 1): "
        "rows 0–2, columns 0–2; the last is W1.2.2",
        f"W1.{MANY}.0": f"'W1.{MANY[:36]}…' is longer than any name",
        f"W1.{MANY[:50]}.0": f"there is no W1[{MANY[:18]},0]: W1 is 3×3 (the bias and the inputs "
        "× units of layer 1): rows 0–2, columns 0–2; the last is W1.2.2",
        "W9.0.0": "this network has no quantity 'W9'; did you mean 'W3'?",
        "b1": "b1 is row 0 of W1 here: name one of its numbers, b1.0, or W1",
        "C.0": "C is one number: write C",
    },
    "quantity": {"W1.0.0": "'W1.0.0' is one number of W1: name the whole"},
    "moment": {
        "soon": "'soon' is no moment: write an iteration, 1000, or one of its steps, "
        "1000:13 or 1000:delta2",
        "x" * 40: f"{'x' * 40!r} is no moment: write an iteration, 1000, or one of its steps, "
        "1000:13 or 1000:delta2",
        "x" * 41: f"'{'x' * 39}…' is no moment: write an iteration, 1000, or one of its steps, "
        "1000:13 or 1000:delta2",
        "²": "'²' is no moment: write an iteration, 1000, or one of its steps, "
        "1000:13 or 1000:delta2",
        MANY: f"{MANY[:39]}… is too many iterations",
        f"1:{MANY}": f"an iteration of this network has 34 steps; {MANY[:39]}… is none",
        "0": "iterations count from 1: the start is 1:0",
        "1:W1": "no step computes W1: it is there when an iteration begins",
        "1:W1.0.0": "'W1.0.0' is one number of W1: name the whole",
        "1:delta4": "this network has no quantity 'delta4'; did you mean 'delta3'?",
    },
}
READERS = {"entry": entry, "quantity": quantity, "moment": moment}


@pytest.mark.parametrize(
    ("reader", "text"),
    [(reader, text) for reader, texts in WRONG.items() for text in texts],
    ids=lambda text: f"{text[:12]} of {len(text)}",
)
def test_what_means_nothing_is_told_with_the_mend(reader: str, text: str) -> None:
    with pytest.raises(InputError) as caught:
        READERS[reader](text, ROW)
    assert str(caught.value) == WRONG[reader][text]


def test_counts_are_plain_digits_of_any_length() -> None:
    assert [whole_number(text) for text in ("12", "0", "00", " 7 ")] == [12, 0, 0, 7]
    assert whole_number(MANY) == MOST
    assert {whole_number(text) for text in ("", "-1", "1.0", "²", "٣", "1_0", "x")} == {None}


@pytest.mark.parametrize(
    ("notation_name", "text"),
    [
        ("n-a-w", "W1.1.0"),
        ("n-a-w", "C"),
        ("code", "dC/dW1.0.0"),
        ("code", "delta2.0.0"),
        ("columns", "W1.0.2"),
        ("w1-w6", "a1.0.0"),
    ],
)
def test_a_name_means_one_number_or_says_that_it_means_two(notation_name: str, text: str) -> None:
    program = program_of(load("two-layer-network").setup)
    page = notation(notation_name)
    ours, theirs = (Names(program, page, alone) for alone in (False, True))
    same = reading(text, ours) == reading(text, theirs)
    assert same == (not two_meanings(text, ours)) == (not two_meanings(text, theirs))
