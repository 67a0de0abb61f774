"""Hints for a first visit: one at a time, each once and never again."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

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


def state_folder() -> Path:
    """Where this user's programs keep what they remember."""
    root = os.environ.get("XDG_STATE_HOME", "")
    base = Path(root) if root and Path(root).is_absolute() else Path.home() / ".local" / "state"
    return base / "chainstep"


class Hints:
    """Which hints were given; what cannot be read or written is forgotten in silence."""

    def __init__(self, folder: Path | None = None) -> None:
        self.file = (folder or state_folder()) / "hints"
        self.seen: set[str] = set()
        self.keys = 0
        with suppress(OSError, ValueError):
            self.seen = set(self.file.read_text(encoding="utf-8").split())

    def due(self) -> str:
        """The hint to be given after so many keys, if there is one; it counts as given then."""
        for name, text in HINTS.items():
            if name not in self.seen and self.keys >= _AFTER[name]:
                self.seen.add(name)
                self._keep()
                return text
        return ""

    def _keep(self) -> None:
        with suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text("\n".join(sorted(self.seen)) + "\n", encoding="utf-8")
