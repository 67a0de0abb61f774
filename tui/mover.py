"""Moves run at once where they are quick, and beside the screen where they are not."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from time import perf_counter

from textual.message import Message
from textual.widget import Widget

from chainstep.tui.faults import told_of
from chainstep.tui.messages import Moved
from chainstep.tui.session import Move

_PATIENCE = 0.012  # seconds for which a move may keep the screen waiting

#: Says how far some work is; where the work is to end, it raises Stopped.
Tell = Callable[[str], None]


class Stopped(Exception):
    """Somebody stopped the work."""


class Mover(Widget):
    """Runs one thing at a time, and posts how it ended."""

    DEFAULT_CSS = "Mover { display: none; }"

    def __init__(self) -> None:
        super().__init__()
        self._stopping = Event()
        self._count = 0
        self._is_working = False
        self._is_abandoned_at_once = False
        self.told = ""

    def move(self, move: Move, prepare: Callable[[], None], *, heavy: bool) -> Moved | None:
        """Begins a move; how it ended where it was quick, else None and a message later.

        ``prepare`` is what the next picture needs; it is done beside the screen too.
        """
        self._begin("")
        if not heavy:
            began = perf_counter()
            try:
                while perf_counter() - began < _PATIENCE:
                    if next(move, None) is None:
                        return Moved()
            except Exception as error:  # noqa: BLE001  an error is told, and the run goes on
                return Moved(told_of(error))

        def work(tell: Tell) -> None:
            try:
                for told in move:
                    tell(told)
            finally:  # a move that was stopped has come as far as it has come
                move.close()
                prepare()

        self._begin_thread(work)
        return None

    def work(self, told: str, work: Callable[[Tell], Message | None]) -> None:
        """Begins to work something out that moves nothing; Esc leaves it to itself."""
        self._begin(told)
        self._is_abandoned_at_once = True
        self._begin_thread(work)

    def _begin(self, told: str) -> None:
        self._stopping = Event()
        self._is_abandoned_at_once = False
        self.told = told

    def _begin_thread(self, work: Callable[[Tell], Message | None]) -> None:
        self._is_working = True
        self._count += 1
        Thread(target=self._finish, args=(work, self._count, self._stopping), daemon=True).start()

    def _finish(self, work: Callable[[Tell], Message | None], turn: int, stop: Event) -> None:
        def tell(told: str) -> None:
            if turn == self._count:
                self.told = told
            if stop.is_set():
                raise Stopped

        ended = Moved()
        try:
            ended = Moved(then=work(tell))
        except Stopped:
            ended = Moved(was_stopped=True)
        except Exception as error:  # noqa: BLE001  an error is told, and the run goes on
            ended = Moved(told_of(error))
        if turn == self._count and self._is_working:
            self._is_working = False
            self.post_message(ended)

    def is_busy(self) -> bool:
        """Whether something is on its way."""
        return self._is_working

    def stop(self) -> None:
        """Lets what runs end at the next place where it can, or leaves it to itself."""
        self._stopping.set()
        if self._is_working and self._is_abandoned_at_once:
            self._is_working = False
            self.post_message(Moved(was_stopped=True))

    def on_unmount(self) -> None:
        """Ends whatever runs, because the screen goes."""
        self._stopping.set()
        self._is_working = False
