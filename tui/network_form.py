"""A network of one's own, made in a form: what is wrong is said while it is typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.initialisers import INITIALISERS
from chainstep.core.losses import LOSSES
from chainstep.core.quantities import InputError
from chainstep.core.text.network_in_words import network_name
from chainstep.core.updates import UPDATES
from chainstep.scenarios import Scenario, ScenarioError, build
from chainstep.scenarios.overrides import in_words
from chainstep.scenarios.pasted_numbers import rows_of
from chainstep.tui.faults import told_of
from chainstep.tui.messages import Hit, Opened
from chainstep.tui.painted import PaintedScreen
from chainstep.tui.prompt import in_one_line
from chainstep.tui.themes import THEMES
from chainstep.tui.widgets.canvas import Canvas, let
from chainstep.tui.widgets.footer import offers
from chainstep.tui.widgets.frame import band, framed, head
from chainstep.tui.widgets.sketch import sketch
from chainstep.tui.widgets.spans import EMPTY, Lines, Span, cut, filled, folded

#: Data to begin with: inputs, targets, and the words for them.
DATA: dict[str, tuple[list[list[float]], list[list[float]]]] = {
    "xor": ([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]),
    "and": ([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [0], [0], [1]]),
    "or": ([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [1]]),
    "three classes": (
        [[0.1, 0.9], [0.3, 0.8], [0.9, 0.8], [0.8, 0.6], [0.4, 0.1], [0.6, 0.2]],
        [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]],
    ),
}
_OWN = "0 1 > 1; 1 0 > 0"  # how rows of one's own are written


@dataclass(frozen=True)
class Field:
    """A line of the form: what it asks, what stands in it at first, the words that it knows.

    ``place`` is where its value stands in a scenario's file, as a pattern.
    """

    name: str
    label: str
    value: str
    place: str
    words: tuple[str, ...] = ()
    hint: str = ""


FIELDS = (
    Field("data", "Data", "xor", r"data\b.*", tuple(DATA), f"or rows of your own: {_OWN}"),
    Field(
        "hidden",
        "Hidden units",
        "2",
        r"network\.layers.*\.units",
        (),
        "a number for each hidden layer: 3 3; none: nothing",
    ),
    Field(
        "activation",
        "Their activation",
        "tanh",
        r"network\.layers\[\d+\]\.activation",
        tuple(ACTIVATIONS),
    ),
    Field(
        "output",
        "Output activation",
        "sigmoid",
        r"network\.layers\[last\]\.activation",
        tuple(ACTIVATIONS),
    ),
    Field("loss", "Loss", "squared-error", "loss", tuple(LOSSES)),
    Field("rule", "Update rule", "gradient-descent", r"update\.rule", tuple(UPDATES)),
    Field("rate", "Learning rate", "0.5", r"update\.learning_rate"),
    Field("bias", "Biases", "separate", r"network\.bias", ("separate", "row", "shared", "none")),
    Field(
        "weights",
        "Weights",
        "uniform",
        r"network\.weights(?!.*seed).*",
        (*INITIALISERS, "zeros", "fill"),
        "fill starts them all at 1",
    ),
    Field("seed", "Seed", "1", r".*\.seed", (), "the same seed draws the same weights"),
    Field("arithmetic", "Arithmetic", "float64", "arithmetic", ("float64", "float32")),
    Field("name", "Name", "my network", "title"),
)


def told_in_form(error: Exception, layers: int) -> tuple[str, str]:
    """An error in the form's own words, and the name of its line: of a network of so many layers.

    >>> told_in_form(InputError("Seed: 'a' is no whole number"), 2)
    ("Seed: 'a' is no whole number", 'seed')
    """
    if not isinstance(error, ScenarioError):
        label = str(error).partition(":")[0]
        return told_of(error), next((each.name for each in FIELDS if each.label == label), "")
    fault = error.faults[0]
    place = fault.place.replace(f"layers[{layers - 1}].act", "layers[last].act")
    field = next((each for each in FIELDS if re.fullmatch(each.place, place)), None)
    if field is None:
        return told_of(error), ""
    mend = re.sub(r"\(.*\)$", f"({', '.join(field.words)})", fault.mend)
    said = "\n".join(filter(None, (f"{field.label}: {fault.found}", mend)))
    return re.sub(r"\b[a-z]+(_[a-z]+)+\b", lambda key: in_words(key[0]), said), field.name


def recipe_of(values: dict[str, str]) -> dict[str, Any]:
    """The scenario that the form describes, as plain data.

    Raises: InputError where a line cannot be read.
    """
    inputs, targets = _data(values["data"])
    hidden = [
        _count(word, "Hidden units")
        for word in values["hidden"].replace(",", " ").replace("-", " ").split()
    ]
    layers = [{"units": units, "activation": values["activation"]} for units in hidden]
    layers.append({"units": len(targets[0]), "activation": values["output"]})
    return {
        "title": values["name"] or "my network",
        "arithmetic": values["arithmetic"],
        "data": {"inputs": inputs, "targets": targets},
        "network": {"bias": values["bias"], "layers": layers, **_weights(values)},
        "loss": values["loss"],
        "update": {
            "rule": values["rule"],
            "learning_rate": _number(values["rate"], "Learning rate"),
        },
    }


def _data(text: str) -> tuple[list[list[float]], list[list[float]]]:
    if text.strip().lower() in DATA:
        return DATA[text.strip().lower()]
    sides = [
        row.replace("→", ">").split(">")
        for row in text.replace("->", ">").split(";")
        if row.strip()
    ]
    if not sides or any(len(side) != 2 for side in sides):
        known = ", ".join(DATA)
        raise InputError(f"Data: one of {known}, or rows such as {_OWN}")
    both = [[_row(part) for part in side] for side in sides]
    return [row[0] for row in both], [row[1] for row in both]


def _row(text: str) -> list[float]:
    return [_number(cell, "Data") for row in rows_of(text) for cell in row]


def _weights(values: dict[str, str]) -> dict[str, Any]:
    kind = values["weights"]
    if kind == "zeros":
        return {"weights": "zeros"}
    if kind == "fill":
        return {"weights": {"fill": 1}}
    around = {"low": -1, "high": 1} if kind == "uniform" else {}
    return {"weights": {"random": kind, **around, "seed": _count(values["seed"], "Seed")}}


def _count(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError(f"{what}: {text.strip()[:20]!r} is no whole number")
    return int(text)


def _number(text: str, what: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise InputError(f"{what}: {text.strip()[:20]!r} is no number") from None
    return int(number) if number.is_integer() and abs(number) < 1e9 else number


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
