"""Playing by itself: a step at every beat."""

from __future__ import annotations

from textual.timer import Timer
from textual.widget import Widget

from chainstep.tui.messages import Act

_SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # steps a second


class Player(Widget):
    """Asks for the next step at every beat."""

    DEFAULT_CSS = "Player { display: none; }"

    def __init__(self) -> None:
        super().__init__()
        self._speed = 2
        self._beat: Timer | None = None

    @property
    def is_playing(self) -> bool:
        return self._beat is not None

    @property
    def told(self) -> str:
        """How fast it plays."""
        return f"{_SPEEDS[self._speed]:g} steps a second"

    def play(self) -> None:
        self.stop()
        self._beat = self.set_interval(1 / _SPEEDS[self._speed], self._ask)

    def stop(self) -> None:
        if self._beat is not None:
            self._beat.stop()
            self._beat = None

    def change_speed(self, by: int) -> None:
        """Plays faster, or slower."""
        self._speed = min(max(0, self._speed + by), len(_SPEEDS) - 1)
        if self.is_playing:
            self.play()

    def _ask(self) -> None:
        self.post_message(Act("beat"))
