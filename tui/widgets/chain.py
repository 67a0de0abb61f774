"""The chain of a layer as lines: what this step computes, what is done, what is ahead."""

from __future__ import annotations

from chainstep.core.program import Step
from chainstep.core.quantities import Kind
from chainstep.core.text import chain_drawings as drawings
from chainstep.core.text.layer_chain import chain_of
from chainstep.core.text.notation import Notation
from chainstep.core.text.notations import notation
from chainstep.core.text.wrapping import wrap
from chainstep.tui.view import Choices, View
from chainstep.tui.widgets.spans import Line, Lines, Span, line, width_of


def chain_lines(view: View, choices: Choices, width: int, height: int) -> Lines:
    """The factors of the layer's gradient as high as fits; forward, the way through the layers."""
    step = view.step
    if step is None or height < 1:
        return []
    written = notation(choices.notation)
    if view.program.depth == 0:
        return []
    if step.phase == "forward":
        return [_along(view, step, written, width)]
    if step.phase == "update":
        return [_update(view, step, written)]
    return _backward(view, step, written, height, width)


def _mark(view: View, name: str, written: Notation) -> Span:
    """A quantity's name: in brackets where it is the one just computed, with a tick if done."""
    number = view.program.numbers.get(name)
    target = ("step", number) if number else None
    said = written.quantity(view.quantity(name), view.program)
    if view.step is not None and view.step.quantity.name == name:
        return Span(f"[{said}]", "here", target)
    if view.has(name):
        return Span(f"{said} ✓", "done", target)
    return Span(f"{said} ·", "ahead", target)


def _backward(view: View, step: Step, written: Notation, height: int, width: int) -> Lines:
    """The chain of the layer: as fractions with the legend beside, or folded to one line."""
    chain = chain_of(view.program, step, written)
    if chain is None:
        return []
    drawn = drawings.chain_lines(chain)
    if height < len(drawn) or max(map(len, drawn)) + 2 > width:
        return _one_line(view, step, drawings.chain_line(chain), height, width)
    left = max(map(len, drawn)) + 6
    legend = drawings.chain_legend(chain)
    lines = []
    for row, text in enumerate(drawn):
        said = _fitting(legend[row], width - left) if row < len(legend) else ""
        spans = _bracketed(drawn, row, f"  {text}")
        if said and left + len(said) <= width:
            spans = (*spans, Span(" " * (left - len(text) - 2)), Span(said, "dim"))
        lines.append(spans)
    return lines


def _fitting(said: str, room: int) -> str:
    """As much of a line of the legend as there is room for, in whole pieces."""
    while len(said) > room and ", " in said:
        said = said.rpartition(", ")[0]
    return said


def _bracketed(drawn: list[str], row: int, text: str) -> Line:
    """A line of the drawing, what the bracket encloses standing out."""
    if "┏" not in drawn[0] or row > 2:
        return line(text)
    start, stop = drawn[0].index("┏") + 2, drawn[0].index("┓") + 3
    return line(text[:start], Span(text[start:stop], "chain"), text[stop:])


def _one_line(view: View, step: Step, text: str, height: int, width: int) -> Lines:
    """The chain in a line, or in two; in the engine's names where it would need more."""
    folded = [part for part in wrap(text, width - 2, subsequent_indent="  ") if part]
    if len(folded) > min(2, height):
        short = chain_of(view.program, step, notation(None))
        assert short is not None, "it has a chain in one notation as in another"
        folded = wrap(drawings.chain_line(short), width - 2, subsequent_indent="  ")
        folded = folded[: min(2, height)]
    return _marked([f" {part}" for part in folded])


def _marked(texts: list[str]) -> Lines:
    """Lines, what the bracket encloses standing out, also where it goes on in the next."""
    lines: Lines = []
    inside = False
    for text in texts:
        spans: list[Span] = []
        rest = text
        while rest:
            sign = "┓" if inside else "┏"
            part, found, rest = rest.partition(sign)
            if inside:
                spans.append(Span(part + found, "chain"))
            else:
                spans.append(Span(part))
                rest = found + rest if found else rest
            if found:
                inside = not inside
                if inside:
                    head, rest = rest[0], rest[1:]
                    spans.append(Span(head, "chain"))
        lines.append(tuple(span for span in spans if span.text))
    return lines


def _along(view: View, step: Step, written: Notation, width: int) -> Line:
    """The way through the layers, as much of it around the step as there is room for."""
    program = view.program

    def said(name: str) -> str:
        return written.quantity(view.quantity(name), program)

    def way(k: int) -> str:
        return f" ─{said(f'W{k}')}→ " if f"W{k}" in program.quantities else " ──→ "

    layers = [
        (Span(way(k), "dim"), _place(view, step, k, written)) for k in range(1, program.depth + 1)
    ]
    targets = (Span(f" ← {said(program.targets)}", "dim"),) if program.targets else ()
    end = (Span(" → "), _mark(view, program.cost, written), *targets)
    first, stop = 0, len(layers)
    while True:
        before = Span(f"  {said('a0')}" if first == 0 else f"  {first} layers →", "dim")
        left = len(layers) - stop
        after = end if not left else (Span(f" → {left} more", "dim"),)
        whole = (before, *(span for pair in layers[first:stop] for span in pair), *after)
        if width_of(whole) <= width or stop - first <= 1:
            return whole
        if step.layer - 1 - first > stop - step.layer:
            first += 1
        else:
            stop -= 1


def _place(view: View, step: Step, k: int, written: Notation) -> Span:
    if step.layer == k and step.quantity.name not in {view.program.cost, "C_obs"}:
        return Span(f"[{written.quantity(step.quantity, view.program)}]", "here")
    return _mark(view, f"a{k}", written)


def _update(view: View, step: Step, written: Notation) -> Line:
    name = step.quantity.parameter
    state = [
        quantity.name
        for quantity in view.program.quantities.values()
        if quantity.parameter == name and quantity.name in view.program.numbers
        if quantity.kind is Kind.STATE
    ]
    spans = [Span(" "), _mark(view, f"{name}_new", written), Span(" = ")]
    spans += [_mark(view, name, written), Span(" − "), _mark(view, f"change{name}", written)]
    for index, each in enumerate(state):
        spans += [Span("   from " if index == 0 else ", "), _mark(view, each, written)]
    return tuple(spans)
