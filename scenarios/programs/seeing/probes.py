"""The probes by their names, and how they are put among the builtins for a while."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from chainstep.scenarios.programs.seeing.calls import call
from chainstep.scenarios.programs.seeing.expressions import (
    binary,
    compare,
    const,
    item,
    part,
    shown,
    sliced,
    unary,
)
from chainstep.scenarios.programs.seeing.in_place import (
    attribute,
    cell,
    changed,
    changed_attribute,
    changed_item,
    store,
)
from chainstep.scenarios.programs.seeing.names import given, named, rows, turn
from chainstep.scenarios.programs.seeing.rewritten import PREFIX
from chainstep.scenarios.programs.seeing.tracing import Trace

#: Every probe, by the name under which the program calls it.
PROBES: dict[str, Callable[..., Any]] = {
    one.__name__: one
    for one in (
        const,
        binary,
        unary,
        compare,
        part,
        item,
        sliced,
        shown,
        rows,
        turn,
        named,
        given,
        changed,
        attribute,
        changed_attribute,
        cell,
        changed_item,
        store,
        call,
    )
}


@contextmanager
def installed(trace: Trace) -> Iterator[None]:
    """Puts the probes where every module finds them, for a while."""
    for name, probe in PROBES.items():
        setattr(builtins, PREFIX + name, partial(probe, trace))
    try:
        yield
    finally:
        trace.off = True
        for name in PROBES:
            delattr(builtins, PREFIX + name)
