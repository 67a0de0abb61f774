"""The completion scripts, sourced by a shell where there is one."""

import shutil
import subprocess
from pathlib import Path

import pytest

from chainstep.tui.command import COMMANDS, main
from pages.manual import page

_TRY = """
source {script}
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=()
complete_with=$(complete -p chainstep | sed 's/.*-F \\([^ ]*\\).*/\\1/')
$complete_with chainstep "${{COMP_WORDS[-1]}}" "${{COMP_WORDS[-2]}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize("form", ["--completion {}", "--completion={}"])
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh"])
def test_every_shell_gets_a_script(
    shell: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(form.format(shell).split()) == 0
    assert "replay" in capsys.readouterr().out


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("chainstep re", ["replay"]),
        ("chainstep replay two-neurons-", ["two-neurons-free", "two-neurons-same"]),
        ("chainstep why hidden", ["hidden-zeros"]),
        ("chainstep check log", ["logistic-zeros"]),
        ("chainstep why --format la", ["latex"]),
        ("chainstep why same-weights --notation n-a", ["n-a-w"]),
        ("chainstep replay same-weights --mistake sign-f", ["sign-flipped"]),
        ("chainstep compare same-weights --loss half", ["half-squared-error"]),
        ("chainstep replay same-weights --phase b", ["backward"]),
        ("chainstep open same-weights --against hidden", ["hidden-zeros"]),
    ],
    ids=[
        "command",
        "names",
        "one-name",
        "check",
        "format",
        "notation",
        "mistake",
        "loss",
        "phase",
        "against",
    ],
)
def test_bash_completes(
    words: str, found: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--completion", "bash"]) == 0
    script = tmp_path / "completion.bash"
    script.write_text(capsys.readouterr().out)
    done = subprocess.run(
        ["bash", "-c", _TRY.format(script=script, words=words)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == found, done.stderr


def test_fish_completes_scenarios_and_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--completion", "fish"]) == 0
    script = capsys.readouterr().out
    assert "function _chainstep_scenarios; string split ' ' '" in script
    against = next(line for line in script.splitlines() if "-l against" in line)
    assert "(_chainstep_scenarios)" in against
    notation = next(line for line in script.splitlines() if "-l notation" in line)
    assert "n-a-w" in notation


def test_the_manual_page_is_plain_troff() -> None:
    text = page()
    assert text.startswith(".TH CHAINSTEP 1")
    assert [line[4:] for line in text.splitlines() if line.startswith(".SS ")] == list(COMMANDS)
    requests = {line.split()[0] for line in text.splitlines() if line.startswith(".")}
    assert requests == {".TH", ".SH", ".SS", ".TP", ".B"}
