"""What was measured, as a page: tables, a plot, and each target with whether it was met."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from bench.costs import MIB, Jumps
from bench.timing import OURS, PLAIN, PRODUCTS, TUNED

_TORCH = "PyTorch autograd"
_PACKAGES = ("numpy", "textual", "numba", "torch", "jax")
_BAR = 46  # columns of the longest bar


@dataclass(frozen=True)
class Results:
    """All that one call of the command measured, in seconds.

    ``calls`` are those of numpy in an iteration, ``call`` is what the smallest takes.
    """

    iterations: Mapping[str, Mapping[str, float]]
    stepping: Mapping[str, float]
    long_runs: Mapping[str, Jumps]
    starts: Mapping[str, tuple[float, float]]
    frame: float | None
    calls: Mapping[str, int]
    call: float
    left_out: tuple[str, ...]


def machine() -> str:
    """The kind of machine and the versions; no names of hosts or people."""
    parts = [f"{_processor()}, {os.cpu_count()} cores", f"{platform.system()} {platform.machine()}"]
    parts.append(f"Python {platform.python_version()}")
    parts += [f"{name} {found}" for name in _PACKAGES if (found := _version(name))]
    parts.append(_blas())
    return ", ".join(parts)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _blas() -> str:
    """numpy's BLAS and the kernels that it chose, as threadpoolctl finds them."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return "BLAS unknown (threadpoolctl is not installed)"
    np.ones((2, 2)) @ np.ones((2, 2))
    numpys = [one for one in threadpool_info() if "numpy" in str(one.get("filepath", ""))]
    named = [
        f"{one['internal_api']} {one.get('version', '')} ({one.get('architecture', '?')} kernels)"
        for one in numpys
    ]
    return ", ".join(named) or "BLAS unknown"


# ── the page ──────────────────────────────────────────────────────────────────────────────


_PEERS = """\
The plain loop is written as in the posts, with a new array for every result. The tuned one makes
every array once and takes the short way through softmax. Both are in `bench/by_hand.py`. PyTorch
runs eager, with autograd and `torch.optim.SGD`; JAX runs one compiled call per iteration (`jit`)
or one for all (`scan`). All were held to the same weights before they were timed. numba is the
second backend, for small networks: `Stepper(scenario, backend="numba")` with
`pip install 'chainstep[fast]'`."""

_THREADS = """\
## Threads

numpy's BLAS takes as many threads as there are cores, unless the environment says otherwise when
numpy is loaded: `OPENBLAS_NUM_THREADS=1`, `MKL_NUM_THREADS=1`. Bits are promised for one machine
and one number of threads. Two threads on cores that others use have a long tail, so everything
here was timed with one."""


def page(results: Results, *, short: bool) -> str:
    """The whole page as Markdown."""
    return "\n".join(_lines(results, short=short)) + "\n"


def _lines(results: Results, *, short: bool) -> Iterator[str]:
    yield "# How fast it is"
    yield ""
    yield "`python -m bench`, in a clone with `pip install -e .`, measures all of this and writes"
    yield "this page. Everything is timed in turn in one process, in one thread; the figures are"
    yield "medians. Times drift with the machine; ratios hold better. What makes numpy use kernels"
    yield "for an older processor (`OPENBLAS_CORETYPE`, `OPENBLAS_L2_SIZE`) is unset first."
    if short:
        yield "This is a short run: its figures only show that the command works."
    yield ""
    yield f"Measured on: {machine()}."
    if results.left_out:
        yield f"Left out, because they are not installed: {', '.join(results.left_out)}."
    yield ""
    yield "## One iteration, full batch, float64"
    yield ""
    yield from _iterations(results.iterations)
    yield ""
    yield from _bars(results.iterations)
    yield ""
    yield from _PEERS.splitlines()
    yield ""
    yield from _PRODUCTS_NOTE.splitlines()
    yield ""
    yield from _THREADS.splitlines()
    yield ""
    yield "## Stepping"
    yield ""
    yield from _stepping(results.stepping)
    yield ""
    yield "## Any moment of a long run"
    yield ""
    yield from _jumps(results.long_runs)
    yield ""
    yield "## Starting, and a frame"
    yield ""
    yield from _starts(results)
    if short:
        return
    yield ""
    yield "## What was to be reached"
    yield ""
    yield "| what | at most | measured | |"
    yield "|---|---:|---:|---|"
    for what, most, measured, beside in targets(results):
        met = "yes" if measured <= most else f"no: {beside}" if beside else "no"
        yield f"| {what} | {most:g} | {measured:.3g} | {met} |"


def targets(results: Results) -> Iterator[tuple[str, float, float, str]]:
    """Each target: what, the most that it may be, what it was, and what stands beside it."""
    small = {"same-weights": 0.24, "two-layer-network": 0.5}
    for name, taken in results.iterations.items():
        ours = taken[OURS]
        if name in small:
            floor = results.calls[name] * results.call
            beside = (
                f"its {results.calls[name]} calls of numpy take {floor / taken[PLAIN]:.2f} "
                "where each takes as long as the smallest"
            )
            yield f"{name}: run / plain numpy", small[name], ours / taken[PLAIN], beside
        elif name.startswith("784"):
            yield f"{name}: run / tuned numpy", 1.05, ours / taken[TUNED], ""
        if _TORCH in taken and (name in small or name.startswith("784")):
            beside = f"numpy's products alone take {taken[PRODUCTS] / taken[_TORCH]:.2f}"
            most = 0.045 if name in small else 0.5
            yield f"{name}: run / {_TORCH}", most, ours / taken[_TORCH], beside
    taken = results.iterations["same-weights"]
    if {"chainstep numba", "JAX scan"} <= set(taken):
        measured = taken["chainstep numba"] / taken["JAX scan"]
        yield "same-weights: run by numba / JAX scan", 0.5, measured, ""
    by_hand = results.stepping["plain numpy"]
    walked = results.stepping["walk, a record of every step"]
    yield "same-weights: walking with records / plain numpy", 1.1, walked / by_hand, ""
    for name, run in results.long_runs.items():
        what = f"{name}, {run.iterations} iterations"
        if name == "same-weights":
            beside = f"the median is {run.goto_median:.3g} ms"
            yield f"{what}: slowest goto, ms", 5, run.goto_worst, beside
            yield f"{what}: slowest step back, ms", 5, run.back_worst, ""
            yield f"{what}: store, MiB", 8, run.memory / MIB, ""
        elif name.startswith("784"):
            yield f"{what}: iterations computed again", 2, run.recomputed, ""
            yield f"{what}: store in memory, MiB", 64, run.memory / MIB, ""

    replayed, numpys = (
        results.starts[name][0] for name in ("chainstep replay same-weights", "import numpy")
    )
    yield "chainstep replay same-weights / import numpy", 1.4, replayed / numpys, ""
    if results.frame is not None:
        beside = "with what drives the screen in a test"
        yield (
            "a key and the screen that it changed, ms of a processor",
            5,
            results.frame * 1e3,
            beside,
        )


_PRODUCTS_NOTE = """\
The large networks are their matrix products: how near chainstep comes to PyTorch there is a
matter of numpy's OpenBLAS and PyTorch's MKL. The products alone are in the table."""


def _iterations(iterations: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    names = list(dict.fromkeys(name for taken in iterations.values() for name in taken))
    yield "Time, and in brackets its ratio to chainstep's."
    yield ""
    yield f"| network | {' | '.join(names)} |"
    yield f"|---|{'---:|' * len(names)}"
    for case, taken in iterations.items():
        cells = [
            f"{_time(taken[name])} ({taken[name] / taken[OURS]:.2f})" if name in taken else ""
            for name in names
        ]
        yield f"| {case} | {' | '.join(cells)} |"


def _bars(iterations: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """A bar for each, as long as its time in ratio to the slowest of the network."""
    yield "```text"
    for case, taken in iterations.items():
        yield case
        slowest, wide = max(taken.values()), max(map(len, taken))
        for name, time in taken.items():
            eighths = max(1, round(8 * _BAR * time / slowest))
            bar = "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
            yield f"  {name:<{wide}} {bar} {_time(time)}"
    yield "```"


def _stepping(stepping: Mapping[str, float]) -> Iterator[str]:
    yield "same-weights, an iteration of 34 steps:"
    yield ""
    yield "| how | time | ratio to plain numpy |"
    yield "|---|---:|---:|"
    for name, time in stepping.items():
        yield f"| {name} | {_time(time)} | {time / stepping['plain numpy']:.2f} |"


def _jumps(long_runs: Mapping[str, Jumps]) -> Iterator[str]:
    yield "| run | iterations a second | goto, median | goto, slowest | step back, slowest |"
    yield "|---|---:|---:|---:|---:|"
    for name, run in long_runs.items():
        times = " | ".join(
            f"{ms:.3g} ms" for ms in (run.goto_median, run.goto_worst, run.back_worst)
        )
        yield f"| {name}, {run.iterations} iterations | {run.per_second:.3g} | {times} |"
    yield ""
    yield "| run | store in memory | in a temporary file | iterations computed again, at most |"
    yield "|---|---:|---:|---:|"
    for name, run in long_runs.items():
        sizes = f"{run.memory / MIB:.2f} MiB | {run.file / MIB:.0f} MiB"
        yield f"| {name} | {sizes} | {run.recomputed} |"


def _starts(results: Results) -> Iterator[str]:
    yield "| process | time | most memory |"
    yield "|---|---:|---:|"
    for name, (time, peak) in results.starts.items():
        yield f"| {name} | {_time(time)} | {f'{peak:.0f} MB' if peak else ''} |"
    if results.frame is not None:
        yield ""
        yield (
            f"A key and the screen of 120×36 that it changed take {_time(results.frame)} of a "
            "processor, what drives the screen in a test included."
        )


def _time(seconds: float) -> str:
    for unit, factor in (("s", 1), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def write(text: str, path: Path) -> None:
    """Writes the page."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def say(text: str, *, progress: bool = False) -> None:
    """Prints a line, on standard error where it only tells how far the command is."""
    stream = sys.stderr if progress else sys.stdout
    stream.write(f"{text}\n")
    stream.flush()
