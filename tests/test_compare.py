"""chainstep compare: variants, one table, one plot, what was measured."""

import json
import re

import pytest

from chainstep.tui.command import main

LINE = "same-weights --arithmetic float64 --learning-rate 0.5,1,2,5 --until"


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["compare", *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["compare", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err.strip()


def test_the_learning_rates_take_the_measured_iterations(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = answer(capsys, *LINE.split(), "C < 0.01")
    assert re.findall(r"^[a-d] .* at (\d+) ", out, re.MULTILINE) == ["5661", "2815", "1391", "228"]
    assert out.count("3+3 as 1+1") == 4
    assert (
        "learning rate 5 has C < 0.01 first, at iteration 228; "
        "learning rate 0.5 takes 24.8 times as many, 5661" in out
    )


def test_the_answer_in_json_reads_back(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(answer(capsys, *LINE.split(), "C < 0.01", "--json"))
    assert found["until"] == "C < 0.01"
    assert [one["iteration"] for one in found["variants"]] == [5661, 2815, 1391, 228]
    first = found["variants"][0]
    assert first["changes"] == {"learning_rate": "0.5"}
    assert first["ended"] == "condition"
    assert (first["hidden_units"], first["distinct_hidden_units"]) == ([3, 3], [1, 1])
    assert first["cost_curve"][-1][1] == 5661
    assert first["lowest_cost"] == first["cost"] < 0.01


def test_the_table_and_the_plot(capsys: pytest.CaptureFixture[str], snapshot: object) -> None:
    out = answer(capsys, *LINE.split(), "C < 0.1", "--iterations", "10000")
    snapshot("compare", out)  # type: ignore[operator]


def test_every_combination_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    out = answer(
        capsys, "two-layer-network", "--seed", "1,2", "--loss", "squared-error,half-squared-error",
        "--iterations", "20",
    )  # fmt: skip
    assert "4 variants, each run for 20 iterations" in out
    assert [line[0] for line in out.splitlines() if re.match(r"[a-z]  ", line)] == list("abcd")


def test_rounding_that_parts_units_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    out = answer(
        capsys, "rounding-separates", "--products", "blas,ordered", "--iterations", "50"
    )  # fmt: skip
    assert "10 as 1" in out


def test_a_cost_that_is_not_finite_is_said_and_no_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = "same-weights --learning-rate 0.5,1e30 --activation relu --output-activation identity"
    out = answer(capsys, *words.split(), "--iterations", "30")
    assert "not finite at" in out
    assert "the first number that is not finite is computed at iteration" in out
    found = json.loads(answer(capsys, *words.split(), "--iterations", "30", "--json"))
    assert found["variants"][1]["ended"] == "not finite"


def test_what_was_not_reached_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    out = answer(
        capsys, *LINE.split(), "C < 0.01", "--iterations", "300"
    )  # fmt: skip
    assert (
        "not within 300 iterations: learning rate 0.5, learning rate 1 and learning rate 2" in out
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["same-weights"],
            (
                "chainstep: there is nothing to compare: give an option several values, "
                "--learning-rate 0.5,1,2,5 or --seed 1,2,3"
            ),
        ),
        (
            ["same-weights", "--learning-rate", "1,,2"],
            "chainstep: --learning-rate 1,,2: a value is missing between two commas",
        ),
        (
            ["same-weights", "--learning-rate", "1,2", "--until", "D < 1"],
            "chainstep: this network has no quantity 'D'",
        ),
        (
            ["two-layer-network", "--seed", ",".join(map(str, range(30)))],
            "chainstep: these are 30 variants; one table has room for 26",
        ),
    ],
)
def test_what_cannot_be_compared_is_told(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert refused(capsys, *words) == message


def test_an_option_that_is_given_twice_has_the_values_of_both(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [
        "same-weights",
        "--learning-rate",
        "0.5",
        "--learning-rate",
        "1,2",
        "--iterations",
        "2",
        "--json",
    ]
    found = json.loads(answer(capsys, *words))
    assert [one["changes"]["learning_rate"] for one in found["variants"]] == ["0.5", "1", "2"]
