"""Text from outside made safe to print: nothing that a terminal obeys, nothing that hides."""

from __future__ import annotations

import re

# Marks that turn the direction of writing, letters without width, fillers, tags, separators that
# are line breaks to some readers only, halves of pairs, non-characters.
_HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# … and what a terminal obeys rather than shows: C0 but tab and newline, DEL, C1.
_UNSAFE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_HIDDEN}]")
_ONLY_HIDDEN = re.compile(f"[{_HIDDEN}]")


def harmless(text: str) -> str:
    """A text with control characters as pictures of themselves, as long as it was.

    >>> harmless(chr(27) + "[31mred"), harmless(chr(0x202E) + "dab"), harmless("W" + chr(0x200B))
    ('␛[31mred', '\ufffddab', 'W\ufffd')
    """
    return text if text.isascii() and text.isprintable() else _UNSAFE.sub(_picture_of, text)


def plainly_visible(text: str) -> str:
    """A text to be printed with nothing hidden in it; a program's own colours stay."""
    return text if text.isascii() else _ONLY_HIDDEN.sub(_picture_of, text)


def _picture_of(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else " " if code in (0x2028, 0x2029) else "\ufffd"
