"""What the form of a network asks, the scenario that it makes, and faults in its own words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from chainstep.core.activations import ACTIVATIONS
from chainstep.core.initialisers import INITIALISERS
from chainstep.core.losses import LOSSES
from chainstep.core.quantities import InputError
from chainstep.core.updates import UPDATES
from chainstep.scenarios import ScenarioError
from chainstep.scenarios.overrides import in_words
from chainstep.scenarios.pasted_numbers import rows_of
from chainstep.tui.faults import told_of

#: Data to begin with: inputs, targets, and the words for them.
DATA: dict[str, tuple[list[list[float]], list[list[float]]]] = {
    "xor": ([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]),
    "and": ([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [0], [0], [1]]),
    "or": ([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [1]]),
    "three classes": (
        [[0.1, 0.9], [0.3, 0.8], [0.9, 0.8], [0.8, 0.6], [0.4, 0.1], [0.6, 0.2]],
        [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]],
    ),
}
_OWN = "0 1 > 1; 1 0 > 0"  # how rows of one's own are written


@dataclass(frozen=True)
class Field:
    """A line of the form: what it asks, what stands in it at first, the words that it knows.

    ``place`` is where its value stands in a scenario's file, as a pattern.
    """

    name: str
    label: str
    value: str
    place: str
    words: tuple[str, ...] = ()
    hint: str = ""


FIELDS = (
    Field("data", "Data", "xor", r"data\b.*", tuple(DATA), f"or rows of your own: {_OWN}"),
    Field(
        "hidden",
        "Hidden units",
        "2",
        r"network\.layers.*\.units",
        (),
        "a number for each hidden layer: 3 3; none: nothing",
    ),
    Field(
        "activation",
        "Their activation",
        "tanh",
        r"network\.layers\[\d+\]\.activation",
        tuple(ACTIVATIONS),
    ),
    Field(
        "output",
        "Output activation",
        "sigmoid",
        r"network\.layers\[last\]\.activation",
        tuple(ACTIVATIONS),
    ),
    Field("loss", "Loss", "squared-error", "loss", tuple(LOSSES)),
    Field("rule", "Update rule", "gradient-descent", r"update\.rule", tuple(UPDATES)),
    Field("rate", "Learning rate", "0.5", r"update\.learning_rate"),
    Field("bias", "Biases", "separate", r"network\.bias", ("separate", "row", "shared", "none")),
    Field(
        "weights",
        "Weights",
        "uniform",
        r"network\.weights(?!.*seed).*",
        (*INITIALISERS, "zeros", "fill"),
        "fill starts them all at 1",
    ),
    Field("seed", "Seed", "1", r".*\.seed", (), "the same seed draws the same weights"),
    Field("arithmetic", "Arithmetic", "float64", "arithmetic", ("float64", "float32")),
    Field("name", "Name", "my network", "title"),
)


def told_in_form(error: Exception, layers: int) -> tuple[str, str]:
    """An error in the form's own words, and the name of its line: of a network of so many layers.

    >>> told_in_form(InputError("Seed: 'a' is no whole number"), 2)
    ("Seed: 'a' is no whole number", 'seed')
    """
    if not isinstance(error, ScenarioError):
        label = str(error).partition(":")[0]
        return told_of(error), next((each.name for each in FIELDS if each.label == label), "")
    fault = error.faults[0]
    place = fault.place.replace(f"layers[{layers - 1}].act", "layers[last].act")
    field = next((each for each in FIELDS if re.fullmatch(each.place, place)), None)
    if field is None:
        return told_of(error), ""
    mend = re.sub(r"\(.*\)$", f"({', '.join(field.words)})", fault.mend)
    said = "\n".join(filter(None, (f"{field.label}: {fault.found}", mend)))
    return re.sub(r"\b[a-z]+(_[a-z]+)+\b", lambda key: in_words(key[0]), said), field.name


def recipe_of(values: dict[str, str]) -> dict[str, Any]:
    """The scenario that the form describes, as plain data.

    Raises: InputError where a line cannot be read.
    """
    inputs, targets = _data(values["data"])
    hidden = [
        _count(word, "Hidden units")
        for word in values["hidden"].replace(",", " ").replace("-", " ").split()
    ]
    layers = [{"units": units, "activation": values["activation"]} for units in hidden]
    layers.append({"units": len(targets[0]), "activation": values["output"]})
    return {
        "title": values["name"] or "my network",
        "arithmetic": values["arithmetic"],
        "data": {"inputs": inputs, "targets": targets},
        "network": {"bias": values["bias"], "layers": layers, **_weights(values)},
        "loss": values["loss"],
        "update": {
            "rule": values["rule"],
            "learning_rate": _number(values["rate"], "Learning rate"),
        },
    }


def _data(text: str) -> tuple[list[list[float]], list[list[float]]]:
    if text.strip().lower() in DATA:
        return DATA[text.strip().lower()]
    sides = [
        row.replace("→", ">").split(">")
        for row in text.replace("->", ">").split(";")
        if row.strip()
    ]
    if not sides or any(len(side) != 2 for side in sides):
        known = ", ".join(DATA)
        raise InputError(f"Data: one of {known}, or rows such as {_OWN}")
    both = [[_row(part) for part in side] for side in sides]
    return [row[0] for row in both], [row[1] for row in both]


def _row(text: str) -> list[float]:
    return [_number(cell, "Data") for row in rows_of(text) for cell in row]


def _weights(values: dict[str, str]) -> dict[str, Any]:
    kind = values["weights"]
    if kind == "zeros":
        return {"weights": "zeros"}
    if kind == "fill":
        return {"weights": {"fill": 1}}
    around = {"low": -1, "high": 1} if kind == "uniform" else {}
    return {"weights": {"random": kind, **around, "seed": _count(values["seed"], "Seed")}}


def _count(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError(f"{what}: {text.strip()[:20]!r} is no whole number")
    return int(text)


def _number(text: str, what: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise InputError(f"{what}: {text.strip()[:20]!r} is no number") from None
    return int(number) if number.is_integer() and abs(number) < 1e9 else number
