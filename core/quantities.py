"""What a quantity, an axis, an entry and a moment are, and how they are typed."""

import re
from typing import NamedTuple


class InputError(Exception):
    """Something that a person gave does not fit: one message with the place and the mend."""


class ShapeError(InputError):
    """Two arrays do not fit each other; the message names their axes, not only their sizes."""


class Axis(NamedTuple):
    """What the positions along one axis of a quantity are.

    ``kind`` is ``observation``, ``unit``, ``bias + unit`` (the bias first), or, for axes of
    size 1, ``bias``, ``cost`` or ``sum``. ``layer`` says whose units they are; 0 is the inputs.
    """

    kind: str
    layer: int | None = None

    def __str__(self) -> str:
        return self.kind

    @property
    def is_single(self) -> bool:
        """Whether its one position stands for all: one bias, one sum."""
        return self.kind in {"bias", "cost", "sum"}

    @property
    def plural(self) -> str:
        """The word for the positions in running text: ``units of layer 2``."""
        if self.kind == "observation":
            return "observations"
        if self.kind == "unit":
            return "inputs" if self.layer == 0 else f"units of layer {self.layer}"
        if self.kind == "bias + unit":
            return f"the bias and the {Axis('unit', self.layer).plural}"
        return self.kind

    def label(self, position: int) -> str:
        """The name of one position: ``unit 2``, ``obs 0``, ``bias``."""
        if self.kind == "observation":
            return f"obs {position}"
        if self.kind == "bias + unit":
            return "bias" if position == 0 else Axis("unit", self.layer).label(position - 1)
        if self.kind == "unit":
            return f"input {position}" if self.layer == 0 else f"unit {position}"
        return self.kind


OBSERVATION = Axis("observation")
BIAS = Axis("bias")
COST = Axis("cost")
SUM = Axis("sum")


def units(layer: int) -> Axis:
    """The axis over the units of a layer; layer 0 is the inputs."""
    return Axis("unit", layer)


def bias_and_units(layer: int) -> Axis:
    """The axis over the bias and then the units of a layer."""
    return Axis("bias + unit", layer)


class Quantity(NamedTuple):
    """A named array of the iteration: ``a0``, ``dC/dW3``, ``m.W1``.

    ``role`` is its kind (``a``, ``dC/dW``, ``m.W``) and ``layer`` its number, so that the
    name is the two put together; the cost has no layer of its own and carries the last.
    """

    name: str
    role: str
    layer: int
    shape: tuple[int, ...]
    axes: tuple[Axis, ...]

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        count = 1
        for length in self.shape:
            count *= length
        return count


class Moment(NamedTuple):
    """Step ``step`` of iteration ``iteration`` has just been done; both count from 1.

    Step 0 is before the iteration, where only data, weights and rule state exist.
    """

    iteration: int
    step: int = 0

    def __str__(self) -> str:
        return f"{self.iteration}:{self.step}"


class Entry(NamedTuple):
    """One number of a quantity, rows and columns from 0: ``W1[0,2]``."""

    quantity: str
    position: tuple[int, ...]

    def __str__(self) -> str:
        if not self.position:
            return self.quantity
        return f"{self.quantity}[{','.join(map(str, self.position))}]"


_BRACKETS = re.compile(r"^(?P<name>[^\[\]]+)\[(?P<position>\s*\d+(\s*,\s*\d+)*)\s*\]$")
_DOTS = re.compile(r"^(?P<name>.*?[^.\d](?:\d*\+?|_new|_old|_obs)?)(?P<position>(\.\d+)+)$")


def parse_entry(text: str) -> Entry:
    """Reads ``W1[0,2]`` or ``W1.0.2``; a bare name is the entry of a single number.

    >>> parse_entry("dC/dW1.0.2")
    Entry(quantity='dC/dW1', position=(0, 2))
    >>> parse_entry("m.W1[3,0]")
    Entry(quantity='m.W1', position=(3, 0))
    >>> parse_entry("C")
    Entry(quantity='C', position=())
    """
    text = text.strip()
    if match := _BRACKETS.match(text):
        position = tuple(int(part) for part in match["position"].split(","))
        return Entry(match["name"].strip(), position)
    if match := _DOTS.match(text):
        return Entry(match["name"], tuple(int(part) for part in match["position"][1:].split(".")))
    return Entry(text, ())


def parse_moment(text: str, steps: dict[str, int]) -> Moment:
    """Reads ``1000``, ``1000:13`` or ``1000:delta2``; ``steps`` numbers the quantities.

    Raises: InputError with what was expected.

    >>> parse_moment("1000:delta2", {"delta2": 19})
    Moment(iteration=1000, step=19)
    """
    iteration_text, colon, step_text = text.strip().partition(":")
    if not iteration_text.strip().isascii() or not iteration_text.strip().isdigit():
        raise InputError(
            f"{text!r} is no moment: write an iteration, 1000, or one of its steps, "
            "1000:13 or 1000:delta2"
        )
    iteration = int(iteration_text)
    if iteration < 1:
        raise InputError("iterations count from 1: the start is 1:0")
    if not colon:
        return Moment(iteration)
    step_text = step_text.strip()
    last = max(steps.values())
    if step_text.isascii() and step_text.isdigit():
        step = int(step_text)
        if step > last:
            raise InputError(f"an iteration of this network has {last} steps; {step} is none")
        return Moment(iteration, step)
    if step_text not in steps:
        raise InputError(
            f"no step of this network computes {step_text!r}{nearest(step_text, steps)}"
        )
    return Moment(iteration, steps[step_text])


def nearest(word: str, known: object) -> str:
    """A sentence that names the nearest of the known words, or nothing.

    >>> nearest("sigmiod", ["relu", "sigmoid"])
    "; did you mean 'sigmoid'?"
    """
    from difflib import get_close_matches  # wanted only where something is misspelt

    words = list(known)  # type: ignore[call-overload]
    close = get_close_matches(word, words, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
