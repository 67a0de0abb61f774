"""Makes a program of the engine from what was watched: the user's own lines, step by step."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainstep.core.expressions import (
    Called,
    Expression,
    Number,
    Product,
    Reduce,
    Ref,
    Transpose,
    apply,
)
from chainstep.core.program import Graph, Program
from chainstep.core.quantities import OBSERVATION, SUM, Axis, InputError, Kind, Quantity
from chainstep.core.roles import Phase
from chainstep.scenarios.programs.deriving.again import CannotRepeat, replayed
from chainstep.scenarios.programs.judging.findings import Judged, Judgement
from chainstep.scenarios.programs.reading.roles import own_name
from chainstep.scenarios.programs.seeing.values import Array, Value

_UFUNCS = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide,
    "negative": np.negative, "exp": np.exp, "log": np.log, "tanh": np.tanh, "sqrt": np.sqrt,
    "square": np.square, "absolute": np.absolute, "maximum": np.maximum, "minimum": np.minimum,
}  # fmt: skip


#: Numbers that one step may hold: larger ones are no tables.
LARGEST = 250_000


@dataclass(frozen=True)
class Graphed:
    """The program, the line of the source that each quantity is computed in, and the verdicts."""

    program: Program
    lines: dict[str, int]


def graphed(judgement: Judgement) -> Graphed:
    """The first iteration as a program: what each line makes, from what, and what it becomes next.

    Raises: InputError where nothing was understood, or it is too large.
    """
    if not judgement.iterations:
        raise InputError(
            "no update of a parameter was seen: there are no iterations to step through"
        )
    return _Graphing(judgement, judgement.iterations[0]).graphed()


class _Graphing:
    """The graph while it is made; each value of the program that has a name becomes a quantity."""

    def __init__(self, judgement: Judgement, judged: Judged) -> None:
        self._judgement, self._judged = judgement, judged
        self._trace, self._iteration = judgement.trace, judged.reading.iteration
        self._graph = Graph()
        self._refs: dict[int, Ref] = {}
        self._lines: dict[str, int] = {}
        self._starting: dict[str, Array] = {}
        self._after: dict[str, str] = {}
        self._events = {e.index: u for u in self._iteration.updates for e in u.events}

    def graphed(self) -> Graphed:
        steps = self._steps()
        if sum(int(np.size(v.value)) for v in steps) > LARGEST * 40:
            raise InputError("its arrays are too large to be stepped through: use less data")
        self._parameters()
        for value in steps:
            self._step(value)
        for old, new in self._after.items():
            quantities = self._graph.quantities
            self._graph.carry(Ref(quantities[old]), Ref(quantities[new]))
        cost = self._judged.reading.cost
        ends = [self._refs.get(v.index) for v, _ in cost.seeds] if cost.own else []
        named = [ref.quantity.name for ref in ends if ref is not None]
        program = self._graph.program(
            starting=self._starting, cost=named[-1] if named else "", arithmetic="float64"
        )
        return Graphed(program, self._lines)

    # ── which values are steps, and their names ──

    def _steps(self) -> list[Value]:
        """The values that have names, and the updates; what is between is inside of them."""
        cost = {v.index for v, _ in self._judged.reading.cost.seeds}
        return [
            v
            for v in self._iteration.values
            if v.index in self._iteration.masks
            and (v.names or v.index in self._events or v.index in cost)
            and np.asarray(v.value).dtype.kind in "fiub"
            and np.ndim(v.value) <= 2
        ]

    def _name(self, value: Value) -> str:
        """What the program calls it, as far as that can be typed; else what the engine does."""
        role = self._judged.roles.names.get(value.index, "")
        short = _short(own_name(self._trace, value, value.index + 3))
        if len(short) < 2 or short in self._graph.quantities:
            short = role or short
        return self._unique(short or f"line{self._line(value)}", value)

    def _unique(self, name: str, value: Value) -> str:
        taken = self._graph.quantities
        if name not in taken:
            return name
        made = f"{name}_{self._line(value)}"
        number = 2
        while made in taken:
            made = f"{name}_{self._line(value)}_{number}"
            number += 1
        return made

    def _line(self, value: Value) -> int:
        place = value.names[0][0] if value.names else value.place
        return self._trace.places[place].line if place >= 0 else 0

    # ── quantities ──

    def _axes(self, shape: tuple[int, ...]) -> tuple[Axis, ...]:
        count = self._observations()
        return tuple(
            SUM if n == 1 else OBSERVATION if n == count and axis == 0 else Axis(f"axis {axis}")
            for axis, n in enumerate(shape)
        )

    def _observations(self) -> int:
        layers = self._judged.roles.layers
        shape: tuple[int, ...] = np.shape(layers[0].z.value) if layers else ()
        return int(shape[0]) if len(shape) > 1 and not layers[0].columns else 0

    def _shape(self, value: Value) -> tuple[int, ...]:
        """A row of numbers is shown as one row of a table."""
        shape = np.shape(value.value)
        return (1, *shape) if len(shape) == 1 else shape

    def _parameters(self) -> None:
        """What an iteration begins with: parameters, and what a rule remembers."""
        for update in self._iteration.updates:
            if not update.events:
                continue
            named = update.old if update.old.names else update.new
            role = self._judged.roles.names.get(update.old.index, "")
            name = self._unique(self._plain(named) or role or "w", update.old)
            shape = self._shape(update.old)
            quantity = Quantity(
                name, shape, self._axes(shape), parameter=name, learns=True, kind=Kind.VALUE
            )
            self._refs[update.old.index] = self._graph.given(quantity)
            self._starting[name] = np.array(update.old.value, dtype=float).reshape(shape)

    def _plain(self, value: Value) -> str:
        """The first name that the program gave a value; it has not run in a loop by then."""
        first = self._trace.places[value.names[0][0]].code if value.names else ""
        short = _short(first or own_name(self._trace, value))
        return short if len(short) > 1 or not value.names else short or "data"

    def _given(self, value: Value) -> Ref:
        """A value that no step makes: data, or what is drawn anew in each iteration."""
        shape = self._shape(value)
        name = self._unique(self._plain(value) or "data", value)
        later = self._later(value)
        quantity = Quantity(name, shape, self._axes(shape), Kind.DATA)
        if later is None:
            ref = self._graph.given(quantity)
            self._starting[name] = np.array(value.value, dtype=float).reshape(shape)
        else:
            ref = self._graph.given(quantity, _feeding(later, shape))
        self._refs[value.index] = ref
        return ref

    def _later(self, value: Value) -> list[Array] | None:
        """What stood at the same place in the iterations after, where that is something else."""
        if not self._iteration.inside(value):
            return None
        same = [v for v in self._iteration.values if v.place == value.place]
        turn = same.index(value)
        found = [np.asarray(value.value)]
        for judged in self._judgement.iterations[1:]:
            theirs = [v for v in judged.reading.iteration.values if v.place == value.place]
            if turn < len(theirs) and np.shape(theirs[turn].value) == np.shape(value.value):
                found.append(np.asarray(theirs[turn].value))
        return found if any(not np.array_equal(found[0], one) for one in found) else None

    # ── steps ──

    def _step(self, value: Value) -> None:
        shape = self._shape(value)
        update = self._events.get(value.index)
        facts: dict[str, Any] = {}
        old = ""
        phase: Phase = "forward" if value.index in self._judged.reading.forward else "backward"
        if update is not None:
            old = self._refs[update.old.index].quantity.name
            phase = "update"
            if value is update.events[-1] or value is update.new:
                facts = {"of": old, "parameter": old}
        expression = self._expression(value, top=True)
        name = self._unique(f"{old}_new", value) if update is not None else self._name(value)
        if facts:
            self._after[old] = name
        quantity = Quantity(name, shape, self._axes(shape), **facts)
        ref = self._graph.add(phase, quantity, expression)
        self._refs[value.index] = ref
        self._lines[name] = self._line(value)

    def _expression(self, value: Value, *, top: bool = False) -> Expression:
        """The expression of a value: as a formula where it is one, else called as it stands."""
        if value.index in self._refs and not top:
            return self._refs[value.index]
        made = self._formula(value)
        return made if made is not None else self._called(value)

    def _operand(self, thing: Any) -> Expression | None:
        if isinstance(thing, Value):
            if thing.index not in self._refs and not self._iteration.depends(thing):
                if np.size(thing.value) == 1 and np.ndim(thing.value) == 0:
                    return Number(float(thing.value), self._plain(thing) if thing.names else "")
                if np.ndim(thing.value) > 2:
                    return None
                if thing.op in {"part", "transpose"} and np.ndim(thing.value) == 2:
                    inner = self._operand(thing.parts[0])
                    return Transpose(inner) if inner is not None else None
                return self._given(thing)
            return self._expression(thing)
        return Number(float(thing)) if isinstance(thing, int | float | np.number) else None

    def _formula(self, value: Value) -> Expression | None:
        """A formula of the engine's kinds, where the shapes are those of tables."""
        ones = [p for p in value.parts if np.ndim(p.value) == 1]
        if ones or np.ndim(value.value) == 1:
            return None
        try:
            return self._formula_of(value)
        except InputError:
            return None

    def _formula_of(self, value: Value) -> Expression | None:
        given = (
            [self._operand(a) for a in value.arguments[:2]]
            if (value.op in _UFUNCS or value.op in {"dot", "matmul"})
            else []
        )
        if any(one is None for one in given):
            return None
        operands = [one for one in given if one is not None]
        if value.op in _UFUNCS:
            made = apply(_UFUNCS[value.op], *operands)
            return made if made.shape == self._shape(value) else None
        if value.op in {"dot", "matmul"} and all(len(o.shape) == 2 for o in operands):
            return Product(*operands)
        if value.op == "part" and np.ndim(value.value) == 2:
            inner = self._operand(value.arguments[0])
            return Transpose(inner) if inner is not None else None
        if value.op == "sum" and value.options.get("keepdims") is True:
            axis, inner = value.options.get("axis"), self._operand(value.arguments[0])
            if isinstance(axis, int) and inner is not None and len(inner.shape) == 2:
                return Reduce(np.add, inner, axis % 2)
        return None

    def _called(self, value: Value) -> Expression:
        """The user's own operations, done again; its operands are the quantities that it needs."""
        operands, order = self._needed(value)
        refs = [self._refs.get(v.index) or self._given(v) for v in operands]
        trace, shape = self._trace, self._shape(value)
        likes = [v.value for v in operands]
        indices = [v.index for v in operands]

        def again(*numbers: Any) -> Array:
            new = {i: _as(n, s) for i, n, s in zip(indices, numbers, likes, strict=True)}
            try:
                made = replayed(trace, new, order)
            except CannotRepeat as error:
                raise InputError(f"{error} cannot be done again outside the program") from None
            return np.asarray(made.get(value.index, value.value), dtype=float).reshape(shape)

        code = trace.places[value.place].code
        return Called(code, again, tuple(refs), shape, self._axes(shape))

    def _needed(self, value: Value) -> tuple[list[Value], list[int]]:
        """The quantities that a value is made of, and the values in between, in their order."""
        operands: dict[int, Value] = {}
        order: set[int] = {value.index}
        stack = list(value.parts)
        while stack:
            part = stack.pop()
            if part.index in self._refs:
                operands[part.index] = part
            elif self._iteration.depends(part):
                if part.index not in order:
                    order.add(part.index)
                    stack.extend(part.parts)
            elif np.ndim(part.value) in {1, 2} and np.asarray(part.value).dtype.kind in "fiub":
                operands[part.index] = part
        return [operands[i] for i in sorted(operands)], sorted(order)


def _as(number: Any, like: Any) -> Any:
    """A quantity as the program has it: its shape, and whole numbers where they are such."""
    shape, kind = np.shape(like), np.asarray(like).dtype
    if not shape:
        return float(np.reshape(number, ()))
    made = np.asarray(number).reshape(shape)
    return made.astype(kind) if kind.kind in "iub" else made


def _short(code: str) -> str:
    """The part of a name that can be typed: `self.W` is W, `p["W1"]` is W1, `ws[k]` is ws.

    >>> [_short(code) for code in ("self.W", 'p["W1"]', "ws[k]", "a + b")]
    ['W', 'W1', 'ws', '']
    """
    found = re.search(r"""\[\s*(["'])(\w+)\1\s*\]$""", code)
    if found:
        return found[2]
    found = re.fullmatch(r"(?:[\w.]*\.)?([A-Za-z_]\w*)(?:\[[^\[\]]*\])*", code)
    return found[1] if found else ""


def _feeding(rows: list[Array], shape: tuple[int, ...]) -> Callable[[int], Any]:
    """What was seen in each iteration; the program was watched no further."""

    def at(iteration: int) -> Any:
        if iteration > len(rows):
            raise InputError(
                f"the program was watched for {len(rows)} iterations; what it takes anew in each "
                "is not known further on"
            )
        return np.asarray(rows[iteration - 1], dtype=float).reshape(shape)

    return at
