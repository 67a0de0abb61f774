"""Every key of the stepper, once: what it does, how it is written, and to which task it belongs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """An action and its keys, as Textual names them and as a person reads them.

    ``short`` is what the footer calls it.
    """

    action: str
    keys: tuple[str, ...]
    shown: str
    task: str
    text: str
    short: str = ""


_GOING = "Going through time"
_RUNNING = "Running on"
_LOOKING = "Looking closer"
_TRYING = "Trying things"
_TAKING = "Taking it along"
_OTHER = "The rest"

KEYS: tuple[Key, ...] = (
    Key("next", ("right", "space"), "→ Space", _GOING, "one factor on", "next"),
    Key("back", ("left", "backspace"), "←", _GOING, "one factor back", "back"),
    Key(
        "phase_on",
        ("right_square_bracket", "shift+right"),
        "] Shift+→",
        _GOING,
        "to the end of the phase",
        "phase",
    ),
    Key(
        "phase_back",
        ("left_square_bracket", "shift+left"),
        "[ Shift+←",
        _GOING,
        "to the start of the phase",
    ),
    Key(
        "iteration_on",
        ("right_curly_bracket", "pagedown"),
        "} PgDn",
        _GOING,
        "an iteration on, to the same step",
        "iteration",
    ),
    Key("iteration_back", ("left_curly_bracket", "pageup"), "{ PgUp", _GOING, "an iteration back"),
    Key("first", ("0", "home"), "0 Home", _GOING, "to the first step"),
    Key("last", ("dollar_sign", "end"), "$ End", _GOING, "to the last iteration run so far"),
    Key("goto", ("g",), "g", _GOING, "to any moment: 1000, 1000:13, 1000:delta2", "go to"),
    Key("run", ("r",), "r", _RUNNING, "until a condition holds, or so many iterations", "run"),
    Key("play", ("a",), "a", _RUNNING, "play by itself; again to stop", "play"),
    Key("faster", ("plus", "equals_sign"), "+", _RUNNING, "play faster"),
    Key("slower", ("minus",), "-", _RUNNING, "play slower"),
    Key(
        "stop",
        ("escape",),
        "Esc",
        _RUNNING,
        "one level down: stop a run, out of the tables, close a panel, to the gallery",
        "back out",
    ),
    Key(
        "pick",
        ("enter",),
        "Enter",
        _LOOKING,
        "into the tables; arrows pick a number, Tab a table",
        "pick",
    ),
    Key("next_table", ("tab",), "Tab", _LOOKING, "into the next table of the step", "table"),
    Key("why", ("w",), "w", _LOOKING, "why is this number what it is", "why"),
    Key("predict", ("p",), "p", _LOOKING, "predict, then see: each step is covered", "predict"),
    Key(
        "check",
        ("c",),
        "c",
        _LOOKING,
        "check my numbers: type or paste them, or a file",
        "check mine",
    ),
    Key("notation", ("n",), "n", _LOOKING, "another notation", "notation"),
    Key(
        "matrices",
        ("i",),
        "i",
        _LOOKING,
        "beside the step: all matrices, the network drawn, or nothing",
        "beside",
    ),
    Key("network", ("m",), "m", _LOOKING, "the network drawn over the whole screen", "drawing"),
    Key("derivation", ("d",), "d", _LOOKING, "where the slope comes from, in one line", "slope"),
    Key("story", ("h",), "h", _LOOKING, "the story of this scenario", "story"),
    Key(
        "curves",
        ("v",),
        "v",
        _LOOKING,
        "the training: cost, gradients, silent units, predictions, and numbers kept on curves",
        "training",
    ),
    Key(
        "pin",
        ("k",),
        "k",
        _LOOKING,
        "keep the picked number on the curves; again to take it off",
        "keep on curves",
    ),
    Key("logarithmic", ("l",), "l", _LOOKING, "curves on a logarithmic scale, or not", "scale"),
    Key(
        "edit",
        ("e",),
        "e",
        _TRYING,
        "change a number or a setting that the run starts from; the moment stays",
        "edit",
    ),
    Key("mistake", ("x",), "x", _TRYING, "make a mistake on purpose, or take it off", "mistake"),
    Key("redraw", ("R",), "R", _TRYING, "draw new starting weights", "new weights"),
    Key("against", ("A",), "A", _TRYING, "side by side with another run, or alone", "side by side"),
    Key("new", ("N",), "N", _TRYING, "make a network of your own in a form", "new network"),
    Key("before", ("b",), "b", _TRYING, "before and after the last change, side by side", "before"),
    Key("undo", ("u",), "u", _TRYING, "take the last change back", "undo"),
    Key("original", ("o",), "o", _TRYING, "the scenario as it was opened", "original"),
    Key("save", ("s",), "s", _TRYING, "save as a new scenario file", "save"),
    Key("copy", ("y",), "y", _TAKING, "copy this table as text, Markdown or LaTeX", "copy"),
    Key(
        "present",
        ("P",),
        "P",
        _OTHER,
        "present, to teach a class on a projector: large, term by term",
        "present",
    ),
    Key("words", ("W",), "W", _OTHER, "words, signs and colours explained", "words"),
    Key(
        "command",
        ("colon",),
        ":",
        _OTHER,
        "any command of chainstep, its answer as a page",
        "command",
    ),
    Key("help", ("question_mark", "f1"), "?", _OTHER, "all keys", "keys"),
    Key(
        "theme",
        ("t",),
        "t",
        _OTHER,
        "another theme: dark, light, high contrast, no colour, plain ASCII",
        "theme",
    ),
    Key("quit", ("q",), "q", _OTHER, "leave; Ctrl+C does too", "quit"),
)

TASKS: tuple[str, ...] = (_GOING, _RUNNING, _LOOKING, _TRYING, _TAKING, _OTHER)

_ACTION_OF: dict[str, str] = {name: key.action for key in KEYS for name in key.keys}

#: What keys do while a number is picked; the others do what they do else.
_PICKING = {
    "up": "up", "down": "down", "left": "left", "right": "right",
    "shift+up": "far_up", "shift+down": "far_down",
    "shift+left": "far_left", "shift+right": "far_right",
}  # fmt: skip


def action_of(key: str, *, picking: bool) -> str | None:
    """What a key of Textual's does."""
    if picking and key in _PICKING:
        return _PICKING[key]
    return _ACTION_OF.get(key)


#: What the footer offers, the most wanted first; ``help`` and ``quit`` always stand at its end.
STEPPING = (
    "next", "back", "pick", "why", "check", "predict", "edit", "run",
    "goto", "phase_on", "iteration_on", "network", "curves", "matrices", "copy", "notation",
    "story", "play",
)  # fmt: skip
PICKING = ("stop", "next_table", "why", "edit", "pin", "copy", "check", "next")
PRESENTING = ("stop", "next", "back", "iteration_on", "goto", "play", "theme")
NETWORK = ("stop", "next", "back", "phase_on", "iteration_on", "run", "play", "goto")
CURVES = ("stop", "logarithmic", "run", "next", "back", "iteration_on", "goto")
