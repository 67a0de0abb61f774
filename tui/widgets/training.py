"""A training on the screen: cost, gradients, silent units, predictions, the plane of inputs."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from chainstep.core.runs.training import LayerSeen, Regions, Seen
from chainstep.core.text.numbers import Digits, number_text, number_texts
from chainstep.tui.widgets.plots import Trace, curves_lines
from chainstep.tui.widgets.spans import (
    EMPTY,
    Line,
    Lines,
    Span,
    abreast,
    cut,
    filled,
    line,
    width_of,
)

_BARS = " ▁▂▃▄▅▆▇█"
_SHADES = " ░▒▓█"
_CLASSES = ("░", "▒", "▓", "█", "∙", "x", "+", "o")
_CLASS_ROLES = ("curve", "curve2", "good", "bad", "equal", "warn", "dim", "name")
_LEAST_BESIDE = 96  # cells from which on a plane stands beside the rest
_FEW = Digits(4, None)


def training_lines(
    seen: Sequence[Seen],
    plots: Sequence[Sequence[Trace]],
    size: tuple[int, int],
    *,
    logarithmic: bool,
) -> Lines:
    """Everything that is watched of a training, as far as there is room."""
    width, height = size
    if not seen:
        said = "nothing was run yet: r runs until a condition holds, } goes one iteration on"
        plot = curves_lines(plots, 1, (width, height - 1), logarithmic=logarithmic)
        return filled([line(Span(f" {said}", "dim")), *plot], height)
    last = seen[-1]
    plane = _plane(last.regions) if last.regions is not None else []
    beside = bool(plane) and width >= _LEAST_BESIDE
    room = width - (max(map(width_of, plane)) + 2) if beside else width
    layers = _layers(seen, room)
    predictions = _predictions(last, room)
    plot_height = max(5, min(12, height - len(layers) - min(len(predictions), 8) - 2))
    plot = curves_lines(plots, last.iteration, (room, plot_height), logarithmic=logarithmic)
    left = [*plot, EMPTY, *layers, EMPTY]
    rest = height - len(left)
    if plane and not beside and rest >= len(plane) // 2 and width >= 76:
        wide = max(map(width_of, plane))
        below = filled(_cut_rows(plane, rest), rest)
        told = filled(_shortened(_predictions(last, width - wide - 2), rest), rest)
        return filled([*left, *abreast(below, told, wide + 2, Span(""))], height)
    left = filled([*left, *_shortened(predictions, rest)], height)
    if not beside:
        return left
    return abreast(left, filled(_cut_rows(plane, height), height), room, Span(" "))


def _cut_rows(plane: Lines, height: int) -> Lines:
    """The plane in fewer rows: every second one where there is no room for all."""
    if len(plane) <= height:
        return plane
    rows = plane[1:]
    pairs = [rows[at : at + 2] for at in range(0, len(rows), 2)]
    return [plane[0], *(max(pair, key=_points) for pair in pairs)][:height]


def _points(row: Line) -> int:
    """How many of the data stand in a row of the plane."""
    return sum(span.role == "here" for span in row)


def _shortened(lines: Lines, height: int) -> Lines:
    if len(lines) <= height or height < 1:
        return lines[: max(0, height)]
    return [*lines[: height - 1], line(Span(f"   … {len(lines) - height + 1} more", "dim"))]


# ── layers ────────────────────────────────────────────────────────────────────────────────


def _layers(seen: Sequence[Seen], width: int) -> Lines:
    """A line for each layer: how large its gradient is and was, and its silent units."""
    lines: Lines = [
        cut(
            line(
                Span(" layer  size of dC/dW   so far", "dim"),
                Span(" " * 8),
                Span("dead  saturated", "dim"),
            ),
            width,
        )
    ]
    for index, layer in enumerate(seen[-1].layers):
        past = [each.layers[index].gradient for each in seen[-14:]]
        gradient = number_text(layer.gradient, Digits(3, None))
        small = "  vanishing" if layer.gradient < 1e-8 else ""
        lines.append(
            cut(
                line(
                    Span(f" {layer.number:<6} {gradient:<15} "),
                    Span(f"{_bars(past):<14} ", "curve"),
                    *_silent(layer),
                    Span(small, "warn"),
                ),
                width,
            )
        )
    return lines


def _silent(layer: LayerSeen) -> tuple[Span, ...]:
    def told(count: int) -> Span:
        text = f"{count} of {layer.units}" if count else "0"
        return Span(f"{text:<6}", "bad" if count else "dim")

    return told(layer.dead), told(layer.saturated)


def _bars(values: Sequence[float]) -> str:
    """Sizes as bars, the largest finite one whole; what is not finite is an exclamation mark."""
    finite = [value for value in values if isfinite(value)]
    top, most = max(finite, default=0.0), len(_BARS) - 1

    def bar(value: float) -> str:
        if not isfinite(value):
            return "!"
        return _BARS[max(1, min(most, int(value / top * most + 0.5)))] if top > 0 else "▁"

    return "".join(map(bar, values))


# ── predictions ───────────────────────────────────────────────────────────────────────────


def _predictions(seen: Seen, width: int) -> Lines:
    """A line for each observation: the outputs, the targets, and whether they agree."""
    right = int(seen.agrees.sum())
    count = len(seen.agrees)
    head = f" predictions  {right} of {count} nearest to their own target"
    if len(head) > width:
        head = f" predictions  {right} of {count} agree"
    lines: Lines = [cut(line(Span(head, "good" if right == count else "warn")), width)]
    for index in range(count):
        outputs = " ".join(number_texts(seen.predictions[index], _FEW))
        targets = " ".join(number_texts(seen.targets[index], _FEW))
        agrees = bool(seen.agrees[index])
        sign, role = ("✓", "good") if agrees else ("✗", "bad")
        lines.append(
            cut(
                line(
                    Span(f"   obs {index:<3} "),
                    Span(outputs, role),
                    Span(f"  → {targets} ", "dim"),
                    Span(sign, role),
                ),
                width,
            )
        )
    return lines


# ── the plane ─────────────────────────────────────────────────────────────────────────────


def _plane(regions: Regions) -> Lines:
    """What is answered over the plane of two inputs, and the data in it."""
    rows, columns = regions.answers.shape
    points = {(row, column): each for row, column, each in regions.points}
    said = " what is answered where" if regions.classes > 1 else " the output, from 0 to 1, where"
    lines: Lines = [line(Span(said, "dim"))]
    for row in range(rows):
        spans: list[Span] = [Span(" ")]
        for column in range(columns):
            if (row, column) in points:
                spans.append(Span(str(points[row, column])[-1], "here"))
            else:
                spans.append(_answer(regions, regions.answers[row, column]))
        lines.append(_joined(spans))
    return lines


def _answer(regions: Regions, value: float) -> Span:
    if regions.classes == 1:
        most = len(_SHADES) - 1
        at = max(0, min(most, int(value * most + 0.5))) if value == value else 0  # noqa: PLR0124  NaN
        return Span(_SHADES[at], "curve")
    at = int(value) % len(_CLASSES)
    return Span(_CLASSES[at], _CLASS_ROLES[at])


def _joined(spans: list[Span]) -> Line:
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].role == span.role:
            joined[-1] = joined[-1]._replace(text=joined[-1].text + span.text)
        else:
            joined.append(span)
    return tuple(joined)
