"""Gives the modules in a program's own folder probes too."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType

from chainstep.scenarios.programs.seeing.probing import probed
from chainstep.scenarios.programs.seeing.tracing import Trace

#: A module of the program's folder that is larger is left as it is.
LARGEST_MODULE = 400_000


class Neighbours(importlib.abc.MetaPathFinder):
    """Finds the modules in the program's own folder, and gives them probes too."""

    def __init__(self, folder: Path, trace: Trace) -> None:
        self._folder, self._trace = folder, trace
        self.names: set[str] = set()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if target is not None and name in sys.modules:
            return None
        places = [str(self._folder)] if path is None else list(path)
        spec = importlib.machinery.PathFinder.find_spec(name, places)
        if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
            return None
        origin = Path(spec.origin).resolve()
        if not origin.is_relative_to(self._folder) or "site-packages" in origin.parts:
            return None
        if origin.stat().st_size > LARGEST_MODULE:
            return None
        spec.loader = _Loader(name, str(origin), self._trace)
        self.names.add(name)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a neighbouring module with probes, from its text and never from a cache."""

    def __init__(self, name: str, path: str, trace: Trace) -> None:
        super().__init__(name, path)
        self._trace = trace

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        text = importlib.util.decode_source(self.get_data(path))
        self._trace.files.add(path)
        tree: ast.Module = probed(text, path, self._trace.places)
        return compile(tree, path, "exec", dont_inherit=True)
