"""The first rows of the screen: what runs, and where in time it stands."""

from __future__ import annotations

from chainstep.core.text.counting import counted
from chainstep.core.text.network_in_words import network_name, place_in_epoch
from chainstep.core.text.notations import notation
from chainstep.core.text.numbers import Digits, number_texts
from chainstep.tui.view import Shown, View
from chainstep.tui.widgets.frame import band
from chainstep.tui.widgets.spans import Line, Lines, Span, columns, cut, line, width_of


def header_lines(shown: Shown, width: int) -> Lines:
    """What runs, how it learns, and where in time it stands; of two runs both names and costs."""
    view, other = shown.view, shown.other
    name = view.scenario.name + ("*" if view.scenario.overridden else "")
    told = f"cost {_cost(view)}" if view.program.cost else ""
    if other is not None:
        name, told = f"{name} ‖ {other.scenario.name}", f"{told} ‖ {_cost(other)}"
    epoch = place_in_epoch(view.program, view.moment.iteration)
    done = epoch or f"{counted(view.updates_done, 'update')} done"
    when = f"iteration {view.moment.iteration}, {done}"
    left = [Span(f" {name}", "title")]
    more = f"  {network_name(view.program.setup)}" if view.program.depth else ""
    if columns(name + more) + len(when) + len(told) + 8 > width:
        more = ""
    left.append(Span(more))
    right = [Span(when), Span("   "), Span(f"{told} ", "title")]
    if width_of(line(*left)) + len(when) + len(told) + 5 > width:
        left, right = [*cut(line(Span(f" {name} {view.moment} {told}", "title")), width)], []
    return [band(left, right, width), _second(shown, width)]


def _cost(view: View) -> str:
    cost = view.value(view.program.cost)
    return number_texts(cost, Digits(7, None))[0] if cost is not None else "·"


def learning_words(view: View) -> list[list[str]]:
    """How it learns, in fewer and fewer words: the loss, the rule, its settings."""
    program = view.program
    if program.loss is None or program.update is None:
        return []
    settings = [f"{name.replace('_', ' ')} {value:g}" for name, value in program.settings.items()]
    loss, rule = program.loss.title, program.update.title
    return [[loss, rule, *settings], [loss, rule, settings[0]], [rule, settings[0]], [rule]]


def _second(shown: Shown, width: int) -> Line:
    """Where in the iteration it stands, and at the other end how the network learns."""
    view = shown.view
    step, steps = view.step, len(view.program.steps)
    if step is None:
        spans = [Span(f" BEFORE ITERATION {view.moment.iteration} ", "chip")]
        spans.append(Span(f"  {steps} steps"))
    else:
        named = notation(shown.choices.notation).quantity(step.quantity, view.program)
        also = f" = {named}" if named != step.quantity.name and len(named) < width // 4 else ""
        layer = f"  layer {step.layer} of {view.program.depth}  ·  " if step.layer else "  "
        spans = [
            Span(f" {step.phase.upper()} ", "chip"),
            Span(layer),
            Span(step.quantity.name, "name"),
            Span(also, "page"),
            Span(f"  ·  step {step.number} of {steps}"),
        ]
    if view.program.mistakes:
        said = ", ".join(view.program.mistakes)
        whole = f"  ·  mistake on: {said}"
        fits = width_of(tuple(spans)) + columns(whole) <= width
        spans.append(Span(whole if fits else f"  ✗ {said}", "error"))
    for words in learning_words(view):
        said = " · ".join(words)
        if width_of(tuple(spans)) + columns(said) + 3 <= width:
            return band(spans, [Span(f"{said} ", "dim")], width)
    return band(spans, [], width)
