"""The words of the screen, its signs and its colours: a page to look things up in."""

from __future__ import annotations

from chainstep.tui.reader import Page
from chainstep.tui.widgets.spans import Line, Lines, Span, folded, line

_WORDS = {
    "quantity": "a named array: a0 the inputs, z1 sums, a1 activations, W1 weights, b1 biases, C",
    "factor": "one term of a product of the chain rule, or one product of such terms",
    "step": "one advance: it computes one quantity",
    "phase": "forward, backward or update; the three make an iteration",
    "iteration": "one forward, one backward, one update over all observations",
    "moment": "iteration:step, such as 1:14: step 14 of iteration 1 has just been done",
    "entry": "one number of a quantity: W1[0,2], rows and columns from 0; typed also W1.0.2",
    "observation": "one row of the data",
    "unit": "one neuron: a column of z, a, delta",
    "pre-activation": "z: the weighted sum that comes into a unit",
    "activation": "a: what a unit makes of its sum",
    "slope": "da/dz: how the activation answers to the sum, entry by entry",
    "Jacobian": "the same as a full matrix, where units mix: softmax",
    "delta": "dC/dz: how the cost answers to the sum of a unit",
    "gradient": "dC/dW, dC/db: how the cost answers to a parameter",
    "cost": "C: what the loss makes of outputs and targets, over all observations",
    "learning rate": "how far an update goes against the gradient",
    "notation": "how a page writes these things; n takes the next, the engine's names stay beside",
    "claim": "a number that a page prints, held against the engine",
    "mistake": "a named way to get a formula wrong; x makes one on purpose",
    "dead": "nothing flows back through the unit, so its weights do not change",
    "saturated": "its slope is so small that next to nothing flows back",
}

_SIGNS: tuple[tuple[str, str, str], ...] = (
    ("here", " delta3 ", "what this step computes"),
    ("new", "0.0296", "a number that is new in this step"),
    ("lit", "0.0189", "numbers that the picked one is made of"),
    ("at", "0.0296", "the picked number"),
    ("pick", "0.0296", "the picked number while arrows move"),
    ("changed", "0.0296", "reads otherwise than a moment ago, or than before a change"),
    ("equal", "×3=  =a  ┐", "equal to the last bit: columns, units, rows"),
    ("ahead", "·", "not computed yet"),
    ("done", "✓ █", "done"),
    ("good", "✓ ≈", "right; right as rounded"),
    ("warn", "? ↳", "cannot be told; follows from an earlier wrong number"),
    ("bad", "✗ WRONG HERE", "wrong"),
    ("differs", "DIFFERS ≠", "is another in the two that are compared"),
    ("page", "italic", "what the page says or writes"),
    ("plus", "───", "a weight above 0 in the drawing; thick is strong"),
    ("minus", "╌╌╌", "a weight below 0"),
)


def glossary_page() -> Page:
    """Words, signs and colours."""
    return Page("Words, signs and colours", _lines)


def _lines(width: int) -> Lines:
    lines: Lines = [line(Span(" Words", "title"))]
    for word, told in _WORDS.items():
        lines += _entry(Span(f"   {word:<16}", "name"), told, width)
    lines += [(), line(Span(" Signs and colours", "title"))]
    for role, sign, told in _SIGNS:
        lines += _entry(Span(f"   {sign:<16}", role), told, width)
    return lines


def _entry(head: Span, told: str, width: int) -> list[Line]:
    parts = folded(told, max(20, width - 22), indent="")
    first = [
        Span("   "),
        head._replace(text=head.text.strip()),
        Span(" " * (19 - 3 - len(head.text.strip()))),
    ]
    return [
        (*(first if index == 0 else [Span(" " * 19)]), *part) for index, part in enumerate(parts)
    ]
