"""The words of the screen, its signs and its colours: a page to look things up in."""

from __future__ import annotations

from chainstep.core.text.glossary import GLOSSARY
from chainstep.tui.reader import Page
from chainstep.tui.widgets.spans import Line, Lines, Span, folded, line

_COLUMN = 20  # cells of a word and what stands before it
_SIGNS: tuple[tuple[str, str, str], ...] = (
    ("chip", " FORWARD ", "the phase in which the run stands"),
    ("here", " delta3 ", "what this step computes"),
    ("new", "0.0296", "a number that is new in this step"),
    ("lit", "0.0189", "numbers that the picked one is made of"),
    ("at", "0.0296", "the picked number"),
    ("pick", "0.0296", "the picked number while arrows move"),
    ("changed", "0.0296", "reads otherwise than a moment ago, or than before a change"),
    ("equal", "×3=  =a  ┐", "equal to the last bit: columns, units, rows"),
    ("ahead", "·", "not computed yet"),
    ("done", "✓ █", "done"),
    ("good", "✓ ≈", "right; right as rounded"),
    ("warn", "? ↳", "cannot be told; follows from an earlier wrong number"),
    ("bad", "✗ WRONG HERE", "wrong"),
    ("error", "✗", "before a message: what could not be done, and how to mend it"),
    ("differs", "DIFFERS ≠", "is another in the two that are compared"),
    ("page", "italic", "what the page says or writes"),
    ("plus", "───", "a weight above 0 in the drawing; thick is strong"),
    ("minus", "╌╌╌", "a weight below 0"),
)


def glossary_page() -> Page:
    """Words, signs and colours."""
    return Page("Words, signs and colours", _lines)


def _lines(width: int) -> Lines:
    lines: Lines = [line(Span(" Words", "title"))]
    for each in GLOSSARY:
        also = f" (also: {each.also})" if each.also else ""
        lines += _entry(each.word, "name", f"{each.meaning}{also}", width)
    lines += [(), line(Span(" Signs and colours", "title"))]
    for role, sign, told in _SIGNS:
        lines += _entry(sign.strip(), role, told, width)
    return lines


def _entry(head: str, role: str, told: str, width: int) -> list[Line]:
    parts = folded(told, max(20, width - _COLUMN - 3), indent="")
    first = [Span("   "), Span(head, role), Span(" " * max(1, _COLUMN - 3 - len(head)))]
    rest = [Span(" " * _COLUMN)]
    return [(*(rest if index else first), *part) for index, part in enumerate(parts)]
