"""The picked entry's own line: its formula with numbers put in, the page's number, somebody's."""

from __future__ import annotations

from chainstep.core import Entry
from chainstep.core.program import Step
from chainstep.core.text.entry_formulas import with_numbers
from chainstep.core.text.numbers import Digits, number_texts
from chainstep.scenarios import Claim
from chainstep.tui.view import Shown, View
from chainstep.tui.widgets.spans import Line, Lines, Span, columns, line, width_of


def entry_lines(shown: Shown, width: int, most: int = 99) -> Lines:
    """The picked entry's own line: its formula with the numbers put in, and the page's number.

    In at most so many lines; the number itself is always among them.
    """
    view, choices = shown.view, shown.choices
    entry = choices.picked
    if entry is not None and entry.quantity == view.covered:
        return [line(Span(f" ▸{entry} = ", "name"), Span("?", "warn"))]
    if entry is None or not view.has(entry.quantity):
        return [line(Span(" →", "key"), Span(" takes the next step", "dim"))]
    step = _step_of(view, entry)
    result = number_at(view, entry, choices.digits)
    spans = [Span(f" ▸{entry} = ", "name")]
    if step is not None:
        written = with_numbers(step.expression, entry, view.values, choices.digits)
        spans.append(Span("" if written.strip("()") == result else f"{written} = "))
    spans.append(Span(result, "result"))
    if step is None:
        spans.append(
            Span("   given" if view.moment.iteration == 1 else "   at this iteration", "dim")
        )
    spans += page_spans(view, entry) + _judged_spans(shown, entry) + _before_spans(shown, entry)
    return _fitted(tuple(spans), width, most)


def _fitted(whole: Line, width: int, most: int) -> Lines:
    """The line, folded where it is too long; where there is no room, its middle left out."""
    if width_of(whole) <= width:
        return [whole]
    lines = _broken(whole, width - 1)
    if len(lines) <= most:
        return lines
    at = next(n for n, span in enumerate(whole) if span.role == "result")
    head, result = whole[:at], whole[at]
    room = most * (width - 5) - width_of((head[0], result)) - 4
    written = "".join(span.text for span in head[1:])[: max(0, room)]
    begun = written.rpartition(" ")[0]
    shorter = (head[0], *([Span(f"{begun} … = ")] if begun else []), result)
    return _broken(shorter, width - 1)[:most]


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


def _step_of(view: View, entry: Entry) -> Step | None:
    number = view.program.numbers.get(entry.quantity)
    return view.program.steps[number - 1] if number else None


_SAID = {
    "right": ("✓", "good"),
    "right-as-rounded": ("≈ right as rounded", "good"),
    "cannot-tell": ("? so few digits do not tell", "warn"),
    "follows": ("follows from an earlier wrong number", "warn"),
    "same-mistake": ("the mistake that was named", "warn"),
    "wrong": ("WRONG HERE", "bad"),
}

#: The roles that colour somebody's numbers, by verdict.
VERDICT_SIGNS = {
    "right": "✓", "right-as-rounded": "≈", "cannot-tell": "?", "follows": "↳", "same-mistake": "↳",
    "wrong": "✗",
}  # fmt: skip
VERDICT_ROLES = {verdict: role for verdict, (_, role) in _SAID.items()}


def _judged_spans(shown: Shown, entry: Entry) -> list[Span]:
    """Somebody's own number for an entry, and the verdict on it."""
    judged = shown.judged.get((shown.view.moment.iteration, entry))
    if judged is None:
        return []
    said, role = _SAID[judged.verdict]
    return [Span("   yours "), Span(f"{judged.written} {said}".strip(), role)]


def _before_spans(shown: Shown, entry: Entry) -> list[Span]:
    """What an entry was before the last change, where it was another."""
    was = shown.was
    if was is None or shown.was_value(entry.quantity) is None:
        return []
    before, now = (number_at(each, entry, shown.choices.digits) for each in (was, shown.view))
    return [Span("   before "), Span(before, "changed")] if before != now else []


def number_at(view: View, entry: Entry, digits: int) -> str:
    """An entry as it is written in this line."""
    value = view.values[entry.quantity]
    number = value[entry.position] if value.ndim else value
    return number_texts(number, Digits(digits, None))[0].replace("-", "−")


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
    from chainstep.core.check.written_numbers import reads_as  # wanted where a page prints one

    right = _at(claim.right, entry, claim) if claim.right is not None else printed
    value = view.values[entry.quantity]
    number = float(value[entry.position] if value.ndim else value)
    if reads_as(number, printed):
        return [Span("   the page prints "), Span(f"{printed} ✓", "good")]
    if right != printed and right is not None and reads_as(number, right):
        said, sign = (f" {claim.why}", "≈:") if claim.why else ("", "≈")
        return [Span("   the page prints "), Span(f"{printed} {sign}", "warn"), Span(said, "dim")]
    if claim.within and right == printed:
        return [Span("   the page prints "), Span(f"{printed} ≈ in its last place", "good")]
    return [Span("   the page prints "), Span(f"{printed} ≠", "bad")]


def _at(printed: object, entry: Entry, claim: Claim) -> str | None:
    if isinstance(printed, str):
        same = claim.entry is None or claim.entry == entry.position
        return printed if same else None
    if isinstance(printed, tuple) and len(entry.position) == 2:
        row, column = entry.position
        return str(printed[row][column])
    return None
