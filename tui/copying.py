"""The table of a step as text, Markdown or LaTeX, to be taken along."""

from __future__ import annotations

from pathlib import Path

from chainstep.core import Record
from chainstep.core.formats.document import LOOK
from chainstep.core.formats.registry import FORMATS, Format
from chainstep.core.formats.run_document import LINES, Teller
from chainstep.tui.hints import state_folder

#: The formats to copy a table in, by the keys that stand for them.
FORMS: dict[str, Format] = {
    "t": FORMATS["text"],
    "m": FORMATS["markdown"],
    "l": FORMATS["latex"],
}


def as_copied(record: Record, form: Format) -> str:
    """A step in a format, without a document around it."""
    lines = tuple(name for name in LINES if name not in form.but)
    return form.write_step(Teller(LOOK.notation, lines).step(record), LOOK)


def copied(text: str, form: Format) -> Path | None:
    """Writes the text to a file too, as a terminal does not say whether it took it."""
    path = state_folder() / f"copied{form.suffix}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError:
        return None
    return path
