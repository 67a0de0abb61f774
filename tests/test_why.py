"""What chainstep why prints, word for word, and its JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import isclose
from pathlib import Path
from typing import Any

import pytest

from chainstep.core import Stepper
from chainstep.core.why.question import why as why_of
from chainstep.scenarios import load, names
from chainstep.tui.command import main

Snapshot = Callable[[str, str], None]


def why(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["why", *words]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    data = json.loads(why(capsys, *words, "--json"))
    assert isinstance(data, dict)
    return data


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["why", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


# ── word for word ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("one-path", ("two-neurons", "w1")),
        ("observations", ("two-layer-network", "dC/dW2.0.0")),
        ("paths", ("softmax-hidden-layer", "W1.0.0", "--paths", "--iteration", "2")),
        ("one-reason", ("two-neurons", "W1.0.0", "W1.0.1")),
        ("two-reasons", ("two-neurons-free", "W1.0.0", "W1.0.1")),
        ("by-structure", ("two-neurons-same", "w1", "w3")),
        ("by-chance", ("two-neurons", "a1.0.0", "a1.0.1")),
        ("two-lengths", ("two-neurons", "w1", "w5")),
        ("targets", ("softmax-no-hidden-layer", "W1.0.0", "W1.0.1")),
        ("network-proceed", ("softmax-no-hidden-layer", "--iterations", "100")),
        ("network-hidden", ("softmax-hidden-layer", "--iterations", "100")),
        ("network-zeros", ("hidden-zeros", "--iterations", "100")),
        ("network-none", ("two-neurons-free", "--iterations", "100")),
    ],
)
def test_the_answer_reads_as_it_did(
    name: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str], snapshot: Snapshot
) -> None:
    snapshot(f"why-{name}", why(capsys, *words))


def _last_weight(name: str) -> str:
    rows, columns = load(name).program.quantities["W1"].shape
    return f"W1.{rows - 1}.{columns - 1}"


@pytest.mark.parametrize("name", names())
def test_every_line_fits_80_columns(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [
        why(capsys, name, "--iterations", "20"),
        why(capsys, name, "W1.0.0", "--paths", "--nudge"),
        why(capsys, name, "W1.0.0", _last_weight(name)),
        why(capsys, name, "a1.0.0"),
        why(capsys, name, "changeW1.0.0"),
    ]
    assert [line for text in texts for line in text.splitlines() if len(line) > 80] == []


def test_the_chain_is_the_products_of_the_page_then_its_numbers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = why(capsys, "two-neurons", "dC/dW1.0.0")
    assert "∂J/∂w₁ = ∂J/∂a₃ · ∂a₃/∂z₃ · ∂z₃/∂a₁ · ∂a₁/∂z₁ · ∂z₁/∂w₁" in text
    assert "= -1.8639748 · 0.2486686 · 0.7 · 0.1966119 · 1" in text
    assert "= -0.0637924" in text


def test_the_pages_name_and_the_engines_name_one_chain(capsys: pytest.CaptureFixture[str]) -> None:
    texts = {why(capsys, "two-neurons", typed) for typed in ("w1", "W1.0.0", "W1[0,0]", "w₁")}
    assert len(texts) == 1


def test_the_sentence_names_the_one_factor_that_differs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = why(capsys, "two-neurons", "W1.0.0", "W1.0.1")
    assert "∂J/∂w₁ and ∂J/∂w₃ differ because w₅ ≠ w₆" in text


def test_both_reasons_are_given_where_there_are_two(capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(why(capsys, "two-neurons-free", "W1.0.0", "W1.0.1").split())
    assert "differ for two reasons: w₅ ≠ w₆" in text
    assert "because (w₁, w₂) ≠ (w₃, w₄)" in text


def test_the_two_layer_page_is_told_which_factor_is_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = " ".join(why(capsys, "two-layer-network", "dC/dW2.0.0").split())
    assert "a1.T (dz2/dW2) is a1ᵀ" in text
    assert "sums over the 4 observations" in text
    assert "The page's dC_dw2 is −delta2." in text


def test_the_first_line_says_that_one_can_proceed(capsys: pytest.CaptureFixture[str]) -> None:
    text = why(capsys, "softmax-no-hidden-layer")
    assert text.startswith("You can proceed from here")
    assert "x₁ : x₂ = 1 : 2" in text
    assert "differ exactly where their targets differ" in text


def test_equal_units_and_a_falling_cost_are_shown_together(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = " ".join(why(capsys, "same-weights").split())
    assert "Units 0, 1 and 2 of layer 1 are identical, and so are" in text
    assert "They are equal to each other, but they do change" in text
    assert "equal bit for bit in every one of these iterations" in text
    assert "This does not stop the cost from falling" in text


def test_rounding_is_told_from_structure(capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(why(capsys, "rounding-separates", "--iterations", "1000").split())
    assert "in exact arithmetic. Rounding has put them apart since iteration" in text
    assert "Rounding alone has put them" in text
    words = ("rounding-separates", "W1.1.0", "W1.1.9", "--iteration", "1000")
    pair = " ".join(why(capsys, *words).split())
    assert "are equal by structure: in exact arithmetic they are one number" in pair


# ── JSON ──────────────────────────────────────────────────────────────────────────────────


def test_one_number_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    data = answer(capsys, "two-layer-network", "W2.0.0", "--paths", "--nudge")
    assert data["entry"] == "dC/dW2[0,0]"
    stepper = Stepper(load("two-layer-network"))
    stepper.finish("backward")
    assert data["value"] == float(stepper["dC/dW2"][0, 0])
    for kind in ("terms", "paths"):
        assert [sorted(term) for term in data[kind]] == [["factors", "observation", "product"]] * 4
        assert isclose(sum(term["product"] for term in data[kind]), data["value"], rel_tol=1e-12)
        for term in data[kind]:
            for factor in term["factors"]:
                array = stepper[factor["quantity"]]
                assert float(array[tuple(factor["entry"])]) == factor["value"]
    assert {term["observation"] for term in data["terms"]} == {0, 1, 2, 3}
    assert isclose(data["nudge"]["value"], data["value"], rel_tol=1e-8)


def test_paths_stand_in_the_answer_only_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    assert "paths" not in answer(capsys, "two-neurons", "W1.0.0")
    few = answer(capsys, "same-weights", "W1.0.0", "--paths", "--most", "5")
    assert (len(few["paths"]), few["rest"]["count"], few["path_count"]) == (5, 7, 12)


def test_two_numbers_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    data = answer(capsys, "two-neurons", "W1.0.0", "W1.0.1")
    assert (data["equal"], data["by"]) == (False, None)
    (because,) = data["because"]
    causes = because.pop("causes")
    assert because == {"quantity": "dz2/da1", "entries": [[0, 0], [0, 1]], "values": [0.7, -0.5]}
    assert causes == [{"quantity": "W2", "entries": [[0, 0], [1, 0]], "values": [0.7, -0.5]}]
    same = answer(capsys, "two-neurons-same", "W1.0.0", "W1.0.1")
    assert (same["equal"], same["by"], same["because"]) == (True, "structure", [])
    chance = answer(capsys, "two-neurons", "a1.0.0", "a1.0.1")
    assert (chance["equal"], chance["by"], chance["because"]) == (True, "chance", [])


def test_a_network_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    data = answer(capsys, "softmax-hidden-layer", "--iterations", "50")
    assert data["groups"] == [{"layer": 1, "units": [0, 1]}, {"layer": 2, "units": [1, 2]}]
    (dead,) = data["dead"]
    assert (dead["layer"], dead["units"], dead["cause"]) == (1, [0, 1], "cancels")
    assert data["spread"]["iterations"] == [1, 2, 5, 10, 20, 50]
    assert data["spread"]["largest"] == [0.0] * 6
    assert data["spread"]["since"] is None


def test_what_is_not_finite_is_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wild.yaml"
    path.write_text(
        "title: wild\ndata: {inputs: [[1.0e+200]], targets: [[0]]}\nnetwork:\n  bias: none\n"
        "  layers: [{units: 1, activation: identity}]\n  weights: {fill: 1.0e+200}\n"
        "loss: squared-error\nupdate: {rule: gradient-descent, learning_rate: 0.1}\n",
        encoding="utf-8",
    )
    assert answer(capsys, str(path), "W1.0.0")["value"] == "Infinity"
    assert "not finite" in why(capsys, str(path), "W1.0.0")
    assert answer(capsys, str(path), "--iterations", "3")["groups"] == []
    assert why(capsys, str(path), "--iterations", "3")
    assert why(capsys, str(path), "W1.0.0", "z1.0.0", "--iteration", "3")


# ── bad input ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("two-neurons", "W1.5.5"), "there is no W1[5,5]: W1 is 2×2"),
        (("two-neurons", "W1"), "which entry? W1 is 2×2"),
        (("two-neurons", "WW1.0.0"), "this network has no quantity 'WW1'; did you mean 'W1'?"),
        (("two-neurons", "w1", "w2", "w3"), "why takes one number or two"),
        (("two-neurons", "--paths"), "--paths is about one number"),
        (("two-neurons", "w1", "w2", "--nudge"), "--nudge is about one number"),
        (("two-neurons", "a1.0.0", "--nudge"), "--nudge moves a weight or a bias"),
        (("two-neurons", "w1", "--most", "3"), "--most is about paths: add --paths"),
        (("two-neurons", "w1", "--iterations", "3"), "--iterations is about the whole network"),
        (("two-neurons", "--iteration", "0"), "'0' is no whole number from 1 on"),
        (("two-neurons", "--notation", "w1w6"), "no notation is called 'w1w6'"),
    ],
)
def test_bad_input_is_one_clear_message(
    words: tuple[str, ...], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    error = refusal(capsys, *words)
    assert complaint in error
    assert "Traceback" not in error


# ── what learners ask ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["two-layer-network", "same-weights", "two-neurons"])
def test_the_questions_of_learners_are_answered_with_this_networks_numbers(
    name: str, capsys: pytest.CaptureFixture[str], snapshot: Snapshot
) -> None:
    snapshot(f"why-questions-{name}", why(capsys, name, "--questions"))


def test_the_bias_gradient_is_what_the_answer_says(capsys: pytest.CaptureFixture[str]) -> None:
    stepper = Stepper(load("same-weights"))
    stepper.finish("backward")
    total = float(stepper["delta1"][:, 0].sum())
    text = " ".join(why(capsys, "same-weights", "--questions").split())
    said = f"(dC/dW1[0,0]) is {total:.10f}".rstrip("0")
    assert f"{said}, and the numbers of" in text
    assert "--questions is about the whole network" in refusal(
        capsys, "two-neurons", "w1", "--questions"
    )


@pytest.mark.parametrize(("inputs", "told"), [([[2.0]], False), ([[2.0, 3.0]], True)])
def test_rows_of_a_gradient_are_compared_where_there_are_two_besides_the_biases(
    inputs: list[list[float]], told: bool
) -> None:
    recipe = {
        "title": "one layer",
        "data": {"inputs": inputs, "targets": [[1, 0]]},
        "network": {
            "bias": "row",
            "layers": [{"units": 2, "activation": "sigmoid"}],
            "weights": {"fill": 1},
        },
        "loss": "squared-error",
        "update": {"learning_rate": 1},
    }
    assert ("The rows of dC/dW1 are as" in str(why_of(load(recipe), iterations=3))) is told
