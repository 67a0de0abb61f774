"""What the stepper opens to be read: help, the story, why; and copying a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chainstep.core.text.notations import NOTATIONS
from chainstep.tui.keys import KEYS, TASKS
from chainstep.tui.widgets.spans import Lines, Span, folded, line

if TYPE_CHECKING:
    from chainstep.tui.stepper import StepperScreen
    from chainstep.tui.view import View


def next_notation(name: str | None) -> str:
    """The notation after this one."""
    names = list(NOTATIONS)
    at = names.index(name) if name in names else -1
    return names[(at + 1) % len(names)]


def notation_title(name: str | None) -> str:
    """A notation in a few words."""
    return f"{name}: {NOTATIONS[name].title}" if name in NOTATIONS else "the engine's names"


# ── to be read ────────────────────────────────────────────────────────────────────────────


def open_help(screen: StepperScreen) -> None:
    """Opens the list of all keys."""
    from chainstep.tui.reader import Reader

    screen.open(Reader("All keys", help_lines))


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


def open_story(screen: StepperScreen) -> None:
    """Opens what the scenario tells of itself."""
    from chainstep.tui.reader import Reader

    screen.open(Reader(screen.view.scenario.title, lambda width: story_lines(screen.view, width)))


def story_lines(view: View, width: int) -> Lines:
    """What a scenario tells of itself."""
    scenario = view.scenario
    lines: Lines = []
    if scenario.question:
        lines += [*folded(scenario.question, width, "title"), ()]
    for paragraph in scenario.story.split("\n\n"):
        lines += [*folded(paragraph, min(width, 78)), ()]
    if scenario.source is not None:
        source = scenario.source
        lines += folded(f"{source.site} {source.post or ''}", width, "dim")
        if source.url:
            lines += folded(source.url, width, "dim")
    return lines


def open_why(screen: StepperScreen) -> None:
    """Opens why the picked number is what it is."""
    from chainstep.tui.why import ask_why  # its part of the engine is wanted here alone

    ask_why(screen)


def open_check(screen: StepperScreen, path: Path) -> None:
    """Opens the verdicts on a file of numbers."""
    from chainstep.tui.checking import check_file  # its part of the engine is wanted here alone

    check_file(screen, path)


# ── copying ───────────────────────────────────────────────────────────────────────────────


def copy_as(screen: StepperScreen, key: str) -> None:
    """Copies the table of the step in the form that a key stands for."""
    from chainstep.tui.copying import FORMS, as_copied, copied

    form = FORMS.get(key)
    record = screen.view.record
    if form is None:
        screen.paint()
        return
    if record is None:
        screen.say("there is no step yet whose table could be copied")
        return
    text = as_copied(record, form)
    screen.app.copy_to_clipboard(text)
    where = copied(text, form)
    screen.say(
        f"copied as {form.name}"
        + (f"; if the terminal has no clipboard, it is in {where}" if where else "")
    )
