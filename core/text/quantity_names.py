"""The markup of a quantity's name and of its entries' names, put together for a notation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from chainstep.core.roles import PARAMETERS, name_of
from chainstep.core.text.plain_steps import is_plain

if TYPE_CHECKING:
    from chainstep.core.program import Program
    from chainstep.core.quantities import Quantity
    from chainstep.core.text.alphabet import Alphabet

#: The names of all that is not a letter, in the terms of ``Terms``; a notation may have its own.
NAMES = {
    "dC/da": "∂{C}/∂{a}",
    "dz/da": "∂{z_above}/∂{a}",
    "da/da": "∂{a_above}/∂{a}",
    "da/dz": "∂{a}/∂{z}",
    "delta": "∂{C}/∂{z}",
    **{f"dC/d{role}": f"∂{{C}}/∂{{{role}}}" for role in ("ahat", "mean", "var")},
    **{
        key.format(letter): name.replace("*", f"{{{letter}}}")
        for letter in PARAMETERS
        for key, name in {
            "dz/d{}": "∂{z}/∂*",
            "dC/d{}": "∂{C}/∂*",
            "dC_data/d{}": "∂{C_data}/∂*",
            "dpenalty/d{}": "∂penalty(*)/∂*",
            "penalty{}": "penalty(*)",
            "change{}": "Δ*",
            "decay{}": "decay(*)",
            "pulled{}": "pulled(*)",
            "{}_new": "new *",
        }.items()
    },
}
#: The roles of numbers that belong to no layer.
_WITHOUT_LAYER = {"C", "C_obs", "C_data"}


#: Letters of what only some kinds of layers have; a notation may have its own.
OTHER_LETTERS = {
    "mask": "m",
    "mean": "μ",
    "var": "v",
    "ahat": "ahat",
    "gamma": "γ",
    "beta": "β",
    "C_data": "C_{data}",
}


#: What a program calls them, where its settings have the same names.
PROGRAM_WORDS = {"gamma": "scale", "beta": "shift"}


def whole(notation: Alphabet, quantity: Quantity, program: Program) -> str:
    """The markup of a quantity's name, of which the quantity may be the negative."""
    role, layer = quantity.role, quantity.layer
    terms = Terms(notation, program, layer)
    if key := own_key(notation, quantity, program):
        return notation.own[key].format_map(terms)
    if not role:  # of a program that somebody wrote: it has names of its own
        return quantity.name
    if role == "a+":
        return with_plus(lettered(notation, program, "a", layer))
    if notation.spelling == "code" and role in NAMES and role not in notation.letters:
        return _identifier(quantity, notation, program)
    if role in NAMES and role not in notation.letters:
        return NAMES[role].format_map(terms)
    if notation.spelling == "code" and ("." in role or role.endswith("_old")):
        stem = role.removesuffix("_old")
        state, _, parameter = stem.rpartition(".") if "." in stem else ("gradient", "", stem[-1])
        return f"{state}_{terms[parameter]}{'_old' if stem != role else ''}"
    if "." in role:
        stem = role.removesuffix("_old")
        state, _, parameter = stem.partition(".")
        old = "old " if stem != role else ""
        inside = terms[parameter]  # a list of numbered weights brings its parentheses
        return f"{old}{state}{inside}" if inside.startswith("(") else f"{old}{state}({inside})"
    if role.endswith("_old"):
        return f"old {whole_of(notation, program, role.removesuffix('_old'), layer)}"
    if role == "t":
        return notation.letters.get("t", "t")
    return lettered(notation, program, role, layer)


def _identifier(quantity: Quantity, notation: Alphabet, program: Program) -> str:
    """A name in a program, of what a quantity is of, and by: ``dC_dscale2``, ``change_weight1``."""
    of, by = (
        whole(notation, program.quantities[name], program) if name in program.quantities else ""
        for name in (quantity.of, quantity.by)
    )
    if by:
        return f"d{of}_d{by}"
    if quantity.is_new_value:
        return f"{of}_new"
    return f"{quantity.role.removesuffix(quantity.of.rstrip('0123456789'))}_{of}"


def fraction(notation: Alphabet, quantity: Quantity, program: Program) -> str:
    """The markup of a derivative as a fraction, whatever else the notation calls it."""
    return NAMES[quantity.role].format_map(Terms(notation, program, quantity.layer))


def own_key(notation: Alphabet, quantity: Quantity, program: Program) -> str:
    """Under which of its own names a notation calls a quantity; '' where it has none."""
    if not notation.own:
        return ""
    role = quantity.role
    cases = [f"plain {role}"] if is_plain(program, quantity) else []
    if quantity.layer == program.depth:
        cases.append(f"{role} at the outputs")
    return next((case for case in (*cases, role) if case in notation.own), "")


def with_plus(markup: str) -> str:
    """The markup of an activation with its column of ones in front."""
    if markup.endswith("}") and "^{" in markup and "_{" not in markup:
        return f"{markup[:-1]}+}}"
    return f"{markup}^{{+}}"


def transposed(markup: str) -> str:
    """The markup of a transpose; in parentheses what is not a letter alone."""
    return f"({markup})ᵀ" if "^" in markup or " " in markup else f"{markup}ᵀ"


def whole_of(notation: Alphabet, program: Program, role: str, layer: int) -> str:
    """The markup of the quantity that has a role in a layer."""
    return whole(notation, program.quantities[name_of(role, layer)], program)


class Terms(dict[str, str]):
    """What a notation's own names may be made of, in one layer."""

    def __init__(
        self,
        notation: Alphabet,
        program: Program,
        layer: int,
        letter: Callable[[str, int], str] | None = None,
    ) -> None:
        self.notation, self.program, self.layer = notation, program, layer
        self.letter = letter or (lambda role, k: lettered(notation, program, role, k))

    def __missing__(self, term: str) -> str:
        program = self.program
        activation = program.activation(self.layer) if 0 < self.layer <= program.depth else None
        match term:
            case "k":
                return str(self.layer)
            case "n":
                return str(self.layer + 1)
            case "j":
                return str(self.layer - 1)
            case "layer":
                return self.notation.layer.format(self.layer)
            case "axis":  # a shared bias sums over units too
                return "" if program.bias == "shared" else ", axis=0"
            case "activation":
                return activation.name.replace("-", "_") if activation else "f"
            case "weights_above":
                weights = self.letter("W", self.layer + 1)
                if program.bias != "row":
                    return weights
                if self.notation.spelling == "code":
                    return f"{weights}[1:]"
                line = "column" if self.notation.orientation == "columns" else "row"
                return f"{weights} without its bias {line}"
            case "symbol":
                return activation.symbol if activation else "f"
            case "a_in":
                before = self.layer - 1
                if program.bias == "row":
                    return whole_of(self.notation, self.program, "a+", before)
                return self.letter("a", before)
            case "a_in_transposed":
                return transposed(self["a_in"])
            case "weights_above_transposed":
                return transposed(self["weights_above"])
            case "dC_dz_above":
                return whole_of(self.notation, self.program, "delta", self.layer + 1)
            case "z_above" | "W_above" | "a_above":
                return self.letter(term[0], self.layer + 1)
        return self.letter(term, self.layer)


# ── letters with their layer ──


def lettered(notation: Alphabet, program: Program, role: str, layer: int) -> str:
    """A letter with its layer: ``w^{2}``, ``weight3``, ``a_{1},a_{2}`` numbered through."""
    letter = letter_of(notation, program, role, layer)
    if role in _WITHOUT_LAYER or (role == "y" and notation.layers != "through"):
        return letter
    if notation.layers == "through" and role not in notation.letters:
        return f"{letter}^{{{layer}}}"
    if notation.layers == "through":
        inside = _range(letter, _labels(notation, program, role, layer))
        if role == "W" and program.bias == "row":
            biases = _range(notation.letters["b"], _labels(notation, program, "b", layer))
            inside = f"{biases},{inside}"
        return f"({inside})" if "," in inside or "…" in inside else inside
    if without_layer(notation, program, role, layer):
        return letter
    if notation.layers == "beside":
        inside = letter.format(k=layer, j=layer - 1)
        return f"{letter}{layer}" if inside == letter else inside
    return f"{letter}^{{{raised(notation, role, layer)}}}"


def letter_of(notation: Alphabet, program: Program, role: str, layer: int) -> str:
    """The letter of a role: that of the inputs and of the outputs may be another."""
    letters = notation.letters
    if role == "a" and layer == 0:
        return letters.get("input", letters["a"])
    if role == "a" and layer == program.depth:
        return letters.get("output", letters["a"])
    words = notation.spelling == "code" or notation.typewritten
    return letters.get(role) or (PROGRAM_WORDS.get(role, role) if words else OTHER_LETTERS[role])


def without_layer(notation: Alphabet, program: Program, role: str, layer: int) -> bool:
    """Whether a letter says by itself which layer it belongs to."""
    if role in {*_WITHOUT_LAYER, "y"}:
        return True
    if role == "a" and layer == 0:
        return "input" in notation.letters
    if role == "a" and layer == program.depth and "output" in notation.letters:
        return True
    return notation.layers == "unless one" and program.depth == 1


def raised(notation: Alphabet, role: str, layer: int) -> str:
    """The layer's index at a letter: weights may have that of the layer they come from."""
    return notation.layer.format(layer - (role in {"W", "b"} and notation.weights_at == "from"))


def _range(letter: str, labels: Iterator[str]) -> str:
    """Numbered letters of a layer: one, two, or the first and the last of them."""
    listed = list(labels)
    first, last = f"{letter}_{{{listed[0]}}}", f"{letter}_{{{listed[-1]}}}"
    if not listed[0]:
        return letter
    if len(listed) == 1:
        return first
    return f"{first},{last}" if len(listed) == 2 else f"{first}…{last}"


# ── numbering through ──


def _labels(notation: Alphabet, program: Program, role: str, layer: int) -> Iterator[str]:
    """The numbers of a layer's units, weights or biases, in the order of numbering."""
    widths = program.widths
    if role == "W":
        first = weights_before(program, layer)
        count = widths[layer - 1] * widths[layer]
        return (str(first + n) for n in (range(1, count + 1) if count < 3 else (1, 2, count)))
    if role == "b" and program.bias == "shared":
        return iter([str(layer)])
    units = range(widths[layer]) if widths[layer] < 3 else (0, 1, widths[layer] - 1)
    return (unit_label(notation, program, role, layer, unit) for unit in units)


def weights_before(program: Program, layer: int) -> int:
    """How many weights the layers before have, biases not counted."""
    widths = program.widths
    return sum(widths[k - 1] * widths[k] for k in range(1, layer))


def unit_label(notation: Alphabet, program: Program, role: str, layer: int, unit: int) -> str:
    """A unit's number through all layers after the inputs; inputs and targets have their own.

    A notation that has letters for hidden and last units numbers each kind by itself.
    """
    widths = program.widths
    last = program.depth
    if role == "y" or layer == 0:
        prefix = notation.letters.get("last", "") if role == "y" else ""
        return "" if role == "y" and widths[-1] == 1 and not prefix else f"{prefix}{unit + 1}"
    if "hidden" in notation.letters:
        if layer == last:
            return f"{notation.letters['last']}{unit + 1}"
        return f"{notation.letters['hidden']}{sum(widths[1:layer]) + unit + 1}"
    return str(sum(widths[1:layer]) + unit + 1)
