"""Which steps are as every textbook has them, so that a page's formula may stand as their name.

A program calls the gradient ``np.dot(a1.T, dC_dw2)``; where a mistake, a frozen array, or another
rule makes something else of it, that would not be true, and another name has to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainstep.core.expressions import Apply, Product, Reduce, Ref, Rows, Transpose
from chainstep.core.quantities import Part

if TYPE_CHECKING:
    from chainstep.core.expressions import Expression
    from chainstep.core.program import Program
    from chainstep.core.quantities import Quantity


def is_plain(program: Program, quantity: Quantity) -> bool:
    """Whether a step computes a factor, a product or a change as the textbooks have it."""
    if quantity.name not in program.numbers:
        return False
    expression, k = program.step(quantity.name).expression, quantity.layer
    has_row = program.bias == "row"
    before = Part.WITH_ONES if has_row else Part.ACTIVATION
    match quantity.part, expression:
        case Part.FACTOR_TO_WEIGHTS, Transpose(of=Ref() as factor):
            return _is(factor, before, k - 1)
        case Part.FACTOR_BELOW, Transpose(of=Rows(of=Ref() as weights, start=1)) if has_row:
            return _is(weights, Part.WEIGHTS, k + 1)
        case Part.FACTOR_BELOW, Transpose(of=Ref() as weights) if not has_row:
            return _is(weights, Part.WEIGHTS, k + 1)
        case Part.ERROR, Product(left=Ref() as delta, right=Ref(quantity=factor)):
            return _is(delta, Part.DELTA, k + 1) and is_plain(program, factor)
        case Part.WEIGHT_GRADIENT, Product(left=Ref(quantity=factor), right=Ref() as delta):
            return _is(delta, Part.DELTA, k) and is_plain(program, factor)
        case Part.BIAS_GRADIENT, (Product() as product) | Reduce(of=Product() as product):
            made_of = [side.quantity.part for side in _refs(product)]
            return made_of == [Part.FACTOR_TO_BIASES, Part.DELTA]
        case Part.CHANGE, Apply(args=(rate, Ref(quantity=gradient))):
            is_gradient = gradient.is_gradient and gradient.by == quantity.of
            is_rate = getattr(rate, "name", "") == "learning_rate"
            return is_gradient and is_rate and is_plain(program, gradient)
    return False


def _is(ref: Ref, part: Part, layer: int) -> bool:
    return ref.quantity.part is part and ref.quantity.layer == layer


def _refs(product: Product) -> list[Ref]:
    sides: tuple[Expression, ...] = (product.left, product.right)
    return [side for side in sides if isinstance(side, Ref)]
