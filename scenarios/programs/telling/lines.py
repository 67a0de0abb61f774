"""The lines of an answer: what each computes, and whether that is right."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chainstep.scenarios.programs.judging.findings import Judged, Judgement, derivative_name
from chainstep.scenarios.programs.reading.recognising import Match
from chainstep.scenarios.programs.reading.roles import own_name
from chainstep.scenarios.programs.seeing.values import Value
from chainstep.scenarios.programs.sources import Source
from chainstep.scenarios.programs.telling.answers import Line
from chainstep.scenarios.programs.telling.firsts import difference
from chainstep.scenarios.programs.telling.heads import short_number

_RANKS = {"WRONG": 6, "follows": 5, "right": 3, "on the way": 1}


def lines_of(source: Source, judgement: Judgement, shown: Judged) -> Iterator[Line]:
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
    follows = _following(judgement, shown)
    events = {e.index: u for u in reading.iteration.updates for e in u.events}
    count = _observations(shown)
    for value in reading.iteration.values:
        place = _named_place(value)
        if value.index in wrong:
            continue
        if value.index in events:
            update = events[value.index]
            name = roles.names.get(update.old.index) or own_name(trace, update.old, value.index)
            apart = update.chain in reading.learned and reading.updates.get(update.chain) is None
            verdict = "follows" if value.index in follows or apart else "right"
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
        yield 9, first.value, first.place, first.quantity, "WRONG", difference(first)


def _named_place(value: Value) -> int:
    """Where a value got its first name; else where it was computed."""
    return value.names[0][0] if value.names else value.place


def _following(judgement: Judgement, shown: Judged) -> set[int]:
    """All that is wrong because something before it is."""
    found: set[int] = set()
    for finding in judgement.findings:
        if finding.wrong is not None:
            found |= {finding.wrong.value.index, *finding.wrong.unexplained}
    first = judgement.first
    if first is None or first.value is None:
        return found
    way = shown.reading.path | {e.index for u in shown.reading.iteration.updates for e in u.events}
    stack = [first.value] if first.wrong is not None else []
    while stack:
        for one in shown.reading.iteration.consumers.get(stack.pop().index, ()):
            if one.index in way and one.index not in found:
                found.add(one.index)
                stack.append(one)
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
        part = f"1/{observations}" if whole else short_number(size)
        said.append(f"{part} of it" if size < 1 else f"{part} times it")
    if match.transposed:
        said.append("transposed")
    return ", ".join(said)
