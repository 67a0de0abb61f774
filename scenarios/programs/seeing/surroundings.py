"""The surroundings of `python train.py`, for a while: arguments, folder, pauses, plots."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from chainstep.scenarios.programs.seeing.absent import Absent
from chainstep.scenarios.programs.seeing.neighbours import Neighbours
from chainstep.scenarios.programs.seeing.tracing import Stopped, Trace
from chainstep.scenarios.programs.sources import Source

#: How long a pause of a watched program may be, in seconds: it is watched, not waited for.
LONGEST_PAUSE = 0.001


@contextmanager
def as_if_alone(
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
    finder, stubs = Neighbours(Path(folder), trace), Absent(trace.absent)
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
