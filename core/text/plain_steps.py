"""Which steps are as every textbook has them, so that a page's formula may stand as their name.

A program calls the gradient ``np.dot(a1.T, dC_dw2)``; where a mistake, a frozen array, or another
rule makes something else of it, that would not be true, and another name has to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainstep.core.expressions import Apply, Product, Reduce, Ref, Rows, Transpose
from chainstep.core.roles import name_of

if TYPE_CHECKING:
    from chainstep.core.expressions import Expression
    from chainstep.core.program import Program
    from chainstep.core.quantities import Quantity


def is_plain(program: Program, quantity: Quantity) -> bool:
    """Whether a step computes a factor, a product or a change as the textbooks have it."""
    if quantity.name not in program.numbers:
        return False
    expression, k = program.step(quantity.name).expression, quantity.layer
    before = "a+" if program.bias == "row" else "a"
    match quantity.role, expression:
        case "dz/dW", Transpose(of=Ref() as factor):
            return _is(factor, before, k - 1)
        case "dz/da", Transpose(of=Rows(of=Ref() as weights, start=1)) if program.bias == "row":
            return _is(weights, "W", k + 1)
        case "dz/da", Transpose(of=Ref() as weights) if program.bias != "row":
            return _is(weights, "W", k + 1)
        case "dC/da", Product(left=Ref() as delta, right=Ref(quantity=factor)):
            return _is(delta, "delta", k + 1) and is_plain(program, factor)
        case "dC/dW", Product(left=Ref(quantity=factor), right=Ref() as delta):
            return _is(delta, "delta", k) and is_plain(program, factor)
        case "dC/db", (Product() as product) | Reduce(of=Product() as product):
            return [part.quantity.role for part in _refs(product)] == ["dz/db", "delta"]
        case (("changeW" | "changeb"), Apply(args=(rate, Ref(quantity=gradient)))):
            is_gradient = gradient.name == f"dC/d{quantity.of}"
            is_rate = getattr(rate, "name", "") == "learning_rate"
            return is_gradient and is_rate and is_plain(program, gradient)
    return False


def _is(ref: Ref, role: str, layer: int) -> bool:
    return ref.quantity.name == name_of(role, layer)


def _refs(product: Product) -> list[Ref]:
    sides: tuple[Expression, ...] = (product.left, product.right)
    return [side for side in sides if isinstance(side, Ref)]
