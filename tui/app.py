"""The program on the screen: which screen stands, which theme, what the palette finds."""

from __future__ import annotations

import asyncio
import gc
import select
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import ClassVar

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.theme import Theme as Colours

from chainstep.core import Moment
from chainstep.scenarios import Scenario
from chainstep.tui.asking import AskingScreen
from chainstep.tui.messages import List, NextTheme, Opened, OpenPath, Out
from chainstep.tui.remembered import remember, remembered
from chainstep.tui.session import Session
from chainstep.tui.stepper import StepperScreen
from chainstep.tui.themes import DEFAULT, THEMES, WITHOUT_COLOUR, Theme
from chainstep.tui.widgets.canvas import let

INTERRUPTED = 130
_LOOK = 1.0  # seconds between two looks whether the terminal is still there
_LOWEST = 2  # screens where one of ours stands on Textual's own


class Chainstep(App[int]):
    """The gallery, or the stepper of a scenario."""

    TITLE = "chainstep"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", "leave", show=False, priority=True)
    ]

    def __init__(
        self,
        scenario: Scenario | None = None,
        against: Scenario | None = None,
        at: Moment | None = None,
        *,
        is_visitor: bool = False,
    ) -> None:
        super().__init__()
        self.is_visitor = is_visitor  # somebody in a browser, who gets at no file
        self.scenario, self.against, self.at = scenario, against, at
        known = remembered("theme")
        usual = WITHOUT_COLOUR if self.no_color else DEFAULT
        self.chosen_theme = known if known in THEMES else usual

    def on_mount(self) -> None:
        self._use_theme()
        self._end_at_signals()
        if self.scenario is None:
            self.open_gallery()
        else:
            self.open_scenario(self.scenario, self.against, self.at)

    def _end_at_signals(self) -> None:
        """Leaves as by a key where the process is told to end: the terminal is as it was."""
        names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
        loop = asyncio.get_running_loop()
        for name in names:
            with suppress(NotImplementedError, ValueError, RuntimeError):  # no main thread here
                loop.add_signal_handler(getattr(signal, name), self.exit, INTERRUPTED)

        if sys.stdin is not None and sys.stdin.isatty() and hasattr(select, "poll"):
            self.set_interval(_LOOK, self._end_without_terminal)

    def _end_without_terminal(self) -> None:
        """Leaves where the terminal is gone and no signal said so: nobody could ever close it."""
        hung_up = select.poll()
        hung_up.register(sys.stdin.fileno(), select.POLLHUP)
        if hung_up.poll(0):
            self.exit(INTERRUPTED)

    async def on_event(self, event: events.Event) -> None:
        """Lets a key go that comes when the last screen has gone."""
        if self.screen_stack or not isinstance(event, events.InputEvent):
            await super().on_event(event)

    def on_ready(self) -> None:
        gc.freeze()
        gc.enable()

    # ── which screen stands ──

    def open_scenario(
        self,
        scenario: Scenario,
        against: Scenario | None = None,
        at: Moment | None = None,
        then: str = "",
    ) -> None:
        """Opens the stepper of a scenario, of two side by side where there is a second."""
        other = Session.of(against) if against is not None else None
        let(self.push_screen(StepperScreen(Session.of(scenario), other, at, then)))

    def on_opened(self, message: Opened) -> None:
        self.open_scenario(message.scenario, then=message.then)

    def on_open_path(self, message: OpenPath) -> None:
        """Opens what is named, in the place of what stands there; its faults are told."""
        from chainstep.tui.opening import opened

        self.screen.post_message(opened(message.path, message.then))

    def on_list(self, message: List) -> None:
        """Lays a list over the screen, which takes what is chosen from it."""
        from chainstep.tui.chooser import Chooser

        below = self.screen
        if isinstance(below, AskingScreen):
            let(self.push_screen(Chooser(message.title, message.choices), below.taken))

    def on_out(self, message: Out) -> None:
        if message.quits:
            self.exit()
        elif len(self.screen_stack) > _LOWEST:
            let(self.pop_screen())
        else:
            self.open_gallery()

    def open_gallery(self) -> None:
        """Opens the gallery, in the place of what stands there."""
        from chainstep.tui.gallery import Gallery  # not wanted where a scenario is opened

        opening = self.push_screen if len(self.screen_stack) < _LOWEST else self.switch_screen
        let(opening(Gallery()))

    # ── themes ──

    def on_next_theme(self, message: NextTheme) -> None:
        """Takes a theme by its name, or the one after this one."""
        names = list(THEMES)
        after = names[(names.index(self.chosen_theme) + 1) % len(names)]
        self.use_theme(message.name or after)

    def use_theme(self, name: str) -> None:
        self.chosen_theme = name
        self._use_theme()
        remember("theme", name)
        for screen in self.screen_stack:
            paint = getattr(screen, "paint", None)
            if paint is not None:
                paint()

    def _use_theme(self) -> None:
        """Gives Textual's own widgets the colours of ours."""
        chosen = THEMES[self.chosen_theme]
        self.ansi_color = chosen.is_own
        self.register_theme(_OWN if chosen.is_own else _colours(chosen))
        self.theme = _OWN.name if chosen.is_own else f"chainstep-{chosen.name}"

    # ── the palette ──

    def action_command_palette(self) -> None:
        from chainstep.tui.palette import Palette  # not wanted before it is asked for

        if not isinstance(self.screen, Palette):
            let(self.push_screen(Palette()))  # without an id: the last one may still be going

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        from chainstep.tui.palette import entries  # not wanted before it is asked for

        for entry in entries(screen):
            yield SystemCommand(
                entry.title,
                entry.told,
                lambda message=entry.message: let(screen.post_message(message)),
            )

    def action_interrupt(self) -> None:
        self.exit(INTERRUPTED)


_DEFAULT = "ansi_default"
#: The terminal's own colours for Textual's own widgets: what is chosen is reversed.
_OWN = Colours(
    name="chainstep-own",
    primary=_DEFAULT,
    secondary=_DEFAULT,
    accent=_DEFAULT,
    warning=_DEFAULT,
    error=_DEFAULT,
    success=_DEFAULT,
    foreground=_DEFAULT,
    background=_DEFAULT,
    surface=_DEFAULT,
    panel=_DEFAULT,
    boost=_DEFAULT,
    variables={
        "border": _DEFAULT,
        "border-blurred": _DEFAULT,
        "block-cursor-foreground": "ansi_black",
        "block-cursor-background": "ansi_white",
        "input-cursor-foreground": "ansi_black",
        "input-cursor-background": "ansi_white",
        "input-selection-foreground": "ansi_black",
        "input-selection-background": "ansi_white",
        "text-disabled": _DEFAULT,
        "text-muted": _DEFAULT,
    },
)


def _colours(theme: Theme) -> Colours:
    """A theme as Textual has it, for its inputs, its palette and its scrollbars."""
    accent, faint = theme.colours["phase"], theme.colours["dim"]
    return Colours(
        name=f"chainstep-{theme.name}",
        dark=theme.dark,
        primary=accent,
        secondary=theme.colours["lit"],
        accent=accent,
        warning=theme.colours["warn"],
        error=theme.colours["bad"],
        success=theme.colours["good"],
        foreground=theme.text,
        background=theme.ground,
        surface=theme.band,
        panel=theme.band,
        variables={
            "border": accent,
            "border-blurred": theme.colours["rule"],
            "input-cursor-background": accent,
            "input-cursor-foreground": theme.ground,
            "input-selection-background": f"{accent} 35%",
            "text-disabled": faint,
            "text-muted": faint,
            "block-cursor-background": accent,
            "block-cursor-foreground": theme.ground,
        },
    )
