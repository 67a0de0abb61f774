"""Completion scripts for shells, with the words that options take and the scenarios there are."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Mapping

#: The shells that there are scripts for.
SHELLS = ("bash", "zsh", "fish", "tcsh")
#: How a shell completes a scenario: by name, or as a file; the script defines the functions.
SCENARIO = {
    "bash": "_chainstep_scenarios",
    "zsh": "_chainstep_scenarios",
    "fish": "(_chainstep_scenarios)",
    "tcsh": "f",
}
FILE = {
    "bash": "_shtab_compgen_files",
    "zsh": "_files",
    "fish": "(__fish_complete_path (commandline -ct))",
    "tcsh": "f",
}
_FUNCTIONS = {
    "bash": '_chainstep_scenarios() { compgen -W "%s" -- "$1"; _shtab_compgen_files "$1"; }',
    "zsh": "_chainstep_scenarios() { _alternative 'names:scenario:(%s)' 'files:file:_files' }",
    "fish": "function _chainstep_scenarios; string split ' ' '%s'; "
    "__fish_complete_path (commandline -ct); end",
}


def script(
    whole: argparse.ArgumentParser, shell: str, settings: Mapping[str, Collection[str]]
) -> str:
    """The completion script of a shell, from the parser of everything.

    ``settings`` are the words that options take which set something.
    """
    import shtab  # wanted by this option alone

    from chainstep.scenarios import names

    _say_words(whole, {**settings, **_other_words()})
    preamble = _FUNCTIONS.get(shell, "").replace("%s", " ".join(names()))
    return str(shtab.complete(whole, shell=shell, preamble=preamble))


def _other_words() -> dict[str, Collection[str]]:
    """The words that options of other kinds take, by what they say."""
    from chainstep.core.check.mistakes import MISTAKES
    from chainstep.core.roles import PHASES
    from chainstep.core.text.notations import NOTATIONS

    return {"mistake": MISTAKES, "notation": NOTATIONS, "phase": PHASES}


def _say_words(parser: argparse.ArgumentParser, words: dict[str, Collection[str]]) -> None:
    """Tells the options of a parser, and of its commands, which words they take."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no other list of them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for command in action.choices.values():
                _say_words(command, words)
        elif action.option_strings and action.choices is None and action.dest in words:
            action.choices = tuple(words[action.dest])
