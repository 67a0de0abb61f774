"""The kinds of value a scenario has: each reads one from the file, and says its JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple

from chainstep.scenarios.faults import Faults, nearest_of, quoted
from chainstep.scenarios.nodes import NUMBER, WHOLE, Entries, Items, Node, Numbers, Scalar, what

INFINITY = float("inf")


class Kind(NamedTuple):
    """What a value may be.

    ``read(node, faults)`` gives the value, or None once it has noted why there is none;
    ``schema()`` gives the same rule as JSON Schema.
    """

    read: Callable[[Node, Faults], Any]
    schema: Callable[[], dict[str, Any]]


class Field(NamedTuple):
    """One key of a mapping: its kind, what it means, and what stands for it if it is missing."""

    key: str
    kind: Kind
    says: str
    required: bool = False
    default: Any = None


def _scalar(node: Node, faults: Faults, wanted: str) -> Scalar | None:
    """The node if one word or number stands there, else a fault."""
    if isinstance(node, Scalar) and not node.empty:
        return node
    found = what(node) if not isinstance(node, Numbers) else "a matrix"
    faults.at(node, f"{wanted} belongs here, and this is {found}")
    return None


def word(noun: str, known: Callable[[], Collection[str]]) -> Kind:
    """One of the words that are known; where none are, any word."""

    def read(node: Node, faults: Faults) -> str | None:
        scalar = _scalar(node, faults, f"the name of a {noun}".replace("a a", "an a"))
        words = known()
        if scalar is None or scalar.text in words or not words:
            return scalar and scalar.text
        found = f"no {noun} is called {quoted(scalar.text)}"
        faults.at(node, found, nearest_of(scalar.text, words))
        return None

    def schema() -> dict[str, Any]:
        words = sorted(known())
        return {"enum": words} if words else {"type": "string"}

    return Kind(read, schema)


def line(noun: str) -> Kind:
    """A text shown in one line."""

    def read(node: Node, faults: Faults) -> str | None:
        scalar = _scalar(node, faults, noun)
        return None if scalar is None else " ".join(scalar.text.split())

    return Kind(read, lambda: {"type": ["string", "number"]})


def text(noun: str) -> Kind:
    """A text of any number of lines."""

    def read(node: Node, faults: Faults) -> str | None:
        scalar = _scalar(node, faults, noun)
        return None if scalar is None else scalar.text.expandtabs(4).strip("\n")

    return Kind(read, lambda: {"type": ["string", "number"]})


def number_of(node: Node, faults: Faults, noun: str = "a number") -> float | None:
    """The finite number that stands at a node; a fault says why there is none."""
    scalar = _scalar(node, faults, noun)
    if scalar is None:
        return None
    written = scalar.text
    if scalar.bare and NUMBER.fullmatch(written):
        if written.lstrip("+-")[:1] == "0" and written.lstrip("+-0").isdigit() and (
            len(written.lstrip("+-")) > 1
        ):
            plain = written.lstrip("+-0")
            faults.at(
                node, f"{quoted(written)} is {int(plain[:18], 10)} to some readers, octal to others",
                f"write {plain[:18]}",
            )
            return None
        value = float(written)
        if value in (INFINITY, -INFINITY):
            faults.at(node, f"{quoted(written)} is too large: numbers end at 1.8e308")
            return None
        return value
    faults.at(node, *_no_number(scalar, noun))
    return None


def _no_number(scalar: Scalar, noun: str) -> tuple[str, str]:
    """Why a scalar is no number, and what to do about it."""
    written = scalar.text
    stripped = written.replace("_", "")
    if not scalar.bare and NUMBER.fullmatch(written):
        return f"{noun} belongs here, and {quoted(written)} is text", "take the quotes away"
    if written.lower().strip("+-.") in ("nan", "inf", "infinity"):
        return f"{noun} belongs here, and {quoted(written)} is not finite", ""
    if NUMBER.fullmatch(stripped):
        return f"{noun} belongs here, and {quoted(written)} is none", f"write {stripped}"
    if NUMBER.fullmatch(written.replace(",", ".")):
        mend = f"write {written.replace(',', '.')}"
        return f"{noun} belongs here, and {quoted(written)} is none", mend
    return f"{noun} belongs here, and {quoted(written)} is none", ""


def number(noun: str, least: tuple[str, float] | None = None, below: float = INFINITY) -> Kind:
    """A finite number; ``least`` is ("above", 0.0) or ("from", 0.0)."""

    def read(node: Node, faults: Faults) -> float | None:
        value = number_of(node, faults, noun)
        if value is None:
            return None
        low = least is None or (value > least[1] if least[0] == "above" else value >= least[1])
        if low and value < below:
            return value
        bounds = [f"{least[0]} {least[1]:g}"] if least else []
        bounds += [f"below {below:g}"] if below < INFINITY else []
        faults.at(node, f"{noun} is {' and '.join(bounds)}; this is {_shown(node)}")
        return None

    def schema() -> dict[str, Any]:
        rule: dict[str, Any] = {"type": "number"}
        if least:
            rule["exclusiveMinimum" if least[0] == "above" else "minimum"] = least[1]
        return rule | ({"exclusiveMaximum": below} if below < INFINITY else {})

    return Kind(read, schema)


def _shown(node: Node) -> str:
    return node.text if isinstance(node, Scalar) and len(node.text) < 40 else what(node)


def whole(noun: str, least: int, most: int = 10**15) -> Kind:
    """A whole number, written without a point, an exponent or quotes."""

    def read(node: Node, faults: Faults) -> int | None:
        scalar = _scalar(node, faults, noun)
        if scalar is None:
            return None
        if not scalar.bare or not WHOLE.fullmatch(scalar.text):
            if number_of(node, faults, noun) is not None:
                many = len(scalar.text) > 18
                faults.at(
                    node,
                    f"{noun} is at most {most}; {quoted(scalar.text)} is more" if many else
                    f"{noun} is a whole number; this is {_shown(node)}",
                    "" if many or float(scalar.text) % 1 else f"write {float(scalar.text):.0f}",
                )
            return None
        checked = number_of(node, faults, noun)
        if checked is None:
            return None
        value = int(scalar.text)
        if least <= value <= most:
            return value
        bound = f"at least {least}" if value < least else f"at most {most}"
        faults.at(node, f"{noun} is {bound}; this is {value}")
        return None

    return Kind(read, lambda: {"type": "integer", "minimum": least, "maximum": most})


def listed(noun: str, kind: Kind, least: int = 0) -> Kind:
    """A list of one kind of value."""

    def read(node: Node, faults: Faults) -> list[Any] | None:
        if not isinstance(node, Items):
            faults.at(node, f"a list of {noun} belongs here, and this is {what(node)}")
            return None
        if len(node.items) < least:
            faults.at(node, f"the list of {noun} is empty, and needs at least {least}")
            return None
        return [kind.read(item, faults) for item in node.items]

    return Kind(
        read,
        lambda: {"type": "array", "items": kind.schema()} | ({"minItems": least} if least else {}),
    )


def one_or_more(noun: str, kind: Kind) -> Kind:
    """One value, or a list of such."""
    many = listed(noun, kind)

    def read(node: Node, faults: Faults) -> list[Any] | None:
        if isinstance(node, Items):
            found: list[Any] | None = many.read(node, faults)
            return found
        return [kind.read(node, faults)]

    return Kind(read, lambda: {"anyOf": [kind.schema(), many.schema()]})


def matrix(noun: str, row: str) -> Kind:
    """Rows of numbers, all of one length; ``row`` says what one row is."""

    def read(node: Node, faults: Faults) -> list[list[float]] | Any:
        if isinstance(node, Numbers):
            return node.array
        if not isinstance(node, Items):
            faults.at(node, f"{noun} is a list of rows, one per {row}; this is {what(node)}")
            return None
        if not node.items:
            faults.at(node, f"{noun} has no rows, and needs at least one {row}")
            return None
        before = len(faults.found)
        rows = [_row(item, faults, noun, row) for item in node.items]
        if len(faults.found) > before or any(r is None for r in rows):
            return None
        return rows if _even(node, rows, faults, noun) else None

    rows_of_numbers = {"type": "array", "items": {"type": "number"}, "minItems": 1}
    return Kind(read, lambda: {"type": "array", "items": rows_of_numbers, "minItems": 1})


def _row(node: Node, faults: Faults, noun: str, row: str) -> list[float | None] | None:
    if not isinstance(node, Items):
        faults.at(
            node, f"a row of {noun} belongs here, one per {row}, and this is {what(node)}",
            "write a list of rows: [[1, 2], [3, 4]]",
        )
        return None
    if not node.items:
        faults.at(node, f"this row of {noun} has no numbers")
        return None
    return [number_of(item, faults) for item in node.items]


def _even(node: Items, rows: list[Any], faults: Faults, noun: str) -> bool:
    """Whether all rows are as long as the first; a fault at each that is not."""
    length = len(rows[0])
    even = True
    for position, (item, row) in enumerate(zip(node.items, rows, strict=True)):
        if len(row) != length:
            even = False
            faults.at(
                item, f"row {position} of {noun} has {len(row)} numbers, row 0 has {length}",
                "give all rows the same length",
            )
    return even


def shaped(
    noun: str,
    *,
    scalar: Kind | None = None,
    items: Kind | None = None,
    entries: Kind | None = None,
) -> Kind:
    """A value that may be written in several ways, told apart by whether it is a list or such."""
    kinds = [kind for kind in (scalar, items, entries) if kind]

    def read(node: Node, faults: Faults) -> Any:
        kind = (
            scalar if isinstance(node, Scalar) else entries if isinstance(node, Entries) else items
        )
        if kind is None or (isinstance(node, Scalar) and node.empty):
            faults.at(node, f"{noun} cannot be {what(node)}")
            return None
        return kind.read(node, faults)

    return Kind(read, lambda: {"anyOf": [kind.schema() for kind in kinds]})


def keyed(noun: str, kinds: dict[str, Kind]) -> Kind:
    """A mapping whose kind is told by a key that it has."""

    def read(node: Node, faults: Faults) -> Any:
        assert isinstance(node, Entries)
        for key, kind in kinds.items():
            if key in node.values:
                return kind.read(node, faults)
        wanted = " nor ".join(f"`{key}:`" for key in kinds)
        faults.at(node, f"{noun} has neither {wanted}")
        return None

    return Kind(read, lambda: {"anyOf": [kind.schema() for kind in kinds.values()]})


def mapping(noun: str, fields: Iterable[Field]) -> Kind:
    """A mapping with these keys and no others; missing ones get their defaults."""
    table = tuple(fields)

    def read(node: Node, faults: Faults) -> dict[str, Any] | None:
        if not isinstance(node, Entries):
            keys = ", ".join(f"`{field.key}:`" for field in table)
            faults.at(node, f"{noun} is a mapping with {keys}; this is {what(node)}")
            return None
        values = {}
        known = {field.key: field for field in table}
        for key, key_node in node.keys.items():
            if key not in known:
                faults.at(key_node, f"{noun} has no key {quoted(key)}", nearest_of(key, known))
        for key, field in known.items():
            if key in node.values:
                values[key] = field.kind.read(node.values[key], faults)
            else:
                values[key] = field.default
                if field.required:
                    faults.at(node, f"{noun} needs `{key}:`", f"{key}: {field.says}")
        return values

    return Kind(read, lambda: object_schema(table))


def object_schema(fields: Iterable[Field], title: str = "") -> dict[str, Any]:
    """The JSON Schema of a mapping with these keys and no others."""
    properties = {}
    required = []
    for field in fields:
        rule = field.kind.schema() | {"description": field.says}
        if field.default not in (None, ()):
            rule["default"] = field.default
        properties[field.key] = rule
        if field.required:
            required.append(field.key)
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return schema | ({"required": required} if required else {}) | {"additionalProperties": False}


def chosen(noun: str, key: Field, fields_of: Callable[[str], tuple[Field, ...]]) -> Kind:
    """A mapping in which the word at ``key`` decides which other keys there are."""

    def read(node: Node, faults: Faults) -> dict[str, Any] | None:
        if not isinstance(node, Entries):
            faults.at(node, f"{noun} is a mapping with `{key.key}:`; this is {what(node)}")
            return None
        name = key.default
        if key.key in node.values:
            name = key.kind.read(node.values[key.key], faults)
        if name is None:
            if key.key not in node.values:
                faults.at(node, f"{noun} needs `{key.key}:`", f"{key.key}: {key.says}")
            return None
        values: dict[str, Any] | None = mapping(
            f"{noun} {name}", (key, *fields_of(name))
        ).read(node, faults)
        return values and {**values, key.key: name}

    def schema() -> dict[str, Any]:
        variants = []
        for name in key.kind.schema()["enum"]:
            rule = object_schema((key, *fields_of(name)))
            rule["properties"][key.key] = {"const": name, "description": key.says}
            if name != key.default:
                rule["required"] = [key.key, *rule.get("required", [])]
            variants.append(rule)
        return {"anyOf": variants}

    return Kind(read, schema)


def printed() -> Kind:
    """Numbers as a page prints them: one text, or a matrix of texts; every digit counts."""

    def read(node: Node, faults: Faults) -> Any:
        if isinstance(node, Scalar):
            return _digits(node, faults)
        if not isinstance(node, Items) or not node.items:
            faults.at(node, f"printed numbers are one or a list of rows; this is {what(node)}")
            return None
        rows = []
        for item in node.items:
            if not isinstance(item, Items):
                faults.at(
                    item, f"a row of printed numbers belongs here, and this is {what(item)}",
                    'write a list of rows: [["0.1", "0.2"]]',
                )
                return None
            rows.append(tuple(_digits(cell, faults) for cell in item.items))
        return tuple(rows) if _even(node, rows, faults, "the printed numbers") else None

    cell = {"type": ["string", "number"]}
    row = {"type": "array", "items": cell, "minItems": 1}
    return Kind(read, lambda: {"anyOf": [cell, {"type": "array", "items": row, "minItems": 1}]})


def as_written() -> Kind:
    """A text, or lists of texts, taken as they are."""

    def read(node: Node, faults: Faults) -> Any:
        if isinstance(node, Items):
            return tuple(read(item, faults) for item in node.items)
        scalar = _scalar(node, faults, "a printed number")
        return scalar and scalar.text

    return Kind(read, lambda: {"type": ["string", "number", "array"]})


def _digits(node: Node, faults: Faults) -> str | None:
    """A printed number as it was written."""
    scalar = _scalar(node, faults, "a printed number")
    if scalar is None:
        return None
    if not NUMBER.fullmatch(scalar.text):
        faults.at(node, f"a printed number belongs here, and {quoted(scalar.text)} is none")
        return None
    return scalar.text
