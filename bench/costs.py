"""What stepping, going to a moment, starting, memory and a frame cost."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from time import process_time

import numpy as np

from bench.by_hand import plain
from bench.networks import classifier, scenario
from bench.timing import in_turn, seconds
from chainstep.core import Stepper
from chainstep.core.engine.fast import fast
from chainstep.core.engine.layout import Layout
from chainstep.core.network import build
from chainstep.core.setup import Setup

MIB = 2**20
_ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Jumps:
    """Going about in a run that was made: milliseconds, and what the store takes."""

    iterations: int
    per_second: float
    goto_median: float
    goto_worst: float
    back_worst: float
    recomputed: int
    memory: int
    file: int


def stepping(rounds: int, iterations: int = 200) -> dict[str, float]:
    """Seconds per iteration of same-weights: the plain loop, stepping with records, running."""
    setup = scenario("same-weights")
    by_hand, walker, single, runner = plain(setup), Stepper(setup), Stepper(setup), Stepper(setup)
    steps = len(walker.program.steps)

    def walk() -> None:
        for record in walker.walk(iterations):
            _ = record.quantity

    def step() -> None:
        for _ in range(iterations * steps):
            single.step()

    works: dict[str, Callable[[], object]] = {
        "plain numpy": lambda: by_hand(iterations),
        "run": lambda: runner.run(iterations),
        "walk, a record of every step": walk,
        "step(), one call for each": step,
    }
    return {name: time / iterations for name, time in in_turn(works, rounds).items()}


def jumps(setup: Setup, iterations: int, times: int) -> Jumps:
    """Runs, then goes to iterations at random and one step back from each."""
    stepper = Stepper(setup)
    took = seconds(lambda: stepper.run(iterations))
    random, gone, back, recomputed = Random(0), [], [], 0
    for _ in range(times):
        iteration = random.randrange(2, iterations)
        recomputed = max(recomputed, iteration - stepper.checkpoints.before(iteration)[0])
        gone.append(seconds(lambda iteration=iteration: stepper.goto(iteration)))  # type: ignore[misc]
        back.append(seconds(stepper.back))
    kept = stepper.checkpoints
    return Jumps(
        iterations,
        iterations / took,
        median(gone) * 1e3,
        max(gone) * 1e3,
        max(back) * 1e3,
        recomputed,
        kept.nbytes,
        kept.file_nbytes,
    )


def long_runs(*, short: bool) -> dict[str, Jumps]:
    """A million iterations of a small network, sixty of a large one."""
    if short:
        large = classifier((30, 20, 10), 50)
        return {
            "same-weights": jumps(scenario("same-weights"), 3000, 5),
            "30-20-10, batch 50": jumps(large, 50, 5),
        }
    large = classifier((784, 512, 256, 10), 4096)
    return {
        "same-weights": jumps(scenario("same-weights"), 1_000_000, 200),
        "784-512-256-10, batch 4096": jumps(large, 60, 4),
    }


_MAIN = "from chainstep.tui.command import main; main({words})"
_STARTS = {
    "bare Python": "pass",
    "import numpy": "import numpy",
    "chainstep list": _MAIN.format(words=["list"]),
    "chainstep replay same-weights": _MAIN.format(words=["replay", "same-weights"]),
    "10 000 iterations of same-weights, cold": _MAIN.format(
        words=["replay", "same-weights", "--iterations", "10000", "--quantity", "C"]
    ),
    "10 000 iterations as a library, cold": (
        "from chainstep.core import Stepper; from chainstep.scenarios import load; "
        "Stepper(load('same-weights')).run(10000)"
    ),
}
_LARGE = """
from bench.networks import CASES
from chainstep.core import Stepper
Stepper(CASES[-1].make()).run(1)
"""
_PEAK = """
import sys
from pathlib import Path
lines = Path("/proc/self/status").read_text().splitlines()
sys.stderr.write(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


def starts(rounds: int, *, short: bool) -> dict[str, tuple[float, float]]:
    """Seconds from nothing to the end, and peak megabytes where Linux tells, of processes."""
    programs = _STARTS if short else _STARTS | {"784-512-256-10, batch 4096, one iteration": _LARGE}
    taken: dict[str, list[float]] = {name: [] for name in programs}
    peaks = dict.fromkeys(programs, 0.0)
    for _ in range(rounds):
        for name, program in programs.items():
            taken[name].append(seconds(lambda program=program: _finished(program)))  # type: ignore[misc]
    for name, program in programs.items() if sys.platform == "linux" else ():
        peaks[name] = float(_finished(program + _PEAK).split()[-1]) / 1024
    return {name: (median(times), peaks[name]) for name, times in taken.items()}


def _finished(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=_ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stderr


def calls_of(setup: Setup) -> int:
    """How many calls of numpy a fast iteration makes."""
    return len(fast(Layout(build(setup)))[1])


def smallest_call(rounds: int = 50, calls: int = 2000) -> float:
    """Seconds that numpy takes to turn the signs of six numbers, the quickest of many."""
    numbers = np.ones(6)

    def work() -> None:
        for _ in range(calls):
            np.negative(numbers, numbers)

    return min(seconds(work) for _ in range(rounds)) / calls


def frame(rounds: int, size: tuple[int, int] = (120, 36)) -> float:
    """Seconds of a processor for a key and the screen that it changed, on no terminal."""
    from chainstep.scenarios import load
    from chainstep.tui.app import Chainstep

    async def pressed() -> list[float]:
        app, taken = Chainstep(load("same-weights")), []
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            for _ in range(rounds):
                began = process_time()
                await pilot.press("right")
                taken.append(process_time() - began)
        return taken

    return median(asyncio.run(pressed()))
