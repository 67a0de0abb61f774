"""Words for the answers to why: entries in a notation, numbers, lists, lines of a width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor, isfinite, log10
from textwrap import wrap

from chainstep.core.program import Program
from chainstep.core.quantities import Axis, Part, Quantity
from chainstep.core.text.counting import listed
from chainstep.core.text.notation import Notation
from chainstep.core.text.notations import DEFAULT
from chainstep.core.text.numbers import Digits, number_text
from chainstep.core.why.chain import Factor
from chainstep.core.why.places import Place

_PLAIN = Digits(8, 7)  # as the pages print
_LARGE, _SMALL = 1e8, 1e-99  # sums beyond are printed as other numbers are
_MOST_ZEROS = 9  # zeros that a 0 is printed with, to stand in a column
_TRIED = 5  # numbers of decimals with which a sum is tried
_LATE = Digits(7)  # numbers that have become small keep their digits


def number(value: float) -> str:
    """A number as the answers print it: seven decimals, or seven digits where it is small.

    >>> number(-1.76971032), number(0.00012345678), number(0.25)
    ('-1.7697103', '0.0001234568', '0.25')
    """
    return number_text(value, _PLAIN if abs(value) >= 1e-3 else _LATE)


def adding_up(*columns: Sequence[float]) -> tuple[list[list[str]], bool]:
    """Columns of terms, each with its sum at the end, with so many decimals that they add up.

    The second is whether what is printed does; where it does not, it is for the rounding.

    >>> adding_up([0.0003268088, 0.000442447, 0.0007692558])
    ([['0.0003268088', '0.0004424470', '0.0007692558']], True)
    >>> adding_up([1.0, 2.0, 3.0], [0.5, 2.0, 2.5])
    ([['1.0', '2.0', '3.0'], ['0.5', '2.0', '2.5']], True)
    """
    values = [value for column in columns for value in column]
    largest = max(map(abs, values), default=0.0)
    if not all(map(isfinite, values)) or not _SMALL < largest < _LARGE:
        return [[number(value) for value in column] for column in columns], largest == 0
    exponent = floor(log10(largest))
    least = 6 - exponent if exponent < -3 else max(0, min(7, 7 - exponent))
    for decimals in range(least, least + _TRIED):
        texts = [[_fixed(value, decimals) for value in column] for column in columns]
        if all(map(_adds_up, texts)):
            return _shortened(texts), True
    return _shortened([[_fixed(value, least) for value in column] for column in columns]), False


def _fixed(value: float, decimals: int) -> str:
    """So many decimals; a number that they would make 0 keeps its digits."""
    text = f"{value:.{decimals}f}"
    if value and not text.strip("-0."):
        return number(value)
    if not value and decimals > _MOST_ZEROS:
        return "0"
    return text if value else text.lstrip("-")


def _adds_up(texts: Sequence[str]) -> bool:
    *parts, whole = map(Decimal, texts)
    return sum(parts) == whole


def _shortened(columns: list[list[str]]) -> list[list[str]]:
    """Without the zeros that all of them end with."""
    while all("." in text and text[-1] in "0." for column in columns for text in column):
        columns = [[text[:-1] for text in column] for column in columns]
    return columns


def rough(value: float) -> str:
    """The size of a number: ``2e-13``, ``12.7``.

    >>> rough(2.3e-13), rough(12.6789), rough(0.0)
    ('2e-13', '12.7', '0')
    """
    if value == 0 or not isfinite(value):
        return f"{value:g}"
    return f"{value:.0e}" if abs(value) < 1e-3 else f"{value:.3g}"


def ratio(value: float | None) -> str:
    """How many times: ``× -0.7143``; nothing where there is no telling."""
    if value is None or not isfinite(value):
        return ""
    return f"× {number_text(value, Digits(5, 4) if abs(value) >= 1e-3 else Digits(4))}"


def units_text(layer: int, units: Sequence[int], most: int = 8) -> str:
    """``units 0, 1 and 2 of layer 1``, shortened where it gets long."""
    word = "unit" if len(units) == 1 else "units"
    if len(units) > most and list(units) == list(range(units[0], units[-1] + 1)):
        return f"units {units[0]}–{units[-1]} of layer {layer}"
    if len(units) > most:
        return (
            f"{len(units)} units of layer {layer}, {units[0]}, {units[1]} and {units[2]} among them"
        )
    return f"{word} {listed([str(unit) for unit in units])} of layer {layer}"


def filled(text: str, width: int, indent: str = "", hanging: str | None = None) -> list[str]:
    """A text in lines of a width."""
    return wrap(
        text, width,
        initial_indent=indent, subsequent_indent=indent if hanging is None else hanging,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


@dataclass(frozen=True)
class Words:
    """The names of entries in a notation, with the engine's beside them."""

    program: Program
    notation: Notation = DEFAULT

    @property
    def own(self) -> bool:
        """Whether the notation is other than the engine's."""
        return not self.notation.engine_names

    def name(self, place: Place, without: Iterable[int] = (), column: int | None = None) -> str:
        """The name of an entry on the page; indices along the axes ``without`` go unsaid.

        ``column`` is the unit that a weight leads to, for ∂z/∂w, which has no column of its own.
        """
        quantity, gone = place.quantity, set(without)
        if quantity is None:
            return self.notation.setting(place.label) if place.label else number(place.constant)
        at = tuple(None if n in gone else index for n, index in enumerate(place.position))
        if (
            self.notation.entries == "through"
            and gone
            and quantity.part in {Part.WEIGHTS, Part.BIASES}
        ):
            return self.engine(place, gone)  # a weight that is numbered has no name for a column
        if self._fraction(quantity) and column is not None:
            return self._to_weight(quantity, at, column)
        return self.notation.entry(quantity, at, self.program)

    def called(self, quantity: str) -> str:
        """The page's name of a whole quantity."""
        found = self.program.quantities.get(quantity)
        return self.notation.quantity(found, self.program) if found else quantity

    def label(self, axis: Axis, position: int) -> str:
        """The page's name of a position along an axis."""
        return self.notation.label(axis, position, self.program)

    def _fraction(self, quantity: Quantity) -> bool:
        own = self.notation.has_own_name(quantity, self.program)
        own = own or self.notation.entries == "brackets"
        return quantity.leads_to_parameters and not own

    def _to_weight(self, quantity: Quantity, at: tuple[int | None, ...], column: int) -> str:
        row, observation = at
        quantities = self.program.quantities
        z, weight = quantities[quantity.of], quantities[quantity.by]
        of, by = (observation, column), (row, min(column, weight.shape[1] - 1))
        return "/".join(self.notation.entry_derivative(z, of, weight, by, self.program))

    def engine(self, place: Place, without: Iterable[int] = ()) -> str:
        """The engine's name of an entry: ``dz2/da1[0,0]``."""
        if place.quantity is None:
            return place.label.replace("_", " ") or number(place.constant)
        gone = set(without)
        at = ",".join("·" if n in gone else str(index) for n, index in enumerate(place.position))
        return f"{place.name}[{at}]" if at else place.name

    def both(self, place: Place) -> str:
        """The page's name with the engine's, once where they agree: ``w₅ (W2[0,0])``."""
        name, engine = self.name(place), self.engine(place)
        return name if name == engine else f"{name} ({engine})"

    def order(self, factors: Sequence[Factor]) -> tuple[Factor, ...]:
        """Factors in the notation's order: from the cost to the weight, or back."""
        first = self.notation.chain == "cost first"
        return tuple(factors) if first else tuple(reversed(factors))


def within_product(text: str) -> str:
    """A factor that is not the first: in parentheses where it has a sign."""
    return f"({text})" if text[:1] in {"-", "−"} else text


def product(texts: Sequence[str]) -> str:
    """``a · b · (-c)``."""
    return " · ".join(text if not n else within_product(text) for n, text in enumerate(texts))


def equation(left: str, sides: Sequence[str], width: int, indent: str = "  ") -> list[str]:
    """``left = side``, then ``= side`` below one another, folded at products."""
    lines: list[str] = []
    for n, side in enumerate(sides):
        head = f"{indent}{left} = " if n == 0 else " " * (len(indent) + len(left) + 1) + "= "
        pad = " " * len(head)
        room = max(20, width - len(head))
        for m, piece in enumerate(_folded(side, room)):
            lines.append((pad if m else head) + piece)
    return lines


def _folded(side: str, room: int) -> list[str]:
    """A formula in lines, folded after a product's sign, else wherever there is a blank."""
    pieces, line = side.split(" · "), ""
    lines: list[str] = []
    for n, piece in enumerate(pieces):
        text = piece if n == len(pieces) - 1 else f"{piece} ·"
        if line and len(line) + 1 + len(text) > room:
            lines += filled(line, room)
            line = text
        else:
            line = f"{line} {text}" if line else text
    return [*lines, *filled(line, room)]
