"""Arrays that memory has no room for, in a temporary file that goes away with its owner."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO
from weakref import finalize

import numpy as np

from chainstep.core.setup import Array

FILE_BYTES = 4 * 2**30


class Spill:
    """Arrays of one size by number, in the slots of one file.

    The file is made when a first array comes, where TMPDIR says, and has no name on systems
    that allow that, so that it is gone with the process even where that is killed. It takes
    ``limit`` bytes, or half of what is free on its disk where that is less.
    """

    def __init__(self, like: Array, limit: int = FILE_BYTES) -> None:
        self._size, self._dtype, self._slot_bytes = like.size, like.dtype, max(1, like.nbytes)
        self._limit = limit
        self._slots: dict[int, int] = {}
        self._free: list[int] = []
        self._file: IO[bytes] | None = None

    def __contains__(self, number: int) -> bool:
        return number in self._slots

    def put(self, number: int, array: Array) -> bool:
        """Writes an array down; False where there is no room for it."""
        try:
            file = self._opened()
            slot = self._free[-1] if self._free else len(self._slots)
            if (slot + 1) * self._slot_bytes > self._limit:
                return False
            file.seek(slot * self._slot_bytes)
            file.write(np.ascontiguousarray(array).data)
            file.flush()
        except OSError:  # the disk is full, or there is no place for temporary files
            self._limit = 0
            return False
        if self._free:
            self._free.pop()
        self._slots[number] = slot
        return True

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            import shutil  # with tempfile some milliseconds, for runs that need a file
            import tempfile

            free = shutil.disk_usage(tempfile.gettempdir()).free
            self._limit = min(self._limit, free // 2)
            self._file = tempfile.TemporaryFile(prefix="chainstep-")  # noqa: SIM115 - it lives on
            finalize(self, self._file.close)
        return self._file

    def read(self, number: int) -> Array:
        """The array of that number."""
        assert self._file is not None, "what was put is in a file"
        array = np.empty(self._size, dtype=self._dtype)
        self._file.seek(self._slots[number] * self._slot_bytes)
        self._file.readinto(array.data)  # type: ignore[attr-defined]
        return array

    def keep_only(self, wanted: Callable[[int], bool]) -> None:
        """Lets go of the others; their slots are used again."""
        gone = [number for number in self._slots if not wanted(number)]
        self._free.extend(self._slots.pop(number) for number in gone)

    @property
    def nbytes(self) -> int:
        """How much of the file is in use."""
        return len(self._slots) * self._slot_bytes
