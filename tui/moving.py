"""Moves run at once where they are quick, and beside the screen where they are not."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from time import perf_counter

from chainstep.core import InputError
from chainstep.tui.session import Move

_PATIENCE = 0.012  # seconds for which a move may keep the screen waiting

#: Called on the screen's thread when a move has ended: with an error's text, if it ended so.
Ended = Callable[[str], None]


class Mover:
    """Runs one move at a time; ``call`` brings a function to the screen's thread."""

    def __init__(self, call: Callable[[Callable[[], None]], object]) -> None:
        self._call = call
        self._stop = Event()
        self._closed = False
        self._running = False
        self.told = ""

    def start(self, move: Move, ended: Ended, prepare: Callable[[], None], *, heavy: bool) -> None:
        """Begins a move; ``prepare`` is what the next picture needs, done beside the screen too."""
        self._stop.clear()
        self.told = ""
        if not heavy:
            began = perf_counter()
            try:
                while perf_counter() - began < _PATIENCE:
                    if next(move, None) is None:
                        ended("")
                        return
            except InputError as error:
                ended(str(error))
                return
        self._running = True
        Thread(target=self._finish, args=(move, ended, prepare), daemon=True).start()

    def _finish(self, move: Move, ended: Ended, prepare: Callable[[], None]) -> None:
        error = ""
        try:
            for told in move:
                self.told = told
                if self._stop.is_set():
                    break
            prepare()
        except (InputError, MemoryError) as caught:
            error = str(caught) or "there is not enough memory for this"
        self._running = False
        if not self._closed:
            self._call(lambda: ended(error))

    def is_busy(self) -> bool:
        """Whether a move is on its way."""
        return self._running

    def stop(self) -> None:
        """Lets the move that runs end at the next place where it can."""
        self._stop.set()

    def close(self) -> None:
        """Ends whatever runs, because the screen goes."""
        self._closed = True
        self._stop.set()
