"""The numbers of a replay, read back from the JSON lines or the CSV that it printed."""

from __future__ import annotations

from collections.abc import Iterator

from chainstep.core.quantities import whole_number
from chainstep.scenarios.faults import Faults, quoted
from chainstep.scenarios.numbers_forms import Item, bounded
from chainstep.scenarios.placed_tree import Bare, Items, Node

_COLUMNS = ("iteration", "step", "phase", "layer", "quantity", "i", "j", "k", "value")
_AMPLE = 4, 1000  # how many more places than numbers a quantity may have


def is_csv(text: str) -> bool:
    """Whether a text begins as a replay in CSV does."""
    return text.lstrip().partition("\n")[0].strip() == ",".join(_COLUMNS)


def as_list(text: str) -> str:
    r"""JSON lines as one list, each on the line where it stood; other text as it is.

    >>> as_list('{"C": 1}\n{"C": 2}')
    '[{"C": 1},\n{"C": 2}]'
    """
    lines = text.strip().split("\n")
    whole = [line.strip() for line in lines]
    if len(whole) < 2 or not all(x.startswith("{") and x.endswith("}") for x in whole if x):
        return text
    last = max(n for n, line in enumerate(whole) if line)
    ended = [line + "," if line and n < last else line for n, line in enumerate(whole)]
    return "[" + "\n".join(ended) + "]"


def csv_items(text: str, faults: Faults) -> Iterator[Item]:
    """The quantities of a replay in CSV, a number per row."""
    tables: dict[tuple[int, str], dict[tuple[int, ...], Bare]] = {}
    places: dict[tuple[int, str], Node] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        parts = [part.strip() for part in line.strip().split(",")]
        if parts == [""] or tuple(parts) == _COLUMNS:
            continue
        place = Node(number, 1, max(1, len(line)))
        row = _row(parts, place, faults)
        if row is not None:
            iteration, quantity, position = row
            tables.setdefault((iteration, quantity), {})[position] = Bare(parts[-1], number, 1)
            places.setdefault((iteration, quantity), place)
    for (iteration, quantity), cells in tables.items():
        value = _table(cells, places[iteration, quantity], faults)
        if value is not None:
            yield Item(quantity, places[iteration, quantity], iteration, value)


def _row(parts: list[str], place: Node, faults: Faults) -> tuple[int, str, tuple[int, ...]] | None:
    """The iteration, the quantity and the position of a row; None and a fault if it has none."""
    if len(parts) != len(_COLUMNS):
        found = f"a row has {len(_COLUMNS)} columns, and this has {len(parts)}"
        faults.at(place, found, ",".join(_COLUMNS))
        return None
    iteration = whole_number(parts[0])
    counts = [whole_number(part) for part in parts[5:8] if part]
    if iteration is None or any(count is None for count in counts):
        faults.at(place, "iteration, i, j and k are whole numbers; this is " + quoted(parts[0]))
        return None
    position = tuple(count for count in counts if count is not None)
    return bounded(iteration, place, faults), parts[4], position


def _table(cells: dict[tuple[int, ...], Bare], place: Node, faults: Faults) -> Node | None:
    """The numbers of a quantity in rows; those left out are not given."""
    depths = {len(position) for position in cells}
    if depths == {0}:
        return cells[()]
    shape = tuple(max(n) + 1 for n in zip(*cells, strict=False))
    times, more = _AMPLE
    size = 1
    for length in shape:
        size *= length
    if len(depths) > 1 or min(min(at) for at in cells) < 0 or size > times * len(cells) + more:
        faults.at(place, "the positions i, j and k of this quantity do not fit together")
        return None
    return _nested(cells, (), shape, place)


def _nested(
    cells: dict[tuple[int, ...], Bare], at: tuple[int, ...], shape: tuple[int, ...], place: Node
) -> Node:
    if len(at) == len(shape):
        return cells.get(at) or Bare("?", place.line, place.column)
    items = Items(place.line, place.column)
    items.items = [_nested(cells, (*at, n), shape, place) for n in range(shape[len(at)])]
    return items
