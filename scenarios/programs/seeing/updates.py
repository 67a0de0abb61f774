"""Finds the parameters while a program runs: they are what an update makes from itself.

An update is a sum or difference in which one side is the parameter as it was, perhaps times a
number, and the other was computed from it. The new value begins the next turn as the old one.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from chainstep.scenarios.programs.seeing.values import Value

#: Values that are looked at to see whether a change was computed from what it changes.
MOST_ANCESTORS = 100_000


#: Functions that take only the shape of what they are given.
SHAPES = {"zeros_like", "ones_like", "empty_like", "full_like"}


#: Updates more that are waited for where only one thing is updated.
ALONE = 8


#: How often a place is looked at in vain before it is looked at only now and then.
PATIENCE = 300


#: Operations through which a parameter stays the same parameter.
_KEEP = {
    "copy",
    "array",
    "asarray",
    "astype",
    "clip",
    "reshape",
    "float",
    "squeeze",
    "item",
    "float64",
    "part",
}


class Updates:
    """The updates as they happen: for each parameter, its values in their order."""

    def __init__(self, iterations: int) -> None:
        self.iterations = iterations
        self.events: list[tuple[int, Value]] = []
        self.linked: set[int] = set()
        self._keys: Counter[tuple[int, str]] = Counter()
        self._missed: Counter[int] = Counter()
        self._seen: Counter[int] = Counter()
        self._chains = 0
        self._news: dict[int, bool] = {}
        self._named: dict[int, str] = {}
        self.again: Counter[int] = Counter()
        self._latest: dict[int, int] = {}
        self.broken: set[int] = set()
        self._places: dict[int, set[int]] = {}

    def is_parameter(self, value: Value) -> bool:
        """Whether a value is one version of something that is updated."""
        return value.chain >= 0

    def note(self, value: Value, key: str = "") -> bool:
        """Looks at a new sum; True where enough iterations have been seen."""
        if value.op == "store":
            return self._note_store(value, key)
        if np.shape(value.value) == () and value.op.endswith("!"):
            return False
        for old, by in _sides(value):
            found = self._changed(old, by, value)
            if found is not None:
                stop = self._event(found, value, key)
                _mark(old, found)
                return stop
        return False

    def _note_store(self, value: Value, key: str) -> bool:
        whole, _, put = value.arguments
        root = self._root(whole)
        if root is None:
            return False
        if root.chain >= 0 and isinstance(put, Value) and self._from(put, root):
            return self._event(root, value, key)
        if not isinstance(put, Value) or put.op not in {"add", "subtract"}:
            return False
        for old, by in _sides(put):
            for base in _readings(old):
                inner = base.op == "item" and base.parts and self._root(base.parts[0]) is root
                if inner and self._depends(by, root, value.place):
                    return self._event(root, value, key)
                whole_too = np.shape(base.value) == np.shape(whole.value)
                whole_too = whole_too and not inner and self._root(base) is root
                if whole_too and self._depends(by, root, value.place):
                    return self._event(root, value, "")
        return False

    def _changed(self, old: Value, by: Value, value: Value) -> Value | None:
        """The parameter, where a sum is what it was and something computed from it."""
        other = self._root(unscaled(by))
        for base in _readings(old):
            root = self._root(base)
            if root is not None and root is not base and self.goes_on(root):
                continue  # a copy of what was changed since: a thing of its own
            if root is None or np.shape(root.value) != np.shape(value.value):
                continue
            if root.chain < 0 and _is_product(root):
                continue  # a stream that something is added to: no parameter begins as a product
            if other is root and root.chain >= 0 and base is old:
                value.chain = root.chain  # decay of its own: still the same parameter
                return None
            scaled = base is not old and base is unscaled(old)
            if scaled and other is not None and other.chain in self.linked:
                continue  # two parameters that meet, as in x·w + b
            if self._depends(by, root, value.place):
                return root
        return None

    @staticmethod
    def _from(put: Value, root: Value) -> bool:
        """Whether what is stored was made from the array that it is stored in."""
        return put.op in {"add", "subtract"} and any(
            p.chain == root.chain or (p.parts and p.parts[0].chain == root.chain) for p in put.parts
        )

    def _event(self, root: Value, value: Value, key: str) -> bool:
        if root.chain < 0:
            root.chain = self._chains
            self._chains += 1
        elif root.index != self._latest[root.chain]:
            self._taken_back(root)
        if root.chain in self.broken:
            pass
        elif self._news.get(root.index) and value.place in self._places.get(root.chain, ()):
            self.linked.add(root.chain)  # what was made here last time is what is changed here now
        value.chain = root.chain
        self._news[value.index] = True
        self._latest[root.chain] = value.index
        self._places.setdefault(root.chain, set()).add(value.place)
        self.events.append((root.chain, value))
        self._named[value.index] = key
        self._keys[root.chain, key] += 1
        counts = [n for (chain, _), n in self._keys.items() if chain in self.linked]
        if not counts:
            return False
        most = max(counts)
        if len(counts) == 1:  # perhaps a stream of many layers, and no parameter
            return most >= self.iterations + ALONE
        return most > self.iterations or (most == self.iterations > 1 and min(counts) == most)

    def _taken_back(self, root: Value) -> None:
        """It goes on from what it was: a sum that was made of it since was no update.

        Where several were, each made of the last, it is no parameter at all.
        """
        since = [v for chain, v in self.events if chain == root.chain and v.index > root.index]
        if len(since) != 1 or root.chain in self.broken:
            self.broken.add(root.chain)
            self.linked.discard(root.chain)
            return
        self.events = [(chain, v) for chain, v in self.events if v is not since[0]]
        self._keys[root.chain, self._named[since[0].index]] -= 1
        since[0].chain = -1
        self.again[root.chain] += 1

    def goes_on(self, root: Value) -> bool:
        """Whether a parameter was updated after this version of it."""
        return root.chain >= 0 and self._latest.get(root.chain, root.index) > root.index

    def _root(self, value: Value) -> Value | None:
        """The parameter that a value is, seen through copies and such."""
        for _ in range(5):
            if value.chain >= 0 or value.op not in _KEEP or not value.parts:
                break
            if np.shape(value.parts[0].value) != np.shape(value.value):
                break
            value = value.parts[0]
        return value if np.asarray(value.value).dtype.kind in "fi" else None

    def _depends(self, by: Value, root: Value, place: int) -> bool:
        """Whether a change was computed from the parameter, not by way of another update.

        Places where it never was are looked at more and more rarely.
        """
        if by.index <= root.index:
            return False
        self._seen[place] += 1
        missed = self._missed[place]
        if missed > PATIENCE and self._seen[place] % 64:
            return False
        found = self._found(by, root)
        if found:
            self._missed[place] = 0
        else:
            self._missed[place] += 1
        return found

    def _found(self, by: Value, root: Value) -> bool:
        stack = _without(by, root)
        seen: set[int] = {value.index for value in stack}
        while stack and len(seen) < MOST_ANCESTORS:
            value = stack.pop()
            if value is root or (root.chain >= 0 and value.chain == root.chain):
                return True
            if value.chain in self.linked:
                continue
            for part in value.parts if value.op not in SHAPES else ():
                if part.index not in seen and part.index >= root.index:
                    seen.add(part.index)
                    stack.append(part)
        return False


def _is_product(value: Value) -> bool:
    """Whether a value was made by a matrix product, a few steps back.

    What a product was taken from is an update itself, that changed the shape.
    """
    stack, seen = [value] if value.op != "subtract" else [], 0
    while stack and seen < 40:
        one = stack.pop()
        seen += 1
        if one.op in _PRODUCTS:
            return True
        stack.extend(one.parts)
    return False


_PRODUCTS = {"dot", "matmul", "outer", "einsum", "inner", "tensordot"}


def _without(by: Value, root: Value) -> list[Value]:
    """The terms of a change without the parameter itself: `rate * (g - m)` is g, for m.

    In `b + rate * error` the error has a name, and may well hang on b.
    """
    terms: list[Value] = [by]
    rest: list[Value] = []
    while terms and len(rest) < 20:
        value = terms.pop()
        if value is root:
            continue
        if value.names and value is not by:
            rest.append(value)  # what has a name of its own is not written for this sum
        elif value.op in {"add", "subtract", "negative"}:
            terms.extend(value.parts)
        elif value.op == "multiply" and any(_is_constant(a, root) for a in value.arguments[:2]):
            terms.extend(p for p in value.parts if not _is_constant(p, root))
        else:
            rest.append(value)
    return rest


def _is_constant(thing: Any, root: Value, depth: int = 4) -> bool:
    """Whether a factor is a number made of such as were there before: a rate, a share."""
    if not isinstance(thing, Value):
        return isinstance(thing, int | float)
    if np.size(thing.value) != 1 or depth == 0:
        return False
    if thing.op == "leaf" or thing.index < root.index:
        return True
    parts = thing.parts
    return bool(parts) and all(_is_constant(part, root, depth - 1) for part in parts)


def _mark(value: Value, root: Value) -> None:
    """What the parameter was seen through, a cast or a copy, is the parameter too."""
    for _ in range(5):
        if value is root or value.op not in _KEEP or not value.parts:
            return
        value.chain = root.chain
        value = value.parts[0]


def _sides(value: Value) -> list[tuple[Any, Any]]:
    """The pairs (what was there, what is added) that a sum can be read as."""
    given = [a for a in value.arguments[:2] if isinstance(a, Value)]
    if len(given) < 2:
        return []
    left, right = given
    return [(left, right), (right, left)] if value.op.startswith("add") else [(left, right)]


def _readings(value: Value) -> list[Value]:
    """What was there: as it stands, or before a decay, `W * (1 - rate * decay)`."""
    found = [value]
    wide = np.size(value.value) > 1
    while wide and len(found) < 4 and found[-1].op in {"add", "subtract"} and found[-1].chain < 0:
        first = found[-1].arguments[0]  # `W - momentum + step`: the sum goes on
        if not isinstance(first, Value) or np.shape(first.value) != np.shape(value.value):
            break
        found.append(first)
    base = unscaled(value)
    if base is not value and value.op == "multiply":
        others = [a for a in value.arguments if a is not base]
        decays = bool(others) and _is_constant(others[0], base)
        factor = float(np.reshape(_number(others[0]), ())) if decays else 0.0
        found += [base] if 0.5 < factor <= 1 else []
    return found


def unscaled(value: Value) -> Value:
    """A value without a number that it was multiplied with, or its sign."""
    if value.op == "multiply" and len(value.arguments) == 2:
        for one, other in (value.arguments, value.arguments[::-1]):
            if (
                isinstance(one, Value)
                and _is_number(other)
                and not (np.size(one.value) == 1 and one.chain < 0)
            ):
                return one
    return value.parts[0] if value.op == "negative" and value.parts else value


def _number(thing: Any) -> Any:
    return thing.value if isinstance(thing, Value) else thing


def _is_number(thing: Any) -> bool:
    return isinstance(thing, int | float | Value) and np.size(_number(thing)) == 1
