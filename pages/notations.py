"""The page of all notations, from the table that names and reads by them."""

from __future__ import annotations

import numpy as np

from chainstep.core.network import build
from chainstep.core.quantities import Quantity
from chainstep.core.setup import Layer, Setup
from chainstep.core.text.formulas import formula_in
from chainstep.core.text.notation import Notation
from chainstep.core.text.notations import NOTATIONS

_HEAD = """\
# Notations

`--notation NAME` writes a run in the letters of a page, and reads names in them; `n` changes it on
the screen. A file of numbers says `notation: NAME`, a scenario the one of its page. Numbers never
change with it; where a page has its observations as columns or its weights as units × inputs,
tables and shapes stand so, and what a page has with the other sign is written with its minus.

Each table is of a network of two inputs, two hidden units and two outputs, sigmoid, with biases,
under half the squared error.
"""

#: What each table shows: enough to tell how the others are written.
_SHOWN = (
    "z1", "a1", "a2", "W2", "b2", "C", "dC/da2", "da2/dz2", "delta2", "dz2/dW2", "dC/dW2",
    "dC/db2", "dz2/da1", "dC/da1", "delta1", "dC/dW1", "changeW2", "W2_new",
)  # fmt: skip


def page() -> str:
    """Every notation: where it comes from, and what it calls each quantity."""
    return "\n".join([_HEAD, *(_section(notation) for notation in NOTATIONS.values())])


def _section(notation: Notation) -> str:
    program = build(_network())
    rows = []
    for name in _SHOWN:
        quantity: Quantity = program.quantities[name]
        steps = [step for step in program.steps if step.quantity.name == name]
        how = formula_in(steps[0].expression, notation, program) if steps else ""
        rows.append(f"| `{name}` | `{notation.quantity(quantity, program)}` | {_code(how)} |")
    entry = notation.entry(program.quantities["W2"], (0, 1), program)
    return "\n".join(
        [
            f"## {notation.name}\n",
            f"**{notation.title}.** Source: {notation.source}.",
            f"One number of it: `{entry}` is `W2[0,1]`.\n",
            "| engine | here | computed as |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|") if text else ""


def _network() -> Setup:
    return Setup(
        inputs=np.eye(2),
        targets=np.eye(2),
        layers=(Layer(2, "sigmoid"), Layer(2, "sigmoid")),
        weights=(np.eye(2), np.eye(2)),
        biases=(np.zeros((1, 2)), np.zeros((1, 2))),
        bias="separate",
        loss="half-squared-error",
        settings={"learning_rate": 0.5},
    )
