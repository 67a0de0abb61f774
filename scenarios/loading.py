"""A name or a file in, a checked scenario out, or every fault of it at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from chainstep.core.quantities import Quantity, parse_entry
from chainstep.core.setup import Setup
from chainstep.scenarios.faults import Fault, Faults, ScenarioError, harmless, nearest_of, quoted
from chainstep.scenarios.fields import SCENARIO
from chainstep.scenarios.fitting import fit
from chainstep.scenarios.nodes import Entries, Node, from_data, inside, parse, to_data
from chainstep.scenarios.overrides import override
from chainstep.scenarios.scenario import Claim, Note, Printed, Scenario, Source, Unclaimed

FOLDER = Path(__file__).parent

#: Bytes of a scenario file; larger data belong into a CSV or npz file beside it.
LARGEST = 16 * 2**20


def load(name: str | Path, overrides: Mapping[str, Any] | None = None) -> Scenario:
    """Reads a scenario by its name, a unique beginning of it, or a path, and checks it whole.

    ``overrides`` change single settings, as the options of the commands do:
    ``{"learning_rate": 0.1}``. What they change is checked like the file.
    Raises: ScenarioError with all faults.

    >>> load("same-weights").setup.widths
    (2, 3, 3, 2)
    """
    path = find(name)
    faults = Faults(str(name if isinstance(name, Path) or _is_path(name) else path))
    root = parse(_text_of(path, faults), faults)
    changed = override(root, overrides or {}, faults)
    return _checked(root, path.stem, path, faults, changed)


def build(recipe: Mapping[str, Any], name: str, path: Path | None = None) -> Scenario:
    """A scenario from plain data, such as an edited ``recipe``; ``path`` says whose data files.

    Raises: ScenarioError with all faults, each with its path into the data.
    """
    root = from_data(recipe)
    faults = Faults(name)
    assert isinstance(root, Entries)
    return _checked(root, name, path, faults, ())


def names() -> tuple[str, ...]:
    """The names of the scenarios that come with the program, in alphabetical order."""
    return tuple(
        sorted(entry.name[:-5] for entry in os.scandir(FOLDER) if entry.name.endswith(".yaml"))
    )


class Head(NamedTuple):
    """What a list of scenarios shows of one; no claims are read for it."""

    name: str
    path: Path
    title: str
    question: str


def heads() -> tuple[Head, ...]:
    """The heads of all scenarios that come with the program."""
    found = []
    for name in names():
        path = FOLDER / f"{name}.yaml"
        faults = Faults(str(path))
        root = to_data(parse(_text_of(path, faults), faults, until=("title", "question")))
        found.append(Head(name, path, str(root["title"]), str(root["question"])))
    return tuple(found)


def find(name: str | Path) -> Path:
    """The file of a scenario: by its name, by a unique beginning of it, or by its path.

    Raises: ScenarioError where there is none, with the nearest name.
    """
    known = names()
    text = str(name)
    if isinstance(name, str) and name in known:
        return FOLDER / f"{name}.yaml"
    path = Path(name)
    try:
        if path.is_dir():
            raise _nowhere(f"{harmless(text)} is a directory", "name a YAML file in it")
        if path.exists():
            return path
    except (OSError, ValueError):  # a name too long for a file, or with a NUL in it
        pass
    if _is_path(text):
        raise _nowhere(f"there is no file {quoted(text)}", _beside(path))
    begun = [word for word in known if text and word.startswith(text)]
    if len(begun) == 1:
        return FOLDER / f"{begun[0]}.yaml"
    if begun:
        raise _nowhere(f"several scenarios begin with {quoted(text)}", f"one of {', '.join(begun)}")
    mend = nearest_of(text, known) + "\na file of your own is named by its path: ./mine.yaml"
    raise _nowhere(f"no scenario is called {quoted(text)}", mend)


def _is_path(text: str | Path) -> bool:
    text = str(text)
    return os.sep in text or "/" in text or text.endswith((".yaml", ".yml"))


def _beside(path: Path) -> str:
    """The mend for a file that is missing: the one with the nearest name, if there is any."""
    try:
        files = [p.name for p in path.parent.iterdir() if p.suffix in (".yaml", ".yml")][:1000]
    except OSError:
        return f"there is no directory {quoted(str(path.parent))} either"
    from difflib import get_close_matches

    close = get_close_matches(path.name, files, n=1, cutoff=0.5)
    return f"did you mean '{harmless(str(path.with_name(close[0])))}'?" if close else ""


def _nowhere(found: str, mend: str) -> ScenarioError:
    return ScenarioError([Fault("", 0, 0, 0, "", found, mend)])


def _text_of(path: Path, faults: Faults) -> str:
    """The text of a file, with line ends as ``\\n`` and control characters as pictures."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise _nowhere(f"{faults.place} cannot be read: {error.strerror}", "") from None
    if len(raw) > LARGEST:
        found = f"{faults.place} is larger than {LARGEST // 2**20} MiB"
        raise _nowhere(found, "put its data into a CSV or npz file beside it")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:4]:
        raise _nowhere(f"{faults.place} is UTF-16 or UTF-32, not UTF-8", "save it as UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(raw, error, faults.place) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    faults.set_text(text := harmless(text))
    return text


def _not_utf8(raw: bytes, error: UnicodeDecodeError, place: str) -> ScenarioError:
    before = raw[: error.start]
    line = before.count(b"\n") + 1
    begun = before.rfind(b"\n") + 1
    column = len(raw[begun : error.start].decode("utf-8", "replace")) + 1
    source = harmless(raw[begun:].split(b"\n", 1)[0].decode("utf-8", "replace"))
    found = f"byte 0x{raw[error.start]:02x} is not UTF-8"
    mend = "save the file as UTF-8; it may be Latin-1 or Windows-1252 now"
    return ScenarioError([Fault(place, line, column, 1, source, found, mend)])


def _checked(
    root: Entries, name: str, path: Path | None, faults: Faults, changed: tuple[str, ...]
) -> Scenario:
    """The scenario that a tree stands for.

    Raises: ScenarioError with all faults.
    """
    values = SCENARIO.read(root, faults)
    setup = fit(values, root, faults, path.parent if path else Path())
    if setup is not None and not faults.found:
        _quantities_exist(values, root, setup, faults)
    faults.raise_if_any()
    assert setup is not None
    source = values["source"]
    return Scenario(
        name=name,
        path=path,
        title=values["title"] or name,
        question=values["question"] or "",
        source=Source(**source) if source else None,
        story=values["story"] or "",
        notation=values["notation"],
        setup=setup,
        notes=() if changed else _notes(values["notes"]),
        claims=() if changed else _claims(values["claims"], inside(root, "claims")),
        unclaimed=tuple(Unclaimed(**item) for item in values["unclaimed"]),
        recipe=to_data(root),
        overridden=changed,
    )


def _notes(notes: list[dict[str, Any]]) -> tuple[Note, ...]:
    return tuple(Note(n["at"]["iteration"], n["at"]["quantity"], n["text"]) for n in notes)


def _claims(claims: list[dict[str, Any]], node: Node) -> tuple[Claim, ...]:
    made = []
    for index, claim in enumerate(claims):
        entry = parse_entry(claim["quantity"])
        position = claim["entry"] if claim["entry"] is not None else entry.position or None
        made.append(
            Claim(
                iteration=claim["at"]["iteration"],
                quantity=entry.quantity,
                printed=claim["printed"],
                entry=None if position is None else tuple(position),
                within=claim["within"],
                right=claim["right"],
                why=claim["why"],
                line=inside(node, index).line,
            )
        )
    return tuple(made)


def _quantities_exist(
    values: dict[str, Any], root: Entries, setup: Setup, faults: Faults
) -> None:
    """Notes a fault at each note or claim whose quantity, entry or shape the network has not."""
    if not values["notes"] and not values["claims"]:
        return
    from chainstep.core.program import build as program_of

    known = {
        name: quantity
        for name, quantity in program_of(setup).quantities.items()
        if not name.endswith("_old") and name != "t"
    }
    for index, note in enumerate(values["notes"]):
        _known(note["at"]["quantity"], known, inside(root, "notes", index, "at", "quantity"), faults)
    for index, claim in enumerate(values["claims"]):
        node = inside(root, "claims", index)
        entry = parse_entry(claim["quantity"])
        quantity = _known(entry.quantity, known, inside(node, "quantity"), faults)
        if quantity is None:
            continue
        position = entry.position if claim["entry"] is None else tuple(claim["entry"])
        shape = _claimed_shape(quantity, position, inside(node, "entry"), faults)
        for key in ("printed", "right"):
            if shape is not None and claim[key] is not None:
                _prints(claim[key], shape, quantity, inside(node, key), faults)


def _known(
    name: str, known: Mapping[str, Quantity], node: Node, faults: Faults
) -> Quantity | None:
    if name not in known:
        faults.at(node, f"this network has no quantity {quoted(name)}", nearest_of(name, known))
    return known.get(name)


def _claimed_shape(
    quantity: Quantity, position: tuple[int, ...], node: Node, faults: Faults
) -> tuple[int, ...] | None:
    """The shape of what is claimed: of the quantity, or () for one entry of it."""
    if not position:
        return quantity.shape
    shape = "×".join(map(str, quantity.shape)) or "a single number"
    fits = len(position) == len(quantity.shape)
    if fits and all(p < n for p, n in zip(position, quantity.shape, strict=True)):
        return ()
    faults.at(
        node, f"{quantity.name} is {shape} and has no entry {list(position)}",
        "rows and columns count from 0" if quantity.shape else "",
    )
    return None


def _prints(
    printed: Printed, shape: tuple[int, ...], quantity: Quantity, node: Node, faults: Faults
) -> None:
    """Notes a fault where printed numbers have another shape than what they claim."""
    found = () if isinstance(printed, str) else (len(printed), len(printed[0]))
    if found == shape or (not found and shape == (1, 1)):
        return
    axes = " × ".join(axis.plural for axis in quantity.axes)
    wanted = "×".join(map(str, shape)) + f" ({axes})" if shape else "a single number"
    given = "×".join(map(str, found)) or "a single number"
    faults.at(node, f"{quantity.name} is {wanted}, and the printed numbers are {given}")
