"""Hints for a first visit: one at a time, each once and never again."""

from __future__ import annotations

from chainstep.tui.remembered import remember, remembered

#: Each hint, in the order in which they are given.
HINTS = {
    "steps": (
        "One → is one factor. ← takes it back; you cannot break anything. Press → four times."
    ),
    "entry": (
        "The line with ▸ is one number of the table, worked out. Enter goes into the tables, "
        "arrows pick another number, Esc comes out."
    ),
    "phases": (
        "] goes to the end of this phase, } through a whole iteration. r runs on, g goes anywhere."
    ),
    "why": "w asks why a number is what it is; ? lists every key.",
}
_AFTER = {"steps": 0, "entry": 4, "phases": 9, "why": 14}


class Hints:
    """Which hints were given; what cannot be read or written is forgotten in silence."""

    def __init__(self) -> None:
        self.seen = set(remembered("hints").split())
        self.keys = 0

    def due(self) -> str:
        """The hint to be given after so many keys, if there is one; it counts as given then."""
        for name, text in HINTS.items():
            if name not in self.seen and self.keys >= _AFTER[name]:
                self.seen.add(name)
                remember("hints", "\n".join(sorted(self.seen)) + "\n")
                return text
        return ""
