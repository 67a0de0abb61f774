"""Names the mistake at the first wrong place, by making the catalogue's mistakes there.

What was made of right parts is compared with what each mistake would make of them.
"""

from __future__ import annotations

from collections.abc import Callable

from chainstep.scenarios.programs.mistakes.factors import other_factor, rows_of_weights
from chainstep.scenarios.programs.mistakes.gradients import wrong_gradient
from chainstep.scenarios.programs.mistakes.other_values import other_part
from chainstep.scenarios.programs.mistakes.outputs import output_delta
from chainstep.scenarios.programs.mistakes.scene import Scene, Slip
from chainstep.scenarios.programs.mistakes.shapes import broadcast, elementwise
from chainstep.scenarios.programs.mistakes.slopes import wrong_slope
from chainstep.scenarios.programs.mistakes.sums import (
    kept_from_before,
    penalty_left_out,
    penalty_on_biases,
    repeated_indices,
    sign_in_sum,
    uneven_sum,
    without_weights,
)


def slip_at(scene: Scene) -> Slip | None:
    """The mistake that makes the first wrong value; None where none of these does."""
    for look in LOOKS:
        found = look(scene)
        if found is not None:
            return found
    return None


LOOKS: tuple[Callable[[Scene], Slip | None], ...] = (
    broadcast,
    kept_from_before,
    repeated_indices,
    penalty_left_out,
    penalty_on_biases,
    without_weights,
    uneven_sum,
    output_delta,
    wrong_slope,
    rows_of_weights,
    other_factor,
    other_part,
    elementwise,
    sign_in_sum,
    wrong_gradient,
)
