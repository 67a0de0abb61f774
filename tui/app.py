"""The program on the screen: which screen stands, which theme, every action in the palette."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from chainstep.core import Moment
from chainstep.scenarios import Scenario
from chainstep.tui.keys import KEYS
from chainstep.tui.messages import Act, Open, Out
from chainstep.tui.session import Session
from chainstep.tui.stepper import StepperScreen
from chainstep.tui.themes import THEMES
from chainstep.tui.widgets.canvas import let

INTERRUPTED = 130
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
    ) -> None:
        super().__init__()
        self.scenario, self.against, self.at = scenario, against, at
        self.chosen_theme = "dark"

    def on_mount(self) -> None:
        self._use_theme()
        if self.scenario is None:
            self.open_gallery()
        else:
            self.open_scenario(self.scenario, self.against, self.at)

    def on_ready(self) -> None:
        gc.freeze()
        gc.enable()

    def open_scenario(
        self, scenario: Scenario, against: Scenario | None = None, at: Moment | None = None
    ) -> None:
        """Opens the stepper of a scenario, of two side by side where there is a second."""
        other = Session.of(against) if against is not None else None
        let(self.push_screen(StepperScreen(Session.of(scenario), other, at)))

    def on_open(self, message: Open) -> None:
        self.open_scenario(message.scenario, message.against)

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

    def next_theme(self) -> None:
        """Takes the theme after this one."""
        names = list(THEMES)
        self.use_theme(names[(names.index(self.chosen_theme) + 1) % len(names)])

    def on_next_theme(self) -> None:
        self.next_theme()

    def use_theme(self, name: str) -> None:
        self.chosen_theme = name
        self._use_theme()
        screen = self.screen
        paint = getattr(screen, "paint", None)
        if paint is not None:
            paint()

    def _use_theme(self) -> None:
        chosen = THEMES[self.chosen_theme]
        self.theme = "textual-dark" if chosen.dark else "textual-light"

    # ── the palette ──

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        if isinstance(screen, StepperScreen):
            for key in KEYS:
                name = key.text[0].upper() + key.text[1:]
                yield SystemCommand(name, f"key {key.shown}", self._doing(screen, key.action))
        for theme in THEMES.values():
            yield SystemCommand(
                f"Theme: {theme.title}",
                "how it looks",
                lambda name=theme.name: self.use_theme(name),
            )
        yield SystemCommand("Quit", "leave the program", self.exit)

    @staticmethod
    def _doing(screen: StepperScreen, action: str) -> Callable[[], None]:
        return lambda: screen.on_act(Act(action))

    def action_interrupt(self) -> None:
        self.exit(INTERRUPTED)
