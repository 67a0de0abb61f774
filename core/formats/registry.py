"""The formats: what each is called, what it can be written from, and the module that writes it.

A format is added with a row here and its module. The module of a format for people has
``write_document(document, look)``, and ``write_step(step, look)`` for one step alone; that of a
format for data ``write_records(about, records)``, its opposite ``read_records(content)``, and
``write_answer(data)``; that of a programming language ``write_program(about)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from chainstep.core.formats.document import Document, Look, StepOf
    from chainstep.core.formats.run_document import About
    from chainstep.core.records import Record
    from chainstep.core.setup import Array

Content = Iterator[str] | str | bytes
Kind = Literal["document", "data", "code"]


class Format(NamedTuple):
    """One format; its module is imported when the format is asked for.

    ``kind`` is whom it is for: people, programs, or whoever runs it. ``but`` is what it leaves
    out of what may be said of a step, unless it is asked for.
    """

    name: str
    title: str
    suffix: str
    module: str
    kind: Kind = "document"
    but: tuple[str, ...] = ()

    def write_document(self, document: Document, look: Look) -> Content:
        """The document, piece by piece where its blocks come one by one."""
        content: Content = self._module().write_document(document, look)
        return content

    def write_step(self, step: StepOf, look: Look) -> str:
        """One step, without a document around it."""
        written: str = self._module().write_step(step, look)
        return written

    def write_records(self, about: About, records: Iterable[Record]) -> Content:
        """Records for programs: pieces of text as they come, or the whole as bytes."""
        content: Content = self._module().write_records(about, records)
        return content

    def write_program(self, about: About) -> str:
        """A program that does the run."""
        written: str = self._module().write_program(about)
        return written

    def write_answer(self, data: Mapping[str, Any]) -> Content:
        """The data of an answer, for programs."""
        content: Content = self._module().write_answer(data)
        return content

    def read_records(self, content: Any, *arithmetic: str) -> dict[tuple[int, str], Array]:
        """The values of a file of records, by iteration and quantity."""
        found: dict[tuple[int, str], Array] = self._module().read_records(content, *arithmetic)
        return found

    def _module(self) -> Any:
        return import_module(f"chainstep.core.formats.{self.module}")


FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        Format("text", "lines for a terminal", ".txt", "plain_text", but=("story", "chain")),
        Format("markdown", "Markdown with $$ mathematics", ".md", "markdown"),
        Format(
            "markdown-text",
            "Markdown with fenced text, where no mathematics is rendered",
            ".md",
            "fenced_markdown",
        ),
        Format("latex", "a LaTeX document", ".tex", "latex"),
        Format("html", "one page for a browser, with nothing else to load", ".html", "html_page"),
        Format("jsonl", "a JSON object per line", ".jsonl", "json_lines", kind="data"),
        Format("csv", "a number per row", ".csv", "number_rows", kind="data"),
        Format("npz", "numpy's archive of arrays", ".npz", "archive", kind="data"),
        Format(
            "numpy", "a program of numpy that does the run", ".py", "numpy_program", kind="code"
        ),
        Format(
            "pytorch",
            "a program of PyTorch that does it, with derivatives of its own",
            ".py",
            "pytorch_program",
            kind="code",
        ),
    )
}

#: What people read; what programs read; what an answer may be written in.
PEOPLE = tuple(name for name, entry in FORMATS.items() if entry.kind == "document")
DATA = tuple(name for name, entry in FORMATS.items() if entry.kind == "data")
ANSWERS = (*PEOPLE, *DATA)
