"""The completion scripts, sourced by a shell where there is one."""

import shutil
import subprocess
from pathlib import Path

import pytest

from chainstep.tui.command import main

_TRY = """
source {script}
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=()
complete_with=$(complete -p chainstep | sed 's/.*-F \\([^ ]*\\).*/\\1/')
$complete_with chainstep "${{COMP_WORDS[-1]}}" "${{COMP_WORDS[-2]}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize("form", ["--completion {}", "--completion={}"])
@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
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
        ("chainstep why --format m", ["markdown"]),
    ],
    ids=["command", "names", "one-name", "check", "format"],
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
