"""Numbers that are made of fed numbers and settings alone: 1 − β₂ᵗ."""

from __future__ import annotations

from collections.abc import Iterator

from chainstep.core.expression_parts import parts
from chainstep.core.expressions import Apply, Expression, Number, Ref


def constants_of(expression: Expression, fed: frozenset[str]) -> Iterator[Expression]:
    """The largest parts of an expression that are made of fed numbers and settings alone."""
    if (
        isinstance(expression, Apply)
        and _is_constant(expression, fed)
        and not _is_plain(expression)
    ):
        yield expression
    else:
        for part in parts(expression, shown=False):
            yield from constants_of(part, fed)


def _is_constant(expression: Expression, fed: frozenset[str]) -> bool:
    match expression:
        case Number():
            return True
        case Ref(quantity=quantity):
            return not quantity.shape and quantity.name in fed
        case Apply(args=args):
            return all(_is_constant(arg, fed) for arg in args)
    return False


def _is_plain(expression: Expression) -> bool:
    """Whether there is nothing fed in it."""
    match expression:
        case Apply(args=args):
            return all(map(_is_plain, args))
    return isinstance(expression, Number)
