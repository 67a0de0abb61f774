"""Themes: what each role looks like. None needs its colours, because every role has a form too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

DEFAULT = "dark"
WITHOUT_COLOUR = "no-colour"
ON_BAND = "band "
OWN = "default"  # the terminal's own colour

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
    "error": "bold",
    "heading": "bold",
    "lit-rule": "bold",
    "chip": "bold reverse",
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
    band: str
    colours: dict[str, str]
    is_ascii: bool = False

    @property
    def is_own(self) -> bool:
        """Whether it has the terminal's own colours, and no others."""
        return self.ground == OWN

    def style(self, role: str) -> str:
        """The style of a role, as Rich reads it; ``band title`` is the title's on a band."""
        plain = role.removeprefix(ON_BAND)
        ground = self.ground if plain == role else self.band
        form = _FORMS.get(plain, "")
        if plain in self.colours:
            form = " ".join(word for word in form.split() if word != "dim")
        colour = self.colours.get(plain, self.text)
        return f"{form} {colour} on {ground}".strip()


#: Without colours: what a form says is said by it alone.
_NO_COLOUR = Theme("no-colour", "No colour", dark=True, text=OWN, ground=OWN, band=OWN, colours={})
#: The same without drawing characters.
_PLAIN = Theme(
    "plain", "Plain: no colours, ASCII", dark=True, text=OWN, ground=OWN, band=OWN, colours={},
    is_ascii=True,
)  # fmt: skip


def _theme(
    name: str, title: str, text: str, ground: str, band: str, *, dark: bool, **colours: str
) -> Theme:
    shared = {
        "title": "strong", "phase": "accent", "name": "strong", "result": "strong",
        "here": "accent", "chain": "accent", "curve": "accent", "curve2": "fresh",
        "shadow": "faint",
        "pick": "accent", "at": "strong",
        "lit": "second", "new": "fresh",
        "changed": "fresh", "done": "good", "ahead": "faint", "dim": "faint", "label": "faint",
        "rule": "line", "sign": "strong", "equal": "second", "good": "good", "warn": "warn",
        "bad": "bad", "page": "second", "hint": "warn", "keys": "faint", "key": "accent",
        "choice": "accent", "differs": "bad", "plus": "good", "minus": "bad", "error": "bad",
        "heading": "accent", "lit-rule": "accent", "chip": "accent",
    }  # fmt: skip
    roles = {role: colours[kind] for role, kind in shared.items()}
    return Theme(name, title, dark, text, ground, band, roles)


THEMES: dict[str, Theme] = {
    theme.name: theme
    for theme in (
        _theme(
            "dark",
            "Dark",
            "#d4d7dd",
            "#14161b",
            "#20242d",
            dark=True,
            strong="#ffffff",
            accent="#7db3ff",
            second="#c9a6ff",
            fresh="#ffd479",
            good="#8fd694",
            warn="#ffb86b",
            bad="#ff7b7b",
            faint="#9aa1ad",
            line="#4a5160",
        ),
        _theme(
            "light",
            "Light",
            "#24292f",
            "#fbfbf9",
            "#e9e7e0",
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
            "#262626",
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
} | {theme.name: theme for theme in (_NO_COLOUR, _PLAIN)}
