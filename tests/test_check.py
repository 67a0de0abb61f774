import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chainstep.core.stepper import Stepper
from chainstep.scenarios import load
from chainstep.tui.command import main

EXAMPLES = Path(__file__).parent.parent / "scenarios" / "examples"
Snapshot = Callable[[str, str], None]

_SLOPE_OF_ACTIVATION = """\
iteration: 1
values:
  a3: [[0.9806908, 0.9806908], [0.9803864, 0.9803864]]
  delta3: [["0.02956687", "0.02199233"], ["-0.0007543", "0.03770352"]]
  delta2: [[0.0102496, 0.0102496, 0.0102496], [0.0073629, 0.0073629, 0.0073629]]
"""


def _run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main(["check", *map(str, words)])
    out, err = capsys.readouterr()
    return code, out, err


def _file(tmp_path: Path, text: str, name: str = "mine.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_claim_of_every_scenario_holds(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys)
    assert code == 0
    assert out.endswith("Every claim holds.\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"0.9806908", "0.9806908"', '"0.9806909", "0.9806908"'),
        ('"1.908222"', '"1.908223"'),
        ('"0.00034"', '"0.00035"'),
        ('right: [["1.5613816", "1.1613815"]', 'right: [["1.5613816", "1.1613814"]'),
        ('printed: [["1.5613816", "1.1613816"]', 'printed: [["1.5613816", "1.1613817"]'),
        ('printed: [["0.01893635",', 'printed: [["0.01893636",'),
        ('printed: [["0.02956687", "0.02199233"]', 'printed: [["0.02956687", "0.02199232"]'),
        ('"-0.0007543", "0.03770352"', '"-0.0007544", "0.03770352"'),
    ],
)
def test_a_claim_changed_in_its_last_digit_is_found(
    old: str, new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = load("same-weights").path
    assert path is not None
    text = path.read_text(encoding="utf-8")
    assert old in text
    code, out, _ = _run(capsys, _file(tmp_path, text.replace(old, new, 1)))
    assert code == 1
    assert "DOES NOT HOLD" in out


def test_the_numbers_of_the_same_weights_page_are_right(
    capsys: pytest.CaptureFixture[str], snapshot: Snapshot
) -> None:
    code, out, _ = _run(capsys, "same-weights", EXAMPLES / "same-weights-page.yaml")
    assert code == 0
    snapshot("check-same-weights-page", out)


def test_numbers_that_come_along_are_found_by_their_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, _ = _run(capsys, "same-weights", "same-weights-page")
    assert (code, "Nothing is wrong here." in out) == (0, True)
    code, _, err = _run(capsys, "same-weights", "same-weights-pag")
    assert code == 2
    assert err.startswith(
        "chainstep: there is no file 'same-weights-pag'\ndid you mean 'same-weights-page'?\n"
    )


def test_the_numbers_of_the_two_layer_page_are_explained_in_its_own_names(
    capsys: pytest.CaptureFixture[str], snapshot: Snapshot
) -> None:
    code, out, _ = _run(capsys, "two-layer-network", EXAMPLES / "two-layer-code.yaml")
    assert code == 0
    snapshot("check-two-layer-code", out)


def test_a_slope_taken_at_a_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], snapshot: Snapshot
) -> None:
    code, out, _ = _run(capsys, "same-weights", _file(tmp_path, _SLOPE_OF_ACTIVATION))
    assert code == 1
    snapshot("check-slope-of-activation", out)
    assert max(map(len, out.splitlines())) <= 80


def test_json_has_the_verdicts_the_first_wrong_number_and_the_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _file(tmp_path, _SLOPE_OF_ACTIVATION)
    code, out, _ = _run(capsys, "same-weights", path, "--json")
    data = json.loads(out)
    assert code == 1
    assert data["verdict"] == "wrong"
    assert data["first"] == data["numbers"][8]
    assert data["first"]["quantity"] == "delta2"
    assert data["first"]["found"] == 0.0102496
    assert [mistake["id"] for mistake in data["mistakes"]] == ["slope-of-activation"]
    assert data["mistakes"][0]["right"] == "da2/dz2 = a2 ⊙ (1 − a2)"
    assert data["confusable"] == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("C: 1.908222", id="one number"),
        pytest.param('{"iteration": 1, "values": {"C": 1.908222}}', id="JSON"),
        pytest.param('[{"iteration": 1000,\n"values": {"C": 0.4002}}]', id="a list in JSON"),
        pytest.param("- {at: {iteration: 1000}, quantity: C, printed: 0.4002}", id="claims"),
        pytest.param("1000:C: 0.4002", id="the iteration before the name"),
        pytest.param("{1: {C: 1.908222}, 1000: {C: 0.4002}}", id="iterations as keys"),
        pytest.param("'a3[0,1]': 0.9806908", id="an entry"),
        pytest.param("a3: [['?', 0.98069], [0.98039, '?']]", id="some of a matrix"),
        pytest.param("b3: [1, 1]\ndC/db3: [0.0288126, 0.0596958]", id="biases apart"),
        pytest.param("notation: n-a-w\nvalues: {a³: [[0.98069, 0.98069], [0.98039, 0.98039]]}",
                     id="a notation"),
    ],
)  # fmt: skip
def test_numbers_may_be_written_in_many_ways(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = _run(capsys, "same-weights", _file(tmp_path, text))
    assert (code, err) == (0, "")
    assert "Nothing is wrong here." in out


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_a_replay_is_read_back_and_a_number_that_was_edited_is_found(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = ["--iterations", "2", "--show", "all", "--format", kind]
    assert main(["replay", "two-layer-network", *shown]) == 0
    text = capsys.readouterr().out
    assert _run(capsys, "two-layer-network", _file(tmp_path, text, f"mine.{kind}"))[0] == 0
    edited = _file(tmp_path, text.replace("0.5979107638990054", "0.6979107638990054"))
    code, out, _ = _run(capsys, "two-layer-network", edited)
    assert code == 1
    assert "a1        WRONG HERE        [0,0]  you 0.697910764  expected 0.597910764" in out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,1,forward,1,a1,0,0", "a row has 9 columns, and this has 7"),
        ("1,1,forward,1,a1,x,0,,0.5", "iteration, i, j and k are whole numbers"),
        ("1,1,forward,1,a1,9999999,0,,0.5", "do not fit together"),
        ("1,1,forward,1,a1,0,0,,half", "a number belongs here, and this is 'half'"),
    ],
)
def test_a_replay_that_does_not_fit_is_refused_with_its_line(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "iteration,step,phase,layer,quantity,i,j,k,value"
    code, _, err = _run(capsys, "two-layer-network", _file(tmp_path, f"{head}\n{text}\n"))
    assert code == 2
    assert message in err
    assert "mine.yaml:2" in err


def test_options_may_stand_between_the_scenario_and_the_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _file(tmp_path, "C: 1.908222")
    assert _run(capsys, "same-weights", "--learning-rate", "0.5", path, "--json")[0] == 0


def test_a_misspelt_key_is_led_to_its_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = _run(capsys, "same-weights", _file(tmp_path, "valuez:\n  C: 1.9"))
    assert code == 2
    assert "did you mean 'values'?" in err


def test_npz_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.npz"
    outputs = np.array([[0.9806908, 0.9806908], [0.9803864, 0.9803864]], dtype=np.float32)
    stepper = Stepper(load("same-weights"))
    stepper.goto(1000, after="C")
    cost = stepper["C"]
    np.savez(path, a3=outputs, **{"1000:C": cost})  # type: ignore[arg-type]
    code, out, _ = _run(capsys, "same-weights", path)
    assert code == 0
    assert "iteration 1000" in out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("a9: [[1]]", "this network has no quantity 'a9'"),
        ("a3: [[1, 2], [1]]", "the rows have 1 and 2 numbers"),
        ("a3: [[1, x]]", "a number belongs here, and this is 'x'"),
        ("- {quantity: a3}", "a claim needs `quantity:` and `printed:`"),
        ("notation: nobody's\nvalues: {a3: 1}", "no notation is called 'nobody's'"),
        ("{iteration: 0, values: {C: 1}}", "an iteration is a whole number from 1 on"),
        ("a3: [[1, 2", "this is no YAML"),
    ],
)
def test_numbers_that_cannot_be_read_are_refused_with_their_place(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = _run(capsys, "same-weights", _file(tmp_path, text))
    assert (code, out) == (2, "")
    assert message in err
    assert "mine.yaml" in err


def test_published_numbers_that_are_wrong_are_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = load("two-layer-network").path
    assert path is not None
    claim = """claims:
  - {quantity: dC/da2, printed: [["0.757519"], ["-0.228918"], ["-0.209053"], ["0.801184"]]}
  - {quantity: delta2, printed: [["0.757519"], ["-0.228918"], ["-0.209053"], ["0.801184"]]}"""
    text = path.read_text(encoding="utf-8").replace("claims:", claim, 1)
    code, out, _ = _run(capsys, _file(tmp_path, text))
    assert code == 1
    assert "Mistake: missing-output-slope" in out
