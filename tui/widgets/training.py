"""A training on the screen: cost, gradients, silent units, predictions, the plane of inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

from chainstep.core.runs.training import LayerSeen, Regions, Seen
from chainstep.core.text.numbers import Digits, number_text, number_texts
from chainstep.tui.widgets.dots import Cell, joined_cells
from chainstep.tui.widgets.frame import titled
from chainstep.tui.widgets.plots import Trace, curves_lines
from chainstep.tui.widgets.spans import (
    Line,
    Lines,
    Span,
    abreast,
    cut,
    filled,
    folded,
    line,
    width_of,
)

_BARS = " ▁▂▃▄▅▆▇█"
_SHADES = " ░▒▓█"
_CLASSES = ("░", "▒", "▓", "█", "∙", "x", "+", "o")
_CLASS_ROLES = ("curve", "curve2", "good", "bad", "equal", "warn", "dim", "name")
_LEAST_BESIDE = 96  # cells from which on a plane stands beside the rest
_LEAST_BELOW = 76  # cells from which on it stands beside the cost, and all else below
_LAYERS = 53  # cells of what is told of the layers there
_FEW = Digits(4, None)


def training_lines(
    seen: Sequence[Seen],
    plots: Sequence[Sequence[Trace]],
    now: int,
    size: tuple[int, int],
    *,
    logarithmic: bool,
) -> Lines:
    """Everything that is watched of a training, as far as there is room; ``now`` is marked."""
    width, height = size
    if not seen:
        said = "nothing was run yet: r runs until a condition holds, } goes one iteration on"
        plot = curves_lines(plots, now, (width, height - 1), logarithmic=logarithmic)
        return filled([*folded(said, width, "hint"), *plot], height)
    last = seen[-1]
    plane = _plane(last.regions) if last.regions is not None else []
    wide = max(map(width_of, plane), default=0) + 2

    def curves(room: int, high: int) -> Lines:
        return curves_lines(plots, now, (room, high), logarithmic=logarithmic)

    if plane and _LEAST_BELOW <= width < _LEAST_BESIDE:
        return _in_four(seen, plane, curves, size)
    room = width - wide - 1 if plane and width >= _LEAST_BESIDE else width
    layers, predictions = _layers(seen, room), _predictions(last, room)
    least = min(len(predictions), 5 if height < 24 else 9)
    plot_height = max(5, min(height - len(layers) - least, height // 2 + 2))
    left = [*curves(room, plot_height), *layers]
    left = filled([*left, *_shortened(predictions, height - len(left))], height)
    if room == width:
        return left
    right = [titled(wide, _asked(last.regions)), *_cut_rows(plane, height - 1)]
    return abreast(left, filled(right, height), room, Span("│", "rule"))


def _in_four(
    seen: Sequence[Seen],
    plane: Lines,
    plot: Callable[[int, int], Lines],
    size: tuple[int, int],
) -> Lines:
    """On a small screen: the cost beside the plane, the layers beside the predictions."""
    width, height = size
    last, wide = seen[-1], max(map(width_of, plane)) + 2
    least = max(len(seen[-1].layers) + 2, min(len(last.agrees) + 1, 6))
    high = max(6, min(height - least, len(plane) + 1))
    shown = [line(Span(f" {_asked(last.regions)}", "dim")), *_cut_rows(plane, high - 1)]
    above = abreast(plot(width - wide, high), filled(shown, high), width - wide, Span(""))
    beside = width - _LAYERS
    layers = filled(_layers(seen, _LAYERS), height - high)
    told = filled(_shortened(_predictions(last, beside), height - high), height - high)
    return [*above, *abreast(layers, told, _LAYERS, Span(""))]


def _asked(regions: Regions | None) -> str:
    """What the plane of two inputs shows."""
    many = regions is not None and regions.classes > 1
    return "Which answer where" if many else "The output where"


def _cut_rows(plane: Lines, height: int) -> Lines:
    """The plane in fewer rows: every second one where there is no room for all."""
    if len(plane) <= height:
        return plane
    pairs = [plane[at : at + 2] for at in range(0, len(plane), 2)]
    return [max(pair, key=_points) for pair in pairs][:height]


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
        titled(width, "Layers"),
        cut(
            line(
                Span(" layer  size of dC/dW   so far", "dim"),
                Span(" " * 8),
                Span("dead  saturated", "dim"),
            ),
            width,
        ),
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
    """How many are right, and a line for each observation: the outputs and the targets.

    Which target is nearest is asked only where there are several.
    """
    count, several = len(seen.agrees), bool((seen.targets != seen.targets[:1]).any())
    right = int(seen.agrees.sum())
    said = f"{right} of {count} nearest to their own target" if several else ""
    if len(said) + 24 > width:
        said = f"{right} of {count}" if several else ""
    lines: Lines = [titled(width, "Predictions", said)]
    for index in range(count):
        outputs = " ".join(number_texts(seen.predictions[index], _FEW))
        targets = " ".join(number_texts(seen.targets[index], _FEW))
        sign, role = ("✓", "good") if bool(seen.agrees[index]) else ("✗", "error")
        sign, role = (sign, role) if several else ("", "")
        spans = [Span(f" obs {index:<3} "), Span(outputs, role), Span(f"  → {targets} ", "dim")]
        lines.append(cut(line(*spans, Span(sign, role)), width))
    return lines


# ── the plane ─────────────────────────────────────────────────────────────────────────────


def _plane(regions: Regions) -> Lines:
    """What is answered over the plane of two inputs, and the data in it."""
    rows, columns = regions.answers.shape
    points = {(row, column): each for row, column, each in regions.points}
    lines: Lines = []
    for row in range(rows):
        cells: list[Cell] = [(" ", "", None)]
        for column in range(columns):
            if (row, column) in points:
                cells.append((str(points[row, column])[-1], "here", None))
            else:
                cells.append(_answer(regions, regions.answers[row, column]))
        lines.append(joined_cells(cells))
    return lines


def _answer(regions: Regions, value: float) -> Cell:
    if regions.classes == 1:
        most = len(_SHADES) - 1
        at = int(max(0.0, min(most, value * most + 0.5))) if isfinite(value) else 0
        return _SHADES[at], "curve", None
    at = int(value) % len(_CLASSES)
    return _CLASSES[at], _CLASS_ROLES[at], None
