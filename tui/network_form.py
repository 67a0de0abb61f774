"""A network of one's own, made in a form: what is wrong is said while it is typed."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label

from chainstep.core.text.network_in_words import network_name
from chainstep.scenarios import Scenario, build
from chainstep.tui.messages import Hit, Opened
from chainstep.tui.network_recipe import FIELDS, Field, recipe_of, told_in_form
from chainstep.tui.painted import PaintedScreen
from chainstep.tui.prompt import in_one_line
from chainstep.tui.themes import THEMES
from chainstep.tui.widgets.canvas import Canvas, let
from chainstep.tui.widgets.footer import offers
from chainstep.tui.widgets.frame import band, framed, head
from chainstep.tui.widgets.sketch import sketch
from chainstep.tui.widgets.spans import EMPTY, Lines, Span, cut, filled, folded


class Line(Input):
    """A line of the form; ↑↓ takes the words that it knows, one after the other."""

    def __init__(self, field: Field) -> None:
        suggester = SuggestFromList(field.words, case_sensitive=False) if field.words else None
        super().__init__(value=field.value, compact=True, suggester=suggester, id=field.name)
        self.field = field

    def on_paste(self, event: events.Paste) -> None:
        """Several lines that are pasted, rows of data, are one."""
        event.stop()
        event.prevent_default()
        self.replace(in_one_line(event.text), *self.selection)

    def on_key(self, event: events.Key) -> None:
        by = {"up": -1, "down": 1}.get(event.key)
        if by is None or not self.field.words:
            return
        event.stop()
        event.prevent_default()
        words = self.field.words
        at = words.index(self.value) if self.value in words else -by if by > 0 else 0
        self.value = words[(at + by) % len(words)]
        self.cursor_position = len(self.value)


_WIDE = 110  # cells from which on what it makes stands beside the form
_KEYS = (("Tab", "next line", ""), ("↑↓", "other words", ""))
_OPEN = ("Enter", "open it", "enter")
_LEAVING = (("Esc", "back", "escape"),)


class NetworkForm(PaintedScreen[Message | None]):
    """The form, and below it what it makes or what is wrong with it."""

    CSS = """
    NetworkForm #middle { height: 1fr; layout: vertical; }
    NetworkForm.-wide #middle { layout: horizontal; }
    NetworkForm #form {
        height: auto; border: round $accent; border-title-color: $accent;
        border-title-style: bold;
    }
    NetworkForm.-ascii #form { border: ascii $accent; }
    NetworkForm.-wide #form { width: 1fr; height: 1fr; }
    NetworkForm Horizontal { height: 1; }
    NetworkForm Label { width: 20; padding: 0 1; color: $text-muted; }
    NetworkForm .-wrong Label { color: $error; text-style: bold; }
    NetworkForm Input {
        width: 1fr; border: none; padding: 0 1; height: 1; background: $background;
    }
    NetworkForm Input:focus { border: none; background: $surface; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.head, self.foot = Canvas(1), Canvas(1)
        self._made: Scenario | None = None
        self._error = ""

    def compose(self) -> ComposeResult:
        yield self.head
        with Container(id="middle"):
            with Container(id="form"):
                for field in FIELDS:
                    with Horizontal():
                        yield Label(field.label)
                        yield Line(field)
            yield self.canvas
        yield self.foot

    def on_mount(self) -> None:
        self.query_one("#form").border_title = "What it is made of"
        self.on_resize()
        self.query_one("#data", Line).focus()
        self.read()

    @on(Input.Changed)
    def read(self) -> None:
        """Reads the form whole at every key."""
        values = {each.field.name: each.value.strip() for each in self.query(Line)}
        self._made, self._error, wrong = None, "", ""
        layers = 1
        try:
            recipe = recipe_of(values)
            layers = len(recipe["network"]["layers"])
            self._made = build(recipe, values["name"] or "my network")
        except Exception as error:  # noqa: BLE001  what is typed is not finished yet
            self._error, wrong = told_in_form(error, layers)
        for each in self.query(Line):
            assert each.parent is not None, "each stands in a row"
            each.parent.set_class(each.field.name == wrong, "-wrong")
        self.paint()

    @on(Input.Submitted)
    def _done(self) -> None:
        if self._made is not None:
            let(self.dismiss(Opened(self._made)))

    # ── showing ──

    def on_resize(self) -> None:
        self.set_class(self.size.width >= _WIDE, "-wide")

    def on_descendant_focus(self) -> None:
        self.paint()

    def paint(self) -> None:
        self.set_class(THEMES[self.theme_name].is_ascii, "-ascii")
        width = self.head.size.width
        if width:
            self.head.show([head("A network of your own", "", width)], self.theme_name)
            keys = [*_KEYS, *([_OPEN] if self._made is not None else [])]
            self.foot.show([band(offers(keys), offers(_LEAVING), width)], self.theme_name)
        super().paint()

    def picture(self, width: int, height: int) -> Lines:
        if height < 3:
            return filled(self._said_lines(width), height)
        title = "What it makes" if self._made is not None else "Not right yet"
        said = filled(self._said_lines(width - 2), height - 2)
        return framed([cut(one, width - 2) for one in said], width, title)

    def _said_lines(self, width: int) -> Lines:
        focused = self.focused
        hint: Lines = []
        if isinstance(focused, Line):
            words = "↑↓: " + ", ".join(focused.field.words) if focused.field.words else ""
            hint = folded("  ".join(filter(None, (words, focused.field.hint))), width, "dim")
        if self._made is None:
            said = f"✗ {self._error}".split("\n")
            wrong = [one for each in said for one in folded(each, width, "error")]
            return [*wrong, EMPTY, *hint]
        setup = self._made.setup
        count = sum(quantity.size for quantity in self._made.program.parameters)
        told = f"{network_name(setup)}: {count} parameters, {setup.observations} observations"
        drawn = [(Span("  "), *one) for one in sketch(setup.widths, width - 4)]
        return [*folded(told, width, "good"), EMPTY, *hint, EMPTY, *drawn]

    # ── keys ──

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            let(self.dismiss(None))
        elif event.key in {"up", "down"}:
            event.stop()
            (self.focus_previous if event.key == "up" else self.focus_next)()

    def on_hit(self, message: Hit) -> None:
        if message.target[1] == "escape":
            let(self.dismiss(None))
        else:
            self._done()
