"""The markup of a quantity's name and of its entries' names, put together for a notation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from chainstep.core.activations import ACTIVATIONS

if TYPE_CHECKING:
    from chainstep.core.notation import Notation, Position
    from chainstep.core.program import Program
    from chainstep.core.quantities import Quantity
    from chainstep.core.setup import Setup

#: The names of all that is not a letter, in the terms of ``_Terms``; a notation may have its own.
NAMES = {
    "dC/da": "∂{C}/∂{a}",
    "dz/da": "∂{z_above}/∂{a}",
    "da/dz": "∂{a}/∂{z}",
    "delta": "∂{C}/∂{z}",
    "dz/dW": "∂{z}/∂{W}",
    "dz/db": "∂{z}/∂{b}",
    "dC/dW": "∂{C}/∂{W}",
    "dC/db": "∂{C}/∂{b}",
    "changeW": "Δ{W}",
    "changeb": "Δ{b}",
    "W_new": "new {W}",
    "b_new": "new {b}",
}


def whole(notation: Notation, quantity: Quantity, program: Program) -> str:
    """The markup of a quantity's name, of which the quantity may be the negative."""
    role, layer = quantity.role, quantity.layer
    terms = _Terms(notation, program, layer)
    if key := own_key(notation, quantity, program):
        return notation.own[key].format_map(terms)
    if role == "a+":
        return with_plus(_letter(notation, program, "a", layer))
    if role in NAMES and role not in notation.letters:
        return NAMES[role].format_map(terms)
    if "." in role:
        stem = role.removesuffix("_old")
        state, _, parameter = stem.partition(".")
        old = "old " if stem != role else ""
        return f"{old}{state}({terms[parameter]})"
    if role.endswith("_old"):
        return f"old {whole_of(notation, program, role.removesuffix('_old'), layer)}"
    if role == "t":
        return notation.letters.get("t", "t")
    return _letter(notation, program, role, layer)


def own_key(notation: Notation, quantity: Quantity, program: Program) -> str:
    """Under which of its own names a notation calls a quantity; '' where it has none."""
    if not notation.own:
        return ""
    role, layer = quantity.role, quantity.layer
    cases = [role]
    if layer == len(program.setup.layers):
        cases.insert(0, f"{role} at the outputs")
    if not program.setup.frozen & {f"W{layer}", f"b{layer}"}:
        cases.insert(0, f"{role} by {program.setup.rule}")
    return next((case for case in cases if case in notation.own), "")


def with_plus(markup: str) -> str:
    """The markup of an activation with its column of ones in front."""
    if markup.endswith("}") and "^{" in markup and "_{" not in markup:
        return f"{markup[:-1]}+}}"
    return f"{markup}^{{+}}"


def whole_of(notation: Notation, program: Program, role: str, layer: int) -> str:
    """The markup of the quantity that has a role in a layer."""
    from chainstep.core.program import name_of  # program imports much that names need not

    return whole(notation, program.quantities[name_of(role, layer)], program)


class _Terms(dict[str, str]):
    """What a notation's own names may be made of, in one layer."""

    def __init__(
        self,
        notation: Notation,
        program: Program,
        layer: int,
        letter: Callable[[str, int], str] | None = None,
    ) -> None:
        self.notation, self.program, self.layer = notation, program, layer
        self.letter = letter or (lambda role, k: _letter(notation, program, role, k))

    def __missing__(self, term: str) -> str:
        setup = self.program.setup
        match term:
            case "k":
                return str(self.layer)
            case "observations":
                return str(setup.observations)
            case "activation":
                return setup.layers[self.layer - 1].activation
            case "symbol":
                return ACTIVATIONS[setup.layers[self.layer - 1].activation].symbol
            case "a_in":
                before = self.layer - 1
                if setup.bias == "row":
                    return whole_of(self.notation, self.program, "a+", before)
                return self.letter("a", before)
            case "dC_dz_above":
                return whole_of(self.notation, self.program, "delta", self.layer + 1)
            case "z_above" | "W_above":
                return self.letter(term[0], self.layer + 1)
        return self.letter(term, self.layer)


# ── letters with their layer ──


def _letter(notation: Notation, program: Program, role: str, layer: int) -> str:
    """A letter with its layer: ``w^{2}``, ``weight3``, ``a_{1},a_{2}`` numbered through."""
    setup = program.setup
    letter = letter_of(notation, setup, role, layer)
    if role in {"C", "C_obs"} or (role == "y" and notation.layers != "through"):
        return letter
    if notation.layers == "through":
        return _range(letter, _labels(notation, setup, role, layer))
    if notation.layers == "beside":
        return f"{letter}{layer}"
    if _without_layer(notation, setup, role, layer):
        return letter
    return f"{letter}^{{{index_of_layer(notation, role, layer)}}}"


def letter_of(notation: Notation, setup: Setup, role: str, layer: int) -> str:
    """The letter of a role: that of the inputs and of the outputs may be another."""
    letters = notation.letters
    if role == "a" and layer == 0:
        return letters.get("input", letters["a"])
    if role == "a" and layer == len(setup.layers):
        return letters.get("output", letters["a"])
    return letters[role]


def _without_layer(notation: Notation, setup: Setup, role: str, layer: int) -> bool:
    """Whether a letter says by itself which layer it belongs to."""
    if role in {"C", "C_obs", "y"}:
        return True
    if role == "a" and layer == 0:
        return "input" in notation.letters
    if role == "a" and layer == len(setup.layers) and "output" in notation.letters:
        return True
    return notation.layers == "unless one" and len(setup.layers) == 1


def index_of_layer(notation: Notation, role: str, layer: int) -> int:
    """The layer's index at a letter: weights may have that of the layer they come from."""
    return layer - (role in {"W", "b"} and notation.weights_at == "from")


def _range(letter: str, labels: Iterator[str]) -> str:
    """Numbered letters of a layer: one, two, or the first and the last of them."""
    listed = list(labels)
    first, last = f"{letter}_{{{listed[0]}}}", f"{letter}_{{{listed[-1]}}}"
    if not listed[0]:
        return letter
    if len(listed) == 1:
        return first
    return f"({first},{last})" if len(listed) == 2 else f"({first}…{last})"


# ── numbering through ──


def _labels(notation: Notation, setup: Setup, role: str, layer: int) -> Iterator[str]:
    """The numbers of a layer's units, weights or biases, in the order of numbering."""
    widths = setup.widths
    if role == "W":
        first = _weights_before(setup, layer)
        count = widths[layer - 1] * widths[layer]
        return (str(first + n) for n in (range(1, count + 1) if count < 3 else (1, 2, count)))
    if role == "b" and setup.bias == "shared":
        return iter([str(layer)])
    units = range(widths[layer]) if widths[layer] < 3 else (0, 1, widths[layer] - 1)
    return (unit_label(notation, setup, role, layer, unit) for unit in units)


def _weights_before(setup: Setup, layer: int) -> int:
    widths = setup.widths
    return sum(widths[k - 1] * widths[k] for k in range(1, layer))


def unit_label(notation: Notation, setup: Setup, role: str, layer: int, unit: int) -> str:
    """A unit's number through all layers after the inputs; inputs and targets have their own.

    A notation that has letters for hidden and last units numbers each kind by itself.
    """
    widths = setup.widths
    last = len(setup.layers)
    if role == "y" or layer == 0:
        prefix = notation.letters.get("last", "") if role == "y" else ""
        return "" if role == "y" and widths[-1] == 1 and not prefix else f"{prefix}{unit + 1}"
    if "hidden" in notation.letters:
        if layer == last:
            return f"{notation.letters['last']}{unit + 1}"
        return f"{notation.letters['hidden']}{sum(widths[1:layer]) + unit + 1}"
    return str(sum(widths[1:layer]) + unit + 1)


# ── entries ──


def entry(notation: Notation, quantity: Quantity, position: Position, program: Program) -> str:
    """The markup of one number's name, without a sign."""
    role, layer = quantity.role, quantity.layer
    if not position or role in {"C", "t"}:
        return whole(notation, quantity, program)
    names = _Entries(notation, program, position)
    match role:
        case "dz/da":
            above = names.unit("z", layer + 1, None, position[0])
            return f"∂{above}/∂{names.unit('a', layer, None, position[1])}"
        case "a+":
            return names.input(position[0], position[1], layer)
        case "dz/dW":
            return names.input(position[1], position[0], layer - 1)
        case "dz/db":
            return "1"
        case "C_obs":
            return names.of_observation(notation.letters["C_obs"], position[0])
    if role in notation.letters:
        return names.letter(role, layer)
    terms = _Terms(notation, program, layer, names.letter)
    stem = role.removesuffix("_old")
    old = "old " if stem != role else ""
    if "." in stem:
        state, _, parameter = stem.partition(".")
        return f"{old}{state}({terms[parameter]})"
    return f"{old}{NAMES[stem].format_map(terms)}"


class _Entries:
    """The letters of one position: of its row, of its column, or of both."""

    def __init__(self, notation: Notation, program: Program, position: Position) -> None:
        self.notation, self.program, self.position = notation, program, position

    def input(self, observation: int | None, place: int | None, layer: int) -> str:
        """One number of what a layer's weights are multiplied with; 1 for their bias."""
        if self.program.setup.bias != "row":
            return self.unit("a", layer, observation, place)
        if place == 0:
            return "1"
        return self.unit("a", layer, observation, None if place is None else place - 1)

    def letter(self, role: str, layer: int) -> str:
        """The letter of a role at this position, whatever axes the position has."""
        match role:
            case "C":
                return self.notation.letters["C"]
            case "W" | "b":
                return self.parameter(role, layer)
        position = self.position
        if len(position) == 3:  # a softmax's Jacobian: output by pre-activation
            return self.unit(role, layer, position[0], position[1 if role == "a" else 2])
        return self.unit(role, layer, position[0], position[1])

    def unit(self, role: str, layer: int, observation: int | None, unit: int | None) -> str:
        """One number of a, z, y or delta."""
        notation, setup = self.notation, self.program.setup
        letter = letter_of(notation, setup, role, layer)
        if notation.layers == "through":
            label = "" if unit is None else unit_label(notation, setup, role, layer, unit)
            return self.of_observation(f"{letter}_{{{label}}}" if label else letter, observation)
        raised = "" if _without_layer(notation, setup, role, layer) else f"^{{{layer}}}"
        indices = [] if unit is None else [unit + notation.base]
        if observation is not None and notation.observation == "index" and setup.observations > 1:
            at = 1 if notation.orientation == "columns" else 0
            indices.insert(at, observation + notation.base)
        lowered = f"_{{{','.join(map(str, indices))}}}" if indices else ""
        named = f"{letter}{raised}{lowered}"
        return (
            self.of_observation(named, observation) if notation.observation == "before" else named
        )

    def of_observation(self, named: str, observation: int | None) -> str:
        """A name with the index of its observation, where a notation has it outside."""
        notation = self.notation
        if observation is None or (
            self.program.setup.observations == 1 and notation.observation != "before"
        ):
            return named
        if notation.observation == "before":
            return f"_{{{observation + notation.base}}}{named}"
        if notation.observation == "raised":
            return f"{named}^{{({observation + notation.base})}}"
        if named.endswith("}"):
            return f"{named[:-1]},{observation + notation.base}}}"
        return f"{named}_{{{observation + notation.base}}}"

    def parameter(self, role: str, layer: int) -> str:
        """One weight, or one bias, wherever the biases stand."""
        setup = self.program.setup
        row, column = self.position
        if role == "b" or (setup.bias == "row" and row == 0):
            return self._bias(layer, column)
        before = None if row is None else row - (setup.bias == "row")
        notation = self.notation
        letter = notation.letters["W"]
        if notation.entries == "through":
            return f"{letter}_{{{weight_number(setup, layer, before or 0, column or 0)}}}"
        ends = [before, column] if notation.orientation == "rows" else [column, before]
        return f"{self._at_layer('W', layer)}_{{{self._indices(ends)}}}"

    def _bias(self, layer: int, column: int | None) -> str:
        setup, notation = self.program.setup, self.notation
        letter = notation.letters["b"]
        if notation.layers == "through":
            shared = setup.bias == "shared"
            number = str(layer) if shared else unit_label(notation, setup, "b", layer, column or 0)
            return f"{letter}_{{{number}}}"
        if setup.bias == "shared":
            return self._at_layer("b", layer)
        return f"{self._at_layer('b', layer)}_{{{self._indices([column])}}}"

    def _at_layer(self, role: str, layer: int) -> str:
        return _letter(self.notation, self.program, role, layer)

    def _indices(self, places: list[int | None]) -> str:
        base = self.notation.base
        return ",".join("·" if place is None else str(place + base) for place in places)


def weight_number(setup: Setup, layer: int, before: int, unit: int) -> int:
    """The number of a weight through all layers: unit by unit, and in each by what it reads.

    w₁ and w₂ lead from x₁ and x₂ to the first unit, w₃ and w₄ to the second.
    """
    return _weights_before(setup, layer) + unit * setup.widths[layer - 1] + before + 1
