"""Numbers as somebody wrote them: their digits, kept as they stand."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation, localcontext
from typing import Any

import numpy as np

from chainstep.scenarios.faults import Faults, quoted
from chainstep.scenarios.placed_tree import NUMBER, Items, Node, Scalar

#: Characters of a number that are kept; more digits than any machine has.
KEPT = 40
_DIGITS = 25
_NOT_GIVEN = {"", "?", "…", "...", "-", "_"}
_ODD_NUMBERS = {"nan", "inf", "-inf", "+inf", "infinity", "-infinity", ".nan", ".inf", "-.inf"}


def cells_of(node: Node, faults: Faults) -> Any:
    """The digits of all numbers at a node, as an array of texts; '' where none is given."""
    nested = _nested(node, faults, 0)
    if nested is None:
        return None
    try:
        return np.array(nested, dtype=f"U{KEPT}")
    except ValueError:
        lengths = sorted({len(row) for row in nested if isinstance(row, list)})
        faults.at(
            node,
            f"the rows have {' and '.join(map(str, lengths[:9]))} numbers"
            if len(lengths) > 1
            else "numbers and rows stand side by side",
            "give all rows the same length; '?' stands for a number that is not given",
        )
        return None


def _nested(node: Node, faults: Faults, depth: int) -> Any:
    if isinstance(node, Items) and depth < 3:
        if not node.items:
            faults.at(node, "there are no numbers in this list")
            return None
        rows = [_nested(item, faults, depth + 1) for item in node.items]
        return None if any(row is None for row in rows) else rows
    if isinstance(node, Scalar):
        text = node.text.strip()
        if node.empty or text in _NOT_GIVEN:
            return ""
        if NUMBER.fullmatch(text.replace("−", "-")):
            return _kept(text, node, faults)
        if text.lower() in _ODD_NUMBERS:
            return text.lower().replace(".", "")
    faults.at(node, f"a number belongs here, and this is {node}")
    return None


def _kept(text: str, node: Node, faults: Faults) -> str | None:
    """A number in at most so many characters: digits that no machine has are left out.

    >>> _kept("-0." + "12345678" * 6, Node(), Faults(""))
    '-1.234567812345678123456781e-1'
    >>> _kept("0." + "0" * 50 + "120", Node(), Faults(""))
    '1.20e-51'
    """
    if abs(float(text.replace("−", "-"))) == float("inf"):
        faults.at(node, f"{quoted(text)} is too large: numbers end at 1.8e308")
        return None
    if len(text) <= KEPT:
        return text
    try:
        with localcontext(prec=_DIGITS):
            return f"{+Decimal(text.replace('−', '-')):e}"
    except InvalidOperation:  # an exponent of many digits, below 0: above, it is too large
        return "0.0"
