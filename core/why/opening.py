"""What every answer must say first: a mistake made on purpose, a run that left its range."""

from __future__ import annotations

from chainstep.core.program import Program
from chainstep.core.records import Frame
from chainstep.core.stepper import Stepper
from chainstep.core.why.out_of_range import OutOfRange, is_finite, left_range


def opening(program: Program, left: OutOfRange | None) -> list[str]:
    """The sentences before an answer; none where there is nothing out of the ordinary."""
    said = []
    if left is not None:
        said.append(f"{left}. Nothing is read from its numbers from there on.")
    if program.mistakes:
        made = ", ".join(program.mistakes)
        said.append(f"This run makes a mistake on purpose: {made}. All its numbers come from that.")
    return said


def out_of_range(frame: Frame, iteration: int) -> OutOfRange | None:
    """Where the run of a frame left the range, if it has by then."""
    program = frame.layout.program
    return None if is_finite(program, frame) else left_range(Stepper(program), iteration)
