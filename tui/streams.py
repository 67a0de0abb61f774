"""Standard output and standard error, in whatever state they are when the command begins."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import NoReturn, TextIO, cast

from chainstep.core.text.harmless import plainly_visible


class _Letters:
    """A stream that hides nothing, and that writes ASCII where no other letters are known."""

    def __init__(self, stream: object, *, ascii_only: bool) -> None:
        self._stream = stream
        self._ascii_only = ascii_only

    def write(self, text: str) -> int:
        safe = plainly_visible(text)
        if self._ascii_only:
            from chainstep.core.text.ascii import to_ascii

            safe = to_ascii(safe)
        self._stream.write(safe)  # type: ignore[attr-defined]
        return len(text)

    def writelines(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


class _Closed:
    """What stands for a standard output that was closed before the command began."""

    encoding = "utf-8"

    def write(self, _: str) -> NoReturn:
        raise OSError(errno.EBADF, "it is closed")

    def writelines(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.write(text)

    def flush(self) -> None:
        """Nothing is left to be written."""

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        raise OSError(errno.EBADF, "it is closed")

    @property
    def buffer(self) -> _Closed:
        return self


def suit_the_process() -> None:
    """Lets the command print in any state of the process that it was started in.

    What is closed is opened on nothing, so that no file that is read later takes its number.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = cast(TextIO, _Closed())
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for good
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, _Letters | _Closed):
            continue
        encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "")
        setattr(sys, name, _Letters(stream, ascii_only=not encoding.startswith("utf")))


def say(text: str) -> None:
    """Prints to standard error; where that cannot be written, nobody can be told."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _hush(sys.stderr)


def hush_output() -> None:
    """Throws away what is still to be written to standard output."""
    _hush(sys.stdout)


def _hush(stream: object) -> None:
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # type: ignore[attr-defined]
