"""chainstep watch: runs somebody's own program, and names its first wrong line."""

from __future__ import annotations

import argparse
import math
import sys

from chainstep.tui import completion
from chainstep.tui.answers import width_of_output
from chainstep.tui.options import count

_EPILOG = """\
examples:
  chainstep watch train.py
  chainstep watch train.py --iterations 5
  chainstep watch train.py -- --epochs 10        what follows -- is the program's own
  chainstep watch train.py:train                 a function of a module
  chainstep watch lesson.ipynb

The program is your own code, and is run as `python train.py` would run it: what it prints comes
out, what it writes is written. It is stopped once its updates have been seen. Pauses are cut
short, and plots open no window. With --json what it prints goes to standard error.

exit codes: 0 right, 1 wrong, 2 cannot be run or understood, 3 cannot tell"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    program = parser.add_argument(
        "program", metavar="PROGRAM", help="a Python file, a notebook, or file.py:function"
    )
    program.complete = completion.FILE  # type: ignore[attr-defined]
    parser.add_argument(
        "arguments",
        nargs="*",
        default=[],
        metavar="ARGUMENT",
        help="the program's own arguments, after --",
    )
    parser.add_argument(
        "--iterations",
        type=count(1),
        default=3,
        metavar="N",
        help="how many rounds of updates to watch (3)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    from chainstep.scenarios.programs.telling.answer_text import as_data, text
    from chainstep.scenarios.programs.watching import watch

    answer = watch(
        options.program, options.arguments, iterations=options.iterations, quiet=options.json
    )
    if options.json:
        import json

        print(json.dumps(_finite(as_data(answer)), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        stream = sys.stderr if answer.verdict == "cannot be run" else sys.stdout
        print(*text(answer, width_of_output()), sep="\n", file=stream)
    return answer.code


def _finite(thing: object) -> object:
    """Numbers that are not finite as the strings that JSON readers know."""
    if isinstance(thing, dict):
        return {name: _finite(one) for name, one in thing.items()}
    if isinstance(thing, list):
        return [_finite(one) for one in thing]
    if isinstance(thing, float) and not math.isfinite(thing):
        return "NaN" if math.isnan(thing) else "Infinity" if thing > 0 else "-Infinity"
    return thing
