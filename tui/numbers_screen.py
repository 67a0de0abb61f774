"""Somebody's own numbers, typed or pasted in place: the verdict on each at once, the rest below."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.widgets import TextArea

from chainstep.core.check.arrangement import Written
from chainstep.core.check.verdicts import Marked
from chainstep.core.quantities import Quantity
from chainstep.core.text.notations import notation
from chainstep.core.text.typed import Names
from chainstep.scenarios import Scenario
from chainstep.scenarios.pasted_numbers import pasted, with_its_name
from chainstep.tui.asking import AskingScreen
from chainstep.tui.checking import Answer, Asked, answers, checker, judged_of
from chainstep.tui.chooser import Choice
from chainstep.tui.faults import told_of
from chainstep.tui.messages import Hit, Hold, List, Say, Scrolled, TypeNumbers
from chainstep.tui.themes import THEMES
from chainstep.tui.widgets.canvas import Canvas, let
from chainstep.tui.widgets.coloured import coloured
from chainstep.tui.widgets.entry_line import VERDICT_ROLES, VERDICT_SIGNS
from chainstep.tui.widgets.footer import offers
from chainstep.tui.widgets.frame import band, framed, head
from chainstep.tui.widgets.spans import EMPTY, Lines, Span, cut, filled, folded, line

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


class AnsweredNumbers(Message):
    """What there is to say of the numbers that were in the sheet at a turn."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


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
        self.head, self.foot = Canvas(1), Canvas(1)
        self.canvas = Canvas("3fr")
        self.sheet = TextArea(text, tab_behavior="focus", placeholder=self._example())
        self._turn, self._written = 0, list[Written]()
        self._answer = Answer(0)
        self._error, self._foot = "", ""
        self._top = 0

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

    def on_mount(self) -> None:
        self._entitle()
        self.sheet.border_subtitle = "numpy, MATLAB, CSV, plain columns; ? is not given"
        self.on_resize()
        self.sheet.focus()
        checker()  # it begins while the first number is typed
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
        """Reads the sheet; each number is judged beside it, and then the mistake looked for."""
        self._turn, self._top = self._turn + 1, 0
        wanted = self.wanted
        try:
            names = wanted.names
            self._written = pasted(self.sheet.text, wanted.quantity, wanted.iteration, names)
            self._error = ""
        except Exception as error:  # noqa: BLE001  what is typed is not finished yet
            self._written = []
            self._error = told_of(error) if self.sheet.text.strip() else ""
        if self._written:
            asked = self._asked()
            checker().tell = self._take
            checker().ask(asked)
        self.paint()

    def _asked(self) -> Asked:
        wanted = self.wanted
        scenario = wanted.scenario
        return Asked(self._turn, scenario.setup, self._written, scenario.name, wanted.notation)

    def _take(self, answer: Answer) -> None:
        self.post_message(AnsweredNumbers(answer))

    def on_unmount(self) -> None:
        checker().ask(None)

    def on_answered_numbers(self, message: AnsweredNumbers) -> None:
        answer = message.answer
        if answer.turn < 0:
            self._error = answer.error
        elif answer.turn == self._turn:
            self._answer = answer
        self.paint()

    @property
    def _is_answered(self) -> bool:
        """Whether the verdicts are those of what stands in the sheet now."""
        return self._answer.turn == self._turn

    # ── showing ──

    def on_resize(self) -> None:
        is_wide = self.size.width >= _WIDE
        self.set_class(is_wide, "-wide")
        self.canvas.styles.height = "1fr" if is_wide else "3fr"

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
        answer = self._answer
        error = self._error or (answer.error if self._is_answered else "")
        if error:
            return folded(f"✗ {error}", width, "error")
        if not self._written:
            return folded(_HOW, width, "dim")
        lines = self._other_tables(width) if self._is_answered else []
        tables = [one for marked in answer.marked for one in _verdict_lines(marked)]
        if self._is_answered and answer.told:
            said, numbers = _explained_first(list(answer.told))
            explained = [*coloured(said, width), EMPTY] if said else []
            return [*lines, *explained, *tables, EMPTY, *coloured(numbers, width)]
        waits = "looking for the mistake …" if self._is_answered else "reading …"
        return [*lines, *tables, EMPTY, *folded(waits, width, "dim")]

    def _other_tables(self, width: int) -> Lines:
        """Where the numbers do not have the shape of the table: which tables have it."""
        first = self._answer.marked[0].given
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
        if self._written and not self._is_answered:
            self._answer = next(answers(self._asked()))
        answer = self._answer if self._written else Answer(self._turn)
        wanted = self.wanted
        text = with_its_name(self.sheet.text, wanted.quantity)
        typed = {wanted.iteration: text}
        let(self.dismiss(Hold(answer.judged, moment=answer.moment, typed=typed)))


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
