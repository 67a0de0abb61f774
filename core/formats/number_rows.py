"""Records and answers as CSV: a number per row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
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
    starts: dict[tuple[int, int], list[str]] = {}
    for record in records:
        place = (record.step, record.value.size)  # the last batch may be a smaller one
        if place not in starts:
            starts[place] = _row_starts(record)
        iteration = record.iteration
        texts = number_texts(record.value, EXACT)
        yield "".join(
            f"{iteration},{start}{_NOT_FINITE.get(text, text)}\n"
            for start, text in zip(starts[place], texts, strict=True)
        )


def _row_starts(record: Record) -> list[str]:
    """What stands before each number of a step, the same in every iteration."""
    place = f"{record.step},{record.phase},{record.layer},{record.quantity}"
    rows = []
    for position in np.ndindex(record.value.shape):
        indices = [*map(str, position), "", "", ""][:3]
        rows.append(f"{place},{','.join(indices)},")
    return rows


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
