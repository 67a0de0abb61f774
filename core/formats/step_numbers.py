"""The numbers of a step as a block: its operands, what came out, and how they stand."""

from __future__ import annotations

import numpy as np

from chainstep.core.expressions import Apply, Named, Product, Ref
from chainstep.core.formats.document import (
    Layout,
    Numbers,
    Term,
)
from chainstep.core.program import Program
from chainstep.core.quantities import Quantity
from chainstep.core.records import Record
from chainstep.core.setup import Array
from chainstep.core.text.notation import Notation
from chainstep.core.text.notations import DEFAULT


def numbers_of(record: Record, notation: Notation = DEFAULT) -> Numbers:
    """The numbers of a record, laid out as the notation's page has them."""
    quantities = (*record.operand_quantities, record.definition.quantity)
    values = (*record.operand_values, record.value)
    operator = operator_of(record)
    if not operator:
        quantities, values = quantities[-1:], values[-1:]
    turned = notation.is_turned(record.definition.quantity)
    terms = [
        _term(quantity, value, record.program, notation, turned=turned)
        for quantity, value in zip(quantities, values, strict=True)
    ]
    if operator == "·" and turned:  # (a·W)ᵀ = Wᵀ·aᵀ
        terms[:2] = terms[1::-1]
    layout: Layout = "product" if _is_plain_product(record) else "entrywise" if operator else "list"
    return Numbers(layout, operator, tuple(terms), record.program, notation)


def _term(
    quantity: Quantity, value: Array, program: Program, notation: Notation, *, turned: bool
) -> Term:
    """An array of an equation, ``turned`` where the equation is that of the transposes."""
    shown, axes = np.asarray(notation.turn(quantity, value)), notation.axes(quantity, program)
    other = len(quantity.shape) == 2 and notation.is_turned(quantity) != turned
    return (
        Term(quantity, shown.T, axes[::-1], transposed=True)
        if other
        else Term(quantity, shown, axes)
    )


_OPERATORS = {"multiply": "⊙", "subtract": "−", "add": "+"}


def operator_of(record: Record) -> str:
    """What stands between the two operands of a step that is just these two and an operator."""
    expression = record.definition.expression
    if record.took_short_way or len(record.operands) != 2 or not record.value.ndim:
        return ""
    if _is_plain_product(record):
        return "·"
    if isinstance(expression, Named) and expression.symbol == "·":
        return "·"
    if isinstance(expression, Apply) and all(isinstance(arg, Ref) for arg in expression.args):
        return _OPERATORS.get(expression.function.__name__, "")
    return ""


def _is_plain_product(record: Record) -> bool:
    """Whether a step is a matrix product of two quantities as they are."""
    match record.definition.expression:
        case Product(left=Ref(), right=Ref()):
            return len(record.operands) == 2 and not record.took_short_way
    return False


def shapes(numbers: Numbers) -> str:
    """``(2,3)·(3,3) = (2,3)`` for a product, else the shape of what came out."""
    result = _shape(numbers.result.value)
    if numbers.layout == "product":
        left, right = (_shape(term.value) for term in numbers.terms[:2])
        return f"{left}·{right} = {result}"
    return result


def _shape(array: Array) -> str:
    return f"({','.join(map(str, array.shape))})" if array.ndim else ""
