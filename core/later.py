"""Names that a package has, and that are imported when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from typing import Any


def fetched(package: str, names: Mapping[str, Collection[str]]) -> Callable[[str], Any]:
    """A package's ``__getattr__``: each of its names comes out of the module that defines it.

    Whoever needs one name of a package does not wait for the others. ``names`` are those of each
    module of it; none may be called as a module is.
    """
    homes = {name: module for module, own in names.items() for name in own}

    def fetch(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return fetch
