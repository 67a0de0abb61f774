"""Curves over the iterations, drawn with the dots of Braille; those of one number in one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log10

from chainstep.core.runs.curves import Curve
from chainstep.core.text.numbers import Digits, number_text
from chainstep.tui.widgets.dots import Dots, joined_cells
from chainstep.tui.widgets.spans import EMPTY, Lines, Span, cut, ends, line

_AXIS = 11  # cells left of the plot, for its numbers
_LEAST = 4  # lines that a plot needs
#: The roles of a plot's curves, in their order: one's own, another's.
ROLES = ("curve", "curve2", "shadow")

Point = tuple[int, float]


@dataclass(frozen=True)
class Trace:
    """One curve of a plot: whose it is, and how it is drawn."""

    curve: Curve
    run: str = ""
    role: str = "curve"


def plots_of(
    curves: Sequence[Curve],
    runs: Sequence[str] = (),
    shadows: Sequence[Curve] = (),
) -> list[list[Trace]]:
    """The curves of each number together: of one run, of two, or with those before a change."""
    plots: dict[str, list[Trace]] = {}
    for index, curve in enumerate(curves):
        traces = plots.setdefault(str(curve.entry), [])
        run = runs[index] if index < len(runs) else ""
        traces.append(Trace(curve, run, ROLES[min(len(traces), 1)]))
    for curve in shadows:
        if str(curve.entry) in plots and len(curve):
            plots[str(curve.entry)].insert(0, Trace(curve, "before", "shadow"))
    return list(plots.values())


def curves_lines(
    plots: Sequence[Sequence[Trace]], now: int, size: tuple[int, int], *, logarithmic: bool
) -> Lines:
    """The plots one below the other, as many as there is room for."""
    width, height = size
    shown = list(plots)[: max(1, height // _LEAST)]
    each = height // max(1, len(shown))
    lines: Lines = []
    for traces in shown:
        lines += plot_lines(traces, now, (width, each), logarithmic=logarithmic)
    if len(shown) < len(plots):
        hidden = ", ".join(str(traces[0].curve.entry) for traces in plots[len(shown) :])
        lines[-1] = cut(line(Span(f" no room here for {hidden}", "dim")), width)
    return [*lines[:height], *[EMPTY] * (height - len(lines))]


def plot_lines(
    traces: Sequence[Trace], now: int, size: tuple[int, int], *, logarithmic: bool
) -> Lines:
    """One plot: what it is, its curves in one scale, and where on it one stands."""
    width, height = size
    points = [_points(trace) for trace in traces]
    every = [value for each in points for _, value in each]
    logarithmic = logarithmic and bool(every) and min(every) > 0
    lines: Lines = [_title(traces, now, width, logarithmic=logarithmic)]
    if sum(map(len, points)) < 2 or max(map(len, points)) < 2:
        said = (
            "   one iteration is known; r runs on"
            if every
            else "   nothing is known yet: → steps on"
        )
        return [*lines, cut(line(Span(said, "dim")), width), *[EMPTY] * (height - 2)][:height]
    room, rows = max(4, width - _AXIS - 1), max(1, height - 2)
    drawn, low, high = _drawn(traces, points, (room, rows), logarithmic=logarithmic)
    for row, spans in enumerate(drawn):
        edge = high if row == 0 else low if row == rows - 1 else None
        label = number_text(edge, Digits(3, None)) if edge is not None else ""
        lines.append((Span(f"{label:>{_AXIS - 1}} ", "dim"), Span("│", "rule"), *spans))
    first = min(each[0][0] for each in points if each)
    last = max(each[-1][0] for each in points if each)
    lines.append(_foot(first, last, now, room))
    return lines[:height]


def _title(traces: Sequence[Trace], now: int, width: int, *, logarithmic: bool) -> tuple[Span, ...]:
    entry = str(traces[-1].curve.entry)
    spans = [Span(f" {'cost' if entry == 'C' else entry}", "name")]
    for trace in sorted(traces, key=lambda each: each.role == "shadow"):
        if trace.role != "shadow":
            alone = len(traces) == 1
            spans.append(Span(f" {_told(trace.curve, now, whole=alone)}"))
        if trace.run:
            sign = "┄" if trace.role == "shadow" else "─"
            spans.append(Span(f" {sign} {trace.run} ", trace.role))
    scale = "log" if logarithmic else "plain"
    return ends(spans, [Span(f"{scale} scale, l changes ", "dim")], width)


def _points(trace: Trace) -> list[Point]:
    """The least and the greatest of each span, in the order in which the curve meets them."""
    points: list[Point] = []
    for span in trace.curve:
        pair = [(span.first, span.low)]
        if span.high != span.low:
            falls = not points or points[-1][1] > span.low
            low, high = (span.first, span.low), (span.last, span.high)
            pair = [(span.first, span.high), (span.last, span.low)] if falls else [low, high]
        points += [(at, value) for at, value in pair if isfinite(value)]
    return points


def _told(curve: Curve, now: int, *, whole: bool) -> str:
    """The value of now, or of the iteration before; where the whole is told, of which it is."""
    span, before = curve.span(now), curve.span(now - 1)
    if span is None and before is None:
        return "not computed here"
    found, where = (span, "") if span is not None else (before, f" at iteration {now - 1}")
    assert found is not None
    low, high = (number_text(value, Digits(5, None)) for value in (found.low, found.high))
    if low == high:
        return f"{low}{where}" if whole else low
    return f"{low} to {high} in iterations {found.first} to {found.last}"


def _drawn(
    traces: Sequence[Trace],
    points: Sequence[Sequence[Point]],
    size: tuple[int, int],
    *,
    logarithmic: bool,
) -> tuple[Lines, float, float]:
    """The curves as rows of Braille, and the values at the lower and upper edge."""
    room, rows = size
    scaled = [
        [(at, log10(value) if logarithmic else value) for at, value in each] for each in points
    ]
    values = [value for each in scaled for _, value in each]
    low, high = min(values), max(values)
    first = min(each[0][0] for each in scaled if each)
    last = max(each[-1][0] for each in scaled if each)
    dots = Dots(room, rows)
    for trace, each in zip(traces, scaled, strict=True):
        before: tuple[int, int] | None = None
        for at, value in each:
            x = (at - first) * (2 * room - 1) // max(1, last - first)
            y = round((high - value) / (high - low) * (4 * rows - 1)) if high > low else 2 * rows
            for px, py in _between(before, (x, y)):
                if trace.role != "shadow" or (px + py) % 2 == 0:
                    dots.dot(px, py, trace.role)
            before = (x, y)
    edges = (10**low, 10**high) if logarithmic else (low, high)
    return [joined_cells(row) for row in dots.cells()], *edges


def _between(before: tuple[int, int] | None, to: tuple[int, int]) -> list[tuple[int, int]]:
    """The dots of a straight line."""
    if before is None:
        return [to]
    steps = max(abs(to[0] - before[0]), abs(to[1] - before[1]), 1)
    return [
        (
            before[0] + round((to[0] - before[0]) * step / steps),
            before[1] + round((to[1] - before[1]) * step / steps),
        )
        for step in range(steps + 1)
    ]


def _foot(first: int, last: int, now: int, room: int) -> tuple[Span, ...]:
    """The iterations at both ends, and a mark below the one at which one stands."""
    at = min(room - 1, max(0, (now - first) * (room - 1) // max(1, last - first)))
    start = f" {first}" if at == 0 else f"{first}"  # the mark hides no number
    end = f"{last} " if at == room - 1 else f"{last}"
    text = start.ljust(room - len(end)) + end
    pad = Span(" " * (_AXIS - 9) + "iteration" + "└", "dim")
    return (pad, Span(text[:at], "dim"), Span("▲", "here"), Span(text[at + 1 :], "dim"))
