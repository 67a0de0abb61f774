"""What a name that somebody typed in a page's notation stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

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


def read(notation: Notation, text: str, program: Program) -> Reading:
    """Reads a quantity or an entry in a notation, in Unicode or as one types it.

    Brackets and dots count rows and columns from 0 in the array as the page lays it out; the
    page's own indices count as the page does.
    Raises: UnknownName where it stands for nothing, InputError where for more than one thing.
    """
    written = text.strip()
    if found := _found(notation, written, program):
        return found
    for pattern in (_POSITION, _DOTTED):
        if match := re.fullmatch(pattern, written):
            found = _found(notation, match["name"].strip(), program)
            if found and found.position is None:
                return _placed(found, match["at"], program, written)
    raise _unknown(notation, written, program)


def _found(notation: Notation, text: str, program: Program) -> Reading | None:
    """The reading of a name with its sign and its transpose."""
    if reading := _named(notation, text, program):
        return reading
    sign = 1
    while text[:1] in {"-", "−", "+"}:
        sign = -sign if text[0] in "-−" else sign
        text = text[1:].lstrip()
    text, transposes = re.subn(_TRANSPOSE, "", text)
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    reading = _named(notation, text, program)
    if reading is None:
        return None
    turned = reading.transposed ^ bool(transposes)
    return Reading(reading.quantity, reading.position, sign * reading.sign, turned)


def _named(notation: Notation, text: str, program: Program) -> Reading | None:
    """The quantity, else the entry, that is written so; spellings are tried in turn.

    A name of the engine's is no loose spelling of another quantity's: ``dC/dW1`` is not dC_dw1.
    """
    quantities = list(program.quantities.values())
    known = [(each, tuple(names_of(notation, each, program))) for each in quantities]
    for form in _CLOSE_FORMS if text in program.quantities else _FORMS:
        wanted = form(text)
        same = {}
        for quantity, names in known:
            if any(form(name) == wanted for name in names):
                same[quantity.name] = quantity
        if same:
            quantity = _only(notation, text, list(same.values()), program)
            signed = form(notation.quantity(quantity, program)) == wanted
            sign = 1 if signed else notation.sign(quantity, program)
            return Reading(quantity.name, None, sign, notation.is_turned(quantity))
    entries = {
        entry for quantity in quantities for entry in _entries(notation, text, quantity, program)
    }
    if len(entries) > 1:
        listed = ", ".join(sorted(str(entry) for entry in entries))
        raise InputError(f"{text!r} may be any of {listed}: write one of these in brackets")
    for entry in entries:
        return Reading(entry.quantity, entry.position)
    return None


def _only(notation: Notation, text: str, quantities: list[Quantity], program: Program) -> Quantity:
    if len(quantities) > 1:
        listed = ", ".join(notation.beside(quantity, program) for quantity in quantities)
        raise InputError(f"{text!r} may be any of {listed}")
    return quantities[0]


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


def _entries(
    notation: Notation, text: str, quantity: Quantity, program: Program
) -> Iterator[Entry]:
    """The entries of a quantity that are written so."""
    if (
        notation.entries == "brackets"
        or not quantity.shape
        or quantity.size > _MOST_ENTRIES
        or quantity.part is Part.WITH_ONES
        or quantity.leads_to_parameters  # numbers that have names already
    ):
        return
    wanted = _entry_form(text)
    corner = tuple(size - 1 for size in quantity.shape)
    skeletons = {
        _skeleton(notation.entry(quantity, probe, program))
        for probe in ((0,) * len(corner), corner)
    }
    if _skeleton(text) not in skeletons:
        return
    for position in _positions(quantity.shape):
        name = _entry_form(notation.entry(quantity, position, program))
        if wanted in {name, name.replace(",", "")}:
            yield Entry(quantity.name, position)


def _entry_form(text: str) -> str:
    return _level(text).replace("Sum", "").replace("/", "")


def _skeleton(text: str) -> str:
    """An entry's name without its numbers."""
    return re.sub(_DIGITS, "", _entry_form(text)).replace(",", "")


def _positions(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if not shape:
        yield ()
        return
    for first in range(shape[0]):
        for rest in _positions(shape[1:]):
            yield (first, *rest)


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


def _unknown(notation: Notation, text: str, program: Program) -> UnknownName:
    """Why nothing is written so, with the nearest that is."""
    quantities = program.quantities.values()
    known = [notation.quantity(quantity, program) for quantity in quantities]
    if notation.entries != "brackets" and sum(quantity.size for quantity in quantities) < _FEW:
        known += [
            notation.entry(quantity, position, program)
            for quantity in quantities
            for position in _positions(quantity.shape)
        ]
    levels = {_level(name): name for name in known}
    guess = nearest(_level(text), levels)
    for level, name in levels.items():
        guess = guess.replace(f"{level!r}", f"{name!r}")
    message = f"in the notation {notation.name} nothing of this network is called {text!r}{guess}"
    return UnknownName(message, has_guess=bool(guess))
