"""A session of the real program on a terminal, recorded: ``python -m pages.cast`` writes it.

The file is asciinema's, version 2: a line about the terminal, then a line for each piece of
output with its second. ``asciinema play docs/tour.cast`` shows it. Keys are pressed at even times,
so that a slow machine records the same session.
"""

from __future__ import annotations

import json
import os
import select
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docs" / "tour.cast"
WIDE, HIGH = 100, 30
WORDS = ("open", "same-weights")
#: The keys that are pressed, each as a terminal sends it.
KEYS = (
    "\x1b[C",
    "\x1b[C",
    "\x1b[C",
    "]",
    "\x1b[C",
    "\x1b[C",
    "\x1b[C",
    "\r",
    "\x1b[B",
    "\x1b",
    "\x1b[D",
    "q",
)
_BETWEEN = 1.8  # seconds of the recording from one key to the next
_QUIET, _LONGEST = 0.7, 15.0  # seconds without output that end a step, and of a step at most


def record(words: tuple[str, ...] = WORDS, keys: tuple[str, ...] = KEYS) -> str:
    """The recording of a session, as the text of a file."""
    head = {
        "version": 2,
        "width": WIDE,
        "height": HIGH,
        "title": " ".join(("chainstep", *words)),
        "env": {"TERM": "xterm-256color"},
    }
    lines = [json.dumps(head)]
    for number, text in enumerate(_session(words, keys)):
        if text:
            lines.append(json.dumps([round(0.3 + number * _BETWEEN, 2), "o", text]))
    return "\n".join(lines) + "\n"


def _session(words: tuple[str, ...], keys: tuple[str, ...]) -> Iterator[str]:
    """What the program writes when it begins, and after each key."""
    import fcntl
    import pty
    import termios

    with tempfile.TemporaryDirectory() as folder:
        process, terminal = pty.fork()
        if process == 0:
            os.environ |= {
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                "XDG_STATE_HOME": folder,
            }
            os.environ.pop("NO_COLOR", None)
            os.chdir(folder)
            os.execv(sys.executable, [sys.executable, "-m", "chainstep", *words])
        try:
            size = struct.pack("HHHH", HIGH, WIDE, 0, 0)
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)
            yield _until_quiet(terminal)
            for key in keys:
                os.write(terminal, key.encode())
                yield _until_quiet(terminal)
        finally:
            os.close(terminal)
            os.kill(process, signal.SIGHUP)
            os.waitpid(process, 0)


def _until_quiet(terminal: int) -> str:
    """What is written from now on until nothing more comes, or the program has left."""
    found, end = b"", time.monotonic() + _LONGEST
    while time.monotonic() < end:
        if not select.select([terminal], [], [], _QUIET)[0]:
            if found:
                break
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # nobody writes to it any more
            break
        if not piece:
            break
        found += piece
    return found.decode("utf-8", "replace")


if __name__ == "__main__":
    FILE.write_text(record(), encoding="utf-8", newline="\n")
