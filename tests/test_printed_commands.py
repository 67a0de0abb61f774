"""Every command that an answer prints runs when it is pasted: names, paths, blanks, changes."""

import re
import shlex
from pathlib import Path

import pytest

from chainstep.scenarios.scenario_files import FOLDER
from chainstep.tui.command import main

_WORD = r"""(?:'[^']*'|"[^"]*"|[^\s,;:`()'"])+"""
_COMMAND = re.compile(
    rf"chainstep (?:why|replay|open|check|compare|worksheet)(?: (?!chainstep ){_WORD})+"
)
#: How a scenario is named.
NAMED = ["two-layer-network", "two-l", "./my own.yaml", "own.yaml", "it's.yaml"]
ASKED = [
    ["replay"],
    ["replay", "--learning-rate", "0.25", "--iterations", "3"],
    ["replay", "--format", "markdown"],
    ["why"],
    ["why", "--learning-rate", "0.25"],
    ["why", "W1.0.0"],
    ["why", "W1.0.0", "--paths", "--most", "1"],
    ["why", "W1.0.0", "W1.0.1", "--seed", "3"],
    ["check"],
    ["new"],
]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (FOLDER / "two-layer-network.yaml").read_text(encoding="utf-8")
    for name in NAMED[2:]:
        Path(name).write_text(text, encoding="utf-8")


def printed(capsys: pytest.CaptureFixture[str], words: list[str]) -> list[str]:
    """The commands in an answer; line ends inside of one are those of the page."""
    main(words)
    said = capsys.readouterr().out.replace("\n", " ")
    return _COMMAND.findall(re.sub(r"\s+", " ", said))


@pytest.mark.parametrize("named", NAMED)
@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_what_is_printed_can_be_pasted(
    asked: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [asked[0], named, *asked[1:]]
    if asked == ["new"]:
        words = ["new", f"n{Path(named).name}", "--force"]
    commands = printed(capsys, words)
    assert commands or asked[0] not in {"replay", "new"} or "markdown" in asked
    for command in commands:
        code = main(shlex.split(command)[1:])
        told = capsys.readouterr().err
        # a screen needs a terminal, which tests have none of: its arguments were read by then
        assert code in {0, 1, 3} or "no terminal to open a screen on" in told, (command, told)


def test_the_next_command_keeps_the_changes(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["replay", "./my own.yaml", "--learning-rate", "0.25", "--mistake", "sign-flipped"]
    changes = "--learning-rate 0.25 --mistake sign-flipped"
    assert printed(capsys, words)[:2] == [
        f"chainstep why './my own.yaml' {changes}", f"chainstep open './my own.yaml' {changes}",
    ]  # fmt: skip
