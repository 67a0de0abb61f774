"""The manual page of the command, from the parsers that read it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from chainstep.core.text.ascii import to_ascii
from chainstep.tui.command import COMMANDS, parsers

_HEAD = """\
.TH CHAINSTEP 1 "" chainstep "User Commands"
.SH NAME
chainstep \\- watch backpropagation one chain\\-rule factor at a time
.SH SYNOPSIS
.B chainstep
[\\fICOMMAND\\fR] [\\fIOPTIONS\\fR]
.SH DESCRIPTION
Without a command it opens the gallery of scenarios.
\\fISCENARIO\\fR is a name from \\fBchainstep list\\fR, a unique beginning of one, a path, or
\\- for standard input.
.SH COMMANDS
"""
_TAIL = """\
.SH EXIT STATUS
.TP
.B 0
done, and what was checked holds
.TP
.B 1
something that was checked does not hold
.TP
.B 2
bad usage or bad input: one message, with the place and the mend
.TP
.B 3
nothing is wrong that can be told, but the digits or the program do not tell all
.TP
.B 130
interrupted
.SH ENVIRONMENT
.TP
.B NO_COLOR
no colours
.TP
.B XDG_STATE_HOME
where it remembers which hints were given
"""


def page() -> str:
    """Every command with its options, as troff reads it."""
    return _HEAD + "\n".join(line for name in COMMANDS for line in _command(name)) + "\n" + _TAIL


def _command(name: str) -> Iterator[str]:
    parser = parsers()[name]
    yield f".SS {_plain(name)}"
    yield _plain(f"{COMMANDS[name][0].upper()}{COMMANDS[name][1:]}.")
    for action in parser._actions:  # noqa: SLF001 - argparse has no other list of them
        if action.dest != "help" and action.help != argparse.SUPPRESS:
            yield ".TP"
            yield _form(action)
            help_text = parser._get_formatter()._expand_help(action) if action.help else ""  # noqa: SLF001
            yield _plain(re.sub(r"\s+", " ", help_text))


def _form(action: argparse.Action) -> str:
    """How it is typed, the words in bold, the values in italics."""
    value = action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper()
    if not action.option_strings:
        return f"\\fI{_plain(str(value))}\\fR"
    named = f"\\fB{_plain(action.option_strings[-1])}\\fR"
    return named if action.nargs == 0 else f"{named} \\fI{_plain(str(value))}\\fR"


def _plain(text: str) -> str:
    """A text without anything that troff obeys."""
    text = to_ascii(text).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text[:1] in {".", "'"} else text
