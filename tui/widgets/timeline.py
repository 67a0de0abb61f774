"""The timeline: the steps of the iteration in their phases and layers."""

from __future__ import annotations

from chainstep.core.program import Step
from chainstep.core.roles import PHASES
from chainstep.tui.view import View
from chainstep.tui.widgets.spans import Line, Span, cut, width_of


def timeline_line(view: View, width: int) -> Line:
    """The steps of the iteration in their phases and layers; a click goes to a step."""
    for open_phases in (PHASES, (_phase(view),), ()):
        whole = _timeline(view, tuple(open_phases))
        if width_of(whole) <= width:
            return whole
    return cut(_around(view, width), width)


def _phase(view: View) -> str:
    return view.step.phase if view.step else "forward"


def _timeline(view: View, opened: tuple[str, ...]) -> Line:
    spans = [Span(f" it {view.moment.iteration} ")]
    for phase in PHASES:
        steps = [step for step in view.program.steps if step.phase == phase]
        done = all(step.number <= view.moment.step for step in steps)
        target = ("step", steps[-1].number)
        spans += [Span("│", "rule"), Span(phase, "phase" if phase == _phase(view) else "", target)]
        if phase not in opened:
            spans.append(Span(" ✓" if done else " ·", "done" if done else "ahead", target))
            continue
        layer = None
        for step in steps:
            if step.layer != layer:
                layer = step.layer
                told = f" L{layer} " if view.program.depth else " "
                spans.append(Span(told, "dim", ("step", step.number)))
            spans.append(_tick(view, step))
        spans.append(Span(" "))
    spans += [Span("│", "rule"), Span(f" {view.moment.step}/{len(view.program.steps)}")]
    return tuple(spans)


def _tick(view: View, step: Step) -> Span:
    target = ("step", step.number)
    if step.number == view.moment.step:
        return Span("▌", "here", target)
    if step.number < view.moment.step:
        return Span("█", "done", target)
    return Span("·", "ahead", target)


def _around(view: View, width: int) -> Line:
    """The steps near the one that has been done."""
    told = f" it {view.moment} of {len(view.program.steps)} "
    room = max(0, width - len(told))
    first = max(0, min(view.moment.step - room // 2, len(view.program.steps) - room))
    ticks = [_tick(view, step) for step in view.program.steps[first : first + room]]
    return (Span(told), *ticks)
