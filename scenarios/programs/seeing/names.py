"""What the probes of names, results and loops note."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainstep.scenarios.programs.seeing.expressions import NUMERIC
from chainstep.scenarios.programs.seeing.tracing import Trace
from chainstep.scenarios.programs.seeing.values import Array


def rows(trace: Trace, place: int, thing: Any) -> Any:
    """What a loop walks through; an array's rows are noted as they come."""
    if type(thing) is np.ndarray and not trace.silent and thing.ndim:
        return noted_rows(trace, place, thing)
    return thing


def turn(trace: Trace) -> None:
    """Counts the turns of a loop, which may have no expression in it and no end."""
    if not trace.silent:
        trace.tick()


def noted_rows(trace: Trace, place: int, thing: Array) -> Iterator[Any]:
    """The rows of an array, each noted as it comes."""
    for number in range(len(thing)):
        row = thing[number]
        if isinstance(row, NUMERIC) and not trace.silent:
            trace.record("item", (thing, number), {}, row, place)
        yield row


def named(trace: Trace, place: int, value: Any) -> Any:
    """`x = …`."""
    if not trace.silent:
        note_name(trace, place, value)
    return value


def given(trace: Trace, place: int, value: Any) -> Any:
    """What a function gives back."""
    if not trace.silent:
        found = trace.seen(value)
        if found is not None and len(found.returns) < 20:
            found.returns.append((place, len(trace.values)))
    return value


def note_name(trace: Trace, place: int, value: Any) -> None:
    """Gives a value its name; the numbers of a list have the list's."""
    found = trace.seen(value)
    if found is not None and len(found.names) < 20:
        found.names.append((place, len(trace.values)))
    elif type(value) is float or isinstance(value, np.ndarray | np.floating):
        trace.known(value).names.append((place, len(trace.values)))
    elif type(value) is list:
        _name_items(trace, place, value, 2)


def _name_items(trace: Trace, place: int, items: list[Any], depth: int) -> None:
    """The numbers of a list have its name, as far as they have none yet."""
    for one in items[:64]:
        if type(one) is list and depth:
            _name_items(trace, place, one, depth - 1)
            continue
        found = trace.seen(one)
        if found is not None and not found.names:
            found.names.append((place, len(trace.values)))
