"""Runs somebody's program under the probes, as Python itself would run it."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import os
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from chainstep.core.quantities import InputError
from chainstep.scenarios.faults import Fault, ScenarioError
from chainstep.scenarios.programs.absent import Absent
from chainstep.scenarios.programs.probing import Place, probed
from chainstep.scenarios.programs.sources import Source
from chainstep.scenarios.programs.tracing import Stopped, Trace

#: How long a pause of a watched program may be, in seconds: it is watched, not waited for.
LONGEST_PAUSE = 0.001
#: A module of the program's folder that is larger is left as it is.
LARGEST_MODULE = 400_000


def run(
    source: Source,
    arguments: Sequence[str],
    iterations: int,
    stuck: Callable[[Trace], None] | None = None,
) -> Trace:
    """Runs a program until its updates have been seen, it ends, or it raises; never raises itself.

    ``stuck`` is called where it cannot be ended, because it catches everything.

    Raises: ScenarioError where the file is no Python; InputError where it has no such function.
    """
    places: list[Place] = []
    file = str(source.path)
    code = compiled(source, file, places)
    trace = Trace(places, {file}, iterations)
    trace.stuck = stuck
    module = ModuleType("__main__" if not source.function else source.path.stem)
    module.__file__ = file
    module.__dict__["__builtins__"] = __builtins__
    linecache.cache[file] = (len(source.text), None, source.text.splitlines(keepends=True), file)
    with _as_if_alone(source, module, arguments, trace), _probes(trace):
        _execute(trace, lambda: exec(code, module.__dict__))
        if source.function and trace.failure is None and not trace.reason:
            function = _found(source, module)
            _execute(trace, function)
    return trace


def compiled(source: Source, file: str, places: list[Place]) -> CodeType:
    """The program with its probes, as code.

    Raises: ScenarioError with the place of what is no Python.
    """
    try:
        return compile(probed(source.text, file, places), file, "exec", dont_inherit=True)
    except SyntaxError as error:
        line = error.lineno or 1
        fault = Fault(
            str(source.path),
            f"this is no Python: {error.msg}",
            "",
            line,
            error.offset or 1,
            1,
            source.line(line),
        )
        raise ScenarioError([fault]) from None
    except (RecursionError, ValueError, MemoryError) as error:
        raise InputError(f"{source.path} cannot be compiled: {error}") from None


def _found(source: Source, module: ModuleType) -> Callable[[], Any]:
    thing: Any = module
    for name in source.function.split("."):
        if not hasattr(thing, name):
            known = [n for n, v in vars(module).items() if isinstance(v, types.FunctionType)]
            raise InputError(
                f"{source.path} has no {source.function}"
                + (f"; its functions are {', '.join(known[:10])}" if known else "")
            )
        thing = getattr(thing, name)
    if not callable(thing):
        raise InputError(f"{source.shown} is no function")
    return thing  # type: ignore[no-any-return]


def _execute(trace: Trace, what: Callable[[], Any]) -> None:
    """Runs it; how it ended is left in the trace."""
    try:
        what()
    except Stopped:
        pass
    except SystemExit as leaving:
        trace.ended = f"it ended itself: sys.exit({leaving.code!r})" if leaving.code else ""
        trace.failure = None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever it raises is what there is to explain
        trace.raised = error
    else:
        trace.failure = None


@contextmanager
def _probes(trace: Trace) -> Iterator[None]:
    trace.install()
    try:
        yield
    finally:
        trace.remove()


@contextmanager
def _as_if_alone(
    source: Source, module: ModuleType, arguments: Sequence[str], trace: Trace
) -> Iterator[None]:
    """The surroundings of `python train.py`; they are put back afterwards."""
    folder = str(source.path.resolve().parent)
    before = (
        sys.argv,
        list(sys.path),
        sys.modules.get("__main__"),
        time.sleep,
        os._exit,
        threading.excepthook,
        os.environ.get("MPLBACKEND"),
    )
    loaded = set(sys.modules)
    finder, stubs = _Neighbours(Path(folder), trace), Absent(trace.absent)
    sys.argv = [str(source.path), *arguments]
    sys.path.insert(0, folder)
    sys.meta_path.insert(0, finder)
    sys.meta_path.append(stubs)
    os.environ["MPLBACKEND"] = "Agg"  # a plot that waits for its window would never end
    if not source.function:
        sys.modules["__main__"] = module
    time.sleep = _shortened(before[3])  # type: ignore[assignment]
    os._exit = _leaving(before[4])  # type: ignore[assignment]
    threading.excepthook = _quiet(before[5])
    try:
        yield
    finally:
        sys.argv, sys.path[:] = before[0], before[1]
        for one in (finder, stubs):
            if one in sys.meta_path:
                sys.meta_path.remove(one)
        if before[2] is not None:
            sys.modules["__main__"] = before[2]
        time.sleep, os._exit, threading.excepthook = before[3], before[4], before[5]
        if before[6] is None:
            os.environ.pop("MPLBACKEND", None)
        else:
            os.environ["MPLBACKEND"] = before[6]
        for name in set(sys.modules) - loaded:
            if name in finder.names or name.split(".")[0] in trace.absent:
                del sys.modules[name]


def _shortened(sleep: Callable[[float], None]) -> Callable[[float], None]:
    def shortly(seconds: float) -> None:
        sleep(min(seconds, LONGEST_PAUSE))

    return shortly


def _leaving(leave: Callable[[int], Any]) -> Callable[[int], Any]:
    """os._exit for the watched process itself: what it forks may leave as it likes."""
    own = os.getpid()

    def leaving(status: int) -> None:
        if os.getpid() != own:
            leave(status)
        raise SystemExit(status)

    return leaving


def _quiet(hook: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def told(arguments: Any) -> None:
        if not issubclass(arguments.exc_type, Stopped):
            hook(arguments)

    return told


class _Neighbours(importlib.abc.MetaPathFinder):
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
