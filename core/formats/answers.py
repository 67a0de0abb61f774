"""The answers to why as files: text, Markdown, LaTeX, JSON lines, CSV and npz."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainstep.core.formats.latex import PREAMBLE, escaped
from chainstep.core.formats.markdown import displayed
from chainstep.core.formats.markdown import escaped as marked
from chainstep.core.text.ascii import to_ascii


@dataclass(frozen=True)
class Answer:
    """An answer to why: in lines for people, its equations in LaTeX, and all of it as data."""

    title: str
    lines: tuple[str, ...]
    equations: tuple[str, ...]
    data: dict[str, Any]


def text(answer: Answer) -> str:
    """The lines as they stand."""
    return "\n".join(answer.lines) + "\n"


def markdown(answer: Answer) -> str:
    """The equations as mathematics, the lines as a block of text, in which nothing is markup."""
    fence = "`" * (3 + max(line.count("`") for line in ("", *answer.lines)))
    equations = "".join(map(displayed, answer.equations))
    return f"# {marked(answer.title)}\n\n{equations}{fence}text\n{text(answer)}{fence}\n"


def document(answer: Answer) -> str:
    """A LaTeX document; its lines are in ASCII, which any installation can print."""
    equations = "".join(f"\\[\\fit{{{each}}}\\]\n" for each in answer.equations)
    lines = to_ascii(text(answer)).replace("\\end{", "\\end {")
    return (
        f"{PREAMBLE}\\section*{{{escaped(answer.title)}}}\n{equations}"
        f"\\begin{{verbatim}}\n{lines}\\end{{verbatim}}\n\\end{{document}}\n"
    )


def jsonl(answer: Answer) -> str:
    """The data as one line."""
    return json.dumps(answer.data, ensure_ascii=False, allow_nan=False) + "\n"


def rows(answer: Answer) -> str:
    """A row for each number, word and mark, by its path in the data: ``terms.0.product``."""
    whole = io.StringIO()
    writer = csv.writer(whole, lineterminator="\n")
    writer.writerow(("key", "value"))
    for path, value in _leaves(answer.data):
        writer.writerow((path, repr(value) if isinstance(value, float) else value))
    return whole.getvalue()


def archive(answer: Answer) -> bytes:
    """An array of one for each number, word and mark, by its path in the data."""
    leaves = {path: np.asarray(value) for path, value in _leaves(answer.data) if value is not None}
    whole = io.BytesIO()
    np.savez_compressed(whole, **leaves)  # type: ignore[arg-type]
    return whole.getvalue()


def _leaves(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(data, dict):
        parts = list(data.items())
    elif isinstance(data, list):
        parts = list(enumerate(data))
    else:
        yield path, data
        return
    for key, part in parts:
        yield from _leaves(part, f"{path}.{key}" if path else str(key))


#: The formats of an answer, by the words that replay has for them too.
ANSWER_FORMATS: dict[str, Callable[[Answer], str | bytes]] = {
    "text": text,
    "markdown": markdown,
    "latex": document,
    "jsonl": jsonl,
    "csv": rows,
    "npz": archive,
}
