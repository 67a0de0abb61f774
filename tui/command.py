"""The command line: arguments in, exit code out."""

from __future__ import annotations

import argparse
import os
import re
import sys
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn

from chainstep.core.quantities import InputError, nearest
from chainstep.core.text.harmless import harmless
from chainstep.tui.completion import SHELLS, script
from chainstep.tui.streams import hush_output, say, suit_the_process

#: Every command with its line of help; its module is read when it is asked for.
COMMANDS = {
    "open": "step through a scenario on the screen",
    "list": "the names and titles of the scenarios",
    "replay": "print the steps of a run, with every matrix as a table",
    "why": "the chain of one number; why two are the same; which units are identical",
    "check": "find the first wrong number of a calculation, or hold the published ones",
    "watch": "run your own program, and find its first wrong line",
    "compare": "run variants of a scenario and table them",
    "worksheet": "print a sheet to practise on by hand, or its key",
    "new": "write a scenario to start from",
    "serve": "the screens in a browser",
    "schema": "print the JSON Schema of scenario files",
}

_ABOUT = "Watch backpropagation one chain-rule factor at a time, forwards and backwards in time."


#: A word too long to be repeated in a message.
_ENDLESS = r"(\S{120})\S+"


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are raised, so that one place prints them.

    The options of a command may stand anywhere among its words.
    """

    mixing = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does, save that words may go on behind an option."""
        words = [action for action in self._actions if not action.option_strings]
        plain = all(action.nargs in (None, "?", "*") for action in words)
        if self.mixing or not plain or len(words) < 2:
            return super().parse_known_args(args, namespace)
        self.mixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self.mixing = False

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}\nsee {self.prog} --help")


def main(words: list[str] | None = None) -> int:
    """Runs one command; 0 done, 1 something checked does not hold, 2 bad input, 130 interrupted."""
    words = sys.argv[1:] if words is None else words
    suit_the_process()
    try:
        code = _run(words)
        sys.stdout.flush()
    except InputError as error:
        say(_told(error))
        return 2
    except MemoryError:
        say("chainstep: this does not fit into memory; use less data")
        return 2
    except KeyboardInterrupt:
        say("chainstep: interrupted")
        return 130
    except BrokenPipeError:
        hush_output()
        return 0
    except OSError as error:
        place = error.filename
        if place is None:  # what is written to: a disk that is full, for one
            place = "standard output"
            hush_output()
        say(f"chainstep: {harmless(str(place))}: {error.strerror}")
        return 2
    return code


def _told(error: InputError) -> str:
    """The text of an error; one that begins with its place needs no name before it."""
    text = re.sub(_ENDLESS, r"\1…", harmless(str(error)))
    located = text.partition("\n")[0].count(":") >= 3
    return text if located else f"chainstep: {text}"


def _run(words: list[str]) -> int:
    if not words:
        words = ["open"]
    chosen = _command_among(words)
    if chosen is not None and chosen not in COMMANDS:
        raise InputError(
            f"no command is called {chosen!r}{nearest(chosen, COMMANDS)}\n"
            f"there are {', '.join(COMMANDS)}; see chainstep --help"
        )
    parser, module = _parser(chosen)
    options = parser.parse_args(words)
    if options.completion:
        from chainstep.tui.options import OVERRIDES  # a command that sets nothing needs none

        settings = {name: words for name, (words, _) in OVERRIDES.items() if words}
        print(script(_parser(None, whole=True)[0], options.completion, settings))
        return 0
    if module is None:
        parser.print_help()
        return 0
    return int(module.run(options))


def _command_among(words: list[str]) -> str | None:
    """The first word that is neither an option nor the shell that --completion is for."""
    pairs = zip(["", *words], words, strict=False)
    return next((w for before, w in pairs if w[:1] != "-" and before != "--completion"), None)


def _parser(chosen: str | None, *, whole: bool = False) -> tuple[_Parser, ModuleType | None]:
    """The parser of the chosen command, of all where none is chosen, or of all with arguments."""
    width = _columns() - 2
    parser = _Parser(
        prog="chainstep",
        description=_ABOUT,
        epilog=_EPILOG,
        formatter_class=partial(argparse.HelpFormatter, width=width),
    )
    parser.add_argument("--version", action=_Version, help="print the version and leave")
    parser.add_argument("--completion", choices=SHELLS, help="print the shell's completion script")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands", parser_class=_Parser)
    module = None
    for name in COMMANDS if chosen is None else (chosen,):
        help_text = COMMANDS[name]
        command = commands.add_parser(
            name,
            help=help_text,
            description=help_text[0].upper() + help_text[1:] + ".",
            formatter_class=partial(_Help, width=width),
        )
        if name == chosen or whole:
            module = import_module(f"chainstep.tui.commands.{name}")
            module.arguments(command)
    return parser, module


def _columns() -> int:
    """The width of the terminal; argparse would ask shutil, which takes 2 ms to load."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isascii() and asked.isdigit() and int(asked[:6]) > 0:
        return int(asked[:6])
    try:
        return os.get_terminal_size().columns or 80
    except OSError:  # written to a file, or to no terminal at all
        return 80


_EPILOG = "Without a command it opens the gallery of scenarios. chainstep COMMAND --help says more."


def parsers() -> dict[str, argparse.ArgumentParser]:
    """The parser of every command, with all its arguments: for pages made of them."""
    whole, _ = _parser(None, whole=True)
    (commands,) = (a for a in whole._actions if isinstance(a, argparse._SubParsersAction))  # noqa: SLF001
    return dict(commands.choices)


class _Help(argparse.HelpFormatter):
    """Fills sentences to the width of the terminal; what is indented stays line by line."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines: list[str] = []
        for line in text.split("\n"):
            goes_on = lines and lines[-1] and line[:1].strip() and lines[-1][:1].strip()
            if goes_on and not lines[-1].endswith(":"):
                lines[-1] += f" {line}"
            else:
                lines.append(line)
        fill = super()._fill_text
        return "\n".join(
            fill(line, width, indent) if line[:1].strip() else indent + line for line in lines
        )


class _Version(argparse.Action):
    """Prints the version of the installed distribution."""

    def __init__(self, option_strings: list[str], dest: str, help: str) -> None:  # noqa: A002 - argparse's word
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # some 30 ms that only this option needs

        print(f"chainstep {version('chainstep')}")
        parser.exit()
