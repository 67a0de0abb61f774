"""Text from outside: what hides or is obeyed is pictured, and everything else stays."""

import unicodedata

import pytest

from chainstep.core.text.harmless import harmless

EVERY = [*range(0x20000), *range(0xE0000, 0xE1100)]
#: Letters and marks that are as if they were not there: fillers, joiners, variations.
FILLERS = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0}
FILLERS |= {*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0000, 0xE1000)}


def test_what_is_seen_stays() -> None:
    seen = [
        chr(code)
        for code in EVERY
        if unicodedata.category(chr(code))[0] in "LMNPSZ"
        and unicodedata.category(chr(code)) not in {"Zl", "Zp"}
        and code not in FILLERS
    ]
    assert harmless("".join(seen)) == "".join(seen)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        *((0, 8), (11, 31), (0x7F, 0x9F), (0xAD, 0xAD), (0x61C, 0x61C), (0x200B, 0x200F)),
        *((0x2028, 0x202E), (0x2060, 0x206F), (0xD800, 0xDFFF), (0xFEFF, 0xFEFF)),
        *((0xFFF0, 0xFFFB), (0xFFFE, 0xFFFF), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
        *((0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0xFE00, 0xFE0F)),
    ],
    ids=hex,
)
def test_what_hides_or_is_obeyed_is_pictured_and_as_long(first: int, last: int) -> None:
    hidden = "".join(map(chr, range(first, last + 1)))
    pictured = harmless(f"a{hidden}z")
    assert len(pictured) == len(hidden) + 2
    assert not set(pictured) & set(hidden)
    for beside in (chr(first - 1) if first else "a", chr(last + 1)):
        if unicodedata.category(beside)[0] in "LMNPS":
            assert harmless(beside) == beside


def test_a_tab_and_a_new_line_are_neither() -> None:
    assert harmless("a\tb\nc") == "a\tb\nc"
