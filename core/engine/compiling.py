"""The second backend: the program's scalar source compiled by numba, and kept for next time."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from chainstep.core.engine.layout import Layout
from chainstep.core.engine.scalars import Source
from chainstep.core.quantities import InputError
from chainstep.core.setup import Array


@dataclass(frozen=True)
class Kernel:
    """The compiled steps of a program, over any flat array of its layout."""

    function: Callable[[Array, Array, int, int, int], None]
    constants: Array
    steps: int

    def step(self, flat: Array, number: int) -> None:
        """Does one step."""
        self.function(flat, self.constants, 1, number, number)

    def run(self, flat: Array, iterations: int) -> None:
        """Runs whole iterations, each of which leaves its new weights as the weights."""
        self.function(flat, self.constants, iterations, 1, self.steps + 1)


def compiled(layout: Layout) -> Kernel:
    """The kernel of a program.

    Raises: InputError where numba is not installed or the network is too large.
    """
    source = Source(layout)
    try:
        import_module("numba")
    except ImportError as error:
        raise InputError(
            "the backend numba is not installed: pip install chainstep[fast]"
        ) from error
    constants = np.array(source.constants, dtype=layout.program.arithmetic)
    return Kernel(_loaded(source.text).kernel, constants, len(layout.program.steps))


def _cache() -> Path:
    """Where this user's programs keep what they can make again; a new place if there is none."""
    asked = os.environ.get("XDG_CACHE_HOME")
    if asked:
        return Path(asked)
    try:
        return Path.home() / ("AppData/Local" if sys.platform == "win32" else ".cache")
    except RuntimeError:  # neither HOME nor an entry among the users
        return Path(mkdtemp(prefix="chainstep-"))


def _loaded(text: str) -> Any:
    """The source as a module of its own in the user's cache, where numba keeps what it compiled."""
    name = f"chainstep_{hashlib.sha256(text.encode()).hexdigest()[:20]}"
    folder = _cache() / "chainstep"
    path = folder / f"{name}.py"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    spec = spec_from_file_location(name, path)
    assert spec is not None, "a path has a module"
    assert spec.loader is not None, "a module has a loader"
    module = module_from_spec(spec)
    sys.modules[name] = module  # numba finds the module of a function by its name
    spec.loader.exec_module(module)
    return module
