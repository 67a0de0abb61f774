"""The rows around the tables: where in time it stands, the picked entry, the timeline, the keys."""

from __future__ import annotations

from chainstep.core import Entry
from chainstep.core.program import Step
from chainstep.core.roles import PHASES
from chainstep.core.text.entry_formulas import with_numbers
from chainstep.core.text.network_in_words import network_name
from chainstep.core.text.numbers import Digits, number_texts
from chainstep.scenarios import Claim
from chainstep.tui.view import Look, View
from chainstep.tui.widgets.spans import (
    Line,
    Lines,
    Span,
    columns,
    cut,
    ends,
    folded,
    line,
    width_of,
)


def counted(number: int, word: str) -> str:
    """``1 update``, ``2 updates``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


# ── where it stands ───────────────────────────────────────────────────────────────────────


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


# ── the picked entry ──────────────────────────────────────────────────────────────────────


def entry_lines(view: View, look: Look, width: int) -> Lines:
    """The picked entry's own line: its formula with the numbers put in, and the page's number."""
    entry = look.picked
    if entry is None or not view.has(entry.quantity):
        return [line(Span(" →", "key"), Span(" takes the next step", "dim"))]
    value = view.values[entry.quantity]
    step = _step_of(view, entry)
    number = value[entry.position] if value.ndim else value
    result = number_texts(number, Digits(look.digits, None))[0]
    result = result.replace("-", "−", 1)
    spans = [Span(f" ▸{_short(entry)} = ", "name")]
    if step is not None:
        written = with_numbers(step.expression, entry, view.values, look.digits)
        spans.append(Span("" if written.strip("()") == result else f"{written} = "))
    spans.append(Span(result, "result"))
    if step is None:
        spans.append(
            Span("   given" if view.moment.iteration == 1 else "   at this iteration", "dim")
        )
    spans += page_spans(view, entry) + _held_spans(view, look, entry)
    whole = tuple(spans)
    if width_of(whole) <= width:
        return [whole]
    return _broken(whole, width)


def _broken(whole: Line, width: int) -> Lines:
    """A line too long for the width, folded between its terms."""
    lines: Lines = []
    current: list[Span] = []
    room = width
    for span in whole:
        for piece in _words(span.text):
            word = piece
            if columns(word) > room and current:
                lines.append(tuple(current))
                current, room = [Span("    ")], width - 4
                word = word.lstrip()
            current.append(span._replace(text=word))
            room -= columns(word)
    return [*lines, tuple(current)]


def _words(text: str) -> list[str]:
    parts = text.split(" ")
    return [f"{part} " for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _short(entry: Entry) -> str:
    return str(entry)


def _step_of(view: View, entry: Entry) -> Step | None:
    number = view.program.numbers.get(entry.quantity)
    return view.program.steps[number - 1] if number else None


_SAID = {
    "right": ("✓", "good"),
    "right-as-rounded": ("≈ right as rounded", "good"),
    "cannot-tell": ("so few digits cannot tell", "warn"),
    "follows": ("follows from an earlier wrong number", "warn"),
    "same-mistake": ("the same mistake", "warn"),
    "wrong": ("WRONG HERE", "bad"),
}


def _held_spans(view: View, look: Look, entry: Entry) -> list[Span]:
    """Somebody's own number for an entry, and the verdict on it."""
    held = look.held.get((view.moment.iteration, entry))
    if held is None:
        return []
    said, role = _SAID[held.verdict]
    return [Span("   yours "), Span(f"{held.written} {said}".strip(), role)]


def claim_at(view: View, quantity: str) -> Claim | None:
    """What the page prints for a quantity at this iteration."""
    for claim in view.scenario.claims:
        if (claim.iteration, claim.quantity) == (view.moment.iteration, quantity):
            return claim
    return None


def page_spans(view: View, entry: Entry) -> list[Span]:
    """The page's number for an entry, and whether the engine's is the same at its digits."""
    claim = claim_at(view, entry.quantity)
    printed = _at(claim.printed, entry, claim) if claim else None
    if claim is None or printed is None:
        return []
    right = _at(claim.right, entry, claim) if claim.right is not None else printed
    value = view.values[entry.quantity]
    number = float(value[entry.position] if value.ndim else value)
    if _reads(number, printed):
        return [Span("   page "), Span(f"{printed} ✓", "good")]
    if right != printed and right is not None and _reads(number, right):
        said = f" {claim.why}" if claim.why else ""
        return [Span("   page "), Span(f"{printed} ≈", "warn"), Span(said, "dim")]
    if claim.within and right == printed:
        return [Span("   page "), Span(f"{printed} ≈ in its last place", "good")]
    return [Span("   page "), Span(f"{printed} ≠", "bad")]


def _reads(number: float, printed: str) -> bool:
    """Whether a number, rounded to the digits of a printed one, reads the same."""
    from chainstep.core.check.written_numbers import (  # wanted where a page prints a number
        digits_of,
        value_of,
    )

    digits = digits_of(printed)
    if digits is None:
        return False
    return float(f"{number:.{max(0, -digits.last_place)}f}") == value_of(printed)


def _at(printed: object, entry: Entry, claim: Claim) -> str | None:
    if isinstance(printed, str):
        same = claim.entry is None or claim.entry == entry.position
        return printed if same else None
    if isinstance(printed, tuple) and len(entry.position) == 2:
        row, column = entry.position
        return str(printed[row][column])
    return None


# ── sentences ─────────────────────────────────────────────────────────────────────────────


def sentence_lines(sentences: tuple[str, ...], notes: tuple[str, ...], width: int) -> Lines:
    """What just happened and what to look at, and what the page says here."""
    lines: Lines = []
    if sentences:
        lines += folded(" ".join(sentences), width)
    for note in notes:
        lines += folded(f"The page says: {note}", width, "page")
    return lines


# ── the timeline ──────────────────────────────────────────────────────────────────────────


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
                spans.append(Span(f" L{layer} ", "dim", ("step", step.number)))
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
