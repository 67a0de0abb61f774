import os
import subprocess
import sys
from pathlib import Path

import pytest

from chainstep.tui.command import COMMANDS as ALL_COMMANDS
from chainstep.tui.command import main

COMMANDS = [
    pytest.param(command, id=command)
    for command in (
        "list",
        "schema",
        "new mine.yaml",
        "check same-weights",
        "why two-neurons w1 w3",
        "compare same-weights --learning-rate 1,2 --iterations 5",
        "replay same-weights",
        "replay same-weights --format jsonl",
        "--help",
    )
]

# Runs the command as its console script does, and then writes down what was imported.
_PROGRAM = """
import atexit, sys
from pathlib import Path

atexit.register(lambda: Path("modules").write_text(" ".join(sys.modules)))

from chainstep.tui.start import main

sys.exit(main())
"""


def _start(command: str, folder: Path, output: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *command.split()],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def _loaded(running: subprocess.Popen[str], folder: Path) -> set[str]:
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 0, errors
    return set((folder / "modules").read_text(encoding="utf-8").split())


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_in_a_pipe_loads_neither_textual_nor_rich(command: str, tmp_path: Path) -> None:
    loaded = _loaded(_start(command, tmp_path, subprocess.DEVNULL), tmp_path)
    assert loaded & {"textual", "rich", "shtab"} == set()


#: At most so many modules of chainstep are read, and what is not read at all.
FEW = {
    "--help": (12, {"numpy", "yaml", "inspect"}),
    "list": (45, {"dataclasses", "threading", "numpy.random"}),
    "replay same-weights": (92, {"dataclasses", "threading", "numpy.typing", "numpy.random"}),
    "why same-weights W1.0.0": (124, {"threading", "numpy.random"}),
    "check same-weights": (100, {"difflib", "fractions"}),
}


@pytest.mark.parametrize("command", FEW)
def test_a_command_reads_no_more_modules_than_it_needs(command: str, tmp_path: Path) -> None:
    most, spared = FEW[command]
    loaded = _loaded(_start(command, tmp_path, subprocess.DEVNULL), tmp_path)
    assert loaded & spared == set()
    assert sum(name.startswith("chainstep") for name in loaded) <= most


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_on_a_terminal_does_not_load_textual(command: str, tmp_path: Path) -> None:
    leader, follower = os.openpty()
    running = _start(command, tmp_path, follower)
    os.close(follower)
    _drain(leader)
    assert "textual" not in _loaded(running, tmp_path)


@pytest.mark.parametrize(("terminal", "said"), [(80, True), (None, False)])
def test_on_a_terminal_an_answer_ends_with_what_to_run_next(
    terminal: int | None,
    said: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chainstep.tui.commands.why.width_of_output", lambda _: terminal)
    assert main(["why", "two-neurons", "w1", "w3", "--learning-rate", "1"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    again = "two-neurons --learning-rate 1"
    assert (
        last == f"next: chainstep why {again}, or step through it: chainstep open {again}"
    ) == said


def _drain(terminal: int) -> None:
    """Reads what is written there until the last writer has closed it."""
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:  # Linux says the end of a terminal like this
        pass
    finally:
        os.close(terminal)


@pytest.mark.parametrize("command", ALL_COMMANDS)
def test_the_sentences_of_a_help_fill_the_width_of_the_terminal(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main([command, "--help"])
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if len(line) > 80 and not line.startswith(" ")] == []


def test_watch_asks_for_the_program_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch"]) == 2
    assert "required: PROGRAM\n" in capsys.readouterr().err
