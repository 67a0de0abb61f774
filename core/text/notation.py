"""How a page writes quantities: the notations, one entry each.

Numbers never change with the notation; a name that stands for the negative of a quantity is
written with its minus, and arrays turn where a page has observations as columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from chainstep.core.quantities import Axis, Entry, InputError, Quantity, nearest
from chainstep.core.text import entry_names, quantity_names
from chainstep.core.text.markup import digits_level, latex_of, pieces_of, text_of, typewriter

if TYPE_CHECKING:
    from chainstep.core.program import Program
    from chainstep.core.text.typed_names import Reading

Position = tuple[int | None, ...]


@dataclass(frozen=True)
class Notation:
    """One way of writing: letters, indices, orientation, and what is called otherwise.

    ``letters`` are those of ``z a W b C C_obs y``, of ``input`` and ``output`` where they are
    not an ``a``, of ``delta`` where it is not a fraction, and of settings. ``own`` are names
    that a page gives to whole quantities, in the terms of ``quantity_names.Terms``; ``negative``
    are the roles of which they are the negative. ``also`` are further names that are read.

    ``layers``: the layer stands raised, beside the letter, nowhere where there is only one, or
    nowhere at all because units are numbered through. ``weights_at``: weights have the index
    of the layer that they lead to, or from. ``entries``: by row and column; numbered through,
    w₁…w₆; or in brackets, as a program does. ``observation``: its index stands before the
    letter, raised behind it, or among the others as in the matrix.
    """

    name: str
    title: str
    source: str
    letters: Mapping[str, str]
    layers: Literal["raised", "beside", "unless one", "through"] = "raised"
    weights_at: Literal["to", "from"] = "to"
    base: Literal[0, 1] = 1
    entries: Literal["matrix", "through", "brackets"] = "matrix"
    observation: Literal["before", "raised", "index"] = "index"
    orientation: Literal["rows", "columns"] = "rows"
    chain: Literal["weights first", "cost first"] = "weights first"
    own: Mapping[str, str] = field(default_factory=dict)
    negative: frozenset[str] = frozenset()
    also: Mapping[str, str] = field(default_factory=dict)
    spelling: Literal["text", "code"] = "text"
    engine_names: bool = False

    # ── names ──

    def sign(self, quantity: Quantity, program: Program) -> int:
        """1, or −1 where the page's name is that of the negative."""
        key = quantity_names.own_key(self, quantity, program)
        return -1 if key in self.negative else 1

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
            inside = ",".join("·" if place is None else str(place) for place in position)
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
        return self.letters.get(name, name.replace("_", " "))

    def index(self, unit: int) -> str:
        """What stands behind a list of numbers to pick one of them: ``[0]`` or ``₁``."""
        if self.entries == "brackets":
            return f"[{unit}]"
        return text_of(f"_{{{unit + self.base}}}")

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
        return latex_of(self.markup(quantity, program))

    def latex_entry(self, quantity: Quantity, position: Position, program: Program) -> str:
        """The name of one number in LaTeX's mathematics."""
        if not quantity.shape or not position:
            return self.latex_quantity(quantity, program)
        if self.spelling == "code":
            return typewriter(self.entry(quantity, position, program))
        written = latex_of(entry_names.entry(self, quantity, position, program))
        return self._signed_latex(quantity, program, written)

    def latex_setting(self, name: str) -> str:
        """The letter of a setting in LaTeX's mathematics."""
        letter = self.setting(name)
        if self.spelling == "code":
            return typewriter(letter)
        return rf"\text{{{letter}}}" if " " in letter else latex_of(letter)

    def _signed_latex(self, quantity: Quantity, program: Program, name: str) -> str:
        return name if self.sign(quantity, program) > 0 else f"-{name}"

    # ── arrays and names that people type ──

    def turn(self, array: Any) -> Any:
        """An array as the page lays it out: transposed where observations are columns.

        Turning it once more gives it back. Of three axes the first stays where it is.
        """
        if self.orientation == "rows" or np.ndim(array) < 2:
            return array
        return np.swapaxes(array, -1, -2)

    def turn_axes(self, axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
        """The axes of an array as the page lays it out."""
        if self.orientation == "rows" or len(axes) < 2:
            return axes
        return (*axes[:-2], axes[-1], axes[-2])

    def read(self, text: str, program: Program) -> Reading:
        """What a name that somebody typed stands for in this network.

        Raises: InputError where it stands for nothing, or for more than one thing.
        """
        from chainstep.core.text.typed_names import read  # wanted where something was typed

        return read(self, text, program)

    def name_of_entry(self, entry: Entry, program: Program) -> str:
        """The page's name of an entry in the engine's words."""
        return self.entry(program.quantities[entry.quantity], entry.position, program)


_FIRST = {"z": "z", "a": "a", "W": "W", "b": "b", "C": "C", "C_obs": "C_{obs}", "y": "y"}

NOTATIONS: dict[str, Notation] = {
    entry.name: entry
    for entry in (
        Notation(
            "z-a-W",
            "z, a, W, C, as the program names them",
            "the names of the engine",
            {**_FIRST, "delta": "δ"},
            base=0,
            entries="brackets",
            engine_names=True,
        ),
        Notation(
            "n-a-w",
            "n, a, w, ΣC; a weight has the index of the layer that it comes from",
            "Data Science Stack Exchange 79607",
            {**_FIRST, "z": "n", "W": "w", "C": "ΣC", "C_obs": "C", "learning_rate": "η"},
            weights_at="from",
            base=0,
            observation="before",
        ),
        Notation(
            "affine-softmax",
            "x·W = a into the activation, y out, t the target, L",
            "Cross Validated 521388; Saito, Deep Learning from Scratch (2019), chapter 5",
            {
                "z": "a",
                "a": "z",
                "input": "x",
                "output": "y",
                "y": "t",
                "t": "iteration",
                "W": "W",
                "b": "b",
                "C": "L",
                "C_obs": "L_{obs}",
                "learning_rate": "α",
            },
            layers="unless one",
        ),
        Notation(
            "w1-w6",
            "w₁…w₆ and a₁ a₂ a₃, numbered through all layers; J, α",
            "DeepLearning.AI community forum 142248",
            {
                **_FIRST,
                "W": "w",
                "input": "x",
                "C": "J",
                "C_obs": "L",
                "learning_rate": "α",
            },
            layers="through",
            entries="through",
            observation="raised",
            chain="cost first",
        ),
        Notation(
            "code",
            "z1, a1, weight1; delta2 is y − a2, and dC_dw2 is −∂C/∂z2",
            "Artificial Intelligence Stack Exchange 26920",
            {
                **_FIRST,
                "W": "weight",
                "b": "bias",
                "C_obs": "C_obs",
                "learning_rate": "learningRate",
            },
            layers="beside",
            base=0,
            entries="brackets",
            chain="cost first",
            own={
                "a+": "{a}_with_ones",
                "dC/da": "({dC_dz_above} @ {W_above}.T)",
                "dC/da at the outputs": "delta{k}",
                "da/dz": "derv_{activation}({a})",
                "delta": "dC_dw{k}",
                "dz/da": "{W_above}.T",
                "dz/dW": "{a_in}.T",
                "dz/db": "dz{k}_db{k}",
                "dC/dW": "np.dot({a_in}.T, dC_dw{k})",
                "dC/db": "np.sum(dC_dw{k}{axis})",
                "changeW by gradient-descent": "learningRate*np.dot({a_in}.T, dC_dw{k})",
                "changeb by gradient-descent": "learningRate*np.sum(dC_dw{k}{axis})",
                "changeW": "change_{W}",
                "changeb": "change_{b}",
                "W_new": "{W}_new",
                "b_new": "{b}_new",
            },
            negative=frozenset(
                {
                    *("dC/da", "dC/da at the outputs", "delta", "dC/dW", "dC/db"),
                    *("changeW by gradient-descent", "changeb by gradient-descent"),
                }
            ),
            also={"x": "a0"},
            spelling="code",
        ),
        Notation(
            "columns",
            "W·a + b, observations as columns, δ and ∇, as in most textbooks",
            "Nielsen, Neural Networks and Deep Learning (2015), chapter 2",
            {**_FIRST, "delta": "δ", "learning_rate": "η"},
            orientation="columns",
            chain="cost first",
            own={
                "dC/da": "∇_{{{a}}} {C}",
                "da/dz": "{symbol}′({z})",
                "dz/da": "({W_above})ᵀ",
                "dz/dW": "({a_in})ᵀ",
                "dC/dW": "∇_{{{W}}} {C}",
                "dC/db": "∇_{{{b}}} {C}",
            },
        ),
        Notation(
            "net-out",
            "net, out, target and E of units i1, h1, o1; w₁…w₈",
            "Mazur, A Step by Step Backpropagation Example (2015)",
            {
                "z": "net",
                "a": "out",
                "input": "i",
                "y": "target",
                "W": "w",
                "b": "b",
                "C": "E_{total}",
                "C_obs": "E",
                "learning_rate": "η",
                "hidden": "h",
                "last": "o",
            },
            layers="through",
            entries="through",
            observation="raised",
            chain="cost first",
        ),
    )
}

DEFAULT = NOTATIONS["z-a-W"]


def notation(name: str | None) -> Notation:
    """The notation of that name; the engine's own where none is given.

    Raises: InputError where there is none, with the nearest.
    """
    if name is None:
        return DEFAULT
    if name not in NOTATIONS:
        known = ", ".join(NOTATIONS)
        raise InputError(f"no notation is called {name!r}{nearest(name, NOTATIONS)} ({known})")
    return NOTATIONS[name]
