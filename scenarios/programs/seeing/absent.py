"""Stands in for what only shows pictures or progress, where that is not installed here."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

#: Packages without which a training computes the same.
SHOWING = {"matplotlib", "seaborn", "plotly", "IPython", "tqdm", "pylab", "mpl_toolkits"}


class Nothing:
    """An object that takes every call, and is nothing; `tqdm(rows)` gives the rows."""

    def __call__(self, *given: Any, **_: Any) -> Any:
        rows = given[0] if len(given) == 1 else None
        return rows if isinstance(rows, Iterable) and not isinstance(rows, str) else self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __iter__(self) -> Any:
        return iter((self, self))  # figure, axes = plt.subplots()

    def __getitem__(self, _: Any) -> Any:
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class _Module(ModuleType):
    """A module in which every name is nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()


class Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The last finder: it finds what shows, where no other does, and notes its name."""

    def __init__(self, found: set[str]) -> None:
        self._found = found

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        first = name.split(".", maxsplit=1)[0]
        if first not in SHOWING:
            return None
        self._found.add(first)
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        del module
