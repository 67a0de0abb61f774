"""The kinds of value that are made of others: lists, matrices, mappings, alternatives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from chainstep.scenarios.everyday_words import ELSEWHERE, KEYS
from chainstep.scenarios.faults import Faults, nearest_of, quoted
from chainstep.scenarios.placed_tree import Entries, Items, Node, Numbers, Scalar, from_data
from chainstep.scenarios.single_values import Kind


class Field(NamedTuple):
    """One key of a mapping: its kind, what it means, and what stands for it if it is missing."""

    key: str
    kind: Kind
    says: str
    required: bool = False
    default: Any = None


def listed(noun: str, kind: Kind, least: int = 0) -> Kind:
    """A list of one kind of value."""

    def read(node: Node, faults: Faults) -> list[Any] | None:
        node = _as_items(node)
        if not isinstance(node, Items):
            faults.at(node, f"a list of {noun} belongs here, and this is {node}")
            return None
        if len(node.items) < least:
            faults.at(node, f"this list of {noun} is empty")
            return None
        return [kind.read(item, faults) for item in node.items]

    def schema() -> dict[str, Any]:
        rule = {"type": "array", "items": kind.schema()}
        return rule | ({"minItems": least} if least else {})

    return Kind(read, schema)


def in_a_row(kind: Kind) -> Kind:
    """A list that may be written as a matrix of one row or one column, as numpy has biases."""

    def read(node: Node, faults: Faults) -> Any:
        node = _as_items(node)
        if isinstance(node, Items):
            rows = [row for row in node.items if isinstance(row, Items)]
            if rows and len(rows) == len(node.items) and 1 in {len(rows), len(rows[0].items)}:
                flat = Items(node.line, node.column, node.width, node.where)
                flat.items = [item for row in rows for item in row.items]
                node = flat
        return kind.read(node, faults)

    def schema() -> dict[str, Any]:
        rule = kind.schema()
        return {"anyOf": [rule, {"type": "array", "items": rule, "minItems": 1}]}

    return Kind(read, schema)


def _as_items(node: Node) -> Node:
    """A matrix that is an array already as a list of its rows; anything else as it is."""
    return from_data(node.array.tolist(), node.where) if isinstance(node, Numbers) else node


def one_or_more(noun: str, kind: Kind) -> Kind:
    """One value, or a list of such."""
    many = listed(noun, kind)

    def read(node: Node, faults: Faults) -> Any:
        return many.read(node, faults) if isinstance(node, Items) else [kind.read(node, faults)]

    return Kind(read, lambda: {"anyOf": [kind.schema(), many.schema()]})


def matrix(noun: str, row: str, cell: Kind) -> Kind:
    """Rows of values, all of one length; ``row`` says what one row is for."""
    wanted = f"{noun} are a list of rows{row and f', one per {row}'}"

    def read(node: Node, faults: Faults) -> Any:
        if isinstance(node, Numbers):
            return _finite(node, noun, faults)
        if not isinstance(node, Items):
            faults.at(node, f"{wanted}, and this is {node}")
            return None
        if not node.items:
            faults.at(node, f"{noun} have no rows", f"give at least one {row or 'row'}")
            return None
        if not any(isinstance(item, Items) for item in node.items):
            mend = "write rows in brackets of their own, as in [[1, 2], [3, 4]]"
            faults.at(node, f"{wanted}, and these are none", mend)
            return None
        before = len(faults.found)
        rows = [_row(item, faults, noun, cell) for item in node.items]
        if len(faults.found) == before:
            _even(node, rows, noun, faults)
        return rows if len(faults.found) == before else None

    def schema() -> dict[str, Any]:
        rows = {"type": "array", "items": cell.schema(), "minItems": 1}
        return {"type": "array", "items": rows, "minItems": 1}

    return Kind(read, schema)


def _finite(node: Numbers, noun: str, faults: Faults) -> Any:
    if node.array.size and np.isfinite(node.array).all():
        return node.array
    faults.at(node, f"{noun} are numbers, at least one, and all of them finite")
    return None


def _row(node: Node, faults: Faults, noun: str, cell: Kind) -> list[Any] | None:
    if not isinstance(node, Items):
        faults.at(node, f"a row of {noun} belongs here, and this is {node}", "write [1, 2]")
        return None
    if not node.items:
        faults.at(node, f"this row of {noun} is empty")
        return None
    return [cell.read(item, faults) for item in node.items]


def _even(node: Items, rows: list[Any], noun: str, faults: Faults) -> None:
    """Notes a fault at each row that is not as long as the first."""
    length = len(rows[0])
    for position, (item, row) in enumerate(zip(node.items, rows, strict=True)):
        if len(row) != length:
            faults.at(
                item,
                f"row {position} of {noun} has a length of {len(row)}, and row 0 one of {length}",
                "give all rows the same length",
            )


def shaped(
    *,
    scalar: Kind | None = None,
    items: Kind | None = None,
    entries: Kind | None = None,
) -> Kind:
    """A value that may be written in several ways, told apart by what stands there."""
    kinds = [kind for kind in (scalar, items, entries) if kind]

    def read(node: Node, faults: Faults) -> Any:
        kind = items
        if isinstance(node, Scalar):
            kind = None if node.empty else scalar
        elif isinstance(node, Entries):
            kind = entries
        return (kind or items or kinds[0]).read(node, faults)

    return Kind(read, lambda: {"anyOf": [kind.schema() for kind in kinds]})


def keyed(noun: str, kinds: Mapping[str, Kind]) -> Kind:
    """A mapping whose kind is told by a key that it has."""

    def read(node: Node, faults: Faults) -> Any:
        assert isinstance(node, Entries)
        for key, kind in kinds.items():
            if key in node.values:
                return kind.read(node, faults)
        wanted = " nor ".join(f"`{key}:`" for key in kinds)
        mend = nearest_of(next(iter(node.values)), kinds) if node.values else ""
        faults.at(node, f"{noun} have neither {wanted}", mend)
        return None

    return Kind(read, lambda: {"anyOf": [kind.schema() for kind in kinds.values()]})


def mapping(noun: str, fields: Iterable[Field]) -> Kind:
    """A mapping with these keys and no others; missing ones get their defaults."""
    table = {field.key: field for field in fields}

    def read(node: Node, faults: Faults) -> dict[str, Any] | None:
        if not isinstance(node, Entries):
            keys = ", ".join(f"`{key}:`" for key in table)
            faults.at(node, f"{noun} is a mapping with {keys}, and this is {node}")
            return None
        meant = {
            _foreign(noun, key, place, table, faults)
            for key, place in node.keys.items()
            if key not in table
        }
        return {
            key: _value(node, field, noun, faults, meant=key in meant)
            for key, field in table.items()
        }

    return Kind(read, lambda: object_schema(table.values()))


def _foreign(
    noun: str, key: str, place: Node, table: Mapping[str, Field], faults: Faults
) -> str | None:
    """Notes a fault at a key that there is not; gives the one that was meant, if that is told."""
    typed = key.lower().replace("-", "_")
    if typed in ELSEWHERE:
        faults.at(place, f"{noun} has no key {quoted(key)}", ELSEWHERE[typed])
        return None
    path = KEYS.get(typed, ())
    if path and path[-1] in table:
        faults.at(place, f"{quoted(key)[1:-1]} is called {path[-1]} here", f"write `{path[-1]}:`")
        return path[-1]
    if path and path[0] in table:
        *above, last = path
        found = f"{quoted(key)[1:-1]} is `{last}:` under `{above[0]}:` here"
        faults.at(place, found, f"{above[0]}: {table[above[0]].says}")
        return above[0]
    mend = nearest_of(key, table)
    faults.at(place, f"{noun} has no key {quoted(key)}", mend)
    close = mend.removeprefix("did you mean '").partition("'")[0]
    return close if close in table else None


def _value(node: Entries, field: Field, noun: str, faults: Faults, *, meant: bool = False) -> Any:
    """What a key stands for; a missing one that was ``meant`` has been told already."""
    if field.key in node.values:
        return field.kind.read(node.values[field.key], faults)
    if field.required and not meant:
        faults.at(node, f"{noun} needs `{field.key}:`", f"{field.key}: {field.says}")
    return field.default


def object_schema(fields: Iterable[Field]) -> dict[str, Any]:
    """The JSON Schema of a mapping with these keys and no others."""
    properties = {}
    required = []
    for field in fields:
        rule = field.kind.schema() | {"description": field.says}
        properties[field.key] = rule | _default(field)
        if field.required:
            required.append(field.key)
    rules: dict[str, Any] = {"type": "object", "properties": properties}
    return rules | ({"required": required} if required else {}) | {"additionalProperties": False}


def _default(field: Field) -> dict[str, Any]:
    return {} if field.default is None or field.default == () else {"default": field.default}


def chosen(noun: str, key: Field, fields_of: Callable[[str], tuple[Field, ...]]) -> Kind:
    """A mapping in which the word at ``key`` decides which other keys there are."""

    def read(node: Node, faults: Faults) -> dict[str, Any] | None:
        if not isinstance(node, Entries):
            faults.at(node, f"{noun} is a mapping with `{key.key}:`, and this is {node}")
            return None
        name = _value(node, key, noun, faults)
        if name is None:
            return None
        silent = Kind(lambda _node, _faults: name, key.kind.schema)  # it has been read already
        fields = (key._replace(kind=silent), *fields_of(name))
        called = f"`{key.key}: {name}`" if key.key in node.values else noun
        values: dict[str, Any] | None = mapping(called, fields).read(node, faults)
        return values

    def schema() -> dict[str, Any]:
        variants = []
        for name in key.kind.schema()["enum"]:
            rules = object_schema((key, *fields_of(name)))
            rules["properties"][key.key] = {"const": name, "description": key.says}
            if name != key.default:
                rules["required"] = sorted({key.key, *rules.get("required", ())})
            variants.append(rules)
        return {"anyOf": variants}

    return Kind(read, schema)
