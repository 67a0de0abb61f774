"""Remembers every number that a running program computes, and what it was computed from.

A value is found again by the identity of its object, which is kept alive for that: names,
attributes, lists, dicts, arguments and results need no treatment, because the same object is the
same value. What happens in place makes a new value for the same object.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from chainstep.scenarios.programs.seeing.rewritten import Place
from chainstep.scenarios.programs.seeing.updates import Updates
from chainstep.scenarios.programs.seeing.values import Array, Failure, Value

#: Expressions that are run before the watching gives up; counted, so that it is never a matter
#: of the machine's speed.
MOST_EXPRESSIONS = 600_000


#: Times that a program may catch what ends it, before it is ended otherwise.
MOST_STOPS = 1000


#: Values that are kept: beyond it a program is too large to be explained number by number.
MOST_VALUES = 250_000


#: Bytes of values that are kept.
MOST_BYTES = 1_500_000_000


#: Entries that are compared to see whether an array was changed unseen; of larger ones a sample.
COMPARED_ENTRIES = 4096


class Stopped(BaseException):
    """What ends the program once enough was seen; nothing that it catches by name."""


VIEWS = {"part", "item", "reshape", "transpose", "ravel", "squeeze", "swapaxes", "view"}


class Trace:
    """What a program did; the methods of this class are the probes."""

    def __init__(self, places: list[Place], files: set[str], iterations: int) -> None:
        self.places = places
        self.files = files
        self.values: list[Value] = []
        self.failure: Failure | None = None
        self.reason = ""
        self.ended = ""
        self.absent: set[str] = set()
        self.raised: BaseException | None = None
        self.updates = Updates(iterations)
        self.objects: dict[int, Value] = {}
        self.stack: list[int] = []
        self._count = 0
        self._bytes = 0
        self.off = False
        self._pid = os.getpid()
        self._stopped = 0
        self.stuck: Callable[[Trace], None] | None = None

    # ── life ──────────────────────────────────────────────────────────────────────────

    def stop(self, reason: str) -> None:
        """Ends the program from inside, once; one that holds fast is ended at its next probe."""
        self.reason = self.reason or reason
        self._stopped += 1
        if self._stopped > MOST_STOPS and self.stuck is not None:
            self.off = True
            self.stuck(self)
        raise Stopped

    def tick(self) -> None:
        """Counts an expression; ends the program where that is one too many."""
        self._count += 1
        if self.reason:
            self.stop(self.reason)
        if self._count > MOST_EXPRESSIONS:
            self.stop("expressions")

    @property
    def count(self) -> int:
        """How many expressions were run."""
        return self._count

    @property
    def silent(self) -> bool:
        """Whether nothing is noted: after the end, and in what the program forked."""
        return self.off or os.getpid() != self._pid

    def updated(self, value: Value, key: str = "") -> None:
        """Looks whether a sum is an update; ends the program after the last that is watched."""
        if self.updates.note(value, key):
            self.stop("updates")

    # ── values ────────────────────────────────────────────────────────────────────────

    def seen(self, thing: Any) -> Value | None:
        """The value of an object, where it has one."""
        value = self.objects.get(id(thing))
        return value if value is not None and value.thing is thing else None

    def known(self, thing: Any) -> Value:
        """The value of an object, as it is now; a new one where it was never seen."""
        value = self.seen(thing)
        if value is None:
            return self.new("leaf", (), {}, thing, self.stack[-1] if self.stack else -1, thing)
        if type(thing) is np.ndarray and not same(thing, value.value):
            return self._refreshed(thing, value)
        return value

    def _refreshed(self, thing: Array, old: Value) -> Value:
        """A value for an array that was changed through another view of its memory, or unseen."""
        if old.op in VIEWS and old.parts:
            parent = old.parts[0]
            now = self.known(parent.thing)
            if now is not parent:
                made = (now, *old.arguments[1:])
                return self.new(old.op, made, old.options, thing, old.place, thing)
        return self.new("unseen", (old,), {}, thing, old.place, thing)

    def new(
        self,
        op: str,
        arguments: tuple[Any, ...],
        options: dict[str, Any],
        result: Any,
        place: int,
        thing: Any,
        function: Any = None,
    ) -> Value:
        parts: list[Value] = []
        for one in arguments:
            _gather(one, parts)
        for one in options.values():
            _gather(one, parts)
        kept = result
        if isinstance(result, np.ndarray):
            kept = np.array(result, subok=False)
            self._bytes += kept.nbytes
        index = len(self.values)
        calls = tuple(self.stack[-6:])
        value = Value(
            index, op, arguments, options, kept, place, thing, tuple(parts), function, calls=calls
        )
        self.values.append(value)
        self.objects[id(thing)] = value
        if index > MOST_VALUES or self._bytes > MOST_BYTES:
            self.stop("values")
        return value

    def lifted(self, thing: Any, depth: int = 0) -> Any:
        """An argument with values in the places of the numbers in it."""
        kind = type(thing)
        if kind is float or isinstance(thing, np.ndarray | np.floating):
            return self.known(thing)
        if isinstance(thing, np.integer):
            return self.seen(thing) or thing
        if depth < 4 and (kind is list or kind is tuple) and len(thing) <= 5000:
            return kind(self.lifted(one, depth + 1) for one in thing)
        if kind is slice or kind is dict:
            return thing
        return thing

    def record(
        self,
        op: str,
        arguments: tuple[Any, ...],
        options: dict[str, Any],
        result: Any,
        place: int,
        function: Any = None,
    ) -> Value:
        lifted = tuple(self.lifted(one) for one in arguments)
        chosen = {name: self.lifted(one) for name, one in options.items()} if options else {}
        return self.new(op, lifted, chosen, result, place, result, function)

    def failed(
        self,
        error: BaseException,
        place: int,
        op: str,
        arguments: tuple[Any, ...],
        options: dict[str, Any],
    ) -> None:
        if isinstance(error, Stopped) or (self.failure and self.failure.error is error):
            return
        self.off = True
        try:
            lifted = tuple(self._lifted_now(one) for one in arguments)
        finally:
            self.off = False
        self.failure = Failure(error, place, op, lifted, options)

    def _lifted_now(self, thing: Any) -> Any:
        try:
            return self.lifted(thing)
        except Exception:  # noqa: BLE001 - what somebody's objects do must not hide their own error
            return thing


def _gather(thing: Any, into: list[Value]) -> None:
    kind = type(thing)
    if kind is Value:
        into.append(thing)
    elif kind is list or kind is tuple:
        for one in thing:
            _gather(one, into)


def same(thing: Array, kept: Any) -> bool:
    """Whether an array still is what was kept of it; of a large one a sample is looked at."""
    if thing.shape != np.shape(kept):
        return False
    if thing.size > COMPARED_ENTRIES:
        step = tuple(slice(None, None, max(1, size // 16)) for size in thing.shape)
        thing, kept = thing[step], kept[step]
    if thing.dtype == object:
        return True
    equal = thing == kept
    return bool(equal.all()) or bool(np.array_equal(thing, kept, equal_nan=thing.dtype.kind == "f"))
