"""Every key of the stepper, once: what it does, how it is written, and to which task it belongs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """An action and its keys, as Textual names them and as a person reads them."""

    action: str
    keys: tuple[str, ...]
    shown: str
    task: str
    text: str


_GOING = "Going through time"
_RUNNING = "Running on"
_LOOKING = "Looking closer"
_TRYING = "Trying things"
_TAKING = "Taking it along"
_OTHER = "The rest"

KEYS: tuple[Key, ...] = (
    Key("next", ("right", "space"), "→ Space", _GOING, "one factor on"),
    Key("back", ("left", "backspace"), "←", _GOING, "one factor back"),
    Key(
        "phase_on",
        ("right_square_bracket", "shift+right"),
        "] Shift+→",
        _GOING,
        "to the end of the phase",
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
    ),
    Key("iteration_back", ("left_curly_bracket", "pageup"), "{ PgUp", _GOING, "an iteration back"),
    Key("first", ("0", "home"), "0 Home", _GOING, "to the first step"),
    Key("last", ("dollar_sign", "end"), "$ End", _GOING, "to the last iteration run so far"),
    Key("goto", ("g",), "g", _GOING, "to any moment: 1000, 1000:13, 1000:delta2"),
    Key("run", ("r",), "r", _RUNNING, "until a condition holds, or so many iterations"),
    Key("play", ("a",), "a", _RUNNING, "play by itself; again to stop"),
    Key("faster", ("plus", "equals_sign"), "+", _RUNNING, "play faster"),
    Key("slower", ("minus",), "-", _RUNNING, "play slower"),
    Key("stop", ("escape",), "Esc", _RUNNING, "stop a run; out of the tables; close what is open"),
    Key(
        "pick", ("enter",), "Enter", _LOOKING, "into the tables; arrows pick a number, Tab a table"
    ),
    Key("why", ("w",), "w", _LOOKING, "why is this number what it is"),
    Key("check", ("c",), "c", _LOOKING, "check my numbers: a file of them"),
    Key("notation", ("n",), "n", _LOOKING, "another notation"),
    Key("inspector", ("i",), "i", _LOOKING, "all matrices of the network"),
    Key("derivation", ("d",), "d", _LOOKING, "where the slope comes from, in one line"),
    Key("story", ("h",), "h", _LOOKING, "the story of this scenario"),
    Key("curves", ("v",), "v", _LOOKING, "the cost over the iterations, and pinned numbers"),
    Key("pin", ("p",), "p", _LOOKING, "pin the picked number to the curves; again to take it off"),
    Key("logarithmic", ("l",), "l", _LOOKING, "curves on a logarithmic scale, or not"),
    Key(
        "edit", ("e",), "e", _TRYING, "change the picked number or a setting; the run starts again"
    ),
    Key("undo", ("u",), "u", _TRYING, "take the last change back"),
    Key("original", ("o",), "o", _TRYING, "the scenario as it was opened"),
    Key("save", ("s",), "s", _TRYING, "save as a new scenario file"),
    Key("copy", ("y",), "y", _TAKING, "copy this table as text, Markdown or LaTeX"),
    Key("help", ("question_mark", "f1"), "?", _OTHER, "all keys"),
    Key("theme", ("t",), "t", _OTHER, "another theme: dark, light, high contrast"),
    Key("gallery", ("G",), "G", _OTHER, "to the gallery of scenarios"),
    Key("quit", ("q",), "q", _OTHER, "leave; Ctrl+C does too"),
)

#: What a key of Textual's does.
ACTION_OF: dict[str, str] = {name: key.action for key in KEYS for name in key.keys}

TASKS: tuple[str, ...] = (_GOING, _RUNNING, _LOOKING, _TRYING, _TAKING, _OTHER)
