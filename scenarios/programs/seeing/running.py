"""Runs somebody's program under the probes, as Python itself would run it."""

from __future__ import annotations

import linecache
import types
from collections.abc import Callable, Sequence
from types import CodeType, ModuleType
from typing import Any

from chainstep.core.quantities import InputError
from chainstep.scenarios.faults import Fault, ScenarioError
from chainstep.scenarios.programs.seeing.probes import installed
from chainstep.scenarios.programs.seeing.probing import probed
from chainstep.scenarios.programs.seeing.rewritten import Place
from chainstep.scenarios.programs.seeing.surroundings import as_if_alone
from chainstep.scenarios.programs.seeing.tracing import Stopped, Trace
from chainstep.scenarios.programs.sources import Source


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
    with as_if_alone(source, module, arguments, trace), installed(trace):
        execute(trace, lambda: exec(code, module.__dict__))
        if source.function and trace.failure is None and not trace.reason:
            function = _found(source, module)
            execute(trace, function)
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


def execute(trace: Trace, what: Callable[[], Any]) -> None:
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
