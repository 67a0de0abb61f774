"""The verdicts on a number, from best to worst."""

from __future__ import annotations

from enum import IntEnum


class Verdict(IntEnum):
    """What is said of a number that somebody gave; a later one is worse.

    ``RIGHT``: it is right at its digits, rounded or cut off. ``RIGHT_AS_ROUNDED``: it follows
    from numbers that were given, or from a calculation that rounds every step as these are
    rounded. ``CANNOT_TELL``: rounding may explain it, and other things may too. ``FOLLOWS``:
    right, given an earlier wrong number that it is made of. ``SAME_MISTAKE``: the mistake that
    was named gives it too. ``WRONG``: none of these.
    """

    RIGHT = 0
    RIGHT_AS_ROUNDED = 1
    CANNOT_TELL = 2
    FOLLOWS = 3
    SAME_MISTAKE = 4
    WRONG = 5

    @property
    def word(self) -> str:
        """The verdict in one word, as it is written in JSON: ``right-as-rounded``."""
        return self.name.lower().replace("_", "-")

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the number."""
        return self <= Verdict.RIGHT_AS_ROUNDED

    @property
    def exit_code(self) -> int:
        """What ``chainstep check`` ends with: 0 holds, 3 the digits do not tell, 1 it is wrong."""
        return 0 if self.holds else 3 if self is Verdict.CANNOT_TELL else 1
