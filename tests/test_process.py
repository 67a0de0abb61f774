"""The command in every state that a process can be in: one message, an exit code, no traceback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chainstep.scenarios.programs.sources import Source
from chainstep.tui.command import main

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="these are states of a Unix process"
)

FIRST = "exit ${PIPESTATUS[0]}"  # ends with the code of the first command of a pipe
COMMAND = f"{sys.executable} -m chainstep"


def run(shell: str, folder: Path, **variables: str) -> tuple[int, str, str]:
    """What a line of bash ends with: its code, standard output and standard error."""
    done = subprocess.run(
        ["bash", "-c", shell],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


#: A line of bash, its exit code, and how standard error begins.
STATES = {
    "output closed": ("$C list >&-", 2, "chainstep: standard output: it is closed"),
    "error closed": ("$C list 2>&- >/dev/null", 0, ""),
    "error closed, a fault": ("$C list nothing 2>&-", 2, ""),
    "both closed": ("$C list >&- 2>&-", 2, ""),
    "all closed": ("$C list <&- >&- 2>&-", 2, ""),
    "input closed": ("$C check same-weights - <&-", 2, "chainstep: standard input cannot be read"),
    "output full": ("$C list >/dev/full", 2, "chainstep: standard output: No space left on device"),
    "error full": ("$C list nothing 2>/dev/full", 2, ""),
    "both full": ("$C list >/dev/full 2>/dev/full", 2, ""),
    "nobody reads": (f"$C replay same-weights --format jsonl | true; {FIRST}", 0, ""),
    "nobody reads long": (
        f"$C replay same-weights --iterations 300 --show all | head -1 >/dev/null; {FIRST}", 0, "",
    ),
    "nobody reads binary": (f"$C replay same-weights --format npz | true; {FIRST}", 0, ""),
    "no home": ("env -u HOME $C list >/dev/null", 0, ""),
    "no folder": ("mkdir gone; cd gone; rmdir ../gone; $C list >/dev/null", 0, ""),
    "odd columns": ("COLUMNS=² $C --help >/dev/null", 0, ""),
    "many columns": (f"COLUMNS={'9' * 5000} $C --help >/dev/null", 0, ""),
    "no letters": ("LC_ALL=C PYTHONIOENCODING=ascii $C list", 0, ""),
    "no terminal": ("$C open same-weights </dev/null", 2, "chainstep: this is no terminal"),
    "a directory": ("$C check . .", 2, "chainstep: '.' is a directory"),
    "a file without end": ("$C check /dev/zero", 2, "chainstep: /dev/zero is larger than 4 MiB"),
    "numbers without end": (
        "$C check same-weights /dev/zero", 2, "chainstep: /dev/zero is larger than 256 MiB",
    ),
    "an empty pipe": ("$C check same-weights - </dev/null", 2, "standard input:1:1: "),
    "long digits": (f"$C why same-weights W1.{'9' * 9000}.0", 2, "chainstep: 'W1.9999"),
    "long counts": (f"$C replay same-weights --iterations {'9' * 9000}", 2, "chainstep: argument"),
    "long conditions": (
        f"$C compare same-weights --seed 1,2 --until 'C < {'9' * 9000}x'", 2, "chainstep: ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_a_process_ends_in_a_code_and_at_most_one_message(
    state: str, tmp_path: Path
) -> None:
    shell, code, begun = STATES[state]
    found, _, err = run(shell.replace("$C", COMMAND), tmp_path)
    assert (found, "Traceback" in err) == (code, False), err
    assert err.startswith(begun) if begun else not err, err
    assert err.count("chainstep:") <= 1
    assert max(map(len, err.split("\n"))) < 400


def test_somebody_without_a_folder_and_without_a_name_can_run_it(tmp_path: Path) -> None:
    script = (
        "import os, pwd; os.environ.pop('HOME', None)\n"
        "def nobody(number): raise KeyError(number)\n"
        "pwd.getpwuid = nobody\n"
        "from chainstep.tui.remembered import remembered; assert remembered('hints') == ''\n"
        "from chainstep.tui.command import main; raise SystemExit(main(['list']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")


@pytest.mark.parametrize("after", [0.0, 0.02, 0.05, 0.1, 0.2, 0.4])
def test_an_interrupt_at_any_time_ends_in_one_line(after: float, tmp_path: Path) -> None:
    """From the first line of the program on; before that Python itself is interrupted."""
    script = (
        "import sys; from chainstep.tui.start import main; sys.argv[1:] = "
        "['compare', 'same-weights', '--learning-rate', '0.5,1', '--iterations', '1000000'];"
        "import _signal, chainstep.tui.start as s; _signal.signal(_signal.SIGINT, s._leave);"
        "print('here', file=sys.stderr, flush=True); sys.exit(main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stderr=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path
    )
    assert process.stderr is not None
    assert process.stderr.readline() == b"here\n"
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err.decode()) == (130, "chainstep: interrupted\n")


def test_a_pipe_that_nobody_writes_to_can_be_interrupted(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    process = subprocess.Popen(
        [sys.executable, "-m", "chainstep", "check", "pipe"],
        stderr=subprocess.PIPE, cwd=tmp_path,
    )  # fmt: skip
    time.sleep(1.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err.decode()) == (130, "chainstep: interrupted\n")


HIDING = ["\u202e", "\u200b", "\u2066", "\ufeff", "\U000e0041", "\x1b[31m", "\x9b31m"]


@pytest.mark.parametrize("mark", HIDING, ids=ascii)
def test_nothing_that_hides_or_steers_is_printed(
    mark: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"mi{mark}ne.yaml"
    text = (
        f'title: "T{mark}itle"\nstory: "S{mark}tory"\n'
        "data: {inputs: [[1, 2]], targets: [[1]]}\n"
        "network: {layers: [{units: 1, activation: sigmoid}], weights: zeros}\n"
        "loss: squared-error\nupdate: {learning_rate: 0.5}\n"
    )
    Path(name).write_text(text, encoding="utf-8")
    Path("n.yaml").write_text(f'"a{mark}9": 1\nC: 0.5\n', encoding="utf-8")
    Path(f"r{mark}q.yaml").write_text("C: 0.25\n", encoding="utf-8")
    for words in (
        ["replay", name],
        ["replay", name, "--format", "jsonl"],
        ["compare", name, "--learning-rate", "1,2", "--iterations", "3", "--json"],
        ["compare", name, "--learning-rate", "1,2", "--iterations", "3"],
        ["why", name, "--iterations", "3"],
        ["why", name, "--iterations", "3", "--json"],
        ["check", name],
        ["check", name, "n.yaml"],
        ["check", name, f"r{mark}q.yaml", "--format", "markdown"],
        ["check", name, f"no{mark}thing"],
        ["why", name, f"W{mark}1"],
        ["watch", f"no{mark}thing.py"],
        ["new", f"ne{mark}w.yaml"],
        [f"li{mark}st"],
        ["list", f"--js{mark}on"],
    ):
        main(words)
        printed = "".join(capsys.readouterr())
        assert mark not in printed, words
        assert "\x1b" not in printed, words


def test_the_name_of_a_program_is_one_harmless_line() -> None:
    assert Source(Path("my\n own\x1b[1m.py"), "", "train").shown == "my own\u241b[1m.py:train"
