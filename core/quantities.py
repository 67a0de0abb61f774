"""What a quantity, an axis, an entry and a moment are, and how they are typed."""

import re
from enum import Enum
from math import prod
from typing import NamedTuple


class InputError(Exception):
    """Something that a person gave does not fit: one message with the place and the mend."""


class ShapeError(InputError):
    """Two arrays do not fit each other; the message names their axes, not only their sizes."""


class Axis(NamedTuple):
    """What the positions along one axis of a quantity are.

    ``kind`` is ``observation``, ``unit``, ``bias + unit`` (the bias first), or, for axes of
    size 1, ``bias``, ``cost`` or ``sum``. ``layer`` says whose units they are; 0 is the inputs.
    ``word`` is what a page calls a unit, ``first`` its number of the first position.
    """

    kind: str
    layer: int | None = None
    word: str = "unit"
    first: int = 0

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
            return f"obs {position + self.first}"
        if self.kind == "bias + unit":
            return "bias" if position == 0 else self._replace(kind="unit").label(position - 1)
        if self.kind == "unit":
            word = "input" if self.layer == 0 else self.word
            return f"{word} {position + self.first}"
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


class Kind(Enum):
    """What a quantity is, whatever its name.

    ``DATA`` is given and stays, or follows from the number of the iteration; a ``VALUE`` is a
    parameter or what the forward phase or an update makes; a ``DERIVATIVE`` is one of the cost;
    a ``FACTOR`` is one that stands between, dz/dW; ``STATE`` is what an update rule remembers;
    a ``CHANGE`` is what it takes off a parameter.
    """

    DATA = "data"
    VALUE = "value"
    DERIVATIVE = "derivative"
    FACTOR = "factor"
    STATE = "state"
    CHANGE = "change"


class Part(Enum):
    """Which part a quantity plays in a layer, or at the cost, where a network was made of layers.

    They are called as their roles; change and decay are those of any parameter.
    """

    WEIGHTS = "W"
    BIASES = "b"
    TARGETS = "y"
    WITH_ONES = "a+"
    PRE_ACTIVATION = "z"
    ACTIVATION = "a"
    COST_OF_OBSERVATIONS = "C_obs"
    COST_OF_DATA = "C_data"
    COST = "C"
    ERROR = "dC/da"
    SLOPE = "da/dz"
    DELTA = "delta"
    FACTOR_BELOW = "dz/da"
    MASK_AS_FACTOR = "da/da"
    FACTOR_TO_WEIGHTS = "dz/dW"
    FACTOR_TO_BIASES = "dz/db"
    WEIGHT_GRADIENT = "dC/dW"
    BIAS_GRADIENT = "dC/db"
    CHANGE = "change"
    DECAY = "decay"


class Quantity(NamedTuple):
    """A named array of the iteration, and what it is: ``a0``, ``dC/dW3``, ``m.W1``.

    ``of`` and ``by`` are names of quantities, or nothing: a derivative or factor is that of
    ``of`` by ``by``; a change, a state or a new value is that of ``of``; ``a0+`` is made of
    ``a0``. ``parameter`` names the parameter that it belongs to, itself where it is one, and
    ``learns`` says of a parameter whether an update may change it.
    ``layer`` is the number of its layer, 0 for the inputs and where there are no layers; the
    cost has none of its own and carries the last. ``role`` is the row of core/roles.py that it
    plays in a network, for words and letters alone; nothing in somebody's own program. Whoever
    does something else with some of them asks for its ``part``: None for most, and there.
    """

    name: str
    shape: tuple[int, ...]
    axes: tuple[Axis, ...]
    kind: Kind = Kind.VALUE
    of: str = ""
    by: str = ""
    layer: int = 0
    parameter: str = ""
    learns: bool = False
    role: str = ""
    part: Part | None = None

    @property
    def leads_to_parameters(self) -> bool:
        """Whether it is the factor from pre-activations to weights or to biases."""
        return self.part in {Part.FACTOR_TO_WEIGHTS, Part.FACTOR_TO_BIASES}

    @property
    def is_parameter(self) -> bool:
        """Whether an iteration begins with it and its update gives the next one another."""
        return bool(self.parameter) and self.parameter == self.name

    @property
    def is_gradient(self) -> bool:
        """Whether it is the derivative of the cost by a parameter."""
        return self.kind is Kind.DERIVATIVE and bool(self.parameter)

    @property
    def is_new_value(self) -> bool:
        """Whether it is a parameter as the next iteration begins with it."""
        return self.kind is Kind.VALUE and bool(self.parameter) and not self.is_parameter

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)


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


_BRACKETS = r"(?P<name>[^\[\]]+)\[(?P<position>[0-9,\s]+)\]"
_MOST_PLACES = 18  # digits of a position that are read; no array is as long


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
    if match := re.fullmatch(_BRACKETS, text):
        parts = [part.strip() for part in match["position"].split(",")]
        if all(part.isdigit() for part in parts):
            return Entry(match["name"].strip(), tuple(map(_place, parts)))
    parts = text.split(".")
    stem = len(parts)
    while stem > 1 and parts[stem - 1].isascii() and parts[stem - 1].isdigit() and parts[stem - 2]:
        stem -= 1
    return Entry(".".join(parts[:stem]), tuple(map(_place, parts[stem:])))


def _place(digits: str) -> int:
    """A position, of at most so many digits as any array could need."""
    digits = digits.lstrip("0") or "0"
    return int(digits if len(digits) <= _MOST_PLACES else "9" * _MOST_PLACES)


def nearest(word: str, known: object) -> str:
    """A sentence that names the nearest of the known words, or nothing.

    >>> nearest("sigmiod", ["relu", "sigmoid"])
    "; did you mean 'sigmoid'?"
    """
    from difflib import get_close_matches  # wanted only where something is misspelt

    words = list(known)  # type: ignore[call-overload]
    close = get_close_matches(word, words, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


#: The largest number that is read where something is counted.
MOST = 10**15


def whole_number(text: str) -> int | None:
    """A number typed in plain digits, at most ``MOST``; None where it is something else.

    >>> whole_number(" 0012 "), whole_number("1" * 5000) == MOST, whole_number("²")
    (12, True, None)
    """
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()):
        return None
    digits = digits.lstrip("0") or "0"
    return min(int(digits), MOST) if len(digits) <= len(str(MOST)) else MOST
