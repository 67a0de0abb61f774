"""Text of the screen in ASCII, cell by cell, so that what stands below each other still does."""

from __future__ import annotations

import re
from unicodedata import normalize

#: The dot between two numbers; in ASCII it would read as a decimal point.
_TIMES = re.compile(r"(?<=\S)·(?=\S)")
_CELLS = str.maketrans(
    dict.fromkeys("─━╌┄═", "-")
    | dict.fromkeys("│┃║‖▏▕", "|")
    | dict.fromkeys("┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋╭╮╰╯", "+")
    | dict.fromkeys("█▉▊▋▌▍▎▐▇▆▅▄▃▂▁▓▒░●◉", "#")
    | dict.fromkeys("○◌", "o")
    | dict.fromkeys("−–‐‑—", "-")
    | dict.fromkeys("·⋅•∙…", ".")
    | dict.fromkeys("⊙∘", "*")
    | dict.fromkeys("‘’′", "'")
    | dict.fromkeys("“”„″", '"')
    | dict.fromkeys("▸▶›→⇒", ">")
    | dict.fromkeys("◂◀‹←", "<")
    | dict.fromkeys("▲↑⇧", "^")
    | dict.fromkeys("▼↓⏎", "v")
    | dict(zip("×÷✓✗≈≠≤≥±√∞∂∇Σ∑⋮↔⇄╱╲", "x/vX~#<>~%8dgSS:=|/\\", strict=False))
    | dict(zip("αβγδΔεηθΘλμµπρστφϕψωω", "abgdDentTlmuprstffyww", strict=False))
    | dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀˡᵏⁿ", "0123456789+-Tlkn", strict=True))
    | dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₙ", "0123456789+-ijkn", strict=True))
)


def in_cells(text: str) -> str:
    """The text in ASCII, every character one; the dots of a curve are stars.

    >>> in_cells("δ³ = ∂C/∂a ⊙ σ′ → ✓")
    "d3 = dC/da * s' > v"
    """
    if text.isascii():
        return text
    text = _TIMES.sub("*", text)
    return "".join(map(_cell, text.translate(_CELLS)))


def _cell(character: str) -> str:
    if character.isascii():
        return character
    if "\u2800" <= character <= "\u28ff":
        return "*"
    plain = normalize("NFKD", character)[:1]
    return plain if plain.isascii() else "?"
