"""Two runs side by side at the same moment, and what differs between them."""

from __future__ import annotations

from dataclasses import replace

from chainstep.core.setup import Array
from chainstep.core.text.counting import counted
from chainstep.core.text.numbers import Digits
from chainstep.tui.view import Choices, Shown, View
from chainstep.tui.widgets.entry_line import entry_lines
from chainstep.tui.widgets.matrices import (
    Drawn,
    Marks,
    Matrix,
    bracketed,
    joined,
    matrix_of,
    window,
)
from chainstep.tui.widgets.spans import (
    EMPTY,
    Line,
    Lines,
    Span,
    cut,
    filled,
    line,
    width_of,
)


def versus_lines(shown: Shown, other: View, width: int, height: int) -> Lines:
    """What the step computed in both runs; entries that differ are marked in both."""
    view, choices = shown.view, shown.choices
    if view.step is None:
        return _start(view, other, choices, width, height)
    name = view.step.quantity.name
    assert view.record is not None
    lines: Lines = [
        cut(line(Span(f" {name} = {view.record.formula}", "name")), width),
        _verdict(view, other, name, width),
        cut(_parting(view, other), width),
        EMPTY,
    ]
    lines += _both(view, other, name, choices, (width, height - len(lines)))
    return filled(_with_entries(lines, shown, other, (width, height)), height)


def _with_entries(lines: Lines, shown: Shown, other: View, size: tuple[int, int]) -> Lines:
    """The picked entry worked out in both runs, below the tables where there is room."""
    width, height = size
    view, choices = shown.view, shown.choices
    for title, each in zip(titles(view, other), (view, other), strict=True):
        entry = entry_lines(replace(shown, view=each), width)
        worked = [cut(line(Span(f" {title}", "dim")), width), *entry]
        if choices.picked is None or len(lines) + len(worked) + 1 > height:
            break
        lines = [*lines, EMPTY, *worked]
    return lines


def _start(view: View, other: View, choices: Choices, width: int, height: int) -> Lines:
    """Before a first step: which of the weights and data differ."""
    lines: Lines = [line(Span(" Before the first step of both", "name")), EMPTY]
    parted = [
        q.name for q in view.program.start if not same(view.values[q.name], other.values[q.name])
    ]
    if not parted:
        return filled(
            [*lines, line(" Both start from the same data and weights, bit for bit.")], height
        )
    lines.append(cut(line(f" They start with different {', '.join(parted)}."), width))
    room = (width, height - len(lines) - 1)
    name = choices.picked.quantity if choices.picked else parted[0]
    return filled([*lines, EMPTY, *_both(view, other, name, choices, room)], height)


def titles(view: View, other: View) -> tuple[str, str]:
    """What the two runs are called: their scenarios, or what each does otherwise than it."""
    if is_before(view, other):
        return "after the change", "before it"
    if view.scenario.name == other.scenario.name:
        return _told(view), _told(other)
    return view.scenario.name, other.scenario.name


def is_before(view: View, other: View) -> bool:
    """Whether the other run is what this one was before it was changed."""
    return view.scenario.title == f"{other.scenario.name}, changed" or (
        view.scenario.name == other.scenario.name
        and view.scenario.story.startswith(other.scenario.story)
        and view.scenario.story != other.scenario.story
    )


def same(one: Array, other: Array) -> bool:
    """Whether two arrays are equal to the last bit; NaN is equal to NaN here."""
    return bool(((one == other) | ((one != one) & (other != other))).all())  # noqa: PLR0124


def differing(one: Array, other: Array) -> Array:
    """Where two arrays differ."""
    apart: Array = ~((one == other) | ((one != one) & (other != other)))  # noqa: PLR0124
    return apart


def positions(where: Array) -> list[tuple[int, ...]]:
    """The positions at which an array holds."""
    return [tuple(map(int, at)) for at in zip(*where.nonzero(), strict=True)]


def _verdict(view: View, other: View, name: str, width: int) -> Line:
    apart = differing(view.values[name], other.values[name])
    count = int(apart.sum())
    if not count:
        text = "the same in both, bit for bit"
    elif count == apart.size:
        text = {1: "differs", 2: "both entries differ"}.get(count, f"all {count} entries differ")
    else:
        text = f"{count} of {counted(int(apart.size), 'entry').replace('entrys', 'entries')} differ"
    return cut(line(" ", Span(text, "differs" if count else "equal")), width)


def _parting(view: View, other: View) -> Line:
    """The first quantity of this iteration in which the two are not the same."""
    for quantity in view.program.quantities.values():
        if not view.has(quantity.name) or quantity.name not in other.values:
            continue
        if not same(view.values[quantity.name], other.values[quantity.name]):
            number = view.program.numbers.get(quantity.name)
            where = f"step {number}" if number else "before step 1"
            return line(
                Span(" they part at ", "dim"),
                Span(quantity.name, "name"),
                Span(f", {where}", "dim"),
            )
    return line(Span(" nothing differs so far in this iteration", "dim"))


def _both(view: View, other: View, name: str, choices: Choices, size: tuple[int, int]) -> Lines:
    """The quantity in both runs: beside each other, or one below the other."""
    width, height = size
    if name not in other.values:
        return []
    quantity = view.quantity(name)
    sheet = (
        choices.picked.position[0] if choices.picked and len(choices.picked.position) == 3 else 0
    )
    blocks = [matrix_of(quantity, each.values[name], sheet) for each in (view, other)]
    apart = differing(blocks[0].values, blocks[1].values)
    named = titles(view, other)
    for digits in (Digits(choices.digits, None), Digits(5, None), Digits(4, None)):
        drawn = [
            _drawn(b, t, choices, apart, (digits, blocks[0].columns, height - 2))
            for b, t in zip(blocks, named, strict=True)
        ]
        lines = joined([" ", drawn[0], "   ", drawn[1]])
        if max(map(width_of, lines)) <= width:
            return lines
    below = [line(" ", *one) for each in drawn for one in each.lines]
    if len(below) <= height and max(map(width_of, below)) <= width:
        return below
    fitting = max(1, (width - 20) // 22)
    drawn = [
        _drawn(b, t, choices, apart, (digits, fitting, height - 3))
        for b, t in zip(blocks, named, strict=True)
    ]
    return [cut(one, width) for one in joined([" ", drawn[0], "   ", drawn[1]])]


def _told(view: View) -> str:
    """A run by what it does otherwise than its scenario."""
    mistakes = ", ".join(view.program.mistakes)
    changed = ", ".join(name.replace("_", " ") for name in view.scenario.overridden)
    return mistakes or (f"other {changed}" if changed else view.scenario.name)


def _drawn(
    block: Matrix, title: str, choices: Choices, apart: Array, most: tuple[Digits, int, int]
) -> Drawn:
    digits, wide, high = most
    row, column = block.place(choices.picked)
    rows, columns = window(block.rows, max(1, high), row), window(block.columns, wide, column)
    marks = _marks(block, choices, apart, (rows, columns))
    return bracketed(
        block, rows, columns, digits, marks, row_names=True, column_names=True, title=title
    )


def _marks(block: Matrix, choices: Choices, apart: Array, seen: tuple[range, range]) -> Marks:
    """The entries in sight that differ stand out, with a sign where others do not differ."""
    rows, columns = seen
    found = {block.entry(r, c): "differs" for r in rows for c in columns if apart[r, c]}
    signs = {} if apart.all() else {"differs": "≠"}
    return Marks(choices.picked, choices.picking, verdicts=found, signs=signs)
