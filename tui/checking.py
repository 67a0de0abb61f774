"""The search for a mistake in a process of its own: whoever types never waits for it."""

from __future__ import annotations

import copyreg
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from subprocess import DEVNULL, PIPE, Popen
from threading import Event, Thread
from types import FrameType, MappingProxyType
from typing import BinaryIO, NamedTuple, NoReturn

import numpy as np

from chainstep.core import Entry, Moment
from chainstep.core.check.arrangement import Written
from chainstep.core.check.check_numbers import Check, check, first_verdicts
from chainstep.core.check.check_text import text
from chainstep.core.check.verdict import Verdict
from chainstep.core.check.verdicts import Marked
from chainstep.core.check.written_numbers import Given
from chainstep.core.network import build
from chainstep.core.program import Program
from chainstep.core.setup import Setup
from chainstep.core.text.commands import Commands
from chainstep.tui.faults import told_of
from chainstep.tui.view import Judged

copyreg.pickle(MappingProxyType, lambda kept: (MappingProxyType, (dict(kept),)))


class Asked(NamedTuple):
    """Numbers to be checked: of which network, as they were written, and how it is told."""

    turn: int
    setup: Setup
    written: Sequence[Written]
    name: str
    notation: str | None


class Answer(NamedTuple):
    """The verdicts on some numbers; ``told`` is all there is to say once the search is done."""

    turn: int
    marked: tuple[Marked, ...] = ()
    judged: dict[tuple[int, Entry], Judged] = {}  # noqa: RUF012  never written to
    told: tuple[str, ...] = ()
    moment: Moment | None = None
    error: str = ""


class Keys(Commands):
    """What is advised, as keys of the screen."""

    __slots__ = ()

    def about(self, verb: str, *words: object, without: str = "", **changes: object) -> str:
        del words, without
        return f"Esc, then g {changes['at']}" if verb == "open" else "Esc, then w and u"


def answers(asked: Asked) -> Iterator[Answer]:
    """The verdicts at once, and the whole answer after a while."""
    marked = first_verdicts(asked.setup, asked.written)
    judged = {key: value for one in marked for key, value in judged_of(one)}
    wrong = next((one.given for one in marked if one.worst is Verdict.WRONG), None)
    moment = moment_in(build(asked.setup), wrong) if wrong is not None else None
    yield Answer(asked.turn, marked, judged, moment=moment)
    found = check(asked.setup, asked.written, asked.name)
    told = tuple(text(asked.name, found, asked.notation, Keys(asked.name)))
    yield Answer(asked.turn, found.marked, dict(judged_numbers(found)), told, moment_of(found))


def moment_of(found: Check) -> Moment | None:
    """Where the first wrong number stands; None where none is wrong."""
    first = found.diagnosis.first
    return None if first is None else moment_in(found.program, first.given)


def moment_in(program: Program, given: Given) -> Moment:
    """Where a step computes what somebody's numbers are of."""
    return Moment(given.iteration, program.numbers.get(given.quantity, 0))


def judged_numbers(found: Check) -> Iterator[tuple[tuple[int, Entry], Judged]]:
    """Every number that was given, by where it stands, with its verdict."""
    for marked in found.marked:
        if not marked.given.odd:
            yield from judged_of(marked)


def judged_of(marked: Marked) -> Iterator[tuple[tuple[int, Entry], Judged]]:
    """The numbers of one quantity, each with its verdict."""
    given = marked.given
    for position in np.argwhere(given.here):
        at = tuple(int(place) for place in position)
        written = str(given.texts[at]) if given.texts.shape == given.here.shape else ""
        entry = Entry(given.quantity, at)
        yield (given.iteration, entry), Judged(marked.verdict(at).word, written)


class Checker:
    """A process that answers the newest question, and leaves the one before as it is.

    ``tell`` gets its answers, in a thread.
    """

    def __init__(self) -> None:
        self.tell: Callable[[Answer], object] = lambda _: None
        self._questions: SimpleQueue[Asked | None] = SimpleQueue()
        self._is_over = False
        Thread(target=self._begin, daemon=True).start()

    @property
    def is_over(self) -> bool:
        """Whether its process has gone; another is wanted then."""
        return self._is_over

    def ask(self, asked: Asked | None) -> None:
        """Asks; what was asked before is answered no more. None asks nothing."""
        self._questions.put(asked)

    def _begin(self) -> None:
        """Starts the process, with the same path to modules, and hands the questions on."""
        command = [sys.executable, "-P", "-c", f"from {__name__} import serve; serve()"]
        known = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        try:
            process = Popen(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=known)
            Thread(target=self._listen, args=(process,), daemon=True).start()
            assert process.stdin is not None, "it was asked for"
            while True:
                pickle.dump(self._questions.get(), process.stdin)
                process.stdin.flush()
        except OSError:
            self._end()

    def _listen(self, process: Popen[bytes]) -> None:
        assert process.stdout is not None, "it was asked for"
        try:
            while True:
                answer = pickle.load(process.stdout)
                self.tell(answer)
        except (EOFError, OSError):
            self._end()

    def _end(self) -> None:
        self._is_over = True
        self.tell(Answer(-1, error="the search has ended; type on to begin it again"))


_checkers: list[Checker] = []


def checker() -> Checker:
    """The one process, begun where it is wanted first."""
    if not _checkers or _checkers[0].is_over:
        _checkers[:] = [Checker()]
    return _checkers[0]


# ── in the process itself ─────────────────────────────────────────────────────────────────


class _Newer(BaseException):
    """Something else was asked meanwhile."""


class _Desk:
    """What is asked, and what is worked at."""

    def __init__(self, questions: BinaryIO, replies: BinaryIO) -> None:
        self.questions, self.replies = questions, replies
        self.newest: Asked | None = None
        self.at: Asked | None = None
        self.came = Event()

    def listen(self) -> None:
        """Takes questions in, and interrupts the work at the one before."""
        try:
            while True:
                self.newest = pickle.load(self.questions)
                self.came.set()
                signal.raise_signal(signal.SIGINT)
        except (EOFError, OSError):  # whoever asked has gone
            os._exit(0)

    def interrupt(self, _: int, frame: FrameType | None) -> None:
        del frame
        if self.at is not None and self.newest is not self.at:
            self.at = None
            raise _Newer

    def work(self) -> NoReturn:
        """Answers the newest question, again and again."""
        while True:
            self.came.wait()
            self.came.clear()
            asked = self.newest
            if asked is None:
                continue
            try:
                self.at = asked
                if self.newest is not asked:
                    continue
                for answer in answers(asked):
                    self._send(answer)
            except _Newer:
                continue
            except Exception as error:  # noqa: BLE001  it is told where it was asked
                self._send(Answer(asked.turn, error=told_of(error)))
            self.at = None

    def _send(self, answer: Answer) -> None:
        """Sends the whole of an answer, whatever is asked meanwhile."""
        at, self.at = self.at, None
        pickle.dump(answer, self.replies)
        self.replies.flush()
        self.at = at
        if at is not None and self.newest is not at:
            raise _Newer


def serve() -> None:
    """Answers what is asked on standard input, as long as that is open."""
    desk = _Desk(sys.stdin.buffer, sys.stdout.buffer)
    signal.signal(signal.SIGINT, desk.interrupt)
    Thread(target=desk.listen, daemon=True).start()
    desk.work()
