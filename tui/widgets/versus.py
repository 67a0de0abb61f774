"""Two runs side by side at the same moment, and what differs between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chainstep.core.setup import Array
from chainstep.core.text.numbers import Digits, number_text
from chainstep.tui.view import Choices, Shown, View
from chainstep.tui.widgets.chain import chain_lines
from chainstep.tui.widgets.entry_line import entry_lines
from chainstep.tui.widgets.frame import titled
from chainstep.tui.widgets.matrices import (
    Drawn,
    Marks,
    Matrix,
    bracketed,
    joined,
    matrix_of,
    measured,
    window,
)
from chainstep.tui.widgets.spans import (
    EMPTY,
    Lines,
    Span,
    cut,
    filled,
    folded,
    line,
    width_of,
)


def pair_lines(shown: Shown, other: View, width: int, height: int) -> Lines:
    """Both runs one below the other: their chains, their tables, and where they part."""
    view, choices = shown.view, shown.choices
    name = shown_name(shown, other)
    names = titles(view, other)
    lines: Lines = []
    if view.step is not None:
        for title, each in zip(names, (view, other), strict=True):
            chain = chain_lines(each, choices, width, 1)[:1] if height > 12 else []
            lines += [titled(width, title, cost_of(each)), *chain] if chain else []
        lines = lines[1:]  # the first title stands above
        lines += [titled(width, _told_step(view, name))] if lines else []
    said = parting_lines(view, other, name, width)
    room = height - len(lines) - len(said) - 1
    lines += _both(view, other, name, choices, (width, room))
    lines = _with_entries(lines, shown, other, (width, height - len(said) - 1))
    foot = [titled(width, "Where they part"), *said]
    return [*filled(lines, height - len(foot)), *foot] if height > 8 else filled(lines, height)


def pair_title(shown: Shown, other: View) -> tuple[str, str]:
    """What stands above both: the first run's name and cost, where its chain is below."""
    first = titles(shown.view, other)[0]
    if shown.view.step is None:
        return "Before the first step of both", ""
    return first, cost_of(shown.view)


def run_lines(shown: Shown, other: View, which: int, size: tuple[int, int]) -> Lines:
    """One of two runs in a column of its own: its chain, its table, its picked number."""
    width, height = size
    views = (shown.view, other)
    view, choices = views[which], shown.choices
    name = shown_name(shown, other)
    lines = chain_lines(view, choices, width, max(1, height // 3))
    lines = [*lines, titled(width, _told_step(view, name))] if lines else []
    entry = entry_lines(replace(shown, view=view), width)[:3] if choices.picked else []
    room = max(3, height - len(lines) - len(entry) - 1)
    blocks, apart = _blocks(views, name, choices)
    digits, columns = _fitting(blocks, apart, choices, width)
    drawn = _drawn(blocks[which], "", choices, apart, (digits, columns, room - 1))
    lines += [line(" ", *one) for one in drawn.lines[:room]]
    lines += [line(Span(f" {drawn.note}", "dim"))] if drawn.note else []
    return filled([*lines, EMPTY, *entry], height)


def _fitting(
    blocks: Sequence[Matrix], apart: Array, choices: Choices, width: int
) -> tuple[Digits, int]:
    """The most digits with which both tables fit a width, and how many columns then."""
    count = blocks[0].columns
    for digits in (Digits(choices.digits, None), Digits(5, None), Digits(4, None)):
        drawn = (_drawn(b, "", choices, apart, (digits, min(count, 40), 8)) for b in blocks)
        if max(each.width for each in drawn) + 2 <= width:
            return digits, min(count, 40)
    return digits, max(1, (width - 10) // 11)


def _told_step(view: View, name: str) -> str:
    formula = view.record.formula if view.record is not None else ""
    return f"{name} = {formula}" if formula else f"{name} before the first step"


def cost_of(view: View) -> str:
    """The cost of a run, where it is computed at this moment."""
    cost = view.value(view.program.cost) if view.program.cost else None
    return f"cost {number_text(cost.flat[0], Digits(7, None))}" if cost is not None else ""


def shown_name(shown: Shown, other: View) -> str:
    """The quantity that is shown of both: the step's, or else one in which they differ."""
    view, picked = shown.view, shown.choices.picked
    if view.step is not None:
        return view.step.quantity.name
    parted = parted_at_start(view, other)
    return picked.quantity if picked else (parted or ["a0"])[0]


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


def parted_at_start(view: View, other: View) -> list[str]:
    """The data and parameters in which two runs differ at this iteration."""
    return [
        quantity.name
        for quantity in view.program.start
        if quantity.name in other.values
        and not same(view.values[quantity.name], other.values[quantity.name])
    ]


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
    return one.shape == other.shape and not differing(one, other).any()


def differing(one: Array, other: Array) -> Array:
    """Where two arrays differ."""
    apart: Array = ~((one == other) | ((one != one) & (other != other)))  # noqa: PLR0124
    return apart


def positions(where: Array) -> list[tuple[int, ...]]:
    """The positions at which an array holds."""
    if not where.ndim:
        return [()] if where else []
    return [tuple(map(int, at)) for at in zip(*where.nonzero(), strict=True)]


def parting_lines(view: View, other: View, name: str, width: int) -> Lines:
    """Where two runs part, and how many numbers of a quantity differ, in sentences."""
    apart = differing(view.values[name], other.values[name]) if name in other.values else None
    role = "dim"
    said = _parting(view, other)
    if apart is not None and view.step is not None:
        count = int(apart.sum())
        role = "warn" if count else "equal"
        said = f"{_verdict(name, count, int(apart.size))} {said}"
    return folded(said, width - 1, role)


def _verdict(name: str, count: int, whole: int) -> str:
    if not count:
        return f"{name} is the same in both, bit for bit."
    if count == whole:
        return f"{name} differs." if whole == 1 else f"All {whole} numbers of {name} differ."
    return f"{count} of the {whole} numbers of {name} differ, marked ≠."


def _parting(view: View, other: View) -> str:
    """The first quantity of this iteration in which the two are not the same, in a sentence."""
    iteration = view.moment.iteration
    started = parted_at_start(view, other)
    if started:
        verb = "start" if iteration == 1 else "come into this iteration"
        return f"They {verb} with another {', '.join(started)}."
    before = ""
    for step in view.program.steps[: view.moment.step]:
        quantity = step.quantity.name
        if quantity not in other.values:
            continue
        if not same(view.values[quantity], other.values[quantity]):
            until = f"They are the same up to {before}, and part" if before else "They part"
            return f"{until} at {quantity}, step {step.number}."
        before = quantity
    if view.step is None:
        return "Both start from the same data and weights, bit for bit."
    return "Nothing differs so far in this iteration."


def _blocks(views: Sequence[View], name: str, choices: Choices) -> tuple[list[Matrix], Array]:
    """A quantity of two runs as matrices, and where they differ."""
    picked = choices.picked
    sheet = picked.position[0] if picked and len(picked.position) == 3 else 0
    blocks = [matrix_of(each.quantity(name), each.values[name], sheet) for each in views]
    return blocks, differing(blocks[0].values, blocks[1].values)


def _both(view: View, other: View, name: str, choices: Choices, size: tuple[int, int]) -> Lines:
    """The quantity in both runs: beside each other, or one below the other."""
    width, height = size
    if name not in other.values:
        return []
    blocks, apart = _blocks((view, other), name, choices)
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
    return bracketed(measured(block, (rows, columns), digits, marks, title=title), marks)


def _marks(block: Matrix, choices: Choices, apart: Array, seen: tuple[range, range]) -> Marks:
    """The entries in sight that differ stand out, with a sign where others do not differ."""
    rows, columns = seen
    role = "changed" if apart.all() else "differs"
    found = {block.entry(r, c): role for r in rows for c in columns if apart[r, c]}
    signs = {"differs": "≠"}
    return Marks(choices.picked, choices.picking, verdicts=found, signs=signs)
