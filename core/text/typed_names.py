"""What a name that somebody typed in a page's notation stands for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chainstep.core.quantities import Entry, InputError, Part, Quantity, nearest
from chainstep.core.text.ascii import to_ascii
from chainstep.core.text.markup import digits_level, text_of
from chainstep.core.text.quantity_names import Terms

if TYPE_CHECKING:
    from chainstep.core.program import Program
    from chainstep.core.text.notation import Notation

_SEPARATORS = r"[\s_^{}\\]+"
_DIGITS = r"\d+"
_TRANSPOSE = r"(\.T|ᵀ|\^T|\^\{T\}|\^\{\\top\})$"
_POSITION = r"(?P<name>.+?)\[\s*(?P<at>\d+(\s*,\s*\d+)*)\s*\]$"
_DOTTED = r"(?P<name>.*?[^.\s])\.(?P<at>\d+(\.\d+)*)$"
_Form = Callable[[str], str]
_MOST_ENTRIES = 20_000  # of one quantity; the entries of larger ones are typed in brackets


_FEW = 500  # entries among which the nearest name is looked for


class UnknownName(InputError):
    """Nothing of a network is called so in a notation; perhaps another name was meant."""

    def __init__(self, message: str, *, has_guess: bool) -> None:
        super().__init__(message)
        self.has_guess = has_guess


class Reading(NamedTuple):
    """A quantity by the engine's name, a number of it, and how the typed one differs.

    The engine's number is ``sign`` times the typed one; the engine's array is that of the page
    with rows and columns exchanged where ``transposed``. ``position`` is in the engine's array.
    """

    quantity: str
    position: tuple[int, ...] | None = None
    sign: int = 1
    transposed: bool = False

    @property
    def entry(self) -> Entry:
        """The number that was named, or the whole where none was."""
        return Entry(self.quantity, self.position or ())


class PageNames:
    """All that the quantities of a program and their numbers are called in a notation."""

    def __init__(self, notation: Notation, program: Program) -> None:
        self.notation, self.program = notation, program
        self._spellings: dict[_Form, dict[str, dict[str, Quantity]]] = {}
        self._positions_written: dict[str, dict[str, list[tuple[int, ...]]]] = {}

    def read(self, text: str) -> Reading:
        """Reads a quantity or an entry, in Unicode or as one types it.

        Brackets and dots count rows and columns from 0 in the array as the page lays it out; the
        page's own indices count as the page does.
        Raises: UnknownName where it stands for nothing, InputError where for more than one thing.
        """
        written = text.strip()
        if found := self._found(written):
            return found
        for pattern in (_POSITION, _DOTTED):
            if match := re.fullmatch(pattern, written):
                found = self._found(match["name"].strip())
                if found and found.position is None:
                    return _placed(found, match["at"], self.program, written)
        raise self._unknown(written)

    def _found(self, text: str) -> Reading | None:
        """The reading of a name with its sign and its transpose."""
        if reading := self._named(text):
            return reading
        sign = 1
        while text[:1] in {"-", "−", "+"}:
            sign = -sign if text[0] in "-−" else sign
            text = text[1:].lstrip()
        text, transposes = re.subn(_TRANSPOSE, "", text)
        if text.startswith("(") and text.endswith(")"):
            text = text[1:-1].strip()
        reading = self._named(text)
        if reading is None:
            return None
        turned = reading.transposed ^ bool(transposes)
        return Reading(reading.quantity, reading.position, sign * reading.sign, turned)

    def _named(self, text: str) -> Reading | None:
        """The quantity, else the entry, that is written so; spellings are tried in turn.

        A name of the engine's is no loose spelling of another quantity's: ``dC/dW1`` is not
        dC_dw1.
        """
        notation, program = self.notation, self.program
        for form in _CLOSE_FORMS if text in program.quantities else _FORMS:
            wanted = form(text)
            if same := self._spelt(form).get(wanted):
                quantity = self._only(text, list(same.values()))
                signed = form(notation.quantity(quantity, program)) == wanted
                sign = 1 if signed else notation.sign(quantity, program)
                return Reading(quantity.name, None, sign, notation.is_turned(quantity))
        entries = set(self._entries(text))
        if len(entries) > 1:
            listed = ", ".join(sorted(str(entry) for entry in entries))
            raise InputError(f"{text!r} may be any of {listed}: write one of these in brackets")
        for entry in entries:
            return Reading(entry.quantity, entry.position)
        return None

    def _unknown(self, text: str) -> UnknownName:
        """Why nothing is written so, with the nearest that is."""
        guess = nearest(_level(text), self._levels)
        for level, name in self._levels.items():
            guess = guess.replace(f"{level!r}", f"{name!r}")
        notation = self.notation.name
        message = f"in the notation {notation} nothing of this network is called {text!r}{guess}"
        return UnknownName(message, has_guess=bool(guess))

    @cached_property
    def _levels(self) -> dict[str, str]:
        """All names among which the nearest is looked for, by how they are typed."""
        quantities = self.program.quantities.values()
        known = [self.notation.quantity(quantity, self.program) for quantity in quantities]
        few = sum(quantity.size for quantity in quantities) < _FEW
        if self.notation.entries != "brackets" and few:
            known += [
                self.notation.entry(quantity, position, self.program)
                for quantity in quantities
                for position in np.ndindex(quantity.shape)
            ]
        return {_level(name): name for name in known}

    @cached_property
    def _known(self) -> list[tuple[Quantity, tuple[str, ...]]]:
        """All quantities, each with its names."""
        every = self.program.quantities.values()
        return [(each, tuple(names_of(self.notation, each, self.program))) for each in every]

    def _spelt(self, form: _Form) -> dict[str, dict[str, Quantity]]:
        """What is written how in one way of spelling, by name; worked out when first wanted."""
        if form not in self._spellings:
            found = self._spellings[form] = defaultdict(dict)
            for quantity, names in self._known:
                for name in names:
                    found[form(name)][quantity.name] = quantity
        return self._spellings[form]

    def _only(self, text: str, quantities: list[Quantity]) -> Quantity:
        if len(quantities) > 1:
            beside = (self.notation.beside(quantity, self.program) for quantity in quantities)
            raise InputError(f"{text!r} may be any of {', '.join(beside)}")
        return quantities[0]

    def _entries(self, text: str) -> Iterator[Entry]:
        """The entries of all quantities that are written so."""
        wanted, skeleton = _entry_form(text), _skeleton(text)
        for quantity, skeletons in self._skeletons:
            if skeleton in skeletons:
                for position in self._written_of(quantity).get(wanted, ()):
                    yield Entry(quantity.name, position)

    def _written_of(self, quantity: Quantity) -> dict[str, list[tuple[int, ...]]]:
        """The positions of a quantity by how their numbers are written, also without commas."""
        if quantity.name not in self._positions_written:
            found: dict[str, list[tuple[int, ...]]] = defaultdict(list)
            for position in np.ndindex(quantity.shape):
                name = _entry_form(self.notation.entry(quantity, position, self.program))
                for written in {name, name.replace(",", "")}:
                    found[written].append(position)
            self._positions_written[quantity.name] = found
        return self._positions_written[quantity.name]

    @cached_property
    def _skeletons(self) -> list[tuple[Quantity, set[str]]]:
        """The quantities whose numbers have names of their own, with how these look."""
        return [
            (
                quantity,
                {
                    _skeleton(self.notation.entry(quantity, corner, self.program))
                    for corner in ((0,) * len(quantity.shape), _last(quantity))
                },
            )
            for quantity in self.program.quantities.values()
            if self.notation.entries != "brackets"
            and quantity.shape
            and quantity.size <= _MOST_ENTRIES
            and quantity.part is not Part.WITH_ONES
            and not quantity.leads_to_parameters  # numbers that have names already
        ]


def _last(quantity: Quantity) -> tuple[int, ...]:
    return tuple(size - 1 for size in quantity.shape)


def names_of(notation: Notation, quantity: Quantity, program: Program) -> Iterator[str]:
    """All that a quantity is read as: its name, without its sign, and other spellings."""
    yield notation.quantity(quantity, program)
    unsigned = notation.unsigned(quantity, program)
    yield unsigned
    if notation.layer != "{}":  # dZ2 for dZ^[2]
        yield unsigned.translate(_BRACKETS)
    if unsigned.startswith("new "):
        yield f"{unsigned[4:]}_new"
    if quantity.part is Part.DELTA and not notation.own:
        yield f"δ{quantity.layer}"
    if quantity.role in notation.read_too:
        terms = Terms(notation, program, quantity.layer)
        yield text_of(notation.read_too[quantity.role].format_map(terms))
    yield from (name for name, engine in notation.also.items() if engine == quantity.name)


def _level(text: str) -> str:
    """One line of ASCII: ``∂ΣC/∂w²`` as ``dSumC/dw2``; scripts and blanks go."""
    bare = text.replace("\\partial", "∂").replace("\\", "")
    return re.sub(_SEPARATORS, "", to_ascii(digits_level(bare))).replace("'", "'")


def _loose(text: str) -> str:
    """The same without the sum of ΣC, the line of a fraction, and the parentheses of a list."""
    return _level(text).translate(_LEFT_OUT).replace("Sum", "")


_BRACKETS = str.maketrans("", "", "[]")
_LEFT_OUT = str.maketrans("", "", "()/")
_CLOSE_FORMS = (str.strip, _level)
_FORMS = (
    *_CLOSE_FORMS,
    lambda text: _level(text).replace("Sum", ""),
    _loose,
    lambda text: _loose(text).lower(),
)


def _entry_form(text: str) -> str:
    return _level(text).replace("Sum", "").replace("/", "")


def _skeleton(text: str) -> str:
    """An entry's name without its numbers."""
    return re.sub(_DIGITS, "", _entry_form(text)).replace(",", "")


def _placed(found: Reading, at: str, program: Program, text: str) -> Reading:
    """A reading at the position in brackets, turned to the engine's array and checked."""
    position = tuple(int(part) for part in re.split(r"[.,]", at))
    if found.transposed and len(position) > 1:
        position = (*position[:-2], position[-1], position[-2])
    quantity = program.quantities[found.quantity]
    if len(position) != len(quantity.shape) or any(
        place >= size for place, size in zip(position, quantity.shape, strict=False)
    ):
        shape = quantity.shape
        if found.transposed and len(shape) > 1:
            shape = (*shape[:-2], shape[-1], shape[-2])
        sizes = "×".join(map(str, shape)) or "one number"
        raise InputError(f"{text} is outside of it: it is {sizes}, rows and columns from 0")
    return Reading(found.quantity, position, found.sign, found.transposed)
