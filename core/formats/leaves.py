"""Nested data taken apart into single values by their paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def leaves(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each number, word and mark with its path.

    >>> list(leaves({"terms": [{"product": 2.0}]}))
    [('terms.0.product', 2.0)]
    """
    if isinstance(data, dict):
        parts = list(data.items())
    elif isinstance(data, list):
        parts = list(enumerate(data))
    else:
        yield path, data
        return
    for key, part in parts:
        yield from leaves(part, f"{path}.{key}" if path else str(key))
