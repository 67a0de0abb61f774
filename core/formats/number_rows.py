"""Records and answers as CSV: a number per row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from chainstep.core.formats.leaves import leaves
from chainstep.core.formats.run_document import About
from chainstep.core.records import Record
from chainstep.core.setup import Array
from chainstep.core.text.numbers import EXACT, number_texts

_COLUMNS = ("iteration", "step", "phase", "layer", "quantity", "i", "j", "k", "value")
_NOT_FINITE = {"nan": "NaN", "-nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def write_records(about: About, records: Iterable[Record]) -> Iterator[str]:
    """A number per row: where it stands, its indices from 0, and its shortest exact text."""
    del about  # its rows say all that they need
    yield ",".join(_COLUMNS) + "\n"
    for record in records:
        place = f"{record.iteration},{record.step},{record.phase},{record.layer},{record.quantity},"
        *above, width = record.value.shape or (1,)
        ends = _ends(record.value.ndim, width)
        rows = record.value.reshape(*above, width)
        for position in np.ndindex(*above):
            start = place + "".join(f"{index}," for index in position)
            texts = number_texts(rows[position], EXACT)
            yield "".join(
                f"{start}{end}{_NOT_FINITE.get(text, text)}\n"
                for end, text in zip(ends, texts, strict=True)
            )


@lru_cache
def _ends(dimensions: int, width: int) -> tuple[str, ...]:
    """The last index of each number of a row, and the commas for those that there are not."""
    if not dimensions:
        return (",,,",)
    return tuple(f"{at}{',' * (4 - dimensions)}" for at in range(width))


def read_records(lines: Iterable[str], arithmetic: str = "float64") -> dict[tuple[int, str], Array]:
    """The values of a CSV file; its rows do not say in which arithmetic they were computed."""
    found: dict[tuple[int, str], tuple[list[tuple[int, ...]], list[str]]] = {}
    for row in csv.DictReader(lines):
        position = tuple(int(row[letter]) for letter in "ijk" if row[letter])
        key = (int(row["iteration"]), row["quantity"])
        positions, texts = found.setdefault(key, ([], []))
        positions.append(position)
        texts.append(row["value"])
    values = {}
    for key, (positions, texts) in found.items():
        shape = tuple(place + 1 for place in positions[-1])
        values[key] = np.array(texts).astype(arithmetic).reshape(shape)
    return values


def write_answer(data: Mapping[str, Any]) -> str:
    """A row for each number, word and mark, by its path in the data: ``terms.0.product``."""
    whole = io.StringIO()
    writer = csv.writer(whole, lineterminator="\n")
    writer.writerow(("key", "value"))
    for path, value in leaves(data):
        writer.writerow((path, repr(value) if isinstance(value, float) else value))
    return whole.getvalue()
