"""The first rows of the screen: what runs, and where in time it stands."""

from __future__ import annotations

from chainstep.core.text.network_in_words import network_name
from chainstep.core.text.numbers import Digits, number_texts
from chainstep.tui.view import View
from chainstep.tui.widgets.spans import Line, Lines, Span, columns, cut, ends, line, width_of


def counted(number: int, word: str) -> str:
    """``1 update``, ``2 updates``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def header_lines(view: View, width: int, other: View | None = None) -> Lines:
    """What runs, and where in time it stands; of two runs both names and costs."""
    setup = view.program.setup
    name = view.scenario.name + ("*" if view.scenario.overridden else "")
    told = f"cost {_cost(view)}"
    if other is not None:
        name, told = f"{name} ‖ {other.scenario.name}", f"{told} ‖ {_cost(other)}"
    when = f"iteration {view.moment.iteration}, {counted(view.updates_done, 'update')} done"
    left = [Span(f" {name}", "title")]
    for more in (f"  {network_name(setup)}  {_learning(view)}", f"  {network_name(setup)}", ""):
        if columns(name + more) + len(when) + len(told) + 8 <= width:
            break
    left.append(Span(more))
    first = ends(left, [Span(when), Span("   "), Span(f"{told} ", "title")], width)
    if width_of(line(*left)) + len(when) + len(told) + 5 > width:
        first = cut(line(Span(f" {name} {view.moment} {told}", "title")), width)
    return [first, _second(view, width)]


def _cost(view: View) -> str:
    cost = view.value("C")
    return number_texts(cost, Digits(7, None))[0] if cost is not None else "·"


def _learning(view: View) -> str:
    setup = view.program.setup
    return f"{setup.loss.replace('-', ' ')} · learning rate {setup.settings['learning_rate']:g}"


def _second(view: View, width: int) -> Line:
    step = view.step
    steps = len(view.program.steps)
    if step is None:
        return cut(
            line(
                Span(f" BEFORE ITERATION {view.moment.iteration}", "phase"), f"  ·  {steps} steps"
            ),
            width,
        )
    depth = len(view.program.setup.layers)
    parts = [
        Span(f" {step.phase.upper()}", "phase"),
        Span(f"  layer {step.layer} of {depth}  ·  "),
        Span(step.quantity.name, "name"),
        Span(f"  ·  step {step.number} of {steps}"),
    ]
    return cut(tuple(parts), width)
