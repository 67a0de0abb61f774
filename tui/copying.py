"""The table of a step as text, Markdown or LaTeX, to be taken along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chainstep.core import Record
from chainstep.core.formats.registry import LOOK
from chainstep.tui.hints import state_folder
from chainstep.tui.replay import Look, step_lines


@dataclass(frozen=True)
class Form:
    """A form to copy a table in."""

    title: str
    ending: str
    text: Callable[[Record], str]


def as_text(record: Record) -> str:
    """The step as a replay prints it."""
    return "\n".join(step_lines(record, Look())) + "\n"


def as_markdown(record: Record) -> str:
    """The step in Markdown, its mathematics between ``$$``."""
    from chainstep.core.formats.markdown import record_markdown  # wanted by those who copy it

    return record_markdown(record, LOOK)


def as_latex(record: Record) -> str:
    """The step as mathematics of LaTeX."""
    from chainstep.core.formats.latex import record_latex  # wanted by those who copy it

    return record_latex(record, LOOK)


FORMS: dict[str, Form] = {
    "t": Form("text", "txt", as_text),
    "m": Form("Markdown", "md", as_markdown),
    "l": Form("LaTeX", "tex", as_latex),
}


def copied(text: str, form: Form) -> Path | None:
    """Writes the text to a file too, as a terminal does not say whether it took it."""
    path = state_folder() / f"copied.{form.ending}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError:
        return None
    return path
