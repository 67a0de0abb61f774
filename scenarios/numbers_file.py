"""Somebody's own numbers, from YAML, JSON, npz or a replay: a file, a pipe or standard input."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from chainstep.core.check.arrangement import Written
from chainstep.core.program import Program
from chainstep.core.quantities import InputError, Quantity
from chainstep.core.text.notations import NOTATIONS
from chainstep.core.text.typed import LONGEST, weights_of_bias, whole_reading
from chainstep.core.text.typed_names import PageNames, Reading
from chainstep.scenarios.array_files import LARGEST, Member, Npz, Unreadable, is_npz
from chainstep.scenarios.faults import Fault, Faults, ScenarioError, nearest_of, quoted
from chainstep.scenarios.numbers_forms import FORM, KEYS, Item, at_iteration, items_of
from chainstep.scenarios.numbers_written import cells_of
from chainstep.scenarios.placed_tree import Entries, Items, Node, Numbers, Scalar
from chainstep.scenarios.replayed_numbers import as_list, csv_items, is_csv
from chainstep.scenarios.scenario import Claim
from chainstep.scenarios.scenario_files import FOLDER, STANDARD_INPUT, bytes_of, place_of, text_in
from chainstep.scenarios.yaml_reader import Wanted, parse_as

EXAMPLES = FOLDER / "examples"
#: Bytes of a file of numbers that is no npz file.
_LARGEST_TEXT = 4 * 2**20
_NUMBERS = Wanted(
    "a file of numbers", FORM, FORM, "numbers are plain names and numbers", lists=True
)
#: How many more numbers than a quantity has one of another arrangement may have.
_AMPLE = 4, 1000


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


class _Own(NamedTuple):
    """What a file says of its names: the notation that they are in, and what some stand for."""

    notation: str | None = None
    names: Mapping[str, str] = {}


def load_numbers(path: str | Path, program: Program, notation: str | None = None) -> NumbersFile:
    """Reads numbers for a network from a file, or standard input for ``-``.

    The engine's names are read, or where a file has others, those of the scenario's
    ``notation``; where it says `notation:` itself, only those; `names:` says what others are.
    Raises: ScenarioError with all faults.
    """
    path = _found(path)
    faults = Faults(place_of(path))
    items, own = _read(path, faults)
    language = _language(items, own, notation, program)
    written = [_written(item, language, program, faults) for item in items]
    if faults.found:
        raise faults.error()
    found = tuple(one for one in written if one is not None)
    if not found:
        raise ScenarioError([Fault(faults.place, "there are no numbers in it", FORM)])
    return NumbersFile(path, found, own.notation or language.notation)


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


# ── files ─────────────────────────────────────────────────────────────────────────────────


def _found(name: str | Path) -> Path:
    """The file of numbers: by its path, or by the name of one that comes with the program."""
    text, path = str(name), Path(name)
    try:
        if path == STANDARD_INPUT or (path.exists() and not path.is_dir()):
            return path
        if path.is_dir():
            raise ScenarioError([Fault("", f"{quoted(text)} is a directory", "name a file")])
    except (OSError, ValueError):  # too long for the name of a file, or with a NUL in it
        pass
    if text.removesuffix(".yaml") in example_names():
        return EXAMPLES / f"{text.removesuffix('.yaml')}.yaml"
    near = get_close_matches(text[:80], example_names(), n=1)
    mend = f"did you mean {quoted(near[0])}?\n{FORM}" if near else FORM
    raise ScenarioError([Fault("", f"there is no file {quoted(text)}", mend)])


def _read(path: Path, faults: Faults) -> tuple[list[Item], _Own]:
    raw = bytes_of(path, LARGEST, "leave out what need not be checked")
    if is_npz(raw) or path.suffix == ".npz":
        return _npz(raw, faults), _Own()
    if len(raw) > _LARGEST_TEXT:
        found = f"this is larger than {_LARGEST_TEXT // 2**20} MiB"
        raise ScenarioError([Fault(faults.place, found, "write that many with np.savez")])
    text = text_in(raw, faults)
    if not any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n")):
        raise faults.fatal(Node(1, 1), "the file is empty", FORM)
    if is_csv(text):
        return list(csv_items(text, faults)), _Own()
    root = parse_as(_NUMBERS, as_list(text), faults)
    if isinstance(root, Entries) and {"data", "network"} <= root.values.keys():
        mend = f"its own claims are held by: chainstep check {quoted(faults.place)[1:-1]}"
        raise faults.fatal(root, "this is a scenario, not a file of numbers", mend)
    own = _said(root, faults) if isinstance(root, Entries) else _Own()
    return list(items_of(root, faults, 1)), own


def _said(root: Entries, faults: Faults) -> _Own:
    """What the file says of its names, taken out of it."""
    notation, names = None, {}
    if isinstance(node := root.values.get("notation"), Scalar):
        root.drop("notation")
        if node.text in NOTATIONS:
            notation = node.text
        else:
            found = f"no notation is called {quoted(node.text)}"
            faults.at(node, found, nearest_of(node.text, NOTATIONS))
    if isinstance(said := root.values.get("names"), Entries):
        root.drop("names")
        for name, meant in said.values.items():
            if isinstance(meant, Scalar) and not meant.empty:
                names[name] = meant.text
            else:
                faults.at(meant, f"the name of a quantity belongs here, and this is {meant}")
    return _Own(notation, names)


class _Packed(Node):
    """An array of an npz file that is not unpacked yet."""

    __slots__ = ("archive", "member")

    def __init__(self, archive: Npz, member: Member, where: str) -> None:
        super().__init__(where=where)
        self.archive = archive
        self.member = member


def _npz(raw: bytes, faults: Faults) -> list[Item]:
    items = []
    try:
        archive = Npz(raw, faults.place)
    except Unreadable as error:
        raise ScenarioError([Fault("", error.found, error.mend)]) from None
    for key in archive.names:
        place = Node(where=f"{faults.place}: {quoted(key)[1:-1]}")
        try:
            member = archive.member(key)
        except Unreadable as error:
            faults.at(place, error.found, error.mend)
            continue
        iteration, name = at_iteration(key, place, faults)
        items.append(Item(name, place, iteration or 1, _Packed(archive, member, place.where)))
    return items


# ── names ─────────────────────────────────────────────────────────────────────────────────


class _Language(NamedTuple):
    """How the names of a file are read; ``notation`` is None where they are the engine's."""

    read: Callable[[str], Reading | None]
    notation: str | None
    meant: Mapping[str, str]


def _language(items: list[Item], own: _Own, scenarios: str | None, program: Program) -> _Language:
    def engine(name: str) -> Reading | None:
        return whole_reading(name, program)

    def nothing(_: str) -> Reading | None:
        return None

    page = nothing if scenarios is None else _in_notation(scenarios, program)

    def either(name: str) -> Reading | None:
        return engine(name) or page(name)

    def language(read: Callable[[str], Reading | None], notation: str | None) -> _Language:
        return _Language(_named(own, read, program), notation, own.names)

    if own.notation is not None:
        return language(_in_notation(own.notation, program), own.notation)
    others = [item.name for item in items if item.name not in own.names]
    if scenarios is None or all(engine(name) for name in others):
        return language(engine, None)
    if all(page(name) for name in others):
        return language(page, scenarios)
    return language(either, None)


def _named(
    own: _Own, read: Callable[[str], Reading | None], program: Program
) -> Callable[[str], Reading | None]:
    """Reads the names that a file says the meaning of as that, others as they are read."""

    def of(name: str) -> Reading | None:
        meant = own.names.get(name)
        return read(name) if meant is None else whole_reading(meant, program) or read(meant)

    return of


def _in_notation(notation: str, program: Program) -> Callable[[str], Reading | None]:
    """Reads the names of a notation."""
    names = PageNames(NOTATIONS[notation], program)

    def read(name: str) -> Reading | None:
        try:
            return names.read(name) if len(name) <= LONGEST else None
        except InputError:
            return None

    return read


# ── values ────────────────────────────────────────────────────────────────────────────────


def _written(item: Item, language: _Language, program: Program, faults: Faults) -> Written | None:
    reading = language.read(item.name)
    if reading is None:
        known = [name for name in program.quantities if name not in program.remembered]
        if language.notation is not None:
            notation = NOTATIONS[language.notation]
            known = [notation.unsigned(program.quantities[name], program) for name in known]
        meant = language.meant.get(item.name, item.name)
        found = f"this network has no quantity {quoted(meant)}"
        if meant != item.name:
            found = f"{quoted(item.name)} is to be {quoted(meant)}, and {found}"
        faults.at(item.place, found, nearest_of(meant, [*known, *KEYS]))
        return None
    weights = weights_of_bias(reading.quantity, program)
    quantity = program.quantities[weights or reading.quantity]
    entry = item.entry if item.entry is not None else reading.position
    cells, machine = _numbers(item, quantity, faults)
    if cells is None or not _fits(item, cells, entry, quantity, faults):
        return None
    if cells.size == 1 and entry is None and (cells.ndim == 0 or quantity.size == 1):
        shape = quantity.shape if quantity.size == 1 else (1, 1)  # the one weight beside a bias
        cells = cells.reshape(shape)
        machine = None if machine is None else machine.reshape(shape)
    return Written(
        item.name,
        item.iteration,
        quantity.name,
        cells,
        machine,
        entry,
        item.within,
        reading.sign,
        reading.transposed,
        weights is not None,
    )


def _numbers(item: Item, quantity: Quantity, faults: Faults) -> tuple[Any, Any]:
    """The digits of a value, and the machine's own numbers where it has such."""
    machine = None
    if isinstance(item.value, _Packed):
        member = item.value.member
        if not _ample(item, member.shape, member.size, quantity, faults):
            return None, None
        try:
            machine = item.value.archive.read(member)
        except Unreadable as error:
            faults.at(item.place, error.found, error.mend)
            return None, None
        if not machine.size:
            faults.at(item.place, "there are no numbers in it")
            return None, None
        return np.full(machine.shape, "0", dtype="U1"), machine
    if isinstance(item.value, Numbers):
        machine = item.value.array
        return np.full(machine.shape, "0", dtype="U1"), machine
    if isinstance(item.value, Items):
        rows = [len(row.items) if isinstance(row, Items) else 1 for row in item.value.items]
        shape = (len(rows), max(rows, default=0))
        if not _ample(item, shape, sum(rows), quantity, faults):
            return None, None
    return cells_of(item.value, faults), None


def _ample(
    item: Item, shape: tuple[int, ...], size: int, quantity: Quantity, faults: Faults
) -> bool:
    """Whether no more numbers are given than some arrangement of the quantity could have."""
    times, more = _AMPLE
    if size <= times * quantity.size + more:
        return True
    axes = " × ".join(axis.plural for axis in quantity.axes)
    is_ = f"{_sizes(quantity.shape)} ({axes})" if quantity.shape else "one number"
    found = f"{item.name} is {is_}, and these are {_sizes(shape)} numbers"
    faults.at(item.place, found, "they are those of another quantity, or of another network")
    return False


def _fits(
    item: Item, cells: Any, entry: tuple[int, ...] | None, quantity: Quantity, faults: Faults
) -> bool:
    """Whether one number is given for an entry or for what is one number; a fault if not."""
    if cells.size == 1 and not cells.reshape(-1)[0]:
        return False  # a place that is left empty
    if entry is not None and cells.size != 1:
        found = f"{item.name} is one entry, and these are {_sizes(cells.shape)} numbers"
        faults.at(item.value, found, "give it one number")
        return False
    beside_bias = quantity.size == 2 and any(axis.kind == "bias + unit" for axis in quantity.axes)
    if cells.ndim or entry is not None or quantity.size == 1 or beside_bias:
        return True
    place = ".".join("0" for _ in quantity.shape)
    axes = " × ".join(axis.plural for axis in quantity.axes)
    found = f"{item.name} is {_sizes(quantity.shape)} ({axes}), and this is one number"
    faults.at(item.value, found, f"give all of them, or one entry by its name: {item.name}.{place}")
    return False


def _sizes(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "1"
