"""One measurement after the other."""

from __future__ import annotations

from dataclasses import replace

from bench.costs import calls_of, frame, long_runs, smallest_call, starts, stepping
from bench.frameworks import absent
from bench.networks import CASES, scenario
from bench.report import Results, say
from bench.timing import per_iteration

_SHORT = {"same-weights", "two-layer-network", "64-64-64-10, batch 256"}


def measured(*, short: bool) -> Results:
    """Everything; a short run does the least that shows that it works."""
    missing = tuple(absent())
    for name in missing:
        say(f"{name} is not installed: its peers are left out", progress=True)
    iterations = {}
    for case in CASES:
        if not short:
            say(f"timing {case.name}", progress=True)
            iterations[case.name] = per_iteration(case)
        elif case.name in _SHORT:
            iterations[case.name] = per_iteration(replace(case, iterations=2), samples=1)
    say("stepping, long runs, starts, a frame", progress=True)
    return Results(
        iterations,
        stepping(1 if short else 11, 3 if short else 100),
        long_runs(short=short),
        starts(1 if short else 7, short=short),
        _frame(3 if short else 50),
        {name: calls_of(scenario(name)) for name in ("same-weights", "two-layer-network")},
        smallest_call(),
        missing,
    )


def _frame(rounds: int) -> float | None:
    try:
        return frame(rounds)
    except ImportError:
        say("the screen is not there: no frame is timed", progress=True)
        return None
