"""Somebody's own numbers, typed or pasted in place: the verdict on each at once, the rest below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.timer import Timer
from textual.widgets import TextArea

from chainstep.core.check.check_numbers import Check, check, first_verdicts
from chainstep.core.check.check_text import text as check_text
from chainstep.core.check.verdicts import Marked
from chainstep.core.quantities import Quantity
from chainstep.core.text.notations import notation
from chainstep.core.text.typed import Names
from chainstep.scenarios import Scenario
from chainstep.scenarios.pasted_numbers import pasted, with_its_name
from chainstep.tui.asking import AskingScreen
from chainstep.tui.check_pages import judged_numbers, judged_of, moment_of
from chainstep.tui.chooser import Choice
from chainstep.tui.messages import Hit, Hold, List, Moved, Say, Scrolled, TypeNumbers
from chainstep.tui.mover import Mover, Tell
from chainstep.tui.themes import THEMES
from chainstep.tui.widgets.canvas import Canvas, let
from chainstep.tui.widgets.coloured import coloured
from chainstep.tui.widgets.entry_line import VERDICT_ROLES, VERDICT_SIGNS
from chainstep.tui.widgets.footer import offers
from chainstep.tui.widgets.frame import band, framed, head
from chainstep.tui.widgets.spans import EMPTY, Lines, Span, cut, filled, folded, line

_PAUSE = 0.4  # seconds without a key after which the mistake is looked for
_WIDE = 110  # cells from which on the verdict stands beside the sheet
_HOW = (
    "Each number is judged as soon as it stands in the sheet, and the first wrong one is named. "
    "Another table goes below the first by its name: a3 = [[…]]. A ? stands for a number that "
    "you do not have."
)


@dataclass(frozen=True)
class Wanted:
    """Which numbers are asked for: of a quantity at an iteration of a scenario's run."""

    scenario: Scenario
    quantity: str
    iteration: int
    notation: str | None
    with_files: bool = True

    @property
    def names(self) -> Names:
        return Names(self.scenario.program, notation(self.notation))

    @property
    def title(self) -> str:
        """The quantity as the page and as the engine call it, and the iteration."""
        program = self.scenario.program
        quantity = program.quantities[self.quantity]
        said = notation(self.notation).beside(quantity, program)
        return f"{said}, iteration {self.iteration}"


class Searched(Message):
    """The whole answer of check, and the text that it answers."""

    def __init__(self, found: Check, text: str) -> None:
        super().__init__()
        self.found, self.text = found, text


class NumbersScreen(AskingScreen[Message | None]):
    """A sheet to type into, and what there is to say of it."""

    CSS = """
    NumbersScreen TextArea {
        height: 2fr; padding: 0; background: $background; border: round $accent;
        border-title-color: $accent; border-title-style: bold;
        border-subtitle-color: $text-muted;
    }
    NumbersScreen TextArea:focus { border: round $accent; }
    NumbersScreen #middle { height: 1fr; layout: vertical; }
    NumbersScreen.-wide #middle { layout: horizontal; }
    NumbersScreen.-wide TextArea { width: 1fr; height: 1fr; }
    NumbersScreen.-ascii TextArea, NumbersScreen.-ascii TextArea:focus { border: ascii $accent; }
    """

    def __init__(self, wanted: Wanted, text: str = "") -> None:
        super().__init__()
        self.wanted = wanted
        self.head, self.foot, self.mover = Canvas(1), Canvas(1), Mover()
        self.canvas = Canvas("3fr")
        self.sheet = TextArea(text, tab_behavior="focus", placeholder=self._example())
        self._marked: Sequence[Marked] = ()
        self._found: Check | None = None
        self._error, self._foot = "", ""
        self._top = 0
        self._waiting: Timer | None = None

    def _example(self) -> str:
        shape = self.wanted.scenario.program.quantities[self.wanted.quantity].shape
        row = "  ".join(["0.123"] * min(4, shape[-1] if shape else 1))
        rows = min(4, shape[-2]) if len(shape) > 1 else 1
        return "\n".join([row] * rows)

    def compose(self) -> ComposeResult:
        yield self.head
        with Container(id="middle"):
            yield self.sheet
            yield self.canvas
        yield self.foot
        yield self.mover

    def on_mount(self) -> None:
        self._entitle()
        self.sheet.border_subtitle = "numpy, MATLAB, CSV, plain columns; ? is not given"
        self.on_resize()
        self.sheet.focus()
        if self.sheet.text:
            self._read()

    def _entitle(self) -> None:
        quantity = self.wanted.scenario.program.quantities[self.wanted.quantity]
        told = _told(quantity, quantity.name)
        self.sheet.border_title = f"Type or paste {quantity.name}: {told}"
        self.sheet.placeholder = self._example()

    # ── reading ──

    @on(TextArea.Changed)
    def _read(self) -> None:
        """Reads the sheet and judges every number at once; the mistake is looked for later."""
        self._found, self._top = None, 0
        wanted = self.wanted
        try:
            written = pasted(self.sheet.text, wanted.quantity, wanted.iteration, wanted.names)
            self._marked, self._error = first_verdicts(wanted.scenario.setup, written), ""
        except Exception as error:  # noqa: BLE001  what is typed is not finished yet
            from chainstep.tui.mover import told_of

            self._marked = ()
            self._error = told_of(error) if self.sheet.text.strip() else ""
        if self._waiting is not None:
            self._waiting.stop()
        if self._marked:
            self._waiting = self.set_timer(_PAUSE, self._search)
        self.paint()

    def _search(self) -> None:
        if self.mover.is_busy():  # one search at a time; the next begins when it is done
            return
        wanted, text = self.wanted, self.sheet.text

        def work(_: Tell) -> Message:
            written = pasted(text, wanted.quantity, wanted.iteration, wanted.names)
            return Searched(check(wanted.scenario.setup, written, wanted.scenario.name), text)

        self.mover.work("looking for the mistake", work)
        self.paint()

    def on_moved(self, message: Moved) -> None:
        if isinstance(message.then, Searched) and message.then.text == self.sheet.text:
            self._found = message.then.found
            self._marked = self._found.marked
        elif message.error:
            self._error = message.error
        elif self._marked:
            self._search()  # what was typed meanwhile
        self.paint()

    # ── showing ──

    def on_resize(self) -> None:
        self.set_class(self.size.width >= _WIDE, "-wide")

    def on_say(self, message: Say) -> None:
        self._foot = message.text
        self.paint()

    def paint(self) -> None:
        self.set_class(THEMES[self.theme_name].is_ascii, "-ascii")
        width = self.head.size.width
        if width:
            title = f"Your numbers   {self.wanted.title}"
            self.head.show([head(title, "", width)], self.theme_name)
            self.foot.show([self._keys(width)], self.theme_name)
        super().paint()

    def picture(self, width: int, height: int) -> Lines:
        lines = self._said_lines(width - 2)
        room = max(1, height - 2)
        self._top = max(0, min(self._top, len(lines) - room))
        end = min(self._top + room, len(lines))
        place = f"lines {self._top + 1}–{end} of {len(lines)}" if len(lines) > room else ""
        shown = filled(lines[self._top : end], room)
        return framed([cut(one, width - 2) for one in shown], width, "The verdict", place)

    def _said_lines(self, width: int) -> Lines:
        if self._error:
            return folded(f"✗ {self._error}", width, "error")
        if not self._marked:
            return folded(_HOW, width, "dim")
        lines = self._other_tables(width)
        tables = [one for marked in self._marked for one in _verdict_lines(marked)]
        if self._found is not None:
            wanted = self.wanted
            answer = list(check_text(wanted.scenario.name, self._found, wanted.notation))
            said, numbers = _explained_first(answer)
            explained = [*coloured(said, width), EMPTY] if said else []
            return [*lines, *explained, *tables, EMPTY, *coloured(numbers, width)]
        lines += tables
        if self.mover.is_busy() or self._waiting is not None:
            lines += [EMPTY, *folded("looking for the mistake …", width, "dim")]
        return lines

    def _other_tables(self, width: int) -> Lines:
        """Where the numbers do not have the shape of the table: which tables have it."""
        first = self._marked[0].given
        if not first.odd or first.quantity != self.wanted.quantity:
            return []
        shape = first.texts.shape
        known = self.wanted.scenario.program.quantities.values()
        fitting = [each.name for each in known if shape in {each.shape, each.shape[::-1]}]
        if not fitting:
            return []
        many = "×".join(map(str, shape))
        said = f"{many} is the shape of {', '.join(fitting[:8])}: Ctrl+T says which these are."
        return [*folded(said, width, "warn"), EMPTY]

    def _keys(self, width: int) -> tuple[Span, ...]:
        if self._foot:
            return band([Span(f" {self._foot}", "hint")], [], width)
        keys = [("Esc", "to the tables, marked", "escape"), ("Ctrl+T", "another table", "ctrl+t")]
        if self.wanted.with_files:
            keys.append(("Ctrl+O", "a file", "ctrl+o"))
        return band(offers([*keys, ("Ctrl+↑↓", "scroll", "ctrl+down")]), [], width)

    # ── keys ──

    def on_key(self, event: events.Key) -> None:
        if self.prompt is not None and self.is_for_prompt(event):
            return
        if event.key in {"escape", "ctrl+o", "ctrl+t", "ctrl+down", "ctrl+up"}:
            event.stop()
            event.prevent_default()
            self._press(event.key)

    def on_answered(self) -> None:
        super().on_answered()
        self.sheet.focus()

    def _press(self, key: str) -> None:
        if key == "escape":
            self._leave()
        elif key == "ctrl+t":
            title = "Which table are your numbers? The shape and what its rows and columns are"
            self.post_message(List(title, self._tables()))
        elif key == "ctrl+o" and not self.wanted.with_files:
            return
        elif key == "ctrl+o":
            from chainstep.tui.questions import numbers_file

            let(self.dismiss(numbers_file(self.wanted.scenario)))
        else:
            self._top += 3 if key == "ctrl+down" else -3
            self.paint()

    def _tables(self) -> list[Choice]:
        """Every table that somebody can have numbers of, those that a step computes first."""
        wanted = self.wanted
        program, written = wanted.scenario.program, notation(wanted.notation)
        computed = [step.quantity for step in program.steps]
        given = [each for each in program.start if each.shape]
        return [
            Choice(each.name, _told(each, written.quantity(each, program)), TypeNumbers(each.name))
            for each in (*computed, *given)
        ]

    def on_type_numbers(self, message: TypeNumbers) -> None:
        """Takes another table for what stands in the sheet without a name."""
        self.wanted = replace(self.wanted, quantity=message.quantity)
        self._entitle()
        self._read()

    def on_hit(self, message: Hit) -> None:
        self._press(str(message.target[1]))

    def on_scrolled(self, message: Scrolled) -> None:
        self._press("ctrl+down" if message.direction == "down" else "ctrl+up")

    def _leave(self) -> None:
        if self._found is not None:
            judged = dict(judged_numbers(self._found))
        else:
            judged = {key: value for one in self._marked for key, value in judged_of(one)}
        moment = moment_of(self._found) if self._found is not None else None
        wanted = self.wanted
        text = with_its_name(self.sheet.text, wanted.quantity)
        let(self.dismiss(Hold(judged, moment=moment, typed={wanted.iteration: text})))


def _explained_first(answer: list[str]) -> tuple[list[str], list[str]]:
    """Of an answer of check what explains the numbers, and the numbers that it explains."""
    body = answer[2:]
    stop = body.index("") if "" in body else len(body)
    return body[stop + 1 :], body[:stop]


def _told(quantity: Quantity, named: str) -> str:
    """A table by its shape, what its axes are, and what the page calls it."""
    shape = "×".join(map(str, quantity.shape)) or "one number"
    axes = " × ".join(axis.plural for axis in quantity.axes)
    also = f"   {named}" if named != quantity.name else ""
    return f"{shape} {axes}{also}".strip()


def _verdict_lines(marked: Marked) -> Lines:
    """The numbers of a table as they were written, each with its verdict."""
    entries = list(judged_of(marked))
    if not entries:
        return []
    lines: Lines = [line(Span(f" {marked.given.quantity}", "name"))]
    rows: dict[tuple[int, ...], list[Span]] = {}
    wide = max(len(judged.written) for _, judged in entries)
    for (_, entry), judged in entries:
        row = rows.setdefault(entry.position[:-1], [Span("   ")])
        said = f"{judged.written} {VERDICT_SIGNS[judged.verdict]}"
        blanks = " " * (wide - len(judged.written))
        row += [Span(blanks), Span(said, VERDICT_ROLES[judged.verdict]), Span("  ")]
    return [*lines, *[tuple(row) for row in rows.values()]]
