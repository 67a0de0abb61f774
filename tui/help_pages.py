"""Pages about the program and the scenario: all keys, and the story."""

from __future__ import annotations

from chainstep.scenarios import Scenario
from chainstep.tui.keys import KEYS, TASKS
from chainstep.tui.reader import Page
from chainstep.tui.view import View
from chainstep.tui.widgets.spans import Lines, Span, folded, line

_COLUMN = 78  # cells in which a sentence is read easily


def help_page() -> Page:
    """The list of all keys."""
    return Page("All keys", help_lines)


def help_lines(width: int) -> Lines:
    """Every key, by task."""
    lines: Lines = []
    for task in TASKS:
        lines.append(line(Span(f" {task}", "title")))
        for key in KEYS:
            if key.task != task:
                continue
            parts = folded(key.text, max(20, width - 16), indent="")
            for index, part in enumerate(parts):
                shown = key.shown if index == 0 else ""
                lines.append((Span(f"   {shown:<11} ", "key"), *part))
        lines.append(())
    lines += folded("The command palette, Ctrl+P, has every action by its name.", width)
    return lines


_GALLERY = (
    ("↑↓ PgUp PgDn", "choose a question"),
    ("Enter", "open what answers it"),
    ("letters", "search: questions, names, networks, losses, sources"),
    ("/", "search for a word that begins with q or ?"),
    ("Esc", "end the search"),
    ("Ctrl+P", "the palette: every scenario and theme by name"),
    ("q", "leave"),
)


def gallery_page() -> Page:
    """What works in the gallery, and in the run that is opened from it."""

    def lines(width: int) -> Lines:
        here = [
            (Span(f"   {keys:<13} ", "key"), *part)
            for keys, said in _GALLERY
            for part in folded(said, max(20, width - 18), indent="")
        ]
        within = line(Span(" In a run that is open:", "title"))
        return [line(Span(" In the gallery", "title")), *here, (), within, (), *help_lines(width)]

    return Page("Help", lines)


def story_page(view: View) -> Page:
    """What the scenario tells of itself."""
    return Page(view.scenario.title, lambda width: story_lines(view.scenario, width))


def story_lines(scenario: Scenario, width: int) -> Lines:
    """What a scenario tells of itself."""
    lines: Lines = []
    if scenario.question:
        lines += [*folded(scenario.question, width, "title"), ()]
    for paragraph in scenario.story.split("\n\n"):
        said = paragraph.replace("`", "")
        parts = said.split("\n") if said.startswith("- ") else [said]
        lines += [each for part in parts for each in folded(part, min(width, _COLUMN))] + [()]
    if scenario.source is not None:
        source = scenario.source
        lines += folded(f"{source.site} {source.post or ''}", width, "dim")
        if source.url:
            lines += folded(source.url, width, "dim")
    return lines
