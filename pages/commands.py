"""The page of all commands, from the parsers that read them."""

from __future__ import annotations

import argparse
import re

from chainstep.tui.command import COMMANDS, parsers

_HEAD = """\
# Commands

`chainstep COMMAND --help` says the same on the terminal. SCENARIO is a name from `chainstep
list`, a unique beginning of one, or a path. What a command ends with is said in
[Exit codes](exit-codes.md), what `--json` prints in [JSON](json.md).
"""


def page() -> str:
    """Every command with its options."""
    sections = (_section(name, parser) for name, parser in parsers().items())
    return "\n".join([_HEAD, *sections])


def _section(name: str, parser: argparse.ArgumentParser) -> str:
    options = [
        f"| {_form(action)} | {_help(parser, action)} |"
        for action in parser._actions  # noqa: SLF001 - argparse has no other list of them
        if action.dest != "help" and action.help != argparse.SUPPRESS
    ]
    head = [f"## {name}\n", f"{_sentence(COMMANDS[name])}\n", "| option | does |", "|---|---|"]
    return "\n".join([*head, *options, ""])


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _form(action: argparse.Action) -> str:
    """How it is typed: ``--digits D``, ``SCENARIO``."""
    names = action.option_strings or [str(action.metavar or action.dest)]
    value = "" if action.nargs == 0 or not action.option_strings else f" {_value(action)}"
    return "`" + f"{names[-1]}{value}".replace("|", "\\|") + "`"


def _value(action: argparse.Action) -> str:
    if action.metavar:
        return str(action.metavar)
    return "|".join(map(str, action.choices)) if action.choices else action.dest.upper()


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    expanded = parser._get_formatter()._expand_help(action) if action.help else ""  # noqa: SLF001
    return re.sub(r"\s+", " ", expanded).replace("|", "\\|").replace("<", "&lt;")
