"""Commands as they are printed: each runs as it stands when it is pasted into a shell."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from types import MappingProxyType
from typing import NamedTuple

from chainstep.core.text.harmless import harmless


def command(*words: object) -> str:
    """A command of chainstep, its words quoted where a shell would take them apart.

    >>> command("why", "./my own.yaml", "W1.0.2")
    "chainstep why './my own.yaml' W1.0.2"
    """
    return " ".join(["chainstep", *(_quoted(str(word)) for word in words)])


def _quoted(word: str) -> str:
    """A word for a shell; what a terminal would obey or hide is spelled out, for bash and zsh."""
    if word == harmless(word) and not {"\n", "\t"} & {*word}:
        return quote(word)
    spelled = (
        f"\\{letter}"
        if letter in "\\'"
        else letter
        if letter == harmless(letter) and letter not in "\n\t"
        else f"\\x{ord(letter):02x}"
        if letter < "\x80"
        else f"\\U{ord(letter):08x}"
        for letter in word
    )
    return f"$'{''.join(spelled)}'"


class Commands(NamedTuple):
    """Writes commands about one scenario: as it was typed, with the changes that were typed.

    >>> Commands("./mine.yaml", {"learning_rate": "5"}).about("why", "W1.0.0")
    'chainstep why ./mine.yaml W1.0.0 --learning-rate 5'
    """

    scenario: str
    changes: Mapping[str, object] = MappingProxyType({})

    @property
    def runs_again(self) -> bool:
        """Whether the scenario can be read once more: standard input cannot."""
        return self.scenario != "-"

    def about(self, verb: str, *words: object, without: str = "", **changes: object) -> str:
        """A command about the scenario; ``without`` leaves one of the changes out."""
        options: list[object] = []
        for name, value in {**self.changes, **changes}.items():
            if name != without:
                for each in value if isinstance(value, list | tuple) else [value]:
                    options += ["--" + name.replace("_", "-"), each]
        return command(verb, self.scenario, *words, *options)
