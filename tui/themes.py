"""Themes: what each role looks like. None needs its colours, because every role has a form too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

DEFAULT = "dark"

#: What roles look like without any colour: the marks and words of the page say the rest.
_FORMS = {
    "title": "bold",
    "phase": "bold",
    "name": "bold",
    "result": "bold",
    "here": "bold reverse",
    "chain": "bold",
    "curve": "",
    "curve2": "",
    "shadow": "dim",
    "pick": "reverse bold",
    "at": "underline bold",
    "lit": "underline",
    "new": "bold",
    "changed": "bold",
    "done": "",
    "ahead": "dim",
    "dim": "dim",
    "label": "dim",
    "rule": "dim",
    "sign": "bold",
    "equal": "bold",
    "good": "bold",
    "warn": "bold",
    "bad": "bold reverse",
    "page": "italic",
    "hint": "italic",
    "keys": "",
    "key": "bold",
    "choice": "reverse",
    "differs": "bold underline",
    "plus": "",
    "minus": "dim",
}


@runtime_checkable
class Themed(Protocol):
    """What the screens ask of the program: its theme, and whether somebody visits from afar."""

    chosen_theme: str
    is_visitor: bool


@dataclass(frozen=True)
class Theme:
    """A theme: ground, text, and the colours of roles."""

    name: str
    title: str
    dark: bool
    text: str
    ground: str
    colours: dict[str, str]
    is_ascii: bool = False

    def style(self, role: str) -> str:
        """The style of a role, as Rich reads it."""
        form = _FORMS.get(role, "")
        if role in self.colours:
            form = " ".join(word for word in form.split() if word != "dim")
        colour = self.colours.get(role, self.text)
        return f"{form} {colour} on {self.ground}".strip()


#: Without colours and without drawing characters: what a form says is said by it alone.
_PLAIN = Theme(
    "plain", "Plain: no colours, ASCII", dark=True, text="default", ground="default",
    colours={}, is_ascii=True,
)  # fmt: skip


def _theme(name: str, title: str, text: str, ground: str, *, dark: bool, **colours: str) -> Theme:
    shared = {
        "title": "strong", "phase": "accent", "name": "strong", "result": "strong",
        "here": "accent", "chain": "accent", "curve": "accent", "curve2": "fresh",
        "shadow": "faint",
        "pick": "accent", "at": "strong",
        "lit": "second", "new": "fresh",
        "changed": "fresh", "done": "good", "ahead": "faint", "dim": "faint", "label": "faint",
        "rule": "line", "sign": "strong", "equal": "second", "good": "good", "warn": "warn",
        "bad": "bad", "page": "second", "hint": "warn", "keys": "faint", "key": "accent",
        "choice": "accent", "differs": "bad", "plus": "good", "minus": "bad",
    }  # fmt: skip
    return Theme(
        name, title, dark, text, ground, {role: colours[kind] for role, kind in shared.items()}
    )


THEMES: dict[str, Theme] = {
    theme.name: theme
    for theme in (
        _theme(
            "dark",
            "Dark",
            "#d4d7dd",
            "#16181d",
            dark=True,
            strong="#ffffff",
            accent="#7db3ff",
            second="#c9a6ff",
            fresh="#ffd479",
            good="#8fd694",
            warn="#ffb86b",
            bad="#ff7b7b",
            faint="#9aa1ad",
            line="#5b616e",
        ),
        _theme(
            "light",
            "Light",
            "#24292f",
            "#fbfbf9",
            dark=False,
            strong="#000000",
            accent="#0550ae",
            second="#6f42c1",
            fresh="#8a4600",
            good="#116329",
            warn="#8a4600",
            bad="#b3131e",
            faint="#5c636b",
            line="#9aa0a6",
        ),
        _theme(
            "high-contrast",
            "High contrast",
            "#ffffff",
            "#000000",
            dark=True,
            strong="#ffffff",
            accent="#00ffff",
            second="#ffffff",
            fresh="#ffff00",
            good="#00ff00",
            warn="#ffff00",
            bad="#ff5f5f",
            faint="#ffffff",
            line="#ffffff",
        ),
    )
} | {_PLAIN.name: _PLAIN}
