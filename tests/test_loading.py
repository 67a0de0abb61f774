"""A scenario is read whole or not at all, and every fault of it is told with place and mend."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainstep.core import Stepper
from chainstep.core.activations import ACTIVATIONS
from chainstep.core.initialisers import INITIALISERS, draw_weights
from chainstep.core.losses import LOSSES
from chainstep.core.updates import UPDATES
from chainstep.scenarios import (
    Claim,
    Note,
    Scenario,
    ScenarioError,
    Source,
    build,
    dump,
    find,
    heads,
    load,
    names,
    starting_scenario,
)
from chainstep.scenarios.scenario_keys import FIELDS

MINE = """\
title: Mine
data:
  inputs: [[0.8, 0.4], [0.3, 0.3]]
  targets: [[0.2], [1]]
network:
  bias: separate
  layers:
    - {units: 3, activation: sigmoid}
    - {units: 1, activation: sigmoid}
  weights: {fill: 1}
loss: squared-error
update: {rule: gradient-descent, learning_rate: 0.5}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text: str | bytes, overrides: dict[str, Any] | None = None) -> Scenario:
    """The scenario of a text, written to mine.yaml."""
    Path("mine.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    return load("mine.yaml", overrides)


def faults_of(text: str | bytes, overrides: dict[str, Any] | None = None) -> str:
    """The whole message about a text."""
    with pytest.raises(ScenarioError) as caught:
        read(text, overrides)
    return str(caught.value)


def changed(old: str, new: str) -> str:
    """The good scenario with one place changed."""
    assert old in MINE
    return MINE.replace(old, new, 1)


# ── what is wrong, where, and the mend ──


KEYS = [field.key for field in FIELDS]


def _cases() -> list[Any]:
    """The blocks of faults.txt: a name, what is replaced, by what, and the whole message."""
    cases = []
    text = (Path(__file__).parent / "faults.txt").read_text(encoding="utf-8")
    for block in text.rstrip("\n").split("\n\n# "):
        name, *lines = block.removeprefix("# ").split("\n")
        old = [line[2:] for line in lines if line.startswith("- ")]
        new = [line[2:] for line in lines if line.startswith("+ ")]
        message = lines[len(old) + len(new) :]
        cases.append(pytest.param("\n".join(old), "\n".join(new), "\n".join(message), id=name))
    return cases


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("old", "new", "message"), _cases())
def test_a_fault_is_told_with_its_place_and_mend(old: str, new: str, message: str) -> None:
    for mark, words in {"{activations}": ACTIVATIONS, "{keys}": KEYS}.items():
        message = message.replace(mark, ", ".join(sorted(words)))
    assert faults_of(changed(old, new)) == message


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param(
            b"",
            "mine.yaml:1:1: the file is empty\n    1 |\n      | ^\n"
            "`chainstep new FILE` writes one to start from",
            id="empty",
        ),
        pytest.param(
            b"# nothing yet\n",
            "mine.yaml:1:1: the file is empty\n    1 | # nothing yet\n      | ^\n"
            "`chainstep new FILE` writes one to start from",
            id="comments only",
        ),
        pytest.param(
            b"- 1\n",
            "mine.yaml:1:1: a scenario is a mapping, `title: \u2026` and so on; this is a list\n"
            "    1 | - 1\n      | ^\n`chainstep new FILE` writes one to start from",
            id="a list",
        ),
        pytest.param(
            "title: Café\n".encode("latin-1"),
            "mine.yaml:1:11: byte 0xe9 is not UTF-8\n    1 | title: Caf\ufffd\n"
            "      |           ^\nsave the file as UTF-8; it may be Latin-1 or Windows-1252 now",
            id="Latin-1",
        ),
        pytest.param(
            MINE.encode("utf-16"),
            "mine.yaml is UTF-16 or UTF-32, not UTF-8\nsave it as UTF-8",
            id="UTF-16",
        ),
        pytest.param(
            MINE.encode("utf-16-le"),
            "mine.yaml is UTF-16 or UTF-32, not UTF-8\nsave it as UTF-8",
            id="UTF-16 without a mark",
        ),
        pytest.param(
            b"title: " + b"x" * 4 * 2**20,
            "mine.yaml is larger than 4 MiB\nput its data into a CSV or npz file beside it",
            id="very large",
        ),
    ],
)
def test_a_file_that_is_no_scenario_is_refused(raw: bytes, message: str) -> None:
    assert faults_of(raw) == message


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("begun", "opening", "message"),
    [
        ("data: ", "[", "this is nested more than 20 levels deep"),
        ("data: ", "{a: ", "this is nested more than 20 levels deep"),
        ("data:\n  ", "- ", "this is nested more than 20 levels deep"),
        ("", "? ", "a mapping cannot be a key"),
    ],
)
def test_nesting_of_any_depth_is_refused(begun: str, opening: str, message: str) -> None:
    told = faults_of(begun + opening * 50_000)
    # some versions of libyaml look ahead, and meet the depth before the key
    assert told.split("\n")[0].endswith((message, "this is nested more than 20 levels deep"))
    assert told.count("mine.yaml:") == 1


@pytest.mark.usefixtures("here")
def test_an_alias_bomb_is_refused_unfolded() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    assert faults_of("\n".join(lines)).startswith(
        "mine.yaml:2:10: '*a0' repeats a value from elsewhere"
    )


@pytest.mark.usefixtures("here")
def test_a_number_of_5000_digits_is_refused() -> None:
    message = faults_of(changed("units: 3", "units: 1" + "0" * 5000))
    assert message.startswith("mine.yaml:8:15: '10000")
    assert "is too large: numbers end at 1.8e308" in message
    assert max(map(len, message.split("\n"))) < 120


@pytest.mark.usefixtures("here")
def test_of_very_many_faults_the_first_are_told() -> None:
    rows = ", ".join(["[x, y]"] * 500)
    message = faults_of(changed("[[0.8, 0.4], [0.3, 0.3]]", f"[{rows}]"))
    assert message.count("a number belongs here") == 20
    assert message.endswith("\n\n… and 980 more")


@pytest.mark.usefixtures("here")
def test_a_caret_stands_under_wide_characters_and_in_long_lines() -> None:
    long = "x" * 200
    message = faults_of(changed("title: Mine", f"source: {{site: 日本 {long}, pots: 1}}"))
    source, caret = message.split("\n")[1:3]
    assert source[caret.index("^") : caret.index("^") + 4] == "pots"
    assert len(source) < 120


def test_every_fault_can_be_read_as_facts(here: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(changed("squared-error", "sqared"))
    (fault,) = caught.value.faults
    assert (fault.place, fault.line, fault.column, fault.width) == ("mine.yaml", 11, 7, 6)
    assert fault.source == "loss: sqared"
    assert fault.found == "no loss is called 'sqared'"
    assert here.joinpath("mine.yaml").exists()


# ── what is right ──


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("written", "number"),
    [("1e-3", 0.001), (".5", 0.5), ("5.", 5.0), ("+1", 1.0), ("-0.0", -0.0), ("1E+2", 100.0)],
)
def test_a_number_is_read_as_people_write_it(written: str, number: float) -> None:
    setup = read(changed("0.8", written)).setup
    assert setup.inputs[0, 0] == number


@pytest.mark.usefixtures("here")
def test_control_characters_are_shown_as_pictures() -> None:
    written = changed("title: Mine", 'title: "\\e[31m\\x9b\\u202ered"\nstory: "\\a one\\n two"')
    raw = MINE.replace("Mine", "\x1b]0;owned\x07 \x9b31m")
    assert read(written).title == "␛[31m\ufffd\ufffdred"
    assert read(written).story == "␇ one\n two"
    assert read(raw).title == "␛]0;owned␇ \ufffd31m"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("ends", ["\r\n", "\r", "\n"])
def test_a_byte_order_mark_and_any_line_ends_are_read(ends: str) -> None:
    assert read(b"\xef\xbb\xbf" + MINE.replace("\n", ends).encode()).title == "Mine"


@pytest.mark.usefixtures("here")
def test_what_is_left_out_has_its_default() -> None:
    text = MINE.replace("title: Mine\n", "").replace("  bias: separate\n", "")
    scenario = read(text.replace("rule: gradient-descent, ", ""))
    assert scenario.title == scenario.name == "mine"
    assert (scenario.question, scenario.story, scenario.source) == ("", "", None)
    assert (scenario.notes, scenario.claims, scenario.unclaimed) == ((), (), ())
    setup = scenario.setup
    assert (setup.bias, setup.biases, setup.frozen) == ("none", (), frozenset())
    assert (setup.arithmetic, setup.products, setup.reduction) == ("float64", "blas", "sum")
    assert (setup.rule, setup.settings) == ("gradient-descent", {"learning_rate": 0.5})


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_every_activation_can_be_named(activation: str) -> None:
    setup = read(changed("activation: sigmoid", f"activation: {activation}")).setup
    assert setup.layers[0].activation == activation


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_every_loss_can_be_named(loss: str) -> None:
    assert read(changed("squared-error", loss)).setup.loss == loss


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("rule", sorted(UPDATES))
def test_every_rule_gets_its_defaults(rule: str) -> None:
    setup = read(changed("gradient-descent", rule)).setup
    assert setup.rule == rule
    assert setup.settings == {**UPDATES[rule].settings, "learning_rate": 0.5}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", sorted(INITIALISERS))
def test_every_initialiser_draws_what_the_core_draws(name: str) -> None:
    start = f"{{random: {name}, seed: 7, generator: legacy}}"
    setup = read(changed("{fill: 1}", start)).setup
    expected = draw_weights(name, 7, [(2, 3), (3, 1)], generator="legacy")
    for found, matrix in zip(setup.weights, expected, strict=True):
        np.testing.assert_array_equal(found, matrix)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("bias", "biases", "shapes", "values"),
    [
        ("separate", "", [(1, 3), (1, 1)], [0, 0]),
        ("separate", "zeros", [(1, 3), (1, 1)], [0, 0]),
        ("separate", "{fill: 2}", [(1, 3), (1, 1)], [2, 2]),
        ("separate", "[[1, 2, 3], [4]]", [(1, 3), (1, 1)], [1, 4]),
        ("shared", "", [(1, 1), (1, 1)], [0, 0]),
        ("shared", "[0.5, [0.25]]", [(1, 1), (1, 1)], [0.5, 0.25]),
    ],
)
def test_biases_start_as_written(
    bias: str, biases: str, shapes: list[tuple[int, int]], values: list[float]
) -> None:
    text = changed("bias: separate", f"bias: {bias}" + (f"\n  biases: {biases}" if biases else ""))
    setup = read(text).setup
    assert [b.shape for b in setup.biases] == shapes
    assert [b[0, 0] for b in setup.biases] == values


@pytest.mark.usefixtures("here")
def test_a_start_may_differ_from_layer_to_layer() -> None:
    setup = read(changed("{fill: 1}", "[zeros, [[1], [2], [3]]]")).setup
    assert setup.weights[0].tolist() == [[0, 0, 0], [0, 0, 0]]
    assert setup.weights[1].tolist() == [[1], [2], [3]]


@pytest.mark.usefixtures("here")
def test_arrays_are_cast_once_and_cannot_be_changed() -> None:
    setup = read(f"arithmetic: float32\n{MINE}").setup
    for array in (setup.inputs, setup.targets, *setup.weights, *setup.biases):
        assert array.dtype == np.float32
        assert not array.flags.writeable


@pytest.mark.usefixtures("here")
def test_notes_and_claims_keep_every_digit() -> None:
    text = MINE + (
        "source: {site: Somewhere, post: 12}\n"
        "notes: [{at: {quantity: a2}, text: Look.}]\n"
        "claims:\n"
        '  - {quantity: a2, printed: [["0.50"], [0.60]], within: 2, right: [["1"], [2]], why: so}\n'
        "  - {at: {iteration: 3}, quantity: 'W1[0,2]', printed: 1.000}\n"
        "  - {quantity: W1, entry: [1, 0], printed: '1'}\n"
        "unclaimed: [{printed: about 3, reason: no place}]\n"
    )
    scenario = read(text)
    assert scenario.source == Source("Somewhere", "12")
    assert scenario.notes == (Note(1, "a2", "Look."),)
    assert scenario.claims == (
        Claim(1, "a2", (("0.50",), ("0.60",)), None, 2, (("1",), ("2",)), "so", 16),
        Claim(3, "W1", "1.000", (0, 2), line=17),
        Claim(1, "W1", "1", (1, 0), line=18),
    )
    assert [item.reason for item in scenario.unclaimed] == ["no place"]


# ── data files ──


def test_columns_of_a_csv_file_are_data(here: Path) -> None:
    here.joinpath("points.csv").write_text("x,y,label\n0.5,1e-3,0\n-1,.25,1\n")
    text = changed("[[0.8, 0.4], [0.3, 0.3]]", "{csv: points.csv, columns: [y, 0]}")
    setup = read(text.replace("[[0.2], [1]]", "{csv: points.csv, columns: [label]}")).setup
    assert setup.inputs.tolist() == [[0.001, 0.5], [0.25, -1]]
    assert setup.targets.tolist() == [[0], [1]]


def test_an_array_of_an_npz_file_is_data(here: Path) -> None:
    np.savez(here / "points.npz", x=np.array([[1, 2], [3, 4]]), y=np.array([[0.5], [1]]))
    text = changed("[[0.8, 0.4], [0.3, 0.3]]", "{npz: points.npz, key: x}")
    setup = read(text.replace("[[0.2], [1]]", "{npz: points.npz, key: y}")).setup
    assert setup.inputs.tolist() == [[1, 2], [3, 4]]
    assert setup.targets.tolist() == [[0.5], [1]]


@pytest.mark.parametrize(
    ("content", "where", "message"),
    [
        ("1\n\nx\n", "csv: t.csv", "t.csv:3: a number belongs here, and this is 'x'"),
        ("1\n1,2\n", "csv: t.csv", "t.csv:2: a row of 2, and the first one has 1"),
        ("1\nnan\n", "csv: t.csv", "'t.csv': row 1, column 0, is nan"),
        ("1\n1_0\n", "csv: t.csv", "t.csv:2: a number belongs here, and this is '1_0'"),
        ("1\n١\n", "csv: t.csv", "t.csv:2: a number belongs here, and this is '١'"),
        ("1\n\n", "csv: t.csv, columns: ['²']", "no column '²'"),
        ("1\n2\n", f"csv: t.csv, columns: ['{'9' * 5000}']", f"no column '{'9' * 39}…'"),
        ("1e999\n2\n", "csv: t.csv", "'t.csv': row 0, column 0, is inf"),
        ("a,b\n", "csv: t.csv", "'t.csv' has no rows of numbers"),
        ("", "csv: t.csv", "'t.csv' has no rows of numbers"),
        ("a,b\n1,2\n", "csv: t.csv, columns: [c]", "no column 'c'"),
        ("1\n", "npz: t.csv", "'t.csv' is no npz file"),
        ("1\n", "csv: '.'", "'.' is a directory"),
    ],
)
def test_a_data_file_that_cannot_be_used_is_told(
    here: Path, content: str, where: str, message: str
) -> None:
    here.joinpath("t.csv").write_text(content)
    told = faults_of(changed("[[0.2], [1]]", f"{{{where}}}"))
    assert told.split("\n")[0].partition(" ")[2] == message


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.zeros(2)}, "targets are 2, not observations × units"),
        ({"x": np.zeros((2, 0))}, "'x' is 2×0, not a matrix"),
        ({"x": np.array([["a"], ["b"]])}, "'x' holds <U1, not numbers"),
        ({"x": np.array([[1], [np.nan]])}, "'t.npz': row 1, column 0, is nan"),
        ({"x": np.zeros((2, 1)), "y": np.zeros(1)}, "'t.npz' holds 2 arrays"),
    ],
)
def test_an_array_that_cannot_be_used_is_told(
    here: Path, arrays: dict[str, Any], message: str
) -> None:
    np.savez(here / "t.npz", **arrays)
    told = faults_of(changed("[[0.2], [1]]", "{npz: t.npz}"))
    assert told.split("\n")[0].partition(" ")[2] == message


def test_pickled_objects_are_not_read(here: Path) -> None:
    np.savez(here / "t.npz", x=np.array([[object()]], dtype=object))
    told = faults_of(changed("[[0.2], [1]]", "{npz: t.npz}"))
    assert "'x' holds object, not numbers" in told


# ── overrides ──


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("overrides", "changes"),
    [
        ({"learning_rate": "0.1"}, {"settings": {"learning_rate": 0.1}}),
        ({"arithmetic": "float32"}, {"arithmetic": "float32"}),
        ({"loss": "half-squared-error"}, {"loss": "half-squared-error"}),
        ({"reduction": "mean"}, {"reduction": "mean"}),
        ({"bias": "none"}, {"bias": "none", "biases": ()}),
        (
            {"rule": "momentum", "momentum": 0.5},
            {"rule": "momentum", "settings": {"learning_rate": 0.5, "momentum": 0.5}},
        ),
    ],
)
def test_an_override_changes_its_setting_and_takes_claims_away(
    overrides: dict[str, Any], changes: dict[str, Any]
) -> None:
    claims = 'claims: [{quantity: a0, printed: [["0.8", "0.4"], ["0.3", "0.3"]]}]\n'
    scenario = read(MINE + claims, overrides)
    assert {key: getattr(scenario.setup, key) for key in changes} == changes
    assert scenario.overridden == tuple(sorted(overrides, reverse="rule" in overrides))
    assert scenario.claims == ()
    assert "claims" not in scenario.recipe


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "overrides",
    [{}, {"learning_rate": "0.5"}, {"arithmetic": "float64"}, {"notation": "code"}],
)
def test_an_override_that_changes_no_number_leaves_claims(overrides: dict[str, Any]) -> None:
    claims = 'claims: [{quantity: a0, printed: [["0.8", "0.4"], ["0.3", "0.3"]]}]\n'
    scenario = read(MINE + claims, overrides)
    assert scenario.overridden == ()
    assert len(scenario.claims) == 1


@pytest.mark.usefixtures("here")
def test_activations_are_overridden_by_hidden_and_last_layer() -> None:
    both = {"activation": "tanh", "output_activation": "identity"}
    assert [layer.activation for layer in read(MINE, both).setup.layers] == ["tanh", "identity"]


@pytest.mark.usefixtures("here")
def test_a_seed_draws_other_weights() -> None:
    text = changed("{fill: 1}", "{random: uniform, seed: 1}")
    assert read(text, {"seed": 2}).setup.weights[0][0, 0] == np.random.default_rng(2).random()


OVERRIDE_FAULTS = {
    "0": (
        {"learning_rate": 0},
        "--learning-rate: learning_rate has to be above 0, and this is 0",
    ),
    "no number": (
        {"learning_rate": "x"},
        "--learning-rate: learning_rate has to be a number, and this is 'x'",
    ),
    "an unknown word": (
        {"rule": "adm"},
        """--rule: no update rule is called 'adm'
did you mean 'adam'? (adam, gradient-descent, momentum, nesterov, rmsprop)""",
    ),
    "another rule's": (
        {"momentum": 0.5},
        "--momentum: gradient-descent has no momentum\nmomentum and nesterov have it",
    ),
    "nothing to seed": (
        {"seed": 3},
        """--seed: the weights of this scenario are not drawn at random
there is nothing that a seed would change""",
    ),
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("overrides", "message"), OVERRIDE_FAULTS.values(), ids=OVERRIDE_FAULTS)
def test_a_fault_of_an_override_names_its_option(overrides: dict[str, Any], message: str) -> None:
    assert faults_of(MINE, overrides) == message


# ── finding ──


def test_a_unique_beginning_of_a_name_is_enough() -> None:
    assert find("two-lay").name == "two-layer-network.yaml"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mien.yaml", "there is no file 'mien.yaml'\ndid you mean 'mine.yaml'?"),
        ("no/where.yaml", "there is no file 'no/where.yaml'\nthere is no directory 'no' either"),
        (".", "'.' is a directory\nname a YAML file in it"),
    ],
)
def test_a_file_that_is_not_there_is_told_with_the_nearest(name: str, message: str) -> None:
    Path("mine.yaml").write_text(MINE)
    with pytest.raises(ScenarioError) as caught:
        load(name)
    assert str(caught.value) == message


@pytest.mark.usefixtures("here")
def test_a_file_unlike_any_is_told_with_where_to_look() -> None:
    with pytest.raises(ScenarioError) as caught:
        load("other.yaml")
    assert str(caught.value) == (
        "there is no file 'other.yaml'\n`chainstep list` names the scenarios that come along"
    )


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", ["same-wieghts", "", "\0", "x" * 5000])
def test_an_unknown_name_is_told_with_those_that_there_are(name: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(name)
    first, second, third = str(caught.value).split("\n")
    assert first.startswith("no scenario is called '")
    assert ", ".join(names()) in second
    assert third == "a file of your own is named by its path, as in ./mine.yaml"


@pytest.mark.usefixtures("here")
def test_an_ambiguous_beginning_is_told_with_all_that_fit() -> None:
    with pytest.raises(ScenarioError) as caught:
        load("soft")
    assert str(caught.value) == (
        "several scenarios begin with 'soft'\none of softmax-hidden-layer, softmax-no-hidden-layer"
    )


# ── what comes with the program, and what is written ──


@pytest.mark.parametrize("name", names())
def test_every_scenario_loads_and_its_head_agrees(name: str) -> None:
    scenario = load(name)
    (head,) = (head for head in heads() if head.name == name)
    assert (head.title, head.question) == (scenario.title, scenario.question)
    assert (head.widths, head.loss) == (scenario.setup.widths, scenario.setup.loss)
    assert scenario.title
    assert scenario.question


@pytest.mark.parametrize("name", names())
def test_a_recipe_that_is_written_and_read_gives_the_same(name: str, here: Path) -> None:
    scenario = load(name)
    here.joinpath("again.yaml").write_text(dump(scenario.recipe), encoding="utf-8")
    again = load("again.yaml")
    assert _plain(again) == _plain(scenario)
    assert _plain(build(scenario.recipe, "built")) == _plain(scenario)


def _plain(scenario: Scenario) -> tuple[Any, ...]:
    """A scenario as something that compares, without its name and the lines of its claims."""
    setup = scenario.setup._asdict() | {
        "inputs": scenario.setup.inputs.tolist(),
        "targets": scenario.setup.targets.tolist(),
        "weights": [matrix.tolist() for matrix in scenario.setup.weights],
        "biases": [row.tolist() for row in scenario.setup.biases],
    }
    claims = [claim._replace(line=0) for claim in scenario.claims]
    texts = (scenario.title, scenario.question, scenario.source, scenario.story, scenario.notation)
    return setup, claims, texts, scenario.notes, scenario.unclaimed


def test_an_edited_recipe_is_checked_like_a_file() -> None:
    recipe = {
        "data": {"inputs": [[1, "2"]], "targets": np.zeros((1, 1))},
        "network": {"layers": [{"units": True, "activation": "sigmoid"}], "weights": "zeros"},
        "loss": "squared-error",
        "update": {"learning_rate": float("nan")},
    }
    with pytest.raises(ScenarioError) as caught:
        build(recipe, "edited")
    assert str(caught.value) == (
        "data.inputs[0][1]: a number belongs here, and this is the text '2'\n"
        "take the quotes away\n\n"
        "network.layers[0].units: the number of units has to be a whole number, "
        "and this is 'true'\n\n"
        "update.learning_rate: learning_rate has to be a number, and this is 'nan'\n"
        "numbers have to be finite"
    )


def test_an_edited_recipe_loses_its_claims() -> None:
    recipe = load("same-weights").recipe
    edited = build(recipe, "edited", overrides={"learning_rate": 0.25})
    assert edited.overridden == ("learning_rate",)
    assert (edited.notes, edited.claims, edited.unclaimed) == ((), (), ())
    assert "claims" not in edited.recipe


def test_written_elsewhere_a_recipe_still_finds_its_data(here: Path) -> None:
    here.joinpath("data").mkdir()
    here.joinpath("data", "t.csv").write_text("0.2\n1\n")
    here.joinpath("data", "own.yaml").write_text(changed("[[0.2], [1]]", "{csv: t.csv}"))
    scenario = load("data/own.yaml")
    here.joinpath("moved.yaml").write_text(dump(scenario.recipe, here / "data"))
    assert load("moved.yaml").setup.targets.tolist() == [[0.2], [1]]


@pytest.mark.usefixtures("here")
def test_the_starting_scenario_runs() -> None:
    stepper = Stepper(read(starting_scenario()))
    stepper.run(10)
    assert np.isfinite(stepper.setup.weights[0]).all()


def test_loading_without_drawing_leaves_numpy_random_alone() -> None:
    code = (
        "import sys; from chainstep.scenarios import load; load('same-weights');"
        "print([m for m in ('numpy.random', 'csv', 'difflib', 'textual') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
