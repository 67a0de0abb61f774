"""The program on a real terminal: what it needs, how it leaves, what it loads."""

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_MAIN = "import sys; from chainstep.tui.command import main; sys.exit(main())"
_LEFT = b"\x1b[?1049l"  # what brings the screen back that stood there before

needs_terminal = pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")


@pytest.mark.parametrize("words", [[], ["open", "same-weights"]], ids=["gallery", "open"])
def test_without_a_terminal_it_says_so_in_one_line_and_names_replay(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _MAIN, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "chainstep: this is no terminal to open a screen on; try chainstep replay same-weights\n"
    )


class Terminal:
    """A program that runs on a terminal of its own."""

    def __init__(self, program: str, words: list[str], folder: Path, **environment: str) -> None:
        import fcntl
        import struct
        import termios

        self.leader, follower = os.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(follower)
        self.follower = follower
        self.running = subprocess.Popen(
            [sys.executable, "-c", program, *words],
            stdin=follower,
            stdout=follower,
            stderr=follower,
            cwd=folder,
            env={**os.environ, "TERM": "xterm", "XDG_STATE_HOME": str(folder), **environment},
            start_new_session=True,
        )
        self.seen = b""

    def wait_for(self, text: bytes, seconds: float = 20) -> None:
        """Reads until a text has come."""
        end = time.monotonic() + seconds
        while text not in self.seen and time.monotonic() < end:
            if select.select([self.leader], [], [], 0.1)[0]:
                self.seen += os.read(self.leader, 65536)
        assert text in self.seen, self.seen[-2000:]

    def press(self, keys: bytes) -> None:
        os.write(self.leader, keys)

    def end(self) -> int:
        """Waits for its end, reading on; what does not end within a minute is a fault."""
        late = time.monotonic() + 60
        while self.running.poll() is None:
            assert time.monotonic() < late, self.seen[-2000:]
            if select.select([self.leader], [], [], 0.1)[0]:
                self.seen += os.read(self.leader, 65536)
        while select.select([self.leader], [], [], 0.1)[0]:
            self.seen += os.read(self.leader, 65536)
        return self.running.returncode

    def is_as_before(self) -> bool:
        """Whether the terminal has the modes that it had, and its first screen."""
        import termios

        return termios.tcgetattr(self.follower) == self.before and _LEFT in self.seen


@needs_terminal
@pytest.mark.parametrize(("key", "code"), [(b"q", 0), (b"\x03", 130)], ids=["q", "Ctrl+C"])
def test_leaving_gives_the_terminal_back(key: bytes, code: int, tmp_path: Path) -> None:
    terminal = Terminal(_MAIN, ["open", "same-weights"], tmp_path)
    terminal.wait_for(b"0/34")
    terminal.press(b"\x1b[C")
    terminal.wait_for(b"1/34")
    terminal.press(key)
    assert terminal.end() == code
    assert terminal.is_as_before()


@needs_terminal
def test_an_exception_gives_the_terminal_back(tmp_path: Path) -> None:
    broken = (
        "from chainstep.tui.app import Chainstep\n"
        "def fault(self): raise RuntimeError('broken on purpose')\n"
        "Chainstep.on_ready = fault\n" + _MAIN
    )
    terminal = Terminal(broken, ["open", "same-weights"], tmp_path)
    assert terminal.end() != 0
    assert terminal.is_as_before()
    assert b"broken on purpose" in terminal.seen


@needs_terminal
def test_a_fault_in_a_picture_is_a_message_and_the_run_goes_on(tmp_path: Path) -> None:
    broken = (
        "from chainstep.tui import stepper\n"
        "whole = stepper.page_of\n"
        "def broken(shown, size):\n"
        "    if shown.view.moment.step: raise RuntimeError('broken on purpose')\n"
        "    return whole(shown, size)\n"
        "stepper.page_of = broken\n" + _MAIN
    )
    terminal = Terminal(broken, ["open", "same-weights"], tmp_path)
    terminal.wait_for(b"0/34")
    terminal.press(b"\x1b[C")
    terminal.wait_for(b"broken on purpose")
    terminal.press(b"\x1b[D")
    terminal.wait_for(b"0/34")
    terminal.press(b"q")
    assert terminal.end() == 0
    assert terminal.is_as_before()


@needs_terminal
@pytest.mark.parametrize(
    "environment",
    [{"NO_COLOR": "1"}, {"TERM": "xterm-16color"}, {"TERM": "screen", "TMUX": "x"}],
    ids=["NO_COLOR", "16 colours", "tmux"],
)
def test_it_runs_where_colours_are_few(environment: dict[str, str], tmp_path: Path) -> None:
    terminal = Terminal(_MAIN, ["open", "two-neurons", "--at", "1:delta1"], tmp_path, **environment)
    terminal.wait_for(b"15/21")
    terminal.press(b"q")
    assert terminal.end() == 0


@needs_terminal
def test_the_first_frame_loads_nothing_that_only_other_screens_want(tmp_path: Path) -> None:
    noting = (
        "import atexit, sys\n"
        "from pathlib import Path\n"
        "atexit.register(lambda: Path('modules').write_text(' '.join(sys.modules)))\n" + _MAIN
    )
    terminal = Terminal(noting, ["open", "same-weights"], tmp_path)
    terminal.wait_for(b"0/34")
    terminal.press(b"q")
    assert terminal.end() == 0
    loaded = set((tmp_path / "modules").read_text(encoding="utf-8").split())
    late = {
        "textual_plotext",
        "plotext",
        "chainstep.tui.gallery",
        "json",
        "chainstep.scenarios.programs.opening.opening",
    }
    assert loaded & late == set()


@needs_terminal
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_to_end_gives_the_terminal_back(name: str, tmp_path: Path) -> None:
    import signal

    terminal = Terminal(_MAIN, ["open", "same-weights"], tmp_path)
    terminal.wait_for(b"0/34")
    terminal.running.send_signal(getattr(signal, name))
    assert terminal.end() == 130
    assert terminal.is_as_before()
    assert b"\x1b[?1000l" in terminal.seen, "the mouse is still reported"


@needs_terminal
def test_a_terminal_that_is_gone_ends_it(tmp_path: Path) -> None:
    """Without a controlling terminal no signal comes when the window is closed."""
    terminal = Terminal(_MAIN, ["open", "same-weights"], tmp_path)
    terminal.wait_for(b"0/34")
    os.close(terminal.follower)
    os.close(terminal.leader)
    assert terminal.running.wait(20) != 0
