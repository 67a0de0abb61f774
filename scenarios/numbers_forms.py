"""The forms that numbers are written in: quantities by name, by iteration, or as claims."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chainstep.core.quantities import whole_number
from chainstep.scenarios.faults import Faults, nearest_of, quoted
from chainstep.scenarios.placed_tree import Entries, Items, Node, Scalar
from chainstep.scenarios.scenario import LAST

FORM = (
    "numbers are {iteration: 1, values: {a1: [[…]], delta2: [[…]]}}, a list of such, or a list "
    "of claims as in a scenario"
)

#: The words of a file that are no names.
KEYS = ("iteration", "values", "claims", "notation", "names")


@dataclass(frozen=True)
class Item:
    """One named value of a file, with its place."""

    name: str
    place: Node
    iteration: int
    value: Node
    entry: tuple[int, ...] | None = None
    within: int = 0


_MOST_UNITS = 10**6
_CLAIM_KEYS = {"at", "quantity", "printed", "value", "entry", "within", "right", "why", "iteration"}
#: What a record of a replay has besides, which says nothing about the number.
_RECORD_KEYS = {"step", "phase", "layer", "axes", "operands", "formula"}


def items_of(node: Node, faults: Faults, iteration: int) -> Iterator[Item]:
    """The named values of a file, in its order; ``iteration`` is theirs where they say none."""
    if isinstance(node, Items):
        for item in node.items:
            if not _is_head(item):
                yield from items_of(item, faults, iteration)
    elif not isinstance(node, Entries):
        faults.at(node, f"a mapping belongs here, and this is {node}", FORM)
    elif "quantity" in node.values:
        yield from _claim(node, faults, iteration)
    elif "values" in node.values or "claims" in node.values:
        iteration = _iteration(node, faults, iteration)
        for key, key_node in node.keys.items():
            if key not in {"iteration", "values", "claims", "at"}:
                faults.at(key_node, f"numbers have no key {quoted(key)}", FORM)
        if "values" in node.values:
            yield from _mapping(node.values["values"], faults, iteration)
        if "claims" in node.values:
            yield from items_of(node.values["claims"], faults, iteration)
    else:
        yield from _mapping(node, faults, _iteration(node, faults, iteration))


def _is_head(node: Node) -> bool:
    """Whether it is the first line of a replay, which says what network it is."""
    return isinstance(node, Entries) and {"scenario", "layers", "state"} <= node.values.keys()


def _mapping(node: Node, faults: Faults, iteration: int) -> Iterator[Item]:
    """Quantities by their names; a key that is a whole number is an iteration."""
    if not isinstance(node, Entries):
        faults.at(node, f"a mapping of quantities belongs here, and this is {node}", FORM)
        return
    for key, value in node.values.items():
        if key == "iteration":
            continue
        count = whole_number(key)
        if count is not None and isinstance(value, Entries | Items):
            yield from items_of(value, faults, bounded(count, node.keys[key], faults))
            continue
        at, name = at_iteration(key, node.keys[key], faults)
        yield Item(name, node.keys[key], at or iteration, value)


def at_iteration(key: str, place: Node, faults: Faults) -> tuple[int | None, str]:
    """Reads ``1000:a3`` as the a3 of iteration 1000; a name alone has none."""
    number, colon, name = key.partition(":")
    count = whole_number(number) if colon and name.strip() else None
    return (None, key) if count is None else (bounded(count, place, faults), name.strip())


def bounded(iteration: int, place: Node, faults: Faults) -> int:
    """An iteration that can be run to, or 1 and a fault."""
    if 1 <= iteration <= LAST:
        return iteration
    bound = "on" if iteration < 1 else f"to {LAST}"
    shown = place if isinstance(place, Scalar) else quoted(str(iteration))
    what = f"an iteration is a whole number from 1 {bound}"
    faults.at(place, f"{what}; this is {shown}")
    return 1


def _iteration(node: Entries, faults: Faults, iteration: int) -> int:
    place = node.values.get("iteration")
    at = node.values.get("at")
    if place is None and isinstance(at, Entries):
        place = at.values.get("iteration")
    elif place is None and at is not None:
        place = at
    if place is None:
        return iteration
    count = whole_number(place.text) if isinstance(place, Scalar) else None
    if count is not None:
        return bounded(count, place, faults)
    faults.at(place, f"an iteration is a whole number from 1 on; this is {place}")
    return iteration


def _claim(node: Entries, faults: Faults, iteration: int) -> Iterator[Item]:
    for key, key_node in node.keys.items():
        if key not in _CLAIM_KEYS | _RECORD_KEYS:
            faults.at(key_node, f"a claim has no key {quoted(key)}", nearest_of(key, _CLAIM_KEYS))
    value = node.values.get("printed", node.values.get("value"))
    quantity = node.values["quantity"]
    if value is None or not isinstance(quantity, Scalar):
        faults.at(node, "a claim needs `quantity:` and `printed:`", FORM)
        return
    entry = _entry(node, faults)
    yield Item(
        quantity.text,
        quantity,
        _iteration(node, faults, iteration),
        value,
        entry,
        _within(node, faults),
    )


def _within(node: Entries, faults: Faults) -> int:
    """Of how many units of the last place a printed number may be off."""
    place = node.values.get("within")
    if place is None:
        return 0
    count = whole_number(place.text) if isinstance(place, Scalar) else None
    if count is None or count > _MOST_UNITS:
        faults.at(place, f"within is a whole number from 0 to {_MOST_UNITS}; this is {place}")
        return 0
    return count


def _entry(node: Entries, faults: Faults) -> tuple[int, ...] | None:
    place = node.values.get("entry")
    if place is None:
        return None
    if isinstance(place, Items):
        counts = [
            whole_number(item.text) if isinstance(item, Scalar) else None for item in place.items
        ]
        if None not in counts:
            return tuple(count for count in counts if count is not None)
    faults.at(place, "an entry is [row, column], counted from 0")
    return None
