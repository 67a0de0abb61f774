"""A scenario's recipe as YAML, to be saved as a file and read again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def dump(recipe: Mapping[str, Any], folder: Path | None = None) -> str:
    """The YAML text of a recipe; reading it again gives the same setup.

    ``folder`` is where its data files lie, if the text is to be saved elsewhere: their paths
    are written out.
    """
    import yaml  # takes some milliseconds, which only writing should pay

    class Dumper(yaml.SafeDumper):
        """Writes texts of several lines as blocks, and lists below the key that they belong to."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
            super().increase_indent(flow, False)  # noqa: FBT003  the signature is PyYAML's

    def as_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        style = "|" if "\n" in text else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, as_text)
    Dumper.ignore_aliases = lambda *_: True  # type: ignore[method-assign]
    plain = _plain(recipe)
    if folder is not None:
        for key in ("data", "network"):
            _name_files(plain.get(key), folder)
    text: str = yaml.dump(
        plain,
        Dumper=Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
        indent=2,
        default_flow_style=None,  # rows of numbers and short mappings stand on one line
    )
    return text


def _plain(value: Any) -> Any:
    """A value without arrays, tuples and numpy's numbers, which YAML does not know."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _name_files(part: Any, folder: Path) -> None:
    """Writes out where the files lie that a recipe takes arrays from."""
    if isinstance(part, list):
        for item in part:
            _name_files(item, folder)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key in {"csv", "npz"} and isinstance(value, str):
                part[key] = str((folder / value).resolve())
            else:
                _name_files(value, folder)
