"""Every command that is printed runs when it is pasted, whatever the scenario is called."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from chainstep.core.text.commands import Commands, command
from chainstep.scenarios import load
from chainstep.tui.command import main

COMMAND = re.compile(r"chainstep (?:why|open|replay|check|compare|new) [^\n]*")


@pytest.fixture(params=["mine.yaml", "my own net.yaml", "a'b$(c).yaml"])
def path(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "a folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    source = load("two-neurons-same").path
    assert source is not None
    text = source.read_text(encoding="utf-8")
    (folder / request.param).write_text(text, encoding="utf-8")
    return f"./{request.param}"


def _commands(text: str) -> list[list[str]]:
    """The commands of a text, each as the words that a shell makes of it."""
    found = []
    for match in COMMAND.findall(text):
        for part in re.split(r", or [^:]*: (?=chainstep )|`", match):
            words = shlex.split(part.rstrip(".,"))
            if words[:1] == ["chainstep"]:
                found.append(words[1:])
    return found


@pytest.mark.parametrize(
    "words",
    [
        ("why",),
        ("why", "--iterations", "1"),
        ("why", "--learning-rate", "1e200"),
        ("why", "--mistake", "gradient-transposed"),
        ("replay", "--quantity", "C"),
        ("replay", "--quantity", "C", "--learning-rate", "0.25"),
    ],
    ids=" ".join,
)
def test_a_printed_command_runs_when_it_is_pasted(
    path: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([words[0], path, *words[1:]]) == 0
    commands = [each for each in _commands(capsys.readouterr().out) if each[0] != "open"]
    for printed in commands:
        assert main(printed) in {0, 1, 3}, printed
        capsys.readouterr()


def test_the_changes_that_were_typed_stand_in_the_commands() -> None:
    typed = Commands("my net.yaml", {"learning_rate": "5", "mistake": ["a", "b"]})
    assert shlex.split(typed.about("why", "W1.0.0", seed=3)) == [
        "chainstep", "why", "my net.yaml", "W1.0.0", "--learning-rate", "5",
        "--mistake", "a", "--mistake", "b", "--seed", "3",
    ]  # fmt: skip
    assert "--mistake" not in typed.about("why", without="mistake")


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("W1.0.2", "W1.0.2"),
        ("a b", "'a b'"),
        ("a\tb", r"$'a\x09b'"),
        ("a'b\\c\x07ü\n\u200b", r"$'a\'b\\c\x07ü\x0a\U0000200b'"),
    ],
)
def test_a_word_is_quoted_so_that_a_shell_reads_it_and_a_terminal_obeys_nothing(
    word: str, quoted: str
) -> None:
    assert command("why", word) == f"chainstep why {quoted}"
