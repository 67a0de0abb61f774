"""Watches a function of a running program: its code and its neighbours' get probes for a while."""

from __future__ import annotations

import ast
import inspect
import textwrap
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chainstep.core.quantities import InputError
from chainstep.scenarios.programs.judging.judging import judge
from chainstep.scenarios.programs.seeing.probes import installed
from chainstep.scenarios.programs.seeing.probing import probed
from chainstep.scenarios.programs.seeing.rewritten import Place
from chainstep.scenarios.programs.seeing.running import execute
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.sources import Source
from chainstep.scenarios.programs.telling.answering import answer_of
from chainstep.scenarios.programs.telling.answers import Answer


def watch_function(function: Callable[[], Any], iterations: int) -> Answer:
    """Calls a function under the probes, with every function of its own file that it may call.

    Raises: InputError where its source cannot be found.
    """
    plain = getattr(function, "__func__", function)
    if not isinstance(plain, types.FunctionType):
        raise InputError(f"{function!r} is no function whose source can be read")
    file = plain.__code__.co_filename
    try:
        text = "".join(inspect.findsource(plain)[0])
    except (OSError, TypeError) as error:
        raise InputError(f"the source of {plain.__name__} cannot be found: {error}") from None
    source = Source(Path(file), text, plain.__qualname__)
    places: list[Place] = []
    trace = Trace(places, {file}, iterations)
    with _with_probes(_neighbours(plain, file), text, file, places), installed(trace):
        execute(trace, function)
    return answer_of(source, judge(trace, iterations))


def _neighbours(function: types.FunctionType, file: str) -> list[types.FunctionType]:
    """The function, and the functions and methods of its file that its module knows."""
    found = [function]
    cells = [c.cell_contents for c in function.__closure__ or () if _filled(c)]
    for thing in (*function.__globals__.values(), *cells):
        members = vars(thing).values() if isinstance(thing, type) else (thing,)
        for member in members:
            inner = getattr(member, "__func__", member)
            if isinstance(inner, types.FunctionType) and inner.__code__.co_filename == file:
                found.append(inner)
    return list({id(one): one for one in found}.values())


def _filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


@contextmanager
def _with_probes(
    functions: list[types.FunctionType], text: str, file: str, places: list[Place]
) -> Iterator[None]:
    """Gives each function the code of its text with probes, and its own code back afterwards."""
    before = [(one, one.__code__) for one in functions]
    try:
        codes = dict(_codes(compile(probed(text, file, places), file, "exec", dont_inherit=True)))
    except SyntaxError:
        codes = {}
    try:
        for one, code in before:
            new = codes.get((code.co_name, code.co_firstlineno)) or _alone(one, file, places)
            if new is not None and new.co_freevars == code.co_freevars:
                one.__code__ = new
        yield
    finally:
        for one, code in before:
            one.__code__ = code


def _codes(code: types.CodeType) -> Iterator[tuple[tuple[str, int], types.CodeType]]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield (constant.co_name, constant.co_firstlineno), constant
            yield from _codes(constant)


def _alone(function: types.FunctionType, file: str, places: list[Place]) -> types.CodeType | None:
    """The code of one function from its own lines, where its file is no whole program."""
    try:
        lines, start = inspect.getsourcelines(function)
        tree = probed(textwrap.dedent("".join(lines)), file, places)
    except (OSError, TypeError, SyntaxError):
        return None
    ast.increment_lineno(tree, start - 1)
    code = compile(tree, file, "exec", dont_inherit=True)
    return next((c for (name, _), c in _codes(code) if name == function.__name__), None)
