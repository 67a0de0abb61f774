"""The answer about a program, as plain data: what each line is, and the first wrong one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from chainstep.scenarios.programs.crashes import Crash, crash_of
from chainstep.scenarios.programs.judging import (
    Finding,
    Judged,
    Judgement,
    derivative_name,
)
from chainstep.scenarios.programs.notes import notes_of
from chainstep.scenarios.programs.recognising import Match
from chainstep.scenarios.programs.roles import own_name
from chainstep.scenarios.programs.sources import Source
from chainstep.scenarios.programs.values import Value

#: What exit code each verdict has.
CODES = {"right": 0, "wrong": 1, "cannot tell": 3, "not understood": 2, "cannot be run": 2}


@dataclass(frozen=True)
class Line:
    """One line of the program: what its value is, and whether it is right."""

    line: int
    place: str
    code: str
    quantity: str
    verdict: str
    note: str = ""


@dataclass(frozen=True)
class First:
    """The first wrong line: its quantity, one entry of it as it is and as it should be."""

    line: int
    place: str
    code: str
    quantity: str
    entry: str = ""
    you: float | None = None
    expected: float | None = None
    ratio: float | None = None
    iteration: int = 1
    file: str = ""


@dataclass(frozen=True)
class Mistake:
    """A mistake of the catalogue, or one without a name, and how to mend it."""

    id: str
    says: str
    mend: str = ""
    line: int = 0


@dataclass(frozen=True)
class Answer:
    """What watching a program found."""

    program: str
    verdict: str
    network: str = ""
    cost: str = ""
    facts: tuple[str, ...] = ()
    iterations: int = 0
    lines: tuple[Line, ...] = ()
    first: First | None = None
    mistakes: tuple[Mistake, ...] = ()
    notes: tuple[str, ...] = ()
    crash: Crash | None = None
    parameters: tuple[str, ...] = field(default=())

    @property
    def code(self) -> int:
        """The exit code: 0 right, 1 wrong, 2 not run or not understood, 3 cannot tell."""
        return CODES[self.verdict]

    @property
    def exit_code(self) -> int:
        """The same as ``code``: what the command ends with."""
        return self.code

    def text(self, width: int | None = None) -> str:
        """The answer as the command prints it."""
        from chainstep.scenarios.programs.answer_text import text

        return "\n".join(text(self, width))

    def __str__(self) -> str:
        return self.text()

    @property
    def holds(self) -> bool:
        """Whether nothing wrong was found, and it was understood."""
        return self.verdict == "right"


def answer_of(source: Source, judgement: Judgement) -> Answer:
    """The answer as plain data, from what was judged."""
    trace = judgement.trace
    crash = crash_of(source, judgement) if trace.raised is not None else None
    verdict = "cannot be run" if crash is not None else judgement.verdict
    notes = [*judgement.notes, *_reasons(judgement), *notes_of(judgement)]
    shown = next((one for one in judgement.iterations if one.findings), None)
    shown = shown or (judgement.iterations[0] if judgement.iterations else None)
    if shown is None:
        return Answer(
            source.shown, verdict, notes=tuple(notes), crash=crash, facts=tuple(_seen(judgement))
        )
    first = _first(source, judgement, judgement.first) if judgement.first else None
    mistakes = tuple(
        Mistake(f.slip.name, f.slip.says, f.slip.mend, trace.places[f.place].line)
        for f in judgement.findings
        if f.slip is not None
    )
    return Answer(
        source.shown,
        verdict,
        _network(shown),
        _cost(judgement, shown),
        tuple(_facts(shown)),
        len(judgement.iterations),
        tuple(_lines(source, judgement, shown)),
        first,
        mistakes,
        tuple(notes),
        crash,
        tuple(
            dict.fromkeys(
                own_name(trace, u.old, u.new.index)
                for u in shown.reading.iteration.updates
                if u.events
            )
        ),
    )


_REASONS = {
    "expressions": "it was stopped after {n} expressions: no further update had come",
    "values": "it was stopped because it computes more numbers than can be followed; "
    "watch it with less data",
}


def _reasons(judgement: Judgement) -> Iterator[str]:
    trace = judgement.trace
    if trace.reason in _REASONS:
        yield _REASONS[trace.reason].format(n=f"{trace.count:,}".replace(",", " "))
    if trace.ended:
        yield trace.ended
    if trace.absent:
        yield f"not installed here, so that it showed nothing: {', '.join(sorted(trace.absent))}"


def _seen(judgement: Judgement) -> Iterator[str]:
    """What was seen of a program in which nothing was recognised."""
    trace = judgement.trace
    count = len(trace.values)
    products = sum(1 for v in trace.values if v.op in {"dot", "matmul"})
    yield f"{count} numbers and arrays were computed, {products} of them by matrix products"
    if not trace.updates.events:
        yield "nothing was seen that is updated from itself, as `W -= rate * dW` is"
    elif not judgement.iterations:
        yield "what is updated has no output that is compared with a target"


# ── the head ──────────────────────────────────────────────────────────────────────────────


def _network(shown: Judged) -> str:
    layers = shown.roles.layers
    if not layers:
        count = sum(int(np.size(u.old.value)) for u in shown.reading.iteration.updates if u.events)
        return f"{count} numbers are learned"
    first = np.shape(layers[0].weights.value)
    inputs = (
        (first[1] if layers[0].columns else first[0]) if len(first) == 2 else int(np.prod(first))
    )
    sizes = "-".join(str(n) for n in (inputs, *(one.units for one in layers)))
    kinds = [one.activation or "its own activation" for one in layers]
    return f"{sizes}, {', '.join(kinds)}"


_NAMES = {
    "half-squared-error": "half squared error",
    "binary-cross-entropy": "binary cross-entropy",
    "cross-entropy": "cross-entropy",
    "absolute-error": "absolute error",
}


def _cost(judgement: Judgement, shown: Judged) -> str:
    cost = shown.reading.cost
    code = judgement.trace.places[cost.place].code
    if cost.own:
        value = cost.seeds[-1][0]
        name, line = own_name(judgement.trace, value), _line(judgement, cost.place)
        return f"the program's cost, {name} (line {line})"
    return f"{_NAMES[cost.kind]} (from {code})"


def _line(judgement: Judgement, place: int) -> int:
    return judgement.trace.places[place].line


def _facts(shown: Judged) -> Iterator[str]:
    reading = shown.reading
    if shown.roles.layers:
        layer = shown.roles.layers[0]
        shape = np.shape(layer.z.value)
        if len(shape) == 2:
            count = shape[1] if layer.columns else shape[0]
            plural, axis = "s" if count != 1 else "", "columns" if layer.columns else "rows"
            yield f"{count} observation{plural} as {axis}"
        elif len(shape) <= 1:
            yield "one observation at a time"
    factors = {round(abs(m.factor), 12) for m in reading.updates.values() if m is not None}
    if reading.rules:
        yield "updates with a memory"
    elif len(factors) == 1:
        yield f"rate {_short(factors.pop())}"
    if any(m is not None and m.decay for m in reading.updates.values()):
        yield "weights decay"


#: Denominators whose fractions people write as decimals.
_DECIMAL = {1, 2, 4, 5, 8, 10, 20, 25, 40, 50, 100, 200, 500, 1000}


def _short(number: float) -> str:
    """A number as people write it: 1/30 for 0.0333…."""
    fraction = Fraction(number).limit_denominator(1000)
    near = abs(float(fraction) - number) < 1e-9 * abs(number)
    if fraction.numerator == 1 and near and fraction.denominator not in _DECIMAL:
        return f"1/{fraction.denominator}"
    return f"{number:.6g}"


# ── the lines ─────────────────────────────────────────────────────────────────────────────

_RANKS = {"WRONG": 6, "follows": 5, "right": 3, "on the way": 1}


def _lines(source: Source, judgement: Judgement, shown: Judged) -> Iterator[Line]:
    """A row for each line that computes something of the network, in the order of running."""
    rows: dict[int, tuple[tuple[int, int, int], int, Line]] = {}
    file = str(source.path)
    for rank, value, place, quantity, verdict, note in _said(judgement, shown):
        where = judgement.trace.places[place]
        if where.file != file:
            continue
        line = Line(
            where.line,
            source.place(where.line),
            source.line(where.line).strip(),
            quantity,
            verdict,
            note,
        )
        weight = (_RANKS.get(verdict, 3), rank, value.index)
        order = value.index
        if where.line not in rows or weight > rows[where.line][0]:
            order = rows[where.line][1] if where.line in rows else order
            rows[where.line] = (weight, order, line)
    for _, _, line in sorted(rows.values(), key=lambda row: row[1]):
        yield line


def _said(judgement: Judgement, shown: Judged) -> Iterator[tuple[int, Value, int, str, str, str]]:
    """Everything that can be said of a value, with its weight and its place."""
    trace, reading, roles = judgement.trace, shown.reading, shown.roles
    wrong = {f.value.index for f in judgement.findings[:1] if f.value is not None}
    follows = _following(judgement)
    events = {e.index: u for u in reading.iteration.updates for e in u.events}
    count = _observations(shown)
    for value in reading.iteration.values:
        place = _named_place(value)
        if value.index in wrong:
            continue
        if value.index in events:
            update = events[value.index]
            name = roles.names.get(update.old.index) or own_name(trace, update.old, value.index)
            verdict = "follows" if value.index in follows else "right"
            yield 3, value, value.place, f"{name}_new", verdict, ""
        elif value.index in follows:
            yield 2, value, place, "", "follows", ""
        elif value.index in shown.errors.carry:
            matches = shown.errors.right(value)
            if matches:
                match = _nicest(matches, roles.names)
                sign = "−" if match.factor < 0 else ""
                named = derivative_name(trace, roles, match.of)
                yield 2, value, place, sign + named, "right", _convention(match, count)
            else:
                yield 1, value, place, "", "on the way", ""
        elif value.index in roles.names and value.index in reading.forward:
            yield 2, value, place, roles.names[value.index], "right", ""
    first = judgement.first
    if first is not None and first.value is not None:
        yield 9, first.value, first.place, first.quantity, "WRONG", _difference(first)


def _named_place(value: Value) -> int:
    """Where a value got its first name; else where it was computed."""
    return value.names[0][0] if value.names else value.place


def _following(judgement: Judgement) -> set[int]:
    """All that is wrong because something before it is."""
    found: set[int] = set()
    for finding in judgement.findings:
        if finding.wrong is not None:
            found |= {finding.wrong.value.index, *finding.wrong.unexplained}
    first = judgement.first
    if first is not None and first.value is not None:
        found.discard(first.value.index)
    return found


def _nicest(matches: list[Match], names: dict[int, str]) -> Match:
    return next((m for m in matches if m.of.index in names), matches[0])


def _observations(shown: Judged) -> int:
    """How many observations the first layer has; 0 where that is not known."""
    layers = shown.roles.layers
    shape = np.shape(layers[0].z.value) if layers else ()
    return int(shape[1 if layers[0].columns else 0]) if len(shape) > 1 else 0


def _convention(match: Match, observations: int) -> str:
    size = abs(match.factor)
    if not size:
        return "0 here"
    said = ["with the sign of y − a"] if match.factor < 0 else []
    if abs(size - 1) > 1e-6:
        whole = observations > 1 and abs(size * observations - 1) < 1e-9
        part = f"1/{observations}" if whole else _short(size)
        said.append(f"{part} of it" if size < 1 else f"{part} times it")
    if match.transposed:
        said.append("transposed")
    return ", ".join(said)


# ── the first wrong line ──────────────────────────────────────────────────────────────────


def _first(source: Source, judgement: Judgement, finding: Finding) -> First:
    place = judgement.trace.places[finding.place]
    entry, you, expected, ratio = _entry(finding)
    own = place.file == str(source.path)
    code = source.line(place.line).strip() if own else place.code
    return First(
        place.line,
        source.place(place.line) if own else str(place.line),
        code,
        finding.quantity,
        entry,
        you,
        expected,
        ratio,
        finding.iteration,
        "" if own else place.file,
    )


def _entry(finding: Finding) -> tuple[str, float | None, float | None, float | None]:
    """The entry that differs most, and the ratio where it is one for all."""
    if finding.you is None:
        return "", None, None, None
    you = np.atleast_1d(np.asarray(finding.you, dtype=float))
    if finding.expected is None or np.size(finding.expected) != you.size:
        return "", None, None, None
    expected = np.asarray(finding.expected, dtype=float).reshape(you.shape)
    gap = np.abs(you - expected)
    if not np.any(np.isfinite(gap)) or not gap.size:
        return "", None, None, None
    at = np.unravel_index(int(np.nanargmax(gap)), you.shape)
    named = "" if np.ndim(finding.you) == 0 else f"[{','.join(str(int(n)) for n in at)}]"
    with np.errstate(all="ignore"):
        ratios = (you / expected)[expected != 0]
    ratio = None
    if ratios.size and np.allclose(ratios, ratios.flat[0], rtol=1e-6):
        ratio = float(ratios.flat[0])
    return named, float(you[at]), float(expected[at]), ratio


def _difference(finding: Finding) -> str:
    entry, you, expected, ratio = _entry(finding)
    if you is None or expected is None:
        return ""
    said = f"{entry} you {_digits(you)}, expected {_digits(expected)}".strip()
    if ratio is not None and math.isfinite(ratio) and abs(ratio - 1) > 1e-9:
        said += f" ({_short(ratio)} times)"
    return said


def _digits(number: float) -> str:
    return f"{number:.4g}"
