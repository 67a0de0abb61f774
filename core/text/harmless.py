"""Text from outside made safe to print: nothing that a terminal obeys, nothing that hides."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

# Marks that turn the direction of writing, letters without width, fillers, tags, separators that
# are line breaks to some readers only, halves of pairs, non-characters: the first and the last of
# each run.
_HIDDEN = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xD800, 0xDFFF), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB),
    (0xFFFE, 0xFFFF), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
_STARTS = [first for first, _ in _HIDDEN]
_PLAIN = frozenset(map(chr, range(0x20, 0x7F)))  # most of every text


def harmless(text: str) -> str:
    """A text with control characters as pictures of themselves, as long as it was.

    >>> harmless(chr(27) + "[31mred"), harmless(chr(0x202E) + "dab"), harmless("W" + chr(0x200B))
    ('␛[31mred', '\ufffddab', 'W\ufffd')
    """
    return text if text.isascii() and text.isprintable() else _pictured(text, _is_unsafe)


def plain_name(text: str) -> str:
    r"""A name from outside as one harmless line.

    >>> plain_name("my\n own.yaml")
    'my own.yaml'
    """
    return harmless(" ".join(text.split()))


def plainly_visible(text: str) -> str:
    """A text to be printed with nothing hidden in it; a program's own colours stay.

    >>> plainly_visible(chr(27) + "[31mred" + chr(0x9B) + "1m" + chr(0x7F)) == (
    ...     chr(27) + "[31mred" + chr(0xFFFD) + "1m␡"
    ... )
    True
    """
    return text if text.isascii() and "\x7f" not in text else _pictured(text, _is_masked)


def _pictured(text: str, is_odd: Callable[[int], bool]) -> str:
    codes = map(ord, set(text) - _PLAIN)
    odd = {code: _picture_of(code) for code in codes if is_odd(code)}
    return text.translate(odd) if odd else text


def _is_hidden(code: int) -> bool:
    run = bisect_right(_STARTS, code) - 1
    return run >= 0 and code <= _HIDDEN[run][1]


def _is_masked(code: int) -> bool:
    """Whether it is hidden, or a terminal obeys it and no colour begins with it: DEL, C1."""
    return 0x7F <= code <= 0x9F or _is_hidden(code)


def _is_unsafe(code: int) -> bool:
    """Whether it is hidden, or a terminal obeys it: C0 but tab and newline, DEL, C1."""
    return (code < 0x20 and code not in {0x9, 0xA}) or _is_masked(code)


def _picture_of(code: int) -> str:
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else " " if code in {0x2028, 0x2029} else "\ufffd"
