"""What the program remembers from one visit to the next: small words in a folder of its own."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def state_folder() -> Path:
    """Where this user's programs keep what they remember."""
    root = os.environ.get("XDG_STATE_HOME", "")
    if root and Path(root).is_absolute():
        return Path(root) / "chainstep"
    try:
        home = Path.home()
    except RuntimeError:  # no HOME, and nobody by that number
        return Path("/nonexistent/chainstep")
    return home / ".local" / "state" / "chainstep"


def remembered(name: str) -> str:
    """What was remembered under a name; nothing where nothing was, or it cannot be read."""
    with suppress(OSError, ValueError):
        return (state_folder() / name).read_text(encoding="utf-8").strip()
    return ""


def remember(name: str, text: str) -> bool:
    """Remembers a text under a name; whether that could be done."""
    path = state_folder() / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError:
        return False
    return True
