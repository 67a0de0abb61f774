"""Records as files: Markdown, LaTeX, JSON lines, CSV and npz, and back to the same bits."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainstep.core.program import Step
from chainstep.core.records import Record
from chainstep.core.setup import Array, Setup
from chainstep.core.stepper import Stepper
from chainstep.core.text.notation import DEFAULT, Notation
from chainstep.core.text.numbers import EXACT, Digits, number_texts


@dataclass(frozen=True)
class Header:
    """What a file says before its records: the network, its data, and what it started from."""

    scenario: str
    setup: Setup
    state: Mapping[str, Array]
    title: str = ""

    def as_data(self) -> dict[str, Any]:
        """The header as plain data, in the order of the file."""
        setup = self.setup
        return {
            "scenario": self.scenario,
            "layers": [
                {"units": layer.units, "activation": layer.activation} for layer in setup.layers
            ],
            "bias": setup.bias,
            "loss": setup.loss,
            "reduction": setup.reduction,
            "learning_rate": setup.settings["learning_rate"],
            "arithmetic": setup.arithmetic,
            "inputs": as_list(np.asarray(setup.inputs, dtype=setup.arithmetic)),
            "targets": as_list(np.asarray(setup.targets, dtype=setup.arithmetic)),
            "state": {name: as_list(value) for name, value in self.state.items()},
        }


def header(scenario: str, stepper: Stepper, title: str = "") -> Header:
    """The header of a file whose first record is the next step: its state is that of now."""
    names = [
        quantity.name for quantity in stepper.program.start if quantity.role not in {"a", "y", "t"}
    ]
    state = {name.removesuffix("_old"): stepper[name] for name in names}
    return Header(scenario, stepper.setup, state, title)


@dataclass(frozen=True)
class Look:
    """How what is written for people looks: notation, digits, and most rows and columns."""

    notation: Notation = DEFAULT
    digits: int | Digits = 7
    most: int = 12
    chain: bool = True


LOOK = Look()


@dataclass(frozen=True)
class Format:
    """One way of writing records to a file.

    ``write`` gives pieces of text as the records come, or the whole as bytes. ``read`` gives
    the values back, by iteration and quantity; None where the format is for people.
    """

    name: str
    title: str
    suffix: str
    write: Callable[..., Iterator[str] | bytes]
    read: Callable[..., dict[tuple[int, str], Array]] | None = None
    for_people: bool = field(default=False)


# ── JSON lines ────────────────────────────────────────────────────────────────────────────


def as_list(value: Array) -> Any:
    """An array as nested lists of exact numbers; what is not finite as a string."""
    if np.isfinite(value).all():
        return value.tolist()
    return _spelt(value.tolist())


def _spelt(value: Any) -> Any:
    if isinstance(value, list):
        return [_spelt(part) for part in value]
    if value != value:  # noqa: PLR0124 (only what is not a number differs from itself)
        return "NaN"
    return value if abs(value) != float("inf") else "Infinity" if value > 0 else "-Infinity"


def write_jsonl(header: Header, records: Iterable[Record], look: Look = LOOK) -> Iterator[str]:
    """A line for the header and a line per record, in the engine's names."""
    del look  # a file for programs looks the same to all
    yield json.dumps(header.as_data(), ensure_ascii=False) + "\n"
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    ends: dict[tuple[int, bool], tuple[str, str]] = {}
    for record in records:
        short = record.definition.short is not None and record.took_short_way
        key = (record.step, short)
        if key not in ends:
            ends[key] = _around_value(record.definition, record.formula, encode)
        start, end = ends[key]
        value = encode(as_list(record.value))
        yield f'{{"iteration": {record.iteration}, {start}"value": {value}, {end}}}\n'


def _around_value(step: Step, formula: str, encode: Callable[[Any], str]) -> tuple[str, str]:
    """What a step's lines say before and after its value, the same in every iteration."""
    before = {
        "step": step.number,
        "phase": step.phase,
        "layer": step.layer,
        "quantity": step.quantity.name,
    }
    after = {
        "axes": [str(axis) for axis in step.quantity.axes],
        "operands": [operand.name for operand in step.operands],
        "formula": formula,
    }
    return f"{encode(before)[1:-1]}, ", encode(after)[1:-1]


def read_jsonl(lines: Iterable[str]) -> dict[tuple[int, str], Array]:
    """The values of a file of JSON lines, in the arithmetic that its header names."""
    rows = (json.loads(line) for line in lines if line.strip())
    arithmetic = next(rows)["arithmetic"]
    return {(row["iteration"], row["quantity"]): _array(row["value"], arithmetic) for row in rows}


def _array(value: Any, arithmetic: str) -> Array:
    """Nested lists as an array; the strings of what is not finite are numbers to Python."""
    return np.array(_numbers(value), dtype=arithmetic)


def _numbers(value: Any) -> Any:
    return [_numbers(part) for part in value] if isinstance(value, list) else float(value)


# ── CSV ───────────────────────────────────────────────────────────────────────────────────

_COLUMNS = ("iteration", "step", "phase", "layer", "quantity", "i", "j", "k", "value")
_NOT_FINITE = {"nan": "NaN", "-nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def write_csv(header: Header, records: Iterable[Record], look: Look = LOOK) -> Iterator[str]:
    """A number per row: where it stands, its indices from 0, and its shortest exact text."""
    del header, look  # its rows say all that they need
    yield ",".join(_COLUMNS) + "\n"
    starts: dict[int, list[str]] = {}
    for record in records:
        if record.step not in starts:
            starts[record.step] = _row_starts(record)
        iteration = record.iteration
        texts = number_texts(record.value, EXACT)
        yield "".join(
            f"{iteration},{start}{_NOT_FINITE.get(text, text)}\n"
            for start, text in zip(starts[record.step], texts, strict=True)
        )


def _row_starts(record: Record) -> list[str]:
    """What stands before each number of a step, the same in every iteration."""
    place = f"{record.step},{record.phase},{record.layer},{record.quantity}"
    rows = []
    for position in np.ndindex(record.value.shape):
        indices = [*map(str, position), "", "", ""][:3]
        rows.append(f"{place},{','.join(indices)},")
    return rows


def read_csv(lines: Iterable[str], arithmetic: str = "float64") -> dict[tuple[int, str], Array]:
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


# ── npz ───────────────────────────────────────────────────────────────────────────────────


def write_npz(header: Header, records: Iterable[Record], look: Look = LOOK) -> bytes:
    """An archive of arrays, ``ITERATION:QUANTITY``, readable by numpy alone."""
    del header, look  # its keys say all that they need
    arrays = {f"{record.iteration}:{record.quantity}": record.value for record in records}
    whole = io.BytesIO()
    np.savez_compressed(whole, **arrays)  # type: ignore[arg-type]
    return whole.getvalue()


def read_npz(content: bytes) -> dict[tuple[int, str], Array]:
    """The values of an npz archive."""
    found = {}
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        for key in archive.files:
            iteration, _, quantity = key.partition(":")
            found[int(iteration), quantity] = archive[key]
    return found


# ── for people ────────────────────────────────────────────────────────────────────────────


def write_markdown(header: Header, records: Iterable[Record], look: Look = LOOK) -> Iterator[str]:
    """Headings, sentences, and mathematics between ``$$``."""
    from chainstep.core.formats.markdown import document  # wanted by those who write it

    return document(header, records, look)


def write_latex(header: Header, records: Iterable[Record], look: Look = LOOK) -> Iterator[str]:
    """A whole document that pdflatex compiles."""
    from chainstep.core.formats.latex import document  # wanted by those who write it

    return document(header, records, look)


FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        Format("markdown", "Markdown with $$ mathematics", ".md", write_markdown, for_people=True),
        Format("latex", "a LaTeX document", ".tex", write_latex, for_people=True),
        Format("jsonl", "a JSON object per line", ".jsonl", write_jsonl, read_jsonl),
        Format("csv", "a number per row", ".csv", write_csv, read_csv),
        Format("npz", "numpy's archive of arrays", ".npz", write_npz, read_npz),
    )
}
