"""Curves over the iterations, drawn with the dots of Braille, eight to a cell."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

from chainstep.core.runs.curves import Curve
from chainstep.core.text.numbers import Digits, number_text
from chainstep.tui.widgets.spans import EMPTY, Lines, Span, cut, ends, line

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_AXIS = 10  # cells left of the plot, for its numbers
_LEAST = 4  # lines that a plot needs

Point = tuple[int, float]


def curves_lines(
    curves: Sequence[Curve],
    now: int,
    size: tuple[int, int],
    *,
    logarithmic: bool,
    runs: Sequence[str] = (),
) -> Lines:
    """The curves one below the other, as many as there is room for; of which run, if of two."""
    width, height = size
    shown = list(curves)[: max(1, height // _LEAST)]
    each = height // max(1, len(shown))
    lines: Lines = []
    for curve, run in zip(shown, [*runs, *[""] * (len(shown) - len(runs))], strict=False):
        lines += curve_lines(curve, now, (width, each), logarithmic=logarithmic, run=run)
    if len(shown) < len(curves):
        hidden = ", ".join(str(curve.entry) for curve in curves[len(shown) :])
        lines[-1] = cut(line(Span(f" no room here for {hidden}", "dim")), width)
    return [*lines[:height], *[EMPTY] * (height - len(lines))]


def curve_lines(
    curve: Curve, now: int, size: tuple[int, int], *, logarithmic: bool, run: str = ""
) -> Lines:
    """One curve: what it is, its plot, and where on it one stands."""
    width, height = size
    points = _points(curve)
    name = "cost" if str(curve.entry) == "C" else str(curve.entry)
    logarithmic = logarithmic and bool(points) and min(value for _, value in points) > 0
    scale = "log" if logarithmic else "plain"
    left = [Span(f" {name}", "name"), Span(f" {_told(curve, now)}"), Span(f"  {run}", "dim")]
    lines = [ends(left, [Span(f"{scale} scale, l changes ", "dim")], width)]
    if len(points) < 2:
        said = (
            "   one iteration is known; r runs on"
            if points
            else "   nothing is known yet: → steps on"
        )
        return [*lines, cut(line(Span(said, "dim")), width), *[EMPTY] * (height - 2)][:height]
    room, rows = max(4, width - _AXIS - 1), max(1, height - 2)
    drawn, low, high = _dots(points, room, rows, logarithmic=logarithmic)
    for row, text in enumerate(drawn):
        edge = high if row == 0 else low if row == rows - 1 else None
        label = number_text(edge, Digits(3, None)) if edge is not None else ""
        lines.append(
            line(Span(f"{label:>{_AXIS - 1}} ", "dim"), Span("│", "rule"), Span(text, "curve"))
        )
    lines.append(_foot(points, now, room))
    return lines[:height]


def _points(curve: Curve) -> list[Point]:
    """The least and the greatest of each span, in the order in which the curve meets them."""
    points: list[Point] = []
    for span in curve:
        pair = [(span.first, span.low)]
        if span.high != span.low:
            pair.append((span.last, span.high))
            falls = not points or points[-1][1] > span.low
            pair = [(span.first, span.high), (span.last, span.low)] if falls else pair
        points += pair
    return points


def _told(curve: Curve, now: int) -> str:
    span = curve.span(now)
    if span is None:
        return "not computed here"
    low, high = (number_text(value, Digits(5, None)) for value in (span.low, span.high))
    return low if low == high else f"{low} to {high} in iterations {span.first} to {span.last}"


def _dots(
    points: list[Point], room: int, rows: int, *, logarithmic: bool
) -> tuple[list[str], float, float]:
    """The plot as rows of Braille, and the values at its lower and upper edge."""
    values = [log10(value) if logarithmic else value for _, value in points]
    low, high = min(values), max(values)
    first, last = points[0][0], points[-1][0]
    cells = [[0] * room for _ in range(rows)]
    before: tuple[int, int] | None = None
    for (iteration, _), value in zip(points, values, strict=True):
        x = (iteration - first) * (2 * room - 1) // max(1, last - first)
        y = round((high - value) / (high - low) * (4 * rows - 1)) if high > low else 2 * rows
        for px, py in _between(before, (x, y)):
            cells[py // 4][px // 2] |= _DOTS[py % 4][px % 2]
        before = (x, y)
    texts = ["".join(chr(0x2800 + bits) if bits else " " for bits in row) for row in cells]
    edges = (10**low, 10**high) if logarithmic else (low, high)
    return texts, *edges


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


def _foot(points: list[Point], now: int, room: int) -> tuple[Span, ...]:
    """The iterations at both ends, and a mark below the one at which one stands."""
    first, last = points[0][0], points[-1][0]
    at = min(room - 1, max(0, (now - first) * (room - 1) // max(1, last - first)))
    start = f" {first}" if at == 0 else f"{first}"  # the mark hides no number
    end = f"{last} " if at == room - 1 else f"{last}"
    text = start.ljust(room - len(end)) + end
    pad = Span(" " * (_AXIS - 9) + "iteration" + "└", "dim")
    return (pad, Span(text[:at], "dim"), Span("▲", "here"), Span(text[at + 1 :], "dim"))
