"""The step in the middle of the screen: its chain, its tables, the picked entry, sentences."""

from __future__ import annotations

from dataclasses import replace

from chainstep.core import Entry
from chainstep.tui.view import Shown, View
from chainstep.tui.widgets.chain import chain_lines
from chainstep.tui.widgets.entry_line import VERDICT_ROLES, entry_lines
from chainstep.tui.widgets.frame import titled
from chainstep.tui.widgets.inspector import given_lines
from chainstep.tui.widgets.matrices import Marks, Space
from chainstep.tui.widgets.network import network_lines, network_said
from chainstep.tui.widgets.operation import caption, lit_by, operation_lines
from chainstep.tui.widgets.sentences import ended, sentence_lines
from chainstep.tui.widgets.spans import EMPTY, Lines, filled
from chainstep.tui.widgets.versus import differing, positions

_ROOMY, _BROAD = 14, 90  # lines left over, and cells, from which on the network is drawn there
_TALL = 24  # lines from which on a caption may have two
_WHOLE, _SMALL = 64, 600  # lines of tables that are laid out whole, and numbers in them


def body_lines(shown: Shown, width: int, height: int) -> Lines:
    """Chain, operation, the picked entry and the sentences, in exactly that height."""
    view, choices = shown.view, shown.choices
    marks = Marks(
        picked=choices.picked,
        active=choices.picking,
        lit=lit_by(view.step, choices.picked),
        fresh=view.step.quantity.name if view.step else "",
        verdicts=_verdicts(shown),
    )
    entry = entry_lines(shown, width, max(1, height // 5) if height > 4 else 1)
    everything = sentence_lines(shown, width)
    if height <= 4:
        space = Space(width, height - 1, choices.digits, marks)
        return filled([*operation_lines(view, choices, space), *entry], height)
    rules = height >= 15
    said = everything[: max(1 if height > 9 else 0, height // 5)]
    if said and view.record is None and choices.picked is None:
        entry = []  # the sentences say the same
    told = caption(view, choices, width, 2 if height >= _TALL else 1)
    fixed = len(told) + len(entry) + len(said) + 2 * rules  # the caption, and two thin rules
    room = height - fixed
    space = Space(width, _WHOLE, choices.digits, marks)
    tables = operation_lines(view, choices, space) if _is_small(view) else None
    if view.step is None:
        tables = operation_lines(view, choices, replace(space, height=room))
    least = 1 if room > 6 else 0
    spare = room - len(tables) if tables is not None else least
    chain = chain_lines(view, choices, width, max(spare, least))
    if view.step is None and not tables:
        tables = given_lines(view, width, max(1, room), choices.picked)
    elif tables is None or len(tables) > room - len(chain):
        tables = operation_lines(view, choices, replace(space, height=room - len(chain)))
    spare = room - len(chain) - len(tables)
    missing = len(everything) - len(said) - spare  # sentences matter more than rules
    above, below = rules and missing < 2, rules and missing < 1
    spare += (not above) * rules + (not below) * rules
    more = everything[len(said) : len(said) + spare]
    said, spare = ended([*said, *more], everything, width), spare - len(more)
    lines = [*chain]
    if above and chain:
        lines.append(titled(width, "This step"))
    lines += told
    gap = 1 if spare >= 2 else 0
    lines += [EMPTY] * gap + tables + [EMPTY] * gap + entry
    left_over = height - len(said) - 1 - len(lines)
    drawn = choices.side != "network"
    if left_over >= _ROOMY and width >= _BROAD and view.program.depth and drawn:
        lines.append(titled(width, "Network", network_said(view, choices, width)))
        lines += network_lines(view, choices, width, left_over - 1)
    if below and said:
        bottom = height - len(said) - 1
        lines += [EMPTY] * max(0, bottom - len(lines))
        lines.append(titled(width, "What to see"))
    return filled([*lines, *said], height)


def body_title(view: View) -> str:
    """What the top of the body is: the chain of a layer, the way through them, or the step."""
    if view.step is None:
        return "Before the first step" if view.moment.iteration == 1 else "Before this iteration"
    if view.program.depth == 0:
        return "This step"
    layer = f" of layer {view.step.layer}" if view.step.layer else ""
    return {
        "forward": "The way through the layers",
        "backward": f"The chain{layer}",
        "update": f"The update{layer}",
    }[view.step.phase]


def _verdicts(shown: Shown) -> dict[Entry, str]:
    """The roles of entries: somebody's numbers were held against them, or they were others."""
    return _others(shown) | {
        entry: VERDICT_ROLES[judged.verdict]
        for (iteration, entry), judged in shown.judged.items()
        if iteration == shown.view.moment.iteration
    }


def _others(shown: Shown) -> dict[Entry, str]:
    """The entries of the step's tables that were others before the last change."""
    view = shown.view
    if shown.was is None or view.step is None:
        return {}
    found: dict[Entry, str] = {}
    for quantity in (*view.step.operands, view.step.quantity):
        before = shown.was_value(quantity.name)
        if quantity.size < _SMALL and before is not None:
            apart = differing(view.values[quantity.name], before)
            found |= {Entry(quantity.name, at): "changed" for at in positions(apart)}
    return found


def _is_small(view: View) -> bool:
    step = view.step
    sizes = [q.size for q in (*step.operands, step.quantity)] if step else [10**6]
    return sum(sizes) < _SMALL
