"""Long runs with a progress bar on a terminal, and nothing anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from chainstep.core.records import Record
from chainstep.core.stepper import Stepper
from chainstep.tui.answers import is_terminal

if TYPE_CHECKING:
    from threading import Event

_PATIENCE = 0.5  # seconds without a bar; most runs are done before
_GLANCE = 0.1  # seconds between two looks at the clock


def run_watched(stepper: Stepper, iterations: int) -> None:
    """Runs so many iterations fast; past half a second a terminal shows how far it is."""
    if not is_terminal(sys.stderr):
        stepper.run(iterations)
        return
    left, chunk, began = iterations, 1, perf_counter()
    while left and perf_counter() - began < _PATIENCE:
        glance = perf_counter()
        stepper.run(min(chunk, left))
        left -= min(chunk, left)
        chunk = _next_chunk(chunk, perf_counter() - glance)
    if left:
        _run_with_bar(stepper, iterations, left, chunk)


def walk_watched(stepper: Stepper, iterations: int) -> Iterator[Record]:
    """The records of so many iterations, as they are asked for.

    Where they go to a file or a pipe, a terminal shows past half a second how far they are.
    """
    if iterations < 2 or not is_terminal(sys.stderr) or sys.stdout.isatty():
        yield from stepper.walk(iterations)
        return
    first = stepper.moment.iteration
    with at_work("") as bar:
        for record in stepper.walk(iterations):
            bar.text = f"iteration {record.iteration - first + 1} of {iterations}"
            yield record


class Said:
    """What a terminal is told while something takes its time."""

    def __init__(self, text: str) -> None:
        self.text = text


@contextmanager
def at_work(text: str) -> Iterator[Said]:
    """Past half a second a terminal shows what is being done, and for how long."""
    said = Said(text)
    if not is_terminal(sys.stderr):
        yield said
        return
    from threading import Event, Thread  # only a terminal is told

    done = Event()
    teller = Thread(target=_tell, args=(said, done), daemon=True)
    teller.start()
    try:
        yield said
    finally:
        done.set()
        teller.join()


def _tell(said: Said, done: Event) -> None:
    if done.wait(_PATIENCE):
        return
    from rich.console import Console  # only what takes long on a terminal needs it
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(said.text)
        while not done.wait(_GLANCE):
            progress.update(task, description=said.text)


def _next_chunk(chunk: int, seconds: float) -> int:
    return max(1, int(chunk * min(10.0, _GLANCE / max(seconds, 1e-9))))


def _run_with_bar(stepper: Stepper, iterations: int, left: int, chunk: int) -> None:
    from rich.console import Console  # only a long run on a terminal needs it
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("iteration {task.completed:.0f} of {task.total:.0f}"),
        BarColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=iterations, completed=iterations - left, rate="")
        while left:
            glance = perf_counter()
            done = min(chunk, left)
            stepper.run(done)
            seconds = max(perf_counter() - glance, 1e-9)
            progress.update(task, advance=done, rate=f"{done / seconds:.0f} a second,")
            left -= done
            chunk = _next_chunk(chunk, seconds)
