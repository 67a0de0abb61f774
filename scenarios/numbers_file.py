"""Somebody's own numbers, read from YAML, JSON or npz."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from chainstep.core.check.arrangement import Written
from chainstep.core.check.written_numbers import digits_of
from chainstep.core.program import Program
from chainstep.core.quantities import InputError, parse_entry
from chainstep.core.text.notations import NOTATIONS
from chainstep.core.text.typed import weights_of_bias
from chainstep.core.text.typed_names import Reading
from chainstep.core.text.typed_names import read as read_name
from chainstep.scenarios.faults import Fault, Faults, ScenarioError, nearest_of, quoted
from chainstep.scenarios.placed_tree import WHOLE, Entries, Items, Node, Numbers, Scalar
from chainstep.scenarios.scenario import Claim
from chainstep.scenarios.scenario_files import FOLDER, text_of
from chainstep.scenarios.yaml_reader import parse

_FORM = (
    "numbers are {iteration: 1, values: {a1: [[…]], delta2: [[…]]}}, a list of such, or a list "
    "of claims as in a scenario"
)
EXAMPLES = FOLDER / "examples"
_NOT_GIVEN = {"", "?", "…", "...", "-", "_"}
_ODD_NUMBERS = {"nan", "inf", "-inf", "+inf", "infinity", "-infinity", ".nan", ".inf", "-.inf"}


@dataclass(frozen=True)
class NumbersFile:
    """What a file of numbers says: ``notation`` is the one its names were read in."""

    path: Path
    written: tuple[Written, ...]
    notation: str | None

    @property
    def count(self) -> int:
        """How many numbers it has."""
        return sum(
            one.values.size if one.values is not None else int((one.texts != "").sum())
            for one in self.written
        )


@dataclass(frozen=True)
class _Item:
    """One named value of a file, with its place."""

    name: str
    place: Node
    iteration: int
    value: Node
    entry: tuple[int, ...] | None = None
    within: int = 0


def load_numbers(path: str | Path, program: Program, notation: str | None = None) -> NumbersFile:
    """Reads a file of numbers for a network; ``notation`` is the scenario's.

    The engine's names are read, or where a file has others, those of the scenario's notation;
    where it says `notation:` itself, only those.
    Raises: ScenarioError with all faults.
    """
    path = _found(path)
    faults = Faults(str(path))
    items, own = _npz(path, faults) if path.suffix == ".npz" else _text(path, faults)
    read = _language(items, own, notation, program)
    written = [_written(item, read, program, faults) for item in items]
    if faults.found:
        raise faults.error()
    found = tuple(one for one in written if one is not None)
    if not found:
        raise ScenarioError([Fault(str(path), "there are no numbers in it", _FORM)])
    return NumbersFile(path, found, own or read.notation)


def written_claims(claims: Sequence[Claim]) -> list[Written]:
    """Published numbers as somebody's own, to look for the mistake in them."""
    return [
        Written(
            claim.quantity,
            claim.iteration,
            claim.quantity,
            np.array(claim.printed, dtype="U40"),
            entry=claim.entry,
            within=claim.within,
        )
        for claim in claims
    ]


def example_names() -> tuple[str, ...]:
    """The names of the files of numbers that come with the program."""
    return tuple(sorted(path.stem for path in EXAMPLES.glob("*.yaml")))


def _found(path: str | Path) -> Path:
    """The file of numbers: by its path, or by the name of one that comes with the program."""
    text, path = str(path), Path(path)
    if path.is_dir():
        raise ScenarioError([Fault("", f"{quoted(text)} is a directory", "name a file")])
    if path.is_file():
        return path
    if text.removesuffix(".yaml") in example_names():
        return EXAMPLES / f"{text.removesuffix('.yaml')}.yaml"
    near = get_close_matches(text, example_names(), n=1)
    mend = f"did you mean {quoted(near[0])}?\n{_FORM}" if near else _FORM
    raise ScenarioError([Fault("", f"there is no file {quoted(text)}", mend)])


# ── files ─────────────────────────────────────────────────────────────────────────────────


def _npz(path: Path, faults: Faults) -> tuple[list[_Item], str | None]:
    from zipfile import BadZipFile

    items = []
    try:
        with np.load(path, allow_pickle=False) as archive:
            for key in archive.files:
                array = archive[key]
                place = Node(where=f"{path}: {key}")
                if array.dtype.kind not in "fiu":
                    faults.at(place, f"{quoted(key)} holds {array.dtype}, not numbers")
                    continue
                iteration, name = _at_iteration(key)
                items.append(_Item(name, place, iteration, Numbers(array)))
    except (BadZipFile, ValueError, EOFError, OSError) as error:
        found = f"this is no npz file: {quoted(str(error))}"
        raise ScenarioError([Fault(str(path), found, "write it with np.savez")]) from None
    return items, None


def _text(path: Path, faults: Faults) -> tuple[list[_Item], str | None]:
    text = text_of(path, faults)
    if not any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n")):
        raise faults.fatal(Node(1, 1), "the file is empty", _FORM)
    root = _parsed(text, faults)
    notation = None
    if isinstance(root, Entries) and isinstance(node := root.values.get("notation"), Scalar):
        notation = node.text
        if notation not in NOTATIONS:
            found = f"no notation is called {quoted(notation)}"
            faults.at(node, found, nearest_of(notation, NOTATIONS))
            notation = None
        root.drop("notation")
    return list(_items(root, faults, 1)), notation


def _parsed(text: str, faults: Faults) -> Node:
    """The tree of a text whose root may be a list: that is read as the value of a key."""
    lines = text.split("\n")
    if lines[0].startswith("---"):
        lines[0] = lines[0].replace("---", "   ", 1)
    first = next(line.strip() for line in lines if line.strip() and line.lstrip()[0] not in "#%")
    if not re.match(r"\[|-\s|-$", first):
        return parse("\n".join(lines), faults)
    own, faults.text = faults.text, "\n".join(["numbers:", *(f" {line}" for line in lines)])
    try:
        root = parse(faults.text, faults).values["numbers"]
    except ScenarioError as error:
        raise ScenarioError(map(_moved, error.faults)) from None
    faults.found = [_moved(fault) for fault in faults.found]
    faults.text = own
    _move(root)
    return root


def _moved(fault: Fault) -> Fault:
    """A fault of the text under a key, back in the text as it was."""
    return replace(
        fault,
        line=max(1, fault.line - 1),
        column=max(1, fault.column - 1),
        source=fault.source[1:],
    )


def _move(node: Node) -> None:
    node.line, node.column = node.line - 1, node.column - 1
    if isinstance(node, Items):
        for item in node.items:
            _move(item)
    elif isinstance(node, Entries):
        for key, value in zip(node.keys.values(), node.values.values(), strict=True):
            key.line, key.column = key.line - 1, key.column - 1
            _move(value)


# ── the forms that numbers are written in ─────────────────────────────────────────────────

_CLAIM_KEYS = {"at", "quantity", "printed", "value", "entry", "within", "right", "why", "iteration"}


def _items(node: Node, faults: Faults, iteration: int) -> Iterator[_Item]:
    if isinstance(node, Items):
        for item in node.items:
            yield from _items(item, faults, iteration)
    elif not isinstance(node, Entries):
        faults.at(node, f"a mapping belongs here, and this is {node}", _FORM)
    elif "quantity" in node.values:
        yield from _claim(node, faults, iteration)
    elif "values" in node.values or "claims" in node.values:
        iteration = _iteration(node, faults, iteration)
        for key, key_node in node.keys.items():
            if key not in {"iteration", "values", "claims", "at"}:
                faults.at(key_node, f"numbers have no key {quoted(key)}", _FORM)
        if "values" in node.values:
            yield from _mapping(node.values["values"], faults, iteration)
        if "claims" in node.values:
            yield from _items(node.values["claims"], faults, iteration)
    else:
        yield from _mapping(node, faults, _iteration(node, faults, iteration))


def _mapping(node: Node, faults: Faults, iteration: int) -> Iterator[_Item]:
    """Quantities by their names; a key that is a whole number is an iteration."""
    if not isinstance(node, Entries):
        faults.at(node, f"a mapping of quantities belongs here, and this is {node}", _FORM)
        return
    for key, value in node.values.items():
        if key == "iteration":
            continue
        if WHOLE.fullmatch(key) and isinstance(value, Entries | Items) and int(key) > 0:
            yield from _items(value, faults, int(key))
            continue
        at, name = _at_iteration(key)
        yield _Item(name, node.keys[key], at if name != key else iteration, value)


def _at_iteration(key: str) -> tuple[int, str]:
    """Reads ``1000:a3`` as the a3 of iteration 1000."""
    match = re.fullmatch(r"([1-9][0-9]{0,17}):(.+)", key)
    return (int(match[1]), match[2]) if match else (1, key)


def _iteration(node: Entries, faults: Faults, iteration: int) -> int:
    place = node.values.get("iteration")
    at = node.values.get("at")
    if place is None and isinstance(at, Entries):
        place = at.values.get("iteration")
    elif place is None and at is not None:
        place = at
    if place is None:
        return iteration
    if isinstance(place, Scalar) and WHOLE.fullmatch(place.text) and int(place.text) > 0:
        return int(place.text)
    faults.at(place, f"an iteration is a whole number from 1 on; this is {place}")
    return iteration


def _claim(node: Entries, faults: Faults, iteration: int) -> Iterator[_Item]:
    for key, key_node in node.keys.items():
        if key not in _CLAIM_KEYS:
            faults.at(key_node, f"a claim has no key {quoted(key)}", nearest_of(key, _CLAIM_KEYS))
    value = node.values.get("printed", node.values.get("value"))
    quantity = node.values["quantity"]
    if value is None or not isinstance(quantity, Scalar):
        faults.at(node, "a claim needs `quantity:` and `printed:`", _FORM)
        return
    entry = _entry(node, faults)
    within = node.values.get("within")
    places = 0
    if isinstance(within, Scalar) and WHOLE.fullmatch(within.text):
        places = max(0, int(within.text))
    yield _Item(quantity.text, quantity, _iteration(node, faults, iteration), value, entry, places)


def _entry(node: Entries, faults: Faults) -> tuple[int, ...] | None:
    place = node.values.get("entry")
    if place is None:
        return None
    if isinstance(place, Items) and all(
        isinstance(item, Scalar) and WHOLE.fullmatch(item.text) and int(item.text) >= 0
        for item in place.items
    ):
        return tuple(int(item.text) for item in place.items if isinstance(item, Scalar))
    faults.at(place, "an entry is [row, column], counted from 0")
    return None


# ── names ─────────────────────────────────────────────────────────────────────────────────


class _Language:
    """How the names of a file are read; ``notation`` is None where they are the engine's."""

    def __init__(self, read: Callable[[str], Reading | None], notation: str | None) -> None:
        self.read = read
        self.notation = notation


def _language(
    items: list[_Item], own: str | None, scenarios: str | None, program: Program
) -> _Language:
    def engine(name: str) -> Reading | None:
        return _engine_name(name, program)

    if own is not None:
        return _Language(lambda name: _page_name(name, own, program), own)
    known = [engine(item.name) is not None for item in items]
    if all(known) or scenarios is None:
        return _Language(engine, None)
    paged = [_page_name(item.name, scenarios, program) is not None for item in items]
    if all(paged):
        return _Language(lambda name: _page_name(name, scenarios, program), scenarios)
    return _Language(lambda name: engine(name) or _page_name(name, scenarios, program), None)


def _engine_name(name: str, program: Program) -> Reading | None:
    entry = parse_entry(name)
    if entry.quantity in program.quantities or weights_of_bias(entry.quantity, program):
        return Reading(entry.quantity, entry.position or None)
    return None


def _page_name(name: str, notation: str, program: Program) -> Reading | None:
    try:
        return read_name(NOTATIONS[notation], name, program)
    except InputError:
        return None


def _written(item: _Item, language: _Language, program: Program, faults: Faults) -> Written | None:
    reading = language.read(item.name)
    if reading is None:
        known = [name for name in program.quantities if not name.endswith("_old") and name != "t"]
        if language.notation is not None:
            notation = NOTATIONS[language.notation]
            known = [notation.unsigned(program.quantities[name], program) for name in known]
        found = f"this network has no quantity {quoted(item.name)}"
        faults.at(item.place, found, nearest_of(item.name, known))
        return None
    cells = _cells(item.value, faults)
    if cells is None:
        return None
    weights = weights_of_bias(reading.quantity, program)
    machine = item.value.array if isinstance(item.value, Numbers) else None
    return Written(
        item.name,
        item.iteration,
        weights or reading.quantity,
        cells,
        machine,
        item.entry if item.entry is not None else reading.position,
        item.within,
        reading.sign,
        reading.transposed,
        weights is not None,
    )


# ── values ────────────────────────────────────────────────────────────────────────────────


def _cells(node: Node, faults: Faults) -> Any:
    """The digits of all numbers at a node, as an array of texts; '' where none is given."""
    if isinstance(node, Numbers):
        return np.full(node.array.shape, "0", dtype="U1")
    nested = _nested(node, faults, 0)
    if nested is None:
        return None
    try:
        return np.array(nested, dtype="U40")
    except ValueError:
        lengths = sorted({len(row) for row in nested if isinstance(row, list)})
        faults.at(
            node,
            f"the rows have {' and '.join(map(str, lengths))} numbers"
            if len(lengths) > 1
            else "numbers and rows stand side by side",
            "give all rows the same length; '?' stands for a number that is not given",
        )
        return None


def _nested(node: Node, faults: Faults, depth: int) -> Any:
    if isinstance(node, Items) and depth < 3:
        rows = [_nested(item, faults, depth + 1) for item in node.items]
        if not rows:
            faults.at(node, "there are no numbers in this list")
            return None
        return None if any(row is None for row in rows) else rows
    if isinstance(node, Scalar):
        text = node.text.strip()
        if node.empty or text in _NOT_GIVEN:
            return ""
        if digits_of(text) is not None and len(text) <= 40:
            return text
        if text.lower() in _ODD_NUMBERS:
            return text.lower().replace(".", "")
    faults.at(node, f"a number belongs here, and this is {node}")
    return None
