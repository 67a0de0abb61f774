"""The answer about a program, as text and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from chainstep.core.text.harmless import harmless
from chainstep.scenarios.faults import columns
from chainstep.scenarios.programs.telling.answers import Answer, Line

#: The width where nobody's terminal says one.
WIDTH = 100


def text(answer: Answer, width: int | None = None) -> list[str]:
    """The lines of the answer; nothing in them is a command to a terminal."""
    wide = max(60, width or WIDTH)
    return [harmless(line) for line in _text(answer, wide)]


def _text(answer: Answer, width: int) -> Iterator[str]:
    head = " · ".join(part for part in (answer.network, answer.cost, *answer.facts) if part)
    if answer.iterations:
        yield from _wrapped(f"{answer.program}: {head}", width)
        until = f"iterations 1 to {answer.iterations}" if answer.iterations > 1 else "iteration 1"
        yield f"found by running it; watched: {until}"
        yield ""
        yield from _table(answer, width)
        if answer.lines:
            yield ""
    yield from _conclusion(answer, width)


def _table(answer: Answer, width: int) -> Iterator[str]:
    if not answer.lines:
        return
    numbers = max(len(line.place) for line in answer.lines)
    names = min(16, max(columns(line.quantity) for line in answer.lines))
    room = max(
        20, min(max(columns(line.code) for line in answer.lines), width - numbers - names - 24)
    )
    for line in answer.lines:
        yield from _row(line, (numbers, names, room), width)


def _row(line: Line, widths: tuple[int, int, int], width: int) -> Iterator[str]:
    numbers, names, room = widths
    mark = "▸" if line.verdict == "WRONG" else " "
    code = line.code if columns(line.code) <= room else line.code[: room - 1] + "…"
    head = (
        f"{mark} {line.place:>{numbers}}  {code}{' ' * (room - columns(code))}  "
        f"{line.quantity}{' ' * max(0, names - columns(line.quantity))}  {line.verdict}"
    )
    if not line.note:
        yield head.rstrip()
        return
    joined = ", " if line.verdict == "right" else "   "
    if columns(head + joined + line.note) <= width:
        yield head + joined + line.note
    else:
        yield head
        yield " " * (numbers + 4) + line.note


def _conclusion(answer: Answer, width: int) -> Iterator[str]:
    if answer.crash is not None:
        yield from _crash(answer, width)
        return
    if answer.verdict == "right":
        yield from _wrapped(
            f"Right: every update goes along the derivative of the cost, in {_times(answer)}.",
            width,
        )
    elif answer.verdict == "wrong":
        yield from _wrong(answer, width)
    elif answer.verdict == "cannot tell":
        yield from _wrapped(
            "Cannot tell."
            if answer.notes
            else "Cannot tell: something is updated, but not along the derivative of a cost that "
            "was found.",
            width,
        )
    else:
        yield f"{answer.program}: nothing of a network was recognised"
        for fact in answer.facts:
            yield from _wrapped(f"  {fact}", width, "  ")
        yield from _wrapped(
            "  It would need: parameters that are updated from themselves (`W -= rate * dW`), by "
            "what was computed from them, in plain Python or numpy.",
            width,
            "  ",
        )
    for note in answer.notes:
        yield from _wrapped(note, width)


def _times(answer: Answer) -> str:
    n = answer.iterations
    return f"{n} iterations" if n > 1 else "one iteration"


def _wrong(answer: Answer, width: int) -> Iterator[str]:
    first = answer.first
    for number, mistake in enumerate(answer.mistakes):
        name = f"{mistake.id}: " if mistake.id else ""
        at = f" (line {mistake.line})" if number else ""
        yield from _wrapped(f"{name}{mistake.says}{at}", width)
        if mistake.mend:
            yield from _wrapped(f"Mend: {mistake.mend}", width)
    if first is not None and not answer.mistakes:
        where = _where(first.place) + (f" of {first.file}" if first.file else "")
        yield from _wrapped(
            f"{where}: this is not {first.quantity}, and no mistake of the catalogue makes it so",
            width,
        )
    if first is not None and first.iteration > 1:
        yield f"In iteration {first.iteration}; those before it are right."


def _crash(answer: Answer, width: int) -> Iterator[str]:
    crash = answer.crash
    assert crash is not None
    yield from crash.trace.rstrip().split("\n")
    yield ""
    yield f"▸ {crash.place}  {crash.code}"
    for said in crash.says:
        yield from _wrapped(f"  {said}", width, "  ")
    if crash.id:
        yield f"  {crash.id}"
    if crash.mend:
        yield from _wrapped(f"Mend: {crash.mend}", width)
    if answer.first is not None:
        yield f"Before that, in {_where(answer.first.place)}:"
        yield from _wrong(answer, width)


def _where(place: str) -> str:
    """A place in words: `line 12`, or `cell 5, line 3` of a notebook."""
    cell, colon, line = place.rpartition(":")
    return f"cell {cell}, line {line}" if colon else f"line {place}"


def _wrapped(sentence: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(
        sentence, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [""]


def as_data(answer: Answer) -> dict[str, Any]:
    """The answer as JSON has it."""
    first = answer.first
    return {
        "program": answer.program,
        "verdict": answer.verdict,
        "network": answer.network,
        "cost": answer.cost,
        "facts": list(answer.facts),
        "iterations": answer.iterations,
        "parameters": list(answer.parameters),
        "lines": [
            {
                "line": one.line,
                "place": one.place,
                "code": one.code,
                "is": one.quantity,
                "verdict": one.verdict,
                "note": one.note,
            }
            for one in answer.lines
        ],
        "first": None
        if first is None
        else {
            "line": first.line,
            "place": first.place,
            "where": _where(first.place),
            "file": first.file,
            "code": first.code,
            "quantity": first.quantity,
            "entry": first.entry,
            "you": first.you,
            "expected": first.expected,
            "ratio": first.ratio,
            "iteration": first.iteration,
        },
        "mistakes": [
            {"id": one.id, "says": one.says, "mend": one.mend, "line": one.line}
            for one in answer.mistakes
        ],
        "crash": None
        if answer.crash is None
        else {
            "error": answer.crash.error,
            "line": answer.crash.line,
            "code": answer.crash.code,
            "says": list(answer.crash.says),
            "id": answer.crash.id,
            "mend": answer.crash.mend,
        },
        "notes": list(answer.notes),
    }
