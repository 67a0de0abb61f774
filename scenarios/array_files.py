"""Arrays of numbers out of npz and CSV files, each with its size known before it is unpacked."""

from __future__ import annotations

import io
import warnings
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainstep.core.quantities import whole_number
from chainstep.scenarios.faults import quoted
from chainstep.scenarios.placed_tree import NUMBER

if TYPE_CHECKING:
    from zipfile import ZipInfo

Table = NDArray[np.float64]

#: Bytes of an array, and of a file, that are read.
LARGEST = 256 * 2**20
#: Bytes of a CSV file that are read: what a few seconds are enough for.
LARGEST_CSV = 64 * 2**20
#: Bytes of the list of what an npz file holds.
_LONGEST_LIST = 2**20
_MOST_COLUMNS = 100_000
_SAVE = "write it with np.savez"


class Unreadable(Exception):
    """A file of arrays cannot be used: what was found, the mend, and at which key to say so."""

    def __init__(self, found: str, mend: str = "", *key: str | int) -> None:
        super().__init__(found)
        self.found = found
        self.mend = mend
        self.key = key


# ── npz ───────────────────────────────────────────────────────────────────────────────────


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


# ── CSV ───────────────────────────────────────────────────────────────────────────────────


def read_csv(path: Path, columns: list[str] | None) -> Table:
    """The numbers of a CSV file: the columns by the names in its first row, or from 0.

    Reads row by row, so that no more is in memory than the numbers and one row.
    Raises: Unreadable at the first cell that is no number.
    """
    import csv  # wanted only where data lie in such a file

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            plain = _Plain(file)
            return _rows(csv.reader(plain), plain, columns, path.name)
    except UnicodeDecodeError:
        raise Unreadable(f"{quoted(path.name)} is not UTF-8", "save it as UTF-8") from None
    except csv.Error as error:
        raise Unreadable(f"{quoted(path.name)} is no CSV: {error}") from None


class _Plain:
    """The lines of a file, noting whether one has letters that Python, but nobody else, reads."""

    def __init__(self, file: Any) -> None:
        self._lines: Iterator[str] = iter(file)
        self.odd = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.odd = "_" in line or not line.isascii()
        return line


def _rows(reader: Any, plain: _Plain, columns: list[str] | None, name: str) -> Table:
    header: list[str] = []
    chosen: range | list[int] = []
    width = count = 0
    numbers = array("d")
    for cells in reader:
        if not cells:
            continue
        if not width:
            width = len(cells)
            if width > _MOST_COLUMNS:
                raise Unreadable(f"{quoted(name)} has more than {_MOST_COLUMNS} columns")
            stripped = [cell.strip() for cell in cells]
            if not any(NUMBER.fullmatch(cell) for cell in stripped):
                header = stripped
            chosen = range(width) if columns is None else _positions(columns, header, width)
            if header:
                continue
        if len(cells) != width:
            found = f"{name}:{reader.line_num}: a row of {len(cells)}"
            raise Unreadable(f"{found}, and the first one has {width}")
        try:
            wanted = cells if columns is None else [cells[position] for position in chosen]
            numbers.extend(map(float, wanted))
            if plain.odd:
                _refuse_odd(cells, chosen, f"{name}:{reader.line_num}")
        except ValueError:
            _refuse_odd(cells, chosen, f"{name}:{reader.line_num}")
            raise
        count += 1
    if not count:
        raise Unreadable(f"{quoted(name)} has no rows of numbers")
    return np.frombuffer(numbers, dtype=np.float64).reshape(count, len(chosen))


def _positions(columns: list[str], header: list[str], width: int) -> list[int]:
    """Where the columns are that are asked for by name, or by number from 0."""
    positions = []
    for index, name in enumerate(columns):
        position = header.index(name) if name in header else whole_number(name)
        if position is None or position >= width:
            known = ", ".join(map(quoted, header[:20])) if header else f"0 to {width - 1}"
            raise Unreadable(f"no column {quoted(name)}", f"there are {known}", "columns", index)
        positions.append(position)
    return positions


def _refuse_odd(cells: list[str], chosen: range | list[int], where: str) -> None:
    """Raises Unreadable at the first of a row's cells that is not a number as all write it."""
    for position in chosen:
        cell = cells[position].strip()
        if NUMBER.fullmatch(cell) or cell.lower().lstrip("+-") in {"nan", "inf", "infinity"}:
            continue
        shown = quoted(cell) if cell else "an empty cell"
        mend = "commas part the cells, and a point the decimals" if ";" in cell else ""
        raise Unreadable(f"{where}: a number belongs here, and this is {shown}", mend)
