"""Counts and lists in words."""

from __future__ import annotations

from collections.abc import Sequence

_COUNTED = ("no", "one", "two", "three", "four", "five", "six")


def listed(words: Sequence[str], joint: str = "and") -> str:
    """Words in a row.

    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def counted(count: int, word: str, plural: str = "") -> str:
    """A number of things.

    >>> counted(1, "observation"), counted(12000, "path"), counted(2, "entry", "entries")
    ('1 observation', '12 000 paths', '2 entries')
    """
    return f"{count:,} {word if count == 1 else plural or word + 's'}".replace(",", " ")


def small_number(count: int) -> str:
    """A small number as a word.

    >>> small_number(2), small_number(12)
    ('two', '12')
    """
    return _COUNTED[count] if count < len(_COUNTED) else str(count)
