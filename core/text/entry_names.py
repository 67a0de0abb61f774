"""The markup of one number's name: of its row, of its column, or numbered through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainstep.core.quantities import OBSERVATION, Part
from chainstep.core.roles import ROLES
from chainstep.core.text.quantity_names import (
    NAMES,
    Terms,
    letter_of,
    lettered,
    unit_label,
    weights_before,
    whole,
    without_layer,
)

if TYPE_CHECKING:
    from chainstep.core.program import Program
    from chainstep.core.quantities import Quantity
    from chainstep.core.text.alphabet import Alphabet, Position


def entry(notation: Alphabet, quantity: Quantity, position: Position, program: Program) -> str:
    """The markup of one number's name, without a sign."""
    role, layer = quantity.role, quantity.layer
    if not position or not quantity.shape:
        return whole(notation, quantity, program)
    names = _Entries(notation, program, position)
    if not role:
        return f"{quantity.name}_{{{','.join('·' if n is None else str(n) for n in position)}}}"
    match quantity.part:
        case Part.FACTOR_BELOW:
            above = names.unit("z", layer + 1, None, position[0])
            return f"∂{above}/∂{names.unit('a', layer, None, position[1])}"
        case Part.WITH_ONES:
            return names.input(position[0], position[1], layer)
        case Part.FACTOR_TO_WEIGHTS:
            return names.input(position[1], position[0], layer - 1)
        case Part.FACTOR_TO_BIASES:
            return "1"
        case Part.COST_OF_OBSERVATIONS:
            return names.of_observation(notation.letters["C_obs"], position[0])
    if role in notation.letters:
        return names.letter(role, layer)
    if quantity.axes[0] != OBSERVATION and "W" not in role:
        names = _Entries(notation, program, (None, position[-1]))
    if role in ROLES and role not in NAMES:
        return names.letter(role, layer)
    terms = Terms(notation, program, layer, names.letter)
    stem = role.removesuffix("_old")
    old = "old " if stem != role else ""
    if "." in stem:
        state, _, parameter = stem.partition(".")
        return f"{old}{state}({terms[parameter]})"
    return f"{old}{NAMES[stem].format_map(terms)}"


class _Entries:
    """The letters of one position: of its row, of its column, or of both."""

    def __init__(self, notation: Alphabet, program: Program, position: Position) -> None:
        self.notation, self.program, self.position = notation, program, position

    def input(self, observation: int | None, place: int | None, layer: int) -> str:
        """One number of what a layer's weights are multiplied with; 1 for their bias."""
        if self.program.bias != "row":
            return self.unit("a", layer, observation, place)
        if place == 0:
            return "1"
        return self.unit("a", layer, observation, None if place is None else place - 1)

    def letter(self, role: str, layer: int) -> str:
        """The letter of a role at this position, whatever axes the position has."""
        match role:
            case "C" | "C_data":
                return self._at_layer(role, layer)
            case "W" | "b":
                return self.parameter(role, layer)
        position = self.position
        if len(position) == 3:  # a softmax's Jacobian: output by pre-activation
            return self.unit(role, layer, position[0], position[1 if role == "a" else 2])
        return self.unit(role, layer, position[0], position[1])

    def unit(self, role: str, layer: int, observation: int | None, unit: int | None) -> str:
        """One number of a, z, y or delta."""
        notation, program = self.notation, self.program
        letter = letter_of(notation, program, role, layer)
        if notation.layers == "through":
            label = "" if unit is None else unit_label(notation, program, role, layer, unit)
            return self.of_observation(f"{letter}_{{{label}}}" if label else letter, observation)
        raised = (
            ""
            if without_layer(notation, program, role, layer)
            else str(notation.layer.format(layer))
        )
        several = observation is not None and program.observations > 1
        indices = [] if unit is None else [unit + notation.base]
        if several and notation.observation == "index":
            at = 1 if notation.orientation == "columns" else 0
            indices.insert(at, (observation or 0) + notation.base)
        if several and notation.observation == "raised":
            raised += f"({(observation or 0) + notation.base})"
        lowered = f"_{{{','.join(map(str, indices))}}}" if indices else ""
        named = f"{letter}^{{{raised}}}{lowered}" if raised else f"{letter}{lowered}"
        return (
            self.of_observation(named, observation) if notation.observation == "before" else named
        )

    def of_observation(self, named: str, observation: int | None) -> str:
        """A name with the index of its observation, where a notation has it outside."""
        notation = self.notation
        if observation is None or (
            self.program.observations == 1 and notation.observation != "before"
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
        program = self.program
        row, column = self.position
        if role == "b" or (program.bias == "row" and row == 0):
            return self._bias(layer, column)
        before = None if row is None else row - (program.bias == "row")
        notation = self.notation
        letter = notation.letters["W"]
        if notation.entries == "through":
            return f"{letter}_{{{weight_number(program, layer, before or 0, column or 0)}}}"
        turned = notation.orientation == "columns" or notation.weights == "units × inputs"
        ends = [column, before] if turned else [before, column]
        return f"{self._at_layer('W', layer)}_{{{self._indices(ends)}}}"

    def _bias(self, layer: int, column: int | None) -> str:
        program, notation = self.program, self.notation
        letter = notation.letters["b"]
        if notation.layers == "through":
            shared = program.bias == "shared"
            number = (
                str(layer) if shared else unit_label(notation, program, "b", layer, column or 0)
            )
            return f"{letter}_{{{number}}}"
        if program.bias == "shared":
            return self._at_layer("b", layer)
        return f"{self._at_layer('b', layer)}_{{{self._indices([column])}}}"

    def _at_layer(self, role: str, layer: int) -> str:
        return lettered(self.notation, self.program, role, layer)

    def _indices(self, places: list[int | None]) -> str:
        base = self.notation.base
        return ",".join("·" if place is None else str(place + base) for place in places)


def weight_number(program: Program, layer: int, before: int, unit: int) -> int:
    """The number of a weight through all layers: unit by unit, and in each by what it reads.

    w₁ and w₂ lead from x₁ and x₂ to the first unit, w₃ and w₄ to the second.
    """
    return weights_before(program, layer) + unit * program.widths[layer - 1] + before + 1
