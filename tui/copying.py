"""The table of a step as text, Markdown or LaTeX, to be taken along as it is shown."""

from __future__ import annotations

from collections.abc import Callable

from textual.message import Message

from chainstep.core import Record
from chainstep.core.formats.document import LOOK
from chainstep.core.formats.registry import FORMATS, Format
from chainstep.core.formats.run_document import USUAL, Teller
from chainstep.core.text.notations import notation
from chainstep.tui.messages import Copy
from chainstep.tui.view import Choices

#: The formats to copy a table in, by the keys that stand for them.
FORMS: dict[str, Format] = {
    "t": FORMATS["text"],
    "m": FORMATS["markdown"],
    "l": FORMATS["latex"],
}


def as_copied(record: Record, choices: Choices, form: Format) -> str:
    """A step in a format, without a document around it, in the notation and digits shown."""
    look = LOOK._replace(notation=notation(choices.notation), digits=choices.digits)
    lines = tuple(name for name in USUAL if name not in form.but)
    return form.write_step(Teller(look.notation, lines).step(record), look)


def copied(record: Record, choices: Choices, form: Format) -> Callable[[], Message]:
    """Takes a step along in a format."""
    return lambda: Copy(as_copied(record, choices, form), form.name, form.suffix)
