"""Explains a program that raised: which expression, and what the axes of its arrays mean."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainstep.scenarios.programs.sources import Source

if TYPE_CHECKING:
    from chainstep.scenarios.programs.judging.findings import Judgement


@dataclass(frozen=True)
class Crash:
    """What was raised, where, and what it means; ``trace`` has the program's frames alone."""

    error: str
    line: int
    place: str
    code: str
    says: tuple[str, ...] = ()
    trace: str = ""
    id: str = ""
    mend: str = ""


def crash_of(source: Source, judgement: Judgement) -> Crash:
    """Explains the error that ended the program."""
    trace = judgement.trace
    error = trace.raised
    assert error is not None
    failure = trace.failure
    text = f"{type(error).__name__}: {error}".strip().rstrip(":")
    shown = _traceback(error, trace.files)
    if failure is None or failure.error is not error or failure.place < 0:
        line = _last_line(error, trace.files)
        return Crash(text, line, source.place(line), source.line(line).strip(), trace=shown)
    place = trace.places[failure.place]
    from chainstep.scenarios.programs.telling.shapes import explained

    said, name, mend = explained(judgement, failure)
    return Crash(
        text,
        place.line,
        source.place(place.line),
        source.line(place.line).strip(),
        tuple(said),
        shown,
        name,
        mend,
    )


def _frames(error: BaseException, files: set[str]) -> list[traceback.FrameSummary]:
    return [f for f in traceback.extract_tb(error.__traceback__) if f.filename in files]


def _last_line(error: BaseException, files: set[str]) -> int:
    if isinstance(error, SyntaxError) and error.lineno:
        return error.lineno
    frames = _frames(error, files)
    return frames[-1].lineno or 1 if frames else 1


def _traceback(error: BaseException, files: set[str]) -> str:
    """The traceback with the program's own frames only."""
    lines = ["Traceback (most recent call last):\n"]
    lines += traceback.format_list(_frames(error, files))
    lines += traceback.format_exception_only(error)
    return "".join(lines)
