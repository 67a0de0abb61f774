"""A network of one's own, made in a form: what is wrong is said while it is typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.initialisers import INITIALISERS
from chainstep.core.losses import LOSSES
from chainstep.core.quantities import InputError
from chainstep.core.text.network_in_words import network_name
from chainstep.core.updates import UPDATES
from chainstep.scenarios import Scenario, build
from chainstep.scenarios.pasted_numbers import rows_of
from chainstep.tui.messages import Hit, Opened
from chainstep.tui.mover import told_of
from chainstep.tui.themes import DEFAULT, THEMES, Themed
from chainstep.tui.widgets.canvas import Canvas, let
from chainstep.tui.widgets.spans import EMPTY, Lines, Span, cut, filled, folded, line, rule

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
    """A line of the form: what it asks, what stands in it at first, the words that it knows."""

    name: str
    label: str
    value: str
    words: tuple[str, ...] = ()
    hint: str = ""


FIELDS = (
    Field("data", "Data", "xor", tuple(DATA), f"or rows of your own: {_OWN}"),
    Field("hidden", "Hidden units", "2", (), "a number for each hidden layer: 3 3; none: nothing"),
    Field("activation", "Their activation", "tanh", tuple(ACTIVATIONS)),
    Field("output", "Output activation", "sigmoid", tuple(ACTIVATIONS)),
    Field("loss", "Loss", "squared-error", tuple(LOSSES)),
    Field("rule", "Update rule", "gradient-descent", tuple(UPDATES)),
    Field("rate", "Learning rate", "0.5"),
    Field("bias", "Biases", "separate", ("separate", "row", "shared", "none")),
    Field("weights", "Weights", "uniform", (*INITIALISERS, "zeros", "fill"), "zeros, fill: all 1"),
    Field("seed", "Seed", "1", (), "the same seed draws the same weights"),
    Field("arithmetic", "Arithmetic", "float64", ("float64", "float32")),
    Field("name", "Name", "my network"),
)


def recipe_of(values: dict[str, str]) -> dict[str, Any]:
    """The scenario that the form describes, as plain data.

    Raises: InputError where a line cannot be read.
    """
    inputs, targets = _data(values["data"])
    hidden = [
        _count(word, "hidden units")
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
            "learning_rate": _number(values["rate"], "learning rate"),
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
        raise InputError(f"data: one of {known}, or rows such as {_OWN}")
    both = [[_row(part) for part in side] for side in sides]
    return [row[0] for row in both], [row[1] for row in both]


def _row(text: str) -> list[float]:
    return [_number(cell, "data") for row in rows_of(text) for cell in row]


def _weights(values: dict[str, str]) -> dict[str, Any]:
    kind = values["weights"]
    if kind == "zeros":
        return {"weights": "zeros"}
    if kind == "fill":
        return {"weights": {"fill": 1}}
    around = {"low": -1, "high": 1} if kind == "uniform" else {}
    return {"weights": {"random": kind, **around, "seed": _count(values["seed"], "seed")}}


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


class NetworkForm(Screen[Message | None]):
    """The form, and below it what it makes or what is wrong with it."""

    CSS = """
    NetworkForm > Horizontal { height: 1; }
    NetworkForm Label { width: 20; padding: 0 1; }
    NetworkForm Input { width: 1fr; border: none; padding: 0 1; height: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.head, self.said = Canvas(2), Canvas()
        self._made: Scenario | None = None
        self._error = ""

    def compose(self) -> ComposeResult:
        yield self.head
        for field in FIELDS:
            with Horizontal():
                yield Label(field.label)
                yield Line(field)
        yield self.said

    def on_mount(self) -> None:
        self.query_one("#data", Line).focus()
        self.read()

    @on(Input.Changed)
    def read(self) -> None:
        """Reads the form whole at every key."""
        values = {each.field.name: each.value.strip() for each in self.query(Line)}
        try:
            self._made, self._error = build(recipe_of(values), values["name"] or "my network"), ""
        except Exception as error:  # noqa: BLE001  what is typed is not finished yet
            self._made, self._error = None, told_of(error)
        self.paint()

    @on(Input.Submitted)
    def _done(self) -> None:
        if self._made is not None:
            let(self.dismiss(Opened(self._made)))

    # ── showing ──

    def on_resized(self) -> None:
        self.paint()

    def on_descendant_focus(self) -> None:
        self.paint()

    def paint(self) -> None:
        theme = self.app.chosen_theme if isinstance(self.app, Themed) else DEFAULT
        ground, text = THEMES[theme].ground, THEMES[theme].text
        if ground != "default":
            self.styles.background, self.styles.color = ground, text
        width, height = self.head.size
        if width and height:
            self.head.show([line(Span(" A network of your own", "title")), rule(width)], theme)
        width, height = self.said.size
        if width and height:
            room = max(1, height - 1)
            lines = filled([rule(width), *self._said_lines(width)], room)
            self.said.show([*lines, _keys(width, can_open=self._made is not None)], theme)

    def _said_lines(self, width: int) -> Lines:
        focused = self.focused
        hint: Lines = []
        if isinstance(focused, Line):
            words = "↑↓: " + ", ".join(focused.field.words) if focused.field.words else ""
            hint = folded("  ".join(filter(None, (words, focused.field.hint))), width, "dim")
        if self._made is None:
            wrong = [one for each in self._error.split("\n") for one in folded(each, width, "bad")]
            return [*wrong, EMPTY, *hint]
        setup = self._made.setup
        count = sum(quantity.size for quantity in self._made.program.parameters)
        told = f"{network_name(setup)}: {count} parameters, {setup.observations} observations"
        return [*folded(told, width, "good"), EMPTY, *hint]

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


def _keys(width: int, *, can_open: bool) -> tuple[Span, ...]:
    keys: Sequence[tuple[str, str, str]] = (
        ("Esc", "back", "escape"),
        *([("Enter", "open it", "enter")] if can_open else []),
        ("Tab", "next line", ""),
        ("↑↓", "other words", ""),
    )
    spans = []
    for shown, said, key in keys:
        target = ("key", key) if key else None
        spans += [Span(f" {shown}", "key", target), Span(f" {said} ", "keys", target)]
    return cut(tuple(spans), width)
