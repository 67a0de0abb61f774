"""The kinds of single value: each reads one from the tree, and says its JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from chainstep.scenarios.everyday_words import NAMES
from chainstep.scenarios.faults import Faults, nearest_of, quoted
from chainstep.scenarios.placed_tree import NUMBER, WHOLE, Node, Scalar

INFINITY = float("inf")
#: A number that a page printed, or a text, may stand with quotes or without.
WRITTEN = {"type": ["string", "number"]}


class Kind(NamedTuple):
    """What a value may be.

    ``read(node, faults)`` gives the value, or None once it has noted why there is none;
    ``schema()`` gives the same rule as JSON Schema.
    """

    read: Callable[[Node, Faults], Any]
    schema: Callable[[], dict[str, Any]]


def scalar_at(node: Node, faults: Faults, wanted: str) -> Scalar | None:
    """The node if one word or number stands there, else a fault."""
    if isinstance(node, Scalar) and not node.empty:
        return node
    faults.at(node, f"{wanted} belongs here, and this is {node}")
    return None


def word(noun: str, known: Callable[[], Collection[str]], mend: str = "") -> Kind:
    """One of the words that are known; any word where none are."""

    def read(node: Node, faults: Faults) -> str | None:
        scalar = scalar_at(node, faults, f"the name of {_a(noun)}")
        if scalar is None:
            return None
        words = known()
        if scalar.text in words or not words:
            return scalar.text
        ours = NAMES.get(scalar.text.lower().replace("_", "-").replace(" ", "-"))
        if ours in words:
            said = f"{quoted(scalar.text)[1:-1]} is called {ours} here"
            faults.at(node, said, f"write {ours}")
        else:
            found = f"no {noun} is called {quoted(scalar.text)}"
            faults.at(node, found, mend or nearest_of(scalar.text, words))
        return None

    def schema() -> dict[str, Any]:
        words = sorted(known())
        return {"enum": words} if words else {"type": "string"}

    return Kind(read, schema)


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def line(noun: str) -> Kind:
    """A text shown in one line."""

    def read(node: Node, faults: Faults) -> str | None:
        scalar = scalar_at(node, faults, noun)
        return None if scalar is None else " ".join(scalar.text.split())

    return Kind(read, lambda: dict(WRITTEN))


def text(noun: str) -> Kind:
    """A text of any number of lines."""

    def read(node: Node, faults: Faults) -> str | None:
        scalar = scalar_at(node, faults, noun)
        return None if scalar is None else scalar.text.expandtabs(4).strip("\n")

    return Kind(read, lambda: dict(WRITTEN))


def truth(noun: str) -> Kind:
    """``true`` or ``false``, and no other word for them."""

    def read(node: Node, faults: Faults) -> bool | None:
        wanted = f"{noun} is true or false"
        if isinstance(node, Scalar) and node.bare and node.text in {"true", "false"}:
            return node.text == "true"
        faults.at(node, f"{wanted}, and this is {node}")
        return None

    return Kind(read, lambda: {"type": "boolean"})


def number(noun: str = "", least: tuple[str, float] | None = None, below: float = INFINITY) -> Kind:
    """A finite number; ``least`` is ``("above", 0.0)`` or ``("from", 0.0)``."""

    def read(node: Node, faults: Faults) -> float | None:
        value = _number_at(node, faults, f"{noun} has to be a number" if noun else "")
        if value is None:
            return None
        high_enough = not least or value > least[1] or (least[0] == "from" and value == least[1])
        if high_enough and value < below:
            return value
        words = {"above": "above", "from": "at least"}
        bounds = [f"{words[least[0]]} {least[1]:g}"] if least else []
        bounds += [f"below {below:g}"] if below < INFINITY else []
        faults.at(node, f"{noun} has to be {' and '.join(bounds)}, and this is {_plainly(node)}")
        return None

    def schema() -> dict[str, Any]:
        rule: dict[str, Any] = {"type": "number"}
        if least:
            rule["exclusiveMinimum" if least[0] == "above" else "minimum"] = least[1]
        return rule | ({"exclusiveMaximum": below} if below < INFINITY else {})

    return Kind(read, schema)


def _number_at(node: Node, faults: Faults, wanted: str) -> float | None:
    """The finite number that stands at a node; a fault says why there is none."""
    wanted = wanted or "a number belongs here"
    if not isinstance(node, Scalar) or node.empty:
        faults.at(node, f"{wanted}, and this is {node}")
        return None
    scalar = node
    if scalar.bare and NUMBER.fullmatch(scalar.text):
        if _octal(scalar.text):
            mend = f"write {scalar.text.lstrip('+-0')[:40]}, without the 0 before it"
            faults.at(node, f"{quoted(scalar.text)} is octal to some readers of YAML", mend)
            return None
        value = float(scalar.text)
        if abs(value) < INFINITY:
            return value
        faults.at(node, f"{quoted(scalar.text)} is too large: numbers end at 1.8e308")
        return None
    kind, mend = _no_number(scalar)
    faults.at(node, f"{wanted}, and this is {kind}{quoted(scalar.text)}", mend)
    return None


def _octal(written: str) -> bool:
    digits = written.lstrip("+-")
    return digits.isdigit() and digits[0] == "0" and digits.strip("0") != ""


def _no_number(scalar: Scalar) -> tuple[str, str]:
    """What a scalar is that is no number, and the mend."""
    if not scalar.bare and NUMBER.fullmatch(scalar.text):
        return "the text ", "take the quotes away"
    if scalar.text.lower().strip("+-.") in {"nan", "inf", "infinity"}:
        return "", "numbers have to be finite"
    for meant in (scalar.text.replace("_", ""), scalar.text.replace(",", ".")):
        if NUMBER.fullmatch(meant):
            return "", f"write {meant[:40]}"
    return "", ""


def _plainly(node: Node) -> str:
    """A number as it was written, without quotes around it."""
    return node.text if isinstance(node, Scalar) and len(node.text) <= 40 else str(node)


def whole(noun: str, least: int, most: int = 10**15) -> Kind:
    """A whole number, written without a point, an exponent or quotes."""

    def read(node: Node, faults: Faults) -> int | None:
        value = _number_at(node, faults, f"{noun} has to be a whole number")
        if value is None or not isinstance(node, Scalar):
            return None
        if not least <= value <= most:
            bound = f"at least {least}" if value < least else f"at most {most}"
            faults.at(node, f"{noun} has to be {bound}, and this is {_plainly(node)}")
            return None
        if WHOLE.fullmatch(node.text):
            return int(node.text)
        mend = "" if value % 1 else f"write {value:.0f}"
        faults.at(node, f"{noun} has to be a whole number, and this is {_plainly(node)}", mend)
        return None

    return Kind(read, lambda: {"type": "integer", "minimum": least, "maximum": most})


def digits(noun: str) -> Kind:
    """A number as a page prints it: a text, because every digit counts."""

    def read(node: Node, faults: Faults) -> str | None:
        scalar = scalar_at(node, faults, noun)
        if scalar is None:
            return None
        if NUMBER.fullmatch(scalar.text):
            return scalar.text
        faults.at(node, f"{noun} belongs here, and {quoted(scalar.text)} is none")
        return None

    return Kind(read, lambda: dict(WRITTEN))
