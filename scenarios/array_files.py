"""Arrays of numbers out of npz files, each with its size known before it is unpacked."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainstep.scenarios.faults import quoted

if TYPE_CHECKING:
    from zipfile import ZipInfo

Table = NDArray[np.float64]

#: Bytes of an array, and of a file, that are read.
LARGEST = 256 * 2**20
#: Bytes of the list of what an npz file holds.
_LONGEST_LIST = 2**20
_SAVE = "write it with np.savez"


class Unreadable(Exception):
    """A file of arrays cannot be used: what was found, the mend, and at which key to say so."""

    def __init__(self, found: str, mend: str = "", *key: str | int) -> None:
        super().__init__(found)
        self.found = found
        self.mend = mend
        self.key = key


class Member(NamedTuple):
    """One array of an npz file, by what its header says."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    columns_first: bool
    at: int
    info: ZipInfo

    @property
    def size(self) -> int:
        """How many numbers it holds, however many that are."""
        return prod(self.shape)


class Npz:
    """The arrays of an npz file: what they are at first, and each read when it is asked for."""

    def __init__(self, source: Path | bytes, name: str) -> None:
        from zipfile import BadZipFile, ZipFile

        self._file = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
        try:
            with _told(name):
                _refuse_long_list(self._file, name)
                self._zip = ZipFile(self._file)
        except Unreadable as error:
            self._file.close()
            if isinstance(error.__cause__, BadZipFile):
                raise Unreadable(f"{quoted(name)} is no npz file", _SAVE) from None
            raise
        self.names = [
            info.filename.removesuffix(".npy")
            for info in self._zip.infolist()
            if info.filename.endswith(".npy")
        ]

    def close(self) -> None:
        """Closes the file; nothing can be read any more."""
        self._file.close()

    def member(self, name: str) -> Member:
        """What the header of an array says.

        Raises: Unreadable where it is packed or written in a way that numpy never does.
        """
        info = self._zip.getinfo(f"{name}.npy")
        if info.flag_bits & 0x1:
            raise Unreadable(f"{quoted(name)} is encrypted", _SAVE)
        if info.compress_type not in {0, 8}:  # stored, deflated
            raise Unreadable(f"{quoted(name)} is packed in a way that numpy never uses", _SAVE)
        with _told(name), self._zip.open(info) as file:
            shape, columns_first, dtype = _header(file)
            at = file.tell()
        if dtype.kind not in "fiu":
            raise Unreadable(f"{quoted(name)} holds {dtype}, not numbers")
        if any(type(length) is not int for length in shape):  # True is one, to numpy
            raise Unreadable(f"{quoted(name)} is no array of numbers: its shape is {shape}", _SAVE)
        found = Member(name, shape, dtype, columns_first, at, info)
        if any(length < 0 for length in shape) or found.size * max(dtype.itemsize, 8) > LARGEST:
            raise Unreadable(f"{quoted(name)} is larger than {LARGEST // 2**20} MiB")
        return found

    def read(self, member: Member) -> NDArray[Any]:
        """The numbers of an array, in the machine's byte order."""
        length = member.size * member.dtype.itemsize
        with _told(member.name), self._zip.open(member.info) as file:
            file.read(member.at)
            raw = file.read(length)
        if len(raw) < length:
            found = f"{quoted(member.name)} ends early: {len(raw)} of {length} bytes are there"
            raise Unreadable(found, "save it again")
        numbers = np.frombuffer(raw, dtype=member.dtype, count=member.size)
        order: Any = "F" if member.columns_first else "C"
        return numbers.reshape(member.shape, order=order).astype(member.dtype.newbyteorder("="))


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Turns whatever zipfile, zlib and numpy say about a broken file into one message."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except Unreadable:
            raise
        except Exception as error:  # numpy reads a header as Python, tokens and all
            said = quoted(str(error)) if str(error) else "it ends early"
            raise Unreadable(f"{quoted(name)} is no array of numbers: {said}", _SAVE) from error


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """The shape, the order and the type that an array's header says.

    Raises: ValueError where it is none of numpy's.
    """
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(file)
    raise ValueError(f"version {version[0]}.{version[1]} of the format is not read")


def _refuse_long_list(file: IO[bytes], name: str) -> None:
    """Raises Unreadable where the list at a file's end is longer than any that numpy writes."""
    end = file.seek(0, io.SEEK_END)
    file.seek(max(0, end - 2**16 - 22))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    listed = int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
    file.seek(0)
    if listed > _LONGEST_LIST:
        raise Unreadable(f"{quoted(name)} lists more members than an npz file has", _SAVE)


def is_npz(begun: bytes) -> bool:
    """Whether a file that begins so is a zip file, as npz files are."""
    return begun[:4] in {b"PK\x03\x04", b"PK\x05\x06"}
