"""Remembers every number that a running program computes, and what it was computed from.

A value is found again by the identity of its object, which is kept alive for that: names,
attributes, lists, dicts, arguments and results need no treatment, because the same object is the
same value. What happens in place makes a new value for the same object.
"""

from __future__ import annotations

import builtins
import os
import random
from collections.abc import Callable, Iterator
from types import GeneratorType
from typing import Any

import numpy as np

from chainstep.scenarios.programs.probing import BINARY, COMPARED, PREFIX, UNARY, Place
from chainstep.scenarios.programs.updates import Updates
from chainstep.scenarios.programs.values import Array, Failure, Value

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


_NUMERIC = (float, np.ndarray, np.floating, np.bool_)
#: Builtins that walk through their arguments: rows of an array are noted as they pass.
_WALKERS = {zip, enumerate, map, iter, filter}
_TAKERS = {sum, list, tuple, min, max, sorted, reversed}
_VIEWS = {"part", "item", "reshape", "transpose", "ravel", "squeeze", "swapaxes", "view"}


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
        self._known: dict[int, Value] = {}
        self._stack: list[int] = []
        self._count = 0
        self._bytes = 0
        self._off = False
        self._pid = os.getpid()
        self._stopped = 0
        self.stuck: Callable[[Trace], None] | None = None

    # ── life ──────────────────────────────────────────────────────────────────────────

    def install(self) -> None:
        """Puts the probes where every module finds them."""
        for name in PROBES:
            setattr(builtins, PREFIX + name, getattr(self, name))

    def remove(self) -> None:
        """Takes the probes away."""
        self._off = True
        for name in PROBES:
            if hasattr(builtins, PREFIX + name):
                delattr(builtins, PREFIX + name)

    def stop(self, reason: str) -> None:
        """Ends the program from inside, once; one that holds fast is ended at its next probe."""
        self.reason = self.reason or reason
        self._stopped += 1
        if self._stopped > MOST_STOPS and self.stuck is not None:
            self._off = True
            self.stuck(self)
        raise Stopped

    def _tick(self) -> None:
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
    def _silent(self) -> bool:
        return self._off or os.getpid() != self._pid

    # ── values ────────────────────────────────────────────────────────────────────────

    def known(self, thing: Any) -> Value:
        """The value of an object, as it is now; a new one where it was never seen."""
        value = self._known.get(id(thing))
        if value is None or value.thing is not thing:
            return self._new("leaf", (), {}, thing, self._stack[-1] if self._stack else -1, thing)
        if type(thing) is np.ndarray and not _same(thing, value.value):
            return self._refreshed(thing, value)
        return value

    def _refreshed(self, thing: Array, old: Value) -> Value:
        """A value for an array that was changed through another view of its memory, or unseen."""
        if old.op in _VIEWS and old.parts:
            parent = old.parts[0]
            now = self.known(parent.thing)
            if now is not parent:
                made = (now, *old.arguments[1:])
                return self._new(old.op, made, old.options, thing, old.place, thing)
        return self._new("unseen", (old,), {}, thing, old.place, thing)

    def _new(
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
        calls = tuple(self._stack[-6:])
        value = Value(
            index, op, arguments, options, kept, place, thing, tuple(parts), function, calls=calls
        )
        self.values.append(value)
        self._known[id(thing)] = value
        if index > MOST_VALUES or self._bytes > MOST_BYTES:
            self.stop("values")
        return value

    def _lifted(self, thing: Any, depth: int = 0) -> Any:
        """An argument with values in the places of the numbers in it."""
        kind = type(thing)
        if kind is float or isinstance(thing, np.ndarray | np.floating):
            return self.known(thing)
        if depth < 4 and (kind is list or kind is tuple) and len(thing) <= 5000:
            return kind(self._lifted(one, depth + 1) for one in thing)
        if kind is slice or kind is dict:
            return thing
        return thing

    def _record(
        self,
        op: str,
        arguments: tuple[Any, ...],
        options: dict[str, Any],
        result: Any,
        place: int,
        function: Any = None,
    ) -> Value:
        lifted = tuple(self._lifted(one) for one in arguments)
        chosen = {name: self._lifted(one) for name, one in options.items()} if options else {}
        return self._new(op, lifted, chosen, result, place, result, function)

    def _failed(
        self,
        error: BaseException,
        place: int,
        op: str,
        arguments: tuple[Any, ...],
        options: dict[str, Any],
    ) -> None:
        if isinstance(error, Stopped) or (self.failure and self.failure.error is error):
            return
        self._off = True
        try:
            lifted = tuple(self._lifted_now(one) for one in arguments)
        finally:
            self._off = False
        self.failure = Failure(error, place, op, lifted, options)

    def _lifted_now(self, thing: Any) -> Any:
        try:
            return self._lifted(thing)
        except Exception:  # noqa: BLE001 - what somebody's objects do must not hide their own error
            return thing

    # ── probes of expressions ─────────────────────────────────────────────────────────

    def const(self, value: float) -> float:
        """A number of the source, as an object of its own each time."""
        return value * 1.0

    def binary(self, place: int, kind: str, literal: int, left: Any, right: Any) -> Any:
        op, function, _ = _BINARY[kind]
        if self._silent:
            return function(left, right)
        self._tick()
        try:
            result = function(left, right)
        except BaseException as error:
            self._failed(error, place, op, (left, right), {})
            raise
        if isinstance(result, _NUMERIC):
            if isinstance(left, np.matrix) and isinstance(right, np.ndarray) and op == "multiply":
                op = "matmul"
            value = self._record(op, (left, right), {}, result, place)
            value.literal = literal
            if op in {"add", "subtract"}:
                self._changed(value)
        elif kind == "Mult" and type(result) is list:
            _freshen(result)
        return result

    def _changed(self, value: Value, key: str = "") -> None:
        if self.updates.note(value, key):
            self.stop("updates")

    def unary(self, place: int, kind: str, operand: Any) -> Any:
        op, function = _UNARY[kind]
        return self._plain(place, op, function, operand)

    def compare(self, place: int, kind: str, left: Any, right: Any) -> Any:
        op, function = _COMPARED[kind]
        return self._plain(place, op, function, left, right)

    def _plain(self, place: int, op: str, function: Callable[..., Any], *given: Any) -> Any:
        if self._silent:
            return function(*given)
        self._tick()
        try:
            result = function(*given)
        except BaseException as error:
            self._failed(error, place, op, given, {})
            raise
        if isinstance(result, _NUMERIC):
            self._record(op, given, {}, result, place)
        return result

    def part(self, place: int, thing: Any, name: str) -> Any:
        result = getattr(thing, name)
        if self._silent or not isinstance(thing, np.ndarray) or name == "flat":
            return result
        self._tick()
        self._record("part", (thing, name), {}, result, place)
        return result

    def item(self, place: int, thing: Any, index: Any) -> Any:
        if self._silent:
            return thing[index]
        self._tick()
        try:
            result = thing[index]
        except BaseException as error:
            self._failed(error, place, "item", (thing, index), {})
            raise
        if isinstance(result, _NUMERIC) and not isinstance(thing, list | dict | tuple):
            before = self._known.get(id(result))
            if before is None or before.thing is not result:
                self._record("item", (thing, index), {}, result, place)
        return result

    def slice(self, lower: Any, upper: Any, step: Any) -> Any:
        return slice(lower, upper, step)

    def shown(self, value: Any) -> Any:
        if not self._silent:
            self._show(value)
        return value

    def _show(self, value: Any) -> None:
        found = self._known.get(id(value))
        if found is not None and found.thing is value:
            found.shown = True

    # ── probes of loops and names ─────────────────────────────────────────────────────

    def rows(self, place: int, thing: Any) -> Any:
        """What a loop walks through; an array's rows are noted as they come."""
        if type(thing) is np.ndarray and not self._silent and thing.ndim:
            return self._rows(place, thing)
        return thing

    def _rows(self, place: int, thing: Array) -> Iterator[Any]:
        for number in range(len(thing)):
            row = thing[number]
            if isinstance(row, _NUMERIC) and not self._silent:
                self._record("item", (thing, number), {}, row, place)
            yield row

    def named(self, place: int, value: Any) -> Any:
        if not self._silent:
            self._name(place, value)
        return value

    def given(self, place: int, value: Any) -> Any:
        """What a function gives back."""
        if not self._silent:
            found = self._known.get(id(value))
            if found is not None and found.thing is value and len(found.returns) < 20:
                found.returns.append((place, len(self.values)))
        return value

    def _name(self, place: int, value: Any) -> None:
        found = self._known.get(id(value))
        if found is not None and found.thing is value and len(found.names) < 20:
            found.names.append((place, len(self.values)))
        elif type(value) is float or isinstance(value, np.ndarray | np.floating):
            self.known(value).names.append((place, len(self.values)))
        elif type(value) is list:
            self._name_items(place, value, 2)

    def _name_items(self, place: int, items: list[Any], depth: int) -> None:
        """The numbers of a list have its name, as far as they have none yet."""
        for one in items[:64]:
            if type(one) is list and depth:
                self._name_items(place, one, depth - 1)
                continue
            found = self._known.get(id(one))
            if found is not None and found.thing is one and not found.names:
                found.names.append((place, len(self.values)))

    # ── probes of what happens in place ───────────────────────────────────────────────

    def changed(self, place: int, kind: str, old: Any, by: Any) -> Any:
        """`x op= …` for a name: what x is afterwards."""
        op, _, function = _BINARY[kind]
        if self._silent:
            return function(old, by)
        self._tick()
        before = self.known(old) if isinstance(old, _NUMERIC) else old
        added = self._lifted(by)
        try:
            result = function(old, by)
        except BaseException as error:
            self._failed(error, place, op + "=", (old, by), {})
            raise
        if isinstance(result, _NUMERIC):
            value = self._new(op, (before, added), {}, result, place, result)
            if result is old:
                self._put_back(value, before)
            if op in {"add", "subtract"}:
                self._changed(value)
        return result

    def _put_back(self, value: Value, before: Value) -> None:
        """What was changed through a view is changed in the array behind it too."""
        while before.op in _VIEWS and before.parts:
            parent = before.parts[0]
            behind = parent.thing
            if not (isinstance(behind, np.ndarray) and np.shares_memory(behind, value.thing)):
                return
            if before.op == "item":
                made: tuple[Any, ...] = (parent, before.arguments[1], value)
                value = self._new("store", made, {}, behind, value.place, behind)
            else:
                value = self._new(
                    "put_back", (parent, value, before), {}, behind, value.place, behind
                )
            if self.updates.is_parameter(parent):
                value.chain = parent.chain
            before = parent

    def attribute(self, owner: Any, name: str) -> tuple[Any, str, Any]:
        return owner, name, getattr(owner, name)

    def changed_attribute(
        self, place: int, code: int, kind: str, pair: tuple[Any, str, Any], by: Any
    ) -> None:
        owner, name, old = pair
        result = self.changed(code, kind, old, by)
        setattr(owner, name, result)
        self.named(place, result)

    def cell(self, owner: Any, index: Any) -> tuple[Any, Any, Any]:
        return owner, index, owner[index]

    def changed_item(
        self, place: int, code: int, kind: str, pair: tuple[Any, Any, Any], by: Any
    ) -> None:
        """`x[i] op= …`: the cell is read, changed and stored."""
        owner, index, old = pair
        if self._silent or not isinstance(owner, np.ndarray):
            result = self.changed(code, kind, old, by)
            owner[index] = result
            self.named(place, result)
            return
        self._tick()
        op, function, _ = _BINARY[kind]
        before = self._record("item", (owner, index), {}, old, code)
        added = self._lifted(by)
        try:
            result = (
                function(np.array(old), by) if isinstance(old, np.ndarray) else function(old, by)
            )
            self._check_cast(owner, result)
            whole = self.known(owner)
            owner[index] = result
        except BaseException as error:
            self._failed(error, code, op + "=", (owner, by), {})
            raise
        value = self._new(op, (before, added), {}, result, code, result)
        self._stored_value(place, whole, owner, index, value)

    @staticmethod
    def _check_cast(owner: Array, result: Any) -> None:
        """In place, numpy refuses fractions for whole numbers; a cell of them is cut off."""

    def store(self, place: int, value: Any, thing: Any, index: Any) -> None:
        """`x[i] = …`."""
        if self._silent or not isinstance(thing, np.ndarray):
            thing[index] = value
            if not self._silent:
                self._name(place, value)
            return
        self._tick()
        whole, put = self.known(thing), self._lifted(value)
        try:
            thing[index] = value
        except BaseException as error:
            self._failed(error, place, "store", (thing, index, value), {})
            raise
        self._stored_value(place, whole, thing, index, put)

    def _stored_value(self, place: int, whole: Value, thing: Any, index: Any, put: Any) -> None:
        made = (whole, self._lifted(index), put)
        value = self._new("store", made, {}, thing, place, thing)
        value.names.append((place, len(self.values)))
        self._changed(value, repr(index) if _short(index) else "…")
        self._put_back(value, whole)

    # ── calls ─────────────────────────────────────────────────────────────────────────

    def call(self, place: int, function: Any, /, *given: Any, **options: Any) -> Any:
        if self._silent:
            return function(*given, **options)
        self._tick()
        given = self._walked(place, function, given)
        if function is print:
            for one in given:
                self._show(one)
        self._stack.append(place)
        try:
            result = function(*given, **options)
        except BaseException as error:
            self._failed(error, place, "call", (function, *given), options)
            raise
        finally:
            if self._stack:
                self._stack.pop()
        if result is None:
            self._perhaps_changed(place, function, given, options)
        elif isinstance(result, _NUMERIC):
            self._made(place, function, given, options, result)
        elif isinstance(result, list | tuple) and _is_library(function):
            self._parts_made(place, function, given, options, result)
        return result

    def _walked(self, place: int, function: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
        try:
            walks, takes = function in _WALKERS, function in _TAKERS
        except TypeError:  # something that cannot be hashed
            return given
        if not (walks or takes) or not given:
            return given
        made = []
        for one in given:
            if type(one) is np.ndarray and one.ndim:
                rows = self._rows(place, one)
                made.append(list(rows) if takes else rows)
            elif function is sum and isinstance(one, GeneratorType | map | zip | filter):
                made.append(list(one))
            else:
                made.append(one)
        return tuple(made)

    def _made(
        self,
        place: int,
        function: Any,
        given: tuple[Any, ...],
        options: dict[str, Any],
        result: Any,
    ) -> None:
        """Notes the result of a call that is a number, unless it went through untouched."""
        before = self._known.get(id(result))
        if before is not None and before.thing is result:
            if type(result) is not np.ndarray or _same(result, before.value):
                return
        elif self._is_own(function):
            self.known(result)
            return
        op, arguments = _operation(function, given)
        value = self._record(op, arguments, options, result, place, function)
        if op in {"add", "subtract"}:
            self._changed(value)

    def _parts_made(
        self,
        place: int,
        function: Any,
        given: tuple[Any, ...],
        options: dict[str, Any],
        result: Any,
    ) -> None:
        op, arguments = _operation(function, given)
        if op in {"list", "tuple", "sorted", "reversed"}:
            return
        for number, one in enumerate(result[:1000]):
            seen = self._known.get(id(one))
            if isinstance(one, _NUMERIC) and not (seen is not None and seen.thing is one):
                value = self._record(op, arguments, options, one, place, function)
                value.op, value.literal = f"{op}[]", number

    def _perhaps_changed(
        self, place: int, function: Any, given: tuple[Any, ...], options: dict[str, Any]
    ) -> None:
        """A call that gives nothing may have changed an array in place."""
        owner = getattr(function, "__self__", None)
        if self._is_own(function):
            return
        for thing in (owner, *given):
            before = self._known.get(id(thing))
            if type(thing) is not np.ndarray or before is None or before.thing is not thing:
                continue
            if _same(thing, before.value):
                continue
            op, arguments = _operation(function, given)
            lifted = tuple(before if a is thing else self._lifted(a) for a in arguments)
            value = self._new(f"{op}!", lifted, dict(options), thing, place, thing, function)
            self._changed(value)

    def _is_own(self, function: Any) -> bool:
        """Whether a function is the program's own: then its inside was seen."""
        function = getattr(function, "func", function)
        function = getattr(function, "__func__", function)
        code = getattr(function, "__code__", None)
        if code is None and not isinstance(function, type):
            code = getattr(vars(type(function)).get("__call__"), "__code__", None)
        return code is not None and code.co_filename in self.files


PROBES = (
    "const",
    "binary",
    "unary",
    "compare",
    "part",
    "item",
    "slice",
    "shown",
    "rows",
    "named",
    "given",
    "changed",
    "attribute",
    "changed_attribute",
    "cell",
    "changed_item",
    "store",
    "call",
)
_BINARY = {kind.__name__: row for kind, row in BINARY.items()}
_UNARY = {kind.__name__: row for kind, row in UNARY.items()}
_COMPARED = {kind.__name__: row for kind, row in COMPARED.items()}
_RANDOM = (np.random.RandomState, np.random.Generator, random.Random)


def _operation(function: Any, given: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The name of what a call does, and all that it is done to: the array of a method first."""
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", type(function).__name__)
    if isinstance(owner, np.ndarray | np.generic):
        return name, (owner, *given)
    if isinstance(owner, np.ufunc):
        return f"{owner.__name__}.{name}", given
    if isinstance(owner, _RANDOM):
        return "random", ()
    if isinstance(function, np.ufunc):
        return name, given
    if not _is_library(function):
        return "unknown", (*given,)
    return name, given


def _is_library(function: Any) -> bool:
    """Whether a function is Python's or numpy's, and known by its name."""
    module = getattr(function, "__module__", None) or type(function).__module__
    owner = getattr(function, "__self__", None)
    return (
        isinstance(function, np.ufunc)
        or module.split(".")[0] in {"numpy", "math", "builtins", "scipy"}
        or isinstance(owner, (np.ndarray | np.generic | np.ufunc, _RANDOM))
    )


def _gather(thing: Any, into: list[Value]) -> None:
    kind = type(thing)
    if kind is Value:
        into.append(thing)
    elif kind is list or kind is tuple:
        for one in thing:
            _gather(one, into)


def _freshen(items: list[Any]) -> None:
    """`[0.0] * n` has the same object n times; each becomes one of its own."""
    for number, one in enumerate(items):
        if type(one) is float:
            items[number] = one * 1.0


def _short(index: Any) -> bool:
    return isinstance(index, int | slice | tuple | np.integer | type(...)) or index is None


def _same(thing: Array, kept: Any) -> bool:
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
