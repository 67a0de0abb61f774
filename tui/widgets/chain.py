"""The chain of a layer as lines: what this step computes, what is done, what is ahead."""

from __future__ import annotations

from chainstep.core.program import Step
from chainstep.core.text import chain_drawings as drawings
from chainstep.core.text.layer_chain import chain_of
from chainstep.core.text.notation import Notation
from chainstep.core.text.notations import notation
from chainstep.core.text.wrapping import wrap
from chainstep.tui.view import Choices, View
from chainstep.tui.widgets.spans import Line, Lines, Span, line


def chain_lines(view: View, choices: Choices, width: int, height: int) -> Lines:
    """The factors of the layer's gradient as high as fits; forward, the way through the layers."""
    step = view.step
    if step is None or height < 1:
        return []
    if step.phase == "forward":
        return [_along(view, step)]
    if step.phase == "update":
        return [_update(view, step)]
    return _backward(view, step, notation(choices.notation), height, width)


def _mark(view: View, name: str) -> Span:
    """A quantity's name: in brackets where it is the one just computed, with a tick if done."""
    if view.step is not None and view.step.quantity.name == name:
        return Span(f"[{name}]", "here", ("step", view.program.numbers[name]))
    if view.has(name):
        number = view.program.numbers.get(name)
        return Span(f"{name} ✓", "done", ("step", number) if number else None)
    return Span(f"{name} ·", "ahead", ("step", view.program.numbers[name]))


def _backward(view: View, step: Step, written: Notation, height: int, width: int) -> Lines:
    """The chain of the layer: as fractions with the legend beside, or folded to one line."""
    chain = chain_of(view.program, step, written)
    drawn = drawings.chain_lines(chain)
    if height < len(drawn) or max(map(len, drawn)) + 2 > width:
        return _one_line(view, step, drawings.chain_line(chain), height, width)
    left = max(map(len, drawn)) + 6
    legend = drawings.chain_legend(chain)
    lines = []
    for row, text in enumerate(drawn):
        said = legend[row] if row < len(legend) else ""
        spans = _bracketed(drawn, row, f"  {text}")
        if said and left + len(said) <= width:
            spans = (*spans, Span(" " * (left - len(text) - 2)), Span(said, "dim"))
        lines.append(spans)
    return lines


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
        short = drawings.chain_line(chain_of(view.program, step, notation(None)))
        folded = wrap(short, width - 2, subsequent_indent="  ")[: min(2, height)]
    return [_marked(f" {part}") for part in folded]


def _marked(text: str) -> Line:
    if "┏" not in text:
        return line(text)
    start, stop = text.index("┏"), text.index("┓") + 1
    return line(text[:start], Span(text[start:stop], "chain"), text[stop:])


def _along(view: View, step: Step) -> Line:
    depth = len(view.program.setup.layers)
    spans = [Span("  a0", "done")]
    for k in range(1, depth + 1):
        spans += [Span(f" ─W{k}→ ", "dim"), _place(view, step, k)]
    spans += [Span(" → "), _mark(view, "C"), Span(" ← y", "dim")]
    return tuple(spans)


def _place(view: View, step: Step, k: int) -> Span:
    if step.layer == k and not step.quantity.role.startswith("C"):
        return Span(f"[{step.quantity.name}]", "here")
    return _mark(view, f"a{k}")


def _update(view: View, step: Step) -> Line:
    k = step.layer
    letter = "b" if step.quantity.name.replace("_new", "").endswith(f"b{k}") else "W"
    name = f"{letter}{k}"
    return line(
        " ",
        _mark(view, f"{name}_new"),
        " = ",
        _mark(view, name),
        " − ",
        _mark(view, f"change{name}"),
    )
