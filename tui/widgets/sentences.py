"""The sentences below the tables: what happened, what to look at, what the page says here."""

from __future__ import annotations

from chainstep.core.text.notations import notation
from chainstep.core.why.meaning import why_now
from chainstep.core.why.remarks import remarks
from chainstep.tui.view import Shown, View
from chainstep.tui.widgets.source import told_of_line
from chainstep.tui.widgets.spans import Lines, Span, cut, folded
from chainstep.tui.widgets.versus import differing


def sentence_lines(shown: Shown, width: int) -> Lines:
    """All that there is to say at a moment: the hint, the remarks, the page's own notes."""
    view = shown.view
    if shown.choices.derivation and view.step is not None:
        return folded(derivation(view), width, "hint")
    hint = folded(shown.hint, width, "hint") if shown.hint else []
    if view.record is None:
        return hint or folded("Press → for the first step. ← takes it back.", width)
    if view.covered:
        return folded(f"{view.covered} is covered: say what it is, then see.", width, "hint")
    page = shown.choices.notation
    said = (*_changed(shown), *remarks_of(view, page))
    if view.step is not None and (now := why_now(view.step, view.program, notation(page))):
        said = (*said, now)
    found, role = told_of_line(view)
    lines = [*hint, *(folded(found, width, role) if found else [])]
    lines += folded(" ".join(said), width) if said else []
    for note in view.scenario.notes:
        if (note.iteration, note.quantity) == (view.moment.iteration, view.record.quantity):
            lines += folded(note.sentence, width, "page")
    return lines


def _changed(shown: Shown) -> tuple[str, ...]:
    """How many numbers of the step were others before the last change."""
    view = shown.view
    name = view.step.quantity.name if view.step else ""
    before = shown.was_value(name)
    if before is None:
        return ()
    apart = differing(view.values[name], before)
    count, whole = int(apart.sum()), int(apart.size)
    if not count:
        return (f"The change leaves {name} as it was, to the last bit.",)
    told = "the whole" if count == whole else f"{count} of {whole} entries"
    return (f"The change makes {told} of {name} another; b shows both.",)


def remarks_of(view: View, page: str | None = None) -> tuple[str, ...]:
    """The remarks of the record in a page's notation, worked out once per view."""
    key = ("remarks", page)
    if key not in view.kept:
        assert view.record is not None
        view.kept[key] = remarks(view.record, notation(page))
    found = view.kept[key]
    assert isinstance(found, tuple)
    return found


def prepared(view: View) -> View:
    """The view with what is slow to find for large networks found already."""
    if view.record is not None:
        remarks_of(view)
    return view


def derivation(view: View) -> str:
    """How the slope of the layer's activation comes about, in one line."""
    layer = view.step.layer if view.step else 1
    activation = view.program.activation(layer)
    if activation is None:
        return "There is no layer here whose slope could be derived."
    return f"Slope of {activation.name}: {activation.derivation}."


def ended(said: Lines, everything: Lines, width: int) -> Lines:
    """The sentences that there is room for; an ellipsis where there are more."""
    if not said or len(said) == len(everything):
        return said
    return [*said[:-1], (*cut(said[-1], width - 2), Span(" …", "dim"))]
