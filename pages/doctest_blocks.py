"""Examples in docstrings as blocks of code on the site, as a griffe extension.

A ``>>>`` in plain Markdown would be a quotation, and a list in its output a link.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

_EXAMPLE = re.compile(r"^>>>.*(?:\n(?!\s*$).*)*", re.MULTILINE)


class DoctestBlocks(griffe.Extension):
    """Puts a fence around every example."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called by griffe for every object that it has read."""
        if obj.docstring is not None:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text: str) -> str:
    """The text with a fence around each example."""
    return _EXAMPLE.sub(lambda match: f"```pycon\n{match.group()}\n```", text)
