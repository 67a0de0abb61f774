"""The page of all keys, from the table that binds them."""

from __future__ import annotations

from chainstep.tui.keys import KEYS

_HEAD = """\
# Keys

What each key of the stepper does. `?` shows this on the screen, the palette (Ctrl+P) finds an
action by its words, and the line at the foot names those that matter now.
"""


def page() -> str:
    """A table for each task, in the order of the program's own help."""
    lines = [_HEAD]
    task = ""
    for key in KEYS:
        if key.task != task:
            task = key.task
            lines.append(f"## {task}\n\n| key | does |\n|---|---|")
        lines.append(f"| {_shown(key.shown)} | {key.text} |")
        if key is KEYS[-1] or KEYS[KEYS.index(key) + 1].task != task:
            lines.append("")
    return "\n".join(lines)


def _shown(keys: str) -> str:
    return " ".join(f"`{key}`" for key in keys.replace("|", "\\|").split())
