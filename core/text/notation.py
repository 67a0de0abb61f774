"""How a page writes quantities, numbers of them and derivatives, as text and in LaTeX.

Numbers never change with the notation; a name that stands for the negative of a quantity is
written with its minus, and arrays turn where a page has observations as columns.
"""

from __future__ import annotations

import re
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from chainstep.core.quantities import Axis, Quantity
from chainstep.core.text import entry_names, quantity_names
from chainstep.core.text.alphabet import Alphabet, Position
from chainstep.core.text.markup import digits_level, latex_of, pieces_of, text_of, typewriter

if TYPE_CHECKING:
    from chainstep.core.program import Program

_WORD = r"[A-Za-z_][\w/.+]*[\w+]|[A-Za-z]"  # what may be an engine's name


Item = TypeVar("Item")

#: What books call the settings of a rule.
_SETTINGS = {
    "learning_rate": "η",
    "momentum": "μ",
    "decay": "ρ",
    "beta1": "β₁",
    "beta2": "β₂",
    "epsilon": "ε",
    "lambda": "λ",
    "weight_decay": "λ",
}


class Notation(Alphabet):
    """One way of writing, and the names that it gives to a program's quantities."""

    # ── names ──

    def sign(self, quantity: Quantity, program: Program) -> int:
        """1, or −1 where the page's name is that of the negative."""
        key = quantity_names.own_key(self, quantity, program)
        return -1 if key in self.negative else 1

    def has_own_name(self, quantity: Quantity, program: Program) -> bool:
        """Whether the page calls it by more than letters and fractions: ``dC_dw2``, ``a1.T``."""
        return bool(quantity_names.own_key(self, quantity, program))

    def markup(self, quantity: Quantity, program: Program) -> str:
        """The page's name in markup, without its sign."""
        return quantity_names.whole(self, quantity, program)

    def quantity(self, quantity: Quantity, program: Program) -> str:
        """The name of a quantity on the page: ``∂ΣC/∂w²``, ``-dC_dw2``."""
        return self._signed(quantity, program, self.unsigned(quantity, program))

    def unsigned(self, quantity: Quantity, program: Program) -> str:
        """The page's own name, of which the quantity may be the negative: ``dC_dw2``."""
        if self.engine_names:
            return quantity.name
        return text_of(quantity_names.whole(self, quantity, program))

    def entry(self, quantity: Quantity, position: Position, program: Program) -> str:
        """The name of one number: ``w²₀,₂``, ``∂J/∂w₁``, ``weight1[0,2]``."""
        if not quantity.shape or not position:
            return self.quantity(quantity, program)
        if self.entries == "brackets":
            places = position  # the engine's names count in the engine's arrays
            if not self.engine_names:
                places = self.turned_position(quantity, position)
            inside = ",".join("·" if place is None else str(place) for place in places)
            return f"{self.quantity(quantity, program)}[{inside}]"
        return self._signed(
            quantity, program, text_of(entry_names.entry(self, quantity, position, program))
        )

    def entry_derivative(
        self,
        of: Quantity,
        of_position: Position,
        by: Quantity,
        by_position: Position,
        program: Program,
    ) -> tuple[str, str]:
        """A derivative of one number by another, as the two pieces of a fraction.

        A None in a position leaves that index out, as where the observation goes unsaid.
        """
        above = entry_names.entry(self, of, of_position, program) if of_position else None
        over = self.markup(of, program) if above is None else above
        return f"∂{text_of(over)}", f"∂{text_of(entry_names.entry(self, by, by_position, program))}"

    def pieces(self, quantity: Quantity, program: Program) -> tuple[str, str]:
        """What stands above and below the line of a derivative; the bottom is '' without one."""
        if self.engine_names:
            above, _, below = quantity.name.partition("/d")
            return (f"∂{above[1:]}", f"∂{below}") if below else (above, "")
        above, below = pieces_of(self.markup(quantity, program))
        return text_of(above), text_of(below)

    def as_derivative(self, quantity: Quantity, program: Program) -> str:
        """A derivative as a fraction, whatever the page calls it: ``∂C/∂z³`` for ``δ³``.

        It carries a minus where the page's name is that of the negative.
        """
        if quantity.role not in quantity_names.NAMES:
            return self.quantity(quantity, program)
        text = text_of(quantity_names.fraction(self, quantity, program))
        return self._signed(quantity, program, digits_level(text) if self.engine_names else text)

    def beside(self, quantity: Quantity, program: Program) -> str:
        """The page's name with the engine's: ``∂ΣC/∂w² (dC/dW3)``; once where they agree."""
        name = self.quantity(quantity, program)
        return name if name == quantity.name else f"{name} ({quantity.name})"

    def setting(self, name: str) -> str:
        """The letter of a setting of the update rule: ``η`` for ``learning_rate``."""
        if name in self.letters:
            return self.letters[name]
        if self.spelling == "code" or self.typewritten:
            return f"{name}_" if iskeyword(name) else name
        return name.replace("_", " ") if self.engine_names else _SETTINGS.get(name, name)

    def subscript(self, unit: int) -> str:
        """What stands behind a list of numbers to pick one of them: ``[0]`` or ``₁``."""
        if self.entries == "brackets":
            return f"[{unit}]"
        return text_of(f"_{{{unit + self.base}}}")

    def label(self, axis: Axis, position: int, program: Program) -> str:
        """What the page calls one position of an axis: ``unit 1``, ``neuron 3``, ``obs 0``."""
        return self.named_axes((axis,), program)[0].label(position)

    def named_axes(self, axes: tuple[Axis, ...], program: Program) -> tuple[Axis, ...]:
        """The axes with the page's word for a unit, and its number of the first position."""
        if self.engine_names:
            return axes
        return tuple(
            axis._replace(word=self.unit, first=self._first(axis, program)) for axis in axes
        )

    def _first(self, axis: Axis, program: Program) -> int:
        through = self.layers == "through" and axis.kind in {"unit", "bias + unit"}
        anew = axis.layer == program.depth and "last" in self.letters  # o₁ is the first of its kind
        counts = through and axis.layer and not anew
        return self.base + (sum(program.widths[1 : axis.layer]) if counts else 0)

    def said(self, text: str, program: Program) -> str:
        """A sentence with the engine's names of quantities turned into the page's."""
        if self.engine_names:
            return text
        return re.sub(_WORD, lambda word: self._said(word[0], program), text)

    def _said(self, word: str, program: Program) -> str:
        quantity = program.quantities.get(word)
        return word if quantity is None else self.quantity(quantity, program)

    def _signed(self, quantity: Quantity, program: Program, name: str) -> str:
        minus = "-" if self.spelling == "code" else "−"
        return name if self.sign(quantity, program) > 0 else f"{minus}{name}"

    # ── LaTeX ──

    def latex_quantity(self, quantity: Quantity, program: Program) -> str:
        """The name of a quantity in LaTeX's mathematics."""
        return self._signed_latex(quantity, program, self.latex_unsigned(quantity, program))

    def latex_unsigned(self, quantity: Quantity, program: Program) -> str:
        """The page's own name in LaTeX's mathematics, of which it may be the negative."""
        if self.spelling == "code":
            return typewriter(self.unsigned(quantity, program))
        if self.typewritten:
            above, below = self.pieces(quantity, program)
            return (
                rf"\frac{{{typewriter(above)}}}{{{typewriter(below)}}}"
                if below
                else (typewriter(above))
            )
        return latex_of(self.markup(quantity, program))

    def latex_entry(self, quantity: Quantity, position: Position, program: Program) -> str:
        """The name of one number in LaTeX's mathematics."""
        if not quantity.shape or not position:
            return self.latex_quantity(quantity, program)
        if self.spelling == "code" or self.typewritten:
            return typewriter(self.entry(quantity, position, program))
        written = latex_of(entry_names.entry(self, quantity, position, program))
        return self._signed_latex(quantity, program, written)

    def latex_setting(self, name: str) -> str:
        """The letter of a setting in LaTeX's mathematics."""
        letter = self.setting(name)
        if self.spelling == "code" or self.typewritten:
            return typewriter(letter)
        return rf"\text{{{letter}}}" if " " in letter else latex_of(letter)

    def _signed_latex(self, quantity: Quantity, program: Program, name: str) -> str:
        return name if self.sign(quantity, program) > 0 else f"-{name}"

    # ── arrays and names that people type ──

    def is_turned(self, quantity: Quantity) -> bool:
        """Whether the page has the rows of a quantity as columns."""
        if len(quantity.shape) < 2:
            return False
        if self.orientation == "columns":
            return True
        of_weights = bool(quantity.parameter) and not quantity.axes[0].is_single
        return self.weights == "units × inputs" and of_weights

    def turn(self, quantity: Quantity, array: Any) -> Any:
        """The array of a quantity as the page lays it out.

        Turning it once more gives it back. Of three axes the first stays where it is.
        """
        turned = self.is_turned(quantity) and np.ndim(array) > 1
        return np.swapaxes(array, -1, -2) if turned else array

    def axes(self, quantity: Quantity, program: Program) -> tuple[Axis, ...]:
        """The axes of a quantity as the page lays it out, with its words."""
        return self._turned(quantity, self.named_axes(quantity.axes, program))

    def shape(self, quantity: Quantity) -> tuple[int, ...]:
        """The shape of a quantity as the page lays it out."""
        return self._turned(quantity, quantity.shape)

    def turned_position(self, quantity: Quantity, position: Position) -> Position:
        """The place of an entry in the array as the page lays it out, and back."""
        return self._turned(quantity, position)

    def _turned(self, quantity: Quantity, each: tuple[Item, ...]) -> tuple[Item, ...]:
        """What stands along the axes, the last two exchanged where the page turns them."""
        if len(each) < 2 or not self.is_turned(quantity):
            return each
        return (*each[:-2], each[-1], each[-2])
