import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chainstep.core import Stepper
from chainstep.core.formats.document import LOOK, Document, Look
from chainstep.core.formats.plain_text import write_document, write_step
from chainstep.core.formats.run_document import USUAL, About, Teller, head
from chainstep.scenarios import load, names
from chainstep.tui import progress
from chainstep.tui.command import main
from tests.test_tables import FIRST_BOXED, FIRST_OPEN

_SECOND_PRODUCT = ["0.0288126 |  0.0596958", *3 * ["0.028122 |  0.0580562"]]


def replay(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["replay", *words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", names())
def test_every_step_of_a_scenario_prints_as_it_did(
    name: str, snapshot: Callable[[str, str], None]
) -> None:
    stepper = Stepper(load(name, {"products": "ordered"}))  # the same bits on any processor
    teller = Teller(lines=[name for name in USUAL if name != "chain"])
    steps = (teller.step(record) for record in stepper.iterate())
    snapshot(f"steps-{name}", "".join(write_step(step, LOOK) for step in steps))


@pytest.mark.parametrize(("style", "table"), [("boxed", FIRST_BOXED), ("open", FIRST_OPEN)])
def test_the_first_table_of_the_page_comes_out_to_the_character(
    style: str, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = replay(capsys, "same-weights", "--digits", "7", "--table", style)
    assert table in printed


@pytest.mark.parametrize("style", ["boxed", "open"])
def test_the_product_columns_of_the_second_table_are_the_page_s(
    style: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--digits", "7", "--table", style, "--quantity", "dC/dW3")
    rows = [
        line.split("|")[2:4]
        for line in replay(capsys, "same-weights", *words).splitlines()
        if line.startswith("| ") and line.count("|") == 4
    ]
    found = [f"{left.strip()} |  {right.strip()}" for left, right in rows]
    assert found == _SECOND_PRODUCT


def test_the_last_iteration_is_shown_and_the_first_lines_say_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    printed = replay(capsys, "same-weights", "--iterations", "1000", "--quantity", "a3")
    assert "iteration 1000 (999 updates done), 34 steps; 1000 were run" in printed
    assert "[[0.5992708, 0.1997656],\n [0.5993174, 0.2004307]]" in printed


def test_a_part_of_the_iterations_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--iterations", "9", "--show", "3-4", "--quantity", "C", "--format", "jsonl")
    lines = replay(capsys, "two-neurons", *words).splitlines()
    assert [json.loads(line)["iteration"] for line in lines[1:]] == [3, 4]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(
            ["--quantity", "delta4"],
            "chainstep: this network has no quantity 'delta4'; did you mean 'delta3'?\n",
            id="quantity",
        ),
        pytest.param(
            ["--layer", "4"],
            "chainstep: no layer 4: this network has layers 1 to 3\n",
            id="layer",
        ),
        pytest.param(
            ["--phase", "sideways"],
            "chainstep: no phase is called 'sideways': forward, backward, update\n",
            id="phase",
        ),
        pytest.param(
            ["--show", "2-3"],
            "chainstep: --show 2-3: only 1 iteration is run; add --iterations 3\n",
            id="show",
        ),
        pytest.param(
            ["--iterations", "0"],
            "chainstep: argument --iterations: '0' is no whole number from 1 on\n"
            "see chainstep replay --help\n",
            id="iterations",
        ),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_message(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "same-weights", *words]) == 2
    assert capsys.readouterr().err == message


def test_an_existing_file_is_not_overwritten_unasked(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    file = f"{tmp_path}/steps.txt"
    assert main(["replay", "two-neurons", "--output", file]) == 0
    assert main(["replay", "two-neurons", "--output", file]) == 2
    assert "is there already; --force overwrites it" in capsys.readouterr().err
    assert main(["replay", "two-neurons", "--output", file, "--force"]) == 0


def test_a_closed_pipe_is_no_error() -> None:
    program = "from chainstep.tui.command import main; import sys; sys.exit(main())"
    words = ["replay", "same-weights", "--iterations", "300", "--show", "all"]
    running = subprocess.Popen(
        [sys.executable, "-c", program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.read(10)
    running.stdout.close()
    assert running.stderr.read() == b""
    running.stderr.close()
    assert running.wait() == 0


def test_an_output_without_utf_8_gets_ascii() -> None:
    program = "from chainstep.tui.command import main; import sys; sys.exit(main())"
    printed = subprocess.run(
        [sys.executable, "-c", program, "replay", "same-weights"],
        env={"PYTHONIOENCODING": "latin-1", "PATH": ""},
        capture_output=True,
        check=True,
    ).stdout
    assert printed.isascii()
    assert b"sigma(z1)" in printed


def test_sentences_stay_within_a_narrow_terminal() -> None:
    scenario = load("same-weights")
    look = Look(width=60)
    stepper = Stepper(scenario)
    about = About(scenario.name, stepper.program, {}, scenario.title)
    teller = Teller()
    blocks = [*head(about), *map(teller.step, stepper.walk(1))]
    lines = "".join(write_document(Document("", iter(blocks)), look)).splitlines()
    assert max(map(len, lines)) <= 60


def test_a_long_run_shows_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # Rich takes the stream for a terminal
    stepper = Stepper(load("two-neurons"))
    progress._run_with_bar(stepper, 3000, 3000, 1)
    assert stepper.updates_done == 3000
    assert "iteration 0 of 3000" in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("replay same-weights --iterations 1500 --show all --format jsonl", "of 1500"),
        ("why same-weights --iterations 20000", "asking why"),
    ],
    ids=["replay", "why"],
)
def test_what_takes_long_tells_a_terminal_on_standard_error(command: str, said: str) -> None:
    leader, follower = os.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "chainstep", *command.split()],
        stdout=subprocess.DEVNULL,
        stderr=follower,
        env={**os.environ, "TERM": "xterm-256color"},
    )
    os.close(follower)
    told = b""
    while True:
        try:
            piece = os.read(leader, 65_536)
        except OSError:  # how Linux says that nobody writes any more
            break
        if not piece:
            break
        told += piece
    os.close(leader)
    assert running.wait() == 0
    assert said in told.decode()


# ── large matrices ────────────────────────────────────────────────────────────────────────

WIDE = """\
data: {inputs: [[1, 0.5]], targets: [[1UNITS]]}
network: {bias: none, layers: [{units: COUNT, activation: softmax}], weights: {fill: 0.1}}
loss: cross-entropy
update: {learning_rate: 0.5}
"""


def _wide(units: int, folder: Path) -> str:
    path = folder / "wide.yaml"
    text = WIDE.replace("UNITS", ", 0" * (units - 1)).replace("COUNT", str(units))
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_of_a_very_large_matrix_the_middle_is_left_out_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", _wide(400, tmp_path), "--quantity", "da1/dz1"]) == 0
    printed = capsys.readouterr().out
    assert "rows left out: 20 to 380" in printed
    assert len(printed) < 20_000


@pytest.mark.parametrize("kind", ["jsonl", "csv", "npz"])
def test_data_too_large_for_a_format_are_refused_before_anything_runs(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chainstep.tui.commands.replay._MOST_IN_TEXT", 100)
    monkeypatch.setattr("chainstep.tui.commands.replay._MOST_IN_ARCHIVE", 100)
    path = _wide(20, tmp_path)
    assert main(["replay", path, "--format", kind]) == 2
    printed = capsys.readouterr()
    assert (printed.out, "--quantity" in printed.err) == ("", True)
    monkeypatch.chdir(tmp_path)
    assert main(["replay", path, "--format", kind, "--quantity", "C", "--output", "x"]) == 0
