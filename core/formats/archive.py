"""Records and answers as npz: an archive of arrays that numpy alone reads."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from chainstep.core.formats.leaves import leaves
from chainstep.core.formats.run_document import About
from chainstep.core.records import Record
from chainstep.core.setup import Array


def write_records(about: About, records: Iterable[Record]) -> bytes:
    """An archive of arrays, ``ITERATION:QUANTITY``, readable by numpy alone."""
    del about  # its keys say all that they need
    arrays = {f"{record.iteration}:{record.quantity}": record.value for record in records}
    whole = io.BytesIO()
    np.savez_compressed(whole, **arrays)  # type: ignore[arg-type]
    return whole.getvalue()


def read_records(content: bytes) -> dict[tuple[int, str], Array]:
    """The values of an npz archive."""
    found = {}
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        for key in archive.files:
            iteration, _, quantity = key.partition(":")
            found[int(iteration), quantity] = archive[key]
    return found


def write_answer(data: Mapping[str, Any]) -> bytes:
    """An array of one for each number, word and mark, by its path in the data."""
    arrays = {path: np.asarray(value) for path, value in leaves(data) if value is not None}
    whole = io.BytesIO()
    np.savez_compressed(whole, **arrays)  # type: ignore[arg-type]
    return whole.getvalue()
