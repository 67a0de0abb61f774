"""Answers written to files, pipes, devices and standard output: files whole, or not at all."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from chainstep.core.quantities import InputError

Content = str | bytes | Iterable[str]


def write(path: Path, content: Content, *, overwrite: bool) -> None:
    """Writes to what the path leads to: ``-`` is standard output, links are followed.

    A file is there whole in the end, with the mode that it had, or it is as it was before.

    Raises: InputError where something is in the way, or it cannot be written.
    """
    refuse_existing(path, overwrite=overwrite)
    try:
        if _is_stream(path):
            _write_out(content)
        elif path.exists() and not path.is_file():
            _write_into(path, content)
        else:
            _replace(Path(os.path.realpath(path)), content)
    except BrokenPipeError:
        raise  # whoever read it has enough
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Refuses what is no place to write to, before anything is computed.

    Raises: InputError where a file would be overwritten unasked, or may not be; for a directory,
    a disk or a socket; where there is no directory to write to.
    """
    if _is_stream(path):
        return
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        target = Path(os.path.realpath(path))
        if not target.parent.is_dir():
            raise InputError(f"{target.parent} is no directory to write to") from None
        return
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise InputError(f"{path} is a directory; name a file in it")
    if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
        what = "a disk" if stat.S_ISBLK(mode) else "a socket"
        raise InputError(f"{path} is {what}, which nothing is written to; name a file")
    if stat.S_ISREG(mode) and not overwrite:
        raise InputError(f"{path} is there already; --force overwrites it")
    if not os.access(path, os.W_OK):
        raise InputError(f"{path} is not to be written to: its mode is {stat.S_IMODE(mode):o}")


def is_standard_output(path: Path | None) -> bool:
    """Whether an answer goes to standard output: no file is named, or ``-``, or what it is."""
    return path is None or _is_stream(path)


def _is_stream(path: Path) -> bool:
    if str(path) == "-":
        return True
    if not str(path).startswith(("/dev/", "/proc/")):
        return False
    try:
        return os.path.samestat(path.stat(), os.fstat(sys.stdout.fileno()))
    except (OSError, ValueError):  # nothing there, or standard output is no file
        return False


def _pieces(content: Content) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
    elif isinstance(content, str):
        yield content.encode()
    else:
        yield from (piece.encode() for piece in content)


def _write_out(content: Content) -> None:
    if isinstance(content, bytes):
        sys.stdout.buffer.write(content)
    else:
        sys.stdout.writelines([content] if isinstance(content, str) else content)


def _write_into(path: Path, content: Content) -> None:
    """Writes into a device or a pipe, which stays what it is."""
    with path.open("wb", buffering=0) as device:
        for piece in _pieces(content):
            rest = memoryview(piece)
            while rest:
                rest = rest[device.write(rest) or 0 :]


# ── files ─────────────────────────────────────────────────────────────────────────────────


def _replace(target: Path, content: Content) -> None:
    """Puts a new file where one may be: written beside it first, and then moved there."""
    _clean(target)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    before = target.stat() if target.exists() else None
    if before is not None and before.st_nlink > 1:  # its other names are to see it too
        whole = b"".join(_pieces(content))
        target.write_bytes(whole)
        return
    descriptor, is_named = _open_beside(part)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if before is not None:
                with suppress(OSError):  # only its owner may give a file away
                    os.fchown(descriptor, before.st_uid, before.st_gid)
                os.fchmod(descriptor, stat.S_IMODE(before.st_mode))
            for piece in _pieces(content):
                file.write(piece)
            file.flush()
            if not is_named:
                _name(descriptor, part)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _open_beside(part: Path) -> tuple[int, bool]:
    """A new file in the folder of another, and whether it has a name.

    One without leaves nothing behind when the program is killed.
    """
    if hasattr(os, "O_TMPFILE") and Path("/proc/self/fd").is_dir():
        with suppress(OSError):  # not every file system has such files
            return os.open(part.parent, os.O_TMPFILE | os.O_WRONLY, 0o666), False
    return os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), True


def _name(descriptor: int, part: Path) -> None:
    """Gives a file without a name one; told the folder, Python follows the link to the file."""
    folder = os.open(part.parent, os.O_RDONLY)
    try:
        os.link(f"/proc/self/fd/{descriptor}", part.name, dst_dir_fd=folder)
    finally:
        os.close(folder)


def _clean(target: Path) -> None:
    """Removes what writers of this file left behind that were killed."""
    with suppress(OSError):
        for part in target.parent.glob(f".{glob_escape(target.name)}.*.part"):
            number = part.name.split(".")[-2]
            if number.isdigit() and not _runs(int(number)):
                part.unlink(missing_ok=True)


def glob_escape(name: str) -> str:
    """A name in which nothing stands for other letters."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _runs(process: int) -> bool:
    """Whether a process is there; this one is not in the middle of writing."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
