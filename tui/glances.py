"""A training that is looked at now and then while it runs: what was seen, and the curves then."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from chainstep.core import Stepper
from chainstep.core.quantities import Kind
from chainstep.core.runs.curves import Curve

if TYPE_CHECKING:
    from chainstep.core.runs.training import Seen, Watcher

_GLANCE = 0.25  # seconds between two looks at a training
_MOST = 64  # glances that are kept


@dataclass(frozen=True)
class Glance:
    """What was seen of a training at an iteration, and the curves up to then."""

    seen: Seen
    curves: tuple[Curve, ...]


@dataclass
class Glances:
    """The glances at one run, oldest first; none are made while nobody looks."""

    every: tuple[Glance, ...] = ()
    is_on: bool = False
    _watcher: Watcher | None = None
    _looked: float = 0.0

    def look(self, stepper: Stepper, curves: Iterable[Curve], *, often: bool = False) -> None:
        """Looks at the training, if it is wanted and the last look is some time ago."""
        if not self.is_on or not stepper.program.depth:
            return
        if not often and perf_counter() - self._looked < _GLANCE:
            return
        from chainstep.core.runs.training import Watcher  # wanted where a training is watched

        if self._watcher is None or self._watcher.program is not stepper.program:
            self._watcher, self.every = Watcher(stepper.program), ()
        given = [q.name for q in stepper.program.start if q.kind is not Kind.DATA]
        seen = self._watcher.see(stepper.moment.iteration, {q: stepper[q] for q in given})
        kept = [each for each in self.every if each.seen.iteration < seen.iteration]
        if len(kept) >= _MOST:
            kept = kept[::2]
        self.every = (*kept, Glance(seen, tuple(copy.deepcopy(curve) for curve in curves)))
        self._looked = perf_counter()
