"""Where nothing flows back, in the numbers of one iteration, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chainstep.core.program import Program
from chainstep.core.setup import Array
from chainstep.core.why.symmetry import Numbers

Cause = Literal[
    "relu",
    "saturated",
    "small",
    "zero-weights-above",
    "cancels",
    "zero-error",
    "nothing-from-above",
    "mixed",
]

#: A delta so much smaller than the others of its layer is next to nothing; so is a slope, of 1.
SMALL = 1e-6


@dataclass(frozen=True)
class Dead:
    """Units of a layer whose weights get no gradient in this iteration, and the cause.

    ``because`` is a clause about these numbers. ``exactly`` is false where what comes back is
    not 0 but too little to count: below the threshold, or what rounding left of a sum.
    """

    layer: int
    units: tuple[int, ...]
    cause: Cause
    because: str
    exactly: bool


def dead_units(numbers: Numbers, program: Program) -> tuple[Dead, ...]:
    """The units that nothing flows back through, by cause, from the last layer to the first.

    ``numbers`` are those of an iteration whose backward phase is done.
    """
    found: list[Dead] = []
    for layer in range(program.depth, 0, -1):
        if not _can_be_judged(program, layer):
            continue
        delta = numbers[f"delta{layer}"]
        if not np.isfinite(delta).all():
            continue
        of_unit = _Units(numbers, program, layer)
        known: dict[tuple[Cause, str, bool], list[int]] = {}
        for unit in range(delta.shape[1]):
            verdict = of_unit.verdict(unit)
            if verdict:
                known.setdefault(verdict, []).append(unit)
        found += [
            Dead(layer, tuple(units), cause, because, exactly)
            for (cause, because, exactly), units in known.items()
        ]
    return tuple(found)


def _can_be_judged(program: Program, layer: int) -> bool:
    """Whether the layer has pre-activations, and dense weights lead on from it."""
    leads_on = layer == program.depth or f"dz{layer + 1}/da{layer}" in program.quantities
    return leads_on and f"delta{layer}" in program.quantities


class _Units:
    """What the units of one layer get back, and through what."""

    def __init__(self, numbers: Numbers, program: Program, layer: int) -> None:
        self.layer = layer
        self.depth = program.depth
        self.activation = activation.name if (activation := program.activation(layer)) else ""
        self.delta = numbers[f"delta{layer}"]
        self.error = numbers[f"dC/da{layer}"]
        self.z = numbers[f"z{layer}"]
        slope = numbers[f"da{layer}/dz{layer}"]
        self.slope: Array | None = slope if slope.ndim == 2 else None
        self.observations = len(self.delta)
        self.epsilon = float(np.finfo(self.delta.dtype).eps)
        self.above = self.back = None
        self.is_last = layer == self.depth
        if f"dz{layer + 1}/da{layer}" in program.quantities:
            self.above = numbers[f"delta{layer + 1}"]
            self.back = numbers[f"dz{layer + 1}/da{layer}"]
            self.rounding = self._rounding()
        self.largest, self.where = self._largest(numbers, program)

    def _largest(self, numbers: Numbers, program: Program) -> tuple[float, str]:
        """What the deltas of the units are judged by, and what that is."""
        found = [(float(np.abs(self.delta).max(initial=0)), f"the largest of layer {self.layer}")]
        if self.above is not None:
            above = float(np.abs(self.above).max(initial=0))
            found.append((above, f"the largest of layer {self.layer + 1}"))
        else:
            error = self.error
            if program.targets:
                mean = self.observations if program.reduction == "mean" else 1
                error = (numbers[program.outputs] - numbers[program.targets]) / mean
            size = float(np.abs(error).max(initial=0))
            found.append((size, "the largest error"))
        return max(found)

    def _rounding(self) -> NDArray[np.float64]:
        """For every unit and observation, what rounding can leave of a sum that cancels."""
        assert self.above is not None
        assert self.back is not None
        sizes = np.abs(self.above).astype(np.float64) @ np.abs(self.back).astype(np.float64)
        terms = len(self.back)
        return 2 * terms * self.epsilon * sizes

    def verdict(self, unit: int) -> tuple[Cause, str, bool] | None:
        """The cause that nothing flows back through a unit; None where something does."""
        column = float(np.abs(self.delta[:, unit]).max(initial=0))
        if not column:
            whole = self._of_outputs(unit) if self.above is None else self._of_shares(unit)
            return self._of_slope(unit) or whole or self._of_both(unit)
        if self.above is not None and self._cancels(unit):
            return "cancels", self._cancelled(unit, exactly=False), False
        if column > SMALL * self.largest:
            return None
        return self._of_little(unit, column)

    def _of_slope(self, unit: int) -> tuple[Cause, str, bool] | None:
        if self.slope is None or self.slope[:, unit].any():
            return None
        if self.activation == "relu":
            return "relu", f"z ≤ 0 {self._everywhere()}, where the slope of a relu is 0", True
        said = f"the slope of {self.activation} is 0 {self._everywhere()}"
        return "saturated", f"saturated: {said}", True

    def _of_little(self, unit: int, column: float) -> tuple[Cause, str, bool]:
        """A unit whose delta is not 0, and far below the others."""
        judged = f"its delta is at most {column:.1e}, and {self.where} is {self.largest:.1e}"
        if self.slope is not None:
            slope = float(np.abs(self.slope[:, unit]).max(initial=0))
            if slope <= SMALL:
                return "saturated", f"saturated: its slope is at most {slope:.1e}; {judged}", False
        return "small", judged, False

    def _of_outputs(self, unit: int) -> tuple[Cause, str, bool] | None:
        if self.delta[:, unit].any():
            return None
        if not self.error[:, unit].any():
            if not self.is_last:
                said = f"its dC/da{self.layer} is 0 {self._everywhere()}"
                return "nothing-from-above", said, True
            return "zero-error", f"its error is 0 {self._everywhere()}", True
        if self.slope is None:
            return (
                "cancels",
                f"its row of errors and its Jacobian make 0 {self._everywhere()}",
                True,
            )
        return None

    def _of_shares(self, unit: int) -> tuple[Cause, str, bool] | None:
        assert self.above is not None
        assert self.back is not None
        share = self.error[:, unit]
        upward = f"layer {self.layer + 1}"
        if not self.back[:, unit].any():
            return "zero-weights-above", f"all its weights to {upward} are 0", True
        if not self.above.any():
            return "nothing-from-above", f"delta{self.layer + 1} is 0 everywhere", True
        if not ((self.above != 0) & (self.back[:, unit] != 0)).any():
            why = f"its weights to {upward} are 0 wherever delta{self.layer + 1} is not"
            return "nothing-from-above", why, True
        return ("cancels", self._cancelled(unit, exactly=True), True) if not share.any() else None

    def _cancels(self, unit: int) -> bool:
        """Whether its shares add up to no more than rounding leaves of them."""
        return bool((np.abs(self.error[:, unit]) <= self.rounding[:, unit]).all())

    def _of_both(self, unit: int) -> tuple[Cause, str, bool] | None:
        """A unit that is off in some observations, and gets nothing in the others."""
        if self.slope is None or self.delta[:, unit].any():
            return None
        off = self.slope[:, unit] == 0
        rest = int((~off).sum())
        nothing = "nothing comes back" if self.above is not None else "its error is 0"
        if self.error[~off, unit].any():
            nothing = "slope and error make a number too small to hold"
        said = f"its slope is 0 in {int(off.sum())} observations, and in the other {rest} {nothing}"
        return "mixed", said, True

    def _cancelled(self, unit: int, *, exactly: bool) -> str:
        assert self.above is not None
        assert self.back is not None
        weights, k = self.back[:, unit], self.layer + 1
        left = (
            "" if exactly else f"; rounding leaves {float(np.abs(self.error[:, unit]).max()):.0e}"
        )
        if (weights == weights[0]).all():
            return (
                f"its weights to layer {k} are all {float(weights[0]):.7g}, and the deltas of "
                f"layer {k} add up to 0 {self._everywhere()}{left}"
            )
        return f"what comes back from layer {k} cancels {self._everywhere()}{left}"

    def _everywhere(self) -> str:
        if self.observations == 1:
            return "in the one observation"
        return f"in all {self.observations} observations"
