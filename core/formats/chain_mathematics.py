"""The chain of one number as LaTeX's mathematics: in symbols, in numbers, and its value."""

from __future__ import annotations

from collections.abc import Sequence

from chainstep.core.formats import latex_mathematics as latex
from chainstep.core.text import entry_names
from chainstep.core.text.markup import latex_of
from chainstep.core.why.chain import Chain, Factor, Term
from chainstep.core.why.chain_text import column_of
from chainstep.core.why.places import Place
from chainstep.core.why.sum_text import shown_terms
from chainstep.core.why.wording import Words, number


def chain_latex(chain: Chain, words: Words) -> str:
    """The number as a sum of products, in symbols and below in numbers, and what they come to."""
    name, value = _name(chain.place, words), latex.number(number(chain.value))
    if not chain.terms:
        return f"{name} = {value}"
    chosen = [chain.terms[n] for n in shown_terms(chain.terms)]
    column = column_of(chain)
    sides = [
        _sum([[_name(each.place, words, column) for each in _order(term, words)]
              for term in chosen]),
        _sum([[latex.number(number(each.value)) for each in _order(term, words)]
              for term in chosen]),
    ]  # fmt: skip
    if len(chosen) < len(chain.terms):
        sides = [rf"{side} + \dots" for side in sides]
    rows = [f"{name} &= {sides[0]}", *(f"&= {side}" for side in dict.fromkeys([sides[1], value]))]
    joined = r" \\ ".join(rows)
    return rf"\begin{{aligned}} {joined} \end{{aligned}}"


def _order(term: Term, words: Words) -> Sequence[Factor]:
    return words.order(term.factors)


def _sum(terms: Sequence[Sequence[str]]) -> str:
    """Products with a plus between them, a line for a few of them at a time."""
    written = [
        r" \cdot ".join(text if not n else _bracketed(text) for n, text in enumerate(factors))
        for factors in terms
    ]
    return r" \\ &\quad + ".join(written)


def _bracketed(text: str) -> str:
    return rf"\left({text}\right)" if text.startswith("-") else text


def _name(place: Place, words: Words, column: int | None = None) -> str:
    """The name of a factor; a setting by its letter, a constant by its digits."""
    quantity, notation, program = place.quantity, words.notation, words.program
    if quantity is None:
        text = number(place.constant)
        return notation.latex_setting(place.label) if place.label else latex.number(text)
    if column is None or not quantity.leads_to_parameters or notation.entries == "brackets":
        return notation.latex_entry(quantity, place.position, program)
    if notation.has_own_name(quantity, program):
        return notation.latex_entry(quantity, place.position, program)
    row, observation = place.position
    z, weight = program.quantities[quantity.of], program.quantities[quantity.by]
    above = entry_names.entry(notation, z, (observation, column), program)
    by = (row, min(column, weight.shape[1] - 1))
    return latex_of(f"∂{above}/∂{entry_names.entry(notation, weight, by, program)}")
