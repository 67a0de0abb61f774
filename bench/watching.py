"""Counts how many first wrong lines and mistakes `watch` finds in the programs of tests/watched.

python -m bench.watching [NAME …]
"""

from __future__ import annotations

import io
import sys
import time
import warnings
from contextlib import redirect_stdout

from chainstep.scenarios.programs.sources import Source
from chainstep.scenarios.programs.telling.answers import Answer
from chainstep.scenarios.programs.watching import watch_source
from tests.watched import FOLDER, programs


def watched(text: str) -> tuple[Answer, float]:
    """The answer about a program, and the seconds of this processor that it took."""
    start = time.process_time()
    with redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answer = watch_source(Source(FOLDER / "program.py", text), (), 3)
    return answer, time.process_time() - start


def main(names: list[str]) -> None:
    """Writes what is missed, and the counts."""
    said: list[str] = []
    chosen = [p for p in programs() if not names or p.name in names]
    right = lines = ids = changes = named = 0
    slowest = 0.0
    for program in chosen:
        answer, seconds = watched(program.text)
        right += answer.verdict == "right"
        slowest = max(slowest, seconds)
        if answer.verdict != "right":
            said.append(f"{program.name}: {answer.verdict}, and it is right")
        for number, change in enumerate(program.changes):
            answer, seconds = watched(change.text)
            slowest = max(slowest, seconds)
            line = answer.first.line if answer.first and answer.verdict == "wrong" else 0
            name = answer.mistakes[0].id if answer.mistakes else ""
            changes += 1
            lines += line == change.line
            named += bool(change.ids)
            ids += bool(change.ids) and name in change.ids
            if line != change.line or (change.ids and name not in change.ids):
                said.append(
                    f"{program.name} {number}: line {line} {name}, not {change.line} {change.ids}"
                )
    said.append(f"right programs: {right} of {len(chosen)}")
    said.append(f"first wrong lines: {lines} of {changes}; mistakes named: {ids} of {named}")
    said.append(f"slowest: {slowest:.1f} s of a processor")
    sys.stdout.write("\n".join(said) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
