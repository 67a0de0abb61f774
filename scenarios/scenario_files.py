"""Which file a scenario is, and the text of it."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from chainstep.core.text.harmless import harmless
from chainstep.scenarios.faults import Fault, Faults, ScenarioError, nearest_of, quoted

FOLDER = Path(__file__).parent
SUFFIXES = (".yaml", ".yml")

#: Bytes of a scenario file; larger data belong into a CSV or npz file beside it.
LARGEST = 4 * 2**20
#: What stands for standard input where a file is named.
STANDARD_INPUT = Path("-")


def names() -> tuple[str, ...]:
    """The names of the scenarios that come with the program, in alphabetical order."""
    with os.scandir(FOLDER) as entries:
        return tuple(sorted(e.name[: -len(".yaml")] for e in entries if e.name.endswith(".yaml")))


def find(name: str | Path) -> Path:
    """The file of a scenario: by its name, by a unique beginning of it, or by its path.

    Raises: ScenarioError where there is none, with the nearest name.
    """
    known, text = names(), str(name)
    if text == str(STANDARD_INPUT):
        return STANDARD_INPUT
    if isinstance(name, str) and name in known:
        return FOLDER / f"{name}.yaml"
    path = Path(name)
    try:
        if text and path.is_dir():
            raise _nowhere(f"{quoted(text)} is a directory", "name a YAML file in it")
        if text and path.exists():
            return path
    except (OSError, ValueError):  # too long for the name of a file, or with a NUL in it
        pass
    if is_path(name):
        raise _nowhere(f"there is no file {quoted(text)}", _beside(path))
    begun = [word for word in known if text and word.startswith(text)]
    if len(begun) == 1:
        return FOLDER / f"{begun[0]}.yaml"
    if begun:
        raise _nowhere(f"several scenarios begin with {quoted(text)}", f"one of {', '.join(begun)}")
    mend = f"{nearest_of(text, known)}\na file of your own is named by its path, as in ./mine.yaml"
    raise _nowhere(f"no scenario is called {quoted(text)}", mend)


def is_path(name: str | Path) -> bool:
    """Whether a name can only be meant as the path of a file."""
    text = str(name)
    return isinstance(name, Path) or os.sep in text or "/" in text or text.endswith(SUFFIXES)


def _beside(path: Path) -> str:
    """The mend for a file that is missing: the one with the nearest name, if there is any."""
    from difflib import get_close_matches  # wanted only where something is missing

    try:
        with os.scandir(path.parent) as entries:
            files = {Path(e.name).stem: e.name for e in entries if e.name.endswith(SUFFIXES)}
    except OSError:
        return f"there is no directory {quoted(str(path.parent))} either"
    close = get_close_matches(path.stem, files, n=1, cutoff=0.5)
    if not close:
        return "`chainstep list` names the scenarios that come along"
    return f"did you mean {quoted(str(path.with_name(files[close[0]])))}?"


def _nowhere(found: str, mend: str = "") -> ScenarioError:
    return ScenarioError([Fault("", found, mend)])


def typed_path(text: str) -> Path:
    """The path that was typed; ``~`` is the user's folder.

    Raises: ScenarioError where nobody knows that folder.
    """
    try:
        return Path(text.strip()).expanduser()
    except RuntimeError:
        raise _nowhere(f"{quoted(text)}: no home folder is known", "write the path whole") from None


def place_of(path: Path) -> str:
    """What a file is called in a message."""
    return "standard input" if path == STANDARD_INPUT else str(path)


def bytes_of(path: Path, most: int, mend: str) -> bytes:
    """All that a file holds, or a pipe, or standard input for ``-``; no more than so much.

    Raises: ScenarioError where it cannot be read, or where it is larger.
    """
    try:
        streams = path == STANDARD_INPUT or not path.is_file()
        raw = _streamed(path, most) if streams else _read(path, most)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise _nowhere(f"{harmless(place_of(path))} cannot be read: {said}") from None
    if len(raw) > most:
        found = f"{harmless(place_of(path))} is larger than {most // 2**20} MiB"
        raise _nowhere(found, mend)
    return raw


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most + 1)


@cache
def _streamed(path: Path, most: int) -> bytes:
    """What came through a pipe: it comes once, and may be asked for by several."""
    if path != STANDARD_INPUT:
        return _read(path, most)
    if sys.stdin is None:
        raise ValueError("it is closed")
    return sys.stdin.buffer.read(most + 1)


def text_of(path: Path, faults: Faults) -> str:
    """The text of a scenario's file; see ``text_in``."""
    return text_in(bytes_of(path, LARGEST, "put its data into a CSV or npz file beside it"), faults)


def text_in(raw: bytes, faults: Faults) -> str:
    r"""A file's bytes as text, ``\n`` at the ends of lines and control characters as pictures.

    Raises: ScenarioError where they are not UTF-8.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:4]:
        raise _nowhere(f"{faults.place} is UTF-16 or UTF-32, not UTF-8", "save it as UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(raw, error.start, faults.place) from None
    text = harmless(text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n"))
    faults.text = text
    return text


def _not_utf8(raw: bytes, position: int, place: str) -> ScenarioError:
    begun = raw.rfind(b"\n", 0, position) + 1
    source = raw[begun:].split(b"\n", 1)[0].decode("utf-8", "replace").rstrip("\r")
    fault = Fault(
        place,
        f"byte 0x{raw[position]:02x} is not UTF-8",
        "save the file as UTF-8; it may be Latin-1 or Windows-1252 now",
        raw.count(b"\n", 0, position) + 1,
        len(raw[begun:position].decode("utf-8", "replace")) + 1,
        1,
        harmless(source),
    )
    return ScenarioError([fault])
