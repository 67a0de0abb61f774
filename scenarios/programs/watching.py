"""Watches a program: runs it in a process of its own, and gives the answer back."""

from __future__ import annotations

import io
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from chainstep.core.quantities import InputError
from chainstep.scenarios.faults import ScenarioError
from chainstep.scenarios.programs.judging.judging import judge
from chainstep.scenarios.programs.seeing.running import run
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.sources import Source, read_source
from chainstep.scenarios.programs.telling.answering import answer_of
from chainstep.scenarios.programs.telling.answers import Answer

#: Seconds that an interrupted program has to put its things in order.
PATIENCE = 5


#: Iterations that are watched unless said.
ITERATIONS = 3


_CHILD = (
    "import sys; sys.path.pop(0); "
    "from chainstep.scenarios.programs.watching import _child; _child()"
)


def watch(
    program: str | os.PathLike[str] | Callable[[], Any],
    arguments: Sequence[str] = (),
    *,
    iterations: int = ITERATIONS,
    quiet: bool = False,
) -> Answer:
    """Runs a program, or a function, and says which of its lines is wrong.

    A path is run in a process of its own, as `python train.py` would; a function is called here.
    ``quiet`` sends what the program prints to standard error.

    Raises: InputError where there is no such program, or it is no Python.
    """
    if callable(program):
        from chainstep.scenarios.programs.functions import watch_function

        return watch_function(program, iterations)
    source = read_source(os.fspath(program))
    return _apart(source, tuple(arguments), iterations, quiet=quiet)


def watch_source(
    source: Source,
    arguments: Sequence[str],
    iterations: int,
    stuck: Callable[[Answer], None] | None = None,
) -> Answer:
    """Runs a program here and now: what the process of its own does."""

    def ended(trace: Trace) -> None:
        if stuck is not None:
            stuck(answer_of(source, judge(trace, iterations)))

    trace = run(source, arguments, iterations, ended)
    return answer_of(source, judge(trace, iterations))


def _apart(source: Source, arguments: tuple[str, ...], iterations: int, *, quiet: bool) -> Answer:
    """Runs it in another process; what it answers comes through a pipe of its own."""
    sys.stdout.flush()
    reading, writing = os.pipe()
    job = pickle.dumps((str(source.path), source.function, arguments, iterations)).hex()
    output = _number_of(sys.stderr) if quiet else _number_of(sys.stdout)
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD, job, str(writing)], pass_fds=[writing], stdout=output
    )
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            data = pipe.read()
        code = process.wait()
    except KeyboardInterrupt:
        with suppress(KeyboardInterrupt, OSError):
            process.send_signal(signal.SIGINT)
        try:
            process.wait(PATIENCE)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            process.kill()  # it takes no notice: it is not left behind
        raise
    if code in {130, -2}:
        raise KeyboardInterrupt
    if not data:
        raise InputError(f"{source.shown} ended without an answer, with exit code {code}")
    kind, made = pickle.loads(data)
    if kind == "fault":
        raise ScenarioError(made)
    if kind == "error":
        raise InputError(made)
    return made  # type: ignore[no-any-return]


def _number_of(stream: Any) -> int | None:
    try:
        return int(stream.fileno())
    except (AttributeError, io.UnsupportedOperation, ValueError):
        return None


def _child() -> None:
    """What the other process does; whatever the program forks ends without an answer."""
    job, writing = sys.argv[1:3]
    path, function, arguments, iterations = pickle.loads(bytes.fromhex(job))
    sys.argv = [path]
    own, leave = os.getpid(), os._exit

    def finish(answer: tuple[str, Any]) -> None:
        if os.getpid() == own:
            for stream in (sys.stdout, sys.stderr):
                with suppress(Exception):
                    stream.flush()
            with suppress(BrokenPipeError), os.fdopen(int(writing), "wb") as pipe:
                pickle.dump(answer, pipe)
        leave(0)

    try:
        source = read_source(f"{path}:{function}" if function else path)
        found = watch_source(
            source, arguments, iterations, lambda answer: finish(("answer", answer))
        )
        finish(("answer", found))
    except ScenarioError as error:
        finish(("fault", error.faults))
    except InputError as error:
        finish(("error", str(error)))
    except KeyboardInterrupt:
        leave(130)
