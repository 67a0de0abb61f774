"""The whole screen of a moment: its parts in the room that there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chainstep.core import Entry
from chainstep.core.activations import ACTIVATIONS
from chainstep.core.runs.curves import Curve
from chainstep.core.why.remarks import remarks
from chainstep.tui.view import Look, View
from chainstep.tui.widgets.blocks import Marks, Room
from chainstep.tui.widgets.inspector import Texts, inspector_lines
from chainstep.tui.widgets.operation import caption, lit_by, operation_lines
from chainstep.tui.widgets.plots import curves_lines
from chainstep.tui.widgets.rows import (
    entry_lines,
    header_lines,
    sentence_lines,
    timeline_line,
)
from chainstep.tui.widgets.spans import EMPTY, Line, Lines, Span, cut, folded, line, padded
from chainstep.tui.widgets.versus import versus_lines
from chainstep.tui.words import chain_lines

SIDE_BY_SIDE = 110  # cells from which on the matrices stand beside the step
_LEFT = 77
_WHOLE, _SMALL = 64, 600  # lines of tables that are laid out whole, and numbers in them
_CURVE = 6  # lines that the cost needs below the matrices


@dataclass(frozen=True)
class Beside:
    """What a page shows besides its view: the curves so far, and the view of a second run.

    ``runs`` says of which run each curve is, where there are two.
    """

    curves: Sequence[Curve] = ()
    other: View | None = None
    runs: Sequence[str] = ()


NOTHING = Beside()


@dataclass(frozen=True)
class Page:
    """The lines of a screen, and those of the inspector among them."""

    lines: Lines
    inspector: Lines


def shows_inspector(look: Look, width: int) -> bool:
    """Whether the matrices are on the screen: beside the step by default where there is room."""
    return width >= SIDE_BY_SIDE if look.inspector is None else look.inspector


def prepared(view: View) -> View:
    """The view with what is slow to find for large networks found already."""
    if view.record is not None:
        _remarks(view)
    return view


def page_of(
    view: View,
    look: Look,
    size: tuple[int, int],
    before: Texts | None = None,
    beside: Beside = NOTHING,
) -> Page:
    """The screen of a view, as large as the terminal."""
    width, height = size
    lines = header_lines(view, width, beside.other)[: 2 if height > 6 else 1]
    foot = [timeline_line(view, width)] if height > 2 else []
    if height > 7:
        foot += footer_lines(look, width)
    elif look.status:
        foot[-1:] = status_lines(look, width)[:1]
    room = height - len(lines) - len(foot)
    inspector: Lines = []
    wide = shows_inspector(look, width) and width >= SIDE_BY_SIDE
    left = min(max(_LEFT, width * 16 // 25), 110) if wide else width
    rules = room >= (12 if wide else 14)
    body = _main(view, look, (left, room - 2 * rules), before, beside, wide=wide)
    if wide:
        inspector = inspector_lines(view, width - left - 1, room - 2 * rules, before)
        right = _with_curve(inspector, view, look, (width - left - 1, room - 2 * rules), beside)
        joined = _beside(body, right, left)
        lines += [_rule(width, left, "┬"), *joined, _rule(width, left, "┴")] if rules else joined
    else:
        lines += [_rule(width), *body, _rule(width)] if rules else body
        inspector = body if shows_inspector(look, width) else []
    whole = [cut(one, width) for one in [*lines[: height - len(foot)], *foot]]
    return Page(whole, inspector)


def _main(
    view: View,
    look: Look,
    size: tuple[int, int],
    before: Texts | None,
    beside: Beside,
    *,
    wide: bool,
) -> Lines:
    """What stands in the middle: the step, or what was asked for in its place."""
    width, height = size
    if look.curves:
        now = view.moment.iteration
        return curves_lines(
            beside.curves, now, size, logarithmic=look.logarithmic, runs=beside.runs
        )
    if look.inspector and not wide:
        return _filled(inspector_lines(view, width, height, before), height)
    if beside.other is not None:
        return versus_lines(view, beside.other, look, width, height)
    return body_lines(view, look, width, height)


def _with_curve(
    inspector: Lines, view: View, look: Look, size: tuple[int, int], beside: Beside
) -> Lines:
    """The matrices, and below them the cost so far where there is room."""
    width, height = size
    spare = height - len(inspector) - 1
    if spare < _CURVE or look.curves or not beside.curves:
        return inspector
    size = (width, min(spare, 2 * _CURVE))
    now = view.moment.iteration
    plot = curves_lines(
        beside.curves[:1], now, size, logarithmic=look.logarithmic, runs=beside.runs[:1]
    )
    gap = height - len(inspector) - len(plot)
    return [*inspector, *[EMPTY] * gap, *plot]


def _beside(body: Lines, inspector: Lines, left: int) -> Lines:
    right = [*inspector, *[EMPTY] * (len(body) - len(inspector))]
    return [
        (*padded(one, left), Span("│", "rule"), *other)
        for one, other in zip(body, right, strict=False)
    ]


def _rule(width: int, at: int | None = None, joint: str = "") -> Line:
    text = "─" * width
    if at is not None:
        text = "─" * at + joint + "─" * (width - at - 1)
    return line(Span(text, "rule"))


def body_lines(view: View, look: Look, width: int, height: int) -> Lines:
    """Chain, operation, the picked entry and the sentences, in exactly that height."""
    marks = Marks(
        picked=look.picked,
        active=look.picking,
        lit=lit_by(view.step, look.picked),
        fresh=view.step.quantity.name if view.step else "",
        verdicts=_verdicts(view, look),
    )
    entry = entry_lines(view, look, width)
    everything = _said(view, look, width)
    if height <= 4:
        space = Room(width, height - 1, look.digits, marks)
        return _filled([*operation_lines(view, look, space), *entry], height)
    rules = height >= 15
    entry = entry[: max(1, height // 5)]
    said = everything[: max(1 if height > 9 else 0, height // 5)]
    if said and view.record is None and look.picked is None:
        entry = []  # the sentences say the same
    told = caption(view, width)
    fixed = len(told) + len(entry) + len(said) + 2 * rules  # the caption, and two thin rules
    room = height - fixed
    space = Room(width, _WHOLE, look.digits, marks)
    tables = operation_lines(view, look, space) if _is_small(view) else None
    least = 1 if room > 6 else 0
    spare = room - len(tables) if tables is not None else least
    chain = chain_lines(view, look, width, max(spare, least))
    if tables is None or len(tables) > room - len(chain):
        tables = operation_lines(view, look, replace(space, height=room - len(chain)))
    spare = room - len(chain) - len(tables)
    missing = len(everything) - len(said) - spare  # sentences matter more than rules
    above, below = rules and missing < 2, rules and missing < 1
    spare += (not above) * rules + (not below) * rules
    more = everything[len(said) : len(said) + spare]
    said, spare = _ended([*said, *more], everything, width), spare - len(more)
    lines = [*chain]
    if above and chain:
        lines.append(_rule(width))
    lines += told
    gap = 1 if spare >= 2 else 0
    lines += [EMPTY] * gap + tables + [EMPTY] * gap + entry
    if below and said:
        bottom = height - len(said) - 1
        lines += [EMPTY] * max(0, bottom - len(lines))
        lines.append(_rule(width))
    return _filled([*lines, *said], height)


def _ended(said: Lines, everything: Lines, width: int) -> Lines:
    """The sentences that there is room for; an ellipsis where there are more."""
    if not said or len(said) == len(everything):
        return said
    return [*said[:-1], (*cut(said[-1], width - 2), Span(" …", "dim"))]


_ROLES = {
    "right": "good",
    "right-as-rounded": "good",
    "cannot-tell": "warn",
    "follows": "warn",
    "same-mistake": "warn",
    "wrong": "bad",
}


def _verdicts(view: View, look: Look) -> dict[Entry, str]:
    """The roles of the entries of this iteration that somebody's numbers were held against."""
    return {
        entry: _ROLES[held.verdict]
        for (iteration, entry), held in look.held.items()
        if iteration == view.moment.iteration
    }


def _is_small(view: View) -> bool:
    step = view.step
    sizes = [q.size for q in (*step.operands, step.quantity)] if step else [10**6]
    return sum(sizes) < _SMALL


def _filled(lines: Lines, height: int) -> Lines:
    return [*lines[:height], *[EMPTY] * (height - len(lines))]


def _said(view: View, look: Look, width: int) -> Lines:
    if look.derivation and view.step is not None:
        return folded(derivation(view), width, "hint")
    hint = folded(look.hint, width, "hint") if look.hint else []
    if view.record is None:
        return hint or folded("Press → for the first step. ← takes it back.", width)
    notes = tuple(
        note.text
        for note in view.scenario.notes
        if (note.iteration, note.quantity) == (view.moment.iteration, view.record.quantity)
    )
    return [*hint, *sentence_lines(_remarks(view), notes, width)]


def _remarks(view: View) -> tuple[str, ...]:
    """The remarks of the record, worked out once per view."""
    if "remarks" not in view.kept:
        assert view.record is not None
        view.kept["remarks"] = remarks(view.record)
    found = view.kept["remarks"]
    assert isinstance(found, tuple)
    return found


def derivation(view: View) -> str:
    """How the slope of the layer's activation comes about, in one line."""
    layer = view.step.layer if view.step else 1
    name = view.program.setup.layers[layer - 1].activation
    return f"Slope of {name}: {ACTIVATIONS[name].derivation}."


def status_lines(look: Look, width: int) -> Lines:
    """What there is to say about the last key, in as many lines as it needs, three at most."""
    return folded(look.status, width, look.status_role)[:3]


_FOOTERS = (
    (
        " → next  ← back  [ ] phase  { } iteration  Enter pick a number  w why  y copy"
        "  g go to  r run  ? all keys"
    ),
    " → next  ← back  Enter pick  w why  y copy  [ ] phase  { } iteration  g go  ? keys",
    " → next ← back  Enter pick  w why  [ ] phase  { } iteration  g go  r run  ? keys",
    " → next ← back  Enter pick  w why  g go  ? keys  q quit",
    " → next ← back ? keys",
)
_PICKING = (
    " arrows move  Tab next table  w why  e edit  p pin  y copy  Space next step  Esc out  ? keys",
    " arrows move  Tab table  w why  e edit  p pin  Esc out",
    " arrows  Esc out",
)


def footer_lines(look: Look, width: int) -> Lines:
    """The keys that matter here, or what there is to say about the last one."""
    if look.status:
        return status_lines(look, width)
    for text in _PICKING if look.picking else _FOOTERS:
        if len(text) <= width:
            return [line(Span(text, "keys"))]
    return []
