"""Notes and claims: what a page says and prints, and whether the network has what it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from chainstep.core.quantities import Quantity, parse_entry
from chainstep.scenarios.faults import Faults, nearest_of, quoted
from chainstep.scenarios.placed_tree import Node, inside
from chainstep.scenarios.scenario import Claim, Note, Printed

if TYPE_CHECKING:
    from chainstep.core.program import Program


def notes_of(values: Iterable[dict[str, Any]], *, from_page: bool) -> tuple[Note, ...]:
    """The notes of a file's values; ``from_page`` where the file names a source."""
    return tuple(Note(**n["at"], text=n["text"], from_page=from_page) for n in values)


def claims_of(values: Iterable[dict[str, Any]], node: Node) -> tuple[Claim, ...]:
    """The claims of a file's values; an entry may be told apart, or with the quantity."""
    return tuple(
        Claim(
            iteration=claim["at"]["iteration"],
            quantity=parse_entry(claim["quantity"]).quantity,
            entry=_position(claim) or None,
            printed=_printed(claim["printed"]),
            within=claim["within"],
            right=None if claim["right"] is None else _printed(claim["right"]),
            why=claim["why"],
            line=inside(node, index).line,
        )
        for index, claim in enumerate(values)
    )


def _position(claim: dict[str, Any]) -> tuple[int, ...]:
    if claim["entry"] is not None:
        return tuple(claim["entry"])
    return parse_entry(claim["quantity"]).position


def _printed(numbers: Any) -> Printed:
    return numbers if isinstance(numbers, str) else tuple(tuple(row) for row in numbers)


def check(values: dict[str, Any], root: Node, program: Program, faults: Faults) -> None:
    """Notes a fault at each note or claim that names what this network does not have."""
    known = {
        name: quantity
        for name, quantity in program.quantities.items()
        if name not in program.remembered
    }
    for index, note in enumerate(values["notes"]):
        node = inside(root, "notes", index, "at", "quantity")
        _quantity(note["at"]["quantity"], known, node, faults)
    for index, claim in enumerate(values["claims"]):
        _check_claim(claim, known, inside(root, "claims", index), faults)


def _check_claim(
    claim: dict[str, Any], known: Mapping[str, Quantity], node: Node, faults: Faults
) -> None:
    name = parse_entry(claim["quantity"]).quantity
    quantity = _quantity(name, known, inside(node, "quantity"), faults)
    if quantity is None:
        return
    position = _position(claim)
    shape = quantity.shape
    if position:
        if len(position) != len(shape) or any(
            place >= length for place, length in zip(position, shape, strict=True)
        ):
            key = "quantity" if claim["entry"] is None else "entry"
            found = f"{name} is {_size(shape)} and has no entry {list(position)}"
            faults.at(inside(node, key), found, "rows and columns count from 0")
            return
        shape = ()
    for key in ("printed", "right"):
        if claim[key] is not None:
            _prints(_printed(claim[key]), shape, quantity, inside(node, key), faults)


def _quantity(
    name: str, known: Mapping[str, Quantity], node: Node, faults: Faults
) -> Quantity | None:
    if name not in known:
        faults.at(node, f"this network has no quantity {quoted(name)}", nearest_of(name, known))
    return known.get(name)


def _prints(
    printed: Printed, shape: tuple[int, ...], quantity: Quantity, node: Node, faults: Faults
) -> None:
    """Notes a fault where printed numbers have another shape than what they claim."""
    found = () if isinstance(printed, str) else (len(printed), len(printed[0]))
    if found == shape or (not found and shape == (1, 1)):
        return
    axes = " × ".join(axis.plural for axis in quantity.axes)
    wanted = f"{_size(shape)} ({axes})" if shape else "a single number"
    faults.at(node, f"{quantity.name} is {wanted}, and what is printed is {_size(found)}")


def _size(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "a single number"
